"""The report: one HTML file that holds everything, loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sttm.atomic import replacing

from . import drawing
from .codes import CODES, LEVELS
from .findings import Finding, counted
from .sections import confusion_sections, lists, mark_sections, time_sections
from .verdict import verdict_parts
from .verify import Verification, worst_level
from .words import MINUS, moment, number, percent

NAME = "verification.html"
MOST_CLIPS = 500  # of a finding, listed
MOST_SUBJECTS = 30  # rows shown at once
MOST_PAIRED = 25  # annotators in the table of pairs


def write_verification(found: Verification, target: str | Path) -> Path:
    """Write a verification as one HTML file and return its path.

    The file holds its own style, asks for nothing on the network and runs no script. Names,
    labels and comments are shown as text, whatever they hold.

    Parameters
    ----------
    found : Verification
    target : path
        The file, or a folder, where it is called ``verification.html``.

    Raises
    ------
    InputError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_verification(Verification([]), folder).name
    'verification.html'
    """
    path = Path(target)
    if path.is_dir() or not path.suffix:
        path = path / NAME
    text = render_verification(found)
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    return path


def render_verification(found: Verification) -> str:
    """Return the report as HTML text."""
    return _environment().get_template("verification.html.jinja").render(**_context(found))


def _context(found: Verification) -> dict[str, Any]:
    facts = found.facts
    return {
        "title": facts.get("study") or "Study",
        "when": moment(facts.get("verified")),
        "style": Markup(files(__package__).joinpath("verification.css").read_text("utf-8")),
        "verdict": verdict_parts(found),
        "worst": worst_level(found),
        "levels": [(level, found.of_level(level)) for level in reversed(LEVELS)],
        "muted": [f for f in found.findings if f.muted],
        "facts": _facts(facts),
        "figures": [(figure, drawing.track(figure)) for figure in found.figures],
        "several": facts.get("several", False),
        "checks": _checks(found),
        "provenance": _provenance(facts),
        "versions": list(facts.get("versions", {}).items()),
        **_pairs(found.tables.get("pairs")),
        **_counts(found.tables.get("counts")),
        **lists(found),
        **confusion_sections(found),
        **time_sections(found),
        **mark_sections(found),
    }


def _facts(facts: dict[str, Any]) -> list[tuple[str, str]]:
    if not facts:
        return []
    people = facts["annotators"]
    names = ", ".join(people[:8]) + (f" and {len(people) - 8} more" if len(people) > 8 else "")
    repeats = f", {facts['repeats']:,} of them hidden repeats" if facts["repeats"] else ""
    return [
        ("Scheme", facts["scheme"]),
        ("Clips", f"{facts['clips']:,}, {facts['labelled']:,} of them with a label that holds"),
        ("Subjects", f"{facts['subjects']:,}"),
        ("Annotators", f"{len(people)}: {names}" if people else "nobody yet"),
        ("Opinions", f"{facts['opinions']:,}{repeats}"),
    ]


def _provenance(facts: dict[str, Any]) -> list[tuple[str, str]]:
    if not facts:
        return []
    looked = "files, frames and labels" if facts["slow"] else "labels, and that files are there"
    return [
        ("Study", f"{facts['study']} ({facts['id']})"),
        ("Verified", f"{moment(facts['verified'])}, in {facts['seconds']:g} s"),
        ("Looked at", looked + ("; predictions of a model" if facts["predictions"] else "")),
        ("Folds", f"{facts['folds']}, which each class should have the subjects for"),
    ]


def _checks(found: Verification) -> list[dict[str, str]]:
    """Return every check and what became of it."""
    slow, suspects = found.facts.get("slow", False), "suspects" in found.tables
    open_ones = {f.code: f for f in found.findings if not f.muted}
    out = []
    for code, rule in CODES.items():
        if code in open_ones:
            state, tone = rule.level, rule.level
        elif any(f.code == code for f in found.findings):
            state, tone = "muted", ""
        elif code[0] == "X" and not suspects:
            state, tone = "no predictions", ""
        elif not rule.always and code[0] != "X" and not slow:
            state, tone = "not looked at", ""
        else:
            state, tone = "fine", ""
        out.append({"code": code, "title": rule.title, "state": state, "tone": tone})
    return out


def _counts(counts: pd.DataFrame | None) -> dict[str, Any]:
    if counts is None or not counts.to_numpy().sum():
        return {"counts": None, "more_counts": None}
    heat = drawing.count_heat(counts)
    shown = drawing.Heat(heat.columns, heat.rows[: MOST_SUBJECTS + 1], total="clips")
    more = heat.rows[MOST_SUBJECTS + 1 :]
    return {
        "counts": shown,
        "more_counts": drawing.Heat(heat.columns, more, total="clips") if more else None,
    }


def _pairs(pairs: pd.DataFrame | None) -> dict[str, Any]:
    if pairs is None or not len(pairs):
        return {"pairs": None, "pairs_note": ""}
    names = list(dict.fromkeys([*pairs["first"], *pairs["second"]]))
    if len(names) <= MOST_PAIRED:
        return {"pairs": drawing.pair_heat(pairs), "pairs_note": ""}
    kept = set(names[:MOST_PAIRED])
    some = pairs[pairs["first"].isin(kept) & pairs["second"].isin(kept)]
    note = f", of the first {MOST_PAIRED} of {len(names)} annotators"
    return {"pairs": drawing.pair_heat(some), "pairs_note": note}


def _not_all_named(finding: Finding) -> bool:
    return any(clip not in finding.sentence for clip in finding.clips)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__ or "labeling.verification", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    capital: Callable[[str], str] = lambda text: text[:1].upper() + text[1:]  # noqa: E731
    signed: Callable[[Any], str] = lambda value: number(value).replace("-", MINUS)  # noqa: E731
    environment.filters.update(number=signed, percent=percent, capitalize_first=capital)
    environment.globals.update(
        counted=counted,
        most_clips=MOST_CLIPS,
        not_all_named=_not_all_named,
        place=drawing.place,
    )
    return environment
