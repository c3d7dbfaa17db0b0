"""A checked features table joined with its labels: what every format writes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..errors import InputError
from ..tables import check_key, feature_columns, features_table, named


@dataclass(frozen=True)
class Column:
    """A column beside the features: text (None where missing) or float64 (NaN where missing)."""

    name: str
    values: list[str | None] | np.ndarray

    @property
    def texts(self) -> list[str | None] | None:
        """The values when they are text, else None."""
        return self.values if isinstance(self.values, list) else None

    def filled(self) -> list[str]:
        """Return the values as text, "" where missing."""
        if isinstance(self.values, list):
            return [v or "" for v in self.values]
        return ["" if np.isnan(v) else str(v) for v in self.values]


@dataclass(frozen=True)
class Sheet:
    """n clips with d features each, and columns that were joined to them.

    Attributes
    ----------
    clips : list of str, (n,)
    names : list of str, (d,)
    values : ndarray, (n, d) float32, finite
    columns : list of Column
        ``label`` first where there is one.
    """

    clips: list[str]
    names: list[str]
    values: np.ndarray
    columns: list[Column] = field(default_factory=list)

    @property
    def label(self) -> Column | None:
        """The column ``label``, always text, or None."""
        return next((c for c in self.columns if c.name == "label"), None)

    @property
    def others(self) -> list[Column]:
        """All columns but ``label``."""
        return [c for c in self.columns if c.name != "label"]

    def left_out(self) -> tuple[str, ...]:
        """Return the note of a format that leaves out all columns but ``label``."""
        if not self.others:
            return ()
        return (f"columns that were left out: {named(c.name for c in self.others)}.",)

    def label_codes(self) -> tuple[np.ndarray, dict[int, str]]:
        """Return labels as whole numbers from 1, 0 where missing, and code -> label (sorted)."""
        label = self.label
        texts = (label.texts or []) if label else []
        classes = sorted({t for t in texts if t is not None})
        number = {c: i + 1 for i, c in enumerate(classes)}
        codes = [number[t] if t is not None else 0 for t in texts] or [0] * len(self.clips)
        return np.array(codes, dtype=np.int64), {i: c for c, i in number.items()}


def make_sheet(
    features: pd.DataFrame, labels: pd.DataFrame | None = None
) -> tuple[Sheet, list[str]]:
    """Return the checked sheet, and one sentence for each thing that a user should know.

    Parameters
    ----------
    features : DataFrame
        ``clip`` and one numeric column per feature; float32 is kept, wider numbers are rounded.
    labels : DataFrame, optional
        ``clip``, usually ``label``, and any further columns; joined on ``clip``.

    Raises
    ------
    InputError
        For tables that are not what they must be, and labels of which none fits a clip.
    """
    _check_columns(features)
    names = feature_columns(features)
    with np.errstate(over="ignore"):  # too large for float32 becomes infinite and is refused below
        values = features[names].to_numpy(dtype=np.float32)
    clips = features["clip"].astype(str).tolist()
    _check_text("clip", clips)
    _check_text("column", names)
    features_table(clips, names, values)
    sheet = Sheet(clips, names, np.ascontiguousarray(values))
    if labels is None:
        return sheet, []
    columns, notes = _join(sheet, labels)
    return Sheet(clips, names, sheet.values, columns), notes


def _check_columns(features: pd.DataFrame) -> None:
    odd = [c for c in features.columns if not isinstance(c, str) or not c.strip()]
    if odd:
        raise InputError(
            f"feature columns need names that are text; {named(map(repr, odd))} is not."
        )
    if not features.columns.is_unique:
        double = features.columns[features.columns.duplicated()].unique()
        raise InputError(f"the features table has a column twice: {named(double)}.")


def _check_text(kind: str, texts: list[str]) -> None:
    for text in texts:
        if "\0" in text:
            raise InputError(f"a {kind} must not hold a NUL character; {text!r} does; rename it.")
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise InputError(f"a {kind} must be valid Unicode; {text!r} is not; rename it.")


def _join(sheet: Sheet, labels: pd.DataFrame) -> tuple[list[Column], list[str]]:
    _check_columns(labels)
    check_key(labels, "labels")
    others = [c for c in labels.columns if c != "clip"]
    if not others:
        raise InputError("a labels table needs a column beside 'clip', usually 'label'.")
    both = sorted(set(others) & set(sheet.names))
    if both:
        raise InputError(f"labels and features both have a column {named(both)}; rename one.")
    keyed = labels.set_index(labels["clip"].astype(str))
    known = set(sheet.clips)
    orphans = [c for c in keyed.index if c not in known]
    if len(orphans) == len(keyed):
        raise InputError(
            f"no clip of the labels is in the features table: labels have {named(orphans)}, "
            f"features have {named(sheet.clips)}."
        )
    joined = keyed.reindex(sheet.clips)
    others.sort(key=lambda c: c != "label")
    columns = [_column(c, joined[c]) for c in others]
    return columns, _join_notes(sheet, columns, orphans)


def _join_notes(sheet: Sheet, columns: list[Column], orphans: list[str]) -> list[str]:
    notes = []
    if orphans:
        notes.append(
            f"labels of clips that are not in the features were left out: {named(orphans)}."
        )
    if columns[0].name == "label":
        texts = columns[0].texts or []
        bare = [c for c, t in zip(sheet.clips, texts, strict=True) if t is None]
        if bare:
            notes.append(f"clips without a label: {named(bare)}.")
    return notes


def _column(name: str, values: pd.Series) -> Column:
    _check_text("column", [name])
    as_number = pd.api.types.is_numeric_dtype(values) and not values.dropna().map(_too_wide).any()
    if as_number and name != "label":
        numbers = values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isinf(numbers).any():
            raise InputError(f"column {name!r} of the labels must be finite or missing.")
        return Column(name, numbers)
    texts = [_text(v) for v in values]
    _check_text(name, [t for t in texts if t is not None])
    return Column(name, texts)


def _too_wide(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and abs(int(value)) > 2**53


def _text(value: object) -> str | None:
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))  # 3.0 is the class "3"; missing values made it a float
    return str(value) if str(value).strip() else None
