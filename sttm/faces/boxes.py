"""Boxes given in a table: where the face is, as somebody else found or drew it.

Columns ``x, y, w, h`` (source pixels), ``clip`` and ``frame`` where there are several. ``frame`` is
counted from the first frame of the clip as it is opened, from 0; without it a box holds for the
whole clip. Between given frames boxes are interpolated linearly; before the first and after the
last they stay. Eyes may be given too: ``left_x, left_y, right_x, right_y``, left and right as seen
in the picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError
from ..tables import named
from .finders import Found

BOX = ["x", "y", "w", "h"]
EYES = ["left_x", "left_y", "right_x", "right_y"]


def read_boxes(path: str | Path) -> pd.DataFrame:
    """Return the checked boxes table of a CSV file.

    Raises
    ------
    InputError
        When the file cannot be read or its columns are not as the module says.
    """
    try:
        table = pd.read_csv(path, dtype={"clip": str})
    except (OSError, ValueError) as error:
        raise InputError(f"boxes must be a CSV file; {str(path)!r} cannot be read so.") from error
    return check_boxes(table)


def check_boxes(table: pd.DataFrame) -> pd.DataFrame:
    """Return a checked copy: numbers that are finite, boxes with an area, whole frames from 0."""
    missing = [c for c in BOX if c not in table.columns]
    if missing:
        raise InputError(
            f"a boxes table needs columns x, y, w, h; {named(missing)} is not among "
            f"{named(table.columns, 8)}."
        )
    if table.empty:
        raise InputError("a boxes table needs at least one row; this one has none.")
    out = table.copy()
    columns = BOX + (EYES if all(c in table for c in EYES) else [])
    out[columns] = out[columns].apply(pd.to_numeric, errors="coerce").astype(float)
    _check_values(out[BOX].to_numpy())
    if "frame" in out:
        out["frame"] = _frames(out["frame"])
    return out


def _check_values(boxes: np.ndarray) -> None:
    bad = ~np.isfinite(boxes).all(axis=1) | (boxes[:, 2:] <= 0).any(axis=1)
    if bad.any():
        raise InputError(
            "boxes must be numbers with w and h above 0; row "
            f"{int(np.flatnonzero(bad)[0]) + 1} has {boxes[bad][0].tolist()}."
        )


def _frames(raw: pd.Series) -> pd.Series:
    frames = pd.to_numeric(raw, errors="coerce")
    bad = raw.notna() & (frames.isna() | (frames < 0) | (frames % 1 != 0))
    if bad.any():
        raise InputError(f"'frame' must be a whole number from 0; it is {raw[bad].iloc[0]!r}.")
    return frames.fillna(0).astype(int)


def boxes_of(table: pd.DataFrame, clip: str) -> pd.DataFrame:
    """Return the rows of one clip, all of them where the table names no clips.

    Raises
    ------
    InputError
        When the table names clips but not this one.
    """
    if "clip" not in table.columns:
        return table
    rows = table[table["clip"].astype(str) == str(clip)]
    if rows.empty:
        raise InputError(f"the boxes table has no row for clip {str(clip)!r}; add one.")
    return rows


def boxes_from(boxes: pd.DataFrame, start: int) -> pd.DataFrame:
    """Return one clip's boxes counted from its frame ``start``, for a clip that begins later.

    The row of frame 0 is what is interpolated there; a table without ``frame`` stays as it is.
    """
    boxes = check_boxes(boxes)
    if "frame" not in boxes or start == 0:
        return boxes
    given, columns = GivenBoxes(boxes), BOX + (EYES if all(c in boxes for c in EYES) else [])
    face = given.at(start)
    eyes = np.full(4, np.nan) if face.eyes is None else face.eyes.ravel()
    later = boxes[boxes["frame"] > start]
    begin = boxes.head(1).assign(frame=start)
    begin[columns] = [[*face.box, *eyes][: len(columns)]]
    moved = pd.concat([begin, later], ignore_index=True)
    return moved.assign(frame=moved["frame"] - start)


class GivenBoxes:
    """The boxes of one clip, at every frame.

    Parameters
    ----------
    boxes : DataFrame, path of a CSV file, or array (4,) or (t, 4)
        One clip's boxes; an array has one box for all frames, or one for each.
    """

    def __init__(self, boxes: Any) -> None:
        self.eyes = None
        if not isinstance(boxes, (str, Path, pd.DataFrame)):
            self.boxes = _as_array(boxes)
            self.frames = np.arange(len(self.boxes), dtype=float)
            return
        table = check_boxes(boxes) if isinstance(boxes, pd.DataFrame) else read_boxes(boxes)
        if "clip" in table and table["clip"].nunique(dropna=False) > 1:
            raise InputError(
                "the boxes of one clip are needed here; this table names several "
                f"({named(table['clip'].unique())})."
            )
        if "frame" not in table:
            table = table.assign(frame=0)
        if table["frame"].duplicated().any():
            twice = int(table.loc[table["frame"].duplicated(), "frame"].iloc[0])
            raise InputError(f"the boxes table gives frame {twice} two boxes; keep one.")
        table = table.sort_values("frame")
        self.frames = table["frame"].to_numpy(dtype=float)
        self.boxes = table[BOX].to_numpy(dtype=float)
        if all(c in table for c in EYES) and np.isfinite(table[EYES]).all(axis=None):
            self.eyes = table[EYES].to_numpy(dtype=float)

    def at(self, frame: int) -> Found:
        """Return the face at a frame."""
        box = self._between(self.boxes, frame)
        eyes = None if self.eyes is None else self._between(self.eyes, frame).reshape(2, 2)
        return Found(box, 1.0, eyes)

    def _between(self, values: np.ndarray, frame: int) -> np.ndarray:
        return np.array([np.interp(frame, self.frames, column) for column in values.T])


def _as_array(boxes: Any) -> np.ndarray:
    try:
        values = np.asarray(boxes, dtype=float)
    except (TypeError, ValueError):
        values = np.zeros(0)
    if values.ndim not in (1, 2) or values.shape[-1] != 4:
        raise InputError(
            "boxes must be a table, a CSV file or an array (4,) or (t, 4) of x, y, w, h; "
            f"{type(boxes).__name__} of shape {values.shape} is not."
        )
    values = np.atleast_2d(values)
    if not len(values):
        raise InputError("a boxes table needs at least one row; this one has none.")
    _check_values(values)
    return values
