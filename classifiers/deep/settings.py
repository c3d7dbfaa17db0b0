"""What can be refused without data: numbers, words and the settings of augmentation."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from ..names import unknown

SCHEDULES = ("cosine", "constant")
TUNED = ("all", "head")
STRIDES = ("auto", 16, 32)
# what augment=True means: what people and detectors do to a face crop
AUGMENTATION = {"flip": 0.5, "shift": 0.08, "rotation": 10.0, "zoom": 0.1, "brightness": 0.2}
MOST = {"flip": 1.0, "shift": 0.5, "rotation": 180.0, "zoom": 0.9, "brightness": 1.0}
MEANING = {
    "flip": "probability of a mirror image",
    "shift": "part of the side",
    "rotation": "degrees to either side",
    "zoom": "part of the size",
    "brightness": "part of the grey levels",
}


def whole(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}.")


def between(name: str, value: Any, low: float, high: float, *, above: bool = False) -> None:
    """Refuse what is no number from ``low`` to ``high``, both allowed unless ``above`` low."""
    good = isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(float(value))
    if not good or not low <= value <= high or (above and value == low):
        span = f"above {low:g}" if above else f"at least {low:g}"
        end = "" if high == np.inf else f" and at most {high:g}"
        raise ValueError(f"{name} must be a number {span}{end}, not {value!r}.")


def one_of(name: str, value: Any, known: tuple[Any, ...]) -> None:
    """Refuse what is none of ``known``."""
    if isinstance(value, bool) or value not in known:
        raise ValueError(unknown(name, value, map(str, known)))


def augmentation_of(augment: Any) -> dict[str, float]:
    """Return the settings of augmentation; all zero where there is none.

    Parameters
    ----------
    augment : bool or mapping
        True for ``AUGMENTATION``; a mapping for those that it names, the others are off.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> augmentation_of({"shift": 0.1})["shift"], augmentation_of(False)["flip"]
    (0.1, 0.0)
    """
    if augment is True:
        return dict(AUGMENTATION)
    if augment is False or augment is None:
        return dict.fromkeys(AUGMENTATION, 0.0)
    if not isinstance(augment, Mapping):
        raise ValueError(
            f"augment must be true, false or a dictionary of {', '.join(AUGMENTATION)}; "
            f"not {augment!r}."
        )
    out = dict.fromkeys(AUGMENTATION, 0.0)
    for name, value in augment.items():
        if name not in AUGMENTATION:
            raise ValueError(unknown("augmentation", name, AUGMENTATION))
        value = 0.5 * value if name == "flip" and isinstance(value, bool) else value
        between(f"augment: {name} ({MEANING[name]})", value, 0.0, MOST[name])
        out[name] = float(value)
    return out
