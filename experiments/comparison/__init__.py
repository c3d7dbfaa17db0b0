"""Comparing finished runs: one table, paired differences, ranks, one page.

In reading order: ``paired`` (two runs on the same clips), ``ranks`` (many runs over many blocks),
``fairness`` (which runs may be compared at all), ``blocks`` (what they are ranked over),
``compare`` (all of it for some runs), ``machines`` (what the classifiers keep, how sure they may
be), ``tables`` (as tables and CSV), ``terminal``, ``figures`` (geometry), ``page`` (one HTML file).
"""

from .compare import Comparison, compare_finished, compare_runs

__all__ = ["Comparison", "compare_finished", "compare_runs"]
