"""Digests: what a file or a folder of images holds, in twenty bytes, read again only when needed.

A source is read in full the first time. A small SQLite file remembers its digest beside the
source's stamp: size, inode, and the times of the last change of its content and of its entry in the
file system (mtime and ctime, to the nanosecond). As long as the stamp is the same, the source is
not read. Setting mtime back, as copying tools do, changes ctime, so it is noticed (not on Windows,
where ctime is the time of creation).

The SQLite file holds nothing that could not be found out again. Lost, damaged, locked or on a full
disk, it costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .closing import Closes
from .errors import UnreadableClip

BLOCK = 1 << 20  # bytes read at a time
SETTLED = 2_000_000_000  # ns; a younger source could change again without another time stamp
UNSAVED = 256  # digests that a killed process may have found for nothing
WAIT = 5.0  # seconds for which another process may hold the file
TABLE = """
CREATE TABLE IF NOT EXISTS digests
(path BLOB PRIMARY KEY, stamp TEXT NOT NULL, digest TEXT NOT NULL, proof BLOB NOT NULL)
WITHOUT ROWID
"""


def content_digest(source: Path) -> str:
    """Return a digest of a file's bytes, or of the names and bytes of the files in a folder.

    Hidden files of a folder do not count.

    Raises
    ------
    UnreadableClip
        When the source is missing, may not be read, or is a pipe or a device.
    """
    digest = hashlib.blake2b(digest_size=20)
    with _sentences(source):
        if source.is_dir():
            for path in sorted(p for p in source.iterdir() if _counts(p)):
                name = path.name.encode("utf-8", "surrogateescape")
                digest.update(b"%d %d " % (len(name), path.stat().st_size) + name)
                _feed(digest, path)
        elif source.is_file() or not source.exists():
            _feed(digest, source)
        else:  # reading it could wait for ever
            raise UnreadableClip(f"a clip must be a file or a folder; {source} is neither.")
    return digest.hexdigest()


@contextlib.contextmanager
def _sentences(source: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        if isinstance(error, UnreadableClip):
            raise
        reason = getattr(error, "strerror", None) or error
        raise UnreadableClip(f"{source} cannot be read: {reason}.") from error


def _counts(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _feed(digest: Any, path: Path) -> None:
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)


def stamp_of(source: Path) -> tuple[str, int]:
    """Return a source's stamp without reading it, and the time (ns) of its youngest change.

    Raises
    ------
    OSError
        When the source, or a file in the folder, cannot be looked at.
    """
    if not source.is_dir():
        return _stamp(source.stat())
    lines, youngest = [], source.stat().st_mtime_ns
    with os.scandir(source) as found:
        for item in sorted(found, key=lambda e: e.name):
            if item.is_file() and not item.name.startswith("."):
                line, changed = _stamp(item.stat())
                lines.append(f"{item.name}/{line}")  # no name holds a slash
                youngest = max(youngest, changed)
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=20).hexdigest(), youngest


def _stamp(stat: os.stat_result) -> tuple[str, int]:
    parts = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
    return " ".join(map(str, parts)), max(stat.st_mtime_ns, stat.st_ctime_ns)


class Digests(Closes):
    """The digests of many sources, each looked for once in a batch; a context manager.

    Parameters
    ----------
    file : Path, optional
        The SQLite file that remembers them between batches; without it every source is read.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._known: dict[Path, str] = {}
        self._new: list[tuple[bytes, str, str, bytes]] = []
        self._open: sqlite3.Connection | None = None

    def of(self, source: Path) -> str:
        """Return ``content_digest(source)``, from memory or the file where it is still valid.

        Raises
        ------
        UnreadableClip
            As ``content_digest`` does.
        """
        if source not in self._known:
            self._known[source] = self._find(source)
        return self._known[source]

    def save(self) -> None:
        """Write what is new to the file."""
        if self._new:
            self._ask(self._insert)
        self._new.clear()  # also where it could not be written: the next batch finds it again

    def close(self) -> None:
        """Write what is new, and let go of the file."""
        self.save()
        self._drop()

    def _find(self, source: Path) -> str:
        if self._file is None:
            return content_digest(source)
        try:
            stamp, youngest = stamp_of(source)
        except (OSError, ValueError):
            return content_digest(source)  # which says what is wrong
        path, begun = os.fsencode(source.absolute()), time.time_ns()
        known = self._recall(path, stamp)
        if known is not None:
            return known
        digest = content_digest(source)
        if begun - youngest > SETTLED and _unchanged(source, stamp):
            self._new.append((path, stamp, digest, _proof(path, stamp, digest)))
            if len(self._new) >= UNSAVED:
                self.save()
        return digest

    def _recall(self, path: bytes, stamp: str) -> str | None:
        query = "SELECT stamp, digest, proof FROM digests WHERE path = ?"
        row = self._ask(lambda connection: connection.execute(query, (path,)).fetchone())
        if row is None or row[0] != stamp or row[2] != _proof(path, *row[:2]):
            return None
        return str(row[1])

    def _insert(self, connection: sqlite3.Connection) -> None:
        with connection:  # one transaction
            connection.executemany("INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?)", self._new)

    def _ask(self, question: Callable[[sqlite3.Connection], Any]) -> Any:
        """Return what the open file answers; None where anything is wrong with it."""
        if self._file is None:
            return None
        try:
            if self._open is None:
                self._open = _opened(self._file)
            return question(self._open)
        except sqlite3.OperationalError:  # locked, or the disk is full or read-only
            self._drop()
            self._file = None
        except (sqlite3.Error, OSError, ValueError):  # damaged: begin anew
            self._drop()
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
        return None

    def _drop(self) -> None:
        if self._open is not None:
            with contextlib.suppress(sqlite3.Error):
                self._open.close()
            self._open = None


def _opened(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(file, timeout=WAIT)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # a power cut may damage it: no harm
        connection.execute(TABLE)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _unchanged(source: Path, stamp: str) -> bool:
    try:
        return stamp_of(source)[0] == stamp
    except OSError:
        return False


def _proof(path: bytes, stamp: str, digest: str) -> bytes:
    """Return what a damaged row could hardly have by chance."""
    text = b"%s\0%s\0%s" % (path, str(stamp).encode(), str(digest).encode())
    return hashlib.blake2b(text, digest_size=12).digest()
