"""All classifiers by name: the only place that lists them.

A new member is one entry of ``CLASSIFIERS``. ``scaling`` wraps scikit-learn's own classifiers into
a pipeline with the scaler of that name; our own estimators scale inside.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from .names import unknown


@dataclass(frozen=True)
class Entry:
    """One classifier: where it lives, what it is, and what we set differently from its default.

    ``scaling`` is the default of the wrapped scaler, or None where the estimator has its own.
    ``trial`` makes a fit quick that only asks whether a fit is possible. ``given`` are settings
    that the name stands for, which nobody sets. ``require`` is where the function lives that
    refuses to train while a library is missing; a classifier with one is never tried on toy
    numbers, for it wants pictures, and time.
    """

    where: str
    about: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    scaling: str | None = None
    trial: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    require: str = ""


DEEP = "classifiers.deep.library:require"

CLASSIFIERS: dict[str, Entry] = {
    "svm": Entry("classifiers.svm:SVM", "support vector machine, one against one, any kernel"),
    "linear-svm": Entry(
        "classifiers.linear:LinearSVM", "linear support vector machine for many rows"
    ),
    "rvm": Entry(
        "classifiers.rvm:RVM",
        "relevance vector machine: few training rows decide, probabilities by the evidence",
    ),
    "rsfm": Entry(
        "classifiers.rsfm.classifier:RSFM",
        "relevance sample-feature machine: few training rows and few features decide",
        {},
        "none",
        {"max_iter": 2},
    ),
    "rsfm-layers": Entry(
        "classifiers.rsfm.layered:LayeredRSFM",
        "sample-feature machines, each on what those before left over: for signal shared by many",
        {},
        "none",
        {"max_iter": 2, "layers": 1},
    ),
    "sklearn-rvm": Entry(
        "classifiers.emrvc:EMRVC",
        "the relevance vector machine of the package sklearn-rvm (batch EM), for comparison",
        trial={"max_iter": 2},
    ),
    "logistic": Entry(
        "sklearn.linear_model:LogisticRegression",
        "multinomial logistic regression",
        {"max_iter": 2000},
        "none",
    ),
    "lda": Entry(
        "sklearn.discriminant_analysis:LinearDiscriminantAnalysis",
        "linear discriminant analysis",
        {},
        "none",
    ),
    "mlp": Entry(
        "sklearn.neural_network:MLPClassifier",
        "multi-layer perceptron",
        {"max_iter": 500},
        "standard",
    ),
    "knn": Entry(
        "sklearn.neighbors:KNeighborsClassifier",
        "nearest neighbours",
        {"algorithm": "brute"},
        "none",
    ),
    "forest": Entry(
        "sklearn.ensemble:RandomForestClassifier", "random forest", {"n_estimators": 300}, "none"
    ),
    "mobilenetv2": Entry(
        "classifiers.deep.classifier:DeepClassifier",
        "MobileNetV2, a small deep net on square pictures",
        given={"backbone": "mobilenetv2"},
        require=DEEP,
    ),
    "resnet50": Entry(
        "classifiers.deep.classifier:DeepClassifier",
        "ResNet50, a deep net on square pictures",
        given={"backbone": "resnet50"},
        require=DEEP,
    ),
    "vgg19": Entry(
        "classifiers.deep.classifier:DeepClassifier",
        "VGG19, a deep net on square pictures",
        {"head": 512, "dropout": 0.5},
        given={"backbone": "vgg19"},
        require=DEEP,
    ),
    "majority": Entry(
        "sklearn.dummy:DummyClassifier",
        "the most frequent class, always: the honest baseline",
        {"strategy": "prior"},
        "none",
    ),
}

# what a stored model of this family may hold beyond the types that skops trusts by itself
STORED_TYPES = (
    "classifiers.deep.classifier.DeepClassifier",
    "classifiers.emrvc.EMRVC",
    "classifiers.linear.LinearSVM",
    "classifiers.rsfm.classifier.RSFM",
    "classifiers.rsfm.layered.LayeredRSFM",
    "classifiers.rsfm.regressor.RSFR",
    "classifiers.rvm.RVM",
    "classifiers.rvr.RVR",
    "classifiers.svm.SVM",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
)


def entry(name: str) -> Entry:
    """Return the entry of a name, or refuse it."""
    if name not in CLASSIFIERS:
        raise ValueError(unknown("classifier", name, CLASSIFIERS))
    return CLASSIFIERS[name]


def parameters(name: str) -> dict[str, Any]:
    """Return the parameters of a classifier with their defaults.

    >>> parameters("majority")["scaling"]
    'none'
    """
    found = entry(name)
    signature = inspect.signature(_class(found).__init__)
    hidden = {"self", *found.given}
    out = {p.name: p.default for p in signature.parameters.values() if p.name not in hidden}
    out.update(found.settings)
    if found.scaling is not None:
        out["scaling"] = found.scaling
    return out


def make_classifier(name: str, *, seed: int | None = None, **params: Any) -> Any:
    """Return a new, unfitted scikit-learn classifier with ``predict_proba``.

    Parameters
    ----------
    name : str
        A name in ``CLASSIFIERS``.
    seed : int or None
        ``random_state`` of a classifier that has one and was not given one.
    **params
        The classifier's own parameters, and ``scaling``.

    Raises
    ------
    ValueError
        For an unknown name or parameter (with the nearest known one), or an impossible value of
        one of our own classifiers.

    Examples
    --------
    >>> make_classifier("svm", kernel="intersection", C=10.0)
    SVM(C=10.0, kernel='intersection')
    """
    found = entry(name)
    _refuse_unknown(name, params)
    settings = {**found.settings, **params, **found.given}
    if seed is not None and "random_state" in parameters(name):
        settings.setdefault("random_state", seed)
    scaling = settings.pop("scaling", found.scaling) if found.scaling is not None else None
    if isinstance(settings.get("hidden_layer_sizes"), list):
        settings["hidden_layer_sizes"] = tuple(settings["hidden_layer_sizes"])
    classifier = _class(found)(**settings)
    if hasattr(classifier, "check_settings"):
        classifier.check_settings()
    return classifier if scaling is None else _scaled(classifier, scaling)


def search_grid(
    name: str, params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Return ``params`` as (fixed, searched): a list is a choice, anything else is fixed.

    A choice among lists, for example of layers, is a list of lists. A list of one is fixed. Every
    value of our own classifiers is checked at once, before anything is trained.

    Examples
    --------
    >>> search_grid("svm", {"kernel": "rbf", "C": [1, 10]})
    ({'kernel': 'rbf'}, {'C': [1, 10]})
    """
    _refuse_unknown(name, params)
    fixed: dict[str, Any] = {}
    grid: dict[str, list[Any]] = {}
    for key, value in params.items():
        if not isinstance(value, list):
            fixed[key] = value
        elif not value:
            raise ValueError(f"{key!r} of {name!r} is an empty list; give at least one value.")
        elif len(value) == 1:
            fixed[key] = value[0]
        else:
            grid[key] = list(value)
    for key, values in grid.items():
        for value in values:
            make_classifier(name, **{**fixed, key: value})
    make_classifier(name, **fixed)
    return fixed, grid


def _refuse_unknown(name: str, params: Mapping[str, Any]) -> None:
    known = parameters(name)
    for key in params:
        if key not in known:
            raise ValueError(unknown(f"parameter of {name!r}", key, known))


def check_trainable(name: str) -> bool:
    """Refuse a classifier whose libraries are missing; return whether a trial fit may be made.

    Nothing is loaded for it.

    Raises
    ------
    ValueError
    """
    where = entry(name).require
    if not where:
        return True
    module, function = where.split(":")
    getattr(import_module(module), function)()
    return False


def classifier_class(name: str) -> type:
    """Return the class behind a name."""
    return _class(entry(name))


def _class(found: Entry) -> Any:
    module, name = found.where.split(":")
    return getattr(import_module(module), name)


def _scaled(classifier: Any, scaling: str) -> Any:
    from sklearn.pipeline import Pipeline

    from .scaling import make_scaler

    scaler = make_scaler(scaling)
    return classifier if scaler is None else Pipeline([("scale", scaler), ("model", classifier)])
