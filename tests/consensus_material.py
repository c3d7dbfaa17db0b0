"""Made-up annotators of known accuracy."""

from __future__ import annotations

import numpy as np
import pandas as pd

NAMES = ("anger", "fear", "joy", "sad", "shock", "calm", "bored", "shame")


def simulated(accuracies, items=1000, labels=4, seed=0, share=1.0):
    """Return (opinions, true labels): annotators who err evenly, each on a ``share`` of items.

    Each annotator is wrong on exactly the number of clips that the accuracy says.
    """
    rng = np.random.default_rng(seed)
    names = np.array(NAMES[:labels])
    true = rng.integers(labels, size=items)
    tables = []
    for k, accuracy in enumerate(accuracies):
        seen = np.sort(rng.permutation(items)[: round(items * share)])
        said = true[seen]
        wrong = rng.permutation(len(seen))[: round(len(seen) * (1 - accuracy))]
        said[wrong] = (said[wrong] + rng.integers(1, labels, len(wrong))) % labels
        clips = [f"c{i:05d}" for i in seen]
        tables.append(pd.DataFrame({"clip": clips, "annotator": f"a{k}", "label": names[said]}))
    truth = pd.Series(names[true], index=[f"c{i:05d}" for i in range(items)])
    return pd.concat(tables, ignore_index=True), truth
