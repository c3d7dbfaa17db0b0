"""Any CSV: one row per clip with the columns clip, path, label, and what else is known."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from labeling.hand_csv import read_hand_csv
from sttm.errors import InputError
from sttm.tables import named

from .base import Dataset, build_dataset
from .card import Card, Reader
from .classes import DataSection
from .drawn.files import all_drawn

NEEDED = {"clip": "clip", "path": "source", "label": "label"}
OPTIONAL = ("subject", "dataset", "part", "first", "last", "onset", "apex", "offset", "fps")


class TableData(DataSection):
    """Clips listed in a CSV file."""

    kind: Literal["csv"] = "csv"
    path: Path = Field(
        description="CSV with the columns clip, path, label and, where known, subject, first, "
        "last, onset, apex, offset (frame numbers from 0), fps, dataset, part (of an official "
        "split: train, validation, test)."
    )
    root: Path | None = Field(
        None, description="Folder that the paths are below; the CSV's own folder unless told."
    )


def read_table(settings: TableData) -> Dataset:
    """Return the clips that a CSV lists; rows whose file is missing are skipped by name.

    Raises
    ------
    InputError
        When the file is missing or is no table with the needed columns.
    """
    table = read_hand_csv(settings.path, NEEDED, OPTIONAL)
    root = settings.root or settings.path.parent
    blank = table.loc[table["source"] == "", "clip"]
    if len(blank):
        raise InputError(f"{settings.path.name} gives no path for clip {named(blank)}; add it.")
    there = pd.Series([_exists(root, str(s)) for s in table["source"]], index=table.index)
    skipped = [
        (str(c), f"{s} is not there")
        for c, s in table.loc[~there, ["clip", "source"]].itertuples(index=False)
    ]
    about = f"{int(there.sum())} clips listed in {settings.path.name}"
    data = build_dataset(table[there], root, about, settings.path.stem, skipped)
    data.synthetic = all_drawn(root, data.clips["source"])
    return data


def _exists(root: Path, source: str) -> bool:
    try:
        return (root / source).exists()
    except OSError:  # a name that is too long
        return False


READER = Reader(
    TableData,
    read_table,
    Card(
        title="Any CSV",
        layout="clip,path,label,subject,first,last,onset,apex,offset,fps,dataset,part",
        licence="Yours to know.",
        citation="Yours to name.",
    ),
)
