"""What a config would do, said before anything is computed."""

from __future__ import annotations

import warnings

import pandas as pd

from .config import Config
from .datasets import DrawnData, planned, read_dataset
from .join import narrow
from .models import classifier_parts
from .progress import left_out
from .protocols import PROTOCOLS, ProtocolSettings, make_folds


def preview(config: Config) -> list[str]:
    """Return what a config says, line by line; data that lie on disk are looked at.

    Raises
    ------
    ToolkitError
        When the experiment could not be run.
    """
    name, fixed, grid = classifier_parts(config.classifier)
    searched = ", ".join(f"{k} in {v}" for k, v in grid.items()) or "nothing is searched"
    columns = len(config.make_descriptor().places())
    lines = [
        f"name        {config.name}, run folder {config.folder()}",
        *_data(config),
        f"descriptor  {columns:,} columns".replace(",", " "),
        f"classifier  {', '.join([name, *(f'{k} {v}' for k, v in fixed.items())])}; {searched}",
        f"protocol    {PROTOCOLS[config.protocol.name].about}",
    ]
    return [*lines, "the config is good"]


def _data(config: Config) -> list[str]:
    if isinstance(config.data, DrawnData):
        table = planned(config.data)
        return _folds(config, table["subject"].tolist(), table["label"], "clips will be drawn")
    data = read_dataset(config.data)
    clips, cut = narrow(data.clips, data.labels, config.time.phase)
    labels = data.labels.set_index("clip")["label"].reindex(clips["clip"]).fillna("")
    return [
        *_folds(config, clips["subject"].tolist(), labels, "clips"),
        *left_out("passed over", data.passed),
        *left_out("skipped    ", pd.concat([data.skipped, cut])),
    ]


def _folds(config: Config, subjects: list[str], labels: pd.Series, what: str) -> list[str]:
    settings = ProtocolSettings(config.protocol.name, config.protocol.folds, config.seed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        folds = make_folds(labels.tolist(), subjects if any(subjects) else None, settings)
    counts = ", ".join(f"{k} {v}" for k, v in labels.value_counts().sort_index().items())
    known = len(set(subjects) - {""}) or "unknown"
    return [
        f"data        {len(labels)} {what}, subjects: {known}, {len(folds)} folds",
        f"classes     {counts}",
        *(f"note        {w.message}" for w in caught),
    ]
