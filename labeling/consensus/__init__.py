"""From many opinions to one label per clip: the consensus table.

Reading order: votes (the newest opinion of each annotator, as numbers), majority, weighted,
dawid_skene, assembling (status, agreement, marks), deciding (``CONSENSUS``, ``consensus_of``: a
reviewer's decisions go above the rule).

``agreement`` is always the share of opinions behind the label, ``opinions`` how many there are.
Marks are the medians, rounded down, of the opinions behind the label. Where a clip may have
several labels, the rules decide on each of them, and the label is joined as in ``4+12``, without
marks and without sides.

>>> sorted(CONSENSUS)
['dawid-skene', 'majority', 'weighted']
"""

from .dawid_skene import DawidSkene, dawid_skene
from .deciding import CONSENSUS, consensus_of
from .majority import majority
from .weighted import reliability, weighted

__all__ = [
    "CONSENSUS",
    "DawidSkene",
    "consensus_of",
    "dawid_skene",
    "majority",
    "reliability",
    "weighted",
]
