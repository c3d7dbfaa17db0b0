"""Landmarks: ``landmarks draw``, ``landmarks train``, ``landmarks test``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .shared import QuietOption, SetOption

if TYPE_CHECKING:
    from ..landmark_errors import Judged

landmarks = typer.Typer(
    help="Draw faces with 68 points, train a regressor on such a set, test back ends.",
    no_args_is_help=True,
)

FolderArgument = Annotated[
    Path, typer.Argument(help="Pictures with .pts files of the same names, or CK+.")
]
SeedOption = Annotated[int, typer.Option(help="The one seed of all chance.", min=0)]
OverlayOption = Annotated[
    Path | None,
    typer.Option(help="Write a sheet of pictures with true (green) and found (yellow) points."),
]


@landmarks.command()
def draw(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    subjects: Annotated[int, typer.Option(help="Different faces.", min=1, max=999)] = 40,
    seed: SeedOption = 0,
    size: Annotated[int, typer.Option(help="Pixels of a side.", min=96, max=1080)] = 240,
    quiet: QuietOption = False,
) -> None:
    """Draw (synthetic) faces with their exact 68 points, to train on at once."""
    from ..landmarks import draw_points
    from ..progress import Steps

    with Steps(quiet=quiet).counting("drawing") as progress:
        count = draw_points(folder, subjects, seed, size, progress)
    typer.echo(f"{count} drawn (synthetic) pictures of {subjects} faces\npictures  {folder}")


@landmarks.command()
def train(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Model to write (.sttm-points).")],
    split: Annotated[
        float, typer.Option(help="Share of the subjects that is kept for the test at the end.")
    ] = 0.25,
    seed: SeedOption = 0,
    stages: Annotated[int, typer.Option(help="Learned steps.", min=1, max=8)] = 5,
    starts: Annotated[int, typer.Option(help="Start shapes per picture.", min=1, max=100)] = 6,
    overlay: OverlayOption = None,
    quiet: QuietOption = False,
) -> None:
    """Train a shape regressor on pictures with points; nobody is on both sides."""
    from sttm.atomic import check_place
    from sttm.landmarks.saved import save_regressor

    from ..landmarks import find_points, split_owners
    from ..landmarks import train as train_on
    from ..progress import Steps

    check_place(out)
    points = find_points(folder)
    _say_subjects(points.subjects_known)
    learned, kept = split_owners(points, split, seed)
    with Steps(quiet=quiet).counting("training") as progress:
        model, skipped = train_on(points.of(learned), seed, progress, stages=stages, starts=starts)
    _say_skipped([*points.skipped, *skipped])
    save_regressor(model, out)
    typer.echo(f"trained on {points.of(learned).about}\nmodel  {out}")
    if kept:
        from ..landmark_errors import judge

        with Steps(quiet=quiet).counting("test") as progress:
            judged = judge(model, points.of(kept), progress=progress)
        typer.echo(f"tested on {points.of(kept).about}, none of them learned from")
        _say_errors(judged, overlay, seed)


@landmarks.command()
def test(
    folder: FolderArgument,
    model: Annotated[Path | None, typer.Option(help="Model of `sttm landmarks train`.")] = None,
    backend: Annotated[
        str | None, typer.Option(help="Another back end: cascades or mediapipe.")
    ] = None,
    everybody: Annotated[
        bool,
        typer.Option(help="Also test on names that the model was trained on: a set of others."),
    ] = False,
    settings: SetOption = None,
    seed: SeedOption = 0,
    overlay: OverlayOption = None,
    quiet: QuietOption = False,
) -> None:
    """Say how far found points lie from true ones, part by part, with an interval."""
    from ..extraction import load_recipe
    from ..landmark_errors import judge
    from ..landmarks import find_points, ready_backend, unseen
    from ..progress import Steps

    chosen = ready_backend(backend, model)
    points = find_points(folder)
    _say_subjects(points.subjects_known)
    left = points if everybody else unseen(points, chosen)
    if len(left.samples) < len(points.samples):
        number = len(points.samples) - len(left.samples)
        typer.echo(
            f"note: {number} pictures of people that the model was trained on are left out",
            err=True,
        )
    faces = load_recipe(None, settings or [], None).faces
    with Steps(quiet=quiet).counting("test") as progress:
        judged = judge(chosen, left, faces, progress)
    typer.echo(f"tested on {left.about}")
    _say_errors(judged, overlay, seed)


def _say_subjects(known: bool) -> None:
    if not known:
        typer.echo(
            "note: not every name says who is shown; each such picture counts as a person of its "
            "own, so the same person may be on both sides",
            err=True,
        )


def _say_skipped(skipped: list[tuple[str, str]]) -> None:
    for what, reason in skipped[:5]:
        typer.echo(f"skipped {what}: {reason}", err=True)
    if len(skipped) > 5:
        typer.echo(f"and {len(skipped) - 5} more", err=True)


def _say_errors(judged: Judged, overlay: Path | None, seed: int) -> None:
    from ..landmark_errors import error_table, overlay_sheet, table_lines

    _say_skipped(judged.skipped)
    typer.echo(
        f"points found in {len(judged.samples)} of {judged.asked} pictures; errors are distances "
        "in per cent of the outer eye corners' distance"
    )
    for line in table_lines(error_table(judged, seed)):
        typer.echo(line)
    if overlay is not None:
        import cv2

        from sttm.atomic import replacing

        if overlay.suffix.lower() not in (".png", ".jpg"):
            raise typer.BadParameter("--overlay must end in .png or .jpg.")
        with replacing(overlay) as part:
            cv2.imwrite(str(part), overlay_sheet(judged)[..., ::-1])
        typer.echo(f"overlay  {overlay}")
