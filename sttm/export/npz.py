"""NPZ: NumPy arrays in one file, without any pickle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .base import Format, Written
from .names import NameRule, changed, fit_names
from .sheet import Sheet

FIXED = ("X", "names", "clips", "labels", "provenance")
# savez takes its arrays as keywords and has one of its own, called "file"
RULE = NameRule("A-Za-z", "A-Za-z0-9_", 100, reserved=frozenset({"file", "allow_pickle"}))


def beside(sheet: Sheet, rule: NameRule) -> dict[str, str]:
    """Return real name -> key for the columns other than ``label``, apart from the fixed keys."""
    real = [c.name for c in sheet.others]
    return dict(zip(real, fit_names(real, rule, taken=FIXED), strict=True))


@dataclass(frozen=True)
class NPZ(Format):
    """NumPy arrays ``X`` (n, d) float32, ``names``, ``clips``, ``labels``, ``provenance``.

    Parameters
    ----------
    compress : bool
        Deflate the arrays.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".npz",)
    limits: ClassVar[str] = (
        "Arrays without types per column: a missing text is empty, a missing number is NaN; "
        "every text takes the room of the longest one."
    )
    compress: bool = True

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        arrays = {
            "X": sheet.values,
            "names": np.array(sheet.names, dtype=str),
            "clips": np.array(sheet.clips, dtype=str),
            "provenance": np.array(json.dumps(provenance)),
        }
        if sheet.label:
            arrays["labels"] = np.array(sheet.label.filled(), dtype=str)
        keys = beside(sheet, RULE)
        for column in sheet.others:
            text = isinstance(column.values, list)
            arrays[keys[column.name]] = np.array(
                column.filled() if text else column.values, dtype=str if text else np.float64
            )
        save = np.savez_compressed if self.compress else np.savez
        with path.open("wb") as file:
            save(file, allow_pickle=False, **arrays)
        return Written(names=changed(list(keys.values()), list(keys)))

    def reading(self, file: str) -> dict[str, str]:
        return {"Python": f"numpy.load({file})['X']  # and 'names', 'clips', 'labels'"}
