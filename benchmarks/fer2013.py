"""FER2013's full size: reading, measuring and fitting 35,887 pictures, and an epoch of a deep net.

The pictures are drawn (synthetic): some hundred faces, each repeated with other noise and moved by
a pixel, so that no two are equal. Only times and memory are measured; accuracies on them mean
nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from experiments.datasets.drawn.stills import (
    CODES,
    USAGES,
    Still,
    StillSettings,
    draw_stills,
    write_csv,
)
from experiments.datasets.fer2013 import COUNTS

from .effort import QUICK, Effort
from .pairs import Spread
from .rows import Row

PARTS = (28_709, 3_589, 3_589)  # Training, PublicTest, PrivateTest
DEEP_PARTS = (2_000, 200, 200)  # of which an epoch is extrapolated
SMALL = 20  # times fewer where it must be quick
NOISE = 6.0  # grey levels
NOTE = "drawn (synthetic) pictures in FER2013's format; the wall clock of one run"
PIXELS = (
    *("descriptor={name: pixels, side: 48}", "faces.size=48"),
    *("classifier={name: linear-svm, C: 0.01, max_iter: 20}",),
)


def large_set(parts: Sequence[int], seed: int = 0) -> list[Still]:
    """Return as many pictures as each part has, classes as often as in FER2013, no two equal."""
    rng = np.random.default_rng(seed)
    drawn = draw_stills(StillSettings(people=24, takes=2, seed=seed))
    shares = np.array(COUNTS) / sum(COUNTS)
    out: list[Still] = []
    for usage, count in zip(USAGES, parts, strict=True):
        known = {c: [s for s in drawn if s.usage == usage and s.label == c] for c in CODES}
        for number in rng.choice(len(CODES), count, p=shares):
            one = known[CODES[number]][rng.integers(len(known[CODES[number]]))]
            moved = np.roll(one.picture, rng.integers(-1, 2, 2), (0, 1))
            noisy = moved + rng.normal(0, NOISE, moved.shape)
            picture = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
            out.append(Still(one.label, usage, one.person, picture))
    return out


def measured_run(folder: str, name: str, *settings: str) -> None:
    """Run a config on the set in ``folder`` and print the seconds of its steps and its peak."""
    import os
    import resource

    from experiments.cli import main

    from .processes import peak_memory

    os.chdir(folder)
    place = f"runs/{len(list(Path('runs').glob('*')))}"
    words = [f"output={place}", "data.path=fer2013.csv", "report.examples=0", *settings]
    code = main(["run", name, "--quiet", *(w for s in words for w in ("--set", s))])
    if code:
        raise SystemExit(code)
    steps = json.loads(Path(place, "run.json").read_text("utf-8"))["steps"]
    seconds = {step["name"]: step["seconds"] for step in steps}
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps({**seconds, "peak": peak_memory(), "worker": workers}))


def child(folder: Path, name: str, *settings: str) -> dict[str, float]:
    """Return what ``measured_run`` prints in a fresh process."""
    code = "import sys; from benchmarks.fer2013 import measured_run; measured_run(*sys.argv[1:])"
    command = [sys.executable, "-c", code, str(folder), name, *settings]
    place = Path(__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, cwd=place)
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _rows(what: str, found: dict[str, float], names: dict[str, str]) -> list[Row]:
    rows = [
        Row(f"{what}: {said}", Spread.of([found[step]]), "s", note=NOTE)
        for step, said in names.items()
    ]
    peak = Row(
        f"{what}: peak of the main process",
        Spread.of([found["peak"]]),
        "MB",
        more=False,
        note=f"{NOTE}; each worker had up to {found['worker']:.0f} MB besides",
    )
    return [*rows, peak]


def run(effort: Effort) -> list[Row]:
    """Measure HOG and pixels with a linear SVM on all pictures, MobileNetV2 on a part."""
    folder = ((effort.scratch or Path()) / "fer2013").resolve()
    few = effort.repeats <= QUICK.repeats
    parts = [p // SMALL for p in PARTS] if few else PARTS
    jobs = f"jobs={effort.fits.jobs}"
    folder.mkdir(parents=True)
    write_csv(large_set(parts), folder / "fer2013.csv")
    hog = child(folder, "fer2013_hog_svm", jobs)
    total = f"{sum(parts):,} pictures".replace(",", " ")
    rows = _rows(
        f"HOG + linear SVM, {total}",
        hog,
        {"clips": "reading the CSV", "features": "measuring", "folds": "search of C and fit"},
    )
    pixels = child(folder, "fer2013_hog_svm", jobs, *PIXELS)
    rows += _rows(
        f"pixels, {total}", pixels, {"clips": "reading it again", "features": "measuring"}
    )
    return rows + _epoch(folder, effort, few)


def _epoch(folder: Path, effort: Effort, few: bool) -> list[Row]:
    parts = [p // SMALL for p in DEEP_PARTS] if few else DEEP_PARTS
    part = folder / "part"
    part.mkdir()
    write_csv(large_set(parts, 1), part / "fer2013.csv")
    threads = f"classifier.threads={effort.fits.jobs}"
    one, two = (
        child(part, "fer2013_mobilenetv2", "jobs=1", threads, f"classifier.epochs={n}")
        for n in (1, 2)
    )
    epoch = two["folds"] - one["folds"]
    scale = PARTS[0] / parts[0]
    note = (
        f"MobileNetV2 at 48 x 48, {effort.fits.jobs} threads: two epochs less one on {parts[0]} "
        f"training pictures took {epoch:.1f} s; all {PARTS[0]} are worked out in proportion"
    )
    return [
        Row("MobileNetV2: an epoch, worked out", Spread.of([epoch * scale]), "s", note=note),
        Row("MobileNetV2: peak on that part", Spread.of([one["peak"]]), "MB", note=note),
    ]
