"""From measures to models: nothing is learned from a clip that is tested.

Reading order: models (from a config's words to a classifier), search (the inner folds),
crossvalidation (all folds), finished (folds and models in the store).
"""
