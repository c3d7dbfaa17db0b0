"""One more decision of a reviewer, and which decisions hold."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import replace

from sttm.errors import InputError, unknown_name

from .opening import now
from .records import VERDICTS, Decision
from .rows import insert_decision
from .saying import add_person, ends_of

NAMING = ("accepted", "overruled")  # verdicts that name an opinion


def append_decision(
    connection: sqlite3.Connection,
    clip: str,
    reviewer: str,
    verdict: str,
    reason: str,
    opinion: str = "",
) -> Decision:
    """Append a decision, inside the transaction that is open.

    Raises
    ------
    InputError
        When the reason is blank, or the verdict, the clip or the opinion does not fit.
    """
    if verdict not in VERDICTS:
        raise InputError(unknown_name("verdict", verdict, VERDICTS))
    if not reason.strip():
        raise InputError("a decision needs a reason, in a few words.")
    ends_of(connection, clip)
    _check_opinion(connection, clip, verdict, opinion)
    row = connection.execute(
        "SELECT coalesce(max(step), 0) FROM decisions WHERE clip = ?", (clip,)
    ).fetchone()
    decision = Decision(
        *(0, uuid.uuid4().hex, clip, add_person(connection, reviewer), verdict, reason.strip()),
        *(opinion, now()),
        step=int(row[0]) + 1,
        heard=_heard(connection, clip),
    )
    return replace(decision, seq=insert_decision(connection, decision))


def _heard(connection: sqlite3.Connection, clip: str) -> dict[str, int]:
    """Return how far everybody's opinions of a clip have come."""
    rows = connection.execute(
        "SELECT annotator, max(step) FROM opinions WHERE clip = ? AND turn = 0 GROUP BY annotator",
        (clip,),
    )
    return {str(annotator): int(step) for annotator, step in rows}


def _check_opinion(connection: sqlite3.Connection, clip: str, verdict: str, opinion: str) -> None:
    if verdict in NAMING:
        row = connection.execute("SELECT clip FROM opinions WHERE id = ?", (opinion,)).fetchone()
        if row is None or row[0] != clip:
            raise InputError(f"{verdict!r} must name an opinion of clip {clip!r}.")
    elif opinion:
        raise InputError(f"{verdict!r} names no opinion.")


def standing_of(decisions: Iterable[Decision]) -> dict[str, Decision]:
    """Return clip -> the decision that holds; ``reopened`` ends one."""
    found: dict[str, Decision] = {}
    for decision in sorted(decisions, key=lambda d: d.order):
        found[decision.clip] = decision
    return {clip: d for clip, d in found.items() if d.verdict != "reopened"}
