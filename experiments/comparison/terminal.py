"""A comparison in a terminal of 80 columns or more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sttm.tables import named

from ..judging.scores import TOTALS, Interval
from .compare import Comparison
from .machines import NOTE, machines_of
from .ranks import Ranking

WIDEST = 120
LONGEST = 18  # characters of a name that a pair shows; longer ones are told by their numbers
ABOUT = ("data", "descriptor", "classifier", "protocol")
HEADS = {"accuracy": "accuracy", "uar": "UAR", "uf1": "UF1"}


def print_comparison(comparison: Comparison, stream: TextIO | None = None) -> None:
    """Print the table of runs, the paired differences and the ranks."""
    console = Console(file=stream or sys.stdout, highlight=False, soft_wrap=False)
    console.width = min(console.width, WIDEST)
    for text in comparison.warnings:
        console.print(Text(f"Mind: {text}", style="bold red"))
    _print_settings(console, comparison)
    _print_scores(console, comparison)
    _print_machines(console, comparison)
    if comparison.pairs:
        console.print(_pairs(comparison))
    for line in untested_lines(comparison):
        console.print(Text(line, style="dim"))
    if comparison.ranking is not None:
        _print_ranks(console, comparison.ranking)
    elif comparison.no_ranking:
        console.print(Text(f"No ranking: {comparison.no_ranking}."))
    console.print()
    for note in [*comparison.notes, *comparison.caveats()]:
        console.print(Text(note, style="dim"))


def untested_lines(comparison: Comparison) -> list[str]:
    """Return one line per reason why pairs were not tested."""
    reasons: dict[str, list[str]] = {}
    for i, j, reason in comparison.untested:
        pair = f"{comparison.names[i]} and {comparison.names[j]}"
        reasons.setdefault(reason, []).append(pair)
    return [f"Not tested: {named(pairs, 3)}: {reason}." for reason, pairs in reasons.items()]


def settings_of(comparison: Comparison) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return what all runs have in common, and what differs between them, a value per run.

    What a sweep varied says all that differs.
    """
    values = dict(comparison.columns)
    for name in ABOUT:
        values[name] = [
            run.data
            if name == "data"
            else run.protocol
            if name == "protocol"
            else str(run.facts[name])
            for run in comparison.runs
        ]
    common = {k: v[0] for k, v in values.items() if len(set(v)) == 1}
    differing = {k: v for k, v in values.items() if k not in common}
    return common, dict(comparison.columns) or differing


def _print_settings(console: Console, comparison: Comparison) -> None:
    common, differing = settings_of(comparison)
    for name, value in common.items():
        console.print(Text.assemble((f"{name:<11} ", "dim"), value))
    if not differing:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("", "run", *differing):
        table.add_column(head, overflow="fold")
    for number, name in enumerate(comparison.names):
        values = [Text(v[number]) for v in differing.values()]
        table.add_row(f"{number + 1}", Text(name, "bold"), *values)
    console.print()
    console.print(table)


def _print_scores(console: Console, comparison: Comparison) -> None:
    """Print the scores; runs that are not subject-independent stand apart."""
    console.print()
    console.print(Text("per cent, with 95 % intervals; log loss in nats", style="dim"))
    numbers = range(len(comparison.runs))
    sound = [i for i in numbers if comparison.runs[i].independent]
    other = [i for i in numbers if i not in sound]
    if sound:
        console.print(_scores(comparison, sound))
    if other:
        beside = ", not comparable with the above" if sound else ""
        console.print(Text(f"Not shown to be subject-independent{beside}:", style="bold red"))
        console.print(_scores(comparison, other))


def _scores(comparison: Comparison, numbers: list[int]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("run", overflow="fold", width=min(LONGEST, max(map(len, comparison.names))))
    table.add_column("clips", justify="right", no_wrap=True)
    for head in (*HEADS.values(), "log\nloss", "cal.\nerr.", "time"):
        table.add_column(head, justify="right", no_wrap=True)
    for number in numbers:
        run = comparison.runs[number]
        table.add_row(
            f"{number + 1}",
            Text(comparison.names[number], "bold" if run.independent else "red"),
            str(len(run.predictions)),
            *(_value(run.total(name)) for name in TOTALS),
            f"{run.scores['log_loss']:.2f}",
            f"{run.scores['calibration_error']:.2f}",
            _time(run.seconds),
        )
    return table


def _print_machines(console: Console, comparison: Comparison) -> None:
    """Print what the classifiers keep, beside accuracy, likelihood, calibration and time."""
    machines = machines_of(comparison)
    if not machines:
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("")
    table.add_column("run", overflow="fold", width=min(LONGEST, max(map(len, comparison.names))))
    for head in (
        "accuracy",
        "samples\nused",
        "features\nused",
        "log\nloss",
        "cal.\nerr.",
        "fit\ns",
    ):
        table.add_column(head, justify="right", no_wrap=True)
    for number, (run, machine) in enumerate(zip(comparison.runs, machines, strict=True)):
        table.add_row(
            f"{number + 1}",
            Text(comparison.names[number], "bold" if run.independent else "red"),
            f"{100 * run.total('accuracy').value:.1f}",
            machine.samples,
            machine.features,
            f"{run.scores['log_loss']:.2f}",
            f"{run.scores['calibration_error']:.2f}",
            machine.fit,
        )
    console.print()
    console.print(table)
    console.print(Text(NOTE, style="dim"))


def _value(total: Interval) -> str:
    if total.low != total.low:
        return f"{100 * total.value:.1f}"
    return f"{100 * total.value:.1f}\n{100 * total.low:.0f} to {100 * total.high:.0f}"


def _difference(found: Interval) -> str:
    """Return a difference in points of per cent.

    >>> _difference(Interval(0.1, -0.02, 0.2))
    '+10.0\\n-2 to +20'
    """
    value = signed(found.value, 1)
    if found.low != found.low:
        return value
    return f"{value}\n{signed(found.low)} to {signed(found.high)}"


def signed(value: float, digits: int = 0) -> str:
    """Return a fraction as points of per cent with a sign; what rounds to nothing has none.

    >>> signed(0.127), signed(-0.0001), signed(-0.0512, 1)
    ('+13', '0', '-5.1')
    """
    points = round(100 * value, digits)
    return f"{points:+.{digits}f}" if points else f"{0:.{digits}f}"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"


def p_text(p: float) -> str:
    """Return a p-value as text.

    >>> p_text(0.0312), p_text(0.00001), p_text(1.0)
    ('.031', '< .001', '1')
    """
    return "< .001" if p < 0.001 else "1" if p > 0.9995 else f"{p:.3f}"[1:]


def _pairs(comparison: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
    table.title = "\npaired differences in points of per cent, first minus second"
    table.title_style = "dim"
    table.add_column("first\n- second", overflow="fold")
    table.add_column("clips\nout", justify="right")
    for head in (*HEADS.values(), "right\nalone", "p\nHolm"):
        table.add_column(head, justify="right", no_wrap=True)
    short = max(map(len, comparison.names)) <= LONGEST
    names = comparison.names if short else [f"run {n + 1}" for n in range(len(comparison.names))]
    for pair in comparison.pairs:
        test = pair.mcnemar
        table.add_row(
            Text(f"{names[pair.first]}\n- {names[pair.second]}"),
            f"{pair.clips}\n{pair.left_out}",
            *(_difference(pair.differences[name]) for name in TOTALS),
            f"{test.only_first}\n{test.only_second}",
            f"{p_text(test.p)}\n{p_text(pair.holm)}",
        )
    return table


def _print_ranks(console: Console, ranking: Ranking) -> None:
    console.print()
    for sentence in rank_sentences(ranking):
        console.print(Text(sentence))
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("mean rank", "run"):
        table.add_column(head, justify="right" if head == "mean rank" else "left", overflow="fold")
    for _ in ranking.groups:
        table.add_column("")
    for i in sorted(range(len(ranking.runs)), key=lambda i: ranking.mean_ranks[i]):
        bars = ["|" if i in group else "" for group in ranking.groups]
        table.add_row(f"{ranking.mean_ranks[i]:.2f}", Text(ranking.runs[i]), *bars)
    console.print(table)


def rank_sentences(ranking: Ranking) -> Sequence[str]:
    """Return what the ranks say, and how far it may be believed."""
    test, n, k = ranking.friedman, len(ranking.blocks), len(ranking.runs)
    f = "infinite" if test.f > 1e6 else f"{test.f:.2f}"
    p = p_text(test.p)
    verdict = "the runs differ" if test.p < 0.05 else "no difference is shown"
    nemenyi = (
        f"Nemenyi's critical difference of mean ranks at .05 is {ranking.critical_difference:.2f}"
    )
    joined = "runs joined by a bar cannot be told apart." if ranking.groups else "all are apart."
    return [
        f"Ranks of {k} runs over {n} {ranking.unit} ({ranking.score}; 1 is best). Friedman's test "
        f"with the correction of Iman and Davenport: F = {f}, p {'' if p[0] == '<' else '= '}{p}: "
        f"{verdict}.",
        f"{nemenyi}; {joined}",
        *ranking.doubts,
    ]
