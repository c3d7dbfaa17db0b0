"""How the users of each format would read it back, one function per format and library.

Every reader returns what its library gives; ``restore`` then undoes, from the sidecar alone, what
the sidecar says had to change.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from sttm.export.delimited import unguard
from sttm.export.sidecar import sidecar_path


@dataclass
class Back:
    """What came back: None where the file has no such thing."""

    values: np.ndarray
    names: list[str] | None = None
    clips: list[str] | None = None
    labels: list[Any] | None = None


def _marks(path: Path) -> tuple[str, str]:
    options = json.loads(sidecar_path(path).read_text("utf-8"))["options"]
    tab = path.suffix == ".tsv"
    return options["sep"] or ("\t" if tab else ","), options["decimal"] or "."


def csv_pandas(path: Path) -> Back:
    sep, decimal = _marks(path)
    table = pd.read_csv(
        path,
        sep=sep,
        decimal=decimal,
        dtype={"clip": str, "label": str},
        keep_default_na=False,
    )
    names = [c for c in table.columns if c not in ("clip", "label")]
    return Back(
        table[names].to_numpy(np.float32),
        [unguard(n) for n in names],
        [unguard(c) for c in table["clip"]],
        [unguard(c) for c in table["label"]] if "label" in table else None,
    )


def csv_module(path: Path) -> Back:
    sep, decimal = _marks(path)
    with path.open(encoding="utf-8", newline="") as file:
        before = csv.field_size_limit(2**31 - 1)
        header, *rows = list(csv.reader(file, delimiter=sep, strict=True))
        csv.field_size_limit(before)
    labelled = "label" in header
    start = 1 + labelled
    return Back(
        np.array([[float(v.replace(decimal, ".")) for v in r[start:]] for r in rows], np.float32),
        [unguard(n) for n in header[start:]],
        [unguard(r[0]) for r in rows],
        [unguard(r[1]) for r in rows] if labelled else None,
    )


def parquet_arrow(path: Path) -> Back:
    table = pq.read_table(path)
    names = [c for c in table.column_names if c not in ("clip", "label")]
    labels = table["label"].to_pylist() if "label" in table.column_names else None
    columns = [table[n].to_numpy() for n in names]
    assert all(c.dtype == np.float32 for c in columns)
    return Back(np.stack(columns, axis=1), names, table["clip"].to_pylist(), labels)


def npz_numpy(path: Path) -> Back:
    with np.load(path, allow_pickle=False) as file:
        labels = file["labels"].tolist() if "labels" in file else None
        return Back(file["X"], file["names"].tolist(), file["clips"].tolist(), labels)


def arff_scipy(path: Path) -> Back:
    from scipy.io import arff

    data, meta = arff.loadarff(path)
    names = [n for n, kind in zip(meta.names(), meta.types(), strict=True) if kind == "numeric"]
    labels = (
        [None if v == b"?" else v.decode() for v in data["class"]]
        if "class" in meta.names()
        else None
    )
    values = np.stack([data[n] for n in names], axis=1).astype(np.float32)
    return Back(values, names, None, labels)


def arff_liac(path: Path) -> Back:
    import arff

    content = arff.loads(path.read_text("ascii"))
    names = [n for n, kind in content["attributes"] if kind == "NUMERIC"]
    labelled = len(names) < len(content["attributes"])
    rows = content["data"]
    values = np.array([r[: len(names)] for r in rows], np.float32)
    return Back(values, names, None, [r[-1] for r in rows] if labelled else None)


def svmlight_sklearn(path: Path) -> Back:
    from sklearn.datasets import load_svmlight_file

    features = json.loads(sidecar_path(path).read_text("utf-8"))["features"]
    matrix, codes = load_svmlight_file(path, zero_based=False, n_features=features)
    return Back(matrix.toarray().astype(np.float32), None, None, codes.tolist())


def mat_scipy(path: Path) -> Back:
    from scipy.io import loadmat

    file = loadmat(path)

    def cells(key: str) -> list[str]:
        return [str(c[0]) if len(c) else "" for c in file[key][:, 0]]

    assert file["X"].dtype == np.float32
    labels = cells("labels") if "labels" in file else None
    return Back(file["X"], cells("names"), cells("clips"), labels)


def hdf5_h5py(path: Path) -> Back:
    import h5py

    with h5py.File(path) as file:
        labels = file["labels"].asstr()[:].tolist() if "labels" in file else None
        names, clips = file["names"].asstr()[:].tolist(), file["clips"].asstr()[:].tolist()
        return Back(file["X"][:], names, clips, labels)


def sav_pyreadstat(path: Path) -> Back:
    import pyreadstat

    table, _ = pyreadstat.read_sav(path)
    return _coded(table)


def dta_pandas(path: Path) -> Back:
    return _coded(pd.read_stata(path, convert_categoricals=False))


def _coded(table: pd.DataFrame) -> Back:
    names = [c for c in table.columns if c not in ("clip", "label")]
    labels = table["label"].fillna(0).tolist() if "label" in table else None
    return Back(table[names].to_numpy().astype(np.float32), names, table["clip"].tolist(), labels)


READERS: list[tuple[str, str, Callable[[Path], Back]]] = [
    ("csv", ".csv", csv_pandas),
    ("csv", ".csv", csv_module),
    ("tsv", ".tsv", csv_pandas),
    ("parquet", ".parquet", parquet_arrow),
    ("npz", ".npz", npz_numpy),
    ("arff", ".arff", arff_scipy),
    ("arff", ".arff", arff_liac),
    ("svmlight", ".svm", svmlight_sklearn),
    ("mat", ".mat", mat_scipy),
    ("hdf5", ".h5", hdf5_h5py),
    ("sav", ".sav", sav_pyreadstat),
    ("dta", ".dta", dta_pandas),
]


def restore(back: Back, path: Path) -> Back:
    """Return ``back`` with the real names, clips and labels, as the sidecar has them."""
    side = json.loads(sidecar_path(path).read_text("utf-8"))
    names = side["name_of_column"] if back.names is None else back.names
    clips = side["clip_of_row"] if back.clips is None else back.clips
    labels: list[str | None] | None = None
    if back.labels is not None and "labels" in side:
        codes = {int(k): v for k, v in side.get("codes", {}).get("label", {}).items()}
        texts = side.get("texts", {}).get("label", {})
        labels = [
            codes.get(int(v)) if isinstance(v, (int, float)) else texts.get(v, v)
            for v in back.labels
        ]
        labels = [v or None for v in labels]
    renamed = [side.get("names", {}).get(n, n) for n in names]
    return Back(back.values, renamed, clips, labels)
