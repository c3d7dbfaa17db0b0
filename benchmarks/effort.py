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


Draws = tuple[tuple[str, int], ...]
"""Sets by name, and how many draws of each."""


@dataclass(frozen=True)
class Fits:
    """How many fits the benchmarks of the classifiers make, and on which sets.

    Parameters
    ----------
    folds : int
        Folds of each set of ``accuracy``: five, repeated with other folds.
    limit : float
        Processor seconds that one fit may take; it is ended after them.
    fixed : tuple of str
        Sets of ``accuracy``.
    speed : tuple of str
        Sets of ``rvm-speed``.
    large : tuple of (str, float, int)
        Sets of ``rvm-speed`` without a peer: seconds wanted, and threads.
    wide, textbook : tuple of (str, int)
        Sets of ``rsfm-wide`` and ``textbook``, and draws of each.
    rows : tuple of int
        Training rows of ``prediction``.
    jobs : int
        Threads where both cores are meant.
    """

    folds: int = 5
    limit: float = 600.0
    fixed: tuple[str, ...] = (
        *("breast cancer", "wine", "iris", "digits 3 v 8", "digits", "waveform"),
    )
    speed: tuple[str, ...] = (
        *("iris", "wine", "mc_300_20", "mc_300_500", "mc_500_20"),
        *("mc_1000_20", "mc_1000_500", "add_1000_20", "mc_3000_20"),
    )
    large: tuple[tuple[str, float, int], ...] = (("digits", 8.0, 1), ("mc_10000_20", 60.0, 2))
    wide: Draws = (
        *(("add_300_500", 3), ("add_1000_500", 2), ("add_3000_500", 1)),
        *(("mc_300_500", 3), ("mc_1000_500", 2), ("mul_1000_500", 2)),
        *(("xor_300_2", 2), ("blocks_150_5900", 3), ("bins_300_50000", 1)),
    )
    textbook: Draws = (
        *(("ripley", 10), ("waveform 1 v 2", 10), ("twonorm", 10), ("ringnorm", 10)),
        *(("ripley + 50", 5), ("waveform 1 v 2 + 50", 5)),
        *(("twonorm + 50", 5), ("ringnorm + 50", 5)),
    )
    rows: tuple[int, ...] = (250, 500, 1000, 2000, 4000)
    jobs: int = 2


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
    fits : Fits
        Of the classifiers.
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
    fits: Fits = Fits()
    folder: Path | None = None
    scratch: Path | None = None


FULL = Effort()
FEW_FITS = Fits(
    folds=2,
    limit=30.0,
    speed=("iris", "mc_300_20", "mc_1000_20"),
    large=(("digits", 8.0, 1), ("mc_10000_20", 60.0, 2)),
    wide=(
        *(("add_300_500", 1), ("add_1000_500", 1), ("mc_300_500", 1), ("mul_300_500", 1)),
        *(("xor_300_2", 1), ("blocks_150_5900", 1)),
    ),
    textbook=(
        *(("ripley", 2), ("waveform 1 v 2", 2), ("twonorm", 2), ("ringnorm", 2)),
        ("ringnorm + 50", 1),
    ),
    rows=(250, 500, 1000),
)
QUICK = Effort(repeats=3, processes=3, batch=120, memory=(5, 20), fits=FEW_FITS)
