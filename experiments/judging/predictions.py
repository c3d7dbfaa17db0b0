"""The predictions table, which this module owns: a row is one clip in the fold that tested it.

Columns: ``clip``, ``fold``, ``label`` (what people said), ``predicted``, then one probability per
class, named ``p:<class>``. Everything but the probabilities is text. On disk it is a CSV file in
UTF-8 that gives back exactly the same table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sttm.atomic import replacing
from sttm.errors import InputError
from sttm.tables import check_key, named

PREDICTION_COLUMNS = ("clip", "fold", "label", "predicted")
PREFIX = "p:"
_SUM_TOLERANCE = 1e-6


def classes_of(table: pd.DataFrame) -> list[str]:
    """Return the classes that a predictions table has probabilities for, in column order.

    >>> classes_of(pd.DataFrame(columns=["clip", "fold", "label", "predicted", "p:joy", "p:fear"]))
    ['joy', 'fear']
    """
    return [str(c).removeprefix(PREFIX) for c in table.columns if str(c).startswith(PREFIX)]


def probabilities_of(table: pd.DataFrame) -> np.ndarray:
    """Return the probabilities as an array (clips, classes) float64."""
    return table[[PREFIX + c for c in classes_of(table)]].to_numpy(dtype=np.float64)


def predictions_table(
    clips: Sequence[str],
    folds: Sequence[str],
    labels: Sequence[str],
    predicted: Sequence[str],
    probabilities: np.ndarray,
    classes: Sequence[str],
) -> pd.DataFrame:
    """Return a checked predictions table.

    Parameters
    ----------
    clips, folds, labels, predicted : sequence (n,)
    probabilities : array (n, classes)
        Rows sum to 1.
    classes : sequence (classes,)

    Raises
    ------
    InputError
        When shapes do not fit, or as ``check_predictions``.
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    if probabilities.shape != (len(clips), len(classes)):
        raise InputError(
            f"probabilities must have shape ({len(clips)}, {len(classes)}), "
            f"they have {probabilities.shape}."
        )
    columns = [list(clips), list(folds), list(labels), list(predicted)]
    table = pd.DataFrame(dict(zip(PREDICTION_COLUMNS, columns, strict=True)))
    values = pd.DataFrame(probabilities, columns=[PREFIX + str(c) for c in classes])
    return check_predictions(pd.concat([table, values], axis=1))


def check_predictions(table: pd.DataFrame) -> pd.DataFrame:
    """Return a checked copy of a predictions table, columns in order and typed.

    Raises
    ------
    InputError
        For a missing column, a clip that is named twice, a label or prediction without a
        probability column, or probabilities that are none.
    """
    check_key(table, "predictions")
    lacking = [c for c in PREDICTION_COLUMNS if c not in table.columns]
    if lacking:
        raise InputError(f"a predictions table needs a column {lacking[0]!r}; this one has none.")
    classes = classes_of(table)
    if not classes or len(set(classes)) < len(classes):
        raise InputError(
            "a predictions table needs one probability column per class, named 'p:<class>'."
        )
    out = table[[*PREDICTION_COLUMNS, *(PREFIX + c for c in classes)]].reset_index(drop=True)
    for column in PREDICTION_COLUMNS:
        out[column] = _text(out[column], column)
    for column in ("label", "predicted"):
        strange = sorted(set(out[column]) - set(classes))
        if strange:
            raise InputError(
                f"{column!r} holds {named(repr(s) for s in strange)}, which has no column "
                f"'p:...'; the classes are {named(classes, 12)}."
            )
    return _check_probabilities(out, classes)


def _text(values: pd.Series, column: str) -> pd.Series:
    if values.isna().any():
        raise InputError(f"every row of a predictions table needs a {column!r}.")
    return values.astype(str).astype(object)


def _check_probabilities(table: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    columns = [PREFIX + c for c in classes]
    numbers = table[columns].apply(pd.to_numeric, errors="coerce").astype(np.float64)
    values = numbers.to_numpy()
    wrong = ~np.isfinite(values).all(axis=1) | (values < 0).any(axis=1)
    wrong |= np.abs(np.nansum(values, axis=1) - 1.0) > _SUM_TOLERANCE
    if wrong.any():
        raise InputError(
            "the probabilities of a clip must be at least 0 and sum to 1; they do not for clip "
            f"{named(table.loc[wrong, 'clip'])}."
        )
    table[columns] = numbers
    return table


def write_predictions(table: pd.DataFrame, path: str | Path) -> Path:
    """Write a predictions table as CSV, at once or not at all, and return the path."""
    checked = check_predictions(table)
    with replacing(path) as part:
        checked.to_csv(part, index=False, encoding="utf-8", lineterminator="\n")
    return Path(path)


def read_predictions(path: str | Path) -> pd.DataFrame:
    """Read what ``write_predictions`` wrote: the same texts and the same numbers to the last bit.

    Raises
    ------
    InputError
        When the file cannot be read as such a table.
    """
    path = Path(path)
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"there is no predictions file {path}.") from None
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path} is not a predictions table: {error}.") from None
    for column in (c for c in raw.columns if str(c).startswith(PREFIX)):
        raw[column] = [_number(text) for text in raw[column]]
    return check_predictions(raw)


def _number(text: str) -> float:
    try:
        return float(text)  # correctly rounded, unlike a fast CSV parser
    except ValueError:
        return float("nan")
