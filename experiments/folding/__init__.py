"""Which clips are trained on and which are tested, and what weakens or leaks.

Reading order: folds (one split), protocols (the family), official_split, doubts (what weakens a
result), feasible (can every fold be trained?), leaks (what row numbers do not show).
"""
