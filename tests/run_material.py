"""Run folders without a run: written from made-up predictions by the toolkit's own writers."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from experiments.judging.predictions import predictions_table, write_predictions
from experiments.judging.scores import score_predictions
from experiments.keeping.provenance import FORMAT

CLASSES = ("joy", "fear", "anger")


def write_run(
    folder: Path,
    labels: list[str],
    predicted: list[str],
    subjects: list[str],
    *,
    clips: list[str] | None = None,
    content: str = "",
    protocol: str = "loso",
    independent: bool | None = True,
    replicates: int = 100,
    **config: Any,
) -> Path:
    """Write the files that a comparison reads, and return the folder.

    ``content`` is mixed into the digest of every clip: runs on other files have another.
    """
    clips = clips or [f"clip{i}" for i in range(len(labels))]
    folder.mkdir(parents=True)
    p = np.full((len(labels), len(CLASSES)), 0.2)
    p[np.arange(len(labels)), [CLASSES.index(c) for c in predicted]] = 0.6
    table = predictions_table(clips, subjects, labels, predicted, p, CLASSES)
    write_predictions(table, folder / "predictions.csv")
    known = dict(zip(clips, subjects, strict=True)) if all(subjects) else None
    scores = score_predictions(table, known, replicates=replicates)
    write_json(folder / "scores.json", scores.as_json())
    digests = [hashlib.blake2b(f"{content}{c}".encode()).hexdigest()[:12] for c in clips]
    frame = {"clip": clips, "subject": subjects, "source": clips, "content": digests}
    pd.DataFrame(frame).to_csv(folder / "clips.csv", index=False)
    values = {"name": folder.name, "protocol": {"name": protocol, "folds": 3}, **config}
    (folder / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    facts = {
        "format": FORMAT,
        "name": values["name"],
        "config": values,
        "data": {"kind": "csv", "about": f"{len(labels)} clips {content}".strip()},
        "protocol": {"name": protocol, "subject_independent": independent},
        "classifier": str(config.get("classifier", "svm")),
        "descriptor": str(config.get("descriptor", "sttm")),
        "versions": {"numpy": "2.0"},
        "steps": [{"name": "features", "seconds": 2.5}, {"name": "folds", "seconds": 1}],
    }
    write_json(folder / "run.json", facts)
    return folder


def write_json(path: Path, values: Any) -> None:
    """Write plain values as a JSON file."""
    path.write_text(json.dumps(values), encoding="utf-8")


def made_up(seed: int, clips: int = 30, subjects: int = 6) -> tuple[list[str], list[str]]:
    """Return (labels, subjects) of a made-up data set."""
    random = np.random.default_rng(seed)
    labels = [CLASSES[i] for i in random.integers(0, len(CLASSES), clips)]
    labels[: len(CLASSES)] = CLASSES
    return labels, [f"S{i % subjects}" for i in range(clips)]


def guesses(labels: list[str], skill: float, seed: int) -> list[str]:
    """Return predictions of which about a share of ``skill`` is right."""
    random = np.random.default_rng([seed, 1])  # not the stream that made the labels
    other = [CLASSES[i] for i in random.integers(0, len(CLASSES), len(labels))]
    return [t if random.random() < skill else o for t, o in zip(labels, other, strict=True)]
