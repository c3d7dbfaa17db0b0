"""What a data-set reader gives: clips, labels, and what it passed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from labeling.tables import check_consensus
from sttm.errors import InputError
from sttm.tables import check_clips, named

# what readers call the columns of their rows: those of the clips table, those of the labels
OF_CLIPS = ("clip", "subject", "dataset", "source", "first", "last", "fps", "part", "landmarks")
OF_LABELS = ("clip", "label", "onset", "apex", "offset", "agreement", "opinions", "aus")


@dataclass
class Dataset:
    """One data set as two tables.

    Attributes
    ----------
    clips : DataFrame
        See sttm/tables.py; ``source`` relative to ``root``; ``part`` where the set has an official
        split: train, validation, test.
    labels : DataFrame
        A consensus table (labeling/tables.py), with ``onset``, ``apex``, ``offset`` where known,
        and ``aus``, the action units as text, such as ``4+7``.
    root : Path
        Folder that the sources are below.
    about : str
        One sentence for the report.
    skipped : DataFrame
        Clips that cannot be used: ``clip`` (or a path below the root) and ``reason``.
    passed : DataFrame
        What lies there and is no clip, in the same columns.
    synthetic : bool
        Drawn data; every output says so.
    source : str
        Where the data come from, if not from the path in the config.
    shares : DataFrame, optional
        Soft labels, where the config asks for them: ``clip``, then the share of every class.
    """

    clips: pd.DataFrame
    labels: pd.DataFrame
    root: Path
    about: str
    skipped: pd.DataFrame = field(default_factory=lambda: reasons_table([]))
    passed: pd.DataFrame = field(default_factory=lambda: reasons_table([]))
    synthetic: bool = False
    source: str = ""
    shares: pd.DataFrame | None = None


def reasons_table(rows: list[tuple[str, str]]) -> pd.DataFrame:
    """Return what was left out as a table: ``clip``, ``reason``."""
    return pd.DataFrame(rows, columns=["clip", "reason"])


def reasons(table: pd.DataFrame) -> str:
    """Return the first reasons of a table of clips that were left out, as text."""
    return named([f"{c}: {r}" for c, r in table.itertuples(index=False)], 2)


def build_dataset(
    rows: pd.DataFrame,
    root: Path,
    about: str,
    dataset: str,
    skipped: list[tuple[str, str]] | None = None,
    passed: list[tuple[str, str]] | None = None,
) -> Dataset:
    """Return a data set from one table with a row per clip.

    Parameters
    ----------
    rows : DataFrame
        Columns as in ``OF_CLIPS`` and ``OF_LABELS``; at least clip, source and label.
    root : Path
        Folder that the sources are below.
    about : str
        One sentence for the report.
    dataset : str
        Name of the set, for rows that do not name their own.
    skipped, passed : list of (str, str)
        What cannot be used, and what is no clip, each with the reason.

    Raises
    ------
    InputError
        When there is no row, or a row is not what the tables ask for.
    """
    if rows.empty:
        reasons = named([f"{c}: {r}" for c, r in [*(skipped or []), *(passed or [])]], 2)
        raise InputError(
            f"no clip was found in {root}" + (f" (left out: {reasons})." if reasons else ".")
        )
    rows = rows if "dataset" in rows else rows.assign(dataset=dataset)
    clips = check_clips(rows[[c for c in OF_CLIPS if c in rows]])
    labels = check_consensus(rows[[c for c in OF_LABELS if c in rows]])
    left_out = reasons_table(skipped or []), reasons_table(passed or [])
    return Dataset(clips, labels, root, about, *left_out)
