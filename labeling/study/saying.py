"""One more opinion: checked against the scheme, the clip, and what was said before."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from sttm.errors import InputError, unknown_name

from ..scheme import Scheme, check_label_name
from ..statement import Statement
from .opening import now
from .records import ACTIONS, Opinion, StudyChanged
from .rows import insert_opinion

# what nearly every study holds; told quickly
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,6})?[+-]\d\d:\d\d", re.ASCII)


@dataclass(frozen=True)
class Said:
    """What is about to become an opinion; see ``Opinion``. ``time`` is now unless told."""

    clip: str
    annotator: str
    statement: Statement
    turn: int = 0
    action: str = "say"
    target: str = ""
    time: str | None = None


def append_opinion(
    connection: sqlite3.Connection, scheme: Scheme, said: Said, base: str | None = None
) -> Opinion:
    """Append an opinion, inside the transaction that is open.

    Raises
    ------
    StudyChanged
        When another opinion than ``base`` is the newest.
    InputError
        When it does not fit the scheme or the clip.
    """
    if said.action not in ACTIONS:
        raise InputError(unknown_name("action", said.action, ACTIONS))
    said.statement.check(scheme, *ends_of(connection, said.clip))
    if said.time is not None:
        _check_time(said.time)
    newest, step = _head(connection, said)
    if base is not None and base != newest:
        raise StudyChanged(
            f"something else was said of clip {said.clip!r} as {said.annotator} meanwhile, in "
            "another window; it is shown now."
        )
    opinion = Opinion(
        seq=0,
        id=uuid.uuid4().hex,
        clip=said.clip,
        annotator=add_person(connection, said.annotator),
        turn=said.turn,
        action=said.action,
        target=said.target,
        statement=said.statement,
        time=said.time or now(),
        step=step + 1,
    )
    return replace(opinion, seq=insert_opinion(connection, opinion))


def _check_time(text: str) -> None:
    if not is_time(text):
        raise InputError(
            f"the time must be ISO 8601 such as 2024-05-31T12:00:00+00:00, not {text[:40]!r}."
        )


def is_time(text: str) -> bool:
    """Return whether a text is a time as the opinions table and Python both read it.

    >>> is_time("2024-05-31T12:00:00+00:00"), is_time("2024-W22-5"), is_time("yesterday")
    (True, False, False)
    """
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    if _USUAL.fullmatch(text):
        return True
    return not pd.isna(pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce"))


def add_person(connection: sqlite3.Connection, name: str) -> str:
    """Add an annotator where new, and return the name without the spaces around it.

    Raises
    ------
    InputError
        When there is one whose name looks the same: two spellings would be two people.
    """
    name = check_label_name(name)
    if connection.execute("SELECT 1 FROM annotators WHERE name = ?", (name,)).fetchone():
        return name
    for (other,) in connection.execute("SELECT name FROM annotators"):
        if _folded(other) == _folded(name):
            raise InputError(f"there is an annotator {other!r} already; {name!r} must be another.")
    connection.execute("INSERT INTO annotators VALUES (?)", (name,))
    return name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def ends_of(connection: sqlite3.Connection, clip: str) -> tuple[int, int | None]:
    """Return the first and the last frame of a clip, the last None where it is not known.

    Raises
    ------
    InputError
        When the study has no such clip.
    """
    row = connection.execute(
        "SELECT first, coalesce(first + frames - 1, last) FROM clips WHERE clip = ?", (clip,)
    ).fetchone()
    if row is None:
        raise InputError(f"the study has no clip {clip!r}.")
    return row[0], row[1]


def _head(connection: sqlite3.Connection, said: Said) -> tuple[str, int]:
    """Return the id and the step of the newest opinion; nothing and 0 without one."""
    row = connection.execute(
        "SELECT id, step FROM opinions WHERE clip = ? AND annotator = ? AND turn = ? "
        "ORDER BY step DESC, time DESC, id DESC LIMIT 1",
        (said.clip, said.annotator.strip(), said.turn),
    ).fetchone()
    return (str(row[0]), int(row[1])) if row else ("", 0)
