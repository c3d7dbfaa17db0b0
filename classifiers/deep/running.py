"""An ONNX net on pictures: onnxruntime where it is installed, else OpenCV. No Keras, no torch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from .pictures import AT_ONCE, resized

Runner = Callable[[np.ndarray], np.ndarray]


def make_runner(net: bytes, threads: int) -> Runner:
    """Return a function from pictures (n, channels, side, side) float32 to (n, classes).

    Raises
    ------
    ValueError
        When neither library can read the net.
    """
    make = _by_onnxruntime if _installed("onnxruntime") else _by_opencv
    try:
        return make(net, threads)
    except Exception as error:  # either library raises kinds of its own
        raise ValueError(
            f"the model's net cannot be read ({' '.join(str(error).split())[:200]})."
        ) from error


def _installed(name: str) -> bool:
    if name in sys.modules:
        return sys.modules[name] is not None
    return find_spec(name) is not None


def _by_onnxruntime(net: bytes, threads: int) -> Runner:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(net, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0].name
    return lambda pictures: session.run(None, {given: pictures})[0]


def _by_opencv(net: bytes, threads: int) -> Runner:
    import cv2

    loaded = cv2.dnn.readNetFromONNX(np.frombuffer(net, np.uint8))

    def run(pictures: np.ndarray) -> np.ndarray:
        before = cv2.getNumThreads()
        cv2.setNumThreads(threads)
        try:
            loaded.setInput(pictures)
            return np.array(loaded.forward())
        finally:
            cv2.setNumThreads(before)

    return run


def run_net(runner: Runner, pictures: np.ndarray, side: int, classes: int) -> np.ndarray:
    """Return probabilities (n, classes), float64, that sum to one; a batch at a time.

    Raises
    ------
    ValueError
        When the net fails, or gives what are no probabilities.
    """
    out = np.empty((len(pictures), classes))
    for start in range(0, len(pictures), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        try:
            found = np.asarray(runner(resized(pictures[part], side)), dtype=np.float64)
        except Exception as error:  # either library raises kinds of its own
            raise ValueError(
                f"the model's net failed on these pictures ({' '.join(str(error).split())[:200]})."
            ) from error
        if found.shape != out[part].shape or not np.isfinite(found).all() or (found < 0).any():
            raise ValueError(
                "the model's net gave no probabilities for these pictures; train it again."
            )
        out[part] = found
    return out / np.clip(out.sum(axis=1, keepdims=True), 1e-12, None)
