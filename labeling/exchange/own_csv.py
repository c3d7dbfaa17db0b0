"""Our CSV: one row per interval, nothing lost.

clip, annotator, turn     who spoke of what; ``turn`` 0 is the first showing
number, label             which of the statement's intervals; both blank where it has none
onset, apex, offset       0-based frame numbers of the source
intensity, side           of the interval; the intensity is a rank from 1
sure, flags, comment      of the whole statement, the same on each of its rows
time, opinion             when it was said, and the id of the opinion that the rows belong to
onset_ms ... subject      for people who read it elsewhere; frames win over milliseconds

Only ``clip`` and ``label`` are needed to read a file. ``cells`` says what becomes of a text that
a spreadsheet would take for a formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sttm.errors import InputError, unknown_name
from sttm.tables import named

from ..scheme import MARKS
from ..statement import Interval, Statement
from .base import Import, Said
from .cells import joined, read_cells, split, write_cells
from .matching import ClipNames, Facts, LabelNames, level_of, number_of
from .times import frame_at, milliseconds

if TYPE_CHECKING:
    from ..scheme import Scheme

COLUMNS = (
    *("clip", "annotator", "turn", "number", "label", "onset", "apex", "offset", "intensity"),
    *("side", "sure", "flags", "comment", "time", "opinion", "onset_ms", "apex_ms", "offset_ms"),
    *("fps", "source", "subject"),
)


def write_own_csv(
    path: str | Path,
    opinions: Sequence[Said],
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    fps: float | None = None,
) -> list[Path]:
    """Write all opinions that are given, in their order, as one table.

    Parameters
    ----------
    path : str or Path
    opinions : sequence of Opinion
        Several of one annotator and clip are a history and are kept.
    clips : DataFrame
        A clips table.
    scheme : Scheme
        Not looked at; writers have the same arguments.
    fps : float, optional
        Frames per second of clips that do not say; milliseconds are blank without.

    Returns
    -------
    list of Path
        The file.

    Raises
    ------
    InputError
        When the place cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> from labeling.scheme import load_scheme
    >>> clips = pd.DataFrame({"clip": ["a"], "source": ["a.mp4"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write_own_csv(Path(folder, "all.csv"), [], clips, load_scheme("smic"))
    ...     file.read_text()[:24]
    'clip,annotator,turn,numb'
    """
    facts = ClipNames(clips, fps).facts
    write_cells(path, COLUMNS, (row for o in opinions for row in _rows(o, facts.get(o.clip))))
    return [Path(path)]


def _rows(opinion: Said, facts: Facts | None) -> Iterator[dict[str, object]]:
    said = opinion.statement
    whole = {
        "clip": opinion.clip,
        "annotator": opinion.annotator,
        "turn": opinion.turn,
        "sure": said.sure,
        "flags": joined(said.flags),
        "comment": said.comment,
        "time": opinion.time,
        "opinion": opinion.id,
    }
    if facts is not None:
        whole |= {"fps": facts.fps, "source": facts.source, "subject": facts.subject}
    if not said.intervals:
        yield whole
    for number, interval in enumerate(said.intervals):
        own: dict[str, object] = {"number": number, "label": interval.label}
        own |= {"intensity": interval.intensity, "side": interval.side, **interval.marks}
        if facts is not None and facts.fps is not None:
            own |= {f"{m}_ms": milliseconds(f, facts.fps) for m, f in interval.marks.items()}
        yield whole | own


def read_own_csv(
    path: str | Path,
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    fps: float | None = None,
    labels: Mapping[str, str] | None = None,
) -> Import:
    """Read our table, also after a spreadsheet or a person changed it.

    Parameters
    ----------
    path : str or Path
    clips : DataFrame
        A clips table; what names none of them is skipped.
    scheme : Scheme
    fps : float, optional
        For rows with milliseconds only, of clips that do not say.
    labels : mapping, optional
        Labels of the file -> labels of the scheme, where they differ.

    Returns
    -------
    Import
        One row per opinion, in order of the file.

    Raises
    ------
    InputError
        When the file cannot be read, or is no table with a clip and a label.
    """
    rows, notes = read_cells(path, ("clip", "label"), COLUMNS)[1:]
    reader = _Reader(ClipNames(clips, fps), LabelNames(scheme, labels), scheme)
    reader.notes += notes
    for line, row in rows:
        try:
            reader.add(line, row)
        except (ValueError, OverflowError) as error:
            reader.skipped.append(f"line {line}: {str(error).rstrip('.')}.")
    return reader.result()


@dataclass
class _Group:
    """The rows of one opinion."""

    clip: str
    annotator: str
    turn: int
    time: str
    sure: float | None = None
    flags: tuple[str, ...] = ()
    comment: str = ""
    intervals: list[tuple[float, Interval]] = field(default_factory=list)
    refused: int = 0

    def statement(self) -> Statement:
        ordered = sorted(self.intervals, key=lambda pair: pair[0])
        return Statement(tuple(i for _, i in ordered), self.flags, self.sure, self.comment)


@dataclass
class _Reader:
    clips: ClipNames
    labels: LabelNames
    scheme: Scheme
    groups: dict[tuple[str, ...], _Group] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    differing: list[int] = field(default_factory=list)

    def add(self, line: int, row: dict[str, str]) -> None:
        marks = {mark: _frame(row, mark) for mark in MARKS}
        facts = self._facts(row, next((f for f in marks.values() if f is not None), None))
        self._check_times(line, row, marks, facts)
        if not all(facts.holds(f) for f in marks.values() if f is not None):
            raise InputError(
                f"a mark lies outside clip {facts.clip!r}, frames {facts.first} to {facts.last}"
            )
        group = self._group(line, row, facts.clip)
        if not row["label"].strip():
            if any(f is not None for f in marks.values()):
                raise InputError("there are marks but no label")
            return
        label = self.labels.find(row["label"])
        if label is None:
            group.refused += 1
            return
        rank = level_of(row.get("intensity", ""), self.scheme.intensity)
        interval = Interval(label, **marks, intensity=rank, side=row.get("side", "").strip())
        number = number_of(row.get("number", ""))
        place = float(len(group.intervals)) if number is None else number
        group.intervals.append((place, interval))

    def _facts(self, row: dict[str, str], onset: int | None) -> Facts:
        clip, reason = self.clips.find(row["clip"], onset)
        if not clip and row.get("source", "").strip():
            clip, _ = self.clips.find(row["source"], onset)
        if not clip:
            raise InputError(reason)
        return self.clips.facts[clip]

    def _check_times(
        self, line: int, row: dict[str, str], marks: dict[str, int | None], facts: Facts
    ) -> None:
        """Fill marks that only milliseconds give, and remember where the two differ."""
        for mark in MARKS:
            ms = number_of(row.get(f"{mark}_ms", ""))
            rate = facts.fps or number_of(row.get("fps", ""))
            if ms is None or (rate is None and marks[mark] is not None):
                continue
            if rate is None:
                raise InputError(f"{mark}_ms is given, but neither {mark} nor fps")
            frame = frame_at(ms, rate)
            if marks[mark] is None:
                marks[mark] = frame
            elif marks[mark] != frame:
                self.differing.append(line)

    def _group(self, line: int, row: dict[str, str], clip: str) -> _Group:
        turn = number_of(row.get("turn", "")) or 0
        if turn < 0 or turn % 1:
            raise InputError(f"'turn' must be a whole number from 0, not {row['turn']!r}")
        annotator = row.get("annotator", "").strip()
        key = (clip, annotator, str(int(turn)), row.get("opinion", "").strip())
        said = _Group(clip, annotator, int(turn), row.get("time", "").strip())
        said.sure = self._sure(row.get("sure", ""))
        said.flags = tuple(self._flags(line, row.get("flags", "")))
        said.comment = row.get("comment", "")
        group = self.groups.setdefault(key, said)
        if (said.sure, said.flags, said.comment) != (group.sure, group.flags, group.comment):
            self.notes.append(
                f"line {line}: 'sure', 'flags' and 'comment' belong to the whole clip; the first "
                "row of this opinion counts."
            )
        return group

    def _sure(self, text: str) -> float | None:
        names = [name.casefold() for name in self.scheme.sure]
        if text.strip().casefold() in names:
            return (names.index(text.strip().casefold()) + 1) / len(names)
        return number_of(text)

    def _flags(self, line: int, cell: str) -> Iterator[str]:
        known = {flag.casefold(): flag for flag in self.scheme.flag_names}
        for name in dict.fromkeys(split(cell)):
            if name.casefold() in known:
                yield known[name.casefold()]
            else:
                sentence = unknown_name("flag", name, self.scheme.flag_names)
                self.skipped.append(f"line {line}: {sentence}")

    def result(self) -> Import:
        usable = [g for g in self.groups.values() if g.intervals or not g.refused]
        groups = [(g, g.statement()) for g in usable]
        empty = sum(statement.empty for _, statement in groups)
        if empty:
            self.notes.append(f"{empty} opinions say nothing and were passed over.")
        if self.differing:
            self.notes.append(
                f"milliseconds and frames differ in lines {named(self.differing, 5)}; frames count."
            )
        kept = [(g, s) for g, s in groups if not s.empty]
        return Import(
            [(g.clip, g.annotator, s) for g, s in kept],
            notes=self.notes,
            skipped=[*self.skipped, *self.labels.sentences()],
            turns=[g.turn for g, _ in kept],
            times=[g.time for g, _ in kept],
        )


def _frame(row: dict[str, str], mark: str) -> int | None:
    value = number_of(row.get(mark, ""))
    if value is None:
        return None
    if value < 0 or value % 1:
        raise InputError(f"{mark!r} must be a whole frame number from 0, not {row[mark]!r}")
    return int(value)
