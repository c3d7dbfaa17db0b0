"""The two tables that sttm owns: clips (what to look at) and features (what was measured).

clips     one row per stretch of video: clip, subject, dataset, source, first, last, fps
features  one row per clip: clip, then one named column per feature

``clip`` is the key everywhere. ``first`` and ``last`` are 0-based frame numbers of the source,
both included; missing means "from the start" and "to the end". ``fps`` is frames per second,
missing where the source does not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from .errors import InputError

CLIP_COLUMNS = ("clip", "subject", "dataset", "source", "first", "last", "fps")


def named(values: Iterable[object], most: int = 3) -> str:
    """Return the first few of ``values`` as readable text ("a, b, c and 4 more")."""
    listed = [str(v) for v in values]
    extra = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {extra} more" if extra > 0 else "")


def check_key(table: pd.DataFrame, kind: str, key: str = "clip") -> None:
    """Refuse a table without ``key``, or with missing or repeated values in it.

    Raises
    ------
    InputError
        Naming the column or the first few offending values.
    """
    if key not in table.columns:
        raise InputError(
            f"a {kind} table needs a column {key!r}; this one has {named(table.columns, 6)}."
        )
    keys = table[key]
    if keys.isna().any() or (keys.astype(str).str.strip() == "").any():
        raise InputError(f"the {kind} table has rows without a {key}; give every row one.")
    doubled = keys[keys.duplicated()].unique()
    if len(doubled):
        raise InputError(f"the {kind} table names a {key} twice: {named(doubled)}.")


def check_clips(table: pd.DataFrame) -> pd.DataFrame:
    """Return a checked copy of a clips table, columns in order and typed.

    Columns after the seven owned ones are kept. One of them, where it is there, is ``landmarks``:
    the file or folder of a clip's own points (see sttm/landmarks/given.py), as text.

    Parameters
    ----------
    table : DataFrame
        At least ``clip`` and ``source``.

    Returns
    -------
    DataFrame
        ``clip``, ``subject``, ``dataset``, ``source`` as text (subject and dataset empty when not
        given), ``first`` and ``last`` as nullable integers, ``fps`` as float.

    Raises
    ------
    InputError
        For a missing column, a repeated clip, a frame number that is no whole number >= 0,
        ``first`` after ``last``, or an ``fps`` that is no number above 0.
    """
    check_key(table, "clips")
    if "source" not in table.columns:
        raise InputError("a clips table needs a column 'source' (the video file or folder).")
    out = table.copy()
    for column in ("clip", "subject", "dataset", "source"):
        values = out[column] if column in out else pd.Series("", index=out.index)
        out[column] = values.astype("string").fillna("").astype(str).str.strip()
    if "landmarks" in out:
        out["landmarks"] = out["landmarks"].astype("string").fillna("").astype(str).str.strip()
    check_key(out, "clips")  # again: 1 and "1 " have become one name
    for column in ("first", "last"):
        out[column] = _frame_numbers(out, column)
    out["fps"] = _frame_rates(out)
    late = out["first"].notna() & out["last"].notna() & (out["first"] > out["last"])
    if late.any():
        raise InputError(
            f"'first' must not be after 'last'; it is in clip {named(out.loc[late, 'clip'])}."
        )
    others = [c for c in out.columns if c not in CLIP_COLUMNS]
    return out[[*CLIP_COLUMNS, *others]].reset_index(drop=True)


def _numbers(raw: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return a column as numbers, and where it is blank; what cannot be read is missing."""
    blank = raw.isna() | (raw.astype(str).str.strip() == "")
    return pd.to_numeric(raw.where(~blank), errors="coerce"), blank


def _frame_rates(table: pd.DataFrame) -> pd.Series:
    if "fps" not in table:
        return pd.Series(np.nan, index=table.index, dtype="float64")
    rates, blank = _numbers(table["fps"])
    bad = ~blank & ~((rates > 0) & np.isfinite(rates.astype("float64")))
    if bad.any():
        raise InputError(
            "'fps' must be frames per second, a number above 0 with a decimal point, or blank; "
            f"clip {named(table.loc[bad, 'clip'], 1)} has {str(table.loc[bad, 'fps'].iloc[0])!r}."
        )
    return rates.astype("float64")


def _frame_numbers(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        return pd.Series(pd.NA, index=table.index, dtype="Int64")
    raw = table[column]
    numbers, blank = _numbers(raw)
    bad = ~blank & (numbers.isna() | (numbers < 0) | (numbers % 1 != 0) | np.isinf(numbers))
    if bad.any():
        raise InputError(
            f"{column!r} must hold whole frame numbers from 0; clip "
            f"{named(table.loc[bad, 'clip'], 1)} has {str(raw[bad].iloc[0])!r}."
        )
    return numbers.astype("Int64")


def features_table(clips: Sequence[str], names: Sequence[str], values: np.ndarray) -> pd.DataFrame:
    """Return a features table from ``values``, shape (clips, features), float32.

    Raises
    ------
    InputError
        When the shape does not fit the names, or a value is not finite.
    """
    values = np.asarray(values, dtype=np.float32)
    if values.shape != (len(clips), len(names)):
        raise InputError(
            f"values must have shape ({len(clips)}, {len(names)}), they have {values.shape}."
        )
    finite = np.isfinite(values).all(axis=1)
    if not finite.all():
        bad = [c for c, ok in zip(clips, finite, strict=True) if not ok]
        raise InputError(f"features must be finite; they are not for clip {named(bad)}.")
    table = pd.DataFrame(values, columns=list(names))
    table.insert(0, "clip", [str(c) for c in clips])
    check_key(table, "features")
    return table


def feature_columns(table: pd.DataFrame) -> list[str]:
    """Return the feature columns of a features table: all but ``clip``, all numeric."""
    check_key(table, "features")
    kinds = [(str(c), kind) for c, kind in table.dtypes.items() if c != "clip"]
    names = [name for name, _ in kinds]
    wrong = [name for name, kind in kinds if not pd.api.types.is_numeric_dtype(kind)]
    if wrong:
        raise InputError(f"feature columns must be numbers; {named(wrong)} is not.")
    return names
