"""Data sets: ``datasets``."""

from __future__ import annotations

import typer


def datasets() -> None:
    """List the kinds of data that a config can name."""
    from ..template import dataset_lines

    for line in dataset_lines():
        typer.echo(line)
