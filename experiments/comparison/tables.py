"""A comparison as plain tables, for CSV files and for other programs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sttm.atomic import replacing

from ..fitting.sparsity import FACTS
from ..judging.scores import TOTALS
from .compare import Comparison


def run_table(comparison: Comparison) -> pd.DataFrame:
    """Return one row per run, in the order in which they were named."""
    rows = []
    for number, run in enumerate(comparison.runs):
        row = {
            "run": comparison.names[number],
            **{key: values[number] for key, values in comparison.columns.items()},
            "data": run.data,
            "descriptor": run.facts["descriptor"],
            "classifier": run.facts["classifier"],
            "protocol": run.protocol,
            "subject_independent": run.independent,
            "clips": len(run.predictions),
        }
        for name in TOTALS:
            total = run.total(name)
            row |= {name: total.value, f"{name}_low": total.low, f"{name}_high": total.high}
        row |= {k: run.scores[k] for k in ("log_loss", "calibration_error")}
        row |= {name: run.training.get(name) for name in FACTS}
        rows.append(row | {"seconds": round(run.seconds, 3), "folder": str(run.folder)})
    return pd.DataFrame(rows)


def pair_table(comparison: Comparison) -> pd.DataFrame:
    """Return one row per tested pair: the first run minus the second, on their common clips."""
    columns = ["first", "second", "clips", "left_out", "subjects"]
    for name in TOTALS:
        columns += [f"{name}_difference", f"{name}_low", f"{name}_high"]
    columns += ["only_first_right", "only_second_right", "mcnemar_p", "mcnemar_mid_p", "holm_p"]
    rows = []
    for pair in comparison.pairs:
        row: list[object] = [comparison.names[pair.first], comparison.names[pair.second]]
        row += [pair.clips, pair.left_out, pair.subjects]
        for name in TOTALS:
            found = pair.differences[name]
            row += [found.value, found.low, found.high]
        test = pair.mcnemar
        rows.append([*row, test.only_first, test.only_second, test.p, test.mid_p, pair.holm])
    return pd.DataFrame(rows, columns=columns)


def rank_table(comparison: Comparison) -> pd.DataFrame:
    """Return one row per ranked run, best first; runs of one group cannot be told apart."""
    columns = ["run", "mean_rank", "groups", "blocks", "critical_difference", "friedman_p"]
    ranking = comparison.ranking
    if ranking is None:
        return pd.DataFrame(columns=columns)
    order = sorted(range(len(ranking.runs)), key=lambda i: ranking.mean_ranks[i])
    rows = [
        (
            ranking.runs[i],
            ranking.mean_ranks[i],
            " ".join(str(n) for n, g in enumerate(ranking.groups, 1) if i in g),
            len(ranking.blocks),
            ranking.critical_difference,
            ranking.friedman.p,
        )
        for i in order
    ]
    return pd.DataFrame(rows, columns=columns)


def write_comparison(comparison: Comparison, folder: str | Path) -> list[Path]:
    """Write runs.csv, pairs.csv, ranks.csv and comparison.html; return their paths.

    Each is written at once or not at all.

    Raises
    ------
    InputError
        When the folder cannot be written to.
    """
    from .page import render_comparison

    folder = Path(folder)
    tables = {"runs": run_table, "pairs": pair_table, "ranks": rank_table}
    paths = []
    for name, make in tables.items():
        paths.append(folder / f"{name}.csv")
        with replacing(paths[-1]) as scratch:
            make(comparison).to_csv(scratch, index=False, encoding="utf-8", lineterminator="\n")
    paths.append(folder / "comparison.html")
    with replacing(paths[-1]) as scratch:
        text = render_comparison(comparison)
        scratch.write_text(text, encoding="utf-8", errors="replace", newline="\n")
    return paths
