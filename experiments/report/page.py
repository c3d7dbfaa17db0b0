"""The template, filled and written as one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sttm.atomic import replacing

from . import counts, figures, sections
from .data import ReportData, check_report_data, importances
from .palette import ramp_css
from .pictures import film_strip, strongest, weight_panels
from .published import NOTE
from .relevance import relevance_context
from .scored import Scored, read_scores
from .words import counted, moment, number, percent, plain

PRINT_RED, PRINT_AMBER = "#a61b1b", "#7a5200"  # as in report.css


def write_report(data: ReportData, path: Path) -> Path:
    """Write the report of a run as one self-contained HTML file, atomically.

    Parameters
    ----------
    data : ReportData
    path : Path
        The file to write; its folder is made when it is not there.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    InputError
        When a table or picture is not what ``ReportData`` says, or the file cannot be written.
    """
    text = render_report(data)
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    return Path(path)


def render_report(data: ReportData) -> str:
    """Return the report as HTML text."""
    check_report_data(data)
    return _environment().get_template("report.html.jinja").render(**_context(data))


def _context(data: ReportData) -> dict[str, Any]:
    scored = read_scores(data.scores)
    run = data.run
    shown = ("command", "started", "platform", "versions", "config_text")
    footing = sections.footing(run)
    leaks, warnings = sections.notes(run)
    return {
        "run": {k: run.get(k) for k in shown},
        "started": moment(run.get("started")) if run.get("finished") else "",
        "title": run.get("title") or run.get("name") or "Experiment",
        "when": moment(run.get("finished") or run.get("started")),
        "style": Markup(_style(footing)),
        "answer": sections.answer(data, scored),
        "doubt": sections.doubt(run),
        "footing": footing,
        "synthetic": sections.synthetic(run),
        "facts": sections.facts(data),
        "leaks": leaks,
        "warnings": warnings,
        **_results(data, scored),
        **_pictures(data),
        **relevance_context(data),
        **_records(data, scored.classes),
    }


def _results(data: ReportData, scored: Scored) -> dict[str, Any]:
    published, unpublished = sections.published_rows(data, scored)
    return {
        "scored": scored,
        "scores": sections.score_rows(scored),
        "chance": scored.chance,
        "published": published,
        "unpublished": unpublished,
        "published_note": NOTE,
        "alike": any(same for _, same in published),
        "datasets": sections.dataset_rows(scored),
        "own": sections.own_row(data, scored),
        "interval_note": sections.interval_note(scored),
        "chance_note": sections.chance_note(scored),
        "calibration_said": sections.calibration_sentence(scored),
        "calibration_facts": sections.calibration_facts(scored),
        "confusion": figures.confusion_rows(scored.classes, scored.counts),
        "confused": figures.most_confused(scored.classes, scored.counts),
        "per_class": sections.class_rows(scored),
        "strip": figures.subject_strip(scored.per_subject, scored.chance),
        "subjects_said": sections.per_subject_sentence(scored, data),
        "reliability": figures.reliability(scored.bins),
    }


def _pictures(data: ReportData) -> dict[str, Any]:
    weights = pd.DataFrame() if data.weights is None else data.weights.rename(columns=str)
    moved = len(weights) and importances(weights).to_numpy(dtype=float).any()
    panels = weight_panels(weights, data.mean_face) if moved else []
    groups = [("Recognised", True), ("Mistaken", False)]
    examples = [(title, [e for e in data.examples if e.right is r]) for title, r in groups]
    return {
        "panels": panels,
        "panels_left": importances(weights).shape[1] - len(panels) if panels else 0,
        "no_panels": _no_panels(weights),
        "occluded": weights.attrs.get("how") == "occlusion",
        "strongest": [(p.label, strongest(weights, p.label)) for p in panels],
        "face_known": data.mean_face is not None,
        "examples": [
            (title, [(e, film_strip(e, len(data.examples))) for e in chosen])
            for title, chosen in examples
            if chosen
        ],
        "stills": data.described.stills,
        "mapped": any(e.map is not None for e in data.examples),
    }


def _no_panels(weights: pd.DataFrame) -> str:
    """Return why no block is drawn."""
    if len(weights):
        return "No block of the face moves what this classifier says."
    why = str(weights.attrs.get("why") or "")
    return why or "This classifier has no weights that could be mapped back onto the face."


def _records(data: ReportData, order: list[str]) -> dict[str, Any]:
    found = counts.data_counts(data, order)
    columns, by_class = counts.class_table(data, order)
    skipped, reasons_left = counts.skipped_rows(data)
    steps, all_steps = sections.step_rows(data.run.get("steps") or [])
    headings, folds = sections.fold_table(data.folds)
    return {
        "counts": found,
        "class_columns": columns,
        "by_class": by_class,
        "described": data.described,
        "skipped": skipped,
        "reasons_left": reasons_left,
        "skipped_count": len(data.skipped),
        "fold_headings": headings,
        "folds": folds,
        "chosen": sections.chosen_summary(data.folds),
        "kept_said": sections.kept_sentence(data),
        "steps": steps,
        "all_steps": all_steps,
    }


def _style(footing: Sequence[tuple[str, str]]) -> str:
    """Return the style sheet; ``footing`` is our own words, never a user's."""
    style = files(__package__).joinpath("report.css").read_text("utf-8") + ramp_css()
    words = " ".join(words for _, words in footing)
    red = any(kind == "dependent" for kind, _ in footing)
    font = f"color: {PRINT_RED if red else PRINT_AMBER}; font: bold 8pt sans-serif;"
    return f'{style}\n@page {{ @bottom-left {{ content: "{words}"; {font} }} }}\n'


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__ or "experiments.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, number=number, plain=plain)
    environment.globals.update(
        counted=counted,
        narrow=figures.even_rows,
        track=figures.track,
        track_x=figures.track_x,
        most=sections.MOST_OPEN_ROWS,
    )
    return environment
