"""The labels that hold in a study: a rule over the opinions, a reviewer's decisions above it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import pandas as pd

from sttm.errors import InputError, unknown_name

from ..tables import MARKS, check_consensus
from .dawid_skene import POSTERIOR, by_dawid_skene
from .majority import majority
from .votes import joined, joined_opinions, newest
from .weighted import weighted

CONSENSUS: dict[str, Callable[..., pd.DataFrame]] = {
    "majority": majority,
    "weighted": weighted,
    "dawid-skene": by_dawid_skene,
}
DECIDING = ("accepted", "overruled")  # verdicts that settle a clip


class Reviewed(Protocol):
    """What ``consensus_of`` asks of a study; see ``labeling.study``."""

    @property
    def scheme(self) -> Any:
        """Return the scheme; its ``several`` and ``labels`` count."""

    def clips(self) -> pd.DataFrame:
        """Return the clips table."""

    def opinions(self, history: bool = False, *, rulings: bool = True) -> pd.DataFrame:
        """Return the opinions table, maybe without what reviewers said to overrule others."""

    def history(self, clip: str | None = None, annotator: str | None = None) -> Iterable[Any]:
        """Return all opinions, oldest first."""

    def standing(self) -> dict[str, Any]:
        """Return the decision that holds, per clip."""


def consensus_of(
    study: Reviewed | pd.DataFrame, method: str = "majority", **options: Any
) -> pd.DataFrame:
    """Return the consensus table of a study, or of a plain opinions table.

    A reviewer's standing decision (accepted or overruled) goes above the method: the clip gets
    that statement's label and marks and the status ``decided``; ``agreement`` is then the share
    of opinions behind it. A clip that was sent back or reopened is as if nobody had decided: what
    a reviewer said to overrule the others is a decision and never a vote. Hidden repeats do not
    count, also where nothing is said of the first showing any more.
    Clips that nobody labelled are left out; ``attrs["left_out"]`` counts them.

    Parameters
    ----------
    study : Study or DataFrame
    method : str
        ``majority``, ``weighted`` or ``dawid-skene`` (``CONSENSUS``).
    **options
        Of the method. Whether a clip may have several labels comes from the scheme.

    Raises
    ------
    InputError
        For an unknown method or option, or as the method.

    >>> said = pd.DataFrame({"clip": ["a"], "annotator": ["ann"], "label": ["joy"]})
    >>> consensus_of(said)["status"].tolist()
    ['single']
    """
    rule = _rule(method, options)
    if isinstance(study, pd.DataFrame):
        return rule(study, **options)
    opinions, votes = (_first(study.opinions(rulings=r)) for r in (True, False))
    several = options.setdefault("several", True if study.scheme.several else None)
    table = rule(votes, **options)
    attrs = dict(table.attrs)
    table = _with_decisions(table, study, opinions, bool(several))
    named = set(table["clip"])
    attrs["left_out"] = sum(str(clip) not in named for clip in study.clips()["clip"])
    table.attrs.update(attrs)
    return table


def _first(opinions: pd.DataFrame) -> pd.DataFrame:
    """Return a study's opinions without hidden repeats; these never stand in for a first one."""
    return opinions[opinions["turn"] == 0].reset_index(drop=True)


def _rule(method: str, options: dict[str, Any]) -> Any:
    if method not in CONSENSUS:
        raise InputError(unknown_name("consensus method", method, CONSENSUS))
    rule = CONSENSUS[method]
    known = [name for name in inspect.signature(rule).parameters if name != "opinions"]
    for name in options:
        if name not in known:
            raise InputError(unknown_name(f"option of {method!r}", name, known))
    return rule


def _with_decisions(
    table: pd.DataFrame, study: Reviewed, opinions: pd.DataFrame, several: bool
) -> pd.DataFrame:
    settled = {c: d for c, d in study.standing().items() if d.verdict in DECIDING}
    if not settled:
        return table
    wanted = {d.opinion for d in settled.values()}
    statements = {o.id: o.statement for o in study.history() if o.id in wanted}
    said = _sets(opinions)
    rows = []
    for clip, decision in settled.items():
        if decision.opinion in statements:
            rows.append(_decided(clip, statements[decision.opinion], said.get(clip, []), several))
    decided = pd.DataFrame(
        rows, columns=["clip", "label", "agreement", "opinions", "status", *MARKS]
    )
    shared = [c for c in decided if c in table or (c in MARKS and decided[c].notna().any())]
    return check_consensus(_replaced(table, decided[shared]))


def _sets(opinions: pd.DataFrame) -> dict[str, list[str]]:
    """Return what each annotator says of each clip, labels joined."""
    rows = joined_opinions(newest(opinions, True))
    return {str(clip): list(part) for clip, part in rows.groupby("clip", sort=False)["label"]}


def _decided(clip: str, statement: Any, said: list[str], several: bool) -> dict[str, Any]:
    intervals = statement.intervals
    label = joined(interval.label for interval in intervals)
    share = sum(text == label for text in said) / len(said) if len(said) > 1 else None
    row = {
        "clip": clip,
        "label": label,
        "agreement": share,
        "opinions": len(said),
        "status": "decided" if label else "undecided",
    }
    alone = len(intervals) == 1 and not several
    return row | {mark: getattr(intervals[0], mark) if alone else None for mark in MARKS}


def _replaced(table: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the decided rows in place of theirs; posteriors stay."""
    old = table.set_index("clip").astype(object)
    new = decided.set_index("clip").astype(object)
    fresh = [clip for clip in new.index if clip not in old.index]
    columns = [*old.columns, *new.columns.difference(old.columns, sort=False)]
    out = old.reindex(index=[*old.index, *fresh], columns=columns).astype(object)
    out.loc[new.index, new.columns] = new.where(new.notna(), None)
    posteriors = [c for c in columns if str(c).startswith(POSTERIOR)]
    out[posteriors] = out[posteriors].astype(float)
    return out.rename_axis("clip").reset_index()
