"""Frames from image files: a folder of them in numeric order, or a single one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError, UnreadableClip
from .base import Frames, Wanted, check_fps, check_inside, check_window
from .images import IMAGE_SUFFIXES, is_complete, read_image, sound_png
from .naming import is_hidden, natural


def image_paths(folder: Path) -> list[Path]:
    """Return the images that lie directly in ``folder``, in natural order of their names.

    Hidden files, other suffixes and subfolders are passed over.

    Raises
    ------
    UnreadableClip
        When the folder cannot be read or holds no image.
    """
    try:
        found = [
            p
            for p in folder.iterdir()
            if p.suffix.lower() in IMAGE_SUFFIXES and not is_hidden(p) and p.is_file()
        ]
    except OSError as error:
        raise UnreadableClip(
            f"a clip must be a readable folder of images; {folder} is not: {error.strerror}."
        ) from error
    if not found:
        raise UnreadableClip(
            f"a folder of frames must hold images ({', '.join(sorted(IMAGE_SUFFIXES))}); "
            f"{folder} holds none."
        )
    return natural(found)


class FolderFrames(Frames):
    """Image files as frames: a folder in natural order, one file, or a list of files.

    A file that cannot be decoded ends the clip, so that the time between frames stays the same;
    it and those after it are ``lost``. All images must have the same size.

    ``len`` looks whether the files are complete (it reads them and does not decode them); damage
    that only shows in decoding makes it smaller when it is met.

    Parameters
    ----------
    source : path or sequence of paths
        Folder, image file, or image files in order.
    first, last, colour, fps
        As in ``open_frames``.

    Raises
    ------
    UnreadableClip
        When no frame can be decoded.
    InputError
        When ``first`` or ``last`` lies beyond the end; later, when an image of another size comes.
    """

    def __init__(
        self,
        source: str | Path | Sequence[str | Path],
        *,
        first: int | None = None,
        last: int | None = None,
        colour: bool = False,
        fps: float | None = None,
    ) -> None:
        paths, name = _resolve(source)
        super().__init__(name, *check_window(first, last), colour, check_fps(fps))
        check_inside(self._first, self._last, len(paths), name)
        self._paths = paths[self._first : None if self._last is None else self._last + 1]
        self._readable: int | None = None
        start = read_image(self._paths[0])
        if start is None:
            raise UnreadableClip(
                f"the first image of a clip must be readable; {self._paths[0]} is not."
            )
        self._size = (start.shape[0], start.shape[1])

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self._size

    @property
    def expected(self) -> int:
        """How many images there are; some may turn out to be broken."""
        return len(self._paths) if self._readable is None else self._readable

    def iter_raw(self) -> Iterator[np.ndarray]:
        """Yield each image as it is stored: uint8 grey (y, x) or BGR (y, x, 3)."""
        for picture in self.iter_some(lambda _: True):
            assert picture is not None
            yield picture

    def iter_some(self, wanted: Wanted) -> Iterator[np.ndarray | None]:
        """Yield like ``iter_raw``, but None for images whose number is not ``wanted``.

        Those are read all the same. A PNG file whose checksums and size are right is not decoded,
        which takes a hundred times as long; other formats do not tell whether they can be.
        """
        count = 0
        for number, path in enumerate(self._paths):
            self._check_open()
            asked = wanted(number)
            if asked or not self._is_sound(path):
                picture = self._read(path)
                if picture is None:
                    break
            count += 1
            yield picture if asked else None
        self._readable = count
        self._found(count, len(self._paths))

    def raw_at(self, number: int) -> np.ndarray:
        """Return image ``number`` as it is stored."""
        self._check_open()
        if number >= len(self):
            raise self._beyond(number)
        picture = self._read(self._paths[number])
        if picture is None:
            self._readable = number
            self._found(number, len(self._paths))
            raise self._beyond(number)
        return picture

    def __len__(self) -> int:
        if self._readable is None:
            self._check_open()
            broken = (n for n, path in enumerate(self._paths) if not _looks_complete(path))
            self._readable = next(broken, len(self._paths))
            self._found(self._readable, len(self._paths))
        return self._readable

    def _is_sound(self, path: Path) -> bool:
        """Return whether an image can surely be decoded and has the size of the first."""
        try:
            return sound_png(path.read_bytes()) == self._size
        except OSError:
            return False

    def _read(self, path: Path) -> np.ndarray | None:
        picture = read_image(path)
        if picture is not None and picture.shape[:2] != self._size:
            (height, width), (other, wide) = self._size, picture.shape[:2]
            raise InputError(
                f"all images of a clip must have one size; {path.name} in {self.name} is "
                f"{wide} x {other} pixels and the first is {width} x {height}."
            )
        return picture


def _resolve(source: str | Path | Sequence[str | Path]) -> tuple[list[Path], str]:
    if not isinstance(source, str | Path):
        paths = [Path(p) for p in source]
        if not paths:
            raise UnreadableClip("a clip must have at least one image; the list is empty.")
        return paths, f"{paths[0].parent} (list)"
    path = Path(source)
    return (image_paths(path) if path.is_dir() else [path]), str(path)


def _looks_complete(path: Path) -> bool:
    try:
        return is_complete(path.read_bytes())
    except OSError:
        return False
