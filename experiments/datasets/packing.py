"""Sets that come as one text file: their pictures are made into one file, once, and found again.

A pack lies at ``.cache/data/<digest of its key>/<name>``; whatever shapes its bytes belongs in the
key. You may delete ``.cache`` at any time; only time is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from sttm.atomic import failure, replacing, sweep
from sttm.errors import InputError
from sttm.store import key_of

PACKS = Path(".cache") / "data"


def packed(key: dict[str, Any], make: Callable[[Path], None], name: str) -> Path:
    """Return the path of a file that ``make`` wrote for ``key``, now or in an earlier call.

    Of two processes that ask at once one makes it and the other waits. A process that is killed
    leaves no pack, and what it left is removed by the next one.

    Parameters
    ----------
    key : dict
        Plain values: everything that shapes the file, such as the digest of what it is made from
        and a version of the way it is made.
    make : callable
        ``make(path)`` writes the file at ``path``, which exists and is empty.
    name : str
        Name of the file; its suffix says how it is opened.

    Raises
    ------
    InputError
        When the file cannot be written: a full disk, a folder that is read-only.
    """
    folder = PACKS / key_of(key)[:20]
    path = folder / name
    if path.is_file():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            if not path.is_file():
                sweep(folder)
                with replacing(path) as scratch:
                    make(scratch)
    except (OSError, NotImplementedError) as error:  # the latter: a disk that knows no locks
        reason = error if isinstance(error, OSError) else OSError(str(error))
        raise InputError(failure(reason, path)) from error
    return path
