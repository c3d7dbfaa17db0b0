"""Labels: ``label`` with what belongs to it, and ``verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

from .shared import JobsOption, QuietOption


class OpenFirst(typer.core.TyperGroup):
    """A group whose first word, where it is no command, is what shall be opened."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read ``sttm label clips`` as ``sttm label open clips``."""
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = ["open", *args]
        return super().parse_args(ctx, args)


label = typer.Typer(
    cls=OpenFirst,
    help="Label clips in a window: `sttm label FOLDER`. Team, exchange and consensus are below.",
)
StudyArgument = Annotated[Path, typer.Argument(help="The study's file (.sttm-study).")]
AsOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Who says it.")]
SchemeOption = Annotated[
    str | None, typer.Option("--scheme", help="A ready scheme by name, or a YAML file.")
]
RootOption = Annotated[
    Path | None,
    typer.Option("--root", help="Where the clips are on this machine, if not where it says."),
]
FormatOption = Annotated[
    str | None, typer.Option("--format", help="Format by name, where the suffix does not say.")
]
FormatOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--option", metavar="NAME=VALUE", help="Of the format, such as fps=25; may be repeated."
    ),
]


@label.command("open")
def open_window(
    target: Annotated[
        Path | None,
        typer.Argument(help="A study, a folder of clips, a CSV clips table, or a config (YAML)."),
    ] = None,
    annotator: Annotated[str, typer.Option("--as", metavar="NAME", help="Who labels.")] = "",
    scheme: SchemeOption = None,
    study: Annotated[
        Path | None, typer.Option("--study", help="Where the study lies, if not beside the clips.")
    ] = None,
    root: RootOption = None,
    review: Annotated[bool, typer.Option("--review", help="Begin with the review.")] = False,
    theme: Annotated[str, typer.Option(help="light, dark or system.")] = "system",
) -> None:
    """Open the window. This is what `sttm label FOLDER` does."""
    from ..labelling import open_labels

    code = open_labels(
        target,
        annotator=annotator,
        scheme=scheme,
        study=study,
        root=root,
        review=review,
        theme=theme,
    )
    if code:
        raise typer.Exit(code)


@label.command("new")
def new_study(
    source: Annotated[
        Path, typer.Argument(help="A folder of clips, a CSV clips table, or a config (YAML).")
    ],
    scheme: Annotated[str, typer.Option(help="A ready scheme by name, or a YAML file.")] = "basic",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The study; beside the clips unless told.")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN", help="Finds the subject in a clip's path, such as '(S[0-9]+)'."
        ),
    ] = None,
    published: Annotated[
        bool, typer.Option(help="Config: keep its labels as opinions of 'published'.")
    ] = False,
    jobs: JobsOption = -1,
    quiet: QuietOption = False,
) -> None:
    """Make a study without a window; all frames are counted, all files get a digest."""
    from ..studies import make_study

    made = make_study(
        source,
        scheme=scheme,
        out=out,
        subject=subject,
        published=published,
        jobs=jobs,
        quiet=quiet,
    )
    for line in made.notes:
        typer.echo(line, err=True)
    typer.echo(f"{made.sentence}\nstudy    {made.path}")
    if made.wrong:
        raise typer.Exit(1)


@label.command()
def status(study: StudyArgument) -> None:
    """Say how far a study is: per annotator, per label, what waits."""
    from labeling.study import open_study

    from ..labelling import status_lines

    with open_study(study, read_only=True) as opened:
        typer.echo("\n".join(status_lines(opened)))


@label.command()
def scheme(
    source: Annotated[
        str | None, typer.Argument(help="A ready scheme, a YAML file, or a study.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", help="Study that shall take this scheme over.")
    ] = None,
) -> None:
    """List the ready schemes, print one, or give a study another one."""
    from ..labelling import scheme_text, take_scheme

    if into is not None and source is None:
        raise typer.BadParameter("name the scheme that the study shall take over.")
    if into is not None and source is not None:
        typer.echo(take_scheme(source, into))
    else:
        typer.echo(scheme_text(source), nl=False)


@label.command("import")
def import_labels(
    study: StudyArgument,
    files: Annotated[list[Path], typer.Argument(help="Files to read.")],
    annotator: AsOption = "",
    kind: FormatOption = None,
    option: FormatOptions = None,
) -> None:
    """Read labels of other programs; they become opinions, nothing is overwritten."""
    from labeling.study import open_study

    from ..labelling import import_files

    with open_study(study) as opened:
        done = import_files(opened, files, annotator, kind, option or [])
    for line in done.notes:
        typer.echo(line, err=True)
    typer.echo(done.sentence)
    if done.wrong:
        raise typer.Exit(1)


@label.command("export")
def export_labels(
    study: StudyArgument,
    to: Annotated[Path, typer.Option("--to", help="File or folder to write.")],
    annotator: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Only what this annotator said.")
    ] = "",
    kind: FormatOption = None,
    option: FormatOptions = None,
) -> None:
    """Write the labels for another program; the suffix says the format."""
    from labeling.exchange import export_opinions
    from labeling.study import open_study

    from ..labelling import format_options

    more = format_options(option or [])
    with open_study(study, read_only=True) as opened:
        for path in export_opinions(opened, to, to=kind, annotator=annotator, **more):
            typer.echo(f"written  {path}")


@label.command()
def consensus(
    study: StudyArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Consensus table to write (.csv).")],
    method: Annotated[
        str, typer.Option(help="majority, weighted or dawid-skene; decisions go before it.")
    ] = "majority",
) -> None:
    """Write one label per clip, and how it came about."""
    from labeling.study import open_study

    from ..labelling import write_consensus

    with open_study(study, read_only=True) as opened:
        typer.echo(write_consensus(opened, out, method))
    typer.echo(f"written  {out}")


@label.command()
def merge(
    study: StudyArgument,
    others: Annotated[list[Path], typer.Argument(help="Copies of the study, from other people.")],
) -> None:
    """Take over what other copies of a study hold; a second time changes nothing."""
    from labeling.study import open_study

    from ..labelling import merge_files

    with open_study(study) as opened:
        done = merge_files(opened, others)
    for line in done.notes:
        typer.echo(line, err=True)
    typer.echo(done.sentence)
    if done.wrong:
        raise typer.Exit(1)


@label.command()
def suspects(
    study: StudyArgument,
    run: Annotated[Path, typer.Argument(help="A run's folder, or its predictions.csv.")],
) -> None:
    """Let the review show the clips whose labels a run's predictions doubt."""
    from labeling.study import open_study

    from ..labelling import note_suspects

    with open_study(study) as opened:
        typer.echo(note_suspects(opened, run))


@label.command()
def backup(study: StudyArgument) -> None:
    """Write a copy of a study beside it, also while windows work on it."""
    from labeling.study import backup_study

    typer.echo(f"written  {backup_study(study)}")


LEVELS = ("error", "warning", "note", "never")


def verify(
    study: StudyArgument,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Report to write; beside the study.")
    ] = None,
    root: RootOption = None,
    slow: Annotated[
        bool, typer.Option("--slow", help="Also read every clip: changed and doubled ones.")
    ] = False,
    predictions: Annotated[
        Path | None, typer.Option(help="A run's folder or predictions.csv: suspect labels.")
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds that every class must fill.", min=2)] = 5,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help=f"Exit code 3 from this level on: {', '.join(LEVELS)}.")
    ] = "error",
    replicates: Annotated[int, typer.Option(help="Bootstrap draws for intervals.", min=0)] = 1000,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.", min=0)] = 0,
    jobs: JobsOption = -1,
    quiet: QuietOption = False,
) -> None:
    """Say how far the labels of a study can be trusted, and what to look at next."""
    from ..labelling import verify_to

    if fail_on not in LEVELS:
        raise typer.BadParameter(f"--fail-on is one of {', '.join(LEVELS)}, not {fail_on!r}.")
    done = verify_to(
        study,
        out,
        root=root,
        slow=slow,
        predictions=predictions,
        folds=folds,
        replicates=replicates,
        seed=seed,
        jobs=jobs,
        quiet=quiet,
    )
    typer.echo("\n".join(done.lines))
    typer.echo(f"report   {done.report}")
    if done.at_least(fail_on):
        raise typer.Exit(3)
