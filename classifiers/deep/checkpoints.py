"""One file per unfinished fit: written after every epoch, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch


def fingerprint(settings: Mapping[str, Any], arrays: Mapping[str, np.ndarray | None]) -> str:
    """Return a name for a fit: the same data and settings give the same one."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    for name, array in arrays.items():
        if array is None:
            continue
        plain = array.astype(str) if array.dtype.kind == "O" else array
        digest.update(f"{name} {plain.dtype} {plain.shape}".encode())
        digest.update(np.ascontiguousarray(plain).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Checkpoint:
    """The file of one fit; with ``folder`` None nothing is kept."""

    folder: Path | None
    name: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        assert self.folder is not None
        return self.folder / f"{self.name}.pt"

    def load(self) -> dict[str, Any] | None:
        """Return what was saved, or None; a damaged file counts as none. Nothing is executed."""
        if self.folder is None or not self.path.is_file():
            return None
        try:
            found = torch.load(self.path, map_location="cpu", weights_only=True)
        except (RuntimeError, EOFError, KeyError, ValueError, BadZipFile, pickle.UnpicklingError):
            return None
        return found if isinstance(found, dict) else None

    def save(self, state: Mapping[str, Any]) -> None:
        """Replace the file in one step.

        Raises
        ------
        ValueError
            When the folder cannot be written to.
        """
        if self.folder is None:
            return
        part = self.folder / f".{self.name}.{os.getpid()}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            torch.save(dict(state), part)
            part.replace(self.path)
        except (OSError, RuntimeError) as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise ValueError(f"checkpoints: {self.folder} cannot be written ({error}).") from error

    def remove(self) -> None:
        """Take the file away, and what a kill left of it, for the fit is finished."""
        if self.folder is not None:
            for path in (self.path, *self.folder.glob(f".{self.name}.*.part")):
                path.unlink(missing_ok=True)
