"""Parts of the classifiers' family, for tests of what rows of any columns can do."""

from __future__ import annotations

from classifiers import CLASSIFIERS

# nets look at pictures and take their time: test_classifiers_deep.py, test_experiments_still.py
ON_TABLES = [name for name, entry in CLASSIFIERS.items() if not entry.require]
