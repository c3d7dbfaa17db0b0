"""From what a person points at (a study, a folder, a table) to a study that can be labelled.

Nothing here touches the window: ``prepare`` runs in the background and opens the study's file on
its own, so that a folder of thousands of clips blocks nobody.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sttm.errors import InputError
from sttm.tables import check_clips, named

from .finding import find_clips
from .keys import bindings
from .scheme import Scheme, load_scheme
from .study import SUFFIX, create_study, open_study

Progress = Callable[[str, int, int], None]
STUDY_NAME = f"labels{SUFFIX}"


class PlaceNeeded(InputError):
    """The study cannot lie beside the clips: another place must be named."""


@dataclass(frozen=True)
class Request:
    """What shall be opened.

    Attributes
    ----------
    target : Path or None
        A study's file, a folder of clips, or a CSV clips table.
    study : Path or None
        Where the study shall lie; beside the clips unless told.
    scheme : str, Path, Scheme or None
        For a new study; ``basic`` unless told.
    clips : DataFrame or None
        A clips table in place of ``target``.
    root : Path or None
        Folder that the table's sources are below.
    """

    target: Path | None = None
    study: Path | None = None
    scheme: str | Path | Scheme | None = None
    clips: pd.DataFrame | None = None
    root: Path | None = None


@dataclass(frozen=True)
class Prepared:
    """A study that can be opened, and what is to be told of it."""

    study: Path
    created: bool
    notes: tuple[str, ...] = ()


def study_path(request: Request) -> Path:
    """Return where the study of a request lies or shall lie.

    Raises
    ------
    InputError
        When nothing was named, or it does not exist.
    """
    if request.study is not None:
        return request.study
    target = request.target
    if target is None:
        if request.root is None:
            raise InputError("name a study, a folder of clips or a clips table to label.")
        return request.root / STUDY_NAME
    if target.is_dir():
        return target / STUDY_NAME
    if not target.exists():
        raise InputError(f"{target} does not exist; name a study, a folder of clips or a table.")
    return target if _is_study(target) else target.with_suffix(SUFFIX)


def _is_study(path: Path) -> bool:
    """Return whether a file is to be opened as a study: by its name, or by how it begins."""
    if path.suffix.lower() == SUFFIX:
        return True
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None


def needs_scheme(request: Request) -> bool:
    """Return whether a new study would be made, for which a scheme must be chosen."""
    return not study_path(request).exists()


def prepare(request: Request, progress: Progress, stopped: Callable[[], bool]) -> Prepared:
    """Find or make the study of a request, with the clips in it.

    Raises
    ------
    PlaceNeeded
        When the study would have to lie in a folder that cannot be written to.
    InputError
        When there is no clip, or the study cannot be opened.
    """
    path = study_path(request)
    only_study = request.clips is None and (
        request.target is None or path.absolute() == request.target.absolute()
    )
    if only_study:
        return Prepared(path, created=False)
    progress("Looking for clips", 0, 0)
    table, root, notes = _clips(request)
    if path.exists():
        return _with_new_clips(path, table, root, notes)
    check_place(path)
    progress(f"Making a study of {_count(len(table))}", 0, 0)
    scheme = request.scheme if request.scheme is not None else "basic"
    rules = scheme if isinstance(scheme, Scheme) else load_scheme(scheme)
    bindings(rules)  # refuses keys that clash
    with create_study(path, rules, root=root) as study:
        study.add_clips(table, root)
    return Prepared(path, created=True, notes=tuple(notes))


def _with_new_clips(path: Path, table: pd.DataFrame, root: Path, notes: list[str]) -> Prepared:
    """Add clips that came since; a study that cannot be written to is opened as it is."""
    with open_study(path) as study:
        known = set(study.clips()["clip"])
        if not set(table["clip"]) <= known:
            added, _ = study.add_clips(table, root)
            notes = [*notes, f"{_count(added, 'new clip')} added to the study."]
    return Prepared(path, created=False, notes=tuple(notes))


def check_place(path: Path) -> None:
    """Refuse a place where no study can be written.

    Raises
    ------
    PlaceNeeded
        One sentence.
    """
    folder = path.parent
    if not folder.is_dir():
        raise PlaceNeeded(f"the study needs a folder that exists; {folder} does not.")
    probe = folder / f".{path.name}.{os.getpid()}.try"
    try:
        probe.touch()
    except OSError:
        raise PlaceNeeded(
            f"the study cannot be written beside the clips in {folder}; "
            "choose another place for it (--study, or --out of `sttm label new`)."
        ) from None
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)


def _clips(request: Request) -> tuple[pd.DataFrame, Path, list[str]]:
    """Return clips table, root of the sources, and notes."""
    if request.clips is not None:
        root = request.root or (request.target.parent if request.target else Path.cwd())
        return check_clips(request.clips), root, []
    if request.target is None:
        raise InputError("name a folder of clips or a clips table to make a study of.")
    found = find_clips(request.target)
    left = [f"{name} ({reason})" for name, reason in found.failed]
    notes = [f"{_count(len(left))} left out: {named(left)}."] if left else []
    return found.clips, request.root or found.root, notes


def _count(number: int, word: str = "clip") -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
