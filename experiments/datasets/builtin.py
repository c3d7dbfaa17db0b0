"""The built-in data: faces drawn from one seed (see datasets/drawn)."""

from __future__ import annotations

import hashlib
from itertools import product
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from sttm.extract import Progress

from .base import Dataset, build_dataset
from .card import Card, Reader
from .classes import DataSection, new_names, refuse_unknown
from .drawn import DrawnSettings, write_clips


class DrawnData(DrawnSettings, DataSection):
    """Drawn (synthetic) faces, made when they are first asked for."""

    kind: Literal["drawn"] = "drawn"
    folder: Path | None = Field(
        None,
        description="Where the drawn clips are kept; .cache/drawn/<digest of the settings> "
        "unless told.",
    )


def planned(settings: DrawnData) -> pd.DataFrame:
    """Return the subject and label of every clip that would be drawn, in order; draws nothing."""
    subjects = [f"d{i}" for i in range(settings.subjects)]
    rows = product(subjects, settings.labels, range(settings.takes))
    table = pd.DataFrame([(s, label) for s, label, _ in rows], columns=["subject", "label"])
    if settings.classes is None:
        return table
    names = new_names(settings.classes)
    refuse_unknown(names, table["label"])
    return table.assign(label=table["label"].map(names)).dropna().reset_index(drop=True)


def read_drawn(settings: DrawnData, jobs: int = 1, progress: Progress | None = None) -> Dataset:
    """Return the drawn clips, drawing those that are not there yet."""
    plain = DrawnSettings(**settings.model_dump(exclude={"kind", "folder", "classes"}))
    digest = hashlib.blake2b(plain.model_dump_json().encode(), digest_size=6).hexdigest()
    folder = settings.folder or Path(".cache") / "drawn" / digest
    clips, labels = write_clips(plain, folder, jobs, progress)
    rows = clips.merge(labels, on="clip", validate="one_to_one")
    about = f"{len(rows)} clips of {plain.subjects} drawn (synthetic) faces, seed {plain.seed}"
    data = build_dataset(rows.drop(columns="dataset"), folder, about, "drawn")
    data.synthetic = True
    data.source = f"drawn by the toolkit from seed {plain.seed}"
    return data


def published(settings: DrawnData) -> dict[str, int]:
    """Return the counts that the settings ask for."""
    each = settings.subjects * settings.takes
    counts = {"clips": each * len(settings.labels), "subjects": settings.subjects}
    return counts | dict.fromkeys(settings.labels, each)


READER = Reader(
    DrawnData,
    read_drawn,
    Card(
        title="Drawn (synthetic) faces",
        layout="made by the toolkit when it is first asked for",
        licence="Made by this toolkit; do with it what you like.",
        citation="None: nobody was filmed, and figures on it say nothing about people.",
    ),
    published,
    makes=True,
)
