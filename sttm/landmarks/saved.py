"""A trained regressor in a file: a zip of JSON and plain arrays, from which nothing is executed."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import replacing
from ..errors import InputError
from .regressor import ShapeRegressor

FORMAT = 1
KIND = "sttm landmark regressor"
HEAD = "regressor.json"
LARGEST = 400_000_000  # bytes that a file may unpack to; the default model has 13 million
DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError, TypeError)


def save_regressor(model: ShapeRegressor, path: Path) -> Path:
    """Write a fitted regressor, at once or not at all.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    head, arrays = model.to_values()
    text = json.dumps({"format": FORMAT, "kind": KIND, **head}, indent=1)
    with replacing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(HEAD, text)
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            archive.writestr(f"{name}.npy", content.getvalue())
    return Path(path)


def load_regressor(path: Path) -> ShapeRegressor:
    """Return the regressor in a file; nothing in the file is executed.

    Raises
    ------
    InputError
        When the file is missing, is no such file, is damaged or of another format.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            f"there is no landmark model {path}; `sttm landmarks train` makes one from pictures "
            "with points."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            head, arrays = _unpack(archive)
        if head.get("kind") != KIND or head.get("format") != FORMAT:
            raise ValueError(f"it states kind {head.get('kind')!r}, format {head.get('format')!r}")
        return ShapeRegressor.from_values(head, arrays)
    except OSError as error:
        raise InputError(f"cannot read the landmark model {path}: {error}.") from error
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise InputError(
            f"{path} is no landmark model that this version reads ({reason}); train one with "
            "`sttm landmarks train`."
        ) from error


def _unpack(archive: zipfile.ZipFile) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if sum(part.file_size for part in archive.infolist()) > LARGEST:
        raise ValueError(f"it would unpack to more than {LARGEST} bytes")
    head = json.loads(archive.read(HEAD))
    if not isinstance(head, dict):
        raise ValueError("its head is no mapping")
    arrays = {}
    for name in archive.namelist():
        if name.endswith(".npy"):
            content = io.BytesIO(archive.read(name))
            arrays[name.removesuffix(".npy")] = np.load(content, allow_pickle=False)
    return head, arrays


def fingerprint(head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> str:
    """Return a digest of what a model finds points with; what it was trained on does not count."""
    digest = hashlib.blake2b(digest_size=20)
    said = {name: head[name] for name in ("settings", "limit", "sizes")}
    digest.update(json.dumps(said, sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
