"""A trained model at work: ``recognize`` (a table, annotated copies) and ``live`` (the window)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .shared import JobsOption, QuietOption, tell

WindowOption = Annotated[
    str,
    typer.Option(
        "--window",
        metavar="SECONDS|whole",
        help="What one answer looks at; the length of the training clips unless told.",
    ),
]
EveryOption = Annotated[
    float | None,
    typer.Option("--every", metavar="SECONDS", help="Time between answers; half a window."),
]
FacesOption = Annotated[str, typer.Option("--faces", help="largest or all.")]
SmoothOption = Annotated[
    float, typer.Option("--smooth", metavar="SECONDS", help="Smoothing over time; 0: none.")
]
FinderOption = Annotated[
    str,
    typer.Option("--finder", help="viola-jones, yunet or whole; as the model was trained."),
]


def recognize(
    sources: Annotated[list[Path], typer.Argument(help="Videos, images, folders of them.")],
    model: Annotated[Path, typer.Option("--model", "-m", help="Bundle of `sttm run`, .sttm.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Table to write, .csv or .parquet.")
    ] = Path("recognized.csv"),
    annotated: Annotated[
        Path | None, typer.Option(help="Folder for copies with the answers drawn on them.")
    ] = None,
    window: WindowOption = "",
    every: EveryOption = None,
    faces: FacesOption = "largest",
    smooth: SmoothOption = 0.5,
    finder: FinderOption = "",
    jobs: JobsOption = -1,
    quiet: QuietOption = False,
) -> None:
    """Recognise expressions in videos and images with a trained model."""
    from recognizer.recognising import recognise
    from recognizer.settings import Settings

    from ..datasets.base import reasons_table
    from ..progress import Steps

    settings = Settings(_window(window), every, faces, smooth, finder)
    steps = Steps(quiet=quiet)
    with steps.step("faces") as said, steps.counting("faces") as progress:
        done = recognise(sources, model, settings, out, annotated, jobs=jobs, progress=progress)
        earlier = f", {done.known} done before" if done.known else ""
        said["detail"] = f"{done.sources} sources{earlier}, {done.rows} rows"
    tell(reasons_table(done.strays), reasons_table(done.skipped), done.notes)
    names = ("answers", "clips", "made by")
    for name, path in zip(names, done.files, strict=True):
        typer.echo(f"{name:<9} {path}")
    if annotated is not None:
        typer.echo(f"{'annotated':<9} {annotated}")
    if done.skipped:
        raise typer.Exit(1)


def _window(text: str) -> float | str | None:
    if not text or text == "whole":
        return text or None
    from sttm.errors import InputError

    try:
        return float(text)
    except ValueError:
        raise InputError(
            f"--window must be a number of seconds or 'whole', not {text!r}."
        ) from None


def live(
    sources: Annotated[
        list[Path] | None, typer.Argument(help="Videos, images, folders to open.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="Bundle to begin with, .sttm.")
    ] = None,
    models: Annotated[
        list[Path] | None,
        typer.Option("--models", help="Folders to look for bundles in; runs and models."),
    ] = None,
    camera: Annotated[
        int | None, typer.Option("--camera", help="Begin with this camera; 0 is the first.", min=0)
    ] = None,
    theme: Annotated[str, typer.Option(help="light or dark; as the desktop unless told.")] = "",
) -> None:
    """Open the recognizer's window: images, videos, folders or a camera."""
    from recognizer.gui.app import run_window

    from ..handing_over import label_clip

    places = models or [Path("runs"), Path("models")]
    code = run_window(
        sources or [],
        model=model,
        models=places,
        camera=camera,
        theme=theme,
        label_clip=label_clip,
    )
    if code:
        raise typer.Exit(code)
