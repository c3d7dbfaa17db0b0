"""A model of still faces applied to videos: each frame by itself, then pooled over the clip.

It answers what a static model knows of a video data set that it was not made for. Nothing is
fitted: the bundle measures and recognises, the config names clips and labels.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recognizer.bundle import Bundle, load_bundle
from recognizer.settings import Settings as Applied
from recognizer.settings import faces_of, is_still
from sttm.atomic import replacing
from sttm.errors import InputError, unknown_name
from sttm.parallel import single_thread, worker_count
from sttm.recipe import Recipe
from sttm.store import Store
from sttm.tables import named

from .config import Config
from .datasets import Dataset
from .datasets.base import reasons, reasons_table
from .framewise import FrameMeasures, measure_frames
from .judging.predictions import predictions_table, write_predictions
from .judging.scores import Scores, score_predictions
from .keeping.outputs import SHORT
from .keeping.provenance import command, now, versions
from .measuring import find_data
from .progress import Steps
from .workplace import locked, opened

FACTS = "transfer.json"
FOLD = "transfer"
# settings of how a face is found and with how much around it
FINDING = (
    "finder",
    "cascade",
    "model",
    "margin",
    "search_size",
    "smallest",
    "neighbours",
    "confidence",
)


def _largest(answers: np.ndarray) -> np.ndarray:
    highest = answers.max(axis=0)
    return highest / highest.sum()


# how the answers of a clip's frames (k, classes) become one: name -> what to do with them
POOLS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda answers: answers.mean(axis=0),
    "max": _largest,
    "last": lambda answers: answers[-1],
}


@dataclass
class Transferred:
    """What a still model says of a video data set, and how right it is.

    ``known`` says whether the model was trained on these clips: True, False, or None where nobody
    can say; ``sentence`` says so in words. ``skipped`` could not be used, ``passed`` has labels
    that the model does not know.
    """

    folder: Path
    scores: Scores
    frames: int
    known: bool | None
    sentence: str
    skipped: pd.DataFrame
    passed: pd.DataFrame
    notes: list[str] = field(default_factory=list)


def transfer_model(
    config: Config,
    model: Path,
    out: Path | None = None,
    *,
    pool: str = "mean",
    every: int = 1,
    store: Store | Path | None = None,
    steps: Steps | None = None,
) -> Transferred:
    """Apply a still model to the clips of a config's data set and score it.

    Parameters
    ----------
    config : Config
        Its ``data``, ``time.phase`` and ``seed`` count; where the model's pictures were cropped
        before, its ``faces`` also say how faces are found.
    model : Path
        A bundle.
    out : Path, optional
        Folder of the results; ``runs/<name>-by-<model>`` unless told.
    pool : {"mean", "max", "last"}
        How the answers of a clip's frames become one: their mean, their largest value per class
        scaled to sum to one, or that of the last frame with a face.
    every : int
        Every how many frames one is looked at.
    store, steps
        As of ``run_experiment``.

    Raises
    ------
    ToolkitError
        When the model cannot be applied to single frames, or shares fewer than two labels with
        the clips.
    """
    if pool not in POOLS:
        raise InputError(unknown_name("pool", pool, POOLS))
    bundle = load_bundle(model)
    refuse_dynamic(bundle, model)
    folder = out or Path("runs") / f"{config.name}-by-{_name_of(bundle, model)}"
    with locked(folder / ".lock", folder):
        _refuse_foreign(folder)
        kept, told = opened(store), steps or Steps(quiet=True)
        return _transfer(config, bundle, model, folder, (pool, every), kept, told)


def _transfer(
    config: Config,
    bundle: Bundle,
    model: Path,
    folder: Path,
    way: tuple[str, int],
    store: Store,
    steps: Steps,
) -> Transferred:
    started, jobs = now(), worker_count(config.jobs)
    data = find_data(config, jobs, steps)
    shared, passed = shared_labels(data, bundle.classes)
    chosen = data.clips[~data.clips["clip"].isin(passed["clip"])].reset_index(drop=True)
    with steps.step("frames") as said, steps.counting("frames") as progress:
        recipe = still_recipe(bundle, config)
        found = measure_frames(
            chosen, recipe, way[1], store, root=data.root, jobs=jobs, progress=progress
        )
        frames = sum(len(f.numbers) for f in found)
        new = sum(not f.stored for f in found)
        said["detail"] = f"{frames} frames of {len(found)} clips ({new} new)"
    good = np.array([len(f.numbers) > 0 for f in found], dtype=bool)
    lost = [(c, f.reason) for c, f in zip(chosen["clip"], found, strict=True) if f.reason]
    skipped = pd.concat([data.skipped, reasons_table(lost)], ignore_index=True)
    if not good.any():
        raise InputError(f"no clip could be measured. {reasons(skipped)}")
    clips = chosen[good].reset_index(drop=True)
    measured = [f for f in found if len(f.numbers)]
    with steps.step("scores") as said:
        predictions = predict_clips(bundle, data, clips, measured, shared, way[0])
        scores = _scores(predictions, clips, config)
        said["detail"] = f"accuracy {scores.accuracy.value:.3f}, UAR {scores.uar.value:.3f}"
    known, sentence = was_trained_on(bundle, config, data, {f.content for f in measured})
    notes = label_notes(bundle.classes, shared, passed)
    facts = {
        **_facts(config, bundle, data, model, started),
        "pool": way[0],
        "every": way[1],
        "frames": frames,
        "trained_on_these": known,
        "sentence": sentence,
        "notes": notes,
    }
    _write(folder, predictions, scores, facts, clips, measured)
    everything = pd.concat([data.passed, passed], ignore_index=True)
    return Transferred(folder, scores, frames, known, sentence, skipped, everything, notes)


# what may be applied to what ---------------------------------------------------------------------


def refuse_dynamic(bundle: Bundle, model: Path) -> None:
    """Refuse a model that needs more than one frame, or what single frames do not have.

    Raises
    ------
    InputError
    """
    descriptor = bundle.recipe.descriptor
    if not is_still(descriptor):
        names = [type(s).__name__ for s in descriptor.singles() if s.support > 1]
        raise InputError(
            f"a transfer needs a model of still faces; {model} describes change ({named(names)}). "
            "Apply it to videos by `sttm recognize`."
        )
    if descriptor.needs_points:
        raise InputError(
            f"{model} looks at landmarks that came with its data; frames of other data have none. "
            "Train it with landmarks that are found (landmarks: cascades or regressor)."
        )


def still_recipe(bundle: Bundle, config: Config) -> Recipe:
    """Return the bundle's own recipe; where its pictures were cropped before, faces are found.

    How they are found and with how much ``margin`` is then what the config says (``whole``, where
    its clips are cropped too), and how they are cropped what the bundle says.
    """
    own = bundle.recipe
    if own.faces.finder not in ("whole", "boxes"):
        return Recipe(own.descriptor, replace(own.faces, faces="largest"), own.time)
    said = config.faces.settings()
    applied = faces_of(bundle, Applied(finder=said.finder))
    faces = replace(applied, **{name: getattr(said, name) for name in FINDING})
    return Recipe(own.descriptor, faces, own.time)


def shared_labels(data: Dataset, classes: Sequence[str]) -> tuple[list[str], pd.DataFrame]:
    """Return the labels that clips and model share, and the clips that have others.

    Raises
    ------
    InputError
        When they share fewer than two.
    """
    labels = data.labels.set_index("clip")["label"].reindex(data.clips["clip"]).fillna("")
    theirs = sorted(set(labels) - {""})
    shared = [c for c in classes if c in theirs]
    if len(shared) < 2:
        raise InputError(
            f"model and clips must share at least two labels; the model knows {named(classes, 12)} "
            f"and the clips show {named(theirs, 12)}. data.classes gives labels other names."
        )
    rest = labels[~labels.isin(shared)]
    left = [
        (str(c), f"the model does not know its label {w!r}" if w else "it has no label")
        for c, w in rest.items()
    ]
    return shared, reasons_table(left)


def label_notes(classes: Sequence[str], shared: Sequence[str], passed: pd.DataFrame) -> list[str]:
    """Return what is said of labels that only one side has."""
    more = [c for c in classes if c not in shared]
    notes = []
    if more:
        notes.append(
            f"The model also knows {named(more, 12)}, which no clip shows; the probabilities of "
            "the others are scaled to sum to one."
        )
    if len(passed):
        notes.append(
            f"{len(passed)} clips are left out, since the model does not know their label."
        )
    return notes


def was_trained_on(
    bundle: Bundle, config: Config, data: Dataset, contents: set[str]
) -> tuple[bool | None, str]:
    """Return whether the model was trained on these clips, and the sentence that says so.

    True where files or the data set are the same, False where the bundle says what it was trained
    on and nothing of it is here, None where nobody can say.
    """
    theirs = bundle.provenance.get("data") or {}
    kind, source = str(theirs.get("kind", "")), str(theirs.get("source", ""))
    files = bundle.provenance.get("contents")
    files = set(files) if isinstance(files, list) else None
    both = {c for c in contents if c[:SHORT] in files} if files else set()
    if both:
        return True, (
            f"The model was trained on {len(both)} of the {len(contents)} files of these clips, so "
            "this is no transfer and the scores are too good."
        )
    sets = {config.data.kind, *(str(d) for d in data.clips["dataset"].unique())}
    ours = data.source or str(getattr(config.data, "path", data.root))
    if (kind in sets and kind not in GENERAL) or (source and source == ours):
        return True, (
            f"The model was trained on the same data set ({kind}), perhaps on these very clips or "
            "people, so this is no transfer and the scores may be too good."
        )
    if files is None or not kind:
        return (
            None,
            "The model does not say which files it was trained on; these may be among them.",
        )
    return False, f"No file of these clips is among those that the model was trained on ({kind})."


GENERAL = ("folder", "csv", "study")  # kinds that name a form and no data set


# answers -----------------------------------------------------------------------------------------


def predict_clips(
    bundle: Bundle,
    data: Dataset,
    clips: pd.DataFrame,
    measured: Sequence[FrameMeasures],
    shared: Sequence[str],
    pool: str,
) -> pd.DataFrame:
    """Return the predictions table: of each clip, the pooled answers among the shared labels."""
    sizes = np.cumsum([len(f.numbers) for f in measured])[:-1]
    everything = np.concatenate([f.measures for f in measured])
    answers = single_thread(bundle.predict_proba, everything)
    places = [bundle.classes.index(c) for c in shared]
    pooled = np.stack([POOLS[pool](a) for a in np.split(answers, sizes)])[:, places]
    total = pooled.sum(axis=1, keepdims=True)
    uniform = np.full_like(pooled, 1 / len(shared))
    pooled = np.divide(pooled, total, out=uniform, where=total > 0)
    names = clips["clip"].astype(str).tolist()
    labels = data.labels.set_index("clip")["label"].loc[names].astype(str).tolist()
    predicted = [shared[i] for i in pooled.argmax(axis=1)]
    return predictions_table(names, [FOLD] * len(names), labels, predicted, pooled, shared)


def _scores(predictions: pd.DataFrame, clips: pd.DataFrame, config: Config) -> Scores:
    subjects = clips["subject"].fillna("").astype(str).str.strip()
    people = None if (subjects == "").any() else dict(zip(clips["clip"], subjects, strict=True))
    sets = dict(zip(clips["clip"], clips["dataset"], strict=True))
    replicates = config.report.bootstrap
    return score_predictions(
        predictions, people, datasets=sets, seed=config.seed, replicates=replicates
    )


# files -------------------------------------------------------------------------------------------


def _name_of(bundle: Bundle, model: Path) -> str:
    said = str(bundle.provenance.get("name", ""))
    return said if said and model.stem == "model" else model.stem


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds something else than a transfer's files."""
    inside = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    if inside and not (folder / FACTS).is_file():
        raise InputError(
            f"the transfer needs a folder of its own; {folder} holds {named(inside)}. Name another "
            "by --out."
        )


def _facts(
    config: Config, bundle: Bundle, data: Dataset, model: Path, started: str
) -> dict[str, Any]:
    keys = ("name", "title", "data", "classifier", "descriptor", "started")
    return {
        "command": command(),
        "started": started,
        "finished": now(),
        "versions": versions(),
        "model": {
            "file": str(model),
            "classes": bundle.classes,
            **{k: bundle.provenance[k] for k in keys if k in bundle.provenance},
        },
        "data": {"kind": config.data.kind, "about": data.about, "synthetic": data.synthetic},
        "config": config.model_dump(mode="json", include={"name", "data", "time", "faces", "seed"}),
    }


def _write(
    folder: Path,
    predictions: pd.DataFrame,
    scores: Scores,
    facts: dict[str, Any],
    clips: pd.DataFrame,
    measured: Sequence[FrameMeasures],
) -> None:
    counts = clips.assign(
        frames_with_a_face=[len(f.numbers) for f in measured],
        frames_looked_at=[f.looked_at for f in measured],
    )
    for name, value in ((FACTS, facts), ("scores.json", scores.as_json())):
        with replacing(folder / name) as part:
            part.write_text(json.dumps(value, indent=1, default=str), encoding="utf-8")
    with replacing(folder / "clips.csv") as part:
        counts.to_csv(part, index=False)
    write_predictions(predictions, folder / "predictions.csv")
