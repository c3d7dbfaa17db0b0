"""MobileNetV2, ResNet50 and VGG19 of keras.applications, changed where small pictures ask for it.

Four changes, and why (docs/decisions/0026-deep-models.md):

- the step of the whole net is 16 instead of 32 for small pictures: the first convolution of
  MobileNetV2 and ResNet50 keeps every pixel, VGG19 leaves out its last pooling. So 48 x 48 pixels
  end in 3 x 3 places instead of 2 x 2 or one;
- batch normalisation forgets faster (momentum 0.9 for 0.999 or 0.99), since small sets have few
  batches;
- VGG19 from scratch has batch normalisation behind every convolution, without which it learns far
  more slowly;
- MobileNetV2 and ResNet50 from scratch begin with residual branches that add nothing (the last
  batch normalisation of each has scale 0; Goyal et al. 2017, arXiv:1706.02677, section 5.1): at
  first they are nets of few layers, which learn sooner.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..names import unknown
from .settings import STRIDES

SMALL = 96  # below this side the net steps by 16
MOMENTUM = 0.9
FEWEST = 8  # filters of a layer of a narrowed net


@dataclass(frozen=True)
class Backbone:
    """One net of keras.applications.

    Parameters
    ----------
    make : str
        Its name there.
    branch : str
        How the last batch normalisation of a residual branch is called, where its sum is called
        ``..._add``; empty without branches.
    first : str
        The layer whose stride of 2 becomes 1 in small pictures; empty: the last pooling goes.
    weighted : str
        How grey levels are prepared for the ImageNet weights: ``tf`` (-1 to 1) or ``caffe`` (blue,
        green, red, minus their means).
    alphas : tuple of float
        Widths with ImageNet weights.
    source : str
    """

    make: str
    branch: str
    first: str
    weighted: str
    alphas: tuple[float, ...]
    source: str


BACKBONES: Mapping[str, Backbone] = {
    "mobilenetv2": Backbone(
        "MobileNetV2",
        "_project_BN",
        "Conv1",
        "tf",
        (0.35, 0.5, 0.75, 1.0, 1.3, 1.4),
        "Sandler et al., CVPR 2018, doi:10.1109/CVPR.2018.00474",
    ),
    "resnet50": Backbone(
        "ResNet50",
        "_3_bn",
        "conv1_conv",
        "caffe",
        (1.0,),
        "He et al., CVPR 2016, doi:10.1109/CVPR.2016.90",
    ),
    "vgg19": Backbone(
        "VGG19", "", "", "caffe", (1.0,), "Simonyan and Zisserman, ICLR 2015, arXiv:1409.1556"
    ),
}


def backbone(name: str) -> Backbone:
    """Return the backbone of a name, or refuse it."""
    if name not in BACKBONES:
        raise ValueError(unknown("backbone", name, BACKBONES))
    return BACKBONES[name]


def check_weights(name: str, weights: str, width: float) -> None:
    """Refuse weights that there are not, or that do not fit the width."""
    known = backbone(name)
    if not isinstance(weights, str) or not weights:
        raise ValueError(
            f"weights must be none, imagenet or the path of a file of weights, not {weights!r}."
        )
    if weights == "imagenet" and float(width) not in known.alphas:
        widths = ", ".join(f"{a:g}" for a in known.alphas)
        raise ValueError(
            f"ImageNet weights of {name} exist for width {widths}, not {width:g}; take one of "
            "those, or weights: none."
        )
    if weights != "none" and known.alphas == (1.0,) and float(width) != 1.0:
        raise ValueError(f"a file of weights of {name} is of width 1, not {width:g}; leave it out.")
    if weights not in ("none", "imagenet") and not Path(weights).is_file():
        raise ValueError(
            f"weights must be none, imagenet or the path of a file; there is no file {weights}."
        )


def step_of(stride: int | str, side: int) -> int:
    """Return by how many pixels the last map steps: 16 or 32.

    >>> step_of("auto", 48), step_of("auto", 224), step_of(32, 48)
    (16, 32, 32)
    """
    if stride not in STRIDES:
        raise ValueError(unknown("stride", stride, map(str, STRIDES)))
    return (16 if side < SMALL else 32) if stride == "auto" else int(stride)


def build(keras: Any, name: str, side: int, step: int, width: float, weights: str) -> Any:
    """Return the net without its top: (n, 3, side, side) -> (n, channels, y, x).

    Parameters
    ----------
    keras : module
        With ``channels_first`` as its data format.
    step : int
        16 or 32.
    width : float
        Factor of the number of filters.
    weights : str
        ``none``, ``imagenet`` or the path of a file.
    """
    known = backbone(name)
    # made for the size that gives every later layer the size that it will have
    drawn = side * 2 if step == 16 and known.first else side
    # what is only looked at for its layers gets no weights
    with keras.device("meta") if weights == "none" else nullcontext():
        base = _base(keras, name, known, drawn, width, weights)
    inputs = keras.Input((3, side, side), name="pixels")
    if name == "vgg19":
        model = _vgg(keras, base, inputs, step, width, normed=weights == "none")
    else:
        scale = 1.0 if name == "mobilenetv2" else width  # of MobileNetV2 alpha did it
        sums = [layer.name for layer in base.layers if layer.name.endswith("_add")]
        ends = {f"{sum_.removesuffix('_add')}{known.branch}" for sum_ in sums}
        model = keras.models.clone_model(
            base,
            input_tensors=inputs,
            clone_function=lambda layer: _changed(
                keras, layer, scale, known.first if step == 16 else "", ends
            ),
        )
    if weights != "none":
        model.set_weights(base.get_weights())
    return model


def _base(keras: Any, name: str, known: Backbone, side: int, width: float, weights: str) -> Any:
    options: dict[str, Any] = {"include_top": False, "input_shape": (3, side, side)}
    if name == "mobilenetv2":
        options["alpha"] = width
    make = getattr(keras.applications, known.make)
    if weights != "imagenet":
        base = make(weights=None, **options)
        return base if weights == "none" else _with_weights(base, name, weights)
    try:
        with warnings.catch_warnings():  # that the weights were learned on another size
            warnings.simplefilter("ignore")
            return make(weights="imagenet", **options)
    except Exception as error:  # Keras raises Exception itself where a download fails
        raise ValueError(
            f"the ImageNet weights of {name} could not be downloaded "
            f"({' '.join(str(error).split())[:160]}); download the file `...no_top.h5` (of "
            f"resnet50 and vgg19 `...notop.h5`) of keras.applications on a machine with a network "
            "and give its path as weights, or take weights: none."
        ) from error


def _with_weights(base: Any, name: str, path: str) -> Any:
    """Return the net with the weights of a file, all of them: Keras only warns where some lack."""
    empty = [np.full(w.shape, np.nan, np.float32) for w in base.weights]
    base.set_weights(empty)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            base.load_weights(path)
        if any(np.isnan(w).any() for w in base.get_weights()):
            raise ValueError("some layers have none")
    except Exception as error:  # a file of any kind can fail in any way
        raise ValueError(
            f"{path} does not hold the weights of {name} without its top, as keras.applications "
            f"writes them ({' '.join(str(error).split())[:200]})."
        ) from error
    return base


def _changed(keras: Any, layer: Any, width: float, first: str, ends: Collection[str] = ()) -> Any:
    """Return a new layer like ``layer``, with fewer filters, other strides, another momentum.

    Those in ``ends`` begin with scale 0; given weights come afterwards.
    """
    config = layer.get_config()
    if layer.name == first and first:
        config["strides"] = (1, 1)
    if isinstance(layer, keras.layers.BatchNormalization):
        config["momentum"] = MOMENTUM
        if layer.name in ends:
            config["gamma_initializer"] = "zeros"
    if "filters" in config and width != 1.0:
        config["filters"] = max(FEWEST, round(config["filters"] * width))
    return type(layer).from_config(config)


def _vgg(keras: Any, base: Any, inputs: Any, step: int, width: float, normed: bool) -> Any:
    """Return VGG19 layer by layer; ``normed`` puts batch normalisation before each rectifier."""
    x = inputs
    for layer in base.layers[1:]:
        if layer.name == "block5_pool" and step == 16:
            continue
        new = _changed(keras, layer, width, "")
        if not (normed and isinstance(layer, keras.layers.Conv2D)):
            x = new(x)
            continue
        config = {**new.get_config(), "activation": "linear", "use_bias": False}
        x = keras.layers.Conv2D.from_config(config)(x)
        x = keras.layers.BatchNormalization(1, MOMENTUM, name=f"{layer.name}_bn")(x)
        x = keras.layers.ReLU(name=f"{layer.name}_relu")(x)
    return keras.Model(inputs, x, name="vgg19")
