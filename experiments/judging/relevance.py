"""Which blocks and which training clips decided: ``relevance_map``, and the report's examples.

Of a relevance sample-feature machine on blocks a score is an exact sum over the blocks that it
kept, and of that and the relevance vector machine an exact sum over a few training clips.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.extract import crop_clip
from sttm.pictures.blocks import draw_blocks

from ..config import Config
from ..datasets import Dataset
from ..fitting.crossvalidation import FoldResult
from ..fitting.feature_groups import block_table, blocks_at
from ..fitting.reasons import Reasons, block_effects, chooses_blocks, kept_blocks
from ..fitting.search import Model
from ..join import Joined
from ..report import Example
from ..report.data import Carrier, Decision
from .findings import job_of

EXPLAINED = 4  # decisions in a report; each opens up to three training clips
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class RelevanceMap:
    """What each kept block adds to the scores of one clip.

    Attributes
    ----------
    volume : array (t, y, x) uint8
        The clip's face crop.
    blocks : DataFrame
        ``block``, ``t_from`` ... ``x_to``, then one column per class: above 0 the block speaks for
        the class, counted from the mean over the training clips.
    predicted : str
    probability : float
    """

    volume: np.ndarray
    blocks: pd.DataFrame
    predicted: str
    probability: float

    def pictures(self, label: str | None = None) -> list[tuple[tuple[float, float], np.ndarray]]:
        """Return each stretch of time and the blocks of a class on a frame of it, (y, x, 3) RGB.

        Parameters
        ----------
        label : str, optional
            The class; the predicted one unless told.
        """
        label = self.predicted if label is None else label
        if label not in self.blocks:
            raise InputError(f"{label!r} is no class of this model.")
        table = self.blocks.assign(part=self.blocks[label])
        return draw_slices(self.volume, table)


def relevance_map(model: Any, volume: np.ndarray) -> RelevanceMap:
    """Return what decided on a clip, block by block.

    Parameters
    ----------
    model : Model or Bundle
        With an ``encoder`` and a ``classifier`` that is an RSFM on ``groups: blocks``.
    volume : array (t, y, x)
        The clip's face crop, as the model's recipe makes it.

    Raises
    ------
    InputError
        When the classifier does not choose blocks.

    Examples
    --------
    >>> relevance_map(load_bundle("model.sttm"), volume).pictures()  # doctest: +SKIP
    """
    classifier, descriptor = model.classifier, model.encoder.descriptor_
    if not hasattr(classifier, "group_contributions") or not chooses_blocks(classifier):
        raise InputError(
            "a relevance map needs a classifier that chooses blocks: rsfm with groups: blocks; "
            f"this is {type(classifier).__name__}."
        )
    features = model.encoder.transform(descriptor.measure(volume)[None])
    names, kept = kept_blocks(classifier)
    effects = block_effects(classifier, features)[0][:, kept]
    table = _placed(block_table(blocks_at(descriptor.places())[0]), names)
    for label, parts in zip(classifier.classes_, effects, strict=True):
        table[str(label)] = parts
    p = classifier.predict_proba(features)[0]
    best = int(p.argmax())
    return RelevanceMap(np.asarray(volume), table, str(classifier.classes_[best]), float(p[best]))


def draw_slices(
    volume: np.ndarray, table: pd.DataFrame
) -> list[tuple[tuple[float, float], np.ndarray]]:
    """Return each stretch of time of a table of blocks with its blocks drawn on a frame of it.

    ``table`` has places and ``part``; all stretches share one scale. Stretches without a block are
    left out.
    """
    spans = sorted({(float(a), float(b)) for a, b in table[["t_from", "t_to"]].to_numpy()})
    top = float(table["part"].abs().max()) if len(table) else 0.0
    out = []
    for span in spans:
        rows = table[(table["t_from"] == span[0]) & (table["t_to"] == span[1])]
        frame = volume[round((span[0] + span[1]) / 2 * (len(volume) - 1))]
        edges = rows[["y_from", "y_to", "x_from", "x_to"]].to_numpy()
        out.append((span, draw_blocks(frame, edges, rows["part"].to_numpy(), top)))
    return out


def _placed(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some blocks, in order of their names."""
    return table.set_index("block").loc[list(names)].reset_index()


# for the report ---------------------------------------------------------------------------------


def selected_blocks(model: Model) -> pd.DataFrame | None:
    """Return the blocks that an RSFM kept and how much each weighs, |l|; None for any other.

    One column "all classes" where the classes share their features, else one per class.
    """
    classifier = model.classifier
    if not hasattr(classifier, "feature_weights_") or not chooses_blocks(classifier):
        return None
    names, kept = kept_blocks(classifier)
    weights = np.abs(classifier.feature_weights_[:, kept])
    keys, _ = blocks_at(model.encoder.descriptor_.places())
    out = _placed(block_table(keys), names)
    shared = bool((weights == weights[:1]).all())
    labels = ["all classes"] if shared else [str(c) for c in classifier.classes_]
    for label, row in zip(labels, weights, strict=False):
        out[label] = row
    out.attrs = {
        "of": len(classifier.group_names_),
        "refitted": bool(getattr(classifier, "refitted_", False)),
    }
    return out


def decisions(
    config: Config,
    joined: Joined,
    data: Dataset,
    results: Sequence[FoldResult],
    shown: Sequence[Example],
    model: Model,
) -> list[Decision]:
    """Return why some of the shown test clips were decided so, by the model that tested each."""
    out = []
    keys, _ = blocks_at(model.encoder.descriptor_.places())
    table = block_table(keys)
    films = _Films(config, joined, data)
    for example in _both_kinds(shown):
        found = _reasons(joined.names.index(example.clip), results)
        if found is not None:
            out.append(_decision(example, *found, table, films))
    return out


def _both_kinds(shown: Sequence[Example]) -> list[Example]:
    """Return at most ``EXPLAINED`` examples, half of them mistakes where there are as many."""
    wrong = [e for e in shown if not e.right][: EXPLAINED // 2]
    right = [e for e in shown if e.right][: EXPLAINED - len(wrong)]
    return [*right, *wrong]


def _reasons(number: int, results: Sequence[FoldResult]) -> tuple[Reasons, int] | None:
    """Return the reasons of the fold that tested a clip, and the clip's place among them."""
    for result in results:
        place = np.flatnonzero(result.rows == number)
        if len(place):
            return None if result.reasons is None else (result.reasons, int(place[0]))
    return None


def _decision(
    example: Example, reasons: Reasons, place: int, table: pd.DataFrame, films: _Films
) -> Decision:
    blocks = pd.DataFrame()
    if reasons.blocks:
        effects = reasons.effects[place, reasons.classes.index(example.predicted)]
        blocks = _placed(table, reasons.blocks).assign(part=effects.astype(float))
    carriers = [
        films.carrier(int(row), float(part))
        for row, part in zip(reasons.carriers[place], reasons.parts[place], strict=True)
        if part
    ]
    return Decision(example, blocks, carriers)


class _Films:
    """Frames of training clips, each read once."""

    def __init__(self, config: Config, joined: Joined, data: Dataset) -> None:
        self.recipe, self.joined, self.data = config.recipe(), joined, data
        self._read: dict[int, np.ndarray | None] = {}

    def carrier(self, row: int, part: float) -> Carrier:
        """Return a training clip with its first frame and its apex."""
        found = self.joined.clips.iloc[row]
        if row not in self._read:
            self._read[row] = self._frames(row)
        source = str(self.data.root / found["source"])
        name, label = str(found["clip"]), str(self.joined.labels[row])
        return Carrier(name, label, source, _stretch(found), part, self._read[row])

    def _frames(self, row: int) -> np.ndarray | None:
        found = self.joined.clips.iloc[row]
        try:
            volume = crop_clip(job_of(found, self.data), self.recipe)[0][1]
        except Exception as error:  # a file can change in any way since it was measured
            LOG.info("training clip %s is not shown: %s", found["clip"], error)
            return None
        return volume[np.unique([0, self._apex(found, len(volume))])]

    def _apex(self, found: pd.Series, frames: int) -> int:
        """Return the frame of the crop that is nearest to the apex, its middle if none is known."""
        labels = self.data.labels
        known = labels.loc[labels["clip"] == found["clip"]]
        apex = known["apex"].iloc[0] if "apex" in known and len(known) else None
        if apex is None or pd.isna(apex) or pd.isna(found["first"]) or pd.isna(found["last"]):
            return (frames - 1) // 2
        first, last = float(found["first"]), float(found["last"])
        share = (float(apex) - first) / (last - first) if last > first else 0.5
        return round(min(max(share, 0.0), 1.0) * (frames - 1))


def _stretch(found: pd.Series) -> str:
    """Return which frames of its source a clip is, blank for all."""
    if pd.isna(found["first"]) or pd.isna(found["last"]):
        return ""
    return f"frames {int(found['first'])} to {int(found['last'])}"
