"""Create, open, migrate and back up the file of a study; what is no study is refused."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import uuid
from datetime import UTC, datetime
from pathlib import Path

from sttm.atomic import PART, failure, replacing
from sttm.errors import InputError

from ..scheme import Scheme
from .failures import WAIT, told
from .schema import (
    APPLICATION,
    OLDEST_SQLITE,
    STEPS,
    VERSION,
    expected_shape,
    raise_version,
    shape_of,
)

SUFFIX = ".sttm-study"
MAGIC = b"SQLite format 3\0"
LONGEST = 4 << 20  # bytes of one value
CHECKED = 64 << 20  # bytes; a larger file is not read in full when it is opened


def now() -> str:
    """Return the time as studies keep it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def create_file(path: Path, scheme: Scheme, root: str) -> None:
    """Write the file of a new study; in full, or not at all.

    Raises
    ------
    InputError
        When there is such a file already, or the place cannot be written to.
    """
    if path.exists() or path.is_symlink():
        raise InputError(f"{path} is there already; open it, or choose another name.")
    part = path.parent / f"{PART}{secrets.token_hex(6)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with told(path):
            _fill(part, scheme, root)
        _put(part, path)
    except OSError as error:
        raise InputError(failure(error, path)) from error
    finally:
        for end in ("", "-journal", "-wal", "-shm"):  # a full disk leaves these too
            with contextlib.suppress(OSError):
                part.with_name(part.name + end).unlink(missing_ok=True)


def _fill(part: Path, scheme: Scheme, root: str) -> None:
    connection = sqlite3.connect(part, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        raise_version(connection, 0)
        facts = [("id", uuid.uuid4().hex), ("created", now()), ("root", root)]
        connection.executemany("INSERT INTO facts VALUES (?, ?)", facts)
        write_scheme(connection, scheme)
        connection.execute("COMMIT")
        # kept in the file; not before, as closing may leave rows in the log of a full disk
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _put(part: Path, path: Path) -> None:
    """Give the file its name, unless another process took it meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError:
        raise InputError(f"{path} is there already; open it, or choose another name.") from None
    except OSError:  # a file system without links
        part.rename(path)
    with contextlib.suppress(OSError):  # the name must outlast a power cut too; not on Windows
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def write_scheme(connection: sqlite3.Connection, scheme: Scheme) -> None:
    """Append a version of the scheme, inside the transaction that is open."""
    connection.execute("INSERT INTO schemes (text, time) VALUES (?, ?)", (scheme.to_yaml(), now()))
    for table, names in (("labels", scheme.label_names), ("flags", scheme.flag_names)):
        connection.execute(f"UPDATE {table} SET retired = 1")
        connection.executemany(
            f"INSERT INTO {table} VALUES (?, 0) ON CONFLICT (name) DO UPDATE SET retired = 0",
            [(name,) for name in names],
        )


def open_file(path: Path, read_only: bool) -> sqlite3.Connection:
    """Return a connection to a study of the present version.

    An older study is migrated first, after a backup copy beside it.

    Raises
    ------
    InputError
        When the file is missing, is no study, was made by a newer version, or is damaged.
    """
    _check_head(path)
    with told(path):
        connection = _connect(path, read_only)
        try:
            version = _check_shape(connection, path)
            if version < VERSION:
                if read_only:
                    raise InputError(
                        f"{path.name} was made by an older version of the toolkit and must be "
                        "migrated: open it once where it can be written to."
                    )
                migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _check_head(path: Path) -> None:
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise InputError(
            f"studies need SQLite {needed} or newer; this is {sqlite3.sqlite_version}."
        )
    try:
        if not path.is_file():
            what = "is no file" if path.exists() else "does not exist"
            raise InputError(f"a study is a file; {path} {what}.")
        with path.open("rb") as file:
            head = file.read(len(MAGIC))
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"the study {path} cannot be read: {reason}.") from error
    if head != MAGIC:
        raise InputError(f"{path.name} is no study: it is no SQLite file.")


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    place = path.absolute().as_uri()
    if read_only:
        connection = sqlite3.connect(
            f"{place}?mode=ro", uri=True, timeout=WAIT, isolation_level=None
        )
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if _waiting(path):  # what is only in the log would be missed
                raise
            connection = sqlite3.connect(
                f"{place}?immutable=1", uri=True, timeout=WAIT, isolation_level=None
            )
    else:
        connection = sqlite3.connect(
            f"{place}?mode=rw", uri=True, timeout=WAIT, isolation_level=None
        )
    _guard(connection)
    return connection


def _waiting(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _guard(connection: sqlite3.Connection) -> None:
    """Set what every connection needs: durability, and no trust in a stranger's file."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA synchronous = FULL")


def _check_shape(connection: sqlite3.Connection, path: Path) -> int:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if application != APPLICATION or version < 1:
        raise InputError(f"{path.name} is no study: it is an SQLite file of another program.")
    if version > VERSION:
        raise InputError(
            f"{path.name} was made by a newer version of the toolkit (study version {version}; "
            f"this one knows {VERSION}); install that version."
        )
    if shape_of(connection) != expected_shape(version):
        raise InputError(
            f"{path.name} has other tables than the toolkit makes; it may come from a stranger "
            "or have been edited: open a backup."
        )
    if path.stat().st_size <= CHECKED:
        found = _damage(connection)
        if found:
            raise InputError(f"{path.name} is damaged ({found}); open a backup.")
    return version


def _damage(connection: sqlite3.Connection) -> str:
    """Return what is wrong with the rows of a file, or nothing.

    Looked at in a copy in memory, as SQLite does not check constraints where it only may read.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as copy:
        connection.backup(copy)
        _guard(copy)
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            return " ".join(str(found).split())[:80]
        lost = copy.execute("PRAGMA foreign_key_check").fetchone()
        if lost is not None:
            return f"rows of {lost[0]} belong to {lost[2]} that are not there"
        strange = copy.execute(
            "SELECT count(*) FROM (SELECT source AS path FROM clips UNION ALL "
            "SELECT value FROM facts) WHERE instr(path, char(0))"
        ).fetchone()[0]
    return "a path in it is none" if strange else ""


def migrate(connection: sqlite3.Connection, path: Path) -> Path | None:
    """Bring an older study to the present version, after a backup copy beside it.

    Returns
    -------
    Path or None
        The backup; None where another process was quicker.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    backup = _copy(connection, path, f"version-{version}")
    connection.execute("BEGIN EXCLUSIVE")
    try:
        begun = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if begun < VERSION:
            raise_version(connection, begun)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK")
        raise
    return backup if begun < len(STEPS) else None


def backup_study(path: str | Path) -> Path:
    """Write a copy of a study beside it, and return its path.

    The copy is consistent although windows may be working on the study.

    Raises
    ------
    InputError
        When it is no study, or the copy cannot be written.
    """
    path = Path(path)
    with contextlib.closing(open_file(path, read_only=True)) as connection, told(path):
        return _copy(connection, path, "backup")


def _copy(connection: sqlite3.Connection, path: Path, why: str) -> Path:
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    target = path.with_name(f"{path.stem}.{why}-{stamp}{path.suffix}")
    number = 2
    while target.exists():
        target = path.with_name(f"{path.stem}.{why}-{stamp}-{number}{path.suffix}")
        number += 1
    with replacing(target) as part:
        part.unlink()
        with contextlib.closing(sqlite3.connect(part)) as copy:
            connection.backup(copy)
    return target
