"""Statements to rows and back, and the opinions table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from ..statement import Interval, Statement
from ..tables import OPINION_COLUMNS, check_opinions
from .records import Decision, Opinion

FURTHER = ("turn", "side", "flags", "opinion", "number", "action")
_OPINION = "seq, id, clip, annotator, turn, action, target, sure, comment, time, arrived, step"
_DECISION = (
    "seq, id, clip, reviewer, verdict, reason, coalesce(opinion, ''), time, arrived, step, heard"
)


def insert_opinion(connection: sqlite3.Connection, opinion: Opinion) -> int:
    """Append an opinion, inside the transaction that is open, and return its ``seq``."""
    said = opinion.statement
    cursor = connection.execute(
        "INSERT INTO opinions (id, clip, annotator, turn, step, action, target, sure, comment, "
        "time, arrived) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(opinion.id, opinion.clip, opinion.annotator, opinion.turn, opinion.step),
            *(opinion.action, opinion.target, said.sure, said.comment),
            *(opinion.time, opinion.arrived),
        ),
    )
    seq = int(cursor.lastrowid or 0)
    connection.executemany(
        "INSERT INTO intervals VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (seq, n, i.label, i.onset, i.apex, i.offset, i.intensity, i.side)
            for n, i in enumerate(said.intervals)
        ],
    )
    connection.executemany("INSERT INTO raised VALUES (?, ?)", [(seq, f) for f in said.flags])
    return seq


def insert_decision(connection: sqlite3.Connection, decision: Decision) -> int:
    """Append a decision, inside the transaction that is open, and return its ``seq``."""
    cursor = connection.execute(
        "INSERT INTO decisions (id, clip, reviewer, step, verdict, reason, opinion, time, arrived, "
        "heard) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(decision.id, decision.clip, decision.reviewer, decision.step, decision.verdict),
            *(decision.reason, decision.opinion or None, decision.time, decision.arrived),
            json.dumps(dict(decision.heard)),
        ),
    )
    return int(cursor.lastrowid or 0)


def read_opinions(
    connection: sqlite3.Connection, clip: str | None = None, annotator: str | None = None
) -> list[Opinion]:
    """Return all opinions of a clip, of an annotator, or of everybody, as they arrived."""
    where, values = _where(clip, annotator)
    found = connection.execute(f"SELECT {_OPINION} FROM opinions {where} ORDER BY seq", values)
    heads = found.fetchall()
    inner = f"IN (SELECT seq FROM opinions {where})" if where else ">= 0"
    intervals = _by_opinion(
        connection.execute(
            "SELECT opinion, label, onset, apex, offset, intensity, side FROM intervals "
            f"WHERE opinion {inner} ORDER BY opinion, number",
            values,
        )
    )
    flags = _by_opinion(
        connection.execute(
            f"SELECT opinion, flag FROM raised WHERE opinion {inner} ORDER BY opinion, flag",
            values,
        )
    )
    return [_opinion(row, intervals.get(row[0], ()), flags.get(row[0], ())) for row in heads]


def _opinion(row: Sequence[Any], intervals: Sequence[Any], flags: Sequence[Any]) -> Opinion:
    seq, identity, clip, annotator, turn, action, target, sure, comment, time, arrived, step = row
    statement = Statement(
        tuple(Interval(*values) for values in intervals),
        tuple(flag for (flag,) in flags),
        sure,
        comment,
    )
    return Opinion(
        seq, identity, clip, annotator, turn, action, target, statement, time, arrived, step
    )


def read_decisions(connection: sqlite3.Connection, clip: str | None = None) -> list[Decision]:
    """Return all decisions of a clip, or of all clips, as they arrived."""
    where, values = _where(clip, None)
    rows = connection.execute(f"SELECT {_DECISION} FROM decisions {where} ORDER BY seq", values)
    return [_decision(row) for row in rows]


def _decision(row: Sequence[Any]) -> Decision:
    seq, identity, clip, reviewer, verdict, reason, opinion, time, arrived, step, heard = row
    known = _heard(heard)
    return Decision(
        seq, identity, clip, reviewer, verdict, reason, opinion, time, arrived, step, known
    )


def _heard(text: str) -> dict[str, int]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, int)} if isinstance(found, dict) else {}


def newest(opinions: Iterable[Opinion]) -> list[Opinion]:
    """Return the newest opinion per clip, annotator and turn, in order of their first ones."""
    found: dict[tuple[str, str, int], Opinion] = {}
    for opinion in opinions:
        key = (opinion.clip, opinion.annotator, opinion.turn)
        if key not in found or found[key].order < opinion.order:
            found[key] = opinion
    return list(found.values())


def opinions_table(opinions: Iterable[Opinion], empty: bool = False) -> pd.DataFrame:
    """Return opinions as a table (labeling/tables.py), one row per interval.

    Further columns are ``turn``, ``side``, ``flags`` (joined by ``|``), ``opinion`` (its id),
    ``number`` of the interval, and ``action``.

    Parameters
    ----------
    opinions : iterable of Opinion
    empty : bool
        Keep statements without an interval, as one row whose label is "".
    """
    rows = [row for opinion in opinions for row in _rows(opinion, empty)]
    table = pd.DataFrame(rows, columns=[*OPINION_COLUMNS, *FURTHER], dtype=object)
    if table.empty or (table["label"] == "").any():
        return _typed(table)
    return check_opinions(table)


def _rows(opinion: Opinion, empty: bool) -> list[tuple[Any, ...]]:
    said = opinion.statement
    intervals = said.intervals or ((Interval(""),) if empty else ())
    return [
        (
            *(opinion.clip, opinion.annotator, i.label, i.onset, i.apex, i.offset, i.intensity),
            *(said.sure, said.comment, opinion.time, opinion.turn, i.side),
            *("|".join(said.flags), opinion.id, number, opinion.action),
        )
        for number, i in enumerate(intervals)
    ]


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table with blank labels the types that ``check_opinions`` gives."""
    whole = dict.fromkeys(("onset", "apex", "offset"), "Int64")
    real = dict.fromkeys(("intensity", "sure"), "float64")
    return table.astype({**whole, **real, "turn": "int64", "number": "int64"})


def _by_opinion(rows: Iterable[Sequence[Any]]) -> dict[int, list[Sequence[Any]]]:
    found: dict[int, list[Sequence[Any]]] = {}
    for opinion, *values in rows:
        found.setdefault(opinion, []).append(values)
    return found


def _where(clip: str | None, annotator: str | None) -> tuple[str, tuple[str, ...]]:
    given = [(c, v) for c, v in (("clip", clip), ("annotator", annotator)) if v is not None]
    where = " AND ".join(f"{column} = ?" for column, _ in given)
    return (f"WHERE {where}" if where else ""), tuple(value for _, value in given)
