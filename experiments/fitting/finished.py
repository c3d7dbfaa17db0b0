"""Finished folds and models: kept in the store, so that a stopped run goes on where it was.

A model is kept as skops bytes. Loading them rebuilds the types that a bundle may hold and executes
nothing; a model that holds any other is fitted each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from recognizer.bundle import trusted_types
from sttm.parallel import single_thread
from sttm.store import Store, key_of

from ..config import Config
from ..folding.protocols import Fold, search_groups
from ..join import Joined
from ..keeping.provenance import versions
from .crossvalidation import FoldResult, folds_as_finished, judge_fold
from .reasons import as_arrays, from_arrays
from .search import Model, Recipe, Search, fit_model

# raised whenever encoding, searching or training gives other predictions for the same measures
MODELLING = 4


def finish_folds(
    config: Config,
    recipe: Recipe,
    joined: Joined,
    folds: list[Fold],
    store: Store,
    jobs: int,
    progress: Callable[[str, int, int], None],
    cluster: str = "",
) -> list[FoldResult]:
    """Return the result of every fold in order: finished ones from the store, the others made.

    Each is stored as soon as it is there, whatever others are still under way. The one fold of an
    official split tests the model that is kept, so that it is fitted once.
    """
    subjects = search_groups(config.protocol.name, joined.subjects)
    common = _common_part(config, joined)
    keys = [key_of({**common, "fold": _rows(f)}) for f in folds]
    kept = {n: r for n, k in enumerate(keys) if (r := _recall(store.get(k))) is not None}
    results = {n: replace(r, fold=folds[n].name) for n, r in kept.items()}  # a name shapes nothing
    waiting = [n for n in range(len(folds)) if n not in results]
    if waiting and not cluster and is_one_split(config, folds):
        model, _ = final_model(config, recipe, joined, folds, store)
        new = iter([(0, tested_by(model, joined, folds[0]))])
    else:
        new = _folds_anew(recipe, joined, [folds[n] for n in waiting], subjects, jobs, cluster)
    for place, result in new:
        number = waiting[place]
        _remember(store, keys[number], result)
        results[number] = result
        progress(folds[number].name, len(results), len(folds))
    return [results[n] for n in range(len(folds))]


def _folds_anew(
    recipe: Recipe,
    joined: Joined,
    folds: list[Fold],
    subjects: np.ndarray | None,
    jobs: int,
    cluster: str,
) -> Iterator[tuple[int, FoldResult]]:
    return folds_as_finished(
        recipe,
        joined.measures,
        joined.labels,
        subjects,
        folds,
        jobs=min(jobs, len(folds) or 1),
        cluster=cluster,
        shares=joined.shares,
    )


def is_one_split(config: Config, folds: list[Fold]) -> bool:
    """Return whether there is one model to test, so that the model that is kept is that one."""
    return config.protocol.name == "official-split" and len(folds) == 1


def final_model(
    config: Config, recipe: Recipe, joined: Joined, folds: list[Fold], store: Store
) -> tuple[Model, Joined]:
    """Return the model that is kept, and the clips that it was fitted on.

    Of an official split it is the very model that was tested, so that its test clips stay unseen;
    of folds it is one of all clips, for each of which other models were tested.
    """
    groups = search_groups(config.protocol.name, joined.subjects)
    if not is_one_split(config, folds):
        return finish_model(config, recipe, joined, store, groups), joined
    fold = folds[0]
    known = joined.take(fold.seen)
    held = None if groups is None else groups[fold.seen]
    choose = np.arange(len(fold.train), len(fold.seen))
    model = finish_model(config, recipe, known, store, held, choose, fold.refit)
    return model, known if fold.refit else joined.take(fold.train)


def tested_by(model: Model, joined: Joined, fold: Fold) -> FoldResult:
    """Return the result of a fold whose model is fitted."""
    classes = [str(c) for c in np.unique(joined.labels)]
    return single_thread(judge_fold, model, joined.measures[fold.test], classes, fold)


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
    rows = (joined.measures, joined.labels, groups, choose, refit)
    key = key_of({**_common_part(config, joined), "model": asked, "skops": version("skops")})
    known = _recall_model(store.get(key))
    if known is not None:
        return known
    model = single_thread(fit_model, recipe, *rows, joined.shares)
    _remember_model(store, key, model)
    return model


def _remember_model(store: Store, key: str, model: Model) -> None:
    from skops import io

    data = io.dumps({"encoder": model.encoder, "classifier": model.classifier})
    if set(io.get_untrusted_types(data=data)) - trusted_types():
        return
    arrays = {"model": np.frombuffer(data, np.uint8)}
    search = model.search
    values = {"params": search.params, "table": search.table, "facts": dict(model.facts)}
    store.put(key, arrays, values)


def _recall_model(entry: Any) -> Model | None:
    from skops import io

    if entry is None:
        return None
    arrays, values = entry
    try:
        parts = io.loads(arrays["model"].tobytes(), trusted=sorted(trusted_types()))
        search = Search(values["params"], values["table"])
        return Model(parts["encoder"], parts["classifier"], search, values.get("facts", {}))
    except Exception:  # of another toolkit or library: it is fitted again
        return None


def _common_part(config: Config, joined: Joined) -> dict[str, Any]:
    """Return what shapes every fold of an experiment, short."""
    content = hashlib.blake2b(np.ascontiguousarray(joined.measures).data, digest_size=20)
    people = key_of({"labels": joined.labels, "subjects": joined.subjects})
    soft = joined.shares
    shares = {} if soft is None else {"shares": key_of(vars(soft))}
    return {
        "measures": content.hexdigest(),
        "people": people,
        **shares,
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
        **as_arrays(result.reasons),
    }
    values = {
        "fold": result.fold,
        "classes": result.classes,
        "params": result.search.params,
        "table": result.search.table,
        "seconds": result.seconds,
        "trained": result.trained,
        "facts": dict(result.facts),
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
        values.get("facts", {}),
        from_arrays(arrays),
    )
