"""Float32 as the shortest text that reads back exactly, whoever reads it.

Readers parse decimal text as double precision and round to float32 afterwards. For a few numbers
(7.038531e-26 is the known one) the shortest float32 text lands on the wrong neighbour that way, so
every text is read back while it is written, and those few get the digits of their double.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def numerals(values: np.ndarray, decimal: str = ".") -> list[str]:
    """Return the text of each of ``values``, (n,) finite float32, as a list of n strings.

    >>> numerals(np.array([0.1, 2, -0.0], np.float32), decimal=",")
    ['0,1', '2', '-0,0']
    """
    values = np.ascontiguousarray(values, dtype=np.float32)
    texts = pa.array(values).cast(pa.string())
    back = texts.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float32)
    out = texts.to_pylist()
    for i in np.flatnonzero(back != values):
        out[i] = repr(float(values[i]))
    for i in np.flatnonzero((values == 0) & np.signbit(values)):
        out[i] = "-0.0"  # "-0" would be read as a whole number, which has no sign at zero
    return out if decimal == "." else [t.replace(".", decimal) for t in out]


def number(value: float, decimal: str = ".") -> str:
    """Return the text of one double: whole numbers without a point, the rest shortest exact.

    >>> number(12.0), number(0.5, ",")
    ('12', '0,5')
    """
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value).replace(".", decimal)
