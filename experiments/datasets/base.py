"""What a data-set reader gives: clips, labels, and what it passed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from labeling.tables import published
from sttm.errors import InputError
from sttm.tables import check_clips, named

# what readers call the columns of their rows, in the order of the two tables
ROW = ("clip", "subject", "source", "first", "last", "fps", "label", "onset", "apex", "offset")


@dataclass
class Dataset:
    """One data set as two tables.

    Attributes
    ----------
    clips : DataFrame
        See sttm/tables.py; ``source`` relative to ``root``.
    labels : DataFrame
        A consensus table (labeling/tables.py), with ``onset``, ``apex``, ``offset`` where known.
    root : Path
        Folder that the sources are below.
    about : str
        One sentence for the report.
    skipped : DataFrame
        ``clip`` (or a path below the root) and ``reason``.
    synthetic : bool
        Drawn data; every output says so.
    source : str
        Where the data come from, if not from the path in the config.
    """

    clips: pd.DataFrame
    labels: pd.DataFrame
    root: Path
    about: str
    skipped: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["clip", "reason"]))
    synthetic: bool = False
    source: str = ""


def build_dataset(
    rows: pd.DataFrame,
    root: Path,
    about: str,
    dataset: str,
    skipped: list[tuple[str, str]] | None = None,
) -> Dataset:
    """Return a data set from one table with a row per clip, columns as in ``ROW``.

    Raises
    ------
    InputError
        When there is no row, or a row is not what the tables ask for.
    """
    if rows.empty:
        reasons = named([f"{c}: {r}" for c, r in skipped or []], 2)
        raise InputError(
            f"no clip was found in {root}" + (f" (passed over: {reasons})." if reasons else ".")
        )
    rows = rows.assign(dataset=dataset)
    clips = check_clips(rows[[c for c in (*ROW[:6], "dataset") if c in rows]])
    marks = {c: rows[c].tolist() for c in ("onset", "apex", "offset") if c in rows}
    labels = published(rows["clip"].tolist(), rows["label"].tolist(), **marks)
    passed = pd.DataFrame(skipped or [], columns=["clip", "reason"])
    return Dataset(clips, labels, root, about, passed)
