"""What a reader finds, gathered per clip and annotator until it is statements that can be.

Readers of other programs' files meet labels one by one, in any order, and much that is wrong. They
tell a ``Gathering`` what they find; it keeps what the scheme and the clip allow, says in one
sentence why anything else was left out, and makes the ``Import``.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

from ..scheme import LONGEST_NAME, LONGEST_TEXT, SIDES, Scheme, check_label_name
from ..statement import MOST_INTERVALS, Interval, Statement, check_marks
from .base import Import
from .matching import ClipNames, Facts, LabelNames

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_TOLD = 500  # sentences about what was left out
LONGEST_SENTENCE = 400  # characters
LONGEST_SHOWN = 60  # characters of a foreign text in a sentence


def clean(text: str, most: int = LONGEST_TEXT) -> str:
    """Return a foreign text without what cannot be stored or shown: controls, half characters.

    >>> clean(" a\\x00b\\ud800\\n"), clean("long", 2)
    ('ab?', 'lo')
    """
    whole = text[: 4 * most].encode("utf-8", "replace").decode("utf-8")
    kept = (c for c in whole if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co"))
    return "".join(kept).strip()[:most].strip()


def shown(text: object) -> str:
    """Return a foreign text as a sentence may quote it: on one line, and short.

    >>> shown("a\\nb"), shown("x" * 70)[-4:]
    ("'a b'", "...'")
    """
    line = " ".join(clean(str(text), 4 * LONGEST_SHOWN).split())
    return repr(line if len(line) <= LONGEST_SHOWN else line[:LONGEST_SHOWN] + "...")


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[:LONGEST_SENTENCE]} ..."


@dataclass
class _Pieces:
    """What was found so far of one statement."""

    intervals: list[Interval] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    sure: float | None = None
    turn: int = 0
    time: str = ""


class Gathering:
    """Statements in the making.

    Parameters
    ----------
    clips : DataFrame
        A clips table.
    scheme : Scheme
    labels : mapping, optional
        Their word -> ours, for words that the scheme writes otherwise.
    fps : float, optional
        Frames per second of clips that do not say.

    Attributes
    ----------
    clips : ClipNames
    labels : LabelNames
    """

    def __init__(
        self,
        clips: pd.DataFrame,
        scheme: Scheme,
        *,
        labels: Mapping[str, str] | None = None,
        fps: float | None = None,
    ) -> None:
        if fps is not None and not 0 < fps < 1e6:
            raise InputError(f"fps must be frames per second, a number above 0; got {fps!r}.")
        self.scheme = scheme
        self.clips = ClipNames(clips, fps)
        self.labels = LabelNames(scheme, labels)
        self._pieces: dict[tuple[str, str, str], _Pieces] = {}
        self._notes: Counter[str] = Counter()
        self._skipped: list[str] = []
        self._more = 0

    def facts(self, clip: str) -> Facts:
        """Return what is known of a clip that ``clips.find`` named."""
        return self.clips.facts[clip]

    def skip(self, sentence: str) -> None:
        """Say what was left out and why; after many sentences only their number grows."""
        if len(self._skipped) < MOST_TOLD:
            self._skipped.append(_short(sentence))
        else:
            self._more += 1

    def note(self, sentence: str) -> None:
        """Say what was read otherwise than it stands there; the same again is counted."""
        sentence = _short(sentence)
        if sentence in self._notes or len(self._notes) < MOST_TOLD:
            self._notes[sentence] += 1

    def label(self, word: str) -> str | None:
        """Return our name of a label; None, and counted as unknown, where the scheme has none."""
        found = self.labels.find(clean(word, 2 * LONGEST_NAME))
        if found is None:
            return None
        try:
            return check_label_name(found)
        except InputError as error:
            self.skip(f"label {shown(word)}: {error}")
            return None

    def add(self, clip: str, annotator: str, interval: Interval, where: str, key: str = "") -> bool:
        """Add an interval to what an annotator says of a clip; False, and told, where it cannot be.

        Parameters
        ----------
        clip, annotator : str
        interval : Interval
            Its label is one that ``label`` returned.
        where : str
            Begins the sentence about what is wrong, such as "row 3".
        key : str
            Tells several statements of one annotator about one clip apart.
        """
        facts = self.facts(clip)
        try:
            check_marks(interval, facts.first, facts.last)
        except InputError as error:
            self.skip(f"{where}: {error}")
            return False
        pieces = self._at(clip, annotator, key)
        if len(pieces.intervals) >= MOST_INTERVALS:
            self.skip(f"{where}: a clip has at most {MOST_INTERVALS} intervals.")
            return False
        pieces.intervals.append(self._allowed(interval))
        return True

    def say(
        self,
        clip: str,
        annotator: str,
        *,
        key: str = "",
        comment: str = "",
        flags: Iterable[str] = (),
        sure: float | None = None,
        turn: int | None = None,
        time: str = "",
    ) -> None:
        """Add what is no label: comments are joined, flags collected, the last ``sure`` holds."""
        pieces = self._at(clip, annotator, key)
        if comment := clean(comment):
            pieces.comments.append(comment)
        for flag in flags:
            if flag not in self.scheme.flag_names:
                self.note(f"the scheme has no flag {shown(flag)}; it is not raised.")
            elif flag not in pieces.flags:
                pieces.flags.append(flag)
        if sure is not None and 0 <= sure <= 1:
            pieces.sure = sure
        pieces.turn = pieces.turn if turn is None else turn
        pieces.time = time or pieces.time

    def result(self, annotator: str = "") -> Import:
        """Return the statements that can be, and what was left out."""
        rows, turns, times = [], [], []
        for (clip, who, _), pieces in self._pieces.items():
            statement = self._statement(clip, who, pieces)
            if statement is not None:
                rows.append((clip, who, statement))
                turns.append(pieces.turn)
                times.append(pieces.time)
        told = [*self._skipped, *self.labels.sentences()]
        if self._more:
            told.append(f"{self._more} more things were not read.")
        notes = [f"{s[:-1]} ({n} x)." if n > 1 else s for s, n in self._notes.items()]
        return Import(
            rows=rows,
            annotator=annotator,
            notes=notes,
            skipped=told,
            turns=turns if any(turns) else [],
            times=times if any(times) else [],
        )

    def _at(self, clip: str, annotator: str, key: str) -> _Pieces:
        who = clean(annotator, LONGEST_NAME).replace("\n", " ").replace("\t", " ")
        return self._pieces.setdefault((clip, who, key), _Pieces())

    def _allowed(self, interval: Interval) -> Interval:
        """Return an interval without an intensity or a side that the scheme does not have."""
        level, side = interval.intensity, interval.side
        if level is not None and (level % 1 or not 1 <= level <= len(self.scheme.intensity)):
            self.note(f"the scheme has no intensity {level:g}; it is left out.")
            interval = replace(interval, intensity=None)
        if side and not (self.scheme.sides and side in SIDES):
            self.note(f"the scheme has no side {shown(side)}; it is left out.")
            interval = replace(interval, side="")
        return interval

    def _statement(self, clip: str, who: str, pieces: _Pieces) -> Statement | None:
        intervals = list(dict.fromkeys(pieces.intervals))
        by = f" by {who}" if who else ""
        if len(intervals) > 1 and not self.scheme.several:
            self.skip(
                f"clip {shown(clip)}{by}: this scheme allows one label per clip; there are "
                f"{len(intervals)} ({named(i.label for i in intervals)})."
            )
            return None
        comment = "\n".join(dict.fromkeys(pieces.comments))[:LONGEST_TEXT]
        statement = Statement(tuple(intervals), tuple(pieces.flags), pieces.sure, comment)
        return None if statement.empty else statement
