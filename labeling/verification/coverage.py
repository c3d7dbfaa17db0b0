"""Coverage: which clips still need somebody to look at them."""

from __future__ import annotations

from sttm.tables import named

from ..worklist import assign
from .evidence import Evidence
from .findings import Case, Item, Items, case, counted, of_clips, words_of


def coverage_cases(evidence: Evidence) -> list[Case]:
    """Return C01 to C04."""
    names = evidence.clips["clip"].tolist()
    labelled = _labelled(evidence)
    blank = [c for c in names if c not in labelled]
    return [
        *case("C01", of_clips(blank), lambda f: _unlabelled(f, len(names))),
        *case("C02", _short(evidence, labelled), lambda f: _too_few(f, evidence)),
        *case("C03", of_clips(_waiting(evidence)), _sent_back),
        *case("C04", of_clips(_undecided(evidence)), _tied),
    ]


def _unlabelled(items: Items, total: int) -> str:
    verb = "has" if len(items) == 1 else "have"
    return (
        f"{len(items):,} of {counted(total, 'clip')} {verb} no opinion that counts: "
        f"{words_of(items)}."
    )


def _too_few(items: Items, evidence: Evidence) -> str:
    asked = evidence.scheme.work.per_clip
    verb = "has" if len(items) == 1 else "have"
    return (
        f"{counted(len(items), 'clip')} {verb} fewer than the {asked} opinions that the scheme "
        f"asks for: {words_of(items)}."
    )


def _sent_back(items: Items) -> str:
    verb = "was" if len(items) == 1 else "were"
    return (
        f"{counted(len(items), 'clip')} {verb} sent back and nobody answered since: "
        f"{words_of(items)}."
    )


def _tied(items: Items) -> str:
    return (
        f"Of {counted(len(items), 'clip')} the annotators disagree without a majority, and "
        f"nobody decided: {words_of(items)}."
    )


def _labelled(evidence: Evidence) -> dict[str, set[str]]:
    """Return clip -> annotators whose opinion counts: a label, or a flag that is enough."""
    enough = {flag.name for flag in evidence.scheme.flags if flag.enough}
    out: dict[str, set[str]] = {}
    for opinion in evidence.first_turn:
        if opinion.statement.intervals or enough & set(opinion.statement.flags):
            out.setdefault(opinion.clip, set()).add(opinion.annotator)
    return out


def _short(evidence: Evidence, labelled: dict[str, set[str]]) -> list[Item]:
    """Return clips with some opinions, but fewer than asked for, and who is missing."""
    work = evidence.scheme.work
    if work.per_clip is None:
        return []
    names = evidence.clips["clip"].tolist()
    asked = assign(names, work.annotators, work.per_clip, work.seed)
    out = []
    for clip, people in labelled.items():
        if len(people) < work.per_clip:
            who = [name for name in work.annotators if name in asked[clip] and name not in people]
            out.append(Item((clip,), f"{clip} (waits for {named(who)})" if who else clip))
    return out


def _waiting(evidence: Evidence) -> list[str]:
    back = {c: d for c, d in evidence.standing.items() if d.verdict == "sent back"}
    for opinion in evidence.first_turn:
        if opinion.clip in back and back[opinion.clip].precedes(opinion):
            del back[opinion.clip]
    return list(back)


def _undecided(evidence: Evidence) -> list[str]:
    """Return clips without a majority and without a decision.

    Those that were sent back are told of in C03; a reviewer may also decide that nothing is seen.
    """
    table = evidence.consensus
    tied = table.loc[table["status"] == "undecided", "clip"]
    return [clip for clip in tied if clip not in evidence.standing]
