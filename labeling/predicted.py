"""Predictions to look for suspects in: a run's ``predictions.csv``, read kindly and checked."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.tables import check_key, named

PREFIX = "p:"
SUM_TOLERANCE = 1e-3  # files that people round to four digits are read
SEPARATORS = (",", ";", "\t")


def read_predictions(path: str | Path) -> pd.DataFrame:
    """Return the predictions of a run's folder, or of a ``predictions.csv``.

    UTF-8 (UTF-16 with a byte order mark); separated by comma, semicolon or tab; further columns
    are kept. Blank lines are left out.

    Parameters
    ----------
    path : path
        A run's folder, as ``sttm run`` leaves it, or the file in it.

    Returns
    -------
    DataFrame
        ``clip`` and ``label`` as text, ``p:<class>`` as float; other columns as text.

    Raises
    ------
    InputError
        When there is no such file, or it is no such table (see ``check_predicted``).
    """
    path = Path(path)
    file = path / "predictions.csv" if path.is_dir() else path
    if not file.is_file():
        what = "this folder has none" if path.is_dir() else "there is no such file"
        raise InputError(f"predictions are a run's folder or its predictions.csv; {what}: {path}.")
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} must be UTF-8 text; save it as 'CSV UTF-8'.") from None
    header = text.lstrip().split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # cells would be lost
            table = pd.read_csv(
                io.StringIO(text), sep=separator, dtype=str, keep_default_na=False, index_col=False
            )
    except pd.errors.ParserWarning:
        raise InputError(f"{file} has rows with more cells than its header has columns.") from None
    except (ValueError, pd.errors.ParserError) as error:
        said = " ".join(str(error).split()).rstrip(".")
        raise InputError(f"{file} is no predictions table: {said}.") from None
    table.columns = pd.Index([str(c).strip() for c in table.columns])
    try:
        return check_predicted(table)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def check_predicted(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return a checked copy of a predictions table; see ``suspects_in`` for what it needs."""
    if not isinstance(predictions, pd.DataFrame):
        raise InputError(
            f"predictions must be a table (DataFrame), not {type(predictions).__name__}; "
            "read_predictions reads one from a run's folder."
        )
    if "label" not in predictions:
        raise InputError(
            f"a predictions table needs a column 'label'; this one has "
            f"{named(predictions.columns, 6) or 'none'}."
        )
    classes = classes_of(predictions)
    columns = [PREFIX + c for c in classes]
    if not classes or len(set(classes)) < len(classes):
        raise InputError("a predictions table needs one column 'p:<class>' per class, each once.")
    _refuse_twice(predictions)
    check_key(predictions, "predictions")
    out = predictions.reset_index(drop=True).copy()
    for column in ("clip", "label"):
        out[column] = out[column].astype("string").fillna("").str.strip().astype(object)
    _refuse_twice(out)
    blank = out["label"] == ""
    if blank.any():
        raise InputError(
            f"every prediction needs a label; {named(out.loc[blank, 'clip'])} has none."
        )
    numbers = out[columns].apply(pd.to_numeric, errors="coerce").astype(float)
    wrong = no_probabilities(numbers.to_numpy())
    if wrong.any():
        raise InputError(
            "the probabilities of a clip must be numbers from 0 to 1 that sum to 1; they are not "
            f"for clip {named(out.loc[wrong, 'clip'])}."
        )
    out[columns] = numbers
    return out


def _refuse_twice(table: pd.DataFrame) -> None:
    if "clip" in table and table["clip"].duplicated().any():
        first = table.loc[table["clip"].duplicated(), "clip"]
        raise InputError(
            "suspects need each clip once, predicted by the one model that did not learn from it; "
            f"{named(first.unique())} is there several times. Give the predictions of one "
            "cross-validation, without repeats."
        )


def classes_of(table: pd.DataFrame) -> list[str]:
    """Return the classes that a predictions table has a column of, in their order."""
    return [str(c).removeprefix(PREFIX) for c in table.columns if str(c).startswith(PREFIX)]


def no_probabilities(p: np.ndarray) -> np.ndarray:
    """Return which rows are none: a number that is missing or outside [0, 1], or a wrong sum."""
    outside = ~((p >= 0) & (p <= 1 + SUM_TOLERANCE)).all(axis=1)
    return outside | (np.abs(np.nansum(p, axis=1) - 1.0) > SUM_TOLERANCE)
