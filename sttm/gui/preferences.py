"""What a window remembers: theme, size of text, recent inputs; a window adds its own values.

A small JSON file per window in the user's own configuration folder. Lost or damaged, it costs
nothing but a choice made again.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QStandardPaths

from ..atomic import replacing
from ..errors import InputError

MOST_RECENT = 8
LARGEST = 1 << 20  # bytes


def preferences_file(window: str) -> Path:
    """Return where a window's preferences lie.

    ``STTM_<WINDOW>_PREFERENCES`` where that is set, else the user's own folder.

    Parameters
    ----------
    window : {"label", "live"}
    """
    told = os.environ.get(f"STTM_{window.upper()}_PREFERENCES")
    if told:
        return Path(told)
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    return Path(QStandardPaths.writableLocation(place)) / "sttm" / f"{window}.json"


@dataclass
class Preferences:
    """The values, and where they are kept."""

    theme: str = "system"
    scale: float = 1.0
    recent: list[str] = field(default_factory=list)
    file: Path | None = None

    def add_recent(self, path: Path) -> None:
        """Put a path at the head of the recent ones."""
        text = str(path.absolute())
        self.recent = [text, *(p for p in self.recent if p != text)][:MOST_RECENT]

    def recent_paths(self) -> list[Path]:
        """Return the recent paths that are still there, newest first."""
        out = []
        for text in self.recent:
            with contextlib.suppress(OSError, ValueError):
                if Path(text).exists():
                    out.append(Path(text))
        return out

    def save(self) -> None:
        """Write the file; a place that cannot be written to is passed over."""
        if self.file is None:
            return
        values = {k: v for k, v in asdict(self).items() if k != "file"}
        with contextlib.suppress(OSError, InputError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.file) as part:
                part.write_text(json.dumps(values, indent=1), encoding="utf-8")


Kept = TypeVar("Kept", bound=Preferences)


def read_preferences(kind: type[Kept], file: Path) -> Kept:
    """Return what the file says, and defaults for what it does not say well."""
    out = kind(file=file)
    values: Any = None
    with contextlib.suppress(OSError, ValueError, RecursionError):
        if file.stat().st_size <= LARGEST:
            values = json.loads(file.read_text(encoding="utf-8"))
    for known in fields(out):
        value = values.get(known.name) if isinstance(values, dict) else None
        if known.name != "file" and type(value) is type(getattr(out, known.name)):
            setattr(out, known.name, value)
    out.recent = [p for p in out.recent if isinstance(p, str)][:MOST_RECENT]
    out.scale = out.scale if 0.5 <= out.scale <= 3.0 else 1.0
    return out
