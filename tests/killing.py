"""Run one command again and again, killed at random moments, and say what was found each time.

Started as a program of its own: it imports everything once and then forks, so that a kill costs
little time. Arguments: seed, number of kills, longest wait in seconds, store, then the command.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path


def entries(store: Path) -> dict[str, int]:
    """Return when each entry of the store was written; each must be whole."""
    from sttm.store import Store

    found = {p.stem: p.stat().st_mtime_ns for p in store.rglob("*.npz") if p.name[0] != "."}
    broken = [key for key in found if Store(store).get(key) is None]
    assert not broken, f"half-written entries: {broken}"
    return found


def attempt(arguments: list[str], wait: float | None) -> int:
    """Run the command in a child, kill it after ``wait`` seconds; return how it ended."""
    child = os.fork()
    if child == 0:
        from experiments.cli import main

        os._exit(main(arguments))
    if wait is not None:
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def go() -> None:
    """Kill, check, and at last let the command end."""
    import experiments.extraction
    import experiments.run  # noqa: F401
    import recognizer.bundle  # noqa: F401

    seed, kills, longest, store, *arguments = sys.argv[1:]
    chance = random.Random(int(seed))
    told = []
    before: dict[str, int] = {}
    for _ in range(int(kills)):
        ended = attempt(arguments, chance.uniform(0, float(longest)))
        now = entries(Path(store))
        assert before.items() <= now.items(), "a finished entry was lost or made again"
        before = now
        told.append([ended, len(now)])
    told.append([attempt(arguments, None), len(entries(Path(store)))])
    assert before.items() <= entries(Path(store)).items(), "a finished entry was made again"
    print(json.dumps(told))


if __name__ == "__main__":
    go()
