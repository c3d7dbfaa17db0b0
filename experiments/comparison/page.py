"""A comparison as one HTML file that loads nothing, in the look of the report."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ..judging.scores import TOTALS, Interval
from ..keeping.provenance import command, now
from ..report.figures import RELIABILITY_SIDE, track, track_x
from ..report.palette import ramp_css
from ..report.words import counted, duration, interval, listed, moment, number, percent
from .compare import Comparison
from .figures import difference, rank_plot, reach, short_names
from .machines import MOST_TOGETHER, NOTE, curves_of, machines_of
from .terminal import p_text, rank_sentences, settings_of, signed, untested_lines

SCORES = {"accuracy": "Accuracy", "uar": "UAR", "uf1": "UF1"}
MOST_OPEN = 24  # longer tables are folded


def render_comparison(comparison: Comparison) -> str:
    """Return the page as HTML text."""
    common, differing = settings_of(comparison)
    ranking = comparison.ranking
    machines = machines_of(comparison)
    curves = curves_of(comparison, short_names(comparison.names))
    end = reach([p.differences["accuracy"] for p in comparison.pairs])
    context = {
        "title": comparison.title or f"{len(comparison.runs)} runs side by side",
        "when": moment(now()),
        "style": Markup(files("experiments.report").joinpath("report.css").read_text("utf-8")),
        "ramp": Markup(ramp_css()),
        "synthetic": comparison.synthetic,
        "warnings": comparison.warnings,
        "notes": comparison.notes,
        "common": list(common.items()),
        "differing": {} if comparison.columns else differing,
        "swept": list(comparison.columns),
        "groups": _groups(comparison),
        "machines": machines,
        "machine_note": NOTE,
        "curves": curves,
        "together": len(curves) <= MOST_TOGETHER,
        "side": RELIABILITY_SIDE,
        "pairs": _pairs(comparison, end),
        "end": f"{100 * end:.0f}",
        "caveats": comparison.caveats(),
        "untested": untested_lines(comparison),
        "baseline": None if comparison.baseline is None else comparison.names[comparison.baseline],
        "no_ranking": comparison.no_ranking,
        "ranking": ranking,
        "ranks": [] if ranking is None else _ranks(comparison),
        "rank_sentences": [] if ranking is None else rank_sentences(ranking),
        "plot": None if ranking is None else rank_plot(ranking),
        "command": command(),
        "most": MOST_OPEN,
    }
    return _environment().get_template("comparison.html.jinja").render(**context)


def _groups(comparison: Comparison) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rows of the table of runs, those that are not subject-independent apart."""
    rows = _runs(comparison)
    sound = [r for r in rows if r["independent"]]
    other = [r for r in rows if not r["independent"]]
    beside = "; not comparable with the runs above" if sound else ""
    named = [("", sound), (f"Not shown to be subject-independent{beside}", other)]
    return [(head, group) for head, group in named if group]


def _runs(comparison: Comparison) -> list[dict[str, Any]]:
    _, differing = settings_of(comparison)
    short = short_names(comparison.names)
    out = []
    for i, run in enumerate(comparison.runs):
        totals = {name: run.total(name) for name in TOTALS}
        out.append(
            {
                "number": i + 1,
                "name": comparison.names[i],
                "short": short[i],
                "settings": [values[i] for values in differing.values()],
                "swept": [values[i] for values in comparison.columns.values()],
                "independent": run.independent,
                "clips": number(len(run.predictions)),
                "totals": [
                    (SCORES[n], percent(t.value, 1), interval(t.low, t.high, 1))
                    for n, t in totals.items()
                ],
                "accuracy": percent(totals["accuracy"].value, 1),
                "interval": interval(totals["accuracy"].low, totals["accuracy"].high, 1),
                "track": _track(totals["accuracy"], run.scores.get("chance") or {}),
                "log_loss": number(run.scores["log_loss"], 2),
                "calibration": number(run.scores["calibration_error"], 2),
                "time": duration(run.seconds),
            }
        )
    return out


def _track(total: Interval, chance: Any) -> Any:
    low, high = (None if v != v else v for v in (total.low, total.high))
    return track(total.value, low, high, chance.get("accuracy"))


def _pairs(comparison: Comparison, end: float) -> list[dict[str, Any]]:
    short = short_names(comparison.names)
    return [
        {
            "first": (p.first + 1, short[p.first]),
            "second": (p.second + 1, short[p.second]),
            "clips": number(p.clips),
            "left_out": number(p.left_out),
            "differences": [_points(p.differences[name]) for name in TOTALS],
            "drawn": difference(p.differences["accuracy"], end),
            "alone": (number(p.mcnemar.only_first), number(p.mcnemar.only_second)),
            "p": p_text(p.mcnemar.p),
            "holm": p_text(p.holm),
            "stands_out": p.holm < 0.05,
        }
        for p in comparison.pairs
    ]


def _points(found: Interval) -> tuple[str, str]:
    """Return a difference and its interval in points of per cent, with signs."""
    value = _signed(found.value, 1)
    if found.low != found.low:
        return value, ""
    return value, f"{_signed(found.low)} to {_signed(found.high)}"


def _signed(value: float, digits: int = 0) -> str:
    return signed(value, digits).replace("-", "\u2212")


def _ranks(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return mean rank, run, and the runs that it cannot be told from, best first."""
    ranking = comparison.ranking
    if ranking is None:
        return []
    order = sorted(range(len(ranking.runs)), key=lambda i: ranking.mean_ranks[i])
    short = short_names(ranking.runs)
    out = []
    for i in order:
        near = {j for group in ranking.groups if i in group for j in group} - {i}
        said = listed([short[j] for j in order if j in near], 3) if near else "none"
        out.append((f"{ranking.mean_ranks[i]:.2f}", ranking.runs[i], said))
    return out


def breakable(name: str) -> Markup:
    """Return a name that may go on in the next line where its parts end.

    >>> breakable("coding-lbp_frames-8")
    Markup('coding-lbp_<wbr>frames-8')
    """
    return Markup(str(escape(name)).replace("_", "_<wbr>"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("experiments.comparison", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(breakable=breakable)
    environment.filters["percent"] = percent
    environment.globals.update(counted=counted, track_x=track_x)
    return environment
