"""The open file of a study: where it and its clips lie, its scheme, and how it is written to."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sttm.closing import Closes
from sttm.errors import InputError

from ..scheme import Scheme, parse_scheme
from .failures import told
from .opening import open_file


def root_text(path: Path, root: str | Path | None) -> str:
    """Return a root as it is kept: relative to the study where that is possible."""
    if root is None:
        return "."
    try:
        return Path(os.path.relpath(Path(root).absolute(), path.parent.absolute())).as_posix()
    except ValueError:  # another drive
        return Path(root).absolute().as_posix()


class StudyFile(Closes):
    """What a study is, whatever it holds; ``Study`` is what is said in it.

    Parameters
    ----------
    path : Path
    read_only : bool
        Never write.
    root : path, optional
        Folder that the clips are below, if not where the file says.

    Raises
    ------
    InputError
        When it is no study, is damaged, or was made by a newer version.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, root: str | Path | None = None
    ) -> None:
        self.path = path
        self.read_only = read_only
        self._connection = open_file(path, read_only)
        try:
            self._read_scheme()
            if root is not None and not read_only:
                with self._writing() as connection:
                    text = root_text(path, root)
                    connection.execute("UPDATE facts SET value = ? WHERE name = 'root'", (text,))
            kept = self._fact("root") or "."
            self.root = Path(root) if root is not None else path.parent / kept
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file; a second time does nothing."""
        self._connection.close()

    @property
    def id(self) -> str:
        """The same in all copies of a study."""
        return self._fact("id")

    def version(self) -> int:
        """Return a number that differs once this or another process changed anything."""
        return (self._others() << 40) + self._connection.total_changes

    def _others(self) -> int:
        """Return a number that differs once another process changed anything."""
        with told(self.path):
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    @property
    def scheme(self) -> Scheme:
        """What annotators may say now, also where another process has just changed it."""
        if self._others() != self._scheme_read:
            self._read_scheme()
        return self._scheme

    def source_of(self, source: str) -> Path:
        """Return where a clip's source lies on this machine."""
        return self.root / source

    def _read_scheme(self) -> None:
        self._scheme_read = self._others()
        with told(self.path):
            row = self._connection.execute(
                "SELECT text FROM schemes ORDER BY version DESC LIMIT 1"
            ).fetchone()
        if row is None:
            raise InputError(f"{self.path.name} holds no scheme; open a backup.")
        try:
            self._scheme = parse_scheme(row[0])
        except InputError as error:
            raise InputError(f"the scheme in {self.path.name} cannot be used: {error}") from None

    def _fact(self, name: str) -> str:
        with told(self.path):
            row = self._connection.execute(
                "SELECT value FROM facts WHERE name = ?", (name,)
            ).fetchone()
        return str(row[0]) if row else ""

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction that is carried out in full or not at all."""
        if self.read_only:
            raise InputError(f"{self.path.name} was opened for reading only.")
        with told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
