"""``export_table``: a features table and its labels into one file and its sidecar."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..atomic import replacing
from ..errors import InputError, unknown_name
from .base import Format
from .registry import format_class, format_for
from .sheet import Sheet, make_sheet
from .sidecar import describe_file, digest, plain, sidecar_path


@dataclass(frozen=True)
class ExportResult:
    """What was written, and one sentence for each thing that the user should know."""

    path: Path
    sidecar: Path
    notes: tuple[str, ...] = ()


def export_table(
    features: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    to: str | None = None,
    labels: pd.DataFrame | None = None,
    provenance: dict[str, Any] | None = None,
    **options: Any,
) -> ExportResult:
    """Write a features table for another program, and ``<file>.json`` beside it.

    Both files appear in full or not at all; an older file stays when something goes wrong.

    Parameters
    ----------
    features : DataFrame
        ``clip`` and one numeric column per feature.
    path : path
        Its suffix says the format, unless ``to`` does. Folders on the way are made.
    to : str, optional
        A name from ``FORMATS``.
    labels : DataFrame, optional
        ``clip``, ``label`` and any further columns, joined on ``clip``. Clips without a label get
        the format's missing value; labels without a clip are left out; both are noted.
    provenance : dict, optional
        Where the features come from; passed through to the sidecar.
    **options
        The format's own: the parameters of its class.

    Returns
    -------
    ExportResult

    Raises
    ------
    InputError
        For a table, an option or a place that cannot be used.

    Examples
    --------
    >>> table = pd.DataFrame({"clip": ["a", "b"], "t0.y0.x0.b00": [0.25, 1.0]})
    >>> export_table(table, "f.arff").sidecar.name  # doctest: +SKIP
    'f.arff.json'
    """
    form = format_for(path, to)
    made = _make(form, options)
    sheet, notes = make_sheet(features, labels)
    if not sheet.clips or not sheet.names:
        raise InputError("the features table is empty, so there is nothing to export.")
    return write_sheet(sheet, path, form, made, provenance, notes)


def _make(form: str, options: dict[str, Any]) -> Format:
    member = format_class(form)
    known = [f.name for f in dataclasses.fields(member)]
    for name in options:
        if name not in known:
            raise InputError(unknown_name(f"option of {form}", name, known))
    return member(**options)


def write_sheet(
    sheet: Sheet,
    path: str | os.PathLike[str],
    form: str,
    options: Format,
    provenance: dict[str, Any] | None = None,
    notes: list[str] | None = None,
) -> ExportResult:
    """Write a sheet and its sidecar; see ``export_table``."""
    path = Path(path)
    side = sidecar_path(path)
    source = plain(provenance or {})
    options.check(sheet)
    # the sidecar's rename comes last: a file without its sidecar is better than the reverse
    with replacing(side) as side_part, replacing(path) as part:
        written = options.write(sheet, part, source)
        about = describe_file(path.name, form, options, sheet, written, source)
        told = (*(notes or []), *written.notes)
        about = {**about, **digest(part), "notes": list(told)}
        text = json.dumps(about, ensure_ascii=False, indent=1, allow_nan=False)
        side_part.write_text(text + "\n", encoding="utf-8")
    return ExportResult(path, side, told)
