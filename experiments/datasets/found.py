"""What a reader comes upon in a data set: clips, what cannot be used, what is no clip."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sttm.frames.naming import natural_key

from .base import Dataset, build_dataset


@dataclass
class Found:
    """Collects rows while a reader walks its folder.

    Parameters
    ----------
    root : Path
        Folder that everything is named from.
    """

    root: Path
    rows: list[dict[str, object]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    passed: list[tuple[str, str]] = field(default_factory=list)
    _first: dict[str, str] = field(default_factory=dict)

    def shown(self, path: Path) -> str:
        """Return a path below the root as text that can be printed, whatever its bytes."""
        return _plain(path.relative_to(self.root).as_posix())

    def clip(self, name: str, source: Path, **columns: object) -> None:
        """Add a clip, unless one of its name is there already or its path cannot be written."""
        shown = self.shown(source)
        if shown != source.relative_to(self.root).as_posix():
            self.skip(source, "its name is not valid Unicode; rename it")
        elif shown != shown.strip():
            self.skip(source, "its name begins or ends with a space; rename it")
        elif name in self._first:
            self.skip(source, f"another clip is called {name}, too: {self._first[name]}")
        else:
            self._first[name] = shown
            self.rows.append({"clip": name, "source": shown, **columns})

    def skip(self, what: Path | str, reason: str) -> None:
        """Note a clip, by its name or its path, that cannot be used."""
        self.skipped.append(self._row(what, reason))

    def leave(self, what: Path | str, reason: str) -> None:
        """Note what lies there and is no clip."""
        self.passed.append(self._row(what, reason))

    def _row(self, what: Path | str, reason: str) -> tuple[str, str]:
        return what if isinstance(what, str) else self.shown(what), _plain(reason)

    def table(self) -> pd.DataFrame:
        """Return the clips in natural order of their names."""
        rows = sorted(self.rows, key=lambda row: natural_key(str(row.get("clip"))))
        return pd.DataFrame(rows)

    def dataset(self, kind: str, about: str) -> Dataset:
        """Return the data set; ``about`` may hold ``{clips}`` and ``{subjects}``.

        Raises
        ------
        InputError
            When no clip was found; the sentence gives the first reasons.
        """
        subjects = len({row.get("subject", "") for row in self.rows} - {""})
        told = about.format(clips=len(self.rows), subjects=subjects)
        return build_dataset(self.table(), self.root, told, kind, self.skipped, self.passed)


def _plain(text: str) -> str:
    """Return text that can be printed: bytes of a name that are no Unicode become ``?``."""
    return text.encode("utf-8", "replace").decode()
