"""The rounds of the softmax learner; the model is explained in ``softmax``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .sequential import Control
from .softmax_frozen import Frozen, improve
from .softmax_mode import Labels, Mode, Pairs, find_mode, make_pairs
from .softmax_ranking import Candidates, Pick, Ranking

ROUGH = 1e-3  # nats that Newton may leave while columns still come and go
EXACT = 1e-15
WORTH_WHILE = 0.05  # part of a round's first gain that the later ones must have


@dataclass(frozen=True)
class Choice:
    """Columns that are in (k,), their precisions (k, classes; infinity: out) and weights."""

    active: list[int]
    alpha: np.ndarray
    weights: np.ndarray  # (1 + k, classes), biases first

    def ordered(self) -> Choice:
        """Return the same with rising columns."""
        order = np.argsort(self.active)
        rows = np.concatenate([[0], 1 + order]).astype(int)
        return Choice([self.active[i] for i in order], self.alpha[order], self.weights[rows])

    def with_pick(self, pick: Pick) -> Choice:
        """Return the same with one more column, or with one more class of a column."""
        active, alpha, weights = list(self.active), self.alpha.copy(), self.weights
        if pick.column not in active:
            active.append(pick.column)
            alpha = np.vstack([alpha, np.full((1, alpha.shape[1]), np.inf)])
            weights = np.vstack([weights, np.zeros((1, alpha.shape[1]))])
        alpha[active.index(pick.column), slice(None) if pick.label is None else pick.label] = (
            1.0 / pick.x
        )
        return Choice(active, alpha, weights)

    def without_unused(self) -> Choice:
        """Return the same without columns that no class uses."""
        used = np.isfinite(self.alpha).any(axis=1)
        active = [column for column, kept in zip(self.active, used, strict=True) if kept]
        return Choice(active, self.alpha[used], self.weights[np.concatenate([[True], used])])


@dataclass(frozen=True)
class State:
    """A choice at its mode."""

    choice: Choice
    pairs: Pairs
    design: np.ndarray
    precision: np.ndarray
    mode: Mode
    evidence: float
    worth: float  # evidence less the prices of the columns


@dataclass(frozen=True)
class Run:
    """The best state, and how it was come by."""

    state: State
    history: list[float]
    converged: bool
    left: float


class SoftmaxLearner:
    """One problem; ``run`` solves it."""

    def __init__(self, columns: np.ndarray, labels: Labels, shared: bool, control: Control):
        self.candidates = Candidates(columns)
        self.labels, self.shared, self.control = labels, shared, control
        size = len(self.candidates.length)
        self.taken = np.zeros((size, 1 if shared else labels.classes), dtype=int)
        self.alike: dict[int, np.ndarray] = {}  # column -> columns that point the same way

    def run(self) -> Run:
        """Return the best state that the rounds met."""
        state = best = self.settle(self._empty(), ROUGH)
        history, left, stale = [state.evidence], 0.0, 0
        while len(history) < self.control.max_iter and stale < self.control.patience:
            choice, left = self._round(state)
            if left <= self.control.tol:
                break
            state = self.settle(choice, ROUGH)
            history.append(state.evidence)
            stale = 0 if state.worth > best.worth + self.control.tol else stale + 1
            best = state if state.worth > best.worth or self._must_grow(best) else best
        exact = self.settle(best.choice.ordered(), EXACT)
        return Run(exact, history, left <= self.control.tol, left)

    def _empty(self) -> Choice:
        counts = self.labels.weight @ self.labels.target
        bias = np.log(counts / counts.sum())
        return Choice([], np.empty((0, len(bias))), (bias - bias.mean())[None])

    def settle(self, choice: Choice, tol: float) -> State:
        """Return the state at the mode of a choice."""
        pairs, design, precision = self._layout(choice)
        start = choice.weights[pairs.column, pairs.label]
        mode = find_mode(design, pairs, precision, self.labels, start, tol=tol)
        weights = pairs.table(mode.weights, design.shape[1])
        evidence = self._evidence(precision, mode)
        worth = evidence - sum(map(self._price, range(len(choice.active))))
        settled = Choice(choice.active, choice.alpha, weights)
        return State(settled, pairs, design, precision, mode, evidence, worth)

    def _layout(self, choice: Choice) -> tuple[Pairs, np.ndarray, np.ndarray]:
        pairs = make_pairs(np.isfinite(choice.alpha))
        ones = np.ones(len(self.labels.weight))
        design = np.column_stack([ones, self.candidates.take(choice.active)])
        with_bias = np.vstack([np.zeros((1, self.labels.classes)), choice.alpha])
        return pairs, design, with_bias[pairs.column, pairs.label]

    def _evidence(self, precision: np.ndarray, mode: Mode) -> float:
        classes = self.labels.classes
        prior = 0.5 * np.log(precision[precision > 0]).sum()
        flat = 0.5 * ((classes - 1) * np.log(2 * np.pi) + np.log(classes))
        return float(mode.objective + prior - 0.5 * mode.log_determinant() + flat)

    def _price(self, inside: int) -> float:
        if self.control.price is None:
            return 0.0
        return self.control.price(inside, len(self.candidates.length))

    def _must_grow(self, state: State) -> bool:
        return self.control.keep_one and not state.choice.active

    # one round

    def _round(self, state: State) -> tuple[Choice, float]:
        """Return the choice after all moves that gain while the curvature stands still."""
        grown = state.choice
        for pick in self._picks(state):
            grown = grown.with_pick(pick)
        pairs, design, precision = self._layout(grown)
        frozen = Frozen(
            design,
            pairs,
            precision,
            self.labels,
            grown.weights[pairs.column, pairs.label],
            state.mode.probability,
            self.shared,
        )
        first = frozen.groups[:, 0]
        place, label = pairs.column[first] - 1, pairs.label[first]
        fresh = np.ones(grown.alpha.shape, dtype=bool)
        fresh[: len(state.choice.active)] = ~np.isfinite(state.choice.alpha)
        least = self._price(len(state.choice.active))
        control = self.control
        left = improve(frozen, fresh[place, label], least, control.tol, control.keep_one)
        alpha = np.full_like(grown.alpha, np.inf)
        which = slice(None) if self.shared else label
        alpha[place, which] = frozen.alpha[:, None] if self.shared else frozen.alpha
        weights = pairs.table(frozen.mu, len(grown.weights))
        return Choice(grown.active, alpha, weights).without_unused(), left

    # what comes in

    def _picks(self, state: State) -> list[Pick]:
        """Return the most promising candidates, each after those before it."""
        ranking = Ranking(
            self.candidates,
            state.design,
            state.pairs,
            state.precision,
            self.labels,
            state.mode.probability,
            self.shared,
        )
        barred, inside = self._barred(state.choice), len(state.choice.active)
        picks: list[Pick] = []
        needed = self.control.tol
        for _ in range(max(self.control.most_added, inside // 2)):
            if barred.all():
                break
            x, gain = ranking.gains()
            gain = np.where(barred, -np.inf, gain - self._price(inside + len(picks)))
            column, slot = divmod(int(gain.argmax()), gain.shape[1])
            best = float(gain[column, slot])
            forced = self._must_grow(state) and not picks and x[column, slot] > 0
            if best <= needed and not forced:
                break
            needed = max(needed, WORTH_WHILE * best)
            pick = Pick(column, None if self.shared else slot, float(x[column, slot]))
            ranking.add(pick)
            picks.append(pick)
            self.taken[column, slot] += 1
            barred[self._alike(column), slot] = True
        return picks

    def _barred(self, choice: Choice) -> np.ndarray:
        """Return which candidates may not come in, (m, 1) if shared, else (m, classes)."""
        barred = self.taken >= self.control.readmissions
        barred[~np.isfinite(self.candidates.length)] = True
        for column, alpha in zip(choice.active, choice.alpha, strict=True):
            slots = [0] if self.shared else np.flatnonzero(np.isfinite(alpha))
            for slot in slots:
                barred[self._alike(column), slot] = True
        return barred

    def _alike(self, column: int) -> np.ndarray:
        if column not in self.alike:
            cosine = np.abs(self.candidates.dot(self.candidates.take([column])))[:, 0]
            near = np.append(np.flatnonzero(cosine > 1 - self.control.alignment), column)
            self.alike[column] = near
        return self.alike[column]
