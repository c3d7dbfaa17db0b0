"""Keras on torch: found without loading it, loaded, and everything global left as it was."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

NEEDED = ("keras", "torch", "onnx")
INSTALL = 'pip install "sttm-toolkit[deep]"'
ONE_BACKEND = (
    "deep models are trained by Keras on torch, but {why}; unset KERAS_BACKEND or set it to torch, "
    "in a fresh Python."
)


def missing() -> list[str]:
    """Return which libraries for training are not installed; none of them is loaded.

    Predicting needs none of them.
    """
    return [name for name in NEEDED if name not in sys.modules and find_spec(name) is None]


def require() -> None:
    """Refuse to train where a library is missing, or where Keras was given another back end.

    Raises
    ------
    ValueError
    """
    lacking = missing()
    if lacking:
        raise ValueError(
            f"training a deep model needs {', '.join(lacking)}, which this Python does not have; "
            f"install the extra: {INSTALL}."
        )
    chosen = os.environ.get("KERAS_BACKEND") or "torch"
    if "keras" not in sys.modules and chosen != "torch":
        raise ValueError(ONE_BACKEND.format(why=f"KERAS_BACKEND is {chosen!r}"))


def load_keras() -> Any:
    """Return the module ``keras`` with torch behind it; the environment stays as it was.

    Raises
    ------
    ValueError
        When it is missing, or runs on another back end by the user's choice.
    """
    require()
    if "keras" not in sys.modules:
        before = os.environ.get("KERAS_BACKEND")
        os.environ["KERAS_BACKEND"] = "torch"
        try:
            import keras
        finally:
            if before is None:
                del os.environ["KERAS_BACKEND"]
            else:
                os.environ["KERAS_BACKEND"] = before
    import keras

    running = keras.backend.backend()
    if running != "torch":
        raise ValueError(ONE_BACKEND.format(why=f"Keras was loaded here on {running}"))
    return keras


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def undisturbed(keras: Any, seed: int, threads: int) -> Iterator[None]:
    """Work with a seed and a number of threads; afterwards both are as they were.

    Keras draws the seeds of its layers from Python's ``random``, torch from its own state.
    """
    import torch

    states = random.getstate(), torch.get_rng_state()
    on_gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    before = torch.get_num_threads(), keras.config.image_data_format()
    cudnn = torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark
    try:
        random.seed(seed)
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        keras.config.set_image_data_format("channels_first")
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        yield
    finally:
        random.setstate(states[0])
        torch.set_rng_state(states[1])
        if on_gpus:
            torch.cuda.set_rng_state_all(on_gpus)
        torch.set_num_threads(before[0])
        keras.config.set_image_data_format(before[1])
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
