"""Many runs: ``compare``, ``sweep``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .shared import ClusterOption, QuietOption, SetOption, StoreOption


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders of finished runs.", metavar="RUN...")],
    baseline: Annotated[
        Path | None, typer.Option(help="Run that all others are paired with, instead of each.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the tables and the page.")
    ] = None,
) -> None:
    """Set finished runs side by side: scores, paired differences, ranks."""
    from ..comparison import compare_runs
    from ..comparison.tables import write_comparison
    from ..comparison.terminal import print_comparison

    found = compare_runs(runs, baseline)
    files = write_comparison(found, out) if out else []
    print_comparison(found)
    for path in files:
        typer.echo(f"written  {path}")


def sweep(
    config: Annotated[Path, typer.Argument(help="YAML file with a section 'sweep'.")],
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="KEY=[A,B]", help="Values to try, as time.frames=[12,20]."),
    ] = None,
    settings: SetOption = None,
    store: StoreOption = None,
    cluster: ClusterOption = "",
    quiet: QuietOption = False,
) -> None:
    """Run every combination of listed values, each as a run of its own, and compare them."""
    from ..comparison.terminal import print_comparison
    from ..progress import Steps
    from ..sweeping.combinations import parse_over
    from ..sweeping.sweeps import sweep as run_all

    done = run_all(
        config,
        parse_over(over or []),
        settings=settings or [],
        store=store,
        steps=Steps(quiet=quiet),
        cluster=cluster,
    )
    if done.comparison is not None:
        print_comparison(done.comparison)
    for name, clips in done.skipped.items():
        typer.echo(f"skipped  {clips} clips of {name}; its report says why", err=True)
    for name, sentence in done.failed.items():
        typer.echo(f"failed   {name}: {sentence}", err=True)
    before = len(done.finished) - len(done.repeated)
    typer.echo(
        f"runs     {len(done.repeated)} done now, {before} before, {len(done.failed)} failed"
    )
    if done.page is not None:
        typer.echo(f"page     {done.page}")
    if done.failed or done.skipped:
        raise typer.Exit(1)
