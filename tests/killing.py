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
from collections.abc import Callable
from pathlib import Path


def entries(store: Path) -> dict[str, int]:
    """Return when each entry of the store was written; each must be whole."""
    from sttm.store import Store

    found = {p.stem: p.stat().st_mtime_ns for p in store.rglob("*.npz") if p.name[0] != "."}
    broken = [key for key in found if Store(store).get(key) is None]
    assert not broken, f"half-written entries: {broken}"
    return found


def check_rest(store: Path) -> None:
    """Refuse marks of clips that are finished by now; unfinished entries must go by age alone."""
    from sttm.store import HOUR, Store

    kept = entries(store)
    for left in (store / "unfinished").iterdir():
        os.utime(left, (time.time() - 2 * HOUR,) * 2)
    Store(store).sweep()
    marks = list(store.rglob("*.began"))
    assert not marks, f"marks of finished clips: {marks}"
    assert not list((store / "unfinished").iterdir()), "what killed processes left stays for ever"
    assert entries(store) == kept


def attempt(arguments: list[str], until: Callable[[], bool] | None) -> int:
    """Run the command in a child, kill it when ``until`` holds; return how it ended."""
    child = os.fork()
    if child == 0:
        from experiments.cli import main

        os._exit(main(arguments))
    while until is not None:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if until():
            os.kill(child, signal.SIGKILL)
            break
        time.sleep(0.005)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def past(seconds: float) -> Callable[[], bool]:
    """Return a condition that holds after so many seconds."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def more_than(count: int, store: Path) -> Callable[[], bool]:
    """Return a condition that holds once the store has more than ``count`` entries."""
    return lambda: sum(p.name[0] != "." for p in store.rglob("*.npz")) > count


def go() -> None:
    """Kill, check, and at last let the command end."""
    import experiments.extraction
    import experiments.run  # noqa: F401
    import recognizer.bundle  # noqa: F401

    seed, kills, longest, store, *arguments = sys.argv[1:]
    chance = random.Random(int(seed))
    told = []
    before: dict[str, int] = {}
    for number in range(int(kills)):
        # every second time however slow the machine is: just after something was finished
        late = more_than(len(before), Path(store))
        until = late if number % 2 else past(chance.uniform(0, float(longest)))
        ended = attempt(arguments, until)
        now = entries(Path(store))
        assert before.items() <= now.items(), "a finished entry was lost or made again"
        before = now
        told.append([ended, len(now)])
    told.append([attempt(arguments, None), len(entries(Path(store)))])
    assert before.items() <= entries(Path(store)).items(), "a finished entry was made again"
    check_rest(Path(store))
    print(json.dumps(told))


if __name__ == "__main__":
    go()
