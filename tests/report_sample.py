"""A made-up run for the report's tests: any number of classes and subjects, from one seed."""

from __future__ import annotations

import dataclasses
from typing import Any

import cv2
import numpy as np
import pandas as pd

from experiments.judging.scores import score_predictions
from experiments.keeping.described import Description
from experiments.report import Example, ReportData

EMOTIONS = (
    "anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise",
    "repression", "amusement", "boredom", "confusion", "interest", "pain", "shame",
)  # fmt: skip


def drawn_face(opening: float, side: int = 128) -> np.ndarray:
    """Return a face (y, x) uint8 whose mouth is ``opening`` (0 to 1) open."""
    face = np.full((side, side), 90, np.uint8)
    s = side / 128
    at = lambda *v: tuple(round(c * s) for c in v)  # noqa: E731
    cv2.ellipse(face, at(64, 66), at(46, 58), 0, 0, 360, 185, -1, cv2.LINE_AA)
    for x in (46, 82):
        cv2.ellipse(face, at(x, 50), at(9, 4 + 3 * opening), 0, 0, 360, 235, -1, cv2.LINE_AA)
        cv2.circle(face, at(x, 50), round(3.5 * s), 50, -1, cv2.LINE_AA)
        cv2.ellipse(face, at(x, 38 - 5 * opening), at(11, 3), 0, 180, 360, 70, 2, cv2.LINE_AA)
    cv2.line(face, at(64, 52), at(61, 72), 150, 2, cv2.LINE_AA)
    cv2.ellipse(face, at(64, 94), at(17, 3 + 11 * opening), 0, 0, 360, 80, -1, cv2.LINE_AA)
    noise = np.random.default_rng(round(opening * 1000)).normal(0, 3, face.shape)
    return np.clip(cv2.GaussianBlur(face, (0, 0), 1.2) + noise, 0, 255).astype(np.uint8)


def sample(
    classes: int = 7, subjects: int = 12, per_class: int = 1, seed: int = 0, **run: Any
) -> ReportData:
    """Return a made-up report: ``per_class`` clips of every class for every subject."""
    rng = np.random.default_rng(seed)
    names = list(EMOTIONS[:classes])
    rows = [
        (f"S{s + 1:02d}", c, r) for s in range(subjects) for c in names for r in range(per_class)
    ]
    clips = pd.DataFrame(
        {
            "clip": [f"{s}_{c}_{r}" for s, c, r in rows],
            "subject": [s for s, _, _ in rows],
            "source": [f"{s}/{c}_{r}.avi" for s, c, r in rows],
        }
    )
    labels = pd.DataFrame({"clip": clips["clip"], "label": [c for _, c, _ in rows]})
    predictions = _predictions(rows, clips, names, rng)
    return ReportData(
        run=_run(len(clips), subjects) | run,
        clips=clips,
        labels=labels,
        skipped=pd.DataFrame(
            {
                "clip": ["S03_fear_9", "S07_anger_9", "S11_fear_9"],
                "reason": ["no face was found", "no face was found", "the clip has 1 frame"],
            }
        ),
        predictions=predictions,
        scores=score_predictions(
            predictions, dict(zip(clips["clip"], clips["subject"], strict=True)), replicates=200
        ).as_json(),
        folds=_folds(clips, predictions),
        weights=_weights(names, rng),
        mean_face=np.mean([drawn_face(v) for v in np.linspace(0, 1, 12)], axis=0).astype(np.uint8),
        examples=_examples(predictions),
    )


def stress(**run: Any) -> ReportData:
    """Return a run as large as they come: 118 subjects, 8 classes, 944 clips of three sets.

    Names are long and hold HTML, there is an official split, thousands of files were left out, and
    a leak was found.
    """
    data = sample(8, 118, seed=5, **run)
    old = data.clips["clip"]
    new = [f"<b>{c}</b> & a very long name of a clip, {'recorded twice ' * 3}/{c}" for c in old]
    names = dict(zip(old, new, strict=True))
    for table in (data.clips, data.labels, data.predictions):
        table["clip"] = table["clip"].map(names)
    data.examples = [dataclasses.replace(e, clip=names[e.clip]) for e in data.examples]
    numbers = data.clips["subject"].str[1:].astype(int)
    data.clips["part"] = np.select([numbers <= 80, numbers <= 100], ["train", "validation"], "test")
    data.clips["dataset"] = np.array(["casme2", "smic", "samm"])[numbers % 3]
    data.scores = score_predictions(
        data.predictions,
        dict(zip(data.clips["clip"], data.clips["subject"], strict=True)),
        datasets=dict(zip(data.clips["clip"], data.clips["dataset"], strict=True)),
        replicates=100,
    ).as_json()
    reasons = ["frame {} of '{}' cannot be decoded", "label 'word{1}' is not among data.classes"]
    left = [(f"clip{i}", reasons[i % 2].format(i, f"clip{i}")) for i in range(4000)]
    left += [(f"odd{'abcdefghijklmnopqrstuvwxyz'[i]}", "reason " + "x" * i) for i in range(26)]
    data.skipped = pd.DataFrame(left, columns=["clip", "reason"])
    data.run = data.run | {
        "leaks": ["S001_fear_0 and S117_fear_0 are the same file, and on both sides of a fold."],
        "warnings": ["class 'contempt' comes from one subject only (S005)."],
    }
    data.described = Description(
        title="A made-up set",
        licence="For research only; ask nobody, for there is none.",
        citation="Nobody, A set that was never recorded, 2026.",
        published={"clips": 2000, "subjects": 123, "anger": 45, "neutral": 593},
    )
    return data


def _predictions(rows: list, clips: pd.DataFrame, names: list[str], rng: Any) -> pd.DataFrame:
    skill = dict(
        zip(
            clips["subject"].unique(), rng.normal(1.6, 0.7, clips["subject"].nunique()), strict=True
        )
    )
    logits = rng.normal(0, 1, (len(rows), len(names)))
    for i, (s, c, _) in enumerate(rows):
        logits[i, names.index(c)] += skill[s] + 0.4
        logits[i, (names.index(c) + 3) % len(names)] += 0.7
    p = np.exp(1.4 * logits)
    p /= p.sum(1, keepdims=True)
    return pd.DataFrame(
        {
            "clip": clips["clip"],
            "fold": pd.factorize(clips["subject"])[0],
            "label": [c for _, c, _ in rows],
            "predicted": [names[k] for k in p.argmax(1)],
            **{f"p:{c}": p[:, k] for k, c in enumerate(names)},
        }
    )


def _folds(clips: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    right = predictions["label"] == predictions["predicted"]
    sizes = predictions.groupby("fold").size()
    return pd.DataFrame(
        {
            "fold": sizes.index,
            "held_out": clips["subject"].unique(),
            "train": len(clips) - sizes.to_numpy(),
            "test": sizes.to_numpy(),
            "chosen": [{"C": 10.0 if f % 3 else 1.0, "kernel": "linear"} for f in sizes.index],
            "accuracy": right.groupby(predictions["fold"]).mean().to_numpy(),
        }
    )


def _weights(names: list[str], rng: Any, side: int = 10, slices: int = 2) -> pd.DataFrame:
    t, y, x = (a.ravel() for a in np.meshgrid(*map(np.arange, (slices, side, side)), indexing="ij"))
    table = pd.DataFrame(
        {
            "block": [f"t{a}.y{b}.x{c}" for a, b, c in zip(t, y, x, strict=True)],
            "t_from": t / slices, "t_to": (t + 1) / slices,
            "y_from": y / side, "y_to": (y + 1) / side,
            "x_from": x / side, "x_to": (x + 1) / side,
        }
    )  # fmt: skip
    for k, name in enumerate(names):
        centre = 0.3 + 0.45 * (k % 2)
        bump = np.exp(-(((y + 0.5) / side - centre) ** 2) / 0.01)
        bump *= np.exp(-((abs((x + 0.5) / side - 0.5) - 0.1 * (k % 3)) ** 2) / 0.02)
        table[name] = (bump + 0.08 * rng.random(len(t))) * (1 + (t == k % slices))
    return table


def _examples(predictions: pd.DataFrame, frames: int = 7) -> list[Example]:
    right = predictions["label"] == predictions["predicted"]
    chosen = pd.concat([predictions[right].head(4), predictions[~right].head(4)])
    volume = np.stack([drawn_face(v) for v in np.linspace(0, 1, frames)])
    change = np.abs(np.gradient(volume.astype(np.float32), axis=0))
    response = np.stack([cv2.GaussianBlur(c, (0, 0), 3) for c in change])
    return [
        Example(
            r["clip"], r["label"], r["predicted"], float(r["p:" + r["predicted"]]), volume, response
        )
        for r in chosen.to_dict("records")
    ]


def _run(clips: int, subjects: int) -> dict[str, Any]:
    return {
        "name": "sample",
        "title": "Made-up faces: oriented texture map and linear SVM",
        "command": "sttm run experiments/configs/demo.yaml --out runs/sample",
        "started": "2026-03-02T10:14:05",
        "finished": "2026-03-02T10:15:31",
        "steps": [
            {"name": "clips", "seconds": 0.8, "detail": f"{clips} clips of {subjects} subjects"},
            {"name": "features", "seconds": 61.3, "detail": "0 from the store, 84 extracted"},
            {"name": "cross-validation", "seconds": 19.5, "detail": f"{subjects} folds"},
            {"name": "report", "seconds": 1.9, "detail": ""},
        ],
        "versions": {"numpy": "2.4.1", "scikit-learn": "1.8.0", "opencv-python-headless": "4.14.0",
                     "pandas": "3.1.1", "python": "3.11.7", "sttm-toolkit": "0.1.0"},
        "platform": "Linux, x86-64, 2 cores",
        "config": {},
        "config_text": "name: sample\ndata:\n  kind: drawn\nclassifier:\n  name: svm\n",
        "data": {"kind": "drawn", "about": "drawn faces, 6 expressions and neutral",
                 "synthetic": True, "source": "seed 0"},
        "protocol": {"name": "leave one subject out", "subject_independent": True,
                     "sentence": "Leave one subject out: nobody is in training and test at once."},
        "classifier": "linear SVM",
        "descriptor": "STTM (oriented)",
        "columns": 15552,
        "warnings": [],
    }  # fmt: skip
