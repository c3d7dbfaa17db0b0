"""Data sets: ``datasets`` and ``datasets check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .shared import SetOption

datasets = typer.Typer(help="List the data sets that a config can name, or check one of yours.")


@datasets.callback(invoke_without_command=True)
def listing(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only this one.")] = None,
) -> None:
    """List the data sets that a config can name: layout, licence, citation, settings."""
    if context.invoked_subcommand is not None:
        if kind is not None:
            raise typer.BadParameter("--kind is for the list; the check takes the kind as NAME.")
        return
    from ..catalogue import catalogue_lines

    for line in catalogue_lines(kind):
        typer.echo(line)


@datasets.command("check")
def check_data(
    name: Annotated[str, typer.Argument(help="Kind of data, as `sttm datasets` lists it.")],
    path: Annotated[
        Path | None, typer.Argument(help="Folder or file of the data set on this machine.")
    ] = None,
    settings: SetOption = None,
) -> None:
    """Say what a folder holds, what is left out and why, against the published counts."""
    from ..catalogue import check_dataset, checked_lines

    checked = check_dataset(name, path, settings or [])
    for line in checked_lines(checked):
        typer.echo(line)
    if not checked.good:
        raise typer.Exit(1)
