"""What a config would do, said before anything is computed."""

from __future__ import annotations

import warnings

from .config import Config
from .datasets import DrawnData, read_dataset
from .join import narrow
from .models import classifier_parts
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
        f"classifier  {name} {fixed or ''}; {searched}",
        f"protocol    {PROTOCOLS[config.protocol.name].about}",
    ]
    return [*lines, "the config is good"]


def _data(config: Config) -> list[str]:
    if isinstance(config.data, DrawnData):
        drawn = config.data
        count = drawn.subjects * drawn.takes * len(drawn.labels)
        return [f"data        {count} clips will be drawn, {drawn.subjects} subjects"]
    data = read_dataset(config.data)
    clips, cut = narrow(data.clips, data.labels, config.time.phase)
    labels = data.labels.set_index("clip")["label"].reindex(clips["clip"])
    settings = ProtocolSettings(config.protocol.name, config.protocol.folds, config.seed)
    subjects = clips["subject"].tolist()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        folds = make_folds(labels.tolist(), subjects if any(subjects) else None, settings)
    counts = ", ".join(f"{k} {v}" for k, v in labels.value_counts().sort_index().items())
    known = len(set(subjects) - {""}) or "unknown"
    return [
        f"data        {len(clips)} clips, subjects: {known}, {len(folds)} folds",
        f"classes     {counts}",
        *(f"skipped     {c}: {r}" for c, r in data.skipped.itertuples(index=False)),
        *(f"skipped     {c}: {r}" for c, r in cut.itertuples(index=False)),
        *(f"note        {w.message}" for w in caught),
    ]
