"""A deep net as a scikit-learn classifier: trained by Keras on torch, predicting by ONNX alone."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ..classes import ClassWeight, number_classes
from .backbones import backbone, build, step_of
from .checking import check_settings_of
from .exporting import exported
from .holdout import held_out
from .library import load_keras, require, usable_cores
from .onnx_reading import check_net
from .pictures import LEAST_SIDE, as_pictures
from .running import Runner, make_runner, run_net
from .settings import augmentation_of

logger = logging.getLogger(__name__)
PASSING = ("_runner", "_runner_key")  # made on demand, never stored


class DeepClassifier(ClassifierMixin, BaseEstimator):
    """A convolutional net on square pictures: MobileNetV2, ResNet50 or VGG19.

    Parameters
    ----------
    backbone : {"mobilenetv2", "resnet50", "vgg19"}
        The net of keras.applications, without its top.
    weights : str
        none (from scratch), imagenet (downloaded by Keras), or the path of a file of weights
        without top.
    side : int or None
        Pixels that the net looks at, at least 32; pictures are resized to it. None: the pictures'
        own size, or 32 if they are smaller.
    stride : int or "auto"
        Pixels from one place of the last map to the next, 16 or 32. auto is 16 below 96 pixels.
    width : float
        Factor of the number of filters; for a small net take 0.5 or less.
    head : int
        Units of a layer between the net and the classes; 0 for none.
    dropout : float
        Share of the pooled channels that a training step leaves out, below 1.
    epochs : int
        Most passes over the training pictures.
    batch_size : int
        Pictures per step, at least 2.
    learning_rate : float
        The highest rate of AdamW.
    weight_decay : float
        Of AdamW.
    schedule : {"cosine", "constant"}
        Of the learning rate, behind the warm-up.
    warmup : int
        Epochs in which the learning rate rises.
    augment : bool or dict
        Whether training pictures are changed each time they are seen; a dictionary of flip
        (probability), shift (part of the side), rotation (degrees), zoom and brightness (parts)
        has those that it names, true has moderate ones.
    class_weight : None, "balanced" or dict
        Factor of the loss per class.
    validation_share : float
        Part of the training pictures that early stopping looks at, up to 0.5; whole subjects where
        they are known. 0 trains on all and keeps the last epoch.
    patience : int or None
        Epochs without a better validation loss after which training ends; None trains all epochs.
        The epoch with the best validation loss is kept.
    head_epochs : int
        First epochs, in which only the head learns; of no meaning without weights.
    tune : {"all", "head"}
        What learns after that; of no meaning without weights.
    tune_rate : float
        Factor of the learning rate after that; of no meaning without weights.
    mixed_precision : {"auto", "off"}
        auto computes with 16 bits where a GPU is present.
    checkpoints : str or None
        Folder in which an unfinished fit is kept; after a kill the same fit goes on there.
    threads : int or None
        Of the processor; None takes all cores. The same seed and number give the same net.
    random_state : int or None
        Of first weights, validation pictures, order, changes and dropout.

    Attributes
    ----------
    classes_ : array (classes,)
    n_features_in_ : int
        Numbers of one picture.
    picture_shape_ : list of int
        Channels, y, x of the training pictures.
    side_ : int
        Pixels that the net looks at.
    history_ : list of dict
        Per epoch ``epoch``, ``loss``, ``accuracy``, ``learning_rate`` (the last), and with
        validation pictures ``validation_loss`` and ``validation_accuracy``.
    best_epoch_ : int
        Whose weights were kept, from 1.
    n_iter_ : int
        Epochs.
    onnx_ : uint8 array
        The whole net as an ONNX file: grey levels 0 to 255 -> probabilities.
    onnx_difference_ : float
        The largest difference of a probability between the two on training pictures.

    Notes
    -----
    ``fit`` needs the extra ``deep``; ``predict_proba`` runs ``onnx_`` by onnxruntime, or by OpenCV
    where that is missing. ``fit`` ends with an error if the two differ by more than 1e-5 on
    training pictures, or by more than five times what the trained net differs from itself when its
    sums are done in another order (32-bit rounding, in nets of many layers). Progress is logged at
    level INFO to ``classifiers.deep.classifier``.

    Sources: MobileNetV2, Sandler et al. 2018, doi:10.1109/CVPR.2018.00474; ResNet50, He et al.
    2016, doi:10.1109/CVPR.2016.90; VGG19, Simonyan and Zisserman 2015, arXiv:1409.1556; AdamW,
    Loshchilov and Hutter 2019, arXiv:1711.05101.

    Examples
    --------
    >>> DeepClassifier("vgg19", epochs=5)
    DeepClassifier(backbone='vgg19', epochs=5)
    """

    def __init__(
        self,
        backbone: str = "mobilenetv2",
        weights: str = "none",
        side: int | None = None,
        stride: int | str = "auto",
        width: float = 1.0,
        head: int = 0,
        dropout: float = 0.3,
        epochs: int = 60,
        batch_size: int = 64,
        learning_rate: float = 0.001,
        weight_decay: float = 0.0001,
        schedule: str = "cosine",
        warmup: int = 2,
        augment: bool | Mapping[str, float] = True,
        class_weight: ClassWeight = None,
        validation_share: float = 0.1,
        patience: int | None = 15,
        head_epochs: int = 3,
        tune: str = "all",
        tune_rate: float = 0.1,
        mixed_precision: str = "auto",
        checkpoints: str | None = None,
        threads: int | None = None,
        random_state: int | None = None,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.side = side
        self.stride = stride
        self.width = width
        self.head = head
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.warmup = warmup
        self.augment = augment
        self.class_weight = class_weight
        self.validation_share = validation_share
        self.patience = patience
        self.head_epochs = head_epochs
        self.tune = tune
        self.tune_rate = tune_rate
        self.mixed_precision = mixed_precision
        self.checkpoints = checkpoints
        self.threads = threads
        self.random_state = random_state

    def check_settings(self) -> None:
        """Refuse values that no data could make right; no library is loaded for it.

        Raises
        ------
        ValueError
        """
        check_settings_of(self)

    # training -----------------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        groups: Any = None,
        shares: Any = None,
        validation: tuple[Any, Any] | None = None,
    ) -> DeepClassifier:
        """Train the net, and keep it as ONNX.

        Parameters
        ----------
        X : array (n, y, x, channels), (n, y, x) or (n, y * x)
            Square pictures, 0 to 255; one channel or three (RGB).
        y : sequence (n,)
            Classes.
        groups : sequence (n,), optional
            Subjects: none is both among the pictures that are learned from and those that early
            stopping looks at.
        shares : array (n, classes), optional
            Soft labels, such as shares of votes, in the order of the sorted classes; they are
            learned in place of ``y``.
        validation : (X, y), optional
            Pictures for early stopping, in place of a part of the training pictures.

        Raises
        ------
        ValueError
            For impossible settings or data, where a library is missing, and when the exported net
            does not agree with the trained one.
        """
        self.check_settings()
        require()
        pictures, y = as_pictures(X, training=True), column_or_1d(np.asarray(y), dtype=None)
        _same_length(pictures, y, "y")
        self.classes_, number = number_classes(y)
        self.picture_shape_ = [int(s) for s in pictures.shape[1:]]
        self.n_features_in_ = int(np.prod(self.picture_shape_))
        self.side_ = self.side or max(LEAST_SIDE, self.picture_shape_[1])
        held = None if groups is None else column_or_1d(np.asarray(groups))
        if held is not None:
            _same_length(pictures, held, "groups")
        chosen = None if validation is None else self._chosen(validation)
        net = self._train(pictures, y, number, held, shares, chosen)
        self.onnx_ = np.frombuffer(net, dtype=np.uint8).copy()
        return self

    def _chosen(self, validation: tuple[Any, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Return the given validation pictures and the numbers of their classes."""
        pictures, labels = as_pictures(validation[0]), column_or_1d(np.asarray(validation[1]))
        _same_length(pictures, labels, "y of validation")
        if list(pictures.shape[1:]) != self.picture_shape_:
            raise ValueError(
                f"validation pictures must be like the training pictures, {self.picture_shape_} "
                f"(channels, y, x); these are {list(pictures.shape[1:])}."
            )
        strange = np.setdiff1d(labels, self.classes_)
        if len(strange):
            raise ValueError(f"validation has the class {strange[0]}, which no training row has.")
        return pictures, np.searchsorted(self.classes_, labels)

    def _train(
        self,
        pictures: np.ndarray,
        y: np.ndarray,
        number: np.ndarray,
        groups: np.ndarray | None,
        shares: Any,
        chosen: tuple[np.ndarray, np.ndarray] | None,
    ) -> bytes:
        """Train, set what is told of it, and return the net as ONNX."""
        keras = load_keras()
        from .checkpoints import Checkpoint, fingerprint
        from .library import undisturbed
        from .objective import class_factors, targets_of
        from .training import Rows, Training

        targets = targets_of(number, len(self.classes_), shares)
        own = {k: v for k, v in self.get_params().items() if k not in ("checkpoints", "patience")}
        arrays = {"X": pictures, "y": y, "groups": groups, "targets": targets}
        arrays |= {f"validation{i}": part for i, part in enumerate(chosen or ())}
        own |= {"patience": self.patience, "threads": self._threads(), "keras": keras.__version__}
        folder = None if self.checkpoints is None else Path(self.checkpoints)
        checkpoint = Checkpoint(folder, fingerprint(own, arrays))
        seed = self._seed(checkpoint.load())
        rows = np.zeros(0, dtype=int)
        if chosen is None:
            rng = np.random.default_rng(seed)
            rows = held_out(number, self.validation_share, groups, rng)
        rest = np.setdiff1d(np.arange(len(y)), rows)
        validation = Rows(pictures[rows], targets[rows]) if len(rows) else None
        if chosen is not None:
            validation = Rows(chosen[0], targets_of(chosen[1], len(self.classes_)))
        factors = class_factors(self.class_weight, self.classes_, y)
        with undisturbed(keras, seed, self._threads()):
            net, plan = self._network(keras), self._plan(seed)
            training = Training(
                net,
                plan,
                Rows(pictures[rest], targets[rest]),
                validation,
                factors,
                checkpoint,
                lambda line: logger.info("%s: %s", self.backbone, line),
            )
            self.history_ = training.run()
            self.n_iter_ = len(self.history_)
            self.best_epoch_ = training.best_epoch + 1 or self.n_iter_
            out, self.onnx_difference_ = exported(
                keras, net, pictures, self.side_, len(self.classes_), self._threads()
            )
        checkpoint.remove()
        del net, training
        gc.collect()  # Keras' layers know each other in circles
        return out

    def _seed(self, unfinished: Mapping[str, Any] | None) -> int:
        """Return the seed: as given, of the fit that goes on, or a new one."""
        if self.random_state is not None:
            return int(self.random_state)
        if unfinished is not None:
            return int(unfinished["seed"])
        return int(np.random.SeedSequence().generate_state(1)[0])

    def _threads(self) -> int:
        return self.threads or usable_cores()

    def _network(self, keras: Any) -> Any:
        import torch

        from .network import Net

        step = step_of(self.stride, self.side_)
        made = build(keras, self.backbone, self.side_, step, self.width, self.weights)
        caffe = self.weights != "none" and backbone(self.backbone).weighted == "caffe"
        net = Net(made, len(self.classes_), self.head, self.dropout, caffe)
        return net.to("cuda" if torch.cuda.is_available() else "cpu")

    def _plan(self, seed: int) -> Any:
        import torch

        from .training import Plan

        known = self.weights != "none"
        return Plan(
            side=self.side_,
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            schedule=self.schedule,
            warmup=self.warmup,
            augmentation=augmentation_of(self.augment),
            patience=self.patience,
            head_epochs=self.head_epochs if known else 0,
            tune=self.tune if known else "all",
            tune_rate=self.tune_rate,
            mixed=self.mixed_precision == "auto" and torch.cuda.is_available(),
            seed=seed,
        )

    # predicting ---------------------------------------------------------------------------------

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (n, classes), columns as in ``classes_``.

        Raises
        ------
        ValueError
            For pictures unlike the training pictures, and for a net that may not be run.
        """
        check_is_fitted(self, "onnx_")
        pictures = as_pictures(X)
        if list(pictures.shape[1:]) != list(self.picture_shape_):
            raise ValueError(
                f"pictures must be like the training pictures, {list(self.picture_shape_)} "
                f"(channels, y, x); these are {list(pictures.shape[1:])}."
            )
        return run_net(self._net(), pictures, self.side_, len(self.classes_))

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each picture, (n,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _net(self) -> Callable[[np.ndarray], np.ndarray]:
        """Return what runs ``onnx_``, made when it is first wanted, and checked before."""
        key = (id(self.onnx_), self.threads)
        if getattr(self, "_runner_key", None) != key:
            net = np.asarray(self.onnx_)
            if net.dtype != np.uint8 or net.ndim != 1:
                raise ValueError("the model's net is refused: onnx_ must be an array of bytes.")
            data = net.tobytes()
            check_net(data, int(self.picture_shape_[0]), int(self.side_), len(self.classes_))
            self._runner: Runner = make_runner(data, self._threads())
            self._runner_key = key
        return self._runner

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in super().__getstate__().items() if k not in PASSING}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({k: v for k, v in state.items() if k not in PASSING})

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.positive_only = True
        return tags


def _same_length(pictures: np.ndarray, other: np.ndarray, name: str) -> None:
    if len(pictures) != len(other):
        raise ValueError(f"there are {len(pictures)} pictures but {len(other)} values in {name}.")
