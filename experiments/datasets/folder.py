"""Any folder: ROOT/<label>/<file> (videos, stills) and ROOT/<label>/<clip>/<frame> (sequences)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field, field_validator

from sttm.errors import InputError
from sttm.frames import list_clips
from sttm.tables import named

from ..options import Section
from .base import Dataset, build_dataset


class FolderData(Section):
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
    rows, skipped = [], []
    for label in sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")):
        clips, passed = list_clips(label, stills=settings.stills)
        rows += [_row(path, label.name, root, settings) for path in clips]
        skipped += [(_below(path, root), reason) for path, reason in passed]
    loose = sorted(p for p in root.iterdir() if p.is_file() and not p.name.startswith("."))
    skipped += [(p.name, "lies beside the label folders, so it has no label") for p in loose]
    missing = [r["clip"] for r in rows if settings.subject and not r["subject"]]
    if missing:
        raise InputError(
            f"data.subject {settings.subject!r} finds no subject in {named(missing)}; "
            "change the expression or rename the clips."
        )
    table = pd.DataFrame(rows)
    about = f"{len(table)} clips in the folder {root.name}, labelled by the names of its folders"
    return build_dataset(table, root, about, root.name, skipped)


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
