"""Facts about clips, found out beside the work: number of frames, rate, size, digest.

Each fact is stored through a connection of the worker's own. A clip that cannot be read, or whose
content is no longer what it was, is told and passed over.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.digests import content_digest
from sttm.errors import InputError
from sttm.frames import open_frames

from ..study import Study, open_study

Progress = Callable[[str, int, int], None]


def learn(
    path: Path, told: Callable[[str, str], None], progress: Progress, stopped: Callable[[], bool]
) -> int:
    """Find out what is not known of a study's clips yet; return of how many.

    Parameters
    ----------
    path : Path
        The study.
    told : function of (clip, sentence)
        Called for each clip that something is wrong with.
    progress, stopped
        As ``Background`` gives them.
    """
    learnt = 0
    with open_study(path) as study:
        table = study.clips()
        wanting = table[table["digest"].map(_blank) | table["frames"].map(_blank)]
        for number, row in enumerate(wanting.to_dict("records")):
            if stopped():
                break
            progress("Counting frames", number, len(wanting))
            try:
                learnt += _learn_one(study, {str(k): v for k, v in row.items()})
            except InputError as error:
                told(str(row["clip"]), str(error))
    return learnt


def _learn_one(study: Study, row: dict[str, Any]) -> int:
    facts = facts_of(study.root, row)
    study.learn_clip(str(row["clip"]), **facts)
    return 1


def facts_of(root: Path, row: dict[str, Any]) -> dict[str, Any]:
    """Return ``frames``, ``fps``, ``digest``, ``width`` and ``height`` of one row of clips.

    Raises
    ------
    InputError
        When the clip cannot be read.
    """
    source = source_of(root, row)
    digest = content_digest(source)
    first, last = _number(row.get("first")), _number(row.get("last"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with open_frames(source, first=first, last=last) as frames:
            height, width = frames.size
            facts = {"frames": len(frames), "width": width, "height": height, "digest": digest}
            if frames.fps and _blank(row.get("fps")):
                facts["fps"] = frames.fps
    return facts


def changed(root: Path, row: dict[str, Any]) -> bool:
    """Return whether a clip's content differs from what the study knows of it."""
    known = row.get("digest")
    return not _blank(known) and content_digest(source_of(root, row)) != known


def source_of(root: Path, row: dict[str, Any]) -> Path:
    """Return the path of a clip's source."""
    return Path(root) / str(row["source"])


def _number(value: Any) -> int | None:
    return None if _blank(value) else int(value)


def _blank(value: Any) -> bool:
    return bool(pd.isna(value)) or value == ""
