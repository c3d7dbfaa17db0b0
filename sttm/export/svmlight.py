"""svmlight: the sparse text of SVMlight and LIBSVM."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .base import Format, Written
from .numerals import numerals
from .sheet import Sheet


@dataclass(frozen=True)
class SVMLight(Format):
    """One line per clip: the label's number, then ``index:value`` for all values that are not 0.

    Parameters
    ----------
    comments : bool
        Write the clip's name at the end of its line and the labels' numbers at the top.
        SVMlight and scikit-learn skip such comments, LIBSVM's programs refuse them.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".svmlight", ".svm", ".libsvm")
    limits: ClassVar[str] = (
        "Numbers only: columns are numbered from 1, labels are whole numbers from 1 (0: no label) "
        "in alphabetical order; names of columns, clips and labels and all further columns are "
        "in the sidecar or left out; -0 is read as 0; numbers have the shortest text that reads "
        "back as the same float32."
    )
    holds_clips: ClassVar[bool] = False
    holds_names: ClassVar[bool] = False
    comments: bool = False

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        codes, classes = sheet.label_codes()
        with path.open("w", encoding="utf-8", newline="\n") as file:
            if self.comments:
                file.writelines(f"# {i} = {_one_line(c)}\n" for i, c in classes.items())
            for code, clip, values in zip(codes, sheet.clips, sheet.values, strict=True):
                at = np.flatnonzero(values)
                texts = numerals(values[at])
                cells = [f"{i}:{t}" for i, t in zip((at + 1).tolist(), texts, strict=True)]
                tail = [f"# {_one_line(clip)}"] if self.comments else []
                file.write(" ".join([str(code), *cells, *tail]) + "\n")
        bare = "clips without a label have the number 0; take them out before training."
        notes = (bare,) if classes and (codes == 0).any() else ()
        return Written(codes={"label": classes} if classes else {}, notes=notes + sheet.left_out())

    def reading(self, file: str) -> dict[str, str]:
        return {
            "Python": f"sklearn.datasets.load_svmlight_file({file}, zero_based=False, "
            "n_features=<features>)",
            "R": f"e1071::read.matrix.csr({file})",
            "MATLAB": f"[y, X] = libsvmread({file})",
        }


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("#", "_")
