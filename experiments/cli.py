"""The command line: ``sttm COMMAND``. Each command does one thing and says where the result lies.

Exit codes: 0 when all is well; 1 when the input is wrong, or a clip had to be skipped by ``run``
or ``extract`` (the rest is done); 2 when the command was typed wrong; 130 when it was stopped.
Modules that do the work are imported inside the commands, so that ``sttm --help`` is quick.
"""

from __future__ import annotations

import errno
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core


class Commands(typer.core.TyperGroup):
    """The commands; a user's error ends them with one sentence and no traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command and turn what went wrong into a sentence and an exit code."""
        from sttm.errors import ToolkitError

        try:
            return super().invoke(ctx)
        except ToolkitError as error:
            sys.exit(_fail(str(error)))
        except KeyboardInterrupt:
            print("\nsttm: stopped; the same command goes on where it was.", file=sys.stderr)
            sys.exit(130)
        except OSError as error:
            if error.errno not in PLACES:
                raise
            sys.exit(_fail(f"{error.filename or 'the output'}: {error.strerror}."))


PLACES = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def _fail(sentence: str) -> int:
    print(f"sttm: {sentence}", file=sys.stderr)
    return 1


app = typer.Typer(
    name="sttm",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="From face video to dynamic features, exports, classifiers and honest reports.",
)

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one setting, as in time.frames=12."),
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", help="Worker processes; -1: all cores.")]
StoreOption = Annotated[
    Path | None,
    typer.Option("--store", help="Where finished clips are kept  [default: .cache/store]"),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="YAML with faces, time and descriptor settings."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only the result.")]


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"sttm-toolkit {installed('sttm-toolkit')}")
        raise typer.Exit


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/demo"),
    jobs: JobsOption = -1,
    quiet: QuietOption = False,
) -> None:
    """Run the whole chain on drawn faces, up to an HTML report."""
    from .shipped import shipped_config

    _run(shipped_config("demo"), [f"output={out}", f"jobs={jobs}"], None, quiet)


@app.command()
def run(
    config: Annotated[Path, typer.Argument(help="The experiment's YAML file.")],
    settings: SetOption = None,
    store: StoreOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run an experiment: clips, features, folds, scores, model, report."""
    _run(config, settings or [], store, quiet)


def _run(config: Path, settings: list[str], store: Path | None, quiet: bool) -> None:
    from sttm.store import Store

    from .config import load_config
    from .progress import Steps
    from .run import run_experiment
    from .workplace import DEFAULT_STORE

    loaded = load_config(config, settings)
    done = run_experiment(loaded, store=Store(store or DEFAULT_STORE), steps=Steps(quiet=quiet))
    scores = done.scores
    _tell(done.passed, done.skipped, done.notes)
    typer.echo(
        f"accuracy {scores.accuracy.value:.1%} (95 % interval {scores.accuracy.low:.1%} to "
        f"{scores.accuracy.high:.1%}), UAR {scores.uar.value:.1%}, UF1 {scores.uf1.value:.1%}"
    )
    typer.echo(f"model   {done.bundle}")
    typer.echo(f"report  {done.report}")
    if len(done.skipped):
        raise typer.Exit(1)


def _tell(passed: Any, skipped: Any, notes: list[str]) -> None:
    """Say on standard error what was left out and what weakens the result."""
    from .progress import left_out

    lines = [*left_out("passed over", passed), *left_out("skipped", skipped)]
    for line in [*lines, *(f"note: {note}" for note in notes)]:
        typer.echo(line, err=True)


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="The experiment's YAML file.")],
    settings: SetOption = None,
) -> None:
    """Check a config and its data without computing anything."""
    from .config import load_config
    from .preview import preview

    loaded = load_config(config, settings)
    for line in preview(loaded):
        typer.echo(line)


@app.command()
def template(
    kind: Annotated[
        str, typer.Option("--data", help="Data set the template is for: drawn, folder or csv.")
    ] = "folder",
    descriptor: Annotated[str, typer.Option(help="Descriptor whose options are listed.")] = "sttm",
    classifier: Annotated[str, typer.Option(help="Classifier whose options are listed.")] = "svm",
) -> None:
    """Print a config with every option, its default and what it means."""
    from .template import template_text

    typer.echo(template_text(kind, descriptor, classifier), nl=False)


@app.command()
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
        typer.Option(help="CSV with clip, label, onset, apex, offset; needed by time.phase."),
    ] = None,
    boxes: Annotated[
        Path | None, typer.Option(help="CSV with clip, frame, x, y, w, h for finder boxes.")
    ] = None,
    jobs: JobsOption = -1,
    store: StoreOption = None,
    quiet: QuietOption = False,
) -> None:
    """Turn videos into a table of named feature vectors."""
    from .extraction import extract_to

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
        quiet=quiet,
    )
    _tell(done.passed, done.skipped, done.notes)
    typer.echo(f"{done.sentence}\nfeatures  {out}\nsidecar   {done.sidecar}")
    if len(done.skipped):
        raise typer.Exit(1)


@app.command()
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


@app.command()
def describe(
    features: Annotated[Path, typer.Argument(help="Features table from `sttm extract`.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the whole dictionary as CSV.")
    ] = None,
    most: Annotated[int, typer.Option(help="Columns to print.", min=1)] = 12,
) -> None:
    """Print a data dictionary: what each column is and where on the face it comes from."""
    from .dictionary import dictionary_lines, dictionary_of

    table = dictionary_of(features)
    if out is not None:
        from sttm.atomic import replacing

        with replacing(out) as scratch:
            table.to_csv(scratch, index=False)
    typer.echo("\n".join(dictionary_lines(table, most)))
    if out is not None:
        typer.echo(f"dictionary  {out}")


DRAWN_NOTE = "Drawn (synthetic) face; nobody was filmed."


@app.command()
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

    from .extraction import load_recipe

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


@app.command()
def datasets() -> None:
    """List the kinds of data that a config can name."""
    from .template import dataset_lines

    for line in dataset_lines():
        typer.echo(line)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        app(args=arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def script() -> None:
    """Entry point of the console script."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop as by Ctrl-C, workers too
    sys.exit(main())


if __name__ == "__main__":
    script()
