"""The table of answers on the disk: written as it goes, and gone on with after a stop.

Rows go into a CSV file as soon as they are there. Beside it lies ``<file>.json``: what the rows
were made with, and for each finished source how far the file went. After a stop the same call, with
the same model and settings, keeps what is finished, cuts off the rest and goes on. Parquet cannot
be written piece by piece and read after a kill; it is made from a CSV file at the end.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import pandas as pd
from filelock import FileLock, Timeout

from sttm.atomic import check_place, failure, replacing
from sttm.digests import stamp_of
from sttm.errors import InputError

from .inputs import Source
from .tables import TEXTS, Row, answer_columns, clips_table

SUFFIXES = (".csv", ".parquet")
FORMAT = 1


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep a table to one process at a time; a killed one frees it.

    Raises
    ------
    InputError
        When another process is writing the table, or its folder cannot be written to.
    """
    check_suffix(path)
    check_place(path)
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(NotImplementedError):  # a file system without locks
            lock.acquire()
    except Timeout as error:
        raise InputError(
            f"another process is writing {path}; wait for it or name another file."
        ) from error
    except OSError as error:
        raise InputError(failure(error, path)) from error
    try:
        yield
    finally:
        with suppress(OSError):  # before it is freed: nobody else can have it yet
            Path(lock.lock_file).unlink()
        lock.release()


class AnswerFile:
    """A table of answers that grows.

    Parameters
    ----------
    path : Path
        Ends in .csv or .parquet.
    columns : sequence of str
    made : mapping
        What the answers depend on, as plain values; where it differs from that of a call that was
        stopped, the table begins anew.
    sources : sequence of Source
        What will be recognised; a finished one that changed since, or is not among them, begins
        the table anew.

    Raises
    ------
    InputError
        When the file cannot be written, or is something else than such a table.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        made: Mapping[str, Any],
        sources: Sequence[Source],
    ) -> None:
        self.path = path
        self.sidecar = path.with_name(f"{path.name}.json")
        self._clips = path.with_name(f"{path.stem}.clips.csv")
        self._columns = list(columns)
        self._made = json.loads(json.dumps({"format": FORMAT, **made}, default=str))
        check_suffix(path)
        check_place(path)
        self._csv = path if path.suffix.lower() == ".csv" else path.with_name(f"{path.name}.csv")
        self.finished = self._recall(sources)
        self._file = self._open()
        self._writer = csv.writer(self._file, lineterminator="\n")
        if not self.finished:
            self._put(lambda: self._writer.writerow(self._columns))
        self._head = self._first_line()
        self._order = [source.name for source in sources]
        if not self.finished:
            self._write_sidecar(False)  # says whose the file is, should this call be stopped

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows; they are in the file when this returns."""
        self._put(lambda: self._writer.writerows(rows))

    def finish(self, source: Source, clips: Sequence[Mapping[str, Any]]) -> None:
        """Note that all rows of a source are there; ``clips`` are its rows in the clips table."""
        self.finished[source.name] = {
            "stamp": _stamp(source),
            "begins": _most(self.finished) or self._head,
            "bytes": self._file.tell(),
            "clips": list(clips),
        }
        self._write_sidecar(False)

    def close(self, complete: bool, classes: Sequence[str] = ()) -> list[Path]:
        """Close the file; when ``complete``, write the table of clips, and Parquet where asked.

        Returns
        -------
        list of Path
            The files that were written.
        """
        self._put(self._file.flush)
        self._file.close()
        if not complete:
            return []
        self._sort()
        rows = [row for name in self._order for row in self.finished[name]["clips"]]
        with replacing(self._clips) as scratch:
            clips_table(rows, classes).to_csv(scratch, index=False)
        if self._csv != self.path:
            table = pd.read_csv(self._csv, dtype=TEXTS, keep_default_na=False, na_values=[""])
            with replacing(self.path) as scratch:
                table.to_parquet(scratch, index=False)
            self._csv.unlink()
        self._write_sidecar(True)
        return [self.path, self._clips, self.sidecar]

    def _first_line(self) -> int:
        """Return how many bytes the line of column names has."""
        with self._csv.open("rb") as file:
            return len(file.readline())

    def _sort(self) -> None:
        """Bring the rows into the order of the sources; they came as sources were finished."""
        if list(self.finished) == self._order:
            return
        with (
            self._csv.open("rb") as file,
            replacing(self._csv) as scratch,
            scratch.open("wb") as out,
        ):
            out.write(file.read(self._head))
            sorted_ones = {}
            for name in self._order:
                entry = self.finished[name]
                file.seek(entry["begins"])
                begins = out.tell()
                out.write(file.read(entry["bytes"] - entry["begins"]))
                sorted_ones[name] = {**entry, "begins": begins, "bytes": out.tell()}
        self.finished = sorted_ones
        self._write_sidecar(False)  # what follows may fail, and is then done again

    # what an earlier call left ------------------------------------------------------------------

    def _recall(self, sources: Sequence[Source]) -> dict[str, dict[str, Any]]:
        """Return the sources that a stopped call with the same settings had finished."""
        known = self._known()
        try:
            finished = dict(known["finished"])
            stamps = {s.name: _stamp(s) for s in sources if s.name in finished}
            same = {k: known.get(k) for k in self._made} == self._made
            same = same and stamps == {name: entry["stamp"] for name, entry in finished.items()}
            whole = self._csv.is_file() and self._as_said(finished)
        except (OSError, ValueError, LookupError, TypeError, AttributeError, csv.Error):
            return {}
        return finished if same and whole and not known.get("complete") else {}

    def _known(self) -> dict[str, Any]:
        """Return what the sidecar says, {} where nothing is there yet."""
        try:
            known = json.loads(self.sidecar.read_text(encoding="utf-8"))
            if {"finished", "complete"} <= set(known):
                return known
            strange = "says something else"
        except FileNotFoundError:
            strange = "is missing"
        except (OSError, ValueError, TypeError):
            strange = "cannot be read"
        places = (self.path, self._csv, self._clips)
        there = [p for p in places if p.exists() and p.stat().st_size]
        if self.sidecar.exists():
            there.append(self.sidecar)
        if there:
            raise InputError(
                f"{there[0]} is there and no table of answers ({self.sidecar.name} {strange}); "
                "name another file, or remove it."
            )
        return {}

    def _as_said(self, finished: Mapping[str, Any]) -> bool:
        """Return whether the rows of each source lie where the sidecar says."""
        with self._csv.open("rb") as file:
            for name, entry in finished.items():
                begins, ends = int(entry["begins"]), int(entry["bytes"])
                if begins == ends:
                    continue
                file.seek(begins - 1)
                start = file.read(1) + file.readline()
                file.seek(ends - 1)
                if start[:1] + file.read(1) != b"\n\n":
                    return False
                if next(csv.reader([start[1:].decode("utf-8")]))[0] != name:
                    return False
            file.seek(0, os.SEEK_END)
            return file.tell() >= _most(finished)

    def _open(self) -> TextIO:
        try:
            self._csv.parent.mkdir(parents=True, exist_ok=True)
            if not self.finished:
                return self._csv.open("w", encoding="utf-8", newline="")
            with self._csv.open("rb+") as file:
                file.truncate(_most(self.finished))
            return self._csv.open("a", encoding="utf-8", newline="")
        except OSError as error:
            raise InputError(failure(error, self._csv)) from error

    def _put(self, write: Any) -> None:
        try:
            write()
            self._file.flush()
        except OSError as error:
            raise InputError(failure(error, self._csv)) from error

    def _write_sidecar(self, complete: bool) -> None:
        if not self._file.closed:
            os.fsync(self._file.fileno())  # the rows first: the sidecar says that they are there
        head = {**self._made, "complete": complete, "finished": self.finished}
        with replacing(self.sidecar) as scratch:
            scratch.write_text(json.dumps(head, indent=1), encoding="utf-8")


def save_rows(path: Path, rows: Sequence[Row], classes: Sequence[str]) -> Path:
    """Write a table of answers at once, as a window does that has them all.

    Raises
    ------
    InputError
        When the file ends in neither .csv nor .parquet, or cannot be written.
    """
    check_suffix(path)
    table = pd.DataFrame(list(rows), columns=answer_columns(classes))
    with replacing(path) as scratch:
        if path.suffix.lower() == ".csv":
            table.to_csv(scratch, index=False)
        else:
            table.to_parquet(scratch, index=False)
    return path


def check_suffix(path: Path) -> None:
    """Refuse a file that is neither CSV nor Parquet.

    Raises
    ------
    InputError
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"the table must end in .csv or .parquet, not {path.name!r}.")


def _most(finished: Mapping[str, Any]) -> int:
    return max((int(entry["bytes"]) for entry in finished.values()), default=0)


def _stamp(source: Source) -> str:
    return str(stamp_of(source.path)[0])
