"""Slow twins of sparse Bayesian learning, written from the sources with dense algebra.

Sources: Tipping, JMLR 1, 2001; Tipping and Faul, AISTATS 2003; Bishop, PRML, 2006, section 7.2.

The model is ``f = fixed b + columns w`` with ``w_m ~ N(0, 1 / alpha_m)``. The prior of ``b`` is
flat with density 1, so that every evidence here is the integral of ``p(t | b, w) p(w)`` over ``b``
and ``w`` with nothing left out. A column that is not in the model has ``alpha`` infinite. A weight
of a row multiplies the logarithm of its likelihood. The twins of RSFM are in ``reference_rsfm``.

In reading order:

laplace, regression      mode, covariance and evidence at given precisions
softmax                  the same for several classes, with the full Hessian
by_grid, by_sampling     the evidence without Laplace, by brute force
reestimated              batch re-estimation of the precisions (EM, MacKay's fixed point)
Frozen                   S, Q, s, q, theta and gains of a Gaussian approximation, by definition
moderated                the probability under a Gaussian f, by numerical integration
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.special import gammaln

LOG_2PI = float(np.log(2 * np.pi))


@dataclass
class Fit:
    """A posterior: b (p,), w (k,), their covariance, evidence (nats) and f (n,)."""

    b: np.ndarray
    w: np.ndarray
    covariance: np.ndarray
    evidence: float
    f: np.ndarray


def ones(n: int) -> np.ndarray:
    """Return the column of ones, (n, 1)."""
    return np.ones((n, 1))


def log_bernoulli(f: np.ndarray, t: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the log likelihood of targets t in 0..1, row by row."""
    total = 0.0
    for i in range(len(t)):
        each = t[i] * -np.logaddexp(0, -f[i]) + (1 - t[i]) * -np.logaddexp(0, f[i])
        total += each if weights is None else weights[i] * each
    return float(total)


def probability(f: np.ndarray) -> np.ndarray:
    """Return the logistic function of f."""
    return np.exp(-np.logaddexp(0, -f))


def laplace(columns, alpha, t, *, fixed=None, weights=None, offset=0.0) -> Fit:
    """Return the Laplace approximation of a Bernoulli model, by Newton (PRML 7.110 to 7.114)."""
    n, k = columns.shape
    fixed = ones(n) if fixed is None else fixed
    weights = np.ones(n) if weights is None else weights
    p = fixed.shape[1]
    design = np.hstack([fixed, columns])
    prior = np.diag(np.concatenate([np.zeros(p), alpha]))

    def objective(theta):
        f = offset + design @ theta
        return log_bernoulli(f, t, weights) - 0.5 * theta @ prior @ theta

    theta = np.zeros(p + k)
    for _ in range(300):
        y = probability(offset + design @ theta)
        gradient = design.T @ (weights * (t - y)) - prior @ theta
        hessian = design.T @ np.diag(weights * y * (1 - y)) @ design + prior
        step, size = np.linalg.solve(hessian, gradient), 1.0
        while gradient @ step > 1e-8 and objective(theta + size * step) < objective(theta):
            size /= 2  # not at the end, where rounding decides
        theta = theta + size * step
        if gradient @ step < 1e-18:  # twice what was left; the next error is its square
            break
    f = offset + design @ theta
    y = probability(f)
    hessian = design.T @ np.diag(weights * y * (1 - y)) @ design + prior
    evidence = objective(theta) + 0.5 * np.sum(np.log(alpha)) - 0.5 * k * LOG_2PI
    evidence += 0.5 * (p + k) * LOG_2PI - 0.5 * np.linalg.slogdet(hessian)[1]
    return Fit(theta[:p], theta[p:], np.linalg.inv(hessian), float(evidence), f)


def regression(columns, alpha, t, noise, *, fixed=None, weights=None, offset=0.0) -> Fit:
    """Return the exact posterior of a Gaussian model of variance ``noise`` (PRML 7.82 to 7.86).

    The evidence is the density of t under N(0, C), in the space that ``fixed`` leaves over. A
    weight other than 1 stands for so many equal rows.
    """
    n = len(columns)
    fixed = ones(n) if fixed is None else fixed
    weights = np.ones(n) if weights is None else weights
    p = fixed.shape[1]
    design = np.hstack([fixed, columns])
    precision = np.diag(weights / noise)
    prior = np.diag(np.concatenate([np.zeros(p), alpha]))
    covariance = np.linalg.inv(design.T @ precision @ design + prior)
    theta = covariance @ design.T @ precision @ (t - offset)
    evidence = marginal(t - offset, np.full(n, noise) / weights, columns, alpha, fixed)
    # N(t | f, noise) ** weight is N(t | f, noise / weight) times this factor
    evidence += float(np.sum(0.5 * np.log(noise / weights) - 0.5 * weights * np.log(noise)))
    evidence += float(np.sum(0.5 * (1 - weights))) * LOG_2PI
    return Fit(theta[:p], theta[p:], covariance, evidence, offset + design @ theta)


def marginal(z, variance, columns, alpha, fixed) -> float:
    """Return log of the integral of N(z | fixed b, C) over b; C is ``prior_covariance``."""
    n, p = fixed.shape
    inverse = np.linalg.inv(prior_covariance(variance, columns, alpha))
    inner = fixed.T @ inverse @ fixed
    residual = inverse - inverse @ fixed @ np.linalg.solve(inner, fixed.T @ inverse)
    log_det = -np.linalg.slogdet(inverse)[1] + np.linalg.slogdet(inner)[1]
    return float(-0.5 * ((n - p) * LOG_2PI + log_det + z @ residual @ z))


def prior_covariance(variance, columns, alpha) -> np.ndarray:
    """Return C = diag(variance) + sum over m of phi_m phi_m' / alpha_m, column by column."""
    total = np.diag(np.asarray(variance, float))
    for m in range(columns.shape[1]):
        if np.isfinite(alpha[m]):
            total = total + np.outer(columns[:, m], columns[:, m]) / alpha[m]
    return total


def softmax(columns, alpha, labels, weights=None) -> tuple[np.ndarray, np.ndarray, float]:
    """Return mode (m, classes), Hessian over free weights and Laplace evidence of a softmax model.

    ``alpha`` (m, classes): infinite pins a weight at zero, 0 is a flat prior of density 1, which
    the likelihood must then determine (pin one class of such a column). Free weights are ordered
    class by class. Two classes with the first pinned are the Bernoulli model.
    """
    n, m = columns.shape
    classes = alpha.shape[1]
    weights = np.ones(n) if weights is None else weights
    hot = np.eye(classes)[labels]
    free = np.isfinite(alpha.T).ravel()
    prior = np.diag(np.where(np.isfinite(alpha), alpha, 0.0).T.ravel())[np.ix_(free, free)]

    def shares(theta):
        full = np.zeros(classes * m)
        full[free] = theta
        f = columns @ full.reshape(classes, m).T
        return f - np.logaddexp.reduce(f, axis=1)[:, None]

    def objective(theta):
        return float(np.sum(weights[:, None] * hot * shares(theta)) - 0.5 * theta @ prior @ theta)

    def hessian_at(y):
        full = np.zeros((classes * m, classes * m))
        for i in range(n):
            curvature = weights[i] * (np.diag(y[i]) - np.outer(y[i], y[i]))
            full += np.kron(curvature, np.outer(columns[i], columns[i]))
        return full[np.ix_(free, free)] + prior

    theta = np.zeros(int(free.sum()))
    for _ in range(300):
        y = np.exp(shares(theta))
        gradient = ((weights[:, None] * (hot - y)).T @ columns).ravel()[free] - prior @ theta
        step, size = np.linalg.solve(hessian_at(y), gradient), 1.0
        while gradient @ step > 1e-8 and objective(theta + size * step) < objective(theta):
            size /= 2  # not at the end, where rounding decides
        theta = theta + size * step
        if gradient @ step < 1e-18:  # twice what was left; the next error is its square
            break
    hessian = hessian_at(np.exp(shares(theta)))
    positive = np.diag(prior) > 0
    evidence = objective(theta) + 0.5 * np.sum(np.log(np.diag(prior)[positive]))
    evidence += 0.5 * (len(theta) - positive.sum()) * LOG_2PI - 0.5 * np.linalg.slogdet(hessian)[1]
    mode = np.zeros(classes * m)
    mode[free] = theta
    return mode.reshape(classes, m).T, hessian, float(evidence)


def by_grid(columns, alpha, t, *, fixed=None, weights=None, points=161, width=9.0) -> float:
    """Return the Bernoulli evidence by the trapezoid rule, for two or three unknowns at most.

    The grid stands on the mode, ``width`` standard deviations of the Laplace posterior to each
    side along its axes; the rule converges geometrically for such smooth functions.
    """
    n = len(t)
    fixed = ones(n) if fixed is None else fixed
    fit = laplace(columns, alpha, t, fixed=fixed, weights=weights)
    axes = np.linalg.cholesky(fit.covariance)
    ticks = np.linspace(-width, width, points)
    grid = np.stack(np.meshgrid(*[ticks] * len(axes), indexing="ij"), axis=-1).reshape(
        -1, len(axes)
    )
    theta = np.concatenate([fit.b, fit.w]) + grid @ axes.T
    log_joint = joint(theta, columns, alpha, t, fixed, weights)
    cell = len(axes) * np.log(ticks[1] - ticks[0]) + np.sum(np.log(np.diag(axes)))
    return float(np.logaddexp.reduce(log_joint) + cell)


def by_sampling(columns, alpha, t, *, draws=40_000, seed=0, fixed=None) -> tuple[float, float]:
    """Return the Bernoulli evidence by importance sampling, and its standard error (nats).

    Draws come from a multivariate t distribution with 5 degrees of freedom around the mode.
    """
    rng = np.random.default_rng(seed)
    fixed = ones(len(t)) if fixed is None else fixed
    fit = laplace(columns, alpha, t, fixed=fixed)
    size, free = len(fit.covariance), 5.0
    axes = np.linalg.cholesky(fit.covariance)
    normal = rng.standard_normal((draws, size))
    normal /= np.sqrt(rng.chisquare(free, draws) / free)[:, None]
    theta = np.concatenate([fit.b, fit.w]) + normal @ axes.T
    log_q = _log_student(normal, free) - np.sum(np.log(np.diag(axes)))
    ratio = joint(theta, columns, alpha, t, fixed, None) - log_q
    top = ratio.max()
    share = np.exp(ratio - top)
    return float(top + np.log(share.mean())), float(share.std() / share.mean() / np.sqrt(draws))


def _log_student(x: np.ndarray, free: float) -> np.ndarray:
    """Return the log density of the standard multivariate t distribution at rows of x."""
    size = x.shape[1]
    constant = gammaln((free + size) / 2) - gammaln(free / 2) - 0.5 * size * np.log(free * np.pi)
    return constant - 0.5 * (free + size) * np.log1p(np.sum(x**2, axis=1) / free)


def joint(theta, columns, alpha, t, fixed, weights) -> np.ndarray:
    """Return log p(t | b, w) + log p(w) for each row (b, w) of theta."""
    p = fixed.shape[1]
    f = theta @ np.hstack([fixed, columns]).T
    each = t * -np.logaddexp(0, -f) + (1 - t) * -np.logaddexp(0, f)
    value = each.sum(axis=1) if weights is None else each @ weights
    for m in range(len(alpha)):
        w = theta[:, p + m]
        value = value + 0.5 * np.log(alpha[m]) - 0.5 * LOG_2PI - 0.5 * alpha[m] * w**2
    return value


def reestimated(columns, alpha, t, *, rounds, drop=1e9, fixed=None, weights=None, noise=None):
    """Return (alpha, noise) after ``rounds`` of batch re-estimation (PRML 7.87, 7.88, 7.116).

    ``noise`` None is the Bernoulli model. Columns whose alpha passes ``drop`` stay out.
    """
    alpha = np.array(alpha, float)
    n = len(t)
    p = 1 if fixed is None else fixed.shape[1]
    for _ in range(rounds):
        kept = np.flatnonzero(np.isfinite(alpha))
        if noise is None:
            fit = laplace(columns[:, kept], alpha[kept], t, fixed=fixed, weights=weights)
        else:
            fit = regression(columns[:, kept], alpha[kept], t, noise, fixed=fixed, weights=weights)
        gamma = 1 - alpha[kept] * np.diag(fit.covariance)[p:]
        new = gamma / fit.w**2
        alpha[kept] = np.where(new > drop, np.inf, new)
        if noise is not None:
            each = np.ones(n) if weights is None else weights
            noise = np.sum(each * (t - fit.f) ** 2) / (each.sum() - p - gamma.sum())
    return alpha, noise


@dataclass
class Frozen:
    """A Gaussian approximation, z ~ N(f, 1 / curvature), with every term from its definition.

    ``alpha`` (m,) is infinite for columns that are out. ``curvature`` (n,) is above 0. The flat
    prior of b is integrated out, so C^-1 is replaced by its part that ``fixed`` cannot explain.
    """

    columns: np.ndarray
    alpha: np.ndarray
    curvature: np.ndarray
    z: np.ndarray
    fixed: np.ndarray

    @classmethod
    def at(cls, columns, alpha, f, slope, curvature, fixed=None) -> Frozen:
        """Return the approximation that has this slope and curvature at f (z = f + R^-1 e)."""
        fixed = ones(len(f)) if fixed is None else fixed
        return cls(columns, np.array(alpha, float), curvature, f + slope / curvature, fixed)

    def evidence(self, alpha=None) -> float:
        """Return the log density of z at these precisions (default: the present ones)."""
        alpha = self.alpha if alpha is None else alpha
        return marginal(self.z, 1 / self.curvature, self.columns, alpha, self.fixed)

    def _residual(self, alpha) -> np.ndarray:
        inverse = np.linalg.inv(prior_covariance(1 / self.curvature, self.columns, alpha))
        inner = self.fixed.T @ inverse @ self.fixed
        return inverse - inverse @ self.fixed @ np.linalg.inv(inner) @ self.fixed.T @ inverse

    def _pair(self, m: int, alpha) -> tuple[float, float]:
        phi, residual = self.columns[:, m], self._residual(alpha)
        return float(phi @ residual @ phi), float(phi @ residual @ self.z)

    def with_all(self) -> tuple[np.ndarray, np.ndarray]:
        """Return S and Q of every column (m,), with the whole C (Tipping and Faul, eq. 24)."""
        pairs = [self._pair(m, self.alpha) for m in range(len(self.alpha))]
        return np.array([s for s, _ in pairs]), np.array([q for _, q in pairs])

    def without_own(self) -> tuple[np.ndarray, np.ndarray]:
        """Return s and q of every column (m,), with C_-m inverted anew for each (eq. 19)."""
        pairs = [self._pair(m, self.changed(m, np.inf)) for m in range(len(self.alpha))]
        return np.array([s for s, _ in pairs]), np.array([q for _, q in pairs])

    def changed(self, m: int, value: float) -> np.ndarray:
        """Return the precisions with that of column m replaced."""
        alpha = self.alpha.copy()
        alpha[m] = value
        return alpha

    def best(self, m: int) -> float:
        """Return the precision of column m that maximises the evidence, infinite if none does."""
        s, q = self._pair(m, self.changed(m, np.inf))
        return s**2 / (q**2 - s) if q**2 > s else np.inf

    def gain(self, m: int, value: float | None = None) -> float:
        """Return what the evidence gains when column m gets ``value`` (default: its best)."""
        value = self.best(m) if value is None else value
        return self.evidence(self.changed(m, value)) - self.evidence()


def moderated(mean: float, variance: float) -> float:
    """Return the mean of the logistic function of f ~ N(mean, variance), by quadrature."""
    deviation = np.sqrt(variance)
    if deviation == 0:
        return float(probability(np.array(mean)))

    def integrand(x: float) -> float:
        f = mean + deviation * x
        return float(np.exp(-np.logaddexp(0, -f) - 0.5 * x * x - 0.5 * LOG_2PI))

    bend = float(np.clip(-mean / deviation, -11, 11))
    return quad(integrand, -12, 12, points=[bend], limit=400, epsabs=1e-12)[0]
