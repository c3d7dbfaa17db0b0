"""MATLAB: a version 5 ``.mat`` file, which Octave and SciPy read too."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError
from .base import Format, Written
from .names import NameRule, changed, words
from .npz import beside
from .sheet import Sheet

MOST_BYTES = 2**31 - 1  # of one variable, in the files of MATLAB 5 to 7
KEYWORDS = words(
    "break case catch classdef continue else elseif end for function global if otherwise "
    "parfor persistent return spmd switch try while"
)
RULE = NameRule("A-Za-z", "A-Za-z0-9_", 63, reserved=KEYWORDS)


@dataclass(frozen=True)
class MAT(Format):
    """Variables ``X`` (n, d) single, and cell arrays ``names``, ``clips``, ``labels``.

    Parameters
    ----------
    compress : bool
        Compress the variables (readable from MATLAB 7 on).
    """

    suffixes: ClassVar[tuple[str, ...]] = (".mat",)
    limits: ClassVar[str] = (
        "One matrix and its names as cell arrays: a missing text is an empty cell, a missing "
        "number is NaN; a variable holds less than 2 GB; names of further columns are bent to "
        "MATLAB's rules (63 letters, digits and '_')."
    )
    compress: bool = True

    def check(self, sheet: Sheet) -> None:
        size = sheet.values.size * 4
        if size > MOST_BYTES:
            raise InputError(
                f"a .mat file holds less than 2 GB per matrix; this one has {size / 2**30:.1f} GB; "
                "export to .h5, which MATLAB reads with h5read, or fewer clips at a time."
            )

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        from scipy.io import savemat

        variables: dict[str, Any] = {
            "X": sheet.values,
            "names": _cells(sheet.names),
            "clips": _cells(sheet.clips),
            "provenance": json.dumps(provenance),
        }
        if sheet.label:
            variables["labels"] = _cells(sheet.label.filled())
        keys = beside(sheet, RULE)
        for column in sheet.others:
            text = isinstance(column.values, list)
            variables[keys[column.name]] = _cells(column.filled()) if text else column.values
        with path.open("wb") as file:
            savemat(
                file,
                variables,
                do_compression=self.compress,
                long_field_names=True,
                oned_as="column",
            )
        return Written(names=changed(list(keys.values()), list(keys)))

    def reading(self, file: str) -> dict[str, str]:
        return {
            "MATLAB": f"load({file})",
            "Octave": f"load({file})",
            "Python": f"scipy.io.loadmat({file}, simplify_cells=True)['X']",
            "R": f"R.matlab::readMat({file})",
        }


def _cells(texts: Sequence[str]) -> np.ndarray:
    cells = np.empty((len(texts), 1), dtype=object)  # object arrays become cell arrays
    cells[:, 0] = texts
    return cells
