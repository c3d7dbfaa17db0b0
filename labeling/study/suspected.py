"""Rows of clips whose label a model doubts."""

from __future__ import annotations

import sqlite3

import pandas as pd

SUSPECT_COLUMNS = ("clip", "rank", "label", "predicted", "probability", "doubt", "run")


def replace_suspects(connection: sqlite3.Connection, table: pd.DataFrame, run: str) -> int:
    """Replace all suspects, inside the open transaction; clips that are not there are left out."""
    known = {clip for (clip,) in connection.execute("SELECT clip FROM clips")}
    table = table[table["clip"].astype(str).isin(known)]
    rows = [
        (
            *(str(r["clip"]), rank, str(r["label"]), str(r["predicted"])),
            *(float(r["probability"]), float(r["doubt"]), run),
        )
        for rank, r in enumerate(table.sort_values("rank").to_dict("records"), 1)
    ]
    connection.execute("DELETE FROM suspects")
    marks = ", ".join("?" * len(SUSPECT_COLUMNS))
    names = ", ".join(SUSPECT_COLUMNS)
    connection.executemany(f"INSERT INTO suspects ({names}) VALUES ({marks})", rows)
    return len(rows)


def read_suspects(connection: sqlite3.Connection) -> pd.DataFrame:
    """Return the suspects, most doubtful first."""
    names = ", ".join(SUSPECT_COLUMNS)
    rows = connection.execute(f"SELECT {names} FROM suspects ORDER BY rank").fetchall()
    return pd.DataFrame(rows, columns=list(SUSPECT_COLUMNS))
