"""A file is there in full or not at all: write beside it, then put it in place in one step."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from .errors import InputError

PART = ".sttm-"  # how the names of temporary files begin
_FULL = {errno.ENOSPC, errno.EDQUOT}
_NOTHING = 64 * 1024  # free bytes below which a disk counts as full
_LOCKED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], *, durable: bool = True) -> Iterator[Path]:
    """Yield the path of a temporary file that takes the place of ``path`` at the end.

    It lies in the same folder, so that the last step is one rename. When anything goes wrong,
    the old file stays as it was and the temporary one is removed. Folders on the way are made.
    A process that is killed leaves its temporary file: a hidden one that no reader looks at, and
    that ``sweep`` removes.

    Parameters
    ----------
    path : path
        The file to be; an existing one is replaced, a link stays a link.
    durable : bool
        Wait until the disk has the bytes, so that a power cut cannot leave a short file. Not
        needed where a damaged file is noticed and made again.

    Raises
    ------
    InputError
        For a full disk, a folder that may not be written to, and the like.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    part = target.parent / f"{PART}{secrets.token_hex(6)}{target.suffix[:32]}"
    try:
        if target.exists() and not target.is_file():
            raise InputError(f"the output must be a file; {target} is a folder or a device.")
        target.parent.mkdir(parents=True, exist_ok=True)
        # not tempfile: the file shall get the rights that the user's umask gives
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield part
        if durable:
            _flush(part)
        part.replace(target)
    except OSError as error:
        raise InputError(failure(error, target)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def check_place(path: str | os.PathLike[str]) -> None:
    """Refuse a place that ``replacing`` could not write to, before long work begins.

    Raises
    ------
    InputError
        As ``replacing`` does.
    """
    with contextlib.suppress(_Tried), replacing(path):
        raise _Tried


class _Tried(Exception):
    pass


def sweep(folder: Path) -> None:
    """Remove the temporary files and folders that killed processes left in ``folder``.

    Only for a folder that no other process is writing to.
    """
    with contextlib.suppress(OSError):
        for part in folder.glob(f"{PART}*"):
            if part.is_dir() and not part.is_symlink():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return _NOTHING


def failure(error: OSError, target: Path) -> str:
    """Return the sentence that says why ``target`` could not be written."""
    code = error.errno
    if code is None:  # HDF5 puts the number into its message
        found = re.search(r"errno = (\d+)", str(error))
        code = int(found[1]) if found else None
    if code is None and _free(target.parent) < _NOTHING:
        code = errno.ENOSPC  # ReadStat does not say why
    if code in _FULL:
        return (
            f"{target} could not be written: the disk is full; free some space or choose another."
        )
    if code in _LOCKED:
        return f"{target} could not be written: the folder is read-only; choose another."
    reason = os.strerror(code) if code else str(error)
    return f"{target} could not be written: {reason}; choose another place."
