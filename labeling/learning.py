"""Facts about a study's clips, found out by reading them: frames, rate, size, digest."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sttm.digests import content_digest
from sttm.errors import InputError
from sttm.frames import open_frames
from sttm.parallel import WorkerDied, as_finished

from .study import Study, open_study
from .study.clips import fact

Progress = Callable[[str, int, int], None]


def facts_of(
    source: Path, first: int | None = None, last: int | None = None, fps: float | None = None
) -> dict[str, Any]:
    """Return ``frames``, ``fps``, ``digest``, ``width`` and ``height`` of a clip.

    Parameters
    ----------
    source : Path
    first, last : int, optional
        The stretch of the source that the clip is.
    fps : float, optional
        Goes before what the source says.

    Raises
    ------
    InputError
        When the clip cannot be read.
    """
    digest = content_digest(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lost frames are not part of the clip
        with open_frames(source, first=first, last=last, fps=fps) as frames:
            height, width = frames.size
            facts = {"frames": len(frames), "fps": frames.fps, "digest": digest}
            return {**facts, "width": width, "height": height}


def unknown_clips(study: Study) -> list[dict[str, Any]]:
    """Return the rows of the clips of which something is not known yet."""
    table = study.clips()
    wanting = table[(table["digest"] == "") | table["frames"].isna()]
    return [{str(k): v for k, v in row.items()} for row in wanting.to_dict("records")]


def arguments_of(study: Study, row: dict[str, Any]) -> tuple[Any, ...]:
    """Return the arguments of ``facts_of`` for a row of the clips table."""
    numbers = [fact(name, row[name]) for name in ("first", "last", "fps")]
    return (study.source_of(str(row["source"])), *numbers)


def learn_clips(
    study: Study,
    jobs: int = 1,
    progress: Progress | None = None,
    stopped: Callable[[], bool] | None = None,
) -> list[tuple[str, str]]:
    """Find out what is not known of a study's clips, and return what is wrong: clip, sentence.

    Each clip is noted as soon as it is read, so that nothing is lost when this is stopped.

    Parameters
    ----------
    study : Study
    jobs : int
        Processes; -1 for one per core.
    progress : callable, optional
        Called as ``progress(clip, done, total)``.
    stopped : callable, optional
        Asked between clips; True ends it.
    """
    rows = unknown_clips(study)
    wrong: list[tuple[str, str]] = []
    for done, (row, facts) in enumerate(_facts(study, rows, jobs), 1):
        clip = str(row["clip"])
        try:
            if isinstance(facts, str):
                raise InputError(facts)
            study.learn_clip(clip, **facts)
        except InputError as error:
            wrong.append((clip, str(error)))
        if progress is not None:
            progress(clip, done, len(rows))
        if stopped is not None and stopped():
            break
    return sorted(wrong)


def learn_study(
    path: Path, progress: Progress, stopped: Callable[[], bool]
) -> list[tuple[str, str]]:
    """Do as ``learn_clips`` in a thread, through a connection of its own."""
    with open_study(path) as study:
        return learn_clips(study, progress=progress, stopped=stopped)


def changed(source: Path, digest: str) -> bool:
    """Return whether a clip's content differs from what the study knows of it."""
    return digest != "" and content_digest(source) != digest


Facts = dict[str, Any] | str


def _facts(
    study: Study, rows: list[dict[str, Any]], jobs: int
) -> Iterator[tuple[dict[str, Any], Facts]]:
    """Yield each row with its facts, or with a sentence about why there are none."""
    work = [arguments_of(study, row) for row in rows]
    if jobs == 1:
        yield from ((row, _tried(*one)) for row, one in zip(rows, work, strict=True))
        return
    for number, facts in as_finished(_tried, work, jobs):
        dead = isinstance(facts, WorkerDied)
        yield rows[number], "reading it ended the process that read it." if dead else facts


def _tried(*arguments: Any) -> Facts:
    try:
        return facts_of(*arguments)
    except InputError as error:
        return str(error)
