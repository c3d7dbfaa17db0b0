"""What the tables of the report say, as headings and rows of text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .drawing import Curve, Heat, confusion_heat, curve
from .over_time import CONFUSION
from .verify import Verification
from .words import EMPTY, MINUS, number, percent

MOST_SUSPECTS = 50
MOST_CONFUSED = 9  # annotators
MOST_BIAS = 12
MOST_CURVES = 24
Format = Callable[[Any], str]


@dataclass(frozen=True)
class Plain:
    """A plain table: (heading, whether its column is of numbers), rows of text."""

    headings: list[tuple[str, bool]]
    rows: list[list[str]]


def plain(table: pd.DataFrame, columns: dict[str, tuple[str, Format | None]]) -> Plain:
    """Return chosen columns as text.

    Parameters
    ----------
    table : DataFrame
    columns : dict
        Column -> heading and how a number is written; None for text.
    """
    headings = [(heading, form is not None) for heading, form in columns.values()]
    forms = [form or str for _, form in columns.values()]
    values = table[list(columns)].astype(object).to_numpy().tolist()
    rows = [[form(v) for form, v in zip(forms, row, strict=True)] for row in values]
    signed = [right for _, right in headings]
    return Plain(headings, [[_signed(*c) for c in zip(row, signed, strict=True)] for row in rows])


def _signed(text: str, is_number: bool) -> str:
    """Return a negative number with a minus sign instead of a hyphen."""
    return re.sub(r"-(?=\d)", MINUS, text) if is_number else text


def whole(value: Any) -> str:
    """Return a count as text."""
    return f"{int(value):,}"


def interval(table: pd.DataFrame, digits: int = 3) -> pd.Series:
    """Return the columns ``low`` and ``high`` as one column of text."""
    pairs = zip(table["low"], table["high"], strict=True)
    texts = [(number(a, digits), number(b, digits)) for a, b in pairs]
    return pd.Series([a if a == b else f"{a} to {b}" for a, b in texts], index=table.index)


def _as_is(value: Any) -> str:
    return str(value)


def lists(found: Verification) -> dict[str, Any]:
    """Return the tables of classes, annotators and suspects."""
    tables = found.tables
    return {
        "classes": _classes(tables.get("classes")),
        "annotators": _annotators(tables.get("annotators")),
        **_suspects(tables.get("suspects")),
    }


def _classes(table: pd.DataFrame | None) -> Plain | None:
    if table is None or not len(table):
        return None
    table = table.assign(interval=interval(table))
    return plain(
        table,
        {
            "label": ("class", None),
            "said": ("times said", whole),
            "positive": ("positive agreement", percent),
            "negative": ("negative agreement", percent),
            "kappa": ("kappa", number),
            "interval": ("interval", _as_is),
        },
    )


def _annotators(table: pd.DataFrame | None) -> Plain | None:
    if table is None or not table["n"].sum():
        return None
    shares = [(percent(a), percent(b)) for a, b in zip(table["low"], table["high"], strict=True)]
    texts = [a if a == b else f"{a.removesuffix(' %')} to {b}" for a, b in shares]
    return plain(
        table.assign(interval=texts),
        {
            "annotator": ("annotator", None),
            "opinions": ("clips shared", whole),
            "n": ("compared", whole),
            "share": ("as most others", percent),
            "interval": ("interval", _as_is),
        },
    )


def _suspects(table: pd.DataFrame | None) -> dict[str, Any]:
    if table is None:
        return {"suspects": None, "suspects_note": ""}
    doubtful = table[table["issue"].astype(bool)] if "issue" in table else table
    if not len(doubtful):
        return {"suspects": None, "suspects_note": ""}
    shown = doubtful.sort_values("rank").head(MOST_SUSPECTS)
    note = "Most doubtful first, by confident learning (Northcutt, Jiang, Chuang 2021)"
    if len(doubtful) > len(shown):
        note += f"; the first {len(shown)} of {len(doubtful):,}"
    columns: dict[str, tuple[str, Format | None]] = {
        "clip": ("clip", None),
        "label": ("label", None),
        "predicted": ("the model says", None),
        "probability": ("probability", number),
        "doubt": ("doubt", number),
    }
    return {"suspects": plain(shown, columns), "suspects_note": f"{note}."}


# annotators one by one ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Titled:
    """A heat table under a heading of its own."""

    caption: str
    bare: Heat


def confusion_sections(found: Verification) -> dict[str, Any]:
    """Return what each annotator says where most of the others say something else."""
    tables = {
        name.removeprefix(CONFUSION): table
        for name, table in found.tables.items()
        if name.startswith(CONFUSION) and table.to_numpy().sum()
    }
    shown = list(tables.items())[:MOST_CONFUSED]
    note = (
        "Rows: what most of the other annotators say; columns: what this one says. Clips on which "
        "the others tie are left out, and labels that neither side said are not shown."
    )
    if len(tables) > len(shown):
        note += f" The first {len(shown)} of {len(tables)} annotators."
    return {
        "confusions": [Titled(who, confusion_heat(_said(t), "")) for who, t in shown],
        "confusions_note": note,
        "bias": _bias(found.tables.get("bias")),
        "bias_note": (
            "Labels that an annotator uses clearly more or less often than the others on the same "
            "clips, largest difference first; 95 % intervals that exclude 0."
        ),
    }


def _said(table: pd.DataFrame) -> pd.DataFrame:
    rows, columns = table.sum(axis=1) > 0, table.sum(axis=0) > 0
    return table.loc[rows, columns]


def _bias(table: pd.DataFrame | None) -> Plain | None:
    if table is None:
        return None
    clear = table[((table["low"] > 0) | (table["high"] < 0)).fillna(False)]
    if not len(clear):
        return None
    clear = clear.loc[clear["difference"].abs().sort_values(ascending=False).index].head(MOST_BIAS)
    return plain(
        clear.assign(interval=_points(clear)),
        {
            "annotator": ("annotator", None),
            "label": ("label", None),
            "share": ("uses it", percent),
            "others": ("the others", percent),
            "difference": ("points more", points),
            "interval": ("interval", _as_is),
        },
    )


def points(value: Any) -> str:
    """Return a difference of shares in points of per cent, with its sign.

    >>> points(0.25), points(-0.25)
    ('+25', '\N{MINUS SIGN}25')
    """
    if number(value) == EMPTY:
        return EMPTY
    whole_points = round(100 * float(value))
    return f"{whole_points:+d}".replace("-", MINUS) if whole_points else "0"


def _points(table: pd.DataFrame) -> list[str]:
    return [f"{points(a)} to {points(b)}" for a, b in zip(table["low"], table["high"], strict=True)]


def time_sections(found: Verification) -> dict[str, Any]:
    """Return drift and hidden repeats."""
    table = found.tables.get("drift")
    return {
        "drift": [] if table is None else _curves(table),
        "drift_note": (
            "Share of the other annotators who say the same, over successive stretches of the "
            "work, first to last; the lines are 0, 50 and 100 %. The change is that of a straight "
            "line (White's standard error). One who drifts pulls the others down too."
        ),
        "repeats": _repeats(found.tables.get("repeats")),
        "repeats_note": (
            "Clips that an annotator was shown twice without being told: how often the label was "
            "the same, with Wilson's interval, and Cohen's kappa of the two times."
        ),
    }


def _curves(table: pd.DataFrame) -> list[Curve]:
    parts = [c for c in table.columns if str(c).startswith("part ")]
    out = []
    for row in table.to_dict("records")[:MOST_CURVES]:
        values = [row[part] for part in parts]
        if number(row["agreement"]) == EMPTY:
            continue
        said = str(row["reason"])
        if number(row["change"]) != EMPTY:
            said = (
                f"change {points(row['change'])} points, {points(row['low'])} to "
                f"{points(row['high'])}; {row['clips']:,} clips"
            )
        names = [f"{i} of {len(parts)}: {percent(v)}" for i, v in enumerate(values, 1)]
        out.append(curve(row["annotator"], said, values, names))
    return out


def _repeats(table: pd.DataFrame | None) -> Plain | None:
    if table is None:
        return None
    shares = [(percent(a), percent(b)) for a, b in zip(table["low"], table["high"], strict=True)]
    return plain(
        table.assign(interval=[f"{a.removesuffix(' %')} to {b}" for a, b in shares]),
        {
            "annotator": ("annotator", None),
            "clips": ("clips twice", whole),
            "agreement": ("the same", percent),
            "interval": ("interval", _as_is),
            "kappa": ("kappa", number),
        },
    )


def mark_sections(found: Verification) -> dict[str, Any]:
    """Return the agreement on marks, as (table, note)."""
    out = []
    if (overlaps := found.tables.get("overlaps")) is not None:
        out.append((_overlaps(overlaps), OVERLAPS))
    if (marks := found.tables.get("marks")) is not None and len(marks):
        out.append((_marks(marks), MARKS_NOTE))
    return {"marks": out}


OVERLAPS = (
    "Overlap: shared frames over frames of either interval, averaged over events, with its 95 % "
    "interval; an interval without partner counts 0. Frame-wise kappa: Cohen's kappa where every "
    "frame is a unit (step 1) and no label is a category."
)
MARKS_NOTE = (
    "The second annotator's frame less the first's: on average (which shows who is early), and as "
    "a distance, in frames and in milliseconds where the rate is known."
)


def _overlaps(table: pd.DataFrame) -> Plain:
    return plain(
        table.assign(pair=_pair(table), interval=interval(table)),
        {
            "pair": ("annotators", None),
            "n": ("clips", whole),
            "overlap": ("overlap", number),
            "interval": ("interval", _as_is),
            "kappa": ("frame-wise kappa", number),
        },
    )


def _marks(table: pd.DataFrame) -> Plain:
    return plain(
        table.assign(pair=_pair(table)),
        {
            "pair": ("annotators", None),
            "mark": ("mark", None),
            "n": ("events", whole),
            "mean": ("mean", lambda v: number(v, 1)),
            "mean_absolute": ("distance", lambda v: number(v, 1)),
            "mean_absolute_ms": ("ms", lambda v: number(v, 0)),
        },
    )


def _pair(table: pd.DataFrame) -> pd.Series:
    return table["first"].astype(str) + " and " + table["second"].astype(str)
