"""Data sets: ``datasets``, ``datasets check`` and ``datasets draw``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .shared import JobsOption, QuietOption, SetOption

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


@datasets.command("draw")
def draw_data(
    name: Annotated[str, typer.Argument(help="The format: fer2013 (FER+'s votes come along).")],
    folder: Annotated[Path, typer.Argument(help="A new folder, or one that was drawn before.")],
    people: Annotated[int, typer.Option(help="Drawn people, each in one part only.")] = 12,
    takes: Annotated[int, typer.Option(help="Pictures of each expression by each person.")] = 2,
    seed: Annotated[int, typer.Option(help="The one seed of everything that is drawn.")] = 0,
    form: Annotated[str, typer.Option(help="csv, or folders of pictures.")] = "csv",
    jobs: JobsOption = -1,
    quiet: QuietOption = False,
) -> None:
    """Draw synthetic faces in a published set's format, to try its configs without the set."""
    from sttm.errors import InputError, unknown_name

    from ..datasets.drawn.stills import FORMS, StillSettings, write_fer2013
    from ..progress import Steps

    for what, value, known in (("drawn format", name, ("fer2013",)), ("form", form, FORMS)):
        if value not in known:
            raise InputError(unknown_name(what, value, known))
    steps = Steps(quiet=quiet)
    with steps.step("pictures") as said, steps.counting("people") as progress:
        write_fer2013(StillSettings(people, takes, seed), folder, form, jobs, progress)
        said["detail"] = f"{people * takes * 7} of {people} drawn (synthetic) people"
    typer.echo(f"data    {folder}")
    typer.echo(f"next    sttm run fer2013_hog_svm --set data.path={folder}")
