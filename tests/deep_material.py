"""What the tests of deep nets share: pictures of stripes, narrow nets, and a stand-in for a net."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from classifiers import make_classifier

# every net, as narrow as it can be: a second of training
TINY = {
    "mobilenetv2": {"width": 0.1},
    "resnet50": {"width": 0.05},
    "vgg19": {"width": 0.1, "head": 8, "dropout": 0.0},
}
QUICK = {"epochs": 2, "batch_size": 32, "threads": 1, "random_state": 0, "augment": False}


def stripes(n: int = 24, side: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures of level, rising and upright stripes, and what they are."""
    rng = np.random.default_rng(seed)
    number = np.arange(n) % 3
    y, x = np.mgrid[:side, :side] / side
    out = []
    for angle in number * np.pi / 3:
        wave = np.sin(2 * np.pi * (4 * (x * np.sin(angle) + y * np.cos(angle)) + rng.random()))
        out.append(np.clip(128 + 90 * wave + rng.normal(0, 8, wave.shape), 0, 255))
    return np.array(out).astype(np.uint8), np.array(["level", "rising", "upright"])[number]


def tiny(name: str = "vgg19", **params: Any) -> Any:
    """Return a narrow net that trains two epochs."""
    return make_classifier(name, **{**TINY[name], **QUICK, **params})


def stand_in(keras: Any, name: str, side: int, *_: Any) -> Any:
    """Return one convolution and a batch normalisation in place of a net of keras.applications.

    It trains in a blink, for tests of what surrounds a net: all else is as it always is.
    """
    inputs = keras.Input((3, side, side), name="pixels")
    x = keras.layers.Conv2D(8, 5, strides=4, use_bias=False, name="conv")(inputs)
    x = keras.layers.BatchNormalization(1, 0.9, name="norm")(x)
    return keras.Model(inputs, keras.layers.ReLU(name="out")(x), name=name)


@contextmanager
def few_objects() -> Iterator[None]:
    """Import the libraries, and then keep what they hold from being searched after every fit.

    A fit collects its garbage, for Keras' layers know each other in circles; torch and Keras have
    so many objects that looking through them takes longer than to train these nets.
    """
    from classifiers.deep.library import load_keras

    load_keras()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
