"""Any folder: ROOT/<label>/<file> (videos, stills) and ROOT/<label>/<clip>/<frame> (sequences)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field, field_validator

from sttm.errors import InputError
from sttm.frames import list_clips, sort_out
from sttm.tables import named

from .base import Dataset, build_dataset
from .card import Card, Reader
from .classes import DataSection


class FolderData(DataSection):
    """Clips in folders called like their label."""

    kind: Literal["folder"] = "folder"
    path: Path = Field(description="Folder with one folder per label.")
    subject: str = Field(
        "",
        description="Regular expression with one group that finds the subject in the clip's path "
        "below the folder, such as '(S[0-9]+)'; without it the protocols by subject refuse.",
    )
    stills: bool = Field(False, description="Single images are clips of one frame.")
    fps: float | None = Field(
        None, gt=0, description="Frames per second of sequences of images, where known."
    )

    @field_validator("subject")
    @classmethod
    def _one_group(cls, value: str) -> str:
        try:
            groups = re.compile(value).groups
        except re.error as error:
            raise ValueError(f"{value!r} is no regular expression ({error})") from error
        if value and groups != 1:
            raise ValueError(f"{value!r} must have exactly one group in parentheses")
        return value


def read_folder(settings: FolderData) -> Dataset:
    """Return the clips below the label folders of ``settings.path``.

    Raises
    ------
    InputError
        When the folder is missing, has no label folder with a clip, or ``subject`` finds nothing
        in a clip's path.
    """
    root = settings.path
    if not root.is_dir():
        raise InputError(f"data.path must be a folder with a folder per label; {root} is none.")
    rows: list[dict[str, object]] = []
    skipped: list[tuple[str, str]] = []
    passed: list[tuple[str, str]] = []
    for label in sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")):
        found, left_out = list_clips(label, stills=settings.stills)
        if not found and not left_out:
            passed.append((label.name, "an empty folder"))
        clips, failed, strays = sort_out(found, left_out, root)
        rows += [_row(path, label.name, root, settings) for path in clips]
        skipped += failed
        passed += strays
    loose = sorted(p for p in root.iterdir() if not p.is_dir() and not p.name.startswith("."))
    beside = [(p, "lies beside the label folders, so it has no label") for p in loose]
    _, failed, strays = sort_out([], beside, root)
    skipped, passed = skipped + failed, passed + strays
    missing = [r["clip"] for r in rows if settings.subject and not r["subject"]]
    if missing:
        raise InputError(
            f"data.subject {settings.subject!r} finds no subject in {named(missing)}; "
            "change the expression or rename the clips."
        )
    table = pd.DataFrame(rows)
    name = root.resolve().name
    about = f"{len(table)} clips in the folder {name}, labelled by the names of its folders"
    return build_dataset(table, root, about, name, skipped, passed)


def _below(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _row(path: Path, label: str, root: Path, settings: FolderData) -> dict[str, object]:
    below = _below(path, root)
    found = re.search(settings.subject, below) if settings.subject else None
    return {
        "clip": below,
        "subject": (found.group(1) or "") if found else "",
        "source": below,
        "fps": settings.fps,
        "label": label,
    }


READER = Reader(
    FolderData,
    read_folder,
    Card(
        title="Any folder",
        layout="ROOT/<label>/<video>\nROOT/<label>/<clip>/<frame>\nROOT/<label>/<image> (stills)",
        licence="Yours to know.",
        citation="Yours to name.",
    ),
)
