"""How long ``import sttm`` and ``sttm --help`` take in a fresh process."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from .effort import Effort
from .pairs import Spread
from .processes import timed_process
from .rows import Row, milliseconds

TARGET = 1.0  # seconds
BARE = (sys.executable, "-c", "pass")


def command_line() -> list[str]:
    """Return ``sttm`` as it is installed beside this Python, else the module that it runs."""
    script = Path(sys.executable).with_name("sttm")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "experiments"]


def run(effort: Effort) -> list[Row]:
    """Measure fresh processes, in turns with a Python that does nothing."""
    commands = {
        "import sttm": [sys.executable, "-c", "import sttm"],
        "sttm --help": [*command_line(), "--help"],
    }
    return [_row(name, command, effort.processes) for name, command in commands.items()]


def _row(name: str, command: Sequence[str], processes: int) -> Row:
    timed_process(command)  # byte code is written, files are in the cache
    turns = [(timed_process(command), timed_process(BARE)) for _ in range(processes)]
    ours = [turn[0] for turn in turns]
    return Row(
        f"start-up, {name}",
        Spread.of([t.wall for t in ours]),
        "s",
        milliseconds(ours),
        milliseconds([turn[1] for turn in turns]),
        Spread.of([t.cpu for t in ours]),
        TARGET,
        more=False,
        note=f"{processes} fresh processes, files in the cache; peer: a Python that does nothing",
    )
