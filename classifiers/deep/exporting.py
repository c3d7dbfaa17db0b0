"""From the trained net to ONNX, and the proof that the two say the same."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .running import make_runner, run_net

AGREES = 1e-5  # largest difference of a probability between the trained net and its ONNX
ROUNDING = 5.0  # where the trained net itself is less sure, as a multiple of how sure it is
COMPARED = 256  # training pictures on which the two are compared
FEW = 32  # of them, on which it is asked how sure the trained net is


def exported(
    keras: Any, net: Any, pictures: np.ndarray, side: int, classes: int, threads: int
) -> tuple[bytes, float]:
    """Return a trained net as ONNX, and by how much their probabilities differ at most.

    Parameters
    ----------
    keras : module
    net : torch module
    pictures : array (n, channels, y, x)
        Of the training; a part of them is looked at.
    side, classes, threads : int

    Raises
    ------
    ValueError
        When the two do not agree.
    """
    import torch

    from .network import probabilities
    from .onnx_writing import write_onnx
    from .pictures import resized

    out = write_onnx(net, pictures.shape[1], side)
    part = pictures[:: max(1, len(pictures) // COMPARED)]
    with keras.device("cpu"):
        net.to("cpu")
        x = torch.from_numpy(resized(part, side))
        trained = probabilities(net, x).numpy()
        few = slice(0, FEW)
        # the same net, summed otherwise; torch warns of GPUs that are not asked for
        with _quiet(), torch.backends.mkldnn.flags(enabled=False):
            again = probabilities(net, x[few]).numpy()
    sure = float(np.abs(again - trained[few]).max())
    ours = run_net(make_runner(out, threads), part, side, classes)
    difference = float(np.abs(ours - trained).max())
    if not difference <= max(AGREES, ROUNDING * sure):
        raise ValueError(
            f"the exported net differs from the trained one by {difference:.1e} in a probability, "
            f"and {AGREES:g} is allowed; nothing is kept. Please report this with the versions of "
            "keras, torch and onnxruntime."
        )
    return out, difference


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
