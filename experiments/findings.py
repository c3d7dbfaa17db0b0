"""What a model looks at: the weight of each block of the face, and clips with their maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sttm.descriptors import Descriptor
from sttm.descriptors.sttm import STTM
from sttm.errors import ToolkitError
from sttm.extract import Job, crop_clip
from sttm.pictures.maps import shown_member, shown_scale, signed_root

from .config import Config
from .crossvalidation import Model
from .datasets import Dataset
from .join import Joined
from .predictions import PREFIX
from .report import Example

FRAMES = 6  # shown per example


def block_weights(model: Model, measures: np.ndarray) -> pd.DataFrame | None:
    """Return how much each block moves the score of each class, or None for a kernel machine.

    The importance of a block for a class is the mean over clips of the absolute contribution of
    the block's columns to the class's linear score, taken from the mean clip.

    Returns
    -------
    DataFrame
        ``block``, ``t_from`` ... ``x_to``, then one column per class.
    """
    coef = _coefficients(model.classifier)
    if coef is None:
        return None
    X = model.features(measures)
    if hasattr(model.classifier, "rows_of_weights"):  # scaled or rooted, as the weights are
        X = model.classifier.rows_of_weights(X)
    places = model.encoder.descriptor_.places()
    spans = pd.DataFrame([(*p.t, *p.y, *p.x) for p in places])
    keys, first, block = np.unique(spans.to_numpy(), axis=0, return_index=True, return_inverse=True)
    block = np.ravel(block)
    sums = np.zeros((len(X), len(keys), len(coef)))
    centred = X - X.mean(axis=0)
    order = np.argsort(block, kind="stable")
    starts = np.searchsorted(block[order], np.arange(len(keys)))
    for number, row in enumerate(coef):
        sums[:, :, number] = np.add.reduceat((centred * row)[:, order], starts, axis=1)
    names = ["t_from", "t_to", "y_from", "y_to", "x_from", "x_to"]
    out = pd.DataFrame(keys, columns=names)
    out.insert(0, "block", [places[i].block for i in first])
    strength = np.abs(sums).mean(axis=0)
    for number, label in enumerate(model.classifier.classes_):
        out[str(label)] = strength[:, number]
    return out


def _coefficients(classifier: Any) -> np.ndarray | None:
    """Return linear weights per class (classes, columns), where a classifier has them."""
    try:
        coef = classifier.coef_per_class_
    except AttributeError:
        coef = getattr(classifier, "coef_", None)
    if coef is None or len(coef) != len(classifier.classes_):
        return None
    return np.asarray(coef)


def examples(
    config: Config, joined: Joined, data: Dataset, predictions: pd.DataFrame
) -> list[Example]:
    """Return clips of the test folds with frames and maps: sure and right, then sure and wrong."""
    table = predictions.copy()
    columns = [c for c in table.columns if c.startswith(PREFIX)]
    table["sure"] = table[columns].max(axis=1)
    right = table["label"] == table["predicted"]
    half = (config.report.examples + 1) // 2
    wrong = table[~right].nlargest(config.report.examples - min(half, int(right.sum())), "sure")
    best = _one_per_class(table[right]).nlargest(config.report.examples - len(wrong), "sure")
    out = []
    for row in pd.concat([best, wrong]).itertuples(index=False):
        try:
            out.append(_example(config, joined, data, row))
        except ToolkitError:
            continue  # the file has gone since it was measured
    return out


def _one_per_class(table: pd.DataFrame) -> pd.DataFrame:
    first = table.sort_values("sure", ascending=False).groupby("label", sort=False).head(1)
    return first if len(first) else table


def _example(config: Config, joined: Joined, data: Dataset, row: Any) -> Example:
    found = joined.clips[joined.clips["clip"] == row.clip].iloc[0]
    first, last = (None if pd.isna(found[c]) else int(found[c]) for c in ("first", "last"))
    fps = None if pd.isna(found["fps"]) else float(found["fps"])
    job = Job(row.clip, data.root / found["source"], first, last, fps)
    recipe = config.recipe()
    _, volume, _ = crop_clip(job, recipe)[0]
    chosen = np.unique(np.linspace(0, len(volume) - 1, FRAMES).round().astype(int))
    maps = local_change(recipe.descriptor, volume)
    return Example(
        row.clip,
        row.label,
        row.predicted,
        float(row.sure),
        volume[chosen],
        None if maps is None else maps[chosen],
    )


def local_change(descriptor: Descriptor, volume: np.ndarray) -> np.ndarray | None:
    """Return |H|^(1/6) where H is above 0, and 0 elsewhere, (t, y, x); None without an STTM."""
    _, member = shown_member(descriptor)
    if not isinstance(member, STTM):
        return None
    return np.maximum(signed_root(volume, shown_scale(descriptor)), 0).astype(np.float32)
