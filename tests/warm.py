"""Run scripts in processes of their own that have imported the large libraries already.

Started as a program: it imports once what takes seconds, then forks for every script that it is
told to run. A script has a process, a folder, arguments and outputs of its own, as if a reader had
started it; only the seconds of importing are shared. The program itself never computes anything, so
that no thread stands still in a fork.

What goes in is one line of JSON per script, ``[script, argument, ...]`` with the folder that it
runs in and the files that it prints into; what comes back is a line with its exit code.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import runpy
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

LARGE = (
    "cv2",
    "matplotlib.figure",
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "skimage.feature",
    "sklearn.ensemble",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "skops.io",
)


class Warm:
    """A program that runs scripts for a test: ``run`` answers as ``subprocess.run`` does."""

    def __init__(self, folder: Path):
        """Start it; what scripts print is kept in files of ``folder``."""
        self.folder = folder
        self.program = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            text=True,
        )

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run a script with its arguments in a folder, and wait for it."""
        assert self.program.stdin and self.program.stdout
        out, err = self.folder / "out.txt", self.folder / "err.txt"
        order = {"words": words, "cwd": str(cwd), "out": str(out), "err": str(err)}
        print(json.dumps(order), file=self.program.stdin, flush=True)
        code = int(self.program.stdout.readline())
        said, warned = (f.read_text(encoding="utf-8") for f in (out, err))
        return subprocess.CompletedProcess(words, code, said, warned)

    def close(self) -> None:
        """End it."""
        assert self.program.stdin
        self.program.stdin.close()
        self.program.wait(60)


@contextlib.contextmanager
def warm(folder: Path) -> Iterator[Warm]:
    """Give a program that runs scripts, and end it afterwards."""
    program = Warm(folder)
    try:
        yield program
    finally:
        program.close()


def obey(order: dict) -> int:
    """Run what an order says in a fork; return its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        become(order)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def become(order: dict) -> None:
    """Be the script, from its first line to the end of the process."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.chdir(order["cwd"])
    sys.argv = order["words"]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    code = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    for large in LARGE:
        importlib.import_module(large)
    for line in sys.stdin:
        print(obey(json.loads(line)), flush=True)
