"""``FORMATS``, the one list of formats, and the choice of one by file name or by name."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from ..errors import InputError, unknown_name
from .base import Format

FORMATS = {
    "csv": "delimited:CSV",
    "tsv": "delimited:TSV",
    "parquet": "parquet:Parquet",
    "npz": "npz:NPZ",
    "arff": "arff:ARFF",
    "svmlight": "svmlight:SVMLight",
    "mat": "matlab:MAT",
    "hdf5": "hdf5:HDF5",
    "sav": "spss:SAV",
    "dta": "stata:DTA",
}


def format_class(name: str) -> type[Format]:
    """Return the class behind a format's name, or refuse it with a "did you mean"."""
    if name not in FORMATS:
        raise InputError(unknown_name("format", name, FORMATS))
    module, _, attribute = FORMATS[name].partition(":")
    return getattr(import_module(f".{module}", __package__), attribute)


def format_for(path: str | os.PathLike[str], to: str | None = None) -> str:
    """Return the name of the format for ``path``: ``to`` if given, else by the file's suffix.

    >>> format_for("f.H5"), format_for("f.txt", to="csv")
    ('hdf5', 'csv')

    Raises
    ------
    InputError
        For an unknown name or suffix, with the nearest known one.
    """
    if to is not None:
        format_class(to)
        return to
    suffix = Path(path).suffix.lower()
    known = {s: name for name in FORMATS for s in format_class(name).suffixes}
    if not suffix:
        raise InputError(
            f"the output {str(path)!r} has no suffix that says its format; "
            f"use one of {', '.join(known)}, or name the format."
        )
    if suffix not in known:
        raise InputError(unknown_name("file suffix", suffix, known))
    return known[suffix]
