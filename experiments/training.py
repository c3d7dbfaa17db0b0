"""`sttm train`: a model fitted on every clip of a data set, without judging it.

The hyper-parameters are searched as in a run, by inner folds over subjects; nothing is held out
afterwards, so there is no figure for the model. `sttm run` of the same config gives one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sttm.atomic import check_place
from sttm.errors import InputError
from sttm.parallel import worker_count
from sttm.store import Store
from sttm.tables import named

from .config import Config
from .fitting.finished import finish_model
from .fitting.models import check_weighted
from .folding.protocols import search_groups
from .keeping.outputs import typical_length, write_model
from .keeping.provenance import now, run_facts
from .measuring import find_data, labels_of, measure_data, modelling, require
from .progress import Steps
from .workplace import lock_of, locked, opened

SUFFIX = ".sttm"
BUNDLE_BEGINS, CARD_BEGINS = b"PK", b"# Model card"  # a zip file; a card's first words
NOT_JUDGED = {
    "name": "none",
    "sentence": "Fitted on every clip and not judged: no clip was held out.",
    "subject_independent": None,
}


@dataclass
class Trained:
    """A model that was fitted on everything, and what it was fitted on."""

    bundle: Path
    clips: int
    classes: list[str]
    skipped: pd.DataFrame  # clips that could not be used
    passed: pd.DataFrame  # what lay beside them and is no clip
    notes: list[str] = field(default_factory=list)


def train_model(
    config: Config,
    out: Path | None = None,
    *,
    store: Store | Path | None = None,
    steps: Steps | None = None,
    cluster: str = "",
) -> Trained:
    """Fit the model of a config on every clip, and write its bundle.

    Parameters
    ----------
    config : Config
        Its protocol only says how parameters are searched.
    out : Path, optional
        The bundle to write; ``models/<name>.sttm`` unless told.
    store : Store or path, optional
        Where finished clips are kept; ``.cache/store`` unless told.
    steps : Steps, optional
        Says what happens.
    cluster : str
        Address of a Dask scheduler whose workers measure the clips.

    Raises
    ------
    ToolkitError
        When the data or the settings do not allow it; a bundle of an earlier call then stays.
    """
    out = out or Path("models") / f"{config.name}.sttm"
    require(cluster)
    _check_out(out)
    kept = opened(store)
    with locked(lock_of(kept, out), out):
        return _train(config, out, kept, steps or Steps(quiet=True), cluster)


def _check_out(out: Path) -> None:
    """Refuse a place where the bundle, or its card beside it, would replace something else."""
    if out.suffix.lower() != SUFFIX:
        raise InputError(
            f"a model's file must end in {SUFFIX}, such as models/mine.sttm, not {out}."
        )
    check_place(out)
    for path, begin in ((out, BUNDLE_BEGINS), (out.with_suffix(".md"), CARD_BEGINS)):
        if path.exists() and not _begins(path, begin):
            raise InputError(
                f"the model would replace {path}, which no model wrote; name another by --out."
            )


def _begins(path: Path, begin: bytes) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(begin)) in (begin, b"")


def _train(config: Config, out: Path, store: Store, steps: Steps, cluster: str) -> Trained:
    started = now()
    jobs = worker_count(config.jobs)
    data = find_data(config, jobs, steps)
    _refuse_one_class(labels_of(data))
    check_weighted(config.classifier, labels_of(data))
    measured = measure_data(config, data, store, steps, jobs, cluster)
    joined = measured.joined
    _refuse_one_class(joined.labels.tolist())
    with steps.step("model") as said:
        groups = search_groups(config.protocol.name, joined.subjects)
        model = finish_model(config, modelling(config), joined, store, groups)
        facts = {**run_facts(config, data, started), "protocol": NOT_JUDGED}
        facts["length"] = typical_length(measured.extraction.info)
        bundle = write_model(config, facts, joined, model, out)
        said["detail"] = bundle.name
    notes = [f"{s}." for s in measured.extraction.losses]
    classes = sorted(set(joined.labels.tolist()))
    return Trained(bundle, len(joined.names), classes, measured.skipped, data.passed, notes)


def _refuse_one_class(labels: list[str]) -> None:
    classes = sorted(set(labels) - {""})
    if len(classes) < 2:
        raise InputError(
            f"a model needs clips of at least two classes; these have {named(classes) or 'none'}."
        )
