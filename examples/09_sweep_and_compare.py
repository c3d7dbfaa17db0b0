"""A small sweep, and what may be concluded from it: paired differences and ranks over people.

Run: python examples/09_sweep_and_compare.py [output folder]
Ranks: what overlaps cannot be told apart (Nemenyi's critical difference, after Demsar 2006).
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.figure import Figure

from experiments import compare_runs, sweep

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
values = {
    "name": "codings",
    "data": {"kind": "drawn", "subjects": 6, "takes": 1, "folder": str(out / "drawn")},
    "time": {"frames": 12},
    "descriptor": "sttm",
    "classifier": "svm",
    "report": {"examples": 0, "bootstrap": 500},
    "output": str(out / "sweep"),
    "jobs": 1,
}
codings = ["oriented", "response", "signed", "temporal"]
done = sweep(values, {"descriptor.coding": codings}, store=out / "store")
print(f"{len(done.finished)} runs, {len(done.repeated)} of them now; page: {done.page}")
found = compare_runs(list(done.finished.values()), baseline=done.finished["coding-oriented"])
for pair in found.pairs:
    uar = pair.differences["uar"]
    print(
        f"{found.names[pair.first]:15} {uar.value:+.2f} ({uar.low:+.2f} to {uar.high:+.2f})", end=""
    )
    print(f"   McNemar p {pair.mcnemar.p:.2g}, after Holm {pair.holm:.2g}")
ranking = found.ranking
print(f"Friedman p {ranking.friedman.p:.2g} over {len(ranking.blocks)} {ranking.unit}")

names = [name.removeprefix("coding-") for name in found.names]
order = sorted(range(len(names)), key=lambda i: -ranking.mean_ranks[i])  # the best on top
differences = {pair.first: pair.differences["uar"] for pair in found.pairs}
half = ranking.critical_difference / 2
figure = Figure(figsize=(9.5, 3.6), layout="constrained")
left, right = figure.subplots(1, 2, sharey=True)
for place, i in enumerate(order):
    if i in differences:
        uar = differences[i]
        left.plot([uar.low, uar.high], [place] * 2, color="#0072B2", linewidth=3, alpha=0.4)
        left.plot(uar.value, place, "o", color="#0072B2")
    rank = ranking.mean_ranks[i]
    right.plot([rank - half, rank + half], [place] * 2, color="#D55E00", linewidth=3, alpha=0.4)
    right.plot(rank, place, "o", color="#D55E00")
left.axvline(0, color="grey", linestyle=":")
left.set_yticks(range(len(order)), [names[i] for i in order])
left.set(xlabel=f"UAR minus that of {names[found.baseline]}, 95 % interval", xlim=(-0.6, 0.6))
left.set(title="paired differences", ylim=(-0.5, len(order) - 0.5))
right.set(xlabel="mean rank (1 is best), \u00b1 half the critical difference")
right.set(title=f"ranks over {len(ranking.blocks)} {ranking.unit}", xticks=(1, 2, 3, 4))
for panel in (left, right):
    panel.spines[["top", "right"]].set_visible(False)
figure.suptitle("Four codings on 42 clips of 6 drawn (synthetic) faces")
figure.savefig(out / "compared.png", dpi=120)
print(f"written {out / 'compared.png'} and {done.page}")
