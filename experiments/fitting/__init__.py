"""From measures to models: nothing is learned from a clip that is tested.

Reading order: models (from a config's words to a classifier), feature_groups (one feature per
block), search (the inner folds), sparsity (what a classifier keeps), reasons (what decided),
crossvalidation (all folds), finished (folds and models in the store).
"""
