"""Where results are kept: the store that commands share, and locks on what they write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sttm.atomic import failure
from sttm.errors import InputError
from sttm.store import Store, key_of

DEFAULT_STORE = Path(".cache") / "store"


def opened(store: Store | Path | None) -> Store:
    """Return the store itself, the one in a folder, or the one that all commands share."""
    return store if isinstance(store, Store) else Store(store or DEFAULT_STORE)


@contextmanager
def locked(file: Path, output: Path) -> Iterator[None]:
    """Keep an output to one process at a time by a lock on ``file``; a killed one frees it.

    Raises
    ------
    InputError
        When another process is writing the output, or the file cannot be made.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file, timeout=0)
        lock.acquire()
    except Timeout as error:
        raise InputError(f"another run is using {output}; wait for it or name another.") from error
    except OSError as error:
        raise InputError(failure(error, file.parent)) from error
    try:
        yield
    except BaseException:
        _forget_unused(file, output)
        raise
    finally:
        lock.release()


def lock_of(store: Store, out: Path) -> Path:
    """Return the lock of a single file, kept in the store so that nothing lies beside the file."""
    return store.folder / "locks" / f"{key_of({'out': str(out.resolve())})}.lock"


def _forget_unused(file: Path, output: Path) -> None:
    """Remove a folder that holds nothing but its lock: a refused run leaves no trace."""
    with suppress(OSError):
        if file.parent == output and [p.name for p in output.iterdir()] == [file.name]:
            file.unlink()
            output.rmdir()
