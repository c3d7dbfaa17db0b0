"""Findings: what is said of a study, under a stable code, with what to do; and muting them.

A check collects ``Item`` s under a code;
``told`` makes one ``Finding`` of them, or several where some are muted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sttm.errors import unknown_name
from sttm.tables import named

from ..scheme import Muted
from .codes import CODES, LEVELS


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    code : str
        Key of ``CODES``.
    level : str
        ``error``, ``warning`` or ``note``.
    sentence : str
        What was found, with numbers and the first clips.
    clips : tuple of str
        All clips concerned; none where it is about the whole study.
    muted : str
        Reason in the scheme for which it is not counted; blank where it is.
    """

    code: str
    level: str
    sentence: str
    clips: tuple[str, ...] = ()
    muted: str = ""

    @property
    def title(self) -> str:
        """Title of the code."""
        return CODES[self.code].title

    @property
    def advice(self) -> str:
        """What to do."""
        return CODES[self.code].advice


@dataclass(frozen=True)
class Item:
    """One case under a code: the clips concerned, and the words that name it in the sentence.

    ``key`` is what a mute names instead of a clip: an annotator, a subject, a label.
    """

    clips: tuple[str, ...]
    words: str = ""
    key: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What a mute may name."""
        return (self.key,) if self.key else self.clips


Items = Sequence[Item]
Sentence = Callable[[Items], str]


@dataclass(frozen=True)
class Case:
    """What a check found under one code, and how it is said of any part of it."""

    code: str
    items: tuple[Item, ...]
    say: Sentence = field(compare=False)


def case(code: str, items: Iterable[Item], say: Sentence) -> list[Case]:
    """Return one case, or none where there are no items."""
    kept = tuple(items)
    return [Case(code, kept, say)] if kept else []


def of_clips(clips: Iterable[str]) -> list[Item]:
    """Return an item per clip."""
    return [Item((clip,), clip) for clip in clips]


def words_of(items: Sequence[Item]) -> str:
    """Return the first items as readable text."""
    return named([item.words for item in items])


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "clip"), counted(2000, "clip")
    ('1 clip', '2,000 clips')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def told(cases: Sequence[Case], muted: Sequence[Muted], thorough: bool) -> list[Finding]:
    """Return the findings of all cases, worst first, and a note for mutes that mute nothing.

    Parameters
    ----------
    cases : sequence of Case
    muted : sequence of Muted
        From the scheme. Without clips it mutes the code altogether; the first that fits counts.
    thorough : bool
        Every check was made, so that a mute of any code can be judged.
    """
    out, used = [], set()
    for each in cases:
        parts: dict[int, list[Item]] = {}
        for item in each.items:
            parts.setdefault(_mute_of(each.code, item, muted), []).append(item)
        used |= set(parts)
        for mute, items in parts.items():
            out.append(_finding(each, items, muted[mute].reason if mute >= 0 else ""))
    idle = [m for i, m in enumerate(muted) if i not in used and _judged(m, thorough)]
    out += [Finding("M01", CODES["M01"].level, _idle(mute)) for mute in idle]
    order = list(CODES)
    return sorted(out, key=lambda f: (-LEVELS.index(f.level), order.index(f.code), f.muted))


def _mute_of(code: str, item: Item, muted: Sequence[Muted]) -> int:
    for number, mute in enumerate(muted):
        if mute.code == code and (not mute.clips or set(mute.clips) & set(item.names)):
            return number
    return -1


def _finding(each: Case, items: Sequence[Item], reason: str) -> Finding:
    clips = tuple(dict.fromkeys(clip for item in items for clip in item.clips))
    return Finding(each.code, CODES[each.code].level, each.say(items), clips, reason)


def _judged(mute: Muted, thorough: bool) -> bool:
    return mute.code not in CODES or thorough or CODES[mute.code].always


def _idle(mute: Muted) -> str:
    if mute.code not in CODES:
        return f"The scheme mutes an {unknown_name('code', mute.code, CODES)}"
    whom = f" for {named(mute.clips)}" if mute.clips else ""
    return (
        f"The scheme mutes {mute.code} ({CODES[mute.code].title}){whom}; nothing of it was found."
    )
