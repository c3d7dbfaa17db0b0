"""Data-set readers: each has a settings model with its ``kind``, a function and a card.

A new data set is one file and one line in ``READERS``; the contract test of the family then runs
for it. Reading order: base (what a reader gives), card (what it is), classes, vocabulary, disk,
then the members.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from sttm.extract import Progress

from . import builtin, folder, table
from .base import Dataset
from .builtin import DrawnData, planned
from .card import Card, Reader
from .classes import choose_classes
from .folder import FolderData
from .table import TableData

READERS: dict[str, Reader] = {
    r.kind: r
    for r in (
        builtin.READER,
        folder.READER,
        table.READER,
    )
}
DataSettings = Annotated[DrawnData | FolderData | TableData, Field(discriminator="kind")]


def read_dataset(settings: Any, jobs: int = 1, progress: Progress | None = None) -> Dataset:
    """Return the data set that ``settings`` name; ``jobs`` workers where something is made.

    Raises
    ------
    InputError
        When there is no such data set at the path, or nothing of it can be used.
    """
    reader = READERS[settings.kind]
    data = reader.read(settings, jobs, progress) if reader.makes else reader.read(settings)
    return choose_classes(data, settings)


__all__ = ["READERS", "Card", "DataSettings", "Dataset", "Reader", "planned", "read_dataset"]
