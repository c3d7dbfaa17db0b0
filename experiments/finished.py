"""Finished folds and models: kept in the store, so that a stopped run goes on where it was.

A model is kept as skops bytes. Loading them rebuilds the types that a bundle may hold and executes
nothing; a model that holds any other is fitted each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

import numpy as np

from recognizer.bundle import trusted_types
from sttm.parallel import single_thread
from sttm.store import Store, key_of

from .config import Config
from .crossvalidation import FoldResult, Model, Recipe, Search, cross_validate, fit_model
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


def finish_model(
    config: Config,
    recipe: Recipe,
    joined: Joined,
    store: Store,
    groups: np.ndarray | None,
    choose: np.ndarray | None = None,
    refit: bool = True,
) -> Model:
    """Return the model of all clips of ``joined``: from the store, or fitted now and kept.

    ``groups``, ``choose`` and ``refit`` as ``subjects``, ``choose`` and ``refit`` of ``fit_model``.
    """
    asked = {"groups": groups, "choose": choose, "refit": refit}
    key = key_of({**_common_part(config, joined), "model": asked, "skops": version("skops")})
    known = _recall_model(store.get(key))
    if known is not None:
        return known
    model = single_thread(fit_model, recipe, joined.measures, joined.labels, groups, choose, refit)
    _remember_model(store, key, model)
    return model


def _remember_model(store: Store, key: str, model: Model) -> None:
    from skops import io

    data = io.dumps({"encoder": model.encoder, "classifier": model.classifier})
    if set(io.get_untrusted_types(data=data)) - trusted_types():
        return
    arrays = {"model": np.frombuffer(data, np.uint8)}
    store.put(key, arrays, {"params": model.search.params, "table": model.search.table})


def _recall_model(entry: Any) -> Model | None:
    from skops import io

    if entry is None:
        return None
    arrays, values = entry
    try:
        parts = io.loads(arrays["model"].tobytes(), trusted=sorted(trusted_types()))
        search = Search(values["params"], values["table"])
        return Model(parts["encoder"], parts["classifier"], search)
    except Exception:  # of another toolkit or library: it is fitted again
        return None


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
