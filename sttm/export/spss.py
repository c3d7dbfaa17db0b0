"""SPSS: a ``.sav`` file with variable labels and value labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ..errors import InputError
from .base import Format, Written, need
from .names import NameRule, changed, cut_bytes, fit_names, words
from .sheet import Column, Sheet

KEYWORDS = words("all and by eq ge gt le lt ne not or to with")
NAMES = NameRule("A-Za-z", "A-Za-z0-9_.", 64, reserved=KEYWORDS, fold=True, last="._")
MOST_TEXT = 32_767  # bytes of one string
MOST_LABEL = 255  # bytes of a variable's label
MOST_VALUE_LABEL = 120  # bytes of a value's label


def coded_frame(sheet: Sheet, names: list[str]) -> tuple[pd.DataFrame, dict[int, str]]:
    """Return the sheet as one table under ``names``, labels as numbers, and number -> label.

    The columns are the clip, the label (NaN where missing), the others, the features.
    """
    codes, classes = sheet.label_codes()
    front: dict[str, Any] = {names[0]: sheet.clips}
    for name, column in zip(names[1:], sheet.columns, strict=False):
        if column.name == "label":
            front[name] = np.where(codes == 0, np.nan, codes.astype(np.float64))
        else:
            front[name] = column.filled() if isinstance(column.values, list) else column.values
    values = pd.DataFrame(sheet.values, columns=names[len(front) :])
    return pd.concat([pd.DataFrame(front), values], axis=1), classes


@dataclass(frozen=True)
class SAV(Format):
    """SPSS system file; labels are numbers with value labels.

    Parameters
    ----------
    compress : bool
        Compress row by row.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".sav",)
    limits: ClassVar[str] = (
        "Variable names have at most 64 letters, digits, '.' and '_' and ignore case, real names "
        "are the variable labels; labels are numbers with value labels of at most 120 bytes; a "
        "missing text is empty; text has at most 32,767 bytes and loses spaces at its end; "
        "float32 becomes double, which is exact, and -0 becomes 0."
    )
    compress: bool = True

    def check(self, sheet: Sheet) -> None:
        need("pyreadstat", "SPSS export")
        for column in [Column("clip", list(sheet.clips)), *sheet.others]:
            for text in column.texts or []:
                if text and len(text.encode()) > MOST_TEXT:
                    raise InputError(
                        f"SPSS text has at most {MOST_TEXT:,} bytes; column {column.name!r} has a "
                        f"longer one ({text[:20]}...); shorten it or choose another format."
                    )

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        pyreadstat = need("pyreadstat", "SPSS export")
        real = ["clip", *(c.name for c in sheet.columns), *sheet.names]
        names = fit_names(real, NAMES)
        table, classes = coded_frame(sheet, names)
        shown = {i: cut_bytes(c, MOST_VALUE_LABEL) for i, c in classes.items()}
        try:
            pyreadstat.write_sav(
                table,
                str(path),
                column_labels={
                    n: cut_bytes(r, MOST_LABEL) for n, r in zip(names, real, strict=True)
                },
                variable_value_labels={names[1]: shown} if classes else {},
                row_compress=self.compress,
            )
        except (
            pyreadstat.ReadstatError,
            pyreadstat.PyreadstatError,
        ) as error:  # the library hides the system's reason
            raise OSError(None, str(error)) from error
        return Written(
            names=changed(names, real),
            codes={"label": classes} if classes else {},
            notes=_notes(sheet, shown != classes),
        )

    def reading(self, file: str) -> dict[str, str]:
        return {
            "SPSS": f"GET FILE={file}.",
            "Python": f"pyreadstat.read_sav({file})",
            "R": f"haven::read_sav({file})",
        }


def _notes(sheet: Sheet, cut: bool) -> tuple[str, ...]:
    notes = []
    if any(c != c.rstrip() for c in sheet.clips):
        notes.append("SPSS drops the spaces at the end of clip names.")
    if cut:
        notes.append(f"labels longer than {MOST_VALUE_LABEL} bytes were cut; the sidecar has them.")
    return tuple(notes)
