"""The files of a run's folder, each written at once or not at all.

config.yaml   the config with every option spelled out
clips.csv, labels.csv, skipped.csv, folds.csv
predictions.csv, scores.json
model.sttm    the bundle: the model that was tested on an official split, else one of all clips
model.md      its card
run.json      what, when, with which versions, how long
report.html   all of it for a person
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recognizer.bundle import Bundle, save_bundle
from sttm.atomic import replacing

from ..config import Config
from ..fitting.crossvalidation import FoldResult
from ..fitting.search import Model
from ..join import Joined
from ..judging.predictions import write_predictions
from ..judging.scores import Scores
from ..report import Example, ReportData, write_report
from ..report.data import Decision
from .described import describe_data
from .model_card import model_card
from .provenance import now

SHORT = 16  # hexadecimal digits of a digest that a bundle keeps
MOST_FILES = 50_000  # whose digests a bundle keeps: a megabyte
OF_A_RUN = (
    *("name", "title", "started", "versions", "data", "protocol", "classifier", "descriptor"),
    "length",
)


@dataclass
class Outcome:
    """What a run found, ready to be written."""

    facts: dict[str, Any]
    joined: Joined
    labels: pd.DataFrame
    skipped: pd.DataFrame
    results: list[FoldResult]
    predictions: pd.DataFrame
    scores: Scores
    model: Model
    weights: pd.DataFrame | None = None
    mean_face: np.ndarray | None = None
    examples: list[Example] | None = None
    selected: pd.DataFrame | None = None
    decisions: list[Decision] | None = None


def write_text(path: Path, text: str) -> None:
    """Write a text file at once or not at all."""
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def typical_length(info: pd.DataFrame) -> dict[str, float | None]:
    """Return the median length of measured clips in frames and in seconds, None where unknown.

    The recognizer looks at windows of this length.
    """
    if not len(info):
        return {"frames": None, "seconds": None}
    frames = pd.to_numeric(info["frames"])
    seconds = (frames / pd.to_numeric(info["fps"])).median()
    known = None if pd.isna(seconds) else round(float(seconds), 4)
    return {"frames": float(frames.median()), "seconds": known}


def write_model(
    config: Config,
    facts: dict[str, Any],
    joined: Joined,
    model: Model,
    path: Path,
    scores: Scores | None = None,
) -> Path:
    """Write the bundle of a model that was fitted on ``joined``, and its card beside it.

    ``scores`` are those of its judgement; None where nobody judged it.
    """
    recipe = config.recipe()
    labels = pd.DataFrame({"clip": joined.names, "label": joined.labels})
    card = model_card(facts, scores, joined.clips, labels, model.search.params)
    provenance = {key: facts[key] for key in OF_A_RUN} | {
        "config": facts["config"],
        "clips": len(joined.names),
        "subjects": len(set(joined.subjects.tolist()) - {""}),
        "params": model.search.params,
        "contents": contents_of(joined.clips),
    }
    bundle = Bundle(model.encoder, model.classifier, recipe.faces, recipe.time, provenance, card)
    save_bundle(bundle, path)
    write_text(path.with_suffix(".md"), card)
    return path


def contents_of(clips: pd.DataFrame) -> list[str] | None:
    """Return short digests of the files that clips lie in, None where nobody knows them all.

    By them a bundle can say whether it was trained on a file; see ``experiments/transfer.py``.
    """
    if "content" not in clips:
        return None
    known = sorted({str(c)[:SHORT] for c in clips["content"]})
    return None if "" in known or len(known) > MOST_FILES else known


def write_tables(config: Config, outcome: Outcome, folder: Path) -> dict[str, pd.DataFrame]:
    """Write the tables of a run and return them by name."""
    names = outcome.joined.names
    labels = outcome.labels[outcome.labels["clip"].isin(names)]
    tables = {
        "clips": outcome.joined.clips,
        "labels": labels,
        "skipped": outcome.skipped,
        "folds": fold_table(outcome),
    }
    for name, table in tables.items():
        with replacing(folder / f"{name}.csv") as scratch:
            table.to_csv(scratch, index=False)
    write_predictions(outcome.predictions, folder / "predictions.csv")
    write_text(folder / "scores.json", json.dumps(outcome.scores.as_json(), indent=1))
    write_text(folder / "config.yaml", config.as_yaml())
    return tables


def fold_table(outcome: Outcome) -> pd.DataFrame:
    """Return one row per fold: clips trained on and tested, what was chosen, accuracy."""
    predictions = outcome.predictions
    right = predictions["label"] == predictions["predicted"]
    hits = right.groupby(predictions["fold"]).mean()
    rows = [
        {
            "fold": r.fold,
            "train": r.trained,
            "test": len(r.rows),
            "parameters": _words(r.search.params),
            "accuracy": round(float(hits[r.fold]), 4),
            "seconds": round(r.seconds, 2),
            **_used(r.facts),
        }
        for r in outcome.results
    ]
    return pd.DataFrame(rows)


def _used(facts: Mapping[str, float]) -> dict[str, float]:
    """Return what a fold's classifier keeps and took; the samples it had are ``train``."""
    shown = {"fit_seconds": 4, "samples_used": 0, "features_used": 0, "features": 0, "evidence": 3}
    return {
        name: round(facts[name], digits) if digits else int(facts[name])
        for name, digits in shown.items()
        if name in facts
    }


def _words(params: dict[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in params.items()) or "fixed"


def write_page(
    outcome: Outcome, tables: dict[str, pd.DataFrame], steps: list[dict[str, Any]], folder: Path
) -> Path:
    """Write run.json and the report, and return the report's path."""
    facts = {**outcome.facts, "steps": steps, "finished": now()}
    write_text(folder / "run.json", json.dumps(facts, indent=1, default=str))
    data = ReportData(
        facts,
        tables["clips"],
        tables["labels"],
        tables["skipped"],
        outcome.predictions,
        outcome.scores.as_json(),
        tables["folds"],
        outcome.weights,
        outcome.mean_face,
        outcome.examples or [],
        describe_data(facts["config"].get("data") or {}),
        outcome.selected,
        outcome.decisions or [],
    )
    return write_report(data, folder / "report.html")
