"""Find the clips below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from .images import IMAGE_SUFFIXES
from .naming import is_hidden, natural
from .video import VIDEO_SUFFIXES

Skipped = list[tuple[Path, str]]
CLIP_FILES = VIDEO_SUFFIXES | {".npy"}


def list_clips(
    folder: str | Path, *, recursive: bool = True, stills: bool = False
) -> tuple[list[Path], Skipped]:
    """Return the clips below ``folder`` and what was passed over, in natural order.

    A clip is a video or ``.npy`` file, or a folder that directly holds two or more images. With
    ``stills`` every image of a folder is a clip of its own instead. Hidden files and folders are
    passed over in silence; a folder that was visited before (a link in a circle) is not again.

    Parameters
    ----------
    folder : path
        Where to look.
    recursive : bool
        Look into subfolders. Otherwise only ``folder`` and the folders of images directly in it.
    stills : bool
        Take single images as clips.

    Returns
    -------
    clips : list of Path
    skipped : list of (Path, str)
        Each with the reason.

    Raises
    ------
    InputError
        When ``folder`` is no folder that can be read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"clips are looked for in a folder; {root} is none.")
    try:
        next(root.iterdir(), None)
    except OSError as error:
        raise InputError(f"{root} must be readable: {error.strerror}.") from error
    clips: list[Path] = []
    skipped: Skipped = []
    for place in _walk(root, None if recursive else 1, skipped):
        inside = recursive or place == root
        _sort_out(place, stills, inside, clips, skipped)
    return clips, skipped


def _walk(root: Path, depth: int | None, skipped: Skipped) -> Iterator[Path]:
    """Yield ``root`` and the folders below it, each once, parents first."""
    seen = {_identity(p) for p in root.resolve().parents}  # a link upwards leads in a circle
    waiting = [(root, 0)]
    while waiting:
        place, level = waiting.pop()
        try:
            identity = _identity(place)
            if identity in seen:
                continue
            seen.add(identity)
            below = natural(p for p in place.iterdir() if p.is_dir() and not is_hidden(p))
        except OSError as error:
            skipped.append((place, f"cannot be read: {error.strerror}"))
            continue
        yield place
        if depth is None or level < depth:
            waiting += [(p, level + 1) for p in reversed(below)]


def _identity(place: Path) -> tuple[int, int] | str:
    """Return what tells one folder from another, by whatever link it was reached."""
    status = place.stat()
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(place)


def _sort_out(place: Path, stills: bool, inside: bool, clips: list[Path], skipped: Skipped) -> None:
    """Add the clips of one folder; ``inside`` says whether its files are looked at one by one."""
    files = natural(p for p in place.iterdir() if not p.is_dir() and not is_hidden(p))
    images = [p for p in files if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()]
    if len(images) >= 2 and not stills:
        clips.append(place)
    if not inside:
        return
    for path in files:
        if path.suffix.lower() in CLIP_FILES and path.is_file():
            clips.append(path)
        elif path in images:
            if stills:
                clips.append(path)
            elif len(images) == 1:
                skipped.append((path, "a single image is no clip"))
        else:
            skipped.append((path, _why(path)))


def _why(path: Path) -> str:
    if not path.exists():
        return "a link that leads nowhere"
    return "not a regular file" if not path.is_file() else "neither video nor image"


def sort_out(
    clips: list[Path], passed: list[tuple[Path, str]], root: Path
) -> tuple[list[Path], list[tuple[str, str]], list[tuple[str, str]]]:
    """Divide what ``list_clips`` found into clips, failures and what is no clip.

    Returns
    -------
    clips : list of Path
        Those whose names can be written down.
    failed : list of (str, str)
        Videos that cannot be used, and folders that cannot be looked into, with the reason.
    strays : list of (str, str)
        Files that are no clip.
    """
    named_well = [p for p in clips if _readable(p, root) == p.relative_to(root).as_posix()]
    others = [p for p in clips if p not in set(named_well)]
    failed = [(_readable(p, root), "its name is not valid Unicode; rename it") for p in others]
    strays: list[tuple[str, str]] = []
    for path, reason in passed:
        wanted = path.suffix.lower() in CLIP_FILES or path.is_dir()
        (failed if wanted else strays).append((_readable(path, root), reason))
    return named_well, failed, strays


def _readable(path: Path, root: Path) -> str:
    """Return a path below ``root`` as text that can be printed."""
    return path.relative_to(root).as_posix().encode("utf-8", "replace").decode()
