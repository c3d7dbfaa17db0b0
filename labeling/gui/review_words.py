"""What the review says: names, times, statements and the history of a clip, as plain text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from ..review import Case
from ..scheme import Scheme
from ..statement import Interval, Statement
from ..study import Study
from ..study.records import Decision, Opinion
from ..worklist import Task

EMPTY = {
    "disputed": "Nothing is disputed. A clip comes here as soon as two annotators say different "
    "things of it.",
    "suspect": "There are no suspects. Once a model was trained, `sttm label suspects STUDY RUN` "
    "puts the clips here whose labels it doubts.",
    "sent back": "Nothing is waiting for the annotators. What you send back waits here for their "
    "answer.",
    "undecided": "Every labelled clip is decided.",
    "all": "The study has no clips yet; open a folder of clips to add some.",
}
TIED = "\N{NO-BREAK SPACE}"
NOBODY = "Nobody has labelled a clip of this study yet. Label some first, then come back."


def letters(number: int) -> str:
    """Return A, B, ... Z, AA, AB, ... for 0, 1, ...

    >>> letters(0), letters(25), letters(26), letters(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    out = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        out = chr(65 + rest) + out
    return out


class Names:
    """What may be shown of people, clips and files: in blind work letters and numbers.

    A clip's number is that of the reviewer's own list of tasks; clips that are not in it follow.
    """

    def __init__(self, study: Study, me: str, tasks: Sequence[Task]) -> None:
        self.blind = study.scheme.work.blind
        self.me = me
        others = [name for name in study.annotators() if name != me]
        self._people = {name: f"annotator {letters(i)}" for i, name in enumerate(others)}
        numbers = {task.clip: i for i, task in reversed(list(enumerate(tasks, 1)))}
        for clip in study.clips()["clip"] if self.blind else ():
            numbers.setdefault(clip, len(tasks) + sum(n > len(tasks) for n in numbers.values()) + 1)
        self._numbers = numbers

    def person(self, name: str) -> str:
        """Return what somebody is called."""
        if name == self.me:
            return "you"
        return self._people.get(name, "somebody") if self.blind else name

    def clip(self, clip: str) -> str:
        """Return what a clip is called."""
        return f"clip {self._numbers.get(clip, 0)}" if self.blind else clip

    def file(self, name: str) -> str:
        """Return what a file that a merge brought something from is called."""
        return "another copy of the study" if self.blind else name


def time_text(time: str) -> str:
    """Return a time as people here write it; as it is where it is none.

    >>> time_text("yesterday")
    'yesterday'
    """
    try:
        return f"{datetime.fromisoformat(time).astimezone():%d %b %Y, %H:%M}".lstrip("0")
    except (ValueError, OverflowError, OSError):
        return time


def sure_text(scheme: Scheme, sure: float) -> str:
    """Return how sure somebody is, in the scheme's words.

    >>> from labeling.scheme import load_scheme
    >>> sure_text(load_scheme("basic"), 1.0)
    'sure'
    """
    if not scheme.sure:
        return f"{sure:.0%} sure"
    level = min(max(round(sure * len(scheme.sure)), 1), len(scheme.sure))
    return scheme.sure[level - 1]


def mark_text(interval: Interval, fps: float | None) -> str:
    """Return the marks of an interval, with frames and, where the rate is known, milliseconds.

    A mark is never broken over two lines: its spaces are such that hold together.

    >>> mark_text(Interval("joy", onset=3, offset=9), 25.0).replace(TIED, " ")
    'onset 3 (120 ms), offset 9 (360 ms)'
    """
    rate = fps if fps and math.isfinite(fps) and fps > 0 else None
    parts = [
        f"{mark} {frame}" + (f" ({1000 * frame / rate:.0f} ms)" if rate else "")
        for mark, frame in interval.marks.items()
    ]
    return ", ".join(part.replace(" ", TIED) for part in parts)


def more_text(interval: Interval, scheme: Scheme) -> str:
    """Return intensity and side of an interval, or nothing."""
    parts = []
    if interval.intensity is not None:
        level = int(interval.intensity)
        known = 1 <= level <= len(scheme.intensity)
        parts.append(scheme.intensity[level - 1] if known else f"intensity {level}")
    if interval.side:
        parts.append(interval.side)
    return ", ".join(parts)


def labels_text(statement: Statement) -> str:
    """Return the labels of a statement, or what stands in their place."""
    return ", ".join(statement.labels or statement.flags) or "no label"


def statement_text(statement: Statement, scheme: Scheme, fps: float | None) -> str:
    """Return a whole statement in one line."""
    if statement.empty:
        return "nothing"
    parts = []
    for interval in statement.intervals:
        more = [more_text(interval, scheme), mark_text(interval, fps)]
        inside = "; ".join(part for part in more if part)
        parts.append(interval.label + (f" ({inside})" if inside else ""))
    parts += list(statement.flags)
    if statement.sure is not None:
        parts.append(sure_text(scheme, statement.sure))
    if statement.comment:
        parts.append(f"“{statement.comment}”")
    return ", ".join(parts)


def said_text(opinion: Opinion, scheme: Scheme, fps: float | None, names: Names) -> str:
    """Return what somebody did, as a line of the history: said, undid, redid, imported."""
    what = statement_text(opinion.statement, scheme, fps)
    line = {
        "undo": f"undid; what holds: {what}",
        "redo": f"did again: {what}",
        "import": f"imported: {what}",
    }.get(opinion.action, "took everything back" if opinion.statement.empty else f"said {what}")
    if opinion.turn:
        line += "  [hidden repeat]"
    if opinion.arrived:
        line += f"  [merged from {names.file(opinion.arrived)}]"
    return line


def decided_text(decision: Decision, whose: str, names: Names) -> str:
    """Return what a reviewer decided, as a line of the history; ``whose`` opinion was accepted."""
    line = {
        "accepted": f"accepted {whose}",
        "overruled": f"overruled with {whose}",
        "sent back": "sent the clip back",
        "reopened": "reopened the clip",
    }.get(decision.verdict, decision.verdict)
    if decision.arrived:
        line += f"  [merged from {names.file(decision.arrived)}]"
    return f"{line}: {decision.reason}"


def votes_text(case: Case) -> str:
    """Return how often each thing was said of a clip, most often first: ``joy 2, anger 1``."""
    counts: dict[str, int] = {}
    for opinion in case.opinions:
        if opinion.turn == 0:
            said = " + ".join(opinion.statement.labels or opinion.statement.flags) or "no label"
            counts[said] = counts.get(said, 0) + 1
    if not counts:
        return "no opinion yet"
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(f"{label} {number}" for label, number in ordered)


def state_text(case: Case) -> str:
    """Return where a case stands, or nothing: accepted, overruled, sent back, answered."""
    if case.decision is None:
        return ""
    return "answered" if case.answered else case.decision.verdict
