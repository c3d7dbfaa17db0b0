"""The features table on disk: Parquet as ``sttm extract`` writes it, and CSV from anywhere."""

from __future__ import annotations

import csv
import json
import os
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ..errors import InputError
from ..tables import check_key, features_table, named
from .delimited import unguard
from .exporting import ExportResult, write_sheet
from .parquet import KEY, Parquet
from .sheet import make_sheet
from .sidecar import read_sidecar

BLOCK = 64 * 2**20  # bytes; a row of a CSV file must fit into one block


def write_features(
    features: pd.DataFrame,
    path: str | os.PathLike[str],
    provenance: dict[str, Any] | None = None,
) -> ExportResult:
    """Write a features table as Parquet, float32, with its provenance in the file and beside it.

    Raises
    ------
    InputError
        For a wrong table, a suffix other than ``.parquet`` or ``.pq``, or a place that cannot be
        written to; an older file then stays as it was.
    """
    if Path(path).suffix.lower() not in Parquet.suffixes:
        raise InputError(
            f"features are kept as .parquet, not {Path(path).name!r}; "
            "write that first and export it to other formats."
        )
    sheet, notes = make_sheet(features)
    return write_sheet(sheet, path, "parquet", Parquet(), provenance, notes)


def read_features(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return a features table, checked, and its provenance (empty where nothing is known).

    Parameters
    ----------
    path : path
        ``.parquet`` or ``.csv`` (also ``.tsv``). Separator and decimal mark of a CSV file are
        taken from its sidecar, else from its first two lines. Columns that the sidecar says are
        labels are left out.

    Raises
    ------
    InputError
        For a file that is missing, of another kind, or no features table.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (*Parquet.suffixes, ".csv", ".tsv", ".tab"):
        raise InputError(f"features must be a .parquet or .csv file, not {path.name!r}.")
    if not path.is_file():
        raise InputError(f"there is no file {path}; give a features table (.parquet or .csv).")
    side = _sidecar(path)
    try:
        if suffix in Parquet.suffixes:
            table, about = _read_parquet(path)
            side = about or side
        else:
            table = _read_csv(path, side)
        return _features(table, _hint(side, "beside", list), path), _provenance(side)
    except (pa.ArrowException, OSError, UnicodeError, csv.Error, json.JSONDecodeError) as error:
        first = str(error).partition("\n")[0]
        raise InputError(f"{path} cannot be read as a table: {first}") from error


def _sidecar(path: Path) -> dict[str, Any]:
    side = read_sidecar(path)
    size = side.get("bytes")
    if size is not None and size != path.stat().st_size:
        warnings.warn(
            f"{path.name} was changed after its sidecar was written; its provenance may be wrong.",
            stacklevel=3,
        )
    return side


def _hint(side: dict[str, Any], key: str, kind: type) -> Any:
    # anyone may have written the sidecar: what is not of our kind says nothing
    found = side.get(key)
    return found if isinstance(found, kind) else kind()


def _provenance(side: dict[str, Any]) -> dict[str, Any]:
    found = side.get("provenance", side)  # a sidecar of another maker is provenance as a whole
    return found if isinstance(found, dict) else {"provenance": found}


def _features(table: pa.Table, beside: Iterable[str], path: Path) -> pd.DataFrame:
    """Check a table and return it as float32; ``beside`` are columns to leave out."""
    double = [n for n, count in Counter(table.column_names).items() if count > 1]
    if double:
        raise InputError(f"{path} has a column twice: {named(double)}.")
    if "clip" not in table.column_names:
        check_key(pd.DataFrame(columns=table.column_names), f"features ({path.name})")
    left_out = {"clip", *beside}
    names = [n for n in table.column_names if n not in left_out]
    wrong = [n for n in names if not _is_number(table.schema.field(n).type)]
    if wrong:
        raise InputError(f"feature columns must be numbers; {named(wrong)} in {path} is not.")
    values = np.empty((table.num_rows, len(names)), dtype=np.float32)
    with np.errstate(over="ignore"):
        for i, name in enumerate(names):
            values[:, i] = table.column(name).to_numpy()
    clips = pd.Series(table.column("clip").to_pylist(), dtype=object)
    check_key(pd.DataFrame({"clip": clips}), "features")
    return features_table(clips.astype(str).tolist(), names, values)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)


def _read_parquet(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        table = file.read()
    raw = (table.schema.metadata or {}).get(KEY)
    about = json.loads(raw.decode()) if raw else {}
    return table, about if isinstance(about, dict) else {}


def _read_csv(path: Path, side: dict[str, Any]) -> pa.Table:
    options = _hint(side, "options", dict)
    encoding = str(options.get("encoding") or "utf-8")
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    sep, decimal = _marks(path, encoding)
    header = _header(path, encoding, sep)
    raw = [unguard(n) if options.get("guard") else n for n in header]
    beside = set(_hint(side, "beside", list))
    kinds = {h: pa.string() for h, n in zip(header, raw, strict=True) if n == "clip" or n in beside}
    table = pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(encoding=encoding, block_size=BLOCK),
        parse_options=pacsv.ParseOptions(delimiter=sep, newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(column_types=kinds, decimal_point=decimal),
    )
    table = table.rename_columns(raw)
    if options.get("guard") and "clip" in raw:
        clips = pa.array([unguard(c) for c in table.column("clip").to_pylist()], pa.string())
        table = table.set_column(raw.index("clip"), "clip", clips)
    return table


def _header(path: Path, encoding: str, sep: str) -> list[str]:
    before = csv.field_size_limit(2**31 - 1)
    try:
        with path.open(encoding=encoding, newline="") as file:
            return next(csv.reader(file, delimiter=sep), [])
    finally:
        csv.field_size_limit(before)  # it holds for the whole process


def _marks(path: Path, encoding: str) -> tuple[str, str]:
    """Return separator and decimal mark, from what follows the first column's name ``clip``."""
    with path.open(encoding=encoding, newline="") as file:
        first, second = file.readline().rstrip("\r\n"), file.readline()
    after = first.replace('"', "").replace("'", "")[4:5] if "clip" in first[:6] else ""
    sep = after if after in (";", "\t", "|", ",") and after else ","
    return sep, "," if sep != "," and "," in second else "."
