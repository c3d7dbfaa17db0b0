"""Features without an experiment: ``extract``, ``export``, ``describe``, ``show``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .shared import (
    ClusterOption,
    ConfigOption,
    JobsOption,
    QuietOption,
    SetOption,
    StoreOption,
    tell,
)


def extract(
    source: Annotated[
        Path, typer.Argument(help="A video, a folder of clips, or a CSV clips table.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Features table to write (.parquet).")],
    descriptor: Annotated[
        list[str] | None,
        typer.Option("--descriptor", "-d", help="Descriptor by name; several are put together."),
    ] = None,
    config: ConfigOption = None,
    settings: SetOption = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="CSV with clip, label, onset, apex, offset; needed by time.phase and fisherfaces."
        ),
    ] = None,
    boxes: Annotated[
        Path | None, typer.Option(help="CSV with clip, frame, x, y, w, h for finder boxes.")
    ] = None,
    jobs: JobsOption = -1,
    store: StoreOption = None,
    cluster: ClusterOption = "",
    quiet: QuietOption = False,
) -> None:
    """Turn videos into a table of named feature vectors."""
    from ..extraction import extract_to

    done = extract_to(
        source,
        out,
        descriptors=descriptor,
        config=config,
        settings=settings or [],
        labels=labels,
        boxes=boxes,
        jobs=jobs,
        store=store,
        cluster=cluster,
        quiet=quiet,
    )
    tell(done.passed, done.skipped, done.notes)
    typer.echo(f"{done.sentence}\nfeatures  {out}\nsidecar   {done.sidecar}")
    if len(done.skipped):
        raise typer.Exit(1)


def export(
    features: Annotated[Path, typer.Argument(help="Features table from `sttm extract`.")],
    to: Annotated[Path, typer.Option("--to", help="File to write; its suffix says the format.")],
    kind: Annotated[
        str | None, typer.Option("--format", help="Format by name, where the suffix does not say.")
    ] = None,
    labels: Annotated[Path | None, typer.Option(help="CSV with clip and label to add.")] = None,
    sep: Annotated[str | None, typer.Option(help="CSV: separator of cells.")] = None,
    decimal: Annotated[str | None, typer.Option(help="CSV: decimal sign.")] = None,
    locale: Annotated[
        str | None, typer.Option(help="CSV: signs of a locale, such as de or fr.")
    ] = None,
) -> None:
    """Write a features table in the format of another program."""
    from labeling.tables import from_csv
    from sttm.export import export_table, read_features

    table, provenance = read_features(features)
    options = {k: v for k, v in (("sep", sep), ("decimal", decimal), ("locale", locale)) if v}
    done = export_table(
        table,
        to,
        to=kind,
        labels=from_csv(labels) if labels else None,
        provenance=provenance,
        **options,
    )
    for note in done.notes:
        typer.echo(note, err=True)
    typer.echo(f"{len(table)} clips, {table.shape[1] - 1} features\nwritten  {done.path}")
    typer.echo(f"sidecar  {done.sidecar}")


def describe(
    features: Annotated[Path, typer.Argument(help="Features table from `sttm extract`.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the whole dictionary as CSV.")
    ] = None,
    most: Annotated[int, typer.Option(help="Columns to print.", min=1)] = 12,
) -> None:
    """Print a data dictionary: what each column is and where on the face it comes from."""
    from ..dictionary import dictionary_lines, dictionary_of

    table = dictionary_of(features)
    if out is not None:
        from sttm.atomic import replacing

        with replacing(out) as scratch:
            table.to_csv(scratch, index=False)
    typer.echo("\n".join(dictionary_lines(table, most)))
    if out is not None:
        typer.echo(f"dictionary  {out}")


DRAWN_NOTE = "Drawn (synthetic) face; nobody was filmed."


def show(
    clip: Annotated[Path, typer.Argument(help="A video or a folder of images.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write to.")] = Path("shown"),
    config: ConfigOption = None,
    settings: SetOption = None,
    first: Annotated[int | None, typer.Option(help="First frame, from 0.", min=0)] = None,
    last: Annotated[int | None, typer.Option(help="Last frame, included.", min=0)] = None,
    columns: Annotated[int, typer.Option(help="Moments shown in the strip.", min=1)] = 8,
    video: Annotated[bool, typer.Option(help="Write the overlay video too.")] = True,
) -> None:
    """Draw the crop, the texture map and the strongest blocks of a clip."""
    from sttm.extract import Job
    from sttm.pictures import show_clip

    from ..extraction import load_recipe

    recipe = load_recipe(config, settings or [], None)
    job = Job(clip.stem, clip, first, last, None)
    note = DRAWN_NOTE if (clip.parent / "drawn.json").is_file() else ""
    shown = show_clip(job, recipe, out, columns=columns, video=video, note=note)
    eyes = "eyes found" if shown.eyes_found else "eyes not found, their usual place taken"
    lost = f", {shown.lost} frames could not be decoded" if shown.lost else ""
    typer.echo(f"{shown.frames} frames, {eyes}{lost}")
    for path in (shown.strip, *shown.others):
        typer.echo(f"strip    {path}")
    if shown.overlay is not None:
        typer.echo(f"overlay  {shown.overlay} ({shown.codec})")
