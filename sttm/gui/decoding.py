"""Frames of one clip, decoded in a thread of their own.

A ``Reader`` is one open clip. Frame n is ``open_frames(source, first=, last=, colour=True)`` at
n - first, the frame that the features count. One pass from the start comes first, because it is
cheap and exact; it stores what the budget allows, counts the frames and makes thumbnails. A clip
that fits is kept whole; of a longer one the frames around the current one are, and others are
decoded by number. The newest wish comes before everything else.

Nothing here touches a widget: ``tell(kind, value)`` is called in the thread, and never again once
``stop`` has returned.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, ToolkitError
from ..frames import IMAGE_SUFFIXES, FramesLost, open_frames, to_rgb
from .closeup import find_face
from .thumbnails import Samples

BUDGET = 256 * 2**20  # bytes of decoded frames
AHEAD = 24  # frames decoded in advance of the current one, where a clip is not kept whole
USUAL_FPS = 25.0

Tell = Callable[[str, Any], None]


@dataclass(frozen=True)
class Facts:
    """What is known of an open clip; ``first`` and ``last`` are frame numbers of the source."""

    first: int
    last: int
    fps: float
    fps_known: bool
    width: int
    height: int
    lost: int = 0

    @property
    def frames(self) -> int:
        """How many frames can be shown."""
        return self.last - self.first + 1


class FrameCache:
    """Decoded frames by number, bounded in bytes; those farthest from ``near`` go first."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.size = 0
        self._frames: dict[int, np.ndarray] = {}

    def __contains__(self, number: int) -> bool:
        return number in self._frames

    def get(self, number: int) -> np.ndarray | None:
        """Return a frame or None."""
        return self._frames.get(number)

    def put(self, number: int, frame: np.ndarray, near: int) -> bool:
        """Store a frame unless all that are stored lie nearer; return whether it was stored."""
        if number in self._frames:
            return True
        while self._frames and self.size + frame.nbytes > self.budget:
            farthest = max(min(self._frames), max(self._frames), key=lambda n: abs(n - near))
            if abs(farthest - near) <= abs(number - near):
                return False
            self.size -= self._frames.pop(farthest).nbytes
        self._frames[number] = frame
        self.size += frame.nbytes
        return True


class Reader:
    """One open clip and the thread that decodes it.

    Parameters
    ----------
    source : path or array
        As for ``open_frames``.
    first, last : int, optional
        Frame numbers of the source, both included.
    fps : float, optional
        Goes before what the source says.
    tell : callable
        Called in the thread as ``tell(kind, value)``: ``opened`` (``Facts``; once more when fewer
        frames came than were announced), ``arrived`` (number of a wanted frame), ``thumbnail``
        (number, QImage), ``face`` (``Face`` or None), ``missing`` (number of a wanted frame
        that is not there), ``failed`` (sentence).
    budget : int
        Bytes of decoded frames.
    """

    def __init__(
        self,
        source: Any,
        first: int | None,
        last: int | None,
        fps: float | None,
        tell: Tell,
        budget: int = BUDGET,
    ) -> None:
        self.source, self.fps = source, fps
        self.first, self.last = int(first or 0), last
        self.facts: Facts | None = None
        self._tell: Tell | None = tell
        self._change = threading.Condition()
        self._speaking = threading.Lock()
        self._stopped = False
        self._cache = FrameCache(budget)
        self._wanted: int | None = self.first
        self._near = self.first
        self._kept_number: int | None = None
        self._kept: np.ndarray | None = None
        self._face_asked = False
        self._samples = Samples()
        self._pass: Iterator[np.ndarray | None] | None = None
        self._next = 0  # the number that the pass delivers next
        self._thread = threading.Thread(target=self._run, name="sttm frames", daemon=True)

    # for the window ------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to decode."""
        _running.add(self)
        self._thread.start()

    def picture(self, number: int) -> np.ndarray | None:
        """Return frame ``number``, RGB (y, x, 3) uint8, or None while it is not decoded."""
        with self._change:
            if number == self._kept_number and self._kept is not None:
                return self._kept
            return self._cache.get(number)

    def want(self, number: int) -> np.ndarray | None:
        """Return a frame as ``picture`` does; where it is missing, it is what is decoded next."""
        with self._change:
            self._near = number
            found = self._cache.get(number)
            self._wanted = None if found is not None else number
            self._change.notify()
        return found

    def keep(self, number: int | None) -> None:
        """Decode a frame and hold on to it, wherever the current one goes; None: no longer."""
        with self._change:
            if number != self._kept_number:
                self._kept_number = number
                self._kept = None if number is None else self._cache.get(number)
                self._change.notify()

    def ask_face(self) -> None:
        """Have the face searched, once; ``face`` is told then."""
        with self._change:
            self._face_asked = True
            self._change.notify()

    def stop(self) -> None:
        """End soon, and tell nothing from now on. Does not wait."""
        with self._change:
            self._stopped = True
            self._change.notify()
        with self._speaking:
            self._tell = None

    def join(self, seconds: float) -> bool:
        """Wait for the thread; return whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    # in the thread -------------------------------------------------------------------------------

    def _say(self, kind: str, value: Any) -> None:
        with self._speaking:
            if self._tell is not None:
                self._tell(kind, value)

    def _run(self) -> None:
        try:
            with self._open() as frames:
                self._begin(frames)
                while (step := self._choose(frames)) is not None:
                    step()
        except ToolkitError as error:
            self._say("failed", str(error))
        except FramesLost as error:  # only where warnings are made errors
            self._say("failed", str(error))
        except MemoryError:
            self._say("failed", f"{self._name()} does not fit into memory; use smaller frames.")
        except Exception as error:  # a thread has nobody above it who could show a traceback
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            self._say("failed", f"{self._name()} cannot be read: {reason}.")
        finally:
            self._pass = None
            self._cache = FrameCache(0)

    def _name(self) -> str:
        return Path(self.source).name if isinstance(self.source, str | Path) else "this clip"

    def _open(self) -> Any:
        """Open the whole source of a video, so that the way to ``first`` can be interrupted."""
        if is_video(self.source):
            self._offset = 0
            return open_frames(self.source, colour=True, fps=self.fps)
        self._offset = self.first
        return open_frames(self.source, first=self.first, last=self.last, colour=True, fps=self.fps)

    def _begin(self, frames: Any) -> None:
        announced = frames.expected
        end = None if announced is None else self._offset + announced - 1
        if self.last is not None:
            end = self.last if end is None else min(end, self.last)
        self._pass = frames.iter_some(lambda number: number + self._offset >= self.first)
        self._next = self._offset
        if end is not None and end >= self.first:
            self._note(frames, end)

    def _note(self, frames: Any, last: int, lost: int = 0) -> None:
        height, width = frames.size
        known = frames.fps is not None
        fps = float(frames.fps) if known else USUAL_FPS
        self.facts = Facts(self.first, last, fps, known, width, height, lost)
        self._say("opened", self.facts)

    def _choose(self, frames: Any) -> Callable[[], None] | None:
        """Wait until there is something to do and return the most urgent step, or None to end."""
        with self._change:
            while not self._stopped:
                number = self._urgent()
                if number is not None:
                    return lambda: self._fetch(frames, number)
                if self._pass is not None:
                    return lambda: self._advance(frames)
                if self._face_asked:
                    self._face_asked = False
                    return self._find_face
                self._change.wait()
        return None

    def _urgent(self) -> int | None:
        """Return the number of the frame that must be decoded next, or None."""
        if self._wanted is not None:
            return self._wanted
        if self._kept_number is not None and self._kept is None:
            return self._kept_number
        if self.facts is None:
            return None
        stop = min(self._near + AHEAD, self.facts.last) + 1
        ahead = (n for n in range(self._near, stop) if n not in self._cache)
        number = next(ahead, None)
        return number if number is not None and self._worthwhile(number) else None

    def _worthwhile(self, number: int) -> bool:
        """Return whether a frame in advance should be decoded by number, not by the pass."""
        return self._pass is None or number < self._next

    def _fetch(self, frames: Any, number: int) -> None:
        """Come one step nearer to a wanted frame."""
        if self._pass is not None and number >= self._next:
            self._advance(frames)
            return
        inside = self.facts is not None and self.facts.first <= number <= self.facts.last
        frame = self.picture(number)
        if frame is None and inside:
            with suppress(IndexError):
                frame = frames[number - self._offset]
        if frame is None:
            self._give_up(number)
        else:
            self._store(number, frame)

    def _give_up(self, number: int) -> None:
        with self._change:
            if self._wanted == number:
                self._wanted = None
            if self._kept_number == number:
                self._kept_number = None
        self._say("missing", number)

    def _advance(self, frames: Any) -> None:
        """Take the next frame of the pass."""
        assert self._pass is not None
        beyond = self.last is not None and self._next > self.last
        try:
            raw = None if beyond else next(self._pass)
        except StopIteration:
            raw, beyond = None, True
        if beyond:
            self._end_pass(frames)
            return
        number, self._next = self._next, self._next + 1
        if raw is None:
            return
        frame = to_rgb(raw)
        made = self._samples.add(number, frame)
        self._store(number, frame)
        if made is not None:
            self._say("thumbnail", (number, made))

    def _store(self, number: int, frame: np.ndarray) -> None:
        frame.flags.writeable = False
        with self._change:
            stored = self._cache.put(number, frame, self._near)
            arrived = number in (self._wanted, self._kept_number)
            if number == self._kept_number:
                self._kept = frame
            if number == self._wanted:
                self._wanted = None
        if arrived and (stored or self._kept is frame):
            self._say("arrived", number)

    def _end_pass(self, frames: Any) -> None:
        """Take note of how many frames there are."""
        if self._pass is not None and hasattr(self._pass, "close"):
            self._pass.close()
        self._pass = None
        last = self._next - 1
        if last < self.first:
            raise InputError(
                f"the clip's first frame must be in {self._name()}, which has {last + 1} "
                f"frames; it is {self.first}."
            )
        promised = self.facts.last if self.facts is not None else last
        if self.facts is None or promised != last:
            self._note(frames, last, max(0, promised - last, frames.lost))

    def _find_face(self) -> None:
        self._say("face", find_face(self._samples.pictures, self._is_stopped))

    def _is_stopped(self) -> bool:
        return self._stopped


def is_video(source: Any) -> bool:
    """Return whether ``open_frames`` takes a source for a video file.

    >>> is_video("a.mpg"), is_video("a.npy"), is_video("a.png")
    (True, False, False)
    """
    if not isinstance(source, str | Path):
        return False
    suffix = Path(source).suffix.lower()
    still = suffix in IMAGE_SUFFIXES and suffix != ".gif"
    try:
        return not (still or suffix == ".npy" or Path(source).is_dir())
    except (OSError, ValueError):
        return False


_running: weakref.WeakSet[Reader] = weakref.WeakSet()


def stop_readers(readers: Iterable[Reader]) -> None:
    """Stop readers without waiting for them."""
    for reader in readers:
        reader.stop()


@atexit.register
def stop_all(seconds: float = 5.0) -> bool:
    """Stop every reader of this process and wait; return whether all threads have ended."""
    readers = list(_running)
    stop_readers(readers)
    ended = [reader.join(seconds) for reader in readers]
    return all(ended)
