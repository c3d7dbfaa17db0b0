"""One experiment from its config to its report. The steps, in order:

clips -> features -> folds -> scores -> model -> report

Finished clips and finished folds are in the store, so a run that was stopped goes on where it was.
The files of a run's folder are written when everything that they state is known.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sttm.atomic import sweep
from sttm.parallel import worker_count
from sttm.store import Store

from .config import Config
from .datasets import DrawnData, planned
from .fitting.crossvalidation import collect
from .fitting.finished import final_model, finish_folds
from .fitting.models import check_weighted
from .fitting.sparsity import mean_facts
from .folding.feasible import check_folds
from .folding.leaks import leaks_in
from .folding.protocols import Fold, ProtocolWarning, folds_of
from .judging.findings import block_weights, examples
from .judging.relevance import decisions, selected_blocks
from .judging.scores import Scores, score_predictions
from .keeping.outputs import Outcome, typical_length, write_model, write_page, write_tables
from .keeping.provenance import now, protocol_facts, run_facts
from .keeping.run_folder import refuse_foreign, rewriting
from .measuring import find_data, labels_of, measure_data, modelling, require
from .progress import Steps
from .workplace import locked, opened


@dataclass
class Run:
    """A finished run: where it lies and what it found."""

    folder: Path
    scores: Scores
    report: Path
    bundle: Path
    skipped: pd.DataFrame  # clips that could not be used
    passed: pd.DataFrame  # what lay beside them and is no clip
    notes: list[str]


def run_experiment(
    config: Config,
    *,
    store: Store | Path | None = None,
    steps: Steps | None = None,
    cluster: str = "",
) -> Run:
    """Run an experiment and write its folder.

    Parameters
    ----------
    config : Config
    store : Store or path, optional
        Where finished clips and folds are kept; ``.cache/store`` unless told.
    steps : Steps, optional
        Says what happens.
    cluster : str
        Address of a Dask scheduler whose workers do the work; this machine's cores unless told.

    Raises
    ------
    ToolkitError
        When the data or the settings do not allow the experiment.
    """
    steps = steps or Steps(quiet=True)
    folder = config.folder()
    with locked(folder / ".lock", folder), warnings.catch_warnings(record=True) as caught:
        refuse_foreign(folder, config.name)
        sweep(folder)
        warnings.simplefilter("always", ProtocolWarning)
        return _run(config, opened(store), steps, cluster, caught)


def _run(
    config: Config,
    store: Store,
    steps: Steps,
    cluster: str,
    caught: list[warnings.WarningMessage],
) -> Run:
    started = now()
    jobs = worker_count(config.jobs)
    require(cluster)
    refuse_impossible(config)
    data = find_data(config, jobs, steps)
    labels = labels_of(data)
    folds = _folds(config, data.clips, labels)  # refused now, not after an hour
    check_weighted(config.classifier, labels)
    measured = measure_data(config, data, store, steps, jobs, cluster)
    joined = measured.joined
    if len(measured.extraction.skipped):
        caught.clear()
        folds = _folds(config, joined.clips, joined.labels.tolist())
    recipe = modelling(config)
    with steps.step("folds") as said, steps.counting("folds") as progress:
        results = finish_folds(config, recipe, joined, folds, store, jobs, progress, cluster)
        predictions = collect(results, joined.names, joined.labels)
        number = "1 fold" if len(results) == 1 else f"{len(results)} folds"
        said["detail"] = f"{number}, {config.protocol.name}"
    subjects = joined.known_subjects()
    with steps.step("scores") as said:
        known = None if subjects is None else dict(zip(joined.names, subjects, strict=True))
        scores = score_predictions(
            predictions,
            known,
            datasets=dict(zip(joined.names, joined.clips["dataset"], strict=True)),
            seed=config.seed,
            replicates=config.report.bootstrap,
        )
        said["detail"] = f"accuracy {scores.accuracy.value:.3f}, UAR {scores.uar.value:.3f}"
    folder = config.folder()
    facts = run_facts(config, data, started)
    facts["protocol"] = protocol_facts(config, joined.clips, folds)
    facts["length"] = typical_length(measured.extraction.info)
    facts["training"] = mean_facts([r.facts for r in results])
    notes = [str(w.message) for w in caught if issubclass(w.category, ProtocolWarning)]
    notes += leaks_in(joined.clips, joined.labels, folds, joined.measures)
    facts["warnings"] = notes = [*notes, *(f"{s}." for s in measured.extraction.losses)]
    skipped = measured.skipped
    left_out = pd.concat([skipped, data.passed], ignore_index=True)
    with steps.step("model") as said:
        model, fitted = final_model(config, recipe, joined, folds, store)
        outcome = Outcome(facts, joined, data.labels, left_out, results, predictions, scores, model)
        said["detail"] = f"fitted on {len(fitted.names)} clips"
    with steps.step("pictures") as said:
        outcome.mean_face = measured.extraction.mean_face
        outcome.weights = block_weights(model, fitted.measures)
        outcome.examples = examples(config, joined, data, predictions)
        outcome.selected = selected_blocks(model)
        outcome.decisions = decisions(config, joined, data, results, outcome.examples, model)
        said["detail"] = f"{len(outcome.examples)} examples"
    with rewriting(folder, config.name) as staged:
        bundle = write_model(config, facts, fitted, model, staged / "model.sttm", scores)
        tables = write_tables(config, outcome, staged)
        report = write_page(outcome, tables, steps.done, staged)
    places = folder / report.name, folder / bundle.name
    return Run(folder, scores, *places, skipped, data.passed, notes)


def refuse_impossible(config: Config) -> None:
    """Refuse drawn data that the protocol cannot divide, before they are drawn."""
    if isinstance(config.data, DrawnData):
        table = planned(config.data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ProtocolWarning)
            _folds(config, table, table["label"].tolist())


def _folds(config: Config, clips: pd.DataFrame, labels: list[str]) -> list[Fold]:
    folds = folds_of(config.protocol, clips, labels, config.seed)
    check_folds(config, folds, labels, clips["subject"].tolist())
    return folds
