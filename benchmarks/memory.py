"""Whether the memory of extracting many clips stays bounded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .drawn_video import small_clips
from .effort import Effort
from .pairs import Spread
from .processes import peak_memory
from .rows import Row, number
from .throughput import clips_table, extracted

REPEATS = 3
MOST = 1.1  # four times as many clips may need a tenth more


def measure(folder: str, count: str) -> None:
    """Extract ``count`` clips from the files of a folder and print the peak in megabytes."""
    extracted(clips_table(sorted(Path(folder).glob("*.avi")), int(count)), jobs=1)
    print(peak_memory())


def peak_of(folder: Path, count: int) -> float:
    """Return the peak memory of a fresh process that extracts ``count`` clips, megabytes."""
    code = "import sys; from benchmarks.memory import measure; measure(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(folder), str(count)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=True
    )
    return float(done.stdout.split()[-1])


def run(effort: Effort) -> list[Row]:
    """Compare the peaks of children that extract few and many clips of the same size."""
    folder = ((effort.scratch or Path()) / "memory").resolve()
    small_clips(folder, 4, effort.frames)
    few, many = effort.memory
    turns = [
        (peak_of(folder, few), peak_of(folder, many)) for _ in range(min(REPEATS, effort.repeats))
    ]
    peaks = Spread.of([a for a, _ in turns]), Spread.of([b for _, b in turns])
    return [
        Row(
            f"memory, {many} clips against {few}",
            Spread.of([b / a for a, b in turns]),
            "x",
            f"{number(peaks[1].middle)} MB",
            f"{number(peaks[0].middle)} MB",
            target=MOST,
            more=False,
            note=f"peak of one process, clips of {effort.frames} frames of 240 x 240; the whole "
            "of Python and its libraries is in it",
        )
    ]
