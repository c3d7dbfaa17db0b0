"""What a model looks at: the weight of each block of the face, and clips with their maps."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sttm.descriptors import Descriptor
from sttm.descriptors.sttm import STTM
from sttm.errors import InputError
from sttm.extract import Job, crop_clip
from sttm.pictures.maps import shown_member, shown_scale, signed_root

from ..config import Config
from ..datasets import Dataset
from ..fitting.feature_groups import block_table, blocks_at
from ..fitting.reasons import CHUNK, block_effects
from ..fitting.search import Model
from ..join import Joined
from ..report import Example
from .predictions import PREFIX

FRAMES = 6  # shown per example
MOST_CLIPS = 2000  # that block weights are taken over
LOOKED_AT = 60  # clips whose blocks are covered one by one, at most
ENOUGH, FEWEST = 20, 10  # fewer than enough: coarser blocks; fewer than the fewest: none
MOST_COVERED = 256  # blocks that are covered one by one; pixels are covered many at a time
MOST_WORK = 1e10  # numbers compared while covering blocks, some seconds
LONGEST = 60  # seconds of covering blocks
LOG = logging.getLogger(__name__)


def block_weights(model: Model, measures: np.ndarray) -> pd.DataFrame:
    """Return how much each block of the face moves what the model says of each class.

    Of a linear model and of an RSFM, the importance of a block for a class is the mean over clips
    of the absolute contribution of the block's columns to the class's score, taken from the mean
    clip. Of any other it is measured: the block's columns are set to their means, and the
    importance is the mean absolute change of the class's probability. Both say what this model
    looks at, on the clips that it was trained with; neither says what a face must do.

    Returns
    -------
    DataFrame
        ``block``, ``t_from`` ... ``x_to``, then one column per class. ``attrs["how"]`` is
        "weights" or "occlusion"; an empty table has a sentence in ``attrs["why"]``.
    """
    X = model.features(_some(measures, MOST_CLIPS))
    keys, block = blocks_at(model.encoder.descriptor_.places())
    strength, why = _exact(model.classifier, X, block), ""
    how = "occlusion" if strength is None else "weights"
    if strength is None:
        alive = _alive(model.classifier, X.shape[1])
        if ENOUGH * X.size * len(np.unique(block[alive])) > MOST_WORK:
            keys, block = _coarser(keys, block)
        keys, block = _few(keys, block)
        strength, why = _occlusion(model.classifier, X, _Parts.of(block), alive)
    if strength is None:
        out = pd.DataFrame()
        out.attrs = {"how": "", "why": why}
        return out
    out = block_table(keys)
    for number, label in enumerate(model.classifier.classes_):
        out[str(label)] = strength[:, number]
    out.attrs = {"how": how, "why": ""}
    return out


def _exact(classifier: Any, X: np.ndarray, block: np.ndarray) -> np.ndarray | None:
    """Return the mean absolute contribution of each block to each class's score, where it is known.

    Of a linear model, or of a sum over features each of which lies in one block.
    """
    coef = _coefficients(classifier)
    if coef is not None:
        return _contributions(classifier, X, _Parts.of(block), coef)
    if not hasattr(classifier, "group_contributions") or getattr(classifier, "refitted_", False):
        return None
    kept = np.flatnonzero(classifier.get_group_support())
    homes = [np.unique(block[classifier.column_groups_ == g]) for g in kept]
    if any(len(home) != 1 for home in homes):
        return None
    into = np.zeros((len(kept), block.max() + 1))
    into[np.arange(len(kept)), [home[0] for home in homes]] = 1
    total = np.zeros((into.shape[1], len(classifier.classes_)))
    for start in range(0, len(X), CHUNK):
        effects = block_effects(classifier, X[start : start + CHUNK])[..., kept]
        total += np.abs(effects @ into).sum(axis=0).T
    return total / len(X)


def _alive(classifier: Any, columns: int) -> np.ndarray:
    """Return which columns the classifier looks at at all, (columns,) bool."""
    if hasattr(classifier, "get_support"):
        return np.asarray(classifier.get_support(), dtype=bool)
    return np.ones(columns, dtype=bool)


def _few(keys: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return blocks so coarse that covering them one by one takes no minutes."""
    while len(keys) > MOST_COVERED:
        coarse, number = _coarser(keys, block)
        if len(coarse) == len(keys):  # stretches of time only
            break
        keys, block = coarse, number
    return keys, block


def _coarser(keys: np.ndarray, block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the blocks on a grid with half as many rows and columns of the face.

    A block belongs to the cell that holds its middle.
    """
    spans = keys.astype(float)
    out = spans.copy()
    for low, high in ((2, 3), (4, 5)):
        count = max(1, len(np.unique(spans[:, low])) // 2)
        middle = (spans[:, low] + spans[:, high]) / 2
        cell = np.minimum((middle * count).astype(int), count - 1)
        out[:, low], out[:, high] = cell / count, (cell + 1) / count
    cells, number = np.unique(out, axis=0, return_inverse=True)
    return cells, np.ravel(number)[block]


@dataclass(frozen=True)
class _Parts:
    """Which columns belong to which block: all columns in order of block, and where each begins."""

    order: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, block: np.ndarray) -> _Parts:
        order = np.argsort(block, kind="stable")
        return cls(order, np.searchsorted(block[order], np.arange(block.max() + 1)))

    def columns(self) -> list[np.ndarray]:
        """Return the columns of each block."""
        return np.split(self.order, self.starts[1:])


def _some(rows: np.ndarray, most: int) -> np.ndarray:
    """Return at most so many rows, drawn by a fixed seed so that a run repeats."""
    if len(rows) <= most:
        return rows
    return rows[np.sort(np.random.default_rng(0).choice(len(rows), most, replace=False))]


def _contributions(classifier: Any, X: np.ndarray, parts: _Parts, coef: np.ndarray) -> np.ndarray:
    """Return the mean absolute contribution to the linear scores, (blocks, classes)."""
    X = _rows_of_weights(classifier, X)
    centred = (X - X.mean(axis=0))[:, parts.order]
    out = np.zeros((len(parts.starts), len(coef)))
    for number, row in enumerate(coef):
        sums = np.add.reduceat(centred * row[parts.order], parts.starts, axis=1)
        out[:, number] = np.abs(sums).mean(axis=0)
    return out


def _occlusion(
    classifier: Any, X: np.ndarray, parts: _Parts, alive: np.ndarray
) -> tuple[np.ndarray | None, str]:
    """Return the mean absolute change of the probabilities, (blocks, classes), or why not.

    Blocks without a column that is ``alive`` (columns,) change nothing.
    """
    covered = [(n, c) for n, c in enumerate(parts.columns()) if alive[c].any()]
    work = max(1, len(covered)) * X.size  # of one clip, if it is compared with every other
    clips = min(LOOKED_AT, int(MOST_WORK / work))
    if clips < min(FEWEST, len(X)):
        return None, (
            "This classifier has no weights per block, and to measure what each block does would "
            f"take too long with {len(X)} clips. A linear kernel shows it at once."
        )
    looked_at, mean = _some(X, clips), X.mean(axis=0)
    known = classifier.predict_proba(looked_at)
    out = np.zeros((len(parts.starts), known.shape[1]))
    began = time.monotonic()
    for number, columns in covered:
        without = looked_at.copy()
        without[:, columns] = mean[columns]
        out[number] = np.abs(classifier.predict_proba(without) - known).mean(axis=0)
        if time.monotonic() - began > LONGEST:
            return None, (
                "This classifier has no weights per block, and to measure what each block does "
                f"took more than {LONGEST} s. A linear kernel shows it at once."
            )
    return out, ""


def _rows_of_weights(classifier: Any, X: np.ndarray) -> np.ndarray:
    """Return the rows that linear weights are multiplied with: scaled and rooted as they are."""
    if hasattr(classifier, "rows_of_weights"):
        return classifier.rows_of_weights(X)
    if not hasattr(classifier, "relevance_vectors_"):
        return X
    X = X if classifier.scaler_ is None else classifier.scaler_.transform(X)
    return np.sqrt(X) if classifier.kernel == "hellinger" else X


def _coefficients(classifier: Any) -> np.ndarray | None:
    """Return linear weights per class (classes, columns), where a classifier has them."""
    try:
        coef = classifier.coef_per_class_
    except AttributeError:
        coef = getattr(classifier, "coef_", None)
    if coef is None or getattr(classifier, "multi_class", "") == "one-vs-one":
        return None
    coef = np.asarray(coef)
    if len(coef) == 1 and len(classifier.classes_) == 2:
        return np.vstack([-coef, coef])
    return coef if len(coef) == len(classifier.classes_) else None


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
    best = _each_class_in_turn(table[right]).head(config.report.examples - len(wrong))
    out = []
    for row in pd.concat([best, wrong]).itertuples(index=False):
        try:
            out.append(_example(config, joined, data, row))
        except Exception as error:  # a file can change in any way since it was measured
            LOG.info("clip %s is not shown as an example: %s", row.clip, error)
    return out


def _each_class_in_turn(table: pd.DataFrame) -> pd.DataFrame:
    """Return the clips in order: the surest of each class, then the second surest of each, ..."""
    order = table.sort_values("sure", ascending=False, kind="stable")
    turn = order.groupby("label").cumcount()
    return order.assign(turn=turn).sort_values("turn", kind="stable").drop(columns="turn")


def _example(config: Config, joined: Joined, data: Dataset, row: Any) -> Example:
    """Return one clip as it was measured, or raise where it can no longer be read as it was."""
    number = joined.names.index(row.clip)
    found = joined.clips.iloc[number]
    recipe = config.recipe()
    _, volume, _ = crop_clip(job_of(found, data), recipe)[0]
    again = recipe.descriptor.measure(volume)
    if not np.allclose(again, joined.measures[number], rtol=1e-3, atol=1e-6):
        raise InputError("its file has changed since it was measured.")
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


def job_of(found: pd.Series, data: Dataset) -> Job:
    """Return a row of the clips table as what is measured."""
    first, last = (None if pd.isna(found[c]) else int(found[c]) for c in ("first", "last"))
    fps = None if pd.isna(found["fps"]) else float(found["fps"])
    return Job(str(found["clip"]), data.root / found["source"], first, last, fps)


def local_change(descriptor: Descriptor, volume: np.ndarray) -> np.ndarray | None:
    """Return |H|^(1/6) where H is above 0, and 0 elsewhere, (t, y, x); None without an STTM."""
    _, member = shown_member(descriptor)
    if not isinstance(member, STTM):
        return None
    return np.maximum(signed_root(volume, shown_scale(descriptor)), 0).astype(np.float32)
