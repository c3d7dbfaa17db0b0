"""Data-set readers: each has a settings model with its ``kind`` and a function that reads it.

A new data set is one file and one line in ``READERS``; the contract test of the family then runs
for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from sttm.extract import Progress

from .base import Dataset
from .builtin import DrawnData, planned, read_drawn
from .folder import FolderData, read_folder
from .table import TableData, read_table

READERS: dict[type[BaseModel], Callable[..., Dataset]] = {
    DrawnData: read_drawn,
    FolderData: read_folder,
    TableData: read_table,
}
DataSettings = DrawnData | FolderData | TableData


def read_dataset(settings: Any, jobs: int = 1, progress: Progress | None = None) -> Dataset:
    """Return the data set that ``settings`` name; ``jobs`` workers where something is made."""
    reader = READERS[type(settings)]
    return reader(settings, jobs, progress) if reader is read_drawn else reader(settings)


__all__ = ["READERS", "DataSettings", "Dataset", "planned", "read_dataset"]
