"""Sparse Bayesian learning: a linear model with one precision per column, set by evidence.

``f = fixed b + columns w`` with ``w_m ~ N(0, 1 / alpha_m)`` and flat priors on ``b``. In reading
order:

likelihoods  Bernoulli and Gaussian: value, slope and curvature in f
posterior    the mode, its covariance, and the evidence for given precisions (Laplace)
actions      what adding, re-estimating or deleting a column would gain
frozen       all candidates' statistics, updated together while the curvature stands still
sequential   the learner: from no column upwards (Tipping and Faul 2003)
batch        from all columns downwards (Tipping 2001), for comparison
threads      one BLAS thread for small products
moderation   probabilities that know how uncertain f is

Sources: Tipping, JMLR 1, 2001; Tipping and Faul, AISTATS 2003; Bishop, Pattern Recognition and
Machine Learning, 2006, section 7.2; MacKay, Neural Computation 4(5), 1992,
doi:10.1162/neco.1992.4.5.720. The symbols are on the page docs/notation.md.
"""

from .batch import learn_batch
from .likelihoods import Bernoulli, Gaussian, Likelihood
from .moderation import moderated
from .posterior import Posterior, Start
from .sequential import Control, learn

__all__ = [
    "Bernoulli",
    "Control",
    "Gaussian",
    "Likelihood",
    "Posterior",
    "Start",
    "learn",
    "learn_batch",
    "moderated",
]
