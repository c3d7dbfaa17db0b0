"""How often two annotators say which pair of labels, clip by clip, and kappa from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from .figure import BLOCK, Statistic, quotient

NONE = "(none)"  # no event, or no partner
ROUNDS = 500  # of iterative proportional fitting
SETTLED = 1e-10


@dataclass(frozen=True)
class Tally:
    """Pairs of labels per clip.

    Attributes
    ----------
    counts : sparse array (clips, labels * labels)
        Row-major: the first annotator's label, then the second's.
    labels : list of str
        ``NONE`` last, where it is there.
    """

    counts: sparse.csr_array
    labels: list[str]

    def tables(self, weights: np.ndarray) -> np.ndarray:  # (replicates, clips) -> (r, k, k)
        """Return the table of pairs for each row of weights of the clips."""
        k = len(self.labels)
        return np.asarray((self.counts.T @ weights.T).T).reshape(len(weights), k, k)


def tally(pairs: pd.DataFrame, clips: list[str]) -> Tally:
    """Return the tally of a table ``clip``, ``label_first``, ``label_second`` and maybe ``frames``.

    ``frames`` is how often a row counts, once unless it is there.
    """
    said = set(pairs["label_first"]) | set(pairs["label_second"])
    labels = [*sorted(said - {NONE}), *([NONE] if NONE in said else [])]
    index = pd.Index(labels, dtype=object)
    row = pd.Index(clips, dtype=object).get_indexer(pd.Index(pairs["clip"], dtype=object))
    first = index.get_indexer(pd.Index(pairs["label_first"], dtype=object))
    second = index.get_indexer(pd.Index(pairs["label_second"], dtype=object))
    often = pairs["frames"].to_numpy(dtype=float) if "frames" in pairs else np.ones(len(pairs))
    shape = (len(clips), len(labels) ** 2)
    cells = sparse.coo_array((often, (row, first * len(labels) + second)), shape=shape)
    return Tally(sparse.csr_array(cells), labels)


def plain_kappa(found: Tally) -> Statistic:
    """Return Cohen's kappa of a tally as a statistic of the clips' weights."""

    def statistic(weights: np.ndarray) -> np.ndarray:
        return _by_blocks(found, weights, _kappa)

    return statistic


def kappa_with_unmatched(found: Tally) -> Statistic:
    """Return kappa with ``NONE`` as a category; nobody can say ``NONE`` twice of one event."""

    def statistic(weights: np.ndarray) -> np.ndarray:
        return _by_blocks(found, weights, _kappa_without_corner)

    if found.labels[-1:] != [NONE]:
        return plain_kappa(found)
    return statistic


def _by_blocks(found: Tally, weights: np.ndarray, kappa: Statistic) -> np.ndarray:
    step = max(1, BLOCK // max(len(found.labels) ** 2, 1))
    parts = [weights[i : i + step] for i in range(0, len(weights), step)]
    return np.concatenate([kappa(found.tables(part)) for part in parts])


def _kappa(tables: np.ndarray) -> np.ndarray:  # (r, k, k) -> (r,)
    total = tables.sum(axis=(1, 2))
    observed = quotient(np.trace(tables, axis1=1, axis2=2), total)
    chance = quotient((tables.sum(axis=2) * tables.sum(axis=1)).sum(axis=1), total**2)
    return _beyond(observed, chance)


def _beyond(observed: np.ndarray, chance: np.ndarray) -> np.ndarray:
    room = np.where(1 - chance > 1e-12, 1 - chance, 0.0)
    return quotient(observed - chance, np.nan_to_num(room))  # Cohen 1960


def _kappa_without_corner(tables: np.ndarray) -> np.ndarray:
    total = tables.sum(axis=(1, 2))
    observed = quotient(np.trace(tables, axis1=1, axis2=2), total)
    expected = _fitted(tables)
    chance = quotient(np.trace(expected, axis1=1, axis2=2), total)
    chance[tables[:, :-1, :-1].sum(axis=(1, 2)) == 0] = 0.0  # no pair: the fit tends to this
    chance[total == 0] = np.nan
    return _beyond(observed, chance)


def _fitted(tables: np.ndarray) -> np.ndarray:
    """Return tables with the same sums, independent but for the last cell, which is 0.

    Iterative proportional fitting (Deming, Stephan 1940, doi:10.1214/aoms/1177731829).
    """
    rows, columns = tables.sum(axis=2, keepdims=True), tables.sum(axis=1, keepdims=True)
    fitted = np.ones_like(tables)
    fitted[:, -1, -1] = 0.0
    for _ in range(ROUNDS):
        before = fitted
        fitted = fitted * _ratio(rows, fitted.sum(axis=2, keepdims=True))
        fitted = fitted * _ratio(columns, fitted.sum(axis=1, keepdims=True))
        if np.abs(fitted - before).max(initial=0.0) < SETTLED:
            break
    return fitted


def _ratio(wanted: np.ndarray, have: np.ndarray) -> np.ndarray:
    return np.divide(wanted, have, out=np.zeros_like(wanted), where=have > 0)
