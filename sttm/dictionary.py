"""The data dictionary of a features table: what each column is and where on the face it looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .descriptors import Descriptor, build
from .descriptors.base import Place
from .errors import InputError
from .tables import feature_columns, named

COLUMNS = (
    "column",
    "block",
    "bin",
    "t_from",
    "t_to",
    "y_from",
    "y_to",
    "x_from",
    "x_to",
    "meaning",
    "unit",
)
STATISTICS = ("min", "max", "mean", "zeros")
UNIT = "dimensionless"

_NAME = re.compile(r"(?P<block>.+)\.b(?P<bin>\d+)")


def describe(
    source: Descriptor | Mapping[str, Any], features: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return one row per feature column: its name, place, meaning and unit, and simple statistics.

    Parameters
    ----------
    source : Descriptor or mapping
        A descriptor, or the provenance of a features table, whose ``descriptor`` is
        ``{"name", "params"}`` or a list of such for a concatenation. A provenance without one
        (a table of unknown origin) leaves places and meanings empty.
    features : DataFrame, optional
        The features table; adds the statistics over its clips.

    Returns
    -------
    DataFrame
        ``column``, ``block``, ``bin``; ``t_from`` to ``x_to`` as fractions of the crop volume's
        length, height and width (``t_from`` = ``t_to``: one instant); ``meaning``, ``unit``; with
        ``features`` also ``min``, ``max``, ``mean`` and ``zeros``, the share of clips in which the
        value is exactly 0.

    Raises
    ------
    InputError
        When the descriptor is unknown, or its columns are not those of the table.
    """
    columns = feature_columns(features) if features is not None else None
    places, unit = _places(source, columns)
    if places is None:
        if columns is None:
            raise InputError(
                "the provenance names no descriptor; give the features table, or the descriptor."
            )
        rows = _from_names(columns)
    else:
        if columns is not None:
            _check_same(columns, [p.name for p in places])
        rows = _from_places(places)
    rows["unit"] = unit
    table = rows[list(COLUMNS)]
    if features is None or columns is None:
        return table
    return pd.concat([table, _statistics(features[columns].to_numpy(np.float32))], axis=1)


def _places(
    source: Descriptor | Mapping[str, Any], columns: list[str] | None
) -> tuple[list[Place] | None, str]:
    if isinstance(source, Descriptor):
        return _shown(source, columns), UNIT
    spec = source.get("descriptor")
    if not spec:
        return None, UNIT
    try:
        descriptor = build(spec)
    except (TypeError, KeyError, AttributeError) as error:
        raise InputError(
            "the provenance's 'descriptor' must be {'name': ..., 'params': {...}} or a list of "
            f"such; it is {str(spec)[:80]!r}."
        ) from error
    return _shown(descriptor, columns), UNIT


def _shown(descriptor: Descriptor, columns: list[str] | None) -> list[Place]:
    return descriptor.places() if columns is None else descriptor.places_in(columns)


def _check_same(columns: list[str], names: list[str]) -> None:
    if columns == names:
        return
    known, present = set(names), set(columns)
    strange = [c for c in columns if c not in known]
    absent = [n for n in names if n not in present]
    if strange or absent:
        why = []
        if strange:
            why.append(f"it does not make {named(strange)}")
        if absent:
            why.append(f"the table lacks {named(absent)}")
        raise InputError(
            f"the descriptor is not the one that made this table: {'; '.join(why)}; "
            "give the provenance that belongs to it."
        )
    raise InputError("the table's columns are not in the descriptor's order; sort them back.")


def _from_places(places: list[Place]) -> pd.DataFrame:
    rows: dict[str, list[Any]] = {
        "column": [p.name for p in places],
        "block": [p.block for p in places],
        "bin": [p.bin for p in places],
    }
    for axis in ("t", "y", "x"):
        spans = [getattr(p, axis) for p in places]
        rows[f"{axis}_from"] = [float(s[0]) for s in spans]
        rows[f"{axis}_to"] = [float(s[1]) for s in spans]
    return pd.DataFrame({**rows, "meaning": [p.meaning for p in places]})


def _from_names(columns: list[str]) -> pd.DataFrame:
    """Return what names such as ``t0.y3.x5.b07`` alone say: block and bin."""
    found = [_NAME.fullmatch(c) for c in columns]
    rows = pd.DataFrame({"column": columns})
    rows["block"] = [m["block"] if m else "" for m in found]
    rows["bin"] = pd.array([int(m["bin"]) if m else None for m in found], dtype="Int64")
    for axis in ("t", "y", "x"):
        rows[f"{axis}_from"] = rows[f"{axis}_to"] = np.nan
    rows["meaning"] = ""
    return rows


def _statistics(values: np.ndarray) -> pd.DataFrame:
    """Return minimum, maximum, mean and share of zeros per column, (n, d) -> d rows."""
    if not len(values):
        return pd.DataFrame(np.nan, index=range(values.shape[1]), columns=list(STATISTICS))
    parts = (
        values.min(axis=0),
        values.max(axis=0),
        values.mean(axis=0, dtype=np.float64),
        (values == 0).mean(axis=0),
    )
    return pd.DataFrame(dict(zip(STATISTICS, parts, strict=True)))
