"""The relevance sample-feature machine: which samples and which features decide. In reading order:

feature_kernels  a kernel per feature, by name
interpolation    smooth functions of many columns from few points
columns          kernels of many single columns at a time
scales           the unit of each feature's kernel
features         from a table to prepared columns, grouped and scaled
contraction      sums over samples or over features, never the whole tensor
bank             the training rows as the two dictionaries of the joint model
selection_prior  what a feature must gain, and by what states are compared
joint            the state of both blocks, its evidence, and its free scale
incremental      the learner that begins empty (2016)
published        the learner that begins full (2013)
choice           which width and which prior: by evidence
fitted           what is kept of a fit, and what it says of rows
refit            an ordinary relevance vector machine on the selected features
machine          what the estimators share
classifier       RSFM
regressor        RSFR
layered          machines on what others left over, for signal that many weak features share
"""

from .classifier import RSFM
from .layered import LayeredRSFM
from .regressor import RSFR

__all__ = ["RSFM", "RSFR", "LayeredRSFM"]
