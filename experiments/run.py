"""One experiment from its config to its report. The steps, in order:

clips -> features -> labels -> cross-validation -> scores -> model -> report

Finished clips and finished folds are in the store, so a run that was stopped goes on where it was.
The files of a run's folder are written when everything that they state is known.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock, Timeout

from classifiers import make_classifier
from sttm.descriptors.base import Encoder
from sttm.errors import InputError
from sttm.extract import Extraction, extract
from sttm.parallel import worker_count
from sttm.store import Store, key_of, writing

from .config import Config
from .crossvalidation import FoldResult, Recipe, Search, collect, cross_validate, fit_model
from .datasets import Dataset, read_dataset
from .findings import block_weights, examples
from .join import Joined, join, narrow
from .models import classifier_parts
from .predictions import write_predictions
from .progress import Steps
from .protocols import PROTOCOLS, Fold, ProtocolSettings, ProtocolWarning, make_folds
from .scores import Scores, score_predictions

DEFAULT_STORE = Path(".cache") / "store"
VERSIONED = ("sttm-toolkit", "numpy", "scipy", "scikit-learn", "opencv-python-headless")


@dataclass
class Run:
    """A finished run: where it lies and what it found."""

    folder: Path
    scores: Scores
    report: Path
    bundle: Path


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape results."""
    out = {"python": platform.python_version()}
    for name in VERSIONED:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            out[name] = "not installed"
    return out


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a folder to one run at a time.

    Raises
    ------
    InputError
        When another run is using it, or it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise InputError(f"another run is using {folder}; wait for it or name another.") from error
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror or error}.") from error


def run_experiment(
    config: Config, *, store: Store | None = None, steps: Steps | None = None
) -> Run:
    """Run an experiment and write its folder.

    Parameters
    ----------
    config : Config
    store : Store, optional
        Where finished clips and folds are kept; ``.cache/store`` unless told.
    steps : Steps, optional
        Says what happens.

    Raises
    ------
    ToolkitError
        When the data or the settings do not allow the experiment.
    """
    steps = steps or Steps(quiet=True)
    store = store or Store(DEFAULT_STORE)
    with locked(config.folder()), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ProtocolWarning)
        return _run(config, store, steps, caught)


def _run(config: Config, store: Store, steps: Steps, caught: list[Any]) -> Run:
    started = _now()
    jobs = worker_count(config.jobs)
    with steps.step("clips") as said:
        data = _clips(config, jobs)
        said["detail"] = data.about
    folds, settings = _early_folds(config, data)
    with steps.step("features") as said, steps.counting("features") as progress:
        extraction = extract(
            data.clips, config.recipe(), root=data.root, store=store, jobs=jobs, progress=progress
        )
        skipped = pd.concat([data.skipped, extraction.skipped], ignore_index=True)
        joined = join(data, extraction)
        said["detail"] = _extracted(extraction)
    if len(extraction.skipped):
        folds = make_folds(joined.labels, _subjects(joined), settings)
    recipe = modelling(config)
    with steps.step("folds") as said, steps.counting("folds") as progress:
        results = list(_folds(config, recipe, joined, folds, store, jobs, progress))
        predictions = collect(results, joined.names, joined.labels)
        said["detail"] = f"{len(results)} folds, {config.protocol.name}"
    with steps.step("scores") as said:
        subjects = _subjects(joined)
        known = None if subjects is None else dict(zip(joined.names, subjects, strict=True))
        scores = score_predictions(
            predictions, known, seed=config.seed, replicates=config.report.bootstrap
        )
        said["detail"] = f"accuracy {scores.accuracy.value:.3f}, UAR {scores.uar.value:.3f}"
    folder = config.folder()
    with steps.step("model") as said:
        model = fit_model(recipe, joined.measures, joined.labels, subjects)
        facts = _facts(config, data, started, settings)
        bundle = _save_model(config, model, facts, joined, folder)
        said["detail"] = bundle.name
    facts["warnings"] = [str(w.message) for w in caught if w.category is ProtocolWarning]
    with steps.step("report") as said:
        shown = examples(config, joined, data, predictions) if config.report.examples else []
        weights = block_weights(model, joined.measures)
        tables = _write_tables(folder, config, joined, data, skipped, predictions, results, scores)
        report = _report(folder, facts, steps, tables, scores, weights, extraction, shown)
        said["detail"] = str(report)
    return Run(folder, scores, report, bundle)


def _clips(config: Config, jobs: int) -> Dataset:
    if config.faces.faces == "all":
        raise InputError("an experiment takes one face per clip; set faces.faces to 'largest'.")
    data = read_dataset(config.data, jobs)
    data.clips, cut = narrow(data.clips, data.labels, config.time.phase)
    data.skipped = pd.concat([data.skipped, cut], ignore_index=True)
    if data.clips.empty:
        raise InputError(f"no clip is left: {cut['reason'].iloc[0]} (time.phase).")
    return data


def _early_folds(config: Config, data: Dataset) -> tuple[list[Fold], ProtocolSettings]:
    """Make the folds before anything slow, so that what cannot be done is refused at once."""
    chosen = config.protocol
    settings = ProtocolSettings(chosen.name, chosen.folds, config.seed)
    labels = data.labels.set_index("clip")["label"].reindex(data.clips["clip"])
    subjects = data.clips["subject"].to_numpy(dtype=str)
    folds = make_folds(labels.to_list(), subjects if subjects.any() else None, settings)
    return folds, settings


def _subjects(joined: Joined) -> np.ndarray | None:
    return joined.subjects if (joined.subjects != "").all() else None


def _extracted(extraction: Extraction) -> str:
    eyes = int(extraction.info["eyes_found"].sum()) if len(extraction.info) else 0
    text = f"{len(extraction.clips)} clips ({extraction.computed} new), eyes found in {eyes}"
    return text + (f", {len(extraction.skipped)} skipped" if len(extraction.skipped) else "")


def modelling(config: Config) -> Recipe:
    """Return how a model is made from measures: encoder, classifier, what is searched."""
    name, fixed, grid = classifier_parts(config.classifier)
    return Recipe(
        partial(make_classifier, name, seed=config.seed, **fixed),
        grid=grid or None,
        encoder=Encoder(config.make_descriptor()),
        scoring=config.protocol.scoring,
        inner_folds=config.protocol.inner,
        seed=config.seed,
    )


# folds, from the store where they are finished ----------------------------------------------------


def _folds(
    config: Config,
    recipe: Recipe,
    joined: Joined,
    folds: list[Fold],
    store: Store,
    jobs: int,
    progress: Any,
) -> Iterator[FoldResult]:
    grouped = PROTOCOLS[config.protocol.name].subject_independent
    subjects = _subjects(joined) if grouped else None
    keys = [_fold_key(config, joined, fold) for fold in folds]
    known = [_recall(store.get(key)) for key in keys]
    waiting = [f for f, result in zip(folds, known, strict=True) if result is None]
    new = cross_validate(
        recipe, joined.measures, joined.labels, subjects, waiting, jobs=min(jobs, len(waiting) or 1)
    )
    for number, (fold, key, result) in enumerate(zip(folds, keys, known, strict=True), 1):
        if result is None:
            result = next(new)
            _remember(store, key, result)
        progress(fold.name, number, len(folds))
        yield result


def _fold_key(config: Config, joined: Joined, fold: Fold) -> str:
    rows = np.concatenate([fold.train, fold.test])
    content = hashlib.blake2b(digest_size=20)
    content.update(np.ascontiguousarray(joined.measures[rows]).tobytes())
    return key_of(
        {
            "measures": content.hexdigest(),
            "labels": joined.labels[rows].tolist(),
            "subjects": joined.subjects[rows].tolist(),
            "classes": sorted(set(joined.labels.tolist())),
            "train": fold.train.tolist(),
            "test": fold.test.tolist(),
            "descriptor": config.descriptor,
            "classifier": config.classifier,
            "protocol": config.protocol.model_dump(),
            "seed": config.seed,
            "versions": versions(),
        }
    )


def _remember(store: Store, key: str, result: FoldResult) -> None:
    arrays = {
        "rows": result.rows,
        "predicted": np.asarray(result.predicted, dtype=str),
        "probabilities": result.probabilities,
    }
    values = {
        "fold": result.fold,
        "classes": result.classes,
        "params": result.search.params,
        "table": result.search.table,
        "seconds": result.seconds,
    }
    store.put(key, arrays, values)


def _recall(entry: Any) -> FoldResult | None:
    if entry is None:
        return None
    arrays, values = entry
    return FoldResult(
        values["fold"],
        arrays["rows"],
        values["classes"],
        arrays["predicted"],
        arrays["probabilities"],
        Search(values["params"], values["table"]),
        values["seconds"],
    )


# what a run leaves --------------------------------------------------------------------------------


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _facts(
    config: Config, data: Dataset, started: str, settings: ProtocolSettings
) -> dict[str, Any]:
    protocol = PROTOCOLS[settings.name]
    return {
        "name": config.name,
        "title": config.title or config.name,
        "command": shlex.join(["sttm", *sys.argv[1:]]),
        "started": started,
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}, {worker_count(config.jobs)} workers",
        "config": config.model_dump(mode="json"),
        "config_text": config.as_yaml(),
        "data": {
            "kind": config.data.kind,
            "about": data.about,
            "synthetic": data.synthetic,
            "source": str(getattr(config.data, "path", data.root)),
        },
        "protocol": {
            "name": settings.name,
            "sentence": protocol.about,
            "subject_independent": bool(protocol.subject_independent),
        },
        "classifier": _named(config.classifier),
        "descriptor": " + ".join(_descriptor_names(config)),
        "columns": len(config.make_descriptor().places()),
    }


def _named(entry: dict[str, Any]) -> str:
    rest = ", ".join(f"{k} {v}" for k, v in entry.items() if k != "name")
    return f"{entry.get('name', 'svm')} ({rest})" if rest else str(entry.get("name", "svm"))


def _descriptor_names(config: Config) -> list[str]:
    members = config.descriptor if isinstance(config.descriptor, list) else [config.descriptor]
    return [f"{m['name']} ({m['coding']})" if "coding" in m else str(m["name"]) for m in members]


def _save_model(
    config: Config, model: Any, facts: dict[str, Any], joined: Joined, folder: Path
) -> Path:
    from recognizer.bundle import Bundle, save_bundle

    recipe = config.recipe()
    keep = ("name", "title", "started", "versions", "data", "protocol", "classifier", "descriptor")
    provenance = {k: facts[k] for k in keep} | {
        "config": facts["config"],
        "clips": len(joined.names),
        "subjects": len(set(joined.subjects.tolist())),
        "params": model.search.params,
    }
    bundle = Bundle(model.encoder, model.classifier, recipe.faces, recipe.time, provenance)
    return save_bundle(bundle, folder / "model.sttm")


def _write_tables(
    folder: Path,
    config: Config,
    joined: Joined,
    data: Dataset,
    skipped: pd.DataFrame,
    predictions: pd.DataFrame,
    results: list[FoldResult],
    scores: Scores,
) -> dict[str, pd.DataFrame]:
    right = predictions["label"] == predictions["predicted"]
    hits = right.groupby(predictions["fold"]).mean()
    folds = pd.DataFrame(
        {
            "fold": [r.fold for r in results],
            "train": [len(joined.names) - len(r.rows) for r in results],
            "test": [len(r.rows) for r in results],
            "parameters": [_words(r.search.params) for r in results],
            "accuracy": [round(float(hits[r.fold]), 4) for r in results],
            "seconds": [round(r.seconds, 2) for r in results],
        }
    )
    labels = data.labels[data.labels["clip"].isin(joined.names)]
    tables = {"clips": joined.clips, "labels": labels, "skipped": skipped, "folds": folds}
    for name, table in tables.items():
        with writing(folder / f"{name}.csv") as scratch:
            table.to_csv(scratch, index=False)
    write_predictions(predictions, folder / "predictions.csv")
    _write_text(folder / "scores.json", json.dumps(scores.as_json(), indent=1))
    _write_text(folder / "config.yaml", config.as_yaml())
    return {**tables, "predictions": predictions}


def _words(params: dict[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in params.items()) or "fixed"


def _write_text(path: Path, text: str) -> None:
    with writing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def _report(
    folder: Path,
    facts: dict[str, Any],
    steps: Steps,
    tables: dict[str, pd.DataFrame],
    scores: Scores,
    weights: pd.DataFrame | None,
    extraction: Extraction,
    shown: list[Any],
) -> Path:
    from .report import ReportData, write_report

    facts = {**facts, "steps": steps.done, "finished": _now()}
    _write_text(folder / "run.json", json.dumps(facts, indent=1, default=str))
    data = ReportData(
        facts,
        tables["clips"],
        tables["labels"],
        tables["skipped"],
        tables["predictions"],
        scores.as_json(),
        tables["folds"],
        weights,
        extraction.mean_face,
        shown,
    )
    return write_report(data, folder / "report.html")
