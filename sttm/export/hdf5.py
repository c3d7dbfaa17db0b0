"""HDF5: for very large tables, and for MATLAB, R, Julia and IDL."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..errors import InputError
from .base import Format, Written, need
from .names import NameRule, changed
from .npz import beside
from .sheet import Sheet

RULE = NameRule("A-Za-z", "A-Za-z0-9_.\\- ", 255)


@dataclass(frozen=True)
class HDF5(Format):
    """Data sets ``X`` (n, d) float32, ``names``, ``clips``, ``labels``, ``provenance``.

    Parameters
    ----------
    compression : int
        Level of gzip, 0 (none) to 9.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".h5", ".hdf5", ".hdf")
    limits: ClassVar[str] = (
        "Holds names and float32 as they are; a missing text is empty, a missing number is NaN."
    )
    compression: int = 4

    def check(self, sheet: Sheet) -> None:
        if self.compression not in range(10):
            raise InputError(f"compression must be 0 to 9, not {self.compression!r}.")
        need("h5py", "HDF5 export")

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        h5py = need("h5py", "HDF5 export")
        text = h5py.string_dtype("utf-8")
        keys = beside(sheet, RULE)
        packed = {"compression": "gzip", "compression_opts": self.compression, "shuffle": True}
        # in memory first: the HDF5 library crashes the whole process when a disk is full
        image = io.BytesIO()
        with h5py.File(image, "w") as file:
            file.create_dataset("X", data=sheet.values, **(packed if self.compression else {}))
            file.create_dataset("names", data=sheet.names, dtype=text)
            file.create_dataset("clips", data=sheet.clips, dtype=text)
            file.create_dataset("provenance", data=json.dumps(provenance), dtype=text)
            if sheet.label:
                file.create_dataset("labels", data=sheet.label.filled(), dtype=text)
            for column in sheet.others:
                if isinstance(column.values, list):
                    file.create_dataset(keys[column.name], data=column.filled(), dtype=text)
                else:
                    file.create_dataset(keys[column.name], data=column.values)
        path.write_bytes(image.getbuffer())
        return Written(names=changed(list(keys.values()), list(keys)))

    def reading(self, file: str) -> dict[str, str]:
        return {
            "Python": f"h5py.File({file})['X'][:]; h5py.File({file})['names'].asstr()[:]",
            "MATLAB": f"X = h5read({file}, '/X')'; names = h5read({file}, '/names')",
            "R": f't(rhdf5::h5read({file}, "X"))',
        }
