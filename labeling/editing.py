"""What an action makes of a statement: pure functions, nothing is kept here.

Each takes the scheme, what is said now and which interval is active, and returns an ``Edit``.
Reading order: ``is_done`` and ``is_complete``, labels, marks, the rest.

Where several labels are possible, the key of a label does the first of these that fits:

1. An interval of this label still lacks marks and is not the active one: it becomes the active one.
2. It lacks marks and is the active one (or no marks are asked for now): it is taken away.
3. Otherwise a new interval is added, also beside complete ones of the same label; ``drop`` takes a
   complete one away.
"""

from __future__ import annotations

import operator
import unicodedata
from dataclasses import dataclass, replace

from sttm.errors import InputError, unknown_name

from .scheme import MARKS, SIDES, Scheme
from .statement import Interval, Statement


@dataclass(frozen=True)
class Edit:
    """A statement as it shall be, the interval that is active then, and what was done."""

    statement: Statement
    active: int | None
    sentence: str


def is_done(scheme: Scheme, said: Statement, stage: str = "") -> bool:
    """Return whether a statement says what the scheme needs.

    That is a flag that is enough, or a label with the needed marks on every interval. In stage
    ``label`` marks do not count; in stage ``marks`` at least one must be set where none is needed.
    """
    if any(rule.enough and rule.name in said.flags for rule in scheme.flags):
        return True
    if not said.intervals or stage == "label":
        return bool(said.intervals)
    return not any(lacks_marks(scheme, interval, stage) for interval in said.intervals)


def lacks_marks(scheme: Scheme, interval: Interval, stage: str = "") -> bool:
    """Return whether an interval lacks a mark that is needed."""
    if stage == "marks" and not scheme.needed:
        return not interval.marks
    return any(mark not in interval.marks for mark in scheme.needed)


def is_complete(scheme: Scheme, said: Statement, stage: str = "") -> bool:
    """Return whether nothing more can be expected: done, with all marks and intensities.

    Confidence, side and comment are never expected. Where several labels are possible, another
    one always is.
    """
    if scheme.several or not is_done(scheme, said, stage):
        return False
    asked = () if stage == "label" else scheme.marks
    return all(
        all(mark in interval.marks for mark in asked)
        and (not scheme.intensity or interval.intensity is not None)
        for interval in said.intervals
    )


def first_open(scheme: Scheme, said: Statement, stage: str = "") -> int | None:
    """Return the interval that marks go to when a clip is opened: the first that lacks some."""
    for index, interval in enumerate(said.intervals):
        if stage != "label" and _unfinished(scheme, interval):
            return index
    return len(said.intervals) - 1 if said.intervals else None


def _unfinished(scheme: Scheme, interval: Interval) -> bool:
    return any(mark not in interval.marks for mark in scheme.needed or scheme.marks)


# labels -----------------------------------------------------------------------------------------


def known_label(scheme: Scheme, name: str) -> str | None:
    """Return the scheme's label of this name, whatever its case, or None."""
    if name in scheme.label_names:
        return name
    folded = _folded(name)
    return next((n for n in scheme.label_names if _folded(n) == folded), None)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def put_label(
    scheme: Scheme, said: Statement, active: int | None, name: str, stage: str = ""
) -> Edit:
    """Choose a label; the same again takes it away. See the module for several.

    One label in place of another keeps the marks.
    """
    if name not in scheme.label_names:
        raise InputError(unknown_name("label", name, scheme.label_names))
    if scheme.several:
        return _put_several(scheme, said, active, name, stage)
    if not said.intervals:
        return _added(said, name)
    only = said.intervals[0]
    if only.label == name:
        return drop(said, 0)
    changed = replace(said, intervals=(replace(only, label=name),))
    return Edit(changed, 0, f"{name} instead of {only.label}.")


def _put_several(
    scheme: Scheme, said: Statement, active: int | None, name: str, stage: str
) -> Edit:
    marking = bool(scheme.marks) and stage != "label"
    same = [i for i, interval in enumerate(said.intervals) if interval.label == name]
    if marking:
        same = [i for i in same if _unfinished(scheme, said.intervals[i])]
    if not same:
        return _added(said, name)
    if active in same or not marking:
        return drop(said, active if active in same else same[-1])
    return Edit(said, same[0], f"{name} is active.")


def _added(said: Statement, name: str) -> Edit:
    changed = replace(said, intervals=(*said.intervals, Interval(name)))
    return Edit(changed, len(said.intervals), f"{name}.")


def drop(said: Statement, active: int | None) -> Edit:
    """Take an interval away, with its marks."""
    index, gone = _interval(said, active)
    left = (*said.intervals[:index], *said.intervals[index + 1 :])
    with_marks = " with its marks" if gone.marks else ""
    next_one = min(index, len(left) - 1) if left else None
    sentence = f"{gone.label} is taken away{with_marks}."
    return Edit(replace(said, intervals=left), next_one, sentence)


def _interval(said: Statement, active: int | None) -> tuple[int, Interval]:
    if active is None or active >= len(said.intervals):
        raise InputError("choose a label first; marks, intensity and side belong to one.")
    return active, said.intervals[active]


def _with(said: Statement, index: int, interval: Interval) -> Statement:
    return replace(
        said, intervals=(*said.intervals[:index], interval, *said.intervals[index + 1 :])
    )


# marks ------------------------------------------------------------------------------------------


def put_mark(scheme: Scheme, said: Statement, active: int | None, which: str, frame: int) -> Edit:
    """Set a mark of the active interval; marks that contradict it are taken away.

    Where the scheme has a single label, a mark chooses it.
    """
    _check_mark(scheme, which)
    if not said.intervals and len(scheme.labels) == 1:
        active, said = 0, _added(said, scheme.label_names[0]).statement
    index, interval = _interval(said, active)
    try:
        frame = operator.index(frame)
    except TypeError:
        raise InputError(f"a frame is a whole number, not {frame!r}.") from None
    changed, gone, place = interval.with_mark(which, frame), [], MARKS.index(which)
    for mark, other in interval.marks.items():
        before, after = MARKS.index(mark) < place, MARKS.index(mark) > place
        if (before and other > frame) or (after and other < frame):
            changed = changed.with_mark(mark, None)
            gone.append(f"the {mark} at {other} was {'after' if before else 'before'} it")
    taken = f"; {' and '.join(gone)}: taken away" if gone else ""
    return Edit(_with(said, index, changed), index, f"{which} at frame {frame}{taken}.")


def take_mark(scheme: Scheme, said: Statement, active: int | None, which: str) -> Edit:
    """Take a mark of the active interval away."""
    _check_mark(scheme, which)
    index, interval = _interval(said, active)
    if which not in interval.marks:
        return Edit(said, index, f"{interval.label} has no {which}.")
    changed = _with(said, index, interval.with_mark(which, None))
    return Edit(changed, index, f"the {which} is taken away.")


def _check_mark(scheme: Scheme, which: str) -> None:
    if which not in scheme.marks:
        raise InputError(unknown_name("mark", which, scheme.marks))


# the rest ---------------------------------------------------------------------------------------


def put_intensity(scheme: Scheme, said: Statement, active: int | None, level: int) -> Edit:
    """Give the active interval an intensity, from 1; the same again takes it away."""
    name = _level(scheme.intensity, level, "intensity")
    index, interval = _interval(said, active)
    if interval.intensity == level:
        changed, sentence = replace(interval, intensity=None), f"intensity {name} is taken away."
    else:
        changed, sentence = replace(interval, intensity=level), f"intensity {name}."
    return Edit(_with(said, index, changed), index, sentence)


def put_side(scheme: Scheme, said: Statement, active: int | None, name: str) -> Edit:
    """Put the active interval on one side; the same again, or nothing, means both."""
    if not scheme.sides or name not in (*SIDES, ""):
        raise InputError(unknown_name("side", name, SIDES if scheme.sides else ()))
    index, interval = _interval(said, active)
    side = "" if interval.side == name else name
    sentence = f"on the {side} only." if side else "on both sides."
    return Edit(_with(said, index, replace(interval, side=side)), index, sentence)


def put_sure(scheme: Scheme, said: Statement, active: int | None, level: int) -> Edit:
    """Say how sure one is, from 1; the same again takes it away. Level i of n is i / n."""
    name = _level(scheme.sure, level, "confidence")
    sure = level / len(scheme.sure)
    if said.sure is not None and abs(said.sure - sure) < 1e-9:
        return Edit(replace(said, sure=None), active, f"{name!r} is taken away.")
    return Edit(replace(said, sure=sure), active, f"{name}.")


def put_flag(scheme: Scheme, said: Statement, active: int | None, name: str) -> Edit:
    """Raise a flag, or lower it."""
    if name not in scheme.flag_names:
        raise InputError(unknown_name("flag", name, scheme.flag_names))
    if name in said.flags:
        flags = tuple(flag for flag in said.flags if flag != name)
        return Edit(replace(said, flags=flags), active, f"{name!r} is taken away.")
    return Edit(replace(said, flags=tuple(sorted({*said.flags, name}))), active, f"{name}.")


def put_comment(said: Statement, active: int | None, text: str) -> Edit:
    """Write a comment in place of the one before; nothing takes it away."""
    text = text.strip()
    sentence = "the comment is kept." if text else "no comment."
    return Edit(replace(said, comment=text), active, sentence)


def _level(names: list[str], level: int, kind: str) -> str:
    if not names:
        raise InputError(f"this scheme has no levels of {kind}.")
    if isinstance(level, bool) or not isinstance(level, int) or not 1 <= level <= len(names):
        raise InputError(f"the level of {kind} is from 1 to {len(names)}, not {level!r}.")
    return names[level - 1]


def allowed(scheme: Scheme, said: Statement) -> Statement:
    """Return a statement without flags, intensities and sides that a changed scheme has lost.

    Labels stay: a scheme loses none that somebody's newest opinion uses, and those that a merge
    brings are for a person to decide on.
    """
    levels = len(scheme.intensity)
    kept = tuple(
        replace(
            interval,
            side=interval.side if scheme.sides else "",
            intensity=interval.intensity if (interval.intensity or 0) <= levels else None,
        )
        for interval in said.intervals
    )
    flags = tuple(flag for flag in said.flags if flag in scheme.flag_names)
    return replace(said, intervals=kept, flags=flags)


def fitting(scheme: Scheme, said: Statement) -> Statement:
    """Return what of an earlier statement a changed scheme still allows, labels included."""
    kept = [i for i in said.intervals if i.label in scheme.label_names]
    return allowed(scheme, replace(said, intervals=tuple(kept if scheme.several else kept[:1])))
