"""``<file>.json``: where a file comes from, what had to change, how to read it."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import math
import os
from collections import Counter
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from .base import Format, Written
from .sheet import Sheet


def sidecar_path(path: str | os.PathLike[str]) -> Path:
    """Return where the sidecar of ``path`` lies: ``f.csv`` has ``f.csv.json``."""
    path = Path(path)
    return path.with_name(path.name + ".json")


def plain(value: Any) -> Any:
    """Return ``value`` as what JSON can hold; NaN and infinity become null.

    Raises
    ------
    InputError
        For an object that is no data.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(v) for v in value), key=str)
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, os.PathLike):
        return str(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    raise InputError(
        f"provenance must be plain data; it holds a {type(value).__name__}: {value!r}."
    )


def describe_file(
    name: str, form: str, options: Format, sheet: Sheet, written: Written, provenance: Any
) -> dict[str, Any]:
    """Return the content of a sidecar, without the file's size and digest."""
    units = {"clip": "text", "features": "dimensionless, float32"}
    about: dict[str, Any] = {
        "file": name,
        "format": form,
        "made_by": f"sttm-toolkit {_version()}",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "options": plain(options),
        "rows": len(sheet.clips),
        "features": len(sheet.names),
        "beside": [c.name for c in sheet.columns],
        "units": units | (plain(provenance.get("units")) or {}),
        "limits": options.limits,
        "reading": _reading(options, name, len(sheet.names)),
    }
    if sheet.label:
        counts = Counter(t for t in sheet.label.texts or [] if t is not None)
        about["labels"] = dict(sorted(counts.items()))
        about["without_label"] = len(sheet.clips) - sum(counts.values())
    changes = {"names": written.names, "codes": plain(written.codes), "texts": written.texts}
    about |= {key: value for key, value in changes.items() if value}
    if not options.holds_clips:
        about["clip_of_row"] = sheet.clips
    if not options.holds_names:
        about["name_of_column"] = sheet.names
    about["provenance"] = provenance
    return about


def _reading(options: Format, name: str, features: int) -> dict[str, str]:
    quoted = json.dumps(name, ensure_ascii=False)
    lines = options.reading(quoted)
    return {program: line.replace("<features>", str(features)) for program, line in lines.items()}


def _version() -> str:
    try:
        return metadata.version("sttm-toolkit")
    except metadata.PackageNotFoundError:
        return "(not installed)"


def digest(path: Path) -> dict[str, Any]:
    """Return the size and the SHA-256 of a file's content."""
    with path.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": sha}


def read_sidecar(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the sidecar of ``path``, or an empty dictionary where there is none.

    Raises
    ------
    InputError
        When it cannot be read or is no JSON object.
    """
    side = sidecar_path(path)
    try:
        content = json.loads(side.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            f"{side} must be the JSON sidecar of {Path(path).name} and cannot be read ({error}); "
            "mend it or remove it."
        ) from error
    if not isinstance(content, dict):
        raise InputError(f"{side} must hold a JSON object; mend it or remove it.")
    return content
