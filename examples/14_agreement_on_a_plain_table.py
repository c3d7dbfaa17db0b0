"""Agreement on a plain table: the same ratings, taken as names, ranks and numbers.

Run: python examples/14_agreement_on_a_plain_table.py [output folder]
The table is the published one of Krippendorff (2011, "Computing Krippendorff's alpha-reliability"):
four observers, twelve units, gaps. No study and no clip is needed; any table of units x raters will
do. What a rating means (a name, a rank, a number) decides how much a difference of one weighs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from labeling import fleiss_kappa, krippendorff_alpha, pairwise, per_class, percent_agreement

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
out.mkdir(parents=True, exist_ok=True)
ratings = pd.DataFrame(  # None where an observer did not rate
    {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    }
)
levels = ("nominal", "ordinal", "interval", "ratio")
figures = [percent_agreement(ratings, replicates=2000), fleiss_kappa(ratings, replicates=2000)]
figures += [krippendorff_alpha(ratings, level, replicates=2000) for level in levels]
for figure in figures:
    print(figure)
print(f"\n{figures[2].definition}\n")
pairs = pairwise(ratings)
print(pairs.iloc[:, :5].round(2).to_string(index=False))
print(per_class(ratings).iloc[:, :4].round(2).to_string(index=False))

picture = Figure(figsize=(10.5, 3.9), layout="constrained")
table, axes = picture.subplots(1, 2, width_ratios=(1.15, 1))
values = ratings.to_numpy(dtype=float).T
table.imshow(np.ma.masked_invalid(values), cmap="YlGnBu", vmin=0, vmax=8, aspect="auto")
for (rater, unit), value in np.ndenumerate(values):
    table.text(unit, rater, "" if np.isnan(value) else f"{value:.0f}", ha="center", va="center")
table.set_yticks(range(4), list(ratings))
table.set_xticks(range(12), [str(n) for n in range(1, 13)])
table.set(xlabel="unit", ylabel="observer", title="Gaps stay gaps")
table.spines[:].set_visible(False)
for place, figure in enumerate(figures[::-1]):
    assert figure.value is not None and figure.low is not None and figure.high is not None
    axes.plot([figure.low, figure.high], [place] * 2, color="#0072B2", linewidth=3, alpha=0.4)
    axes.plot(figure.value, place, "o", color="#0072B2")
    axes.text(1.03, place, f"{figure.value:.3f}", va="center")
axes.set_yticks(range(len(figures)), [figure.name for figure in figures[::-1]])
axes.axvline(0.8, color="grey", linestyle=":")
axes.set(xlim=(0, 1), xlabel="value, 95 % interval over units", title="Dotted: .8, to be relied on")
axes.spines[["top", "right"]].set_visible(False)
picture.suptitle("Four observers, twelve units: a published table (Krippendorff 2011)")
picture.savefig(out / "agreement.png", dpi=120)
print(f"written {out / 'agreement.png'}")
