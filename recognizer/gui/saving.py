"""Answers to files: a table, annotated copies; in the background, and it can be called off.

What was answered in the window already is taken as it is; other sources are recognised by the code
of ``sttm recognize``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sttm.atomic import check_place
from sttm.errors import InputError, ToolkitError

from ..annotate import Mark, Marks, annotate
from ..bundle import Bundle
from ..inputs import Source
from ..recognising import Passing, trained_on
from ..settings import Settings
from ..tables import Row
from ..writing import check_suffix, save_rows
from .analysing import Stopped
from .record import Record, answer_of

Tell = Callable[[str, int, int], None]
Stop = Callable[[], bool]


class StoppableMarks(dict[int, Sequence[Mark]]):
    """Marks of frames that raise ``Stopped`` once ``stop`` says so: writing a video ends there."""

    def __init__(self, marks: Marks, stop: Stop, seen: Callable[[int], None]) -> None:
        super().__init__(marks)
        self._stop, self._seen = stop, seen

    def get(self, key: int, default: Sequence[Mark] = ()) -> Sequence[Mark]:  # type: ignore[override]
        """Return the marks of a frame."""
        if self._stop():
            raise Stopped("writing was called off.")
        self._seen(key)
        return super().get(key, default)


def complete_record(source: Source, bundle: Bundle, settings: Settings, stop: Stop) -> Record:
    """Return the answers of a source from its beginning to its end.

    Raises
    ------
    Stopped
    InputError
        When the source cannot be recognised.
    """
    record = Record(budget=0)
    passing = Passing(source, bundle, settings)
    for found in passing:
        record.add(answer_of(found, source.name, passing.timed))
        if stop():
            raise Stopped("it was called off.")
    record.complete = True
    return record


def save_table(
    path: Path,
    sources: Sequence[Source],
    known: Mapping[Path, Record],
    bundle: Bundle,
    settings: Settings,
    tell: Tell,
    stop: Stop,
) -> str:
    """Write the answers of all sources to a CSV or Parquet file; return what was done.

    Raises
    ------
    InputError
        When the file cannot be written.
    Stopped
    """
    check_suffix(path)
    check_place(path)
    rows: list[Row] = []
    left_out = []
    for done, source in enumerate(sources):
        tell(f"recognising {source.name}", done, len(sources))
        try:
            record = _record(source, known, bundle, settings, stop)
        except Stopped:
            raise
        except ToolkitError as error:
            left_out.append(f"{source.name}: {error}")
            continue
        rows += record.rows()
    save_rows(path, rows, bundle.classes)
    without = f"; {len(left_out)} could not be recognised ({left_out[0]})" if left_out else ""
    return f"{path.name} has {len(rows)} rows of {len(sources)} {_sources(len(sources))}{without}."


def save_annotated(
    folder: Path,
    sources: Sequence[Source],
    known: Mapping[Path, Record],
    bundle: Bundle,
    settings: Settings,
    tell: Tell,
    stop: Stop,
) -> str:
    """Write copies of all sources with the answers drawn on them; return what was done.

    Raises
    ------
    InputError
        When nothing can be written.
    Stopped
    """
    written: list[Path] = []
    problems: list[str] = []
    for done, source in enumerate(sources):
        tell(f"drawing on {source.name}", done, len(sources))
        try:
            record = _record(source, known, bundle, settings, stop)
            marks = {n: a.marks(n) for a in record.answers for n in range(a.since, a.last + 1)}
            last = max(record.last, 1)

            def seen(number: int, name: str = source.name, last: int = last) -> None:
                if number % 10 == 0:
                    tell(f"drawing on {name}", min(number, last), last)

            watched = StoppableMarks(marks, stop, seen)
            note = trained_on(bundle)
            written.append(annotate(source, watched, bundle.classes, folder, note))
        except Stopped:
            raise
        except ToolkitError as error:
            problems.append(f"{source.name}: {error}")
    if not written:
        raise InputError("; ".join(problems) or "there is nothing to write.")
    more = f" and {len(written) - 1} more" if len(written) > 1 else ""
    failed = f"; not written: {problems[0]}" if problems else ""
    return f"{written[0].name}{more} written to {folder}{failed}."


def _record(
    source: Source,
    known: Mapping[Path, Record],
    bundle: Bundle,
    settings: Settings,
    stop: Stop,
) -> Record:
    record = known.get(source.path)
    if record is not None and record.complete:
        return record
    return complete_record(source, bundle, settings, stop)


def _sources(count: int) -> str:
    return "source" if count == 1 else "sources"
