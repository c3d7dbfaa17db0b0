"""Experiments: ``demo``, ``run``, ``train``, ``check``, ``template``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .shared import ClusterOption, JobsOption, QuietOption, SetOption, StoreOption, tell


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/demo"),
    jobs: JobsOption = -1,
    quiet: QuietOption = False,
) -> None:
    """Run the whole chain on drawn faces, up to an HTML report."""
    from ..shipped import shipped_config

    _run(shipped_config("demo"), [f"output={out}", f"jobs={jobs}"], None, quiet)
    typer.echo(f"live    sttm live --model {out / 'model.sttm'}")


def run(
    config: Annotated[Path, typer.Argument(help="The experiment's YAML file.")],
    settings: SetOption = None,
    store: StoreOption = None,
    cluster: ClusterOption = "",
    quiet: QuietOption = False,
) -> None:
    """Run an experiment: clips, features, folds, scores, model, report."""
    _run(config, settings or [], store, quiet, cluster)


def _run(
    config: Path, settings: list[str], store: Path | None, quiet: bool, cluster: str = ""
) -> None:
    from ..config import load_config
    from ..progress import Steps
    from ..run import run_experiment

    loaded = load_config(config, settings)
    done = run_experiment(loaded, store=store, steps=Steps(quiet=quiet), cluster=cluster)
    scores = done.scores
    tell(done.passed, done.skipped, done.notes)
    typer.echo(
        f"accuracy {scores.accuracy.value:.1%} (95 % interval {scores.accuracy.low:.1%} to "
        f"{scores.accuracy.high:.1%}), UAR {scores.uar.value:.1%}, UF1 {scores.uf1.value:.1%}"
    )
    typer.echo(f"model   {done.bundle}")
    typer.echo(f"report  {done.report}")
    if len(done.skipped):
        raise typer.Exit(1)


def train(
    config: Annotated[Path, typer.Argument(help="The experiment's YAML file.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Bundle to write (models/NAME.sttm unless told)."),
    ] = None,
    settings: SetOption = None,
    store: StoreOption = None,
    cluster: ClusterOption = "",
    quiet: QuietOption = False,
) -> None:
    """Fit a model on every clip, without judging it, and write its bundle."""
    from ..config import load_config
    from ..progress import Steps
    from ..training import train_model

    done = train_model(
        load_config(config, settings or []),
        out,
        store=store,
        steps=Steps(quiet=quiet),
        cluster=cluster,
    )
    tell(done.passed, done.skipped, done.notes)
    typer.echo(f"fitted on {done.clips} clips of {len(done.classes)} classes; not judged")
    typer.echo(f"model   {done.bundle}\ncard    {done.bundle.with_suffix('.md')}")
    if len(done.skipped):
        raise typer.Exit(1)


def check(
    config: Annotated[Path, typer.Argument(help="The experiment's YAML file.")],
    settings: SetOption = None,
) -> None:
    """Check a config and its data without computing anything."""
    from ..config import load_config
    from ..preview import preview
    from ..sweeping.combinations import load_plan, preview_sweep, states_sweep

    if states_sweep(config):
        lines = preview_sweep(load_plan(config, settings=settings or []))
    else:
        lines = preview(load_config(config, settings))
    for line in lines:
        typer.echo(line)


def template(
    kind: Annotated[
        str, typer.Option("--data", help="Kind of data, as `sttm datasets` lists it.")
    ] = "folder",
    descriptor: Annotated[str, typer.Option(help="Descriptor whose options are listed.")] = "sttm",
    classifier: Annotated[str, typer.Option(help="Classifier whose options are listed.")] = "svm",
) -> None:
    """Print a config with every option, its default and what it means."""
    from ..template import template_text

    typer.echo(template_text(kind, descriptor, classifier), nl=False)
