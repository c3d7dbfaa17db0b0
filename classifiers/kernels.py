"""Kernels between rows: one dictionary of names, bounded memory, float64 results.

A kernel is computed in two steps. ``base_matrix`` is the expensive part and knows no parameter
(inner products, distances, sums of minima); ``from_base`` is cheap and knows them all. So a search
over ``gamma`` or ``C`` computes the base matrix once.

| name | k(x, y) | input |
|---|---|---|
| linear | <x, y> | any |
| polynomial | (gamma <x, y> + coef0)^degree | any |
| rbf | exp(-gamma sum (x - y)^2) | any |
| chi-square | exp(-gamma sum (x - y)^2 / (x + y)), 0/0 = 0 | >= 0 |
| intersection | sum min(x, y) | >= 0 |
| hellinger | sum sqrt(x y) | >= 0 |

All six are positive semi-definite: rbf and polynomial see Schoelkopf and Smola, Learning with
Kernels, 2002; chi-square: Fowlkes et al., TPAMI 26(2), 2004, doi:10.1109/TPAMI.2004.1262185;
intersection: Barla, Odone and Verri, ICIP 2003, doi:10.1109/ICIP.2003.1247294.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

import numpy as np

from .names import unknown

Kernel = str | Callable[[np.ndarray, np.ndarray], np.ndarray]
Gamma = float | str
_CHUNK = 1 << 18  # numbers in one work array of the elementwise kernels: it stays in the cache
_BLOCK = 1 << 23  # numbers in one float64 copy for matrix products: 64 MiB


@dataclass(frozen=True)
class Family:
    """What one named kernel is made of.

    ``base`` maps (n, d), (m, d) or None to the parameter-free matrix (n, m); ``finish`` maps it
    and (gamma, degree, coef0) to the kernel; ``features`` is the explicit feature map of a kernel
    that is an inner product of mapped columns, and None otherwise; ``gamma`` says what "scale" is
    taken from: nothing, the columns' variance, or the distances.
    """

    base: Callable[[np.ndarray, np.ndarray | None], np.ndarray]
    finish: Callable[[np.ndarray, float, int, float], np.ndarray]
    features: Callable[[np.ndarray], np.ndarray] | None = None
    non_negative: bool = False
    gamma: str = "none"


# the parameter-free part ------------------------------------------------------------------------


def inner_products(X: np.ndarray, Y: np.ndarray | None = None) -> np.ndarray:
    """Return <x, y> for all rows, (n, d), (m, d) -> (n, m) float64, in chunks of columns.

    Sums are taken in float64 whatever the input is.
    """
    other = X if Y is None else Y
    total = np.zeros((len(X), len(other)))
    step = max(64, _BLOCK // max(len(X), len(other), 1))
    for start in range(0, X.shape[1], step):
        part = X[:, start : start + step].astype(np.float64, copy=False)
        if Y is None:
            total += part @ part.T
        else:
            total += part @ Y[:, start : start + step].astype(np.float64, copy=False).T
    return total


def squared_distances(X: np.ndarray, Y: np.ndarray | None = None) -> np.ndarray:
    """Return sum (x - y)^2 for all rows, (n, m) float64; exactly 0 on the diagonal without ``Y``.

    Rows are moved to the mean of ``Y`` first, so that a large common offset costs no digits.
    """
    middle = (X if Y is None else Y).mean(axis=0, dtype=np.float64)
    left = X - middle
    if Y is None:
        product = inner_products(left)
        norms = np.diag(product)
        out = norms[:, None] + norms[None, :] - 2.0 * product
        np.fill_diagonal(out, 0.0)
    else:
        right = Y - middle
        norms_x = np.einsum("ij,ij->i", left, left)
        norms_y = np.einsum("ij,ij->i", right, right)
        out = norms_x[:, None] + norms_y[None, :] - 2.0 * inner_products(left, right)
    return np.maximum(out, 0.0, out=out)


def chi_square_distances(X: np.ndarray, Y: np.ndarray | None = None) -> np.ndarray:
    """Return sum (x - y)^2 / (x + y) for all rows, with 0/0 = 0; (n, m) float64."""

    def one(rows: np.ndarray, row: np.ndarray, work: np.ndarray) -> np.ndarray:
        difference, ratio = work
        np.add(rows, row, out=ratio)
        ratio += np.finfo(rows.dtype).tiny  # 0/0 becomes 0, other sums stay what they are
        np.subtract(rows, row, out=difference)
        np.divide(difference, ratio, out=ratio)
        return np.einsum("ij,ij->i", difference, ratio)

    return _row_by_row(one, 2, X, Y)


def minimum_sums(X: np.ndarray, Y: np.ndarray | None = None) -> np.ndarray:
    """Return sum min(x, y) for all rows; (n, m) float64."""

    def one(rows: np.ndarray, row: np.ndarray, work: np.ndarray) -> np.ndarray:
        return np.minimum(rows, row, out=work[0]) @ np.ones(rows.shape[1], rows.dtype)

    return _row_by_row(one, 1, X, Y)


def _row_by_row(
    one: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    arrays: int,
    X: np.ndarray,
    Y: np.ndarray | None,
) -> np.ndarray:
    """Sum ``one(rows, row, work)`` over chunks of columns that stay in the cache.

    Within a chunk numbers keep the input's kind (float32 is twice as fast); chunks are added up in
    float64. Without ``Y`` only one triangle is computed.
    """
    other = X if Y is None else Y
    kind = np.result_type(X, other, np.float32)
    total = np.zeros((len(other), len(X)))
    step = int(np.clip(_CHUNK // max(len(X), 1), 16, 1024))
    for start in range(0, X.shape[1], step):
        rows = np.ascontiguousarray(X[:, start : start + step], dtype=kind)
        lines = rows if Y is None else np.ascontiguousarray(Y[:, start : start + step], dtype=kind)
        work = np.empty((arrays, *rows.shape), kind)
        for i, line in enumerate(lines):
            low = i if Y is None else 0
            total[i, low:] += one(rows[low:], line, work[:, low:])
    if Y is None:
        return np.triu(total) + np.triu(total, 1).T
    return np.ascontiguousarray(total.T)


# the family -------------------------------------------------------------------------------------


def _hellinger(X: np.ndarray, Y: np.ndarray | None = None) -> np.ndarray:
    return inner_products(np.sqrt(X), None if Y is None else np.sqrt(Y))


def _as_is(base: np.ndarray, gamma: float, degree: int, coef0: float) -> np.ndarray:
    return base


def _exponential(base: np.ndarray, gamma: float, degree: int, coef0: float) -> np.ndarray:
    return np.exp(-gamma * base)


def _polynomial(base: np.ndarray, gamma: float, degree: int, coef0: float) -> np.ndarray:
    return (gamma * base + coef0) ** degree


KERNELS: dict[str, Family] = {
    "linear": Family(inner_products, _as_is, features=np.asarray),
    "polynomial": Family(inner_products, _polynomial, gamma="columns"),
    "rbf": Family(squared_distances, _exponential, gamma="columns"),
    "chi-square": Family(chi_square_distances, _exponential, non_negative=True, gamma="distances"),
    "intersection": Family(minimum_sums, _as_is, non_negative=True),
    "hellinger": Family(_hellinger, _as_is, features=np.sqrt, non_negative=True),
}


def family(kernel: str) -> Family:
    """Return the named kernel's family, or refuse the name."""
    if kernel not in KERNELS:
        raise ValueError(unknown("kernel", kernel, KERNELS))
    return KERNELS[kernel]


def check_rows(kernel: str, X: np.ndarray) -> None:
    """Refuse negative numbers where the kernel is defined on histograms only."""
    if family(kernel).non_negative and X.size and X.min() < 0:
        raise ValueError(
            f"Negative values in data: the {kernel} kernel needs at least 0 and the lowest is "
            f"{X.min():g}; use histograms, scaling='minmax', or another kernel."
        )


def base_matrix(kernel: str, X: np.ndarray, Y: np.ndarray | None = None) -> np.ndarray:
    """Return the parameter-free part of a kernel, (n, d), (m, d) -> (n, m) float64."""
    check_rows(kernel, X)
    if Y is not None:
        check_rows(kernel, Y)
    return family(kernel).base(X, Y)


def from_base(
    kernel: str, base: np.ndarray, gamma: float = 1.0, degree: int = 3, coef0: float = 1.0
) -> np.ndarray:
    """Return the kernel (n, m) of a base matrix (n, m)."""
    return family(kernel).finish(base, gamma, degree, coef0)


def choose_gamma(kernel: str, gamma: Gamma, X: np.ndarray | None, base: np.ndarray | None) -> float:
    """Return gamma as a number, from the training rows alone.

    Parameters
    ----------
    kernel : str
        A name in ``KERNELS``.
    gamma : float, "scale" or "median"
        A number above 0 stays. ``"scale"`` is 1 / (columns * variance of all numbers) for rbf and
        polynomial, as in scikit-learn, and 1 / mean distance for chi-square (Zhang et al., IJCV
        73(2), 2007, doi:10.1007/s11263-006-9794-4). ``"median"`` is 1 / median distance between
        different rows, for rbf (squared distance) and chi-square.
    X : array (n, d)
        Training rows; looked at by ``"scale"`` for rbf and polynomial.
    base : array (n, n)
        Their base matrix; looked at where a distance is needed.
    """
    kind = family(kernel).gamma
    if isinstance(gamma, Real) and not isinstance(gamma, bool):
        if not 0 < float(gamma) < np.inf:
            raise ValueError(f"gamma must be above 0, it is {gamma!r}.")
        return float(gamma)
    if gamma not in ("scale", "median"):
        raise ValueError(f"gamma must be a number, 'scale' or 'median', not {gamma!r}.")
    if kind == "none":
        return 1.0
    if gamma == "scale" and kind == "columns":
        assert X is not None
        spread = X.shape[1] * X.var(dtype=np.float64)
    elif kernel == "polynomial":
        raise ValueError("gamma='median' needs a distance; the polynomial kernel has none.")
    else:
        assert base is not None
        apart = base[np.triu_indices(len(base), 1)]
        spread = np.median(apart) if gamma == "median" else apart.mean() if apart.size else 0.0
    return 1.0 / float(spread) if spread > 0 else 1.0


def gram(
    kernel: Kernel,
    X: np.ndarray,
    Y: np.ndarray | None = None,
    *,
    gamma: float = 1.0,
    degree: int = 3,
    coef0: float = 1.0,
) -> np.ndarray:
    """Return the kernel between the rows of ``X`` (n, d) and ``Y`` (m, d; X itself if None).

    Parameters
    ----------
    kernel : str or callable
        A name in ``KERNELS``, or ``f(X, Y) -> (n, m)``.
    gamma, degree, coef0
        As in the table above; see ``choose_gamma`` for heuristics.

    Returns
    -------
    array (n, m) float64

    Raises
    ------
    ValueError
        For an unknown name, or negative values where the kernel needs histograms.

    Examples
    --------
    >>> import numpy as np
    >>> gram("intersection", np.array([[1.0, 2.0], [3.0, 0.0]])).tolist()
    [[3.0, 1.0], [1.0, 3.0]]
    """
    if callable(kernel):
        other = X if Y is None else Y
        out = np.asarray(kernel(X, other), dtype=np.float64)
        if out.shape != (len(X), len(other)):
            raise ValueError(
                f"a kernel function must return shape {(len(X), len(other))}, not {out.shape}."
            )
        if not np.isfinite(out).all():
            raise ValueError("a kernel function must return finite numbers, not nan or infinity.")
        return out
    return from_base(kernel, base_matrix(kernel, X, Y), gamma, degree, coef0)
