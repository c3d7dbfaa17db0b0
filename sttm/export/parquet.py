"""Parquet: the native format of ``sttm extract``; types, names and provenance in one file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import InputError, unknown_name
from .base import Format, Written
from .sheet import Column, Sheet

CODECS = ("zstd", "snappy", "gzip", "none")
KEY = b"sttm"  # where the schema's metadata hold the provenance, as JSON


@dataclass(frozen=True)
class Parquet(Format):
    """Apache Parquet, one float32 column per feature.

    Parameters
    ----------
    compression : str
        "zstd", "snappy", "gzip" or "none".
    """

    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")
    limits: ClassVar[str] = (
        "Holds names, text, missing values and float32 as they are, and the provenance in the "
        "schema's metadata under 'sttm'."
    )
    compression: str = "zstd"

    def check(self, sheet: Sheet) -> None:
        if self.compression not in CODECS:
            raise InputError(unknown_name("compression", self.compression, CODECS))

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        about = {"provenance": provenance, "beside": [c.name for c in sheet.columns]}
        arrays = [pa.array(sheet.clips, pa.string()), *(_array(c) for c in sheet.columns)]
        by_column = np.ascontiguousarray(sheet.values.T)  # (n, d) -> (d, n)
        arrays += [pa.array(values) for values in by_column]
        names = ["clip", *(c.name for c in sheet.columns), *sheet.names]
        schema = pa.schema(
            [pa.field(n, a.type) for n, a in zip(names, arrays, strict=True)],
            metadata={KEY: json.dumps(about).encode()},
        )
        pq.write_table(
            pa.Table.from_arrays(arrays, schema=schema),
            path,
            compression=self.compression,
            use_dictionary=["clip", *(c.name for c in sheet.columns)],
            write_statistics=False,  # of no use for features, and large with many columns
        )
        return Written()

    def reading(self, file: str) -> dict[str, str]:
        return {
            "Python": f"pandas.read_parquet({file})",
            "R": f"arrow::read_parquet({file})",
            "MATLAB": f"parquetread({file}, 'VariableNamingRule', 'preserve')",
        }


def _array(column: Column) -> pa.Array:
    if isinstance(column.values, list):
        return pa.array(column.values, pa.string())
    return pa.array(column.values, pa.float64(), from_pandas=True)
