"""CSV and TSV: text tables, also with a locale's separators.

Numbers are the shortest text that reads back as the same float32. A spreadsheet takes a text that
begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break for a formula and would run it, so
such a text gets an apostrophe in front (``guard``). A text that already is an apostrophe followed
by such a beginning gets one more, so that taking one away always gives the real text back;
``read_features`` does so. Plain numbers such as ``-1`` are no formulas and stay.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..errors import InputError, unknown_name
from .base import Format, Written
from .numerals import number, numerals
from .sheet import Column, Sheet

# locale -> (separator, decimal mark), as that country's spreadsheets expect them
_SEMICOLON = (";", ",")
LOCALES = {"en": (",", "."), "de-ch": (";", ".")} | dict.fromkeys(
    ["cs", "da", "de", "es", "fi", "fr", "it", "nb", "nl", "pl", "pt", "ru", "sv", "tr"], _SEMICOLON
)
SPREADSHEET_COLUMNS = 16_384

_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def guard(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula.

    >>> guard("=1+1"), guard("-1"), guard("smile")
    ("'=1+1", '-1', 'smile')
    """
    return "'" + text if _risky(text) else text


def unguard(text: str) -> str:
    """Return the real text behind ``guard``."""
    return text[1:] if text.startswith("'") and _risky(text) else text


def _risky(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text.lstrip("'"))


def _field(text: str, sep: str) -> str:
    # not csv.writer: it quotes a lone carriage return only from Python 3.13 on
    if any(c in text for c in (sep, '"', "\r", "\n")) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


@dataclass(frozen=True)
class CSV(Format):
    """Comma-separated values (RFC 4180).

    Parameters
    ----------
    sep, decimal : str, optional
        Separator and decimal mark; "," and "." unless ``locale`` says otherwise.
    locale : str, optional
        A language such as "de": the marks that its spreadsheets expect.
    encoding : str
        Text encoding.
    bom : bool
        Begin with a byte order mark, by which Excel recognises UTF-8.
    guard : bool
        Put an apostrophe before texts that a spreadsheet would take for a formula.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    limits: ClassVar[str] = (
        "Text only: no types and no units; numbers have the shortest text that reads back as the "
        "same float32; a missing value is an empty field; text that a spreadsheet would take for "
        f"a formula begins with an apostrophe; spreadsheets show {SPREADSHEET_COLUMNS:,} columns."
    )
    sep: str | None = None
    decimal: str | None = None
    locale: str | None = None
    encoding: str = "utf-8"
    bom: bool = False
    guard: bool = True

    @property
    def marks(self) -> tuple[str, str]:
        """Separator and decimal mark in use."""
        if self.locale is not None and self.locale not in LOCALES:
            raise InputError(unknown_name("locale", self.locale, LOCALES))
        sep, decimal = LOCALES[self.locale or "en"]
        return self.sep or sep, self.decimal or decimal

    def check(self, sheet: Sheet) -> None:
        sep, decimal = self.marks
        if len(sep) != 1 or sep in "\"'\r\n0123456789+-eE":
            raise InputError(f"sep must be one character such as ',' or ';', not {sep!r}.")
        if decimal not in (".", ",") or decimal == sep:
            raise InputError(
                f"decimal must be '.' or ',' and differ from sep ({sep!r}), not {decimal!r}."
            )
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise InputError(
                f"encoding must be a known text encoding such as 'utf-8', not {self.encoding!r}."
            ) from error
        if self.bom and not codecs.lookup(self.encoding).name.startswith("utf-8"):
            raise InputError(f"bom needs the encoding utf-8, not {self.encoding!r}.")

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        sep, decimal = self.marks
        encoding = "utf-8-sig" if self.bom else self.encoding
        header = [self._text(t) for t in ["clip", *(c.name for c in sheet.columns), *sheet.names]]
        leading = [self._texts(c, decimal) for c in [Column("", list(sheet.clips)), *sheet.columns]]
        try:
            with path.open("w", encoding=encoding, newline="") as file:
                file.write(sep.join(_field(t, sep) for t in header) + "\n")
                for i, values in enumerate(sheet.values):
                    cells = [_field(c[i], sep) for c in leading]
                    file.write(sep.join(cells + numerals(values, decimal)) + "\n")
        except UnicodeEncodeError as error:
            raise InputError(
                f"the encoding {self.encoding!r} has no {error.object[error.start]!r}, which a "
                "name or a label uses; choose utf-8."
            ) from error
        return Written(notes=self._notes(len(header)))

    def _text(self, text: str) -> str:
        return guard(text) if self.guard else text

    def _texts(self, column: Column, decimal: str) -> list[str]:
        if isinstance(column.values, list):
            return [self._text(v or "") for v in column.values]
        return ["" if np.isnan(v) else number(float(v), decimal) for v in column.values]

    def _notes(self, columns: int) -> tuple[str, ...]:
        if columns <= SPREADSHEET_COLUMNS:
            return ()
        return (
            f"spreadsheets show only the first {SPREADSHEET_COLUMNS:,} of {columns:,} columns.",
        )

    def reading(self, file: str) -> dict[str, str]:
        sep, decimal = self.marks
        encoding = "utf-8-sig" if self.bom else self.encoding
        given = f"sep={sep!r}, decimal={decimal!r}, encoding={encoding!r}"
        return {
            "Python": f"pandas.read_csv({file}, {given}, dtype={{'clip': str}}, "
            "keep_default_na=False)",
            "R": f'read.csv({file}, sep="{sep}", dec="{decimal}", check.names=FALSE)'.replace(
                "\t", "\\t"
            ),
            "MATLAB": f"readtable({file}, 'FileType', 'text', 'Delimiter', '{sep}', "
            f"'DecimalSeparator', '{decimal}', 'VariableNamingRule', 'preserve')".replace(
                "\t", "\\t"
            ),
        }


@dataclass(frozen=True)
class TSV(CSV):
    """Tab-separated values; everything else as in CSV."""

    suffixes: ClassVar[tuple[str, ...]] = (".tsv", ".tab")

    @property
    def marks(self) -> tuple[str, str]:
        """Separator and decimal mark in use."""
        decimal = super().marks[1]
        return self.sep or "\t", decimal
