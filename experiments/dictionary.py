"""`sttm describe`: the data dictionary of a features table, printed."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pandas as pd

from sttm.dictionary import describe
from sttm.export import read_features


def dictionary_of(path: Path) -> pd.DataFrame:
    """Return the data dictionary of the features table in a file."""
    features, provenance = read_features(path)
    return describe(provenance, features)


def dictionary_lines(table: pd.DataFrame, most: int) -> list[str]:
    """Return what is printed of a dictionary: its first ``most`` columns, how many it has."""
    lines = []
    for row in table.head(most).to_dict(orient="records"):
        place = "  ".join(f"{a} {row[f'{a}_from']:.2f}-{row[f'{a}_to']:.2f}" for a in "tyx")
        numbers = "  ".join(f"{k} {row[k]:.3g}" for k in ("min", "mean", "max"))
        lines.append(f"{row['column']}   {place}   {numbers}  zero in {row['zeros']:.0%}")
        lines += textwrap.wrap(row["meaning"], 92, initial_indent="    ", subsequent_indent="    ")
    lines.append(
        f"{min(most, len(table))} of {len(table)} columns; t, y, x are the stretch of the clip "
        "and of the crop, as fractions"
    )
    return lines
