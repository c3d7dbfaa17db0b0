"""ARFF: Weka's own format, with the label as the nominal attribute ``class`` at the end.

Clip names are left out unless asked for: a classifier would take them for a feature and learn the
clips by heart. The rows stay in order, and the sidecar lists their clips.

Readers disagree on quoted text, so names and nominal values are bent to plain ASCII that needs no
quotes; what had to change is in the sidecar.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .base import Format, Written
from .names import NameRule, changed, fit_names
from .numerals import number, numerals
from .sheet import Column, Sheet

NAMES = NameRule("A-Za-z", "A-Za-z0-9_.\\-", 1000)
VALUES = NameRule("A-Za-z0-9_", "A-Za-z0-9_.\\-", 1000)


@dataclass(frozen=True)
class ARFF(Format):
    """Attribute-relation file of Weka.

    Parameters
    ----------
    clips : bool
        Put the clip and the further label columns in front of the features. Remove them before
        training.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".arff",)
    limits: ClassVar[str] = (
        "Names and labels are plain ASCII without spaces; clip names and further columns are left "
        "out (a classifier would learn them) unless clips=True; numbers have the shortest text "
        "that reads back as the same float32; a missing value is '?'."
    )
    clips: bool = False

    @property
    def holds_clips(self) -> bool:  # type: ignore[override]
        """Whether the file itself names the clips."""
        return self.clips

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        front = [Column("clip", list(sheet.clips)), *sheet.others] if self.clips else []
        back = [Column("class", sheet.label.values)] if sheet.label else []
        real = [*(c.name for c in front), *sheet.names]
        names = fit_names(real, NAMES, taken=[c.name for c in back])
        beside = [_Nominal(c) for c in [*front, *back]]
        with path.open("w", encoding="ascii", newline="\n") as file:
            file.write("% made by sttm-toolkit; see the .json file beside this one\n")
            file.write("@RELATION sttm\n\n")
            for name, column in zip(names, beside[: len(front)], strict=False):
                file.write(f"@ATTRIBUTE {name} {column.kind}\n")
            file.writelines(f"@ATTRIBUTE {name} NUMERIC\n" for name in names[len(front) :])
            file.writelines(f"@ATTRIBUTE class {c.kind}\n" for c in beside[len(front) :])
            file.write("\n@DATA\n")
            for i, values in enumerate(sheet.values):
                cells = [c.cells[i] for c in beside[: len(front)]] + numerals(values)
                file.write(",".join(cells + [c.cells[i] for c in beside[len(front) :]]) + "\n")
        texts = {"label" if c.name == "class" else c.name: c.changed for c in beside if c.changed}
        return Written(
            names=changed(names, real) | {c.name: "label" for c in back},
            texts=texts,
            notes=() if self.clips else sheet.left_out(),
        )

    def reading(self, file: str) -> dict[str, str]:
        return {
            "Weka": f"weka.core.converters.ConverterUtils.DataSource.read({file})",
            "Python": f"scipy.io.arff.loadarff({file})",
            "R": f"foreign::read.arff({file})",
        }


class _Nominal:
    """A column as an attribute: its type, the text of each cell and which values had to change."""

    def __init__(self, column: Column) -> None:
        self.name = column.name
        self.changed: dict[str, str] = {}
        if not isinstance(column.values, list):
            self.kind = "NUMERIC"
            self.cells = ["?" if np.isnan(v) else number(float(v)) for v in column.values]
            return
        real = sorted({v for v in column.values if v is not None})
        fitted = fit_names(real, VALUES)
        self.changed = changed(fitted, real)
        self.kind = "{" + ",".join(fitted or ["none"]) + "}"
        find = dict(zip(real, fitted, strict=True))
        self.cells = ["?" if v is None else find[v] for v in column.values]
