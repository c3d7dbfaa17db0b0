"""What a deep classifier is asked before it sees data; no library is loaded for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..classes import check_class_weight
from .backbones import backbone, check_weights
from .pictures import LEAST_SIDE
from .settings import SCHEDULES, STRIDES, TUNED, augmentation_of, between, one_of, whole

MOST_SIDE = 1024
LARGEST_HEAD = 8192


def check_settings_of(net: Any) -> None:
    """Refuse settings of a ``DeepClassifier`` that no data could make right.

    Raises
    ------
    ValueError
    """
    backbone(net.backbone)
    between("width", net.width, 0.0, 4.0, above=True)
    check_weights(net.backbone, net.weights, net.width)
    one_of("stride", net.stride, STRIDES)
    one_of("schedule", net.schedule, SCHEDULES)
    one_of("tune", net.tune, TUNED)
    one_of("mixed_precision", net.mixed_precision, ("auto", "off"))
    for name, least in (("epochs", 1), ("batch_size", 2), ("warmup", 0), ("head_epochs", 0)):
        whole(name, getattr(net, name), least)
    for name, least in (("side", LEAST_SIDE), ("patience", 1), ("threads", 1)):
        if getattr(net, name) is not None:
            whole(name, getattr(net, name), least)
    whole("head", net.head, 0)
    between("head", net.head, 0, LARGEST_HEAD)
    if net.side is not None:
        between("side", net.side, LEAST_SIDE, MOST_SIDE)
    between("dropout", net.dropout, 0.0, 0.95)
    between("learning_rate", net.learning_rate, 0.0, 10.0, above=True)
    between("weight_decay", net.weight_decay, 0.0, 10.0)
    between("tune_rate", net.tune_rate, 0.0, 1.0, above=True)
    between("validation_share", net.validation_share, 0.0, 0.5)
    augmentation_of(net.augment)
    check_class_weight(net.class_weight)
    if net.checkpoints is not None and not isinstance(net.checkpoints, str | Path):
        raise ValueError(f"checkpoints must be a folder or null, not {net.checkpoints!r}.")
    if net.random_state is not None:
        whole("random_state", net.random_state, 0)
