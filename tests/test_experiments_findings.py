"""What a model looks at: the weight of a block is what the block does to the scores."""

from __future__ import annotations

import numpy as np
import pytest

from classifiers import make_classifier
from experiments.crossvalidation import Model, Search
from experiments.findings import block_weights
from sttm.descriptors.base import Encoder
from sttm.descriptors.sttm import STTM

BINS = 4  # of each of the four blocks below


def trained(name, **params):
    random = np.random.default_rng(0)
    labels = np.array(list("abc") * 8)
    measures = random.random((24, 4 * BINS)).astype(np.float32)
    measures[labels == "a", 1] += 2
    measures[labels == "b", 6] += 2
    descriptor = STTM(grid=(1, 2, 2), azimuths=4, elevations=(), normalisation="l1")
    encoder = Encoder(descriptor).fit(measures)
    classifier = make_classifier(name, **params).fit(encoder.transform(measures), labels)
    return Model(encoder, classifier, Search({}, [])), measures


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("svm", {"kernel": "linear"}),
        ("svm", {"kernel": "linear", "scaling": "standard"}),
        ("svm", {"kernel": "hellinger"}),
        ("linear-svm", {}),
        ("linear-svm", {"scaling": "standard"}),
        ("logistic", {}),
    ],
)
def test_a_block_weighs_what_it_does_to_the_scores(name, params):
    model, measures = trained(name, **params)
    weights = block_weights(model, measures)
    rows = getattr(model.classifier, "rows_of_weights", np.asarray)(model.features(measures))
    coef = getattr(model.classifier, "coef_per_class_", None)
    coef = model.classifier.coef_ if coef is None else coef
    for b in range(4):
        without = rows.copy()
        without[:, BINS * b : BINS * (b + 1)] = rows[:, BINS * b : BINS * (b + 1)].mean(axis=0)
        change = np.abs((rows - without) @ coef.T).mean(axis=0)
        np.testing.assert_allclose(weights.loc[b, ["a", "b", "c"]].astype(float), change, rtol=1e-4)


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_scaling_of_alike_columns_leaves_the_order_of_blocks(scaling):
    model, measures = trained("linear-svm", scaling=scaling)
    weights = block_weights(model, measures)
    assert weights["a"].idxmax() == 0 and weights["b"].idxmax() == 1


def test_a_kernel_machine_has_no_weights():
    assert block_weights(*trained("svm", kernel="rbf")) is None
