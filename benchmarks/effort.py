"""How much is measured: the full run, a quick one, and where to find and put clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Picture:
    """One size of drawn video: pixels, and the most that a vector may cost, as decodings."""

    name: str
    width: int
    height: int
    target: float
    aim: float


PICTURES = (Picture("1080p", 1920, 1080, 1.5, 1.2), Picture("640x480", 640, 480, 2.5, 1.5))


@dataclass(frozen=True)
class Effort:
    """Sizes and repetitions.

    Parameters
    ----------
    repeats : int
        Turns of each pair.
    crop : int
        Side of the crop volumes, pixels.
    lengths : tuple of int
        Frames of the crop volumes; the last one is the response's.
    frames : int
        Frames of a drawn video.
    pictures : tuple of Picture
        Sizes of the drawn videos.
    processes : int
        Fresh processes per start-up figure.
    batch : int
        Clips of the throughput figure.
    memory : (int, int)
        Clips of the two children whose memory is compared.
    folder : Path, optional
        Clips to read; small drawn ones where it is None.
    scratch : Path, optional
        Where clips are made; a temporary folder where it is None.
    """

    repeats: int = 9
    crop: int = 128
    lengths: tuple[int, ...] = (20, 60)
    frames: int = 75
    pictures: tuple[Picture, ...] = PICTURES
    processes: int = 5
    batch: int = 240
    memory: tuple[int, int] = (20, 80)
    folder: Path | None = None
    scratch: Path | None = None


FULL = Effort()
QUICK = Effort(repeats=3, processes=3, batch=120, memory=(5, 20))
