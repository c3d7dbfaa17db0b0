"""Features tables out to other programs, and back in. Reading order:

sheet      a checked features table joined with its labels: what every format writes
base       what every format is (``Format``, ``Written``)
names      column names that fit a program's rules, and the way back
numerals   float32 as the shortest text that reads back exactly
delimited, parquet, npz, arff, svmlight, matlab, hdf5, spss, stata
           the formats, one file each
registry   ``FORMATS``, the one list of names, and ``format_for``
sidecar    ``<file>.json``: where a file comes from, what changed, how to read it
exporting  ``export_table``: the whole of it
native     ``write_features`` and ``read_features``: Parquet as ``sttm extract`` writes it, and CSV
"""

from __future__ import annotations

from .base import Format
from .exporting import ExportResult, export_table
from .native import read_features, write_features
from .registry import FORMATS, format_for

__all__ = [
    "FORMATS",
    "ExportResult",
    "Format",
    "export_table",
    "format_for",
    "read_features",
    "write_features",
]
