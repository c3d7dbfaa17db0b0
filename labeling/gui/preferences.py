"""What the start page remembers between studies: your name, theme, text size, recent studies.

A small JSON file in the user's own configuration folder. Lost or damaged, it costs nothing but a
name typed again. The place in a study is kept by the study itself.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from PySide6.QtCore import QStandardPaths

from sttm.atomic import replacing
from sttm.errors import InputError

MOST_RECENT = 8
LARGEST = 1 << 20  # bytes


def preferences_file() -> Path:
    """Return where the preferences lie: ``STTM_LABEL_PREFERENCES``, or the user's own folder."""
    told = os.environ.get("STTM_LABEL_PREFERENCES")
    if told:
        return Path(told)
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    return Path(QStandardPaths.writableLocation(place)) / "sttm" / "label.json"


@dataclass
class Preferences:
    """The values, and where they are kept."""

    name: str = ""
    scheme: str = "basic"
    theme: str = "system"
    scale: float = 1.0
    recent: list[str] = field(default_factory=list)
    file: Path | None = None

    def add_recent(self, study: Path) -> None:
        """Put a study at the head of the recent ones."""
        path = str(study.absolute())
        self.recent = [path, *(p for p in self.recent if p != path)][:MOST_RECENT]

    def recent_studies(self) -> list[Path]:
        """Return the recent studies that are still there, newest first."""
        out = []
        for text in self.recent:
            with contextlib.suppress(OSError, ValueError):
                if Path(text).is_file():
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


def load_preferences(file: Path | None = None) -> Preferences:
    """Return what the file says, and defaults for what it does not say well."""
    file = preferences_file() if file is None else file
    out = Preferences(file=file)
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
