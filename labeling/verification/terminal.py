"""A verification as a few lines of plain text, for the command line."""

from __future__ import annotations

import textwrap
import unicodedata

from .codes import LEVELS
from .findings import Finding
from .verdict import verdict
from .verify import Verification

WIDTH = 100
INDENT = 16


def terminal_lines(found: Verification) -> list[str]:
    """Return the verdict, the figures and one entry per finding, at most 100 columns wide.

    Control characters in names are shown as ``?``, so that a hostile clip name cannot write to the
    terminal.

    Examples
    --------
    >>> found = Verification([Finding("C01", "warning", "1 of 2 clips has no opinion: b.")])
    >>> print("\\n".join(terminal_lines(found)))
    No error, but 1 warning to look at.
    <BLANKLINE>
    warning  C01    1 of 2 clips has no opinion: b.
    """
    lines = textwrap.wrap(_safe(verdict(found)), WIDTH)
    figures = [_safe(str(figure)) for figure in found.figures]
    if figures:
        lines += ["", *(part for line in figures for part in textwrap.wrap(line, WIDTH))]
    open_ones = [f for f in found.findings if not f.muted]
    if open_ones:
        lines.append("")
        for finding in sorted(open_ones, key=lambda f: -LEVELS.index(f.level)):
            lines += _entry(finding)
    muted = len(found.findings) - len(open_ones)
    if muted:
        lines += ["", f"{muted} muted in the scheme; the report tells why."]
    return lines


def _entry(finding: Finding) -> list[str]:
    head = f"{finding.level:<8} {finding.code:<6} "
    return textwrap.wrap(
        _safe(finding.sentence), WIDTH, initial_indent=head, subsequent_indent=" " * INDENT
    )


def _safe(text: str) -> str:
    return "".join("?" if unicodedata.category(c).startswith("C") else c for c in text)
