"""Pictures -> classes by deep nets: Keras and torch to train, ONNX alone to predict. In order:

settings      what can be refused without data, and sentences for it
pictures      what counts as pictures, and their size in the net
library       Keras on torch: found, loaded, and left as it was found
backbones     MobileNetV2, ResNet50, VGG19 of keras.applications, for small pictures too
checking      all settings, before anything is loaded
network       grey levels -> backbone -> head -> one number per class
augmentation  pictures as they might have been taken
holdout       the training rows that early stopping looks at
objective     targets, weights and the loss
checkpoints   one file per unfinished fit
training      epochs, rates, early stopping, and going on after a kill
onnx_writing  the trained net as ONNX
onnx_reading  whether an ONNX net is one that may be run
running       an ONNX net on pictures: onnxruntime, else OpenCV
exporting     from the trained net to ONNX, and the proof that the two agree
classifier    the scikit-learn classifier

Importing the package loads neither Keras nor torch; only ``fit`` does.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .classifier import DeepClassifier as DeepClassifier

__all__ = ["DeepClassifier"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'classifiers.deep' has no attribute {name!r}")
    return getattr(import_module(".classifier", __name__), name)
