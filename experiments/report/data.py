"""What a report is made from: the tables and facts of one finished run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.tables import check_key, named

from ..keeping.described import Description

PLACE_COLUMNS = ("block", "t_from", "t_to", "y_from", "y_to", "x_from", "x_to")


@dataclass
class Example:
    """One clip of a test fold, with a few of its frames.

    Attributes
    ----------
    clip, label, predicted : str
        The clip's key, its label, and what the model said.
    probability : float
        The model's probability of ``predicted``, 0 to 1.
    frames : ndarray, (k, y, x) uint8
        Frames of the face crop in order of time.
    map : ndarray, (k, y, x) float32, or None
        How strongly STTM responds at each pixel of the same frames, at least 0. It is drawn on a
        linear scale, so give ``|H| ** (1/6)``, which is linear in intensity; H itself spans
        decades and would be black but for one spot. None for other descriptors.
    """

    clip: str
    label: str
    predicted: str
    probability: float
    frames: np.ndarray
    map: np.ndarray | None = None

    @property
    def right(self) -> bool:
        """Whether the model agrees with the label."""
        return self.label == self.predicted


@dataclass
class Carrier:
    """A training clip that carries a decision.

    Attributes
    ----------
    clip, label, source, stretch : str
        Where it can be opened, and which frames of that; blank for all.
    part : float
        What it adds to the score of the predicted class.
    frames : ndarray, (k, y, x) uint8, or None
        Its first frame and its apex, or its middle where no apex is known.
    """

    clip: str
    label: str
    source: str
    stretch: str
    part: float
    frames: np.ndarray | None = None


@dataclass
class Decision:
    """Why an example was decided so, by the model that tested it.

    Attributes
    ----------
    example : Example
    blocks : DataFrame
        ``block``, ``t_from`` ... ``x_to`` and ``part``, what the block adds to the score of the
        predicted class; empty where no blocks were chosen.
    carriers : list of Carrier
        Strongest first.
    """

    example: Example
    blocks: pd.DataFrame
    carriers: list[Carrier]


@dataclass
class ReportData:
    """Everything that one report shows. What is missing is left out of the page or said so.

    Attributes
    ----------
    run : mapping
        The content of ``run.json``: ``name``, ``title``, ``command``, ``started``, ``finished``
        (ISO 8601), ``steps`` (list of ``name``, ``seconds``, ``detail``), ``versions``
        (package -> version), ``platform``, ``config``, ``config_text`` (YAML), ``data``
        (``kind``, ``about``, ``synthetic``, ``source``), ``protocol`` (``name``, ``sentence``,
        ``subject_independent``: True, False, or None where nothing shows it), ``classifier``,
        ``descriptor``, ``columns``, ``warnings``, and ``leaks`` where a leak was found.
    clips, labels : DataFrame
        The clips table and the consensus table. ``part`` of a clip is its place in an official
        split.
    skipped : DataFrame
        ``clip``, ``reason``.
    predictions : DataFrame
        ``clip``, ``fold``, ``label``, ``predicted``, then ``p:<class>`` columns.
    scores : mapping
        The content of ``scores.json``, as ``experiments.judging.scores`` makes it.
    folds : DataFrame
        One row per fold: ``fold``, clips trained on, clips tested on, chosen parameters,
        accuracy. All its columns are shown, whatever their names.
    weights : DataFrame or None
        One row per block: ``block``, ``t_from``, ``t_to``, ``y_from``, ``y_to``, ``x_from``,
        ``x_to`` (fractions of the crop volume), then one importance per class (at least 0).
        ``attrs["how"]`` is "weights" (the default) or "occlusion"; an empty table may say why it
        is empty in ``attrs["why"]``. As ``experiments.judging.findings.block_weights`` makes it.
    mean_face : ndarray, (y, x) uint8, or None
    examples : list of Example
    described : Description
        What is published about the data set: title, licence, citation, counts.
    selected : DataFrame or None
        The blocks that the kept model chose, places and weights like ``weights``; ``attrs["of"]``
        says of how many, ``attrs["refitted"]`` whether another machine on them predicts.
    decisions : list of Decision
    """

    run: Mapping[str, Any]
    clips: pd.DataFrame
    labels: pd.DataFrame
    skipped: pd.DataFrame
    predictions: pd.DataFrame
    scores: Mapping[str, Any]
    folds: pd.DataFrame
    weights: pd.DataFrame | None = None
    mean_face: np.ndarray | None = None
    examples: list[Example] = field(default_factory=list)
    described: Description = field(default_factory=Description)
    selected: pd.DataFrame | None = None
    decisions: list[Decision] = field(default_factory=list)


def check_report_data(data: ReportData) -> None:
    """Refuse what the page could not show truthfully.

    Raises
    ------
    InputError
        For a missing key column, weights without places or below zero, a picture of the wrong
        shape.
    """
    check_key(data.clips, "clips")
    if len(data.predictions):
        _need(data.predictions, "predictions", ("clip", "label", "predicted"))
    if len(data.skipped):
        _need(data.skipped, "skipped", ("clip", "reason"))
    if data.weights is not None and len(data.weights):
        _need(data.weights, "weights", PLACE_COLUMNS)
        values = importances(data.weights).to_numpy(dtype=float)
        if not np.isfinite(values).all() or (values < 0).any():
            raise InputError("block weights must be finite and at least 0; some are not.")
    if data.mean_face is not None and np.ndim(data.mean_face) != 2:
        raise InputError(f"a mean face must be (y, x), not {np.shape(data.mean_face)}.")
    for example in data.examples:
        _check_example(example)


def importances(weights: pd.DataFrame) -> pd.DataFrame:
    """Return the importance columns of a weights table, one per class."""
    return weights[[c for c in weights.columns if c not in PLACE_COLUMNS]]


def _check_example(example: Example) -> None:
    frames = np.asarray(example.frames)
    if frames.ndim != 3 or 0 in frames.shape:
        raise InputError(f"frames of example {example.clip!r} must be (k, y, x): {frames.shape}.")
    if example.map is not None and np.shape(example.map)[0] != len(frames):
        raise InputError(f"the map of example {example.clip!r} must have one image per frame.")


def _need(table: pd.DataFrame, kind: str, columns: tuple[str, ...]) -> None:
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise InputError(f"a {kind} table needs {named(columns, 9)}; it lacks {named(missing, 9)}.")
