"""What can be recognised: images, videos, folders; and their frames, decoded ahead."""

from __future__ import annotations

import queue
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import TypeVar

from sttm.errors import InputError
from sttm.frames import IMAGE_SUFFIXES, list_clips, open_frames, sort_out
from sttm.frames.naming import natural_key

from .analysis import Shot
from .settings import USUAL_FPS

AHEAD = 8  # frames that are decoded before they are asked for


@dataclass(frozen=True)
class Source:
    """Something with frames: a video, a folder of frames, or an image.

    ``name`` is what tables call it: the path below the folder that was given. ``copy`` is what an
    annotated copy is called, without a suffix: below a folder, and no other source's.
    """

    name: str
    path: Path
    copy: str = ""

    @property
    def still(self) -> bool:
        """Whether it is a single picture."""
        suffix = self.path.suffix.lower()
        return suffix in IMAGE_SUFFIXES - {".gif"} and not self.path.is_dir()


@dataclass
class Inputs:
    """What lies at the given paths: sources, what cannot be used, what is no picture.

    ``failed`` and ``strays`` hold (path, reason).
    """

    sources: list[Source]
    failed: list[tuple[str, str]] = field(default_factory=list)
    strays: list[tuple[str, str]] = field(default_factory=list)


def find_inputs(paths: Sequence[str | Path], stills: bool = False) -> Inputs:
    """Return the sources that paths stand for, in natural order, each once.

    Parameters
    ----------
    paths : sequence of path
        Videos, images, folders.
    stills : bool
        The images of a folder are sources of their own, not the frames of one clip.

    Raises
    ------
    InputError
        When there is nothing at a path, or nothing that can be recognised at any of them.
    """
    found = Inputs([])
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"there is nothing at {path}; give a video, an image or a folder.")
        if path.is_dir():
            _look_into(path, stills, found)
        elif path.name != _readable(path.name):
            found.failed.append((_readable(str(path)), "its name is not valid Unicode; rename it"))
        else:
            found.sources.append(Source(path.name, path))
    if not found.sources:
        left = "; ".join(f"{p}: {why}" for p, why in [*found.failed, *found.strays][:2])
        raise InputError(
            f"no video and no image was found in {', '.join(map(str, paths))}"
            + (f" ({left})." if left else ".")
        )
    found.sources = _copied_apart(_called_apart(found.sources))
    return found


def _look_into(folder: Path, stills: bool, found: Inputs) -> None:
    clips, failed, strays = sort_out(*list_clips(folder, stills=True), folder)
    images = [p for p in clips if not p.is_dir() and p.suffix.lower() in IMAGE_SUFFIXES - {".gif"}]
    frames = {p for p in clips if p.is_dir()}
    if not stills:  # the images of a folder that holds two or more are one clip
        counts: dict[Path, int] = {}
        for image in images:
            counts[image.parent] = counts.get(image.parent, 0) + 1
        frames = {place for place, count in counts.items() if count > 1}
        clips = [p for p in clips if p not in images or p.parent not in frames]
        inside = sorted(frames, key=lambda p: natural_key(p.relative_to(folder).as_posix()))
        clips = [*clips, *inside]
    for path in clips:
        name = path.relative_to(folder).as_posix()
        found.sources.append(Source(folder.resolve().name if name == "." else name, path))
    found.failed += failed
    found.strays += strays


def _readable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _called_apart(sources: Sequence[Source]) -> list[Source]:
    """Return the sources, each path once, with names that differ."""
    out = list({s.path.resolve(): s for s in sources}.values())
    for longer in (Path.as_posix, lambda path: path.resolve().as_posix()):
        counts = Counter(s.name for s in out)
        out = [s if counts[s.name] == 1 else replace(s, name=longer(s.path)) for s in out]
    return out


def _copied_apart(sources: Sequence[Source]) -> list[Source]:
    """Return the sources with names of their copies: inside any folder, on any disk different."""
    counts = Counter(_below(s, suffix=False).casefold() for s in sources)
    taken: set[str] = set()
    out = []
    for source in sources:
        short = _below(source, suffix=False)
        base = stem = short if counts[short.casefold()] == 1 else _below(source, suffix=True)
        number = 2
        while stem.casefold() in taken:
            stem, number = f"{base}-{number}", number + 1
        taken.add(stem.casefold())
        out.append(replace(source, copy=stem))
    return out


def _below(source: Source, suffix: bool) -> str:
    """Return a source's name as a path that leads nowhere but down."""
    name = PurePath(source.name)
    parts = [part for part in name.parts if part not in (name.anchor, "..")]
    if not suffix and not source.path.is_dir():
        parts[-1] = PurePath(parts[-1]).stem
    return "/".join(parts)


@dataclass
class Feed:
    """An open source: its rate and its frames.

    ``lost`` is known at the end: frames that are announced and could not be decoded.
    """

    fps: float | None
    expected: int | None
    shots: Iterator[Shot]
    lost: Callable[[], int]


def open_feed(source: Source) -> Feed:
    """Return the frames of a source, decoded ahead in a thread.

    Raises
    ------
    UnreadableClip
        At once, or when the first frame is asked for.
    """
    frames = open_frames(source.path)
    rate = frames.fps or USUAL_FPS
    expected = frames.expected

    def decode() -> Iterator[Shot]:
        with frames, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, picture in enumerate(frames.iter_raw()):
                yield Shot(number, number / rate, picture)

    return Feed(frames.fps, expected, ahead(decode(), AHEAD), lambda: frames.lost)


def shots(source: Source) -> Iterator[Shot]:
    """Yield the frames of a source in order."""
    yield from open_feed(source).shots


Item = TypeVar("Item")


def ahead(items: Iterable[Item], most: int) -> Iterator[Item]:
    """Yield ``items`` made in a thread, at most ``most`` of them before they are asked for.

    An error of theirs is raised here. The thread ends when the iterator is closed.

    >>> list(ahead(range(3), 2))
    [0, 1, 2]
    """
    waiting: queue.Queue[tuple[str, object]] = queue.Queue(most)
    closed = threading.Event()

    def offer(kind: str, value: object) -> bool:
        while not closed.is_set():
            try:
                waiting.put((kind, value), timeout=0.1)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        try:
            for item in items:
                if not offer("item", item):
                    break
            offer("end", None)
        except BaseException as error:  # raised where the items are taken
            offer("error", error)
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()

    thread = threading.Thread(target=work, name="decoding ahead", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "end":
                return
            if kind == "error":
                raise value  # type: ignore[misc]
            yield value  # type: ignore[misc]
    finally:
        closed.set()
        thread.join()
