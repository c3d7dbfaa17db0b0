"""The feature store: what was computed once for a file's content, a method and its settings.

An entry's key is a digest of the file's content and of everything that shapes the result, so a
changed file, stretch, setting or method version is another entry, and a renamed or copied file is
the same. Entries are written beside and moved into place: a killed process or a full disk leaves
finished entries whole and no others. An entry that cannot be read counts as missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .atomic import failure, replacing
from .errors import InputError, UnreadableClip

BLOCK = 1 << 20
FORMAT = 2  # of the entries; raised when their layout changes


def content_digest(source: Path) -> str:
    """Return a digest of a file's bytes, or of the names and bytes of the files in a folder.

    Hidden files of a folder do not count.

    Raises
    ------
    UnreadableClip
        When the source is missing, may not be read, or is a pipe or a device.
    """
    digest = hashlib.blake2b(digest_size=20)
    try:
        if source.is_dir():
            for path in sorted(p for p in source.iterdir() if _counts(p)):
                name = path.name.encode("utf-8", "surrogateescape")
                digest.update(b"%d %d " % (len(name), path.stat().st_size) + name)
                _feed(digest, path)
        elif source.is_file() or not source.exists():
            _feed(digest, source)
        else:  # reading it could wait for ever
            raise UnreadableClip(f"a clip must be a file or a folder; {source} is neither.")
    except (OSError, ValueError) as error:
        if isinstance(error, UnreadableClip):
            raise
        reason = getattr(error, "strerror", None) or error
        raise UnreadableClip(f"{source} cannot be read: {reason}.") from error
    return digest.hexdigest()


def _counts(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _feed(digest: Any, path: Path) -> None:
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)


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
    """Entries below a folder; each is a dictionary of arrays and a dictionary of plain values."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

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

    def put(self, key: str, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> None:
        """Write an entry; it is there whole or not at all.

        The disk is not waited for: an entry that a power cut damages counts as missing.

        Raises
        ------
        InputError
            When the disk is full or the folder may not be written to.
        """
        buffer = io.BytesIO()
        text = np.array(json.dumps({**values, "arrays": sorted(arrays)}, default=_plain))
        np.savez_compressed(buffer, allow_pickle=False, values=text, **arrays)
        with replacing(self.path(key), durable=False) as scratch:
            scratch.write_bytes(buffer.getvalue())

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
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
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
        return self.path(key).with_suffix(".began")
