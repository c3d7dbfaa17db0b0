"""Labels that a model's out-of-fold predictions put in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..suspects import suspects_in
from .evidence import Evidence
from .findings import Case, Item, Items, case, counted, of_clips, words_of

if TYPE_CHECKING:
    from ..study import Study


def doubted_cases(
    evidence: Evidence, study: Study, predictions: pd.DataFrame | None
) -> tuple[list[Case], pd.DataFrame | None]:
    """Return X01 and X02, and the table of suspects.

    Without predictions, the suspects that the study keeps from an earlier run are told again.
    Clips that a reviewer has decided are left out.
    """
    if predictions is None:
        kept = study.suspects()
        table = kept if len(kept) else None
        strangers: list[Case] = []
    else:
        table, strangers = _judged(evidence, predictions)
    if table is None:
        return strangers, None
    settled = {c for c, d in evidence.standing.items() if d.verdict in ("accepted", "overruled")}
    doubtful = table[~table["clip"].isin(settled)]
    if "issue" in doubtful:
        doubtful = doubtful[doubtful["issue"].astype(bool)]
    items = [
        Item((r["clip"],), f"{r['clip']} ({r['label']}; the model {r['predicted']})")
        for r in doubtful.sort_values("rank").to_dict("records")
        if evidence.label.get(r["clip"], r["label"]) == r["label"]  # else it was changed since
    ]
    return [*case("X01", items, _doubted), *strangers], table


def _doubted(items: Items) -> str:
    verb = "is" if len(items) == 1 else "are"
    return (
        f"{counted(len(items), 'label')} {verb} in doubt by a model's out-of-fold predictions, "
        f"most doubtful first: {words_of(items)}."
    )


def _judged(
    evidence: Evidence, predictions: pd.DataFrame
) -> tuple[pd.DataFrame | None, list[Case]]:
    known = set(evidence.clips["clip"])
    fits = predictions["clip"].astype(str).isin(known)
    foreign = predictions.loc[~fits, "clip"].astype(str)
    stale = _stale(evidence, predictions[fits])
    cases = case("X02", _unfit(foreign, stale), words_of_unfit)
    table = suspects_in(predictions[fits]) if fits.any() else None
    return table, cases


def _stale(evidence: Evidence, predictions: pd.DataFrame) -> list[str]:
    """Return clips whose label is not the one that the run learned."""
    pairs = zip(predictions["clip"].astype(str), predictions["label"].astype(str), strict=True)
    return [clip for clip, label in pairs if evidence.label.get(clip, label) != label]


def _unfit(foreign: pd.Series, stale: list[str]) -> list[Item]:
    return [*(Item((), clip, clip) for clip in foreign), *of_clips(stale)]


def words_of_unfit(items: Items) -> str:
    """Return how many predictions are of other clips, and of labels that changed since."""
    foreign = [item for item in items if not item.clips]
    stale = [item for item in items if item.clips]
    parts = []
    if foreign:
        verb = "is" if len(foreign) == 1 else "are"
        parts.append(
            f"{counted(len(foreign), 'prediction')} {verb} of clips that are not here: "
            f"{words_of(foreign)}"
        )
    if stale:
        verb = "is" if len(stale) == 1 else "are"
        parts.append(
            f"{counted(len(stale), 'prediction')} {verb} of a label that does not hold "
            f"any more: {words_of(stale)}"
        )
    return "; ".join(parts)[:1].upper() + "; ".join(parts)[1:] + "."
