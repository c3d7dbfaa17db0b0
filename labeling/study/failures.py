"""SQLite's errors as sentences."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sttm.errors import InputError

WAIT = 3.0  # seconds for which another process may be writing
LITTLE = 1 << 16  # free bytes below which a disk is full: the log and its index need as much
_FULL = "database or disk is full"
# beginnings of what SQLite says -> what the user is told
_SENTENCES = (
    (
        "database is locked",
        "is in use: another program has been writing to it for {wait:g} s; try again",
    ),
    (
        _FULL,
        "could not be written: the disk is full; free some space. What was said before is there",
    ),
    (
        "attempt to write a readonly",
        "could not be written: it is read-only; copy it to a folder of yours",
    ),
    (
        "unable to open database",
        "cannot be opened: the folder must be there, readable and writable",
    ),
    (
        "disk i/o error",
        "could not be read or written: the disk reports an error; what was said before is there",
    ),
    ("file is not a database", "is no study: it is no SQLite file"),
    ("database disk image is malformed", "is damaged; go on with its newest backup"),
    ("string or blob too big", "holds a text that is too long for a study"),
)


def sentence_of(error: sqlite3.Error, path: Path) -> str:
    """Return what the user is told of an error of SQLite."""
    words = str(error)
    lower = words.lower()
    if lower.startswith("disk i/o error") and _free(path) < LITTLE:
        lower = _FULL
    for begin, text in _SENTENCES:
        if lower.startswith(begin):
            return f"{path.name} {text.format(wait=WAIT)}."
    if isinstance(error, sqlite3.IntegrityError):
        if lower.startswith("foreign key"):
            return "the study has no such clip, annotator, label or opinion; nothing was said."
        if lower.startswith("check constraint"):
            return f"the study refuses this: {words.partition(': ')[2] or words} must hold."
        return f"the study refuses this: {words}."
    return f"{path.name} cannot be used as a study: {words}."


def _free(path: Path) -> int:
    try:
        return shutil.disk_usage(path.parent).free
    except OSError:
        return LITTLE


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences."""
    try:
        yield
    except sqlite3.Error as error:
        raise InputError(sentence_of(error, path)) from error
    except (OverflowError, UnicodeError) as error:
        raise InputError(f"the study cannot hold such a value: {error}.") from error
