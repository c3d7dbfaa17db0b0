"""``python -m benchmarks [NAME ...] [--quick] [--json FILE] [--clips FOLDER]``."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from .effort import FULL, QUICK, Effort
from .machine import describe
from .rows import Row, table

NAMES = ("response", "descriptors", "decoding", "startup", "throughput", "memory")
CLIPS = Path(__file__).parents[1].parent / "shared" / "clips"


def benchmark(name: str) -> Callable[[Effort], list[Row]]:
    """Return the benchmark called ``name``."""
    run: Callable[[Effort], list[Row]] = import_module(f".{name}", __package__).run
    return run


def measure(names: Sequence[str], effort: Effort) -> list[Row]:
    """Run benchmarks one after the other; clips that they make are removed at the end."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="sttm-bench-") as scratch:
        for name in names:
            begun = time.perf_counter()
            print(f"{name} ...", end="", file=sys.stderr, flush=True)
            rows += benchmark(name)(replace(effort, scratch=Path(scratch)))
            print(f" {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    return rows


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was typed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions and clips")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures too")
    parser.add_argument("--clips", type=Path, metavar="FOLDER", help="clips to read")
    typed = parser.parse_args(given)
    unknown = [name for name in typed.names if name not in NAMES]
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]!r}; known: {', '.join(NAMES)}")
    if typed.clips is not None and not typed.clips.is_dir():
        parser.error(f"--clips must be a folder; {typed.clips} is none")
    return typed


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print the table, and return 0, also where a target is missed."""
    typed = arguments(given)
    folder = typed.clips or (CLIPS if CLIPS.is_dir() else None)
    about = describe()
    rows = measure(typed.names or NAMES, replace(QUICK if typed.quick else FULL, folder=folder))
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    print(f"clips: {folder.name if folder else 'none given, so drawn ones'}\n")
    print(table(rows))
    if typed.json:
        plain = {"machine": about, "rows": [row.plain() for row in rows]}
        typed.json.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
