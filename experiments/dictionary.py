"""`sttm describe`: the data dictionary of a features table, printed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sttm.dictionary import describe
from sttm.export import read_features

SHOWN = ("column", "meaning", "t", "y", "x", "min", "mean", "max", "zeros")


def dictionary_of(path: Path) -> pd.DataFrame:
    """Return the data dictionary of the features table in a file."""
    features, provenance = read_features(path)
    return describe(provenance, features)


def print_dictionary(table: pd.DataFrame, most: int) -> None:
    """Print the first ``most`` columns of a dictionary, and how many there are."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(caption=f"{min(most, len(table))} of {len(table)} columns")
    for name in SHOWN:
        right = name not in ("column", "meaning")
        shown.add_column(name, no_wrap=name == "column", justify="right" if right else "left")
    for row in table.head(most).to_dict(orient="records"):
        spans = [f"{row[f'{a}_from']:.2g}-{row[f'{a}_to']:.2g}" for a in "tyx"]
        numbers = [f"{row[k]:.3g}" for k in ("min", "mean", "max")]
        shown.add_row(row["column"], row["meaning"], *spans, *numbers, f"{row['zeros']:.0%}")
    Console().print(shown)
    Console().print(
        "t, y, x: stretch of the clip and of the crop, as fractions of its length, height, width."
    )
