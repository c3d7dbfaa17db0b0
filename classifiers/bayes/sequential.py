"""The sequential learner: from no column upwards, many actions between two Newton steps.

One round: find the mode; compute what every column would gain (``frozen``); delete what should go,
re-estimate what is in, add the best of what is out, all with statistics that follow each action;
repeat until no action gains more than ``tol``. The statistics are those of the mode, so a round
that does much can lose evidence: the best state that was met is what is returned.

Source: Tipping and Faul, AISTATS 2003. Several actions per mode are ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .actions import best_alpha, gain_of_adding, gain_of_changing, gain_of_deleting, without_itself
from .frozen import Frozen, column_lengths
from .likelihoods import Likelihood
from .posterior import Mode, Posterior, Start, find_mode
from .threads import few_threads

Price = Callable[[int, int], float]


@dataclass(frozen=True)
class Control:
    """What guards the loop.

    Parameters
    ----------
    tol : float
        Nats: an action that gains less is not worth while.
    max_iter : int
        Rounds.
    price : callable, optional
        ``price(k, m)``: nats that a column must gain beyond ``tol`` when k of m are in. A column
        leaves when it is worth less than half of that.
    keep_one : bool
        Whether the last column stays whatever its gain; the first one pays no price.
    single : bool
        One action per mode, the best one, and only if the evidence truly rises.
    most_added : int
        Columns that a round may take in, at most.
    alignment : float
        A column whose cosine with an active one is above 1 minus this stays out.
    readmissions : int
        How often one column may be taken in.
    patience : int
        Rounds without a better state before the loop ends.
    """

    tol: float = 0.05
    max_iter: int = 100
    price: Price | None = None
    keep_one: bool = False
    single: bool = False
    most_added: int = 16
    alignment: float = 1e-3
    readmissions: int = 3
    patience: int = 6


def learn(
    columns: np.ndarray,
    likelihood: Likelihood,
    *,
    fixed: np.ndarray | None = None,
    control: Control | None = None,
    start: Start | None = None,
) -> Posterior:
    """Choose columns and their precisions by evidence.

    Parameters
    ----------
    columns : array (n, m)
        Candidates, float32 or float64.
    likelihood : Likelihood
        Over the n rows.
    fixed : array (n, p), optional
        Columns with flat priors; a column of ones where not given.
    control : Control, optional
    start : Start, optional
        Columns to begin with; none where not given.

    Returns
    -------
    Posterior

    Raises
    ------
    ValueError
        For arrays that do not fit each other.

    Examples
    --------
    >>> import numpy as np
    >>> from classifiers.bayes import Bernoulli
    >>> x = np.linspace(-3, 3, 40)
    >>> found = learn(np.column_stack([x, np.cos(7 * x)]), Bernoulli((x > 0) * 1.0))
    >>> found.active.tolist()
    [0]
    """
    with few_threads(columns.size):
        return _Learner(columns, likelihood, fixed, control or Control()).run(start)


@dataclass(frozen=True, eq=False)
class _State:
    """Active columns in order of arrival, precisions (q,) and mode; ``worth`` counts prices."""

    active: list[int]
    a: np.ndarray
    mode: Mode
    likelihood: Likelihood
    evidence: float
    worth: float


class _Learner:
    """One run of the loop."""

    def __init__(
        self,
        columns: np.ndarray,
        likelihood: Likelihood,
        fixed: np.ndarray | None,
        control: Control,
    ) -> None:
        n = likelihood.rows
        self.columns, self.control = columns, control
        self.fixed = np.ones((n, 1)) if fixed is None else np.asarray(fixed, dtype=float)
        if columns.ndim != 2 or len(columns) != n or len(self.fixed) != n:
            raise ValueError(
                f"columns and fixed must have the {n} rows of the likelihood; their shapes are "
                f"{columns.shape} and {self.fixed.shape}."
            )
        self.basis = np.linalg.qr(self.fixed)[0]
        lengths = column_lengths(columns)
        usable = np.isfinite(lengths) & (lengths > 0)
        self.lengths = np.where(usable, lengths, np.inf)
        self.first = likelihood
        self.taken: Counter[int] = Counter()
        self.banned: set[tuple[str, int]] = set()

    # the loop ----------------------------------------------------------------------------------

    def run(self, start: Start | None) -> Posterior:
        active, alpha = self._begin(start)
        state = self._settle(active, alpha, None, self.first)
        best, since, left, history = state, 0, 0.0, [state.evidence]
        converged = False
        for _ in range(self.control.max_iter):
            frozen = self._freeze(state)
            left = self._act(frozen)
            if left <= self.control.tol:
                converged = True
                break
            after = self._settle(frozen.active, frozen.a, frozen.u, state.likelihood)
            if self.control.single and after.worth < state.worth:
                continue
            state, self.banned = after, set()
            history.append(state.evidence)
            since = 0 if state.worth > best.worth + self.control.tol else since + 1
            best = state if state.worth > best.worth or self._must_grow(best) else best
            if since >= self.control.patience:
                converged = True
                break
        return self._finish(best, history, converged, left)

    def _begin(self, start: Start | None) -> tuple[list[int], np.ndarray]:
        none = np.zeros(self.fixed.shape[1])
        if start is None:
            return [], none
        usable = np.isfinite(self.lengths[start.active])
        active = np.asarray(start.active, dtype=int)[usable]
        alpha = np.asarray(start.alpha, dtype=float)[usable] / self.lengths[active] ** 2
        return active.tolist(), np.concatenate([none, alpha])

    def _settle(
        self, active: list[int], a: np.ndarray, u: np.ndarray | None, likelihood: Likelihood
    ) -> _State:
        """Return the state at the mode, with the likelihood adapted to it."""
        B = self._inside(active)
        u = np.zeros(B.shape[1]) if u is None else u
        mode = find_mode(B, a, likelihood, u)
        gamma = B.shape[1] - float(a @ np.diag(mode.covariance()))
        adapted = likelihood.adapted(mode.f, gamma)
        if adapted is not likelihood:
            likelihood, mode = adapted, find_mode(B, a, adapted, mode.u)
        evidence = mode.evidence(a)
        worth = evidence - sum(self._price(k) for k in range(len(active)))
        return _State(list(active), a, mode, likelihood, evidence, worth)

    def _inside(self, active: list[int]) -> np.ndarray:
        part = self.columns[:, active].astype(float) / self.lengths[active]
        return np.hstack([self.fixed, part])

    def _freeze(self, state: _State) -> Frozen:
        f = state.mode.f
        slope, curvature = state.likelihood.slope(f), state.likelihood.curvature(f)
        B = self._inside(state.active)
        return Frozen(
            self.columns, self.lengths, B, state.a, state.active, state.mode, slope, curvature
        )

    def _price(self, inside: int) -> float:
        if self.control.price is None:
            return 0.0
        return self.control.price(inside, self.columns.shape[1])

    def _must_grow(self, state: _State) -> bool:
        return self.control.keep_one and not state.active

    # one round ---------------------------------------------------------------------------------

    def _act(self, frozen: Frozen) -> float:
        """Do what gains, and return the largest gain that there was, nats."""
        if self.control.single:
            return self._act_once(frozen)
        left = self._delete(frozen)
        left = max(left, self._change(frozen))
        left = max(left, self._add(frozen))
        return max(left, self._change(frozen))

    def _delete(self, frozen: Frozen) -> float:
        most = 0.0
        while gains := self._deletions(frozen):
            gain, place = max(gains)
            most = max(most, gain)
            if gain <= 0:
                break
            frozen.remove(place)
        return most

    def _deletions(self, frozen: Frozen) -> list[tuple[float, int]]:
        """Return (gain, place) of the columns that may leave; half their price comes back."""
        if len(frozen.active) <= self.control.keep_one:
            return []
        alpha, S, Q = frozen.inside()
        gain = gain_of_deleting(alpha, S, Q) + 0.5 * self._price(len(frozen.active) - 1)
        s, q = without_itself(alpha, S, Q)
        lost = (q**2 <= s) | (gain > 0)
        gain = np.where(q**2 <= s, np.maximum(gain, 1e-12), gain)
        return [
            (float(gain[place]), int(place))
            for place in np.flatnonzero(lost)
            if ("delete", frozen.active[place]) not in self.banned
        ]

    def _changes(self, frozen: Frozen) -> tuple[np.ndarray, np.ndarray]:
        """Return (gain, new precision) of the active columns; a step is a factor of ten at most."""
        alpha, S, Q = frozen.inside()
        wanted = best_alpha(*without_itself(alpha, S, Q))
        new = np.clip(wanted, alpha / 10, alpha * 10)
        gain = np.maximum(gain_of_changing(alpha, new, S, Q), 0.0)
        if self.banned:
            gain[[("change", c) in self.banned for c in frozen.active]] = 0.0
        return gain, new

    def _change(self, frozen: Frozen, sweeps: int = 2) -> float:
        most = 0.0
        for _ in range(sweeps):
            gain, _ = self._changes(frozen)
            most = max(most, gain.max(initial=0.0))
            if gain.max(initial=0.0) <= 0.1 * self.control.tol:
                break
            for place in np.argsort(-gain).tolist():
                gained, new = self._one_change(frozen, place)
                if gained > 0.01 * self.control.tol:
                    frozen.change(place, new)
        return most

    def _one_change(self, frozen: Frozen, place: int) -> tuple[float, float]:
        """Return ``_changes`` of one active column, without arrays."""
        column, alpha = frozen.active[place], float(frozen.a[frozen.fixed + place])
        S, Q = max(float(frozen.S[column]), float(frozen.least[column])), float(frozen.Q[column])
        room = max(alpha - S, 1e-12 * alpha)
        s, q = alpha * S / room, alpha * Q / room
        wanted = s**2 / (q**2 - s) if q**2 > s else np.inf
        new = min(max(wanted, alpha / 10), alpha * 10)
        d = 1.0 / new - 1.0 / alpha
        return 0.5 * (Q**2 * d / (S * d + 1.0) - np.log1p(max(S * d, -1 + 1e-15))), new

    def _additions(self, frozen: Frozen) -> np.ndarray:
        """Return the gain of adding each column after its price, (m,); 0 where it must stay out."""
        S, Q = frozen.outside()
        gain = gain_of_adding(S, Q) - self._price(len(frozen.active))
        gain[frozen.active] = 0.0
        gain[~np.isfinite(self.lengths)] = 0.0
        barred = [c for c, times in self.taken.items() if times >= self.control.readmissions]
        gain[[*barred, *(c for what, c in self.banned if what == "add")]] = 0.0
        return gain

    def _add(self, frozen: Frozen) -> float:
        gain = self._additions(frozen)
        if self._must_grow_now(frozen):
            gain += self._price(0)
        candidates = self._apart(frozen, gain)
        if not len(candidates):
            return 0.0
        most = float(gain[candidates[0]])
        crossing = frozen.crossing(candidates)
        for number, column in enumerate(candidates):
            if number and self._additions(frozen)[column] <= max(self.control.tol, 0.25 * most):
                continue
            S, Q = frozen.outside()
            alpha = best_alpha(S[column], Q[column])
            if np.isfinite(alpha):
                frozen.add(int(column), float(alpha), crossing[:, number])
                self.taken[int(column)] += 1
        return most

    def _must_grow_now(self, frozen: Frozen) -> bool:
        return self.control.keep_one and not frozen.active

    def _apart(self, frozen: Frozen, gain: np.ndarray) -> np.ndarray:
        """Return the best columns to add, best first, none parallel to an active one or another."""
        most = 1 if self.control.single else self.control.most_added
        most = min(most, 1 + len(frozen.active) // 2)
        order = np.argsort(-gain, kind="stable")[: 8 * most]
        order = order[gain[order] > self.control.tol]
        if not len(order):
            return order
        together = np.concatenate([np.asarray(frozen.active, dtype=int), order])
        unit = self.columns[:, together].astype(float) / self.lengths[together]
        unit -= self.basis @ (self.basis.T @ unit)  # the offset may differ without being different
        unit /= np.maximum(np.sqrt(np.einsum("ij,ij->j", unit, unit)), 1e-30)
        cosine = np.abs(unit.T @ unit)
        chosen = list(range(len(frozen.active)))
        for place in range(len(frozen.active), len(together)):
            if len(chosen) - len(frozen.active) == most:
                break
            if not chosen or cosine[place, chosen].max() < 1 - self.control.alignment:
                chosen.append(place)
        return together[chosen[len(frozen.active) :]]

    def _act_once(self, frozen: Frozen) -> float:
        """Do the one action that gains most; it is banned until another one succeeds."""
        options: list[tuple[float, str, int]] = [
            (gain, "delete", place) for gain, place in self._deletions(frozen)
        ]
        change, new = self._changes(frozen)
        if len(change):
            options.append((float(change.max()), "change", int(change.argmax())))
        adding = self._additions(frozen)
        best = self._apart(frozen, adding)
        if len(best):
            options.append((float(adding[best[0]]), "add", int(best[0])))
        gain, what, number = max(options, default=(0.0, "", 0))
        if gain <= self.control.tol:
            return gain
        self._do(frozen, what, number, new)
        return gain

    def _do(self, frozen: Frozen, what: str, number: int, new: np.ndarray) -> None:
        column = number if what == "add" else frozen.active[number]
        self.banned.add((what, column))
        if what == "delete":
            frozen.remove(number)
        elif what == "change":
            frozen.change(number, float(new[number]))
        else:
            S, Q = frozen.outside()
            alpha = float(best_alpha(S[number], Q[number]))
            frozen.add(number, alpha, frozen.crossing(np.array([number]))[:, 0])
            self.taken[number] += 1

    # the end -----------------------------------------------------------------------------------

    def _finish(
        self, best: _State, history: list[float], converged: bool, left: float
    ) -> Posterior:
        p = self.fixed.shape[1]
        active = np.asarray(best.active, dtype=int)
        order = np.argsort(active)
        rows = np.concatenate([np.arange(p), p + order])
        scale = np.concatenate([np.ones(p), self.lengths[active[order]]])
        mean = best.mode.u[rows] / scale
        return Posterior(
            active=active[order],
            alpha=best.a[rows][p:] * scale[p:] ** 2,
            mean=mean[p:],
            fixed=mean[:p],
            covariance=best.mode.covariance()[np.ix_(rows, rows)] / np.outer(scale, scale),
            evidence=best.evidence,
            history=np.asarray(history),
            n_iter=len(history),
            converged=converged,
            left=float(left),
            likelihood=best.likelihood,
        )
