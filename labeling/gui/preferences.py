"""What the start page remembers between studies: your name, theme, text size, recent studies.

The place in a study is kept by the study itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sttm.gui import preferences as general


@dataclass
class Preferences(general.Preferences):
    """The values, and where they are kept."""

    name: str = ""
    scheme: str = "basic"

    def recent_studies(self) -> list[Path]:
        """Return the recent studies that are still there, newest first."""
        return [path for path in self.recent_paths() if path.is_file()]


def load_preferences(file: Path | None = None) -> Preferences:
    """Return what the file says, and defaults for what it does not say well."""
    place = general.preferences_file("label") if file is None else file
    return general.read_preferences(Preferences, place)
