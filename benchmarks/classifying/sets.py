"""All data by name, cut into parts: a fold of a fixed set, or one draw of a synthetic one.

Part p of a set is the same for every method and in every run. Fixed sets are cut by stratified
5-fold cross-validation, repeated with other folds from part 5 on. Names of synthetic sets say
family, training rows and columns: ``add_300_500``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.datasets import make_classification as clusters
from sklearn.model_selection import RepeatedStratifiedKFold

from classifiers.names import unknown

from . import generators
from .generators import Drawn

TEST_ROWS = 2000
MOST_REPEATS = 20
SPLITS = 5


@dataclass(frozen=True)
class Part:
    """Training rows, test rows made when they are asked for, and the truth where it is known.

    Parameters
    ----------
    X, y : array (n, columns), (n,)
        Training rows and their labels, 0, 1 ...
    test : callable
        Returns the test rows and labels.
    true : array of int, optional
        Columns that matter, or their groups where ``groups`` is given.
    groups : array (columns,), optional
        Number of the block that each column belongs to.
    """

    X: np.ndarray
    y: np.ndarray
    test: Callable[[], Drawn]
    true: np.ndarray | None = None
    groups: np.ndarray | None = None


def part(name: str, number: int) -> Part:
    """Return part ``number`` of the set called ``name``.

    Raises
    ------
    ValueError
        For a name that is none.

    Examples
    --------
    >>> cut = part("iris", 0)
    >>> cut.X.shape, cut.test()[0].shape
    ((120, 4), (30, 4))
    """
    if name in FIXED:
        return _fold(FIXED[name](), number)
    if name in TEXTBOOK:
        return _textbook(name, number)
    family, *sizes = name.split("_")
    if family not in FAMILIES:
        raise ValueError(unknown("set", name, [*FIXED, *TEXTBOOK, *FAMILIES]))
    if len(sizes) != 2 or not all(size.isdigit() for size in sizes):
        raise ValueError(f"a set of {family!r} is called {family}_ROWS_COLUMNS, not {name!r}.")
    return FAMILIES[family](int(sizes[0]), int(sizes[1]), number)


def rows_of(name: str) -> int:
    """Return how many training rows the name of a synthetic set states; 0 for other sets.

    >>> rows_of("mc_1000_20"), rows_of("iris")
    (1000, 0)
    """
    pieces = name.split("_")
    return int(pieces[1]) if len(pieces) == 3 and pieces[0] in FAMILIES else 0


# fixed sets, cut into folds -----------------------------------------------------------------


def _digits(*wanted: int) -> Drawn:
    X, y = load_digits(return_X_y=True)
    if not wanted:
        return X, y
    kept = np.isin(y, wanted)
    return X[kept], (y[kept] == wanted[1]).astype(int)


FIXED: dict[str, Callable[[], Drawn]] = {
    "breast cancer": lambda: load_breast_cancer(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "iris": lambda: load_iris(return_X_y=True),
    "digits 3 v 8": lambda: _digits(3, 8),
    "digits": _digits,
    "waveform": lambda: generators.waveform(np.random.default_rng(0), 500),
}


def _fold(data: Drawn, number: int) -> Part:
    X, y = data
    folds = RepeatedStratifiedKFold(n_splits=SPLITS, n_repeats=MOST_REPEATS, random_state=0)
    train, test = next(islice(folds.split(X, y), number, None))
    return Part(X[train], y[train], lambda: (X[test], y[test]))


# textbook sets: a new draw per part ---------------------------------------------------------


def _one_against_two(rng: np.random.Generator, rows: int) -> Drawn:
    X, y = generators.waveform(rng, rows)
    return X, (y == 0).astype(int)


_PLAIN: dict[str, tuple[Callable[[np.random.Generator, int], Drawn], int, int]] = {
    "ripley": (generators.ripley, 250, 1000),
    "waveform 1 v 2": (_one_against_two, 400, 4600),
    "twonorm": (generators.twonorm, 400, 7000),
    "ringnorm": (generators.ringnorm, 400, 7000),
}
TEXTBOOK = _PLAIN | {
    f"{name} + 50": (generators.with_noise(draw), train, test)
    for name, (draw, train, test) in _PLAIN.items()
}


def _textbook(name: str, number: int) -> Part:
    draw, train, test = TEXTBOOK[name]
    X, y = draw(np.random.default_rng([1, number]), train)
    informative = generators.NORM_COLUMNS + 1 if "waveform" in name else generators.NORM_COLUMNS
    true = np.arange(2 if "ripley" in name else informative)
    return Part(X, y, lambda: draw(np.random.default_rng([2, number]), test), true)


# families of synthetic sets: a new draw per part --------------------------------------------


def _bernoulli(log_odds: Callable[[np.ndarray], np.ndarray], true: int) -> Callable[..., Part]:
    def make(rows: int, columns: int, number: int) -> Part:
        def draw(stream: int, count: int) -> Drawn:
            rng = np.random.default_rng([stream, number])
            return generators.bernoulli(rng, count, columns, log_odds)

        return Part(*draw(1, rows), lambda: draw(2, TEST_ROWS), np.arange(true))

    return make


def _clusters(rows: int, columns: int, number: int) -> Part:
    X, y = clusters(
        rows + TEST_ROWS,
        columns,
        n_informative=5,
        n_redundant=0,
        flip_y=0.05,
        class_sep=1.0,
        shuffle=False,
        random_state=number,
    )
    order = np.random.default_rng(number).permutation(len(X))
    train, test = order[:rows], order[rows:]
    return Part(X[train], y[train], lambda: (X[test], y[test]), np.arange(5))


def _blocks(rows: int, columns: int, number: int) -> Part:
    bins = 59
    blocks = max(columns // bins, 6)
    made = generators.block_histograms(np.random.default_rng([0, number]), blocks, bins)
    X, y = made.draw(np.random.default_rng([1, number]), rows)
    groups = np.repeat(np.arange(blocks), bins)
    return Part(
        X, y, lambda: made.draw(np.random.default_rng([2, number]), TEST_ROWS), np.arange(5), groups
    )


def _bins(rows: int, columns: int, number: int) -> Part:
    bins = 50
    made = generators.single_bins(np.random.default_rng([0, number]), max(columns // bins, 20))
    X, y = made.draw(np.random.default_rng([1, number]), rows)
    true = np.arange(20) * bins
    return Part(X, y, lambda: made.draw(np.random.default_rng([2, number]), 1000), true)


FAMILIES: dict[str, Callable[[int, int, int], Part]] = {
    "add": _bernoulli(generators.additive_log_odds, 5),
    "mul": _bernoulli(generators.multiplicative_log_odds, 5),
    "xor": _bernoulli(generators.crossed_log_odds, 2),
    "mc": _clusters,
    "blocks": _blocks,
    "bins": _bins,
}
