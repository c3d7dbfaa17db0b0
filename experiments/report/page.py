"""The template, filled and written as one HTML file that loads nothing."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sttm.atomic import replacing

from . import figures, sections
from .data import ReportData, check_report_data, importances
from .palette import ramp_css
from .pictures import film_strip, strongest, weight_panels
from .published import NOTE
from .scored import Scored, read_scores
from .words import counted, moment, number, percent, plain


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
    return {
        "run": {k: run.get(k) for k in shown},
        "started": moment(run.get("started")) if run.get("finished") else "",
        "title": run.get("title") or run.get("name") or "Experiment",
        "when": moment(run.get("finished") or run.get("started")),
        "style": Markup(_style()),
        "answer": sections.answer(data, scored),
        "independent": sections.independent(run),
        "synthetic": sections.synthetic(run),
        "facts": sections.facts(data),
        "warnings": list(run.get("warnings") or []),
        **_results(data, scored),
        **_pictures(data),
        **_records(data, scored.classes),
    }


def _results(data: ReportData, scored: Scored) -> dict[str, Any]:
    published, unpublished = sections.published_rows(data)
    return {
        "scored": scored,
        "scores": sections.score_rows(scored),
        "chance": scored.chance,
        "published": published,
        "unpublished": unpublished,
        "published_note": NOTE,
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
    panels = weight_panels(weights, data.mean_face) if len(weights) else []
    groups = [("Recognised", True), ("Mistaken", False)]
    examples = [(title, [e for e in data.examples if e.right is r]) for title, r in groups]
    return {
        "panels": panels,
        "panels_left": importances(weights).shape[1] - len(panels) if panels else 0,
        "strongest": [(p.label, strongest(weights, p.label)) for p in panels],
        "face_known": data.mean_face is not None,
        "examples": [
            (title, [(e, film_strip(e, len(data.examples))) for e in chosen])
            for title, chosen in examples
            if chosen
        ],
        "mapped": any(e.map is not None for e in data.examples),
    }


def _records(data: ReportData, order: list[str]) -> dict[str, Any]:
    classes, rows, total = sections.data_table(data, order)
    steps, all_steps = sections.step_rows(data.run.get("steps") or [])
    headings, folds = sections.fold_table(data.folds)
    return {
        "data_classes": classes,
        "data_rows": rows,
        "data_total": total,
        "skipped": sections.skipped_rows(data),
        "skipped_count": len(data.skipped),
        "fold_headings": headings,
        "folds": folds,
        "chosen": sections.chosen_summary(data.folds),
        "steps": steps,
        "all_steps": all_steps,
    }


def _style() -> str:
    return files(__package__).joinpath("report.css").read_text("utf-8") + ramp_css()


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
