"""Finished folds: kept in the store, so that a run that was stopped goes on with the others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sttm.store import Store, key_of

from .config import Config
from .crossvalidation import FoldResult, Recipe, Search, cross_validate
from .join import Joined
from .protocols import Fold, search_groups
from .provenance import versions

# raised whenever encoding, searching or training gives other predictions for the same measures
MODELLING = 2


def finish_folds(
    config: Config,
    recipe: Recipe,
    joined: Joined,
    folds: list[Fold],
    store: Store,
    jobs: int,
    progress: Callable[[str, int, int], None],
) -> Iterator[FoldResult]:
    """Yield the result of every fold in order: finished ones from the store, the others made."""
    subjects = search_groups(config.protocol.name, joined.subjects)
    common = _common_part(config, joined)
    keys = [key_of({**common, "fold": _rows(f)}) for f in folds]
    known = [_recall(store.get(key)) for key in keys]
    waiting = [f for f, result in zip(folds, known, strict=True) if result is None]
    new = cross_validate(
        recipe, joined.measures, joined.labels, subjects, waiting, jobs=min(jobs, len(waiting) or 1)
    )
    for number, (fold, key, result) in enumerate(zip(folds, keys, known, strict=True), 1):
        if result is None:
            result = next(new)
            _remember(store, key, result)
        progress(fold.name, number, len(folds))
        yield result


def _common_part(config: Config, joined: Joined) -> dict[str, Any]:
    """Return what shapes every fold of an experiment, short."""
    content = hashlib.blake2b(np.ascontiguousarray(joined.measures).data, digest_size=20)
    people = key_of({"labels": joined.labels, "subjects": joined.subjects})
    return {
        "measures": content.hexdigest(),
        "people": people,
        "descriptor": config.descriptor,
        "classifier": config.classifier,
        "protocol": config.protocol.model_dump(),
        "seed": config.seed,
        "versions": versions(),
        "modelling": MODELLING,
    }


def _rows(fold: Fold) -> list[list[int]]:
    return [rows.tolist() for rows in (fold.train, fold.choose, fold.test)]


def _remember(store: Store, key: str, result: FoldResult) -> None:
    arrays = {
        "rows": result.rows,
        "predicted": np.asarray(result.predicted, dtype=str),
        "probabilities": result.probabilities,
    }
    values = {
        "fold": result.fold,
        "classes": result.classes,
        "params": result.search.params,
        "table": result.search.table,
        "seconds": result.seconds,
        "trained": result.trained,
    }
    store.put(key, arrays, values)


def _recall(entry: Any) -> FoldResult | None:
    if entry is None:
        return None
    arrays, values = entry
    return FoldResult(
        values["fold"],
        arrays["rows"],
        values["classes"],
        arrays["predicted"],
        arrays["probabilities"],
        Search(values["params"], values["table"]),
        values["seconds"],
        values["trained"],
    )
