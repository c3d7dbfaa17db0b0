"""What a config would do, said before anything is computed."""

from __future__ import annotations

import warnings

import pandas as pd

from .config import Config
from .datasets import DrawnData, planned, read_dataset
from .fitting.models import classifier_parts
from .folding.feasible import check_folds
from .folding.leaks import leaks_in
from .folding.protocols import folds_of
from .join import usable
from .keeping.provenance import column_facts, protocol_facts
from .progress import left_out


def preview(config: Config) -> list[str]:
    """Return what a config says, line by line; data that lie on disk are looked at.

    Raises
    ------
    ToolkitError
        When the experiment could not be run.
    """
    name, fixed, grid = classifier_parts(config.classifier)
    searched = ", ".join(f"{k} in {v}" for k, v in grid.items()) or "nothing is searched"
    found = column_facts(config)
    columns = f"{found['columns']:,} columns".replace(",", " ")
    most = "at most " if found["columns_at_most"] else ""
    lines = [
        f"name        {config.name}, run folder {config.folder()}",
        *_data(config),
        f"descriptor  {most}{columns}",
        f"classifier  {', '.join([name, *(f'{k} {v}' for k, v in fixed.items())])}; {searched}",
    ]
    return [*lines, "the config is good"]


def _data(config: Config) -> list[str]:
    if isinstance(config.data, DrawnData):
        table = planned(config.data)
        return _folds(config, table, table["label"], "clips will be drawn")
    data = read_dataset(config.data)
    clips, cut = usable(data, config.time.phase)
    labels = data.labels.set_index("clip")["label"].reindex(clips["clip"]).fillna("")
    soft = [] if data.shares is None else [_soft(data.shares)]
    return [
        *_folds(config, clips, labels, "clips"),
        *soft,
        *left_out("passed over", data.passed),
        *left_out("skipped    ", pd.concat([data.skipped, cut])),
    ]


def _soft(shares: pd.DataFrame) -> str:
    split = float((shares.drop(columns="clip").max(axis=1) < 1).mean())
    return f"labels      soft: trained on shares of votes, not all for one class in {split:.0%}"


def _folds(config: Config, clips: pd.DataFrame, labels: pd.Series, what: str) -> list[str]:
    subjects = clips["subject"].tolist()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        folds = folds_of(config.protocol, clips, labels.tolist(), config.seed)
    check_folds(config, folds, labels.tolist(), subjects)
    leaks = leaks_in(clips, labels.tolist(), folds) if "source" in clips else []
    counts = ", ".join(f"{k} {v}" for k, v in labels.value_counts().sort_index().items())
    known = len(set(subjects) - {""}) or "unknown"
    plural = "" if len(folds) == 1 else "s"
    return [
        f"data        {len(labels)} {what}, subjects: {known}, {len(folds)} fold{plural}",
        f"classes     {counts}",
        f"protocol    {protocol_facts(config, clips)['sentence']}",
        *(f"note        {w.message}" for w in caught),
        *(f"note        {sentence}" for sentence in leaks),
    ]
