"""Stata: a ``.dta`` file with variable labels and value labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError
from .base import Format, Written
from .names import NameRule, changed, fit_names, words
from .sheet import Sheet
from .spss import coded_frame

RESERVED = words(
    "aggregate array boolean break byte case catch class colvector complex const continue default "
    "delegate delete do double else eltypedef end enum explicit export external float for friend "
    "function global goto if in inline int local long mata matrix namespace new null numeric "
    "nullmat operator orgtypedef pointer polymorphic pragma private protected public quad real "
    "return rowvector scalar short signed static strl string struct super switch template this "
    "throw transmorphic try typedef typename union unsigned using vector version virtual void "
    "volatile while with _all _b _coef _cons _n _pi _pred _rc _se _skip"
) | {f"str{n}" for n in range(1, 2046)}
NAMES = NameRule("A-Za-z", "A-Za-z0-9_", 32, reserved=RESERVED)
MOST_LABEL = 80  # characters of a variable's label
MOST_VALUE_LABEL = 32_000  # bytes of a value's label
# format version -> variables that it holds (119 is for Stata/MP)
LARGEST = float.fromhex("0x1.fffffep126")  # of a Stata float; beyond are its missing values
BE = 2_048  # variables that the smallest edition reads
VERSIONS = {118: 32_767, 119: 120_000}


@dataclass(frozen=True)
class DTA(Format):
    """Stata data set (format 118; 119 above 32,767 variables); labels have value labels."""

    suffixes: ClassVar[tuple[str, ...]] = (".dta",)
    limits: ClassVar[str] = (
        "Variable names have at most 32 letters, digits and '_', real names are the variable "
        "labels (80 characters); labels are numbers with value labels; a missing text is empty; "
        "at most 120,000 variables (Stata/BE reads 2,048, SE 32,767); float32 is Stata's float, "
        "and a column with numbers beyond 1.7e38 becomes double, which is exact."
    )

    def check(self, sheet: Sheet) -> None:
        self._check_labels(sheet)
        count = 1 + len(sheet.columns) + len(sheet.names)
        most = max(VERSIONS.values())
        if count > most:
            raise InputError(
                f"Stata holds at most {most:,} variables; this table has {count:,}; "
                "choose another format or fewer features."
            )

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        real = ["clip", *(c.name for c in sheet.columns), *sheet.names]
        names = fit_names(real, NAMES)
        table, classes = coded_frame(sheet, names)
        far = np.abs(sheet.values).max(axis=0) > LARGEST  # pandas minds the positive side only
        table = table.astype(dict.fromkeys(np.array(names[-len(far) :])[far], np.float64))
        version = next(v for v, most in VERSIONS.items() if len(real) <= most)
        with path.open("wb") as file:
            table.to_stata(
                file,
                version=version,  # type: ignore[arg-type]
                write_index=False,
                variable_labels={n: r[:MOST_LABEL] for n, r in zip(names, real, strict=True)},
                value_labels={names[1]: dict(classes.items())} if classes else None,
            )
        return Written(
            names=changed(names, real),
            codes={"label": classes} if classes else {},
            notes=self._notes(len(real)),
        )

    def _check_labels(self, sheet: Sheet) -> None:
        _, classes = sheet.label_codes()
        long = [c for c in classes.values() if len(c.encode()) > MOST_VALUE_LABEL]
        if long:
            raise InputError(
                f"a Stata label has at most {MOST_VALUE_LABEL:,} bytes; {long[0][:20]}... has "
                f"{len(long[0].encode()):,}; shorten it or choose another format."
            )

    def _notes(self, variables: int) -> tuple[str, ...]:
        if variables <= BE:
            return ()
        edition = "MP" if variables > VERSIONS[118] else "SE (set maxvar first) or MP"
        return (f"{variables:,} variables need Stata/{edition}; Stata/BE reads {BE:,}.",)

    def reading(self, file: str) -> dict[str, str]:
        return {
            "Stata": f"use {file}, clear",
            "Python": f"pandas.read_stata({file})",
            "R": f"haven::read_dta({file})",
        }
