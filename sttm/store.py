"""The feature store: what was computed once for a file's content, a method and its settings.

An entry's key is a digest of the file's content and of everything that shapes the result, so a
changed file, stretch, setting or method version is another entry, and a renamed or copied file is
the same. Entries are written beside and moved into place: a killed process or a full disk leaves
finished entries whole and no others. An entry that cannot be read counts as missing.

    ab/ab....npz       entries, by the first two digits of their key
    unfinished/        entries that are being written
    began/             marks of what is being worked on, or was when its process died
    digests.sqlite     digests of sources that did not change since (sttm/digests.py)
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .atomic import failure
from .digests import Digests, content_digest
from .errors import InputError

FORMAT = 2  # of the entries; raised when their layout changes
UNFINISHED, BEGAN = "unfinished", "began"  # folders of entries being written, and of marks
HOUR = 3600.0  # seconds; writing an entry takes milliseconds


def key_of(parts: dict[str, Any]) -> str:
    """Return the digest of plain values, the same whatever the order of the keys."""
    text = json.dumps({**parts, "store": FORMAT}, sort_keys=True, default=_plain)
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be part of a store key")


class Store:
    """Entries below a folder; each is a dictionary of arrays and a dictionary of plain values.

    Parameters
    ----------
    folder : Path
        Made when something is first kept. Several processes may use it at once.
    crops : bool
        Whether the crops of clips are kept beside their measures (see ``sttm/measure.py``), for a
        sweep over settings of descriptors. It takes much more room than measures do.
    """

    def __init__(self, folder: Path, crops: bool = False) -> None:
        self.folder = Path(folder)
        self.crops = crops

    def digests(self) -> Digests:
        """Return the digests of sources that the store remembers, to be closed after use."""
        return Digests(self.folder / "digests.sqlite")

    def path(self, key: str) -> Path:
        """Return where the entry called ``key`` lies."""
        return self.folder / key[:2] / f"{key}.npz"

    def get(self, key: str) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """Return the arrays and values of an entry, or None where there is no whole one."""
        try:
            with np.load(self.path(key), allow_pickle=False) as entry:
                arrays = {name: entry[name] for name in entry.files}
            values = json.loads(str(arrays.pop("values")))
        except Exception:  # missing, or damaged in one of the many ways that a zip file can be
            return None
        whole = isinstance(values, dict) and values.pop("arrays", None) == sorted(arrays)
        return (arrays, values) if whole else None

    def put(
        self,
        key: str,
        arrays: dict[str, np.ndarray],
        values: dict[str, Any],
        compress: bool = True,
    ) -> None:
        """Write an entry; it is there whole or not at all.

        The disk is not waited for: an entry that a power cut damages counts as missing.
        ``compress`` is for arrays that are not packed already.

        Raises
        ------
        InputError
            When the disk is full or the folder may not be written to.
        """
        buffer = io.BytesIO()
        text = np.array(json.dumps({**values, "arrays": sorted(arrays)}, default=_plain))
        save = np.savez_compressed if compress else np.savez
        save(buffer, allow_pickle=False, values=text, **arrays)
        target = self.path(key)
        try:
            self._place(buffer.getbuffer(), target)
        except OSError as error:
            raise InputError(failure(error, target)) from error

    def _place(self, data: memoryview, target: Path) -> None:
        part = self.folder / UNFINISHED / secrets.token_hex(8)
        for left in (2, 1, 0):
            try:
                return _write(part, data, target)
            except FileNotFoundError:  # a folder is not there yet, or the part was swept away
                if not left:
                    raise
                part.parent.mkdir(parents=True, exist_ok=True)
                target.parent.mkdir(parents=True, exist_ok=True)

    def sweep(self) -> None:
        """Remove what killed processes left: unfinished entries, marks that are of no use.

        What is young may belong to a process that is at work. A mark is of no use when its entry
        is finished, or when nobody has come back to it for a month.
        """
        for folder, age in ((UNFINISHED, HOUR), (BEGAN, 720 * HOUR)):
            with contextlib.suppress(OSError):
                for left in (self.folder / folder).iterdir():
                    finished = folder == BEGAN and self.path(left.stem).exists()
                    if finished or time.time() - left.stat().st_mtime > age:
                        left.unlink(missing_ok=True)

    @contextlib.contextmanager
    def attempt(self, key: str) -> Iterator[None]:
        """Leave a mark while the block works on ``key``; a process that dies leaves it behind.

        Raises
        ------
        InputError
            When the mark cannot be made, as no entry could be.
        """
        mark = self._mark(key)
        try:
            _touch(mark)
        except OSError as error:
            raise InputError(failure(error, mark)) from error
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)

    def was_fatal(self, key: str) -> bool:
        """Return whether a process died, or is at work now, in an attempt at ``key``."""
        return self._mark(key).exists()

    def _mark(self, key: str) -> Path:
        return self.folder / BEGAN / f"{key}.began"


def _touch(mark: Path) -> None:
    try:
        mark.touch()
    except FileNotFoundError:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def _write(part: Path, data: memoryview, target: Path) -> None:
    try:
        with part.open("xb") as file:
            file.write(data)
        part.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


__all__ = ["Store", "content_digest", "key_of"]
