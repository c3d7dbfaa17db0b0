"""Jobs: a clips table becomes one job per row, with its own boxes where boxes are given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .errors import InputError
from .frames import IMAGE_SUFFIXES
from .tables import check_clips, named


@dataclass(frozen=True)
class Job:
    """One row of the clips table, ready for a worker."""

    clip: str
    source: Path
    first: int | None = None
    last: int | None = None
    fps: float | None = None
    boxes: pd.DataFrame | None = None
    landmarks: Path | None = None  # where the clip's own points lie, a file or a folder of files

    @property
    def still(self) -> bool:
        """Whether the clip is known to be a single picture, without opening it."""
        one_frame = self.first is not None and self.first == self.last
        return one_frame or self.source.suffix.lower() in IMAGE_SUFFIXES - {".gif"}


def jobs_of(
    clips: pd.DataFrame, root: Path | None = None, boxes: pd.DataFrame | None = None
) -> list[Job]:
    """Return one job per row of a clips table; relative sources and landmarks are below ``root``.

    Raises
    ------
    InputError
        When the clips table is not as it must be, or ``boxes`` lacks a clip.
    """
    table = check_clips(clips)
    groups = _boxes_by_clip(boxes, table["clip"].tolist())
    out = []
    for row in table.to_dict(orient="records"):
        source = _below(root, row["source"])
        points = str(row.get("landmarks", "") or "")
        first, last = (None if pd.isna(row[c]) else int(row[c]) for c in ("first", "last"))
        fps = None if pd.isna(row["fps"]) else float(row["fps"])
        place = _below(root, points) if points else None
        out.append(Job(row["clip"], source, first, last, fps, groups.get(row["clip"]), place))
    return out


def _below(root: Path | None, name: str) -> Path:
    path = Path(name)
    return path if root is None or path.is_absolute() else root / path


def _boxes_by_clip(boxes: pd.DataFrame | None, clips: list[str]) -> dict[str, pd.DataFrame]:
    if boxes is None:
        return {}
    if "clip" not in boxes:
        if len(clips) == 1:
            return {clips[0]: boxes}
        raise InputError("a boxes table for several clips needs a column 'clip'.")
    groups = {str(clip): rows for clip, rows in boxes.groupby("clip")}
    lacking = [c for c in clips if c not in groups]
    if lacking:
        raise InputError(f"the boxes table has no row for clip {named(lacking)}; add one.")
    return groups
