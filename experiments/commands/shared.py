"""Options and words that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one setting, as in time.frames=12."),
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", help="Worker processes; -1: all cores.")]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", help="Where finished clips are kept (.cache/store unless told)."),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML with faces, time and descriptor settings."),
]
ClusterOption = Annotated[
    str,
    typer.Option("--cluster", metavar="ADDRESS", help="Work on a Dask cluster: tcp://HOST:PORT."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only the result.")]


def tell(passed: Any, skipped: Any, notes: list[str]) -> None:
    """Say on standard error what was left out and what weakens the result."""
    from ..progress import left_out

    lines = [*left_out("passed over", passed), *left_out("skipped", skipped)]
    for line in [*lines, *(f"note: {note}" for note in notes)]:
        typer.echo(line, err=True)
