"""A still model applied to videos: ``transfer``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .shared import JobsOption, QuietOption, SetOption, StoreOption, tell


def transfer(
    config: Annotated[Path, typer.Argument(help="A config; its data section names the videos.")],
    model: Annotated[Path, typer.Option("--model", "-m", help="Bundle of a still model, .sttm.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder (runs/NAME-by-MODEL unless told).")
    ] = None,
    pool: Annotated[str, typer.Option(help="mean, max or last: frames into one answer.")] = "mean",
    every: Annotated[int, typer.Option(metavar="N", help="Look at every N-th frame.")] = 1,
    settings: SetOption = None,
    store: StoreOption = None,
    jobs: JobsOption = -1,
    quiet: QuietOption = False,
) -> None:
    """Apply a model of still faces to a video data set, frame by frame, and score it."""
    from ..config import load_config
    from ..progress import Steps
    from ..transfer import transfer_model

    changed = [*(settings or []), *([f"jobs={jobs}"] if jobs != -1 else [])]
    done = transfer_model(
        load_config(config, changed),
        model,
        out,
        pool=pool,
        every=every,
        store=store,
        steps=Steps(quiet=quiet),
    )
    notes = [done.sentence, *done.notes] if done.known is not False else done.notes
    tell(done.passed, done.skipped, notes)
    for line in transferred_lines(done):
        typer.echo(line)
    if len(done.skipped):
        raise typer.Exit(1)


def transferred_lines(done: Any) -> list[str]:
    """Return what a transfer found: a line per class, the totals, where it lies."""
    scores = done.scores
    width = max(map(len, scores.classes))
    rows = [
        f"{c.name:<{width}}  clips {c.support:>5}  recall {_percent(c.recall)}  "
        f"precision {_percent(c.precision)}"
        for c in scores.per_class
    ]
    return [
        *rows,
        f"accuracy {scores.accuracy.value:.1%} (95 % interval {scores.accuracy.low:.1%} to "
        f"{scores.accuracy.high:.1%}), UAR {scores.uar.value:.1%}, UF1 {scores.uf1.value:.1%}",
        f"always the most frequent class: accuracy {scores.chance['accuracy']:.1%}",
        *([done.sentence] if done.known is False else []),
        f"results {done.folder}",
    ]


def _percent(value: float | None) -> str:
    return "     –" if value is None else f"{value:6.1%}"
