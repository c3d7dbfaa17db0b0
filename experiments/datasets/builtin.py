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
from .drawn import DrawnSettings, write_clips


class DrawnData(DrawnSettings):
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
    return pd.DataFrame([(s, label) for s, label, _ in rows], columns=["subject", "label"])


def read_drawn(settings: DrawnData, jobs: int = 1, progress: Progress | None = None) -> Dataset:
    """Return the drawn clips, drawing those that are not there yet."""
    plain = DrawnSettings(**settings.model_dump(exclude={"kind", "folder"}))
    digest = hashlib.blake2b(plain.model_dump_json().encode(), digest_size=6).hexdigest()
    folder = settings.folder or Path(".cache") / "drawn" / digest
    clips, labels = write_clips(plain, folder, jobs, progress)
    rows = clips.merge(labels, on="clip", validate="one_to_one")
    about = f"{len(rows)} clips of {plain.subjects} drawn (synthetic) faces, seed {plain.seed}"
    data = build_dataset(rows.drop(columns="dataset"), folder, about, "drawn")
    data.synthetic = True
    data.source = f"drawn by the toolkit from seed {plain.seed}"
    return data
