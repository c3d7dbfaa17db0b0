"""``python -m benchmarks [NAME ...] [--quick] [--json FILE] [--clips FOLDER] [--jobs N]``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from .effort import FULL, QUICK, Effort
from .machine import describe
from .rows import Row, table

if TYPE_CHECKING:
    from .classifying.sheet import Sheet

NAMES = (
    *("response", "descriptors", "decoding", "startup", "throughput", "memory"),
    "recognizing",
)
NAMED = ("deep", "fer2013")  # only where named: Keras and torch, or minutes
CLASSIFYING = {
    "accuracy": "classifying.accuracy",
    "rvm-speed": "classifying.training",
    "rsfm-wide": "classifying.wide",
    "textbook": "classifying.textbook",
    "prediction": "classifying.prediction",
}
RIVALS = ("sklearn-rvm", "fastrvm")
CLIPS = Path(__file__).parents[1].parent / "shared" / "clips"


def benchmark(name: str) -> Callable[[Effort], list[Row] | Sheet]:
    """Return the benchmark called ``name``."""
    module = import_module(f".{CLASSIFYING.get(name, name)}", __package__)
    run: Callable[[Effort], list[Row] | Sheet] = module.run
    return run


def measure(names: Sequence[str], effort: Effort) -> tuple[list[Row], list[Sheet]]:
    """Run benchmarks one after the other; clips that they make are removed at the end."""
    rows: list[Row] = []
    sheets: list[Sheet] = []
    with tempfile.TemporaryDirectory(prefix="sttm-bench-") as scratch:
        for name in names:
            begun = time.perf_counter()
            print(f"{name} ...", end="", file=sys.stderr, flush=True)
            found = benchmark(name)(replace(effort, scratch=Path(scratch)))
            if isinstance(found, list):
                rows += found
            else:
                sheets.append(found)
            print(f" {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return rows, sheets


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was typed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=names_help())
    parser.add_argument("--quick", action="store_true", help="fewer repetitions and clips")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures too")
    parser.add_argument("--clips", type=Path, metavar="FOLDER", help="clips to read")
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="threads where several cores are meant"
    )
    typed = parser.parse_args(given)
    known = (*NAMES, *NAMED, *CLASSIFYING)
    unknown = [name for name in typed.names if name not in known]
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]!r}; known: {', '.join(known)}")
    if typed.jobs < 1:
        parser.error(f"--jobs must be at least 1, not {typed.jobs}")
    if typed.clips is not None and not typed.clips.is_dir():
        parser.error(f"--clips must be a folder; {typed.clips} is none")
    return typed


def names_help() -> str:
    """Return which names there are."""
    others = ", ".join((*NAMED, *CLASSIFYING))
    return f"of {', '.join(NAMES)} (these where none is given), {others}"


def about(names: Sequence[str]) -> dict[str, object]:
    """Return what the figures depend on, with the versions of rivals where they take part."""
    rivals = {name: _version(name) for name in RIVALS if set(names) & set(CLASSIFYING)}
    return describe() | rivals


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and return 0, also where a target is missed."""
    typed = arguments(given)
    names = typed.names or NAMES
    folder = typed.clips or (CLIPS if CLIPS.is_dir() else None)
    machine = about(names)
    effort = QUICK if typed.quick else FULL
    effort = replace(effort, folder=folder, fits=replace(effort.fits, jobs=typed.jobs))
    rows, sheets = measure(names, effort)
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    if set(names) & set(NAMES):
        print(f"clips: {folder.name if folder else 'none given, so drawn ones'}")
    for text in [table(rows)] * bool(rows) + [sheet.text() for sheet in sheets]:
        print(f"\n{text}")
    if typed.json:
        plain = {"machine": machine, "rows": [row.plain() for row in rows]}
        plain |= {"sheets": [sheet.plain() for sheet in sheets]} if sheets else {}
        typed.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
