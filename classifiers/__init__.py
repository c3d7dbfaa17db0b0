"""Vectors -> models, as scikit-learn estimators that know no faces. In reading order:

names        one sentence for an unknown name
kernels      kernels between rows, by name
scaling      scaling of columns or rows, by name
kernel_settings  what machines on a kernel refuse without data
classes      numbers and weights of classes
calibration  from margins to probabilities
pairs        one against one
svm          the support vector machine on any kernel
linear       the linear support vector machine for many rows
dictionaries one kernel column per row that may become a relevance vector
widths       the width of a kernel by a rule or by evidence
bayes        sparse Bayesian learning: the mathematics under the machines below
relevance    what the relevance vector machines share
problems     many classes as several problems of two
rvm          the relevance vector machine for classes
rvr          the relevance vector machine for numbers
rsfm         the relevance sample-feature machines: which rows, which features
deep         MobileNetV2, ResNet50 and VGG19 on pictures
emrvc        the relevance vector machine of sklearn-rvm, for comparison
registry     all classifiers by name, and which parameters are to be searched

Errors are ``ValueError`` with one sentence. Importing the package loads no other library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .deep import DeepClassifier as DeepClassifier
    from .kernels import KERNELS as KERNELS
    from .kernels import gram as gram
    from .linear import LinearSVM as LinearSVM
    from .registry import CLASSIFIERS as CLASSIFIERS
    from .registry import STORED_TYPES as STORED_TYPES
    from .registry import make_classifier as make_classifier
    from .registry import search_grid as search_grid
    from .rsfm import RSFM as RSFM
    from .rsfm import RSFR as RSFR
    from .rsfm import LayeredRSFM as LayeredRSFM
    from .rvm import RVC as RVC
    from .rvm import RVM as RVM
    from .rvr import RVR as RVR
    from .svm import SVM as SVM

_HOME = {
    "CLASSIFIERS": "registry",
    "DeepClassifier": "deep.classifier",
    "KERNELS": "kernels",
    "LayeredRSFM": "rsfm.layered",
    "LinearSVM": "linear",
    "RSFM": "rsfm.classifier",
    "RSFR": "rsfm.regressor",
    "RVC": "rvm",
    "RVM": "rvm",
    "RVR": "rvr",
    "STORED_TYPES": "registry",
    "SVM": "svm",
    "gram": "kernels",
    "make_classifier": "registry",
    "search_grid": "registry",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'classifiers' has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
