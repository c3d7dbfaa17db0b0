"""Running a stored net: bundles without Keras and torch, strangers' nets, and the two libraries."""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deep_material import QUICK, TINY, few_objects, stand_in, stripes, tiny
from sklearn.base import clone

from classifiers.deep import running
from classifiers.deep.onnx_reading import check_net
from experiments.config import Config, parse
from experiments.fitting import crossvalidation, finished
from experiments.fitting.crossvalidation import cross_validate
from experiments.fitting.finished import finish_model
from experiments.fitting.search import Recipe, fit_model
from experiments.folding.protocols import Fold
from experiments.join import Joined
from experiments.measuring import modelling
from experiments.progress import Steps
from recognizer.bundle import Bundle, load_bundle, save_bundle
from sttm.descriptors.base import Encoder
from sttm.descriptors.pixels import Pixels
from sttm.errors import InputError
from sttm.faces import FaceSettings
from sttm.store import Store
from sttm.temporal import TimeSettings

LACKING = [n for n in ("keras", "torch", "onnx") if importlib.util.find_spec(n) is None]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"the extra deep lacks {LACKING}")
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", autouse=True)
def quick_fits():
    with few_objects():
        yield


@pytest.fixture(scope="module")
def clips():
    X, y = stripes()
    return np.repeat(X[:, None], 2, axis=1), y  # (n, t, y, x)


@pytest.fixture(scope="module")
def bundle(clips):
    volumes, y = clips
    encoder = Encoder(Pixels(side=32))
    measures = encoder.descriptor.measure_all(list(volumes))
    encoder.fit(measures, y)
    model = tiny(epochs=1).fit(encoder.transform(measures), y)
    return Bundle(encoder, model, FaceSettings(size=32), TimeSettings(), {"made": "by a test"})


BARE = """
import json, os, sys
before = dict(os.environ)
from experiments.fitting.models import try_classifier
try_classifier({"name": "vgg19", "learning_rate": [0.1, 0.01]})
heavy = {"keras", "torch", "onnx", "onnxruntime"} & set(sys.modules)
print(json.dumps([sorted(heavy), before == dict(os.environ)]))
import importlib.abc
class Refusing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("keras", "torch", "onnx"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refusing())
import numpy as np
from recognizer.bundle import load_bundle
for hidden in ((), ("onnxruntime",)):
    sys.modules.update(dict.fromkeys(hidden))
    found = load_bundle(sys.argv[1])
    measure = found.encoder.descriptor_.measure(np.load(sys.argv[2]))
    print(json.dumps(found.predict_proba(measure[None]).tolist()))
"""


@pytest.fixture(scope="module")
def bare(bundle, clips, tmp_path_factory):
    """What a fresh Python says that first names a net, and then has no Keras and no torch."""
    folder = tmp_path_factory.mktemp("bare")
    np.save(folder / "clip.npy", clips[0][4])
    path = save_bundle(bundle, folder / "deep.sttm")
    command = [sys.executable, "-c", BARE, path, folder / "clip.npy"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=dict(os.environ))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_naming_and_checking_a_net_loads_no_library(bare):
    heavy, same_environment = bare[0]
    assert heavy == [] and same_environment


def test_a_bundle_predicts_where_keras_and_torch_are_missing(bare, bundle, clips):
    """By onnxruntime, and by OpenCV where that is missing too."""
    expected = bundle.predict_proba(bundle.encoder.descriptor_.measure(clips[0][4])[None])
    assert len(bare[1:]) == 2
    for found in bare[1:]:
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_bundle_gives_the_same_probabilities_bit_for_bit_and_keeps_no_session(
    bundle, clips, tmp_path
):
    bundle.classifier.predict(stripes()[0])
    assert hasattr(bundle.classifier, "_runner")
    back = load_bundle(save_bundle(bundle, tmp_path / "deep.sttm"))
    measures = bundle.encoder.descriptor_.measure_all(list(clips[0]))
    assert back.predict_proba(measures).tobytes() == bundle.predict_proba(measures).tobytes()
    assert back.classifier.onnx_.tobytes() == bundle.classifier.onnx_.tobytes()
    assert back.classifier.history_ == bundle.classifier.history_


# nets from strangers ------------------------------------------------------------------------------


def altered(bundle, change) -> bytes:
    """Return the bundle's net, changed by ``change`` on the ONNX package's own object."""
    import onnx

    model = onnx.load_from_string(bundle.classifier.onnx_.tobytes())
    change(model, onnx)
    return model.SerializeToString()


def outside(model, onnx):
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret")


def outside_in_a_constant(model, onnx):
    tensor = onnx.TensorProto(data_type=1, dims=[1], data_location=onnx.TensorProto.EXTERNAL)
    model.graph.node.append(onnx.helper.make_node("Constant", [], ["c"], value=tensor))


def strange_operation(model, onnx):
    model.graph.node[3].domain = "com.stranger"


def strange_opset(model, onnx):
    model.opset_import.append(onnx.helper.make_opsetid("com.stranger", 1))


def function(model, onnx):
    model.functions.append(
        onnx.helper.make_function("f", "g", ["x"], ["y"], [], [onnx.helper.make_opsetid("", 13)])
    )


def loop(model, onnx):
    body = onnx.helper.make_graph([], "body", [], [])
    model.graph.node.append(onnx.helper.make_node("Loop", ["", ""], ["l"], body=body))


def two_inputs(model, onnx):
    model.graph.input.append(onnx.helper.make_tensor_value_info("more", 1, [1]))


def larger_pictures(model, onnx):
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 64


def other_classes(model, onnx):
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 7


def whole_numbers(model, onnx):
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT64


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (outside, "in another file"),
        (outside_in_a_constant, "in another file"),
        (strange_operation, "operations of 'com.stranger'"),
        (strange_opset, "operations of 'com.stranger'"),
        (function, "functions of its own"),
        (loop, r"branches or loops \(Loop\)"),
        (two_inputs, "takes 2 arrays instead of one"),
        (larger_pictures, "takes no rows of 1 x 32 x 32 numbers"),
        (other_classes, "gives no rows of 3 numbers"),
        (whole_numbers, "takes no rows"),
    ],
)
def test_a_stranger_s_net_is_refused_before_it_is_loaded(bundle, change, words, monkeypatch):
    net = altered(bundle, change)
    with pytest.raises(ValueError, match=words):
        check_net(net, 1, 32, 3)
    strange = clone(bundle.classifier)
    state = {**bundle.classifier.__getstate__(), "onnx_": np.frombuffer(net, np.uint8)}
    strange.__setstate__(state)
    monkeypatch.setattr("classifiers.deep.classifier.make_runner", lambda *_: pytest.fail("loaded"))
    with pytest.raises(ValueError, match="the model's net is refused"):
        strange.predict_proba(stripes()[0])


def test_damage_is_refused_whatever_it_is(bundle):
    net = bundle.classifier.onnx_.tobytes()
    check_net(net, 1, 32, 3)
    rng = np.random.default_rng(0)
    for cut in rng.integers(0, len(net), 40):
        with pytest.raises(ValueError, match="the model's net is refused"):
            check_net(net[:cut], 1, 32, 3)
    for noise in (b"", b"text", rng.bytes(500)):
        with pytest.raises(ValueError, match="the model's net is refused"):
            check_net(noise, 1, 32, 3)


def test_a_bundle_with_a_stranger_s_net_is_refused_by_name(bundle, tmp_path):
    other = clone(bundle.classifier)
    net = np.frombuffer(altered(bundle, outside), np.uint8)
    other.__setstate__({**bundle.classifier.__getstate__(), "onnx_": net})
    whole = Bundle(bundle.encoder, other, bundle.faces, bundle.time, {})
    path = save_bundle(whole, tmp_path / "strange.sttm")
    with pytest.raises(InputError, match=r"strange\.sttm does not fit together: .*another file"):
        load_bundle(path)


def test_what_the_library_says_becomes_one_sentence(bundle):
    def fail(pictures):
        raise RuntimeError("deep\n inside")

    pictures = stripes(3)[0][:, None]
    with pytest.raises(ValueError, match=r"failed on these pictures \(deep inside\)"):
        running.run_net(fail, pictures, 32, 3)
    for wrong in (np.full((3, 3), np.nan), np.full((3, 3), -1.0), np.ones((3, 2))):
        with pytest.raises(ValueError, match="no probabilities"):
            running.run_net(lambda _, w=wrong: w, pictures, 32, 3)
    with pytest.raises(ValueError, match="cannot be read"):
        running.make_runner(b"no net", 1)


def test_memory_does_not_grow_with_the_pictures(monkeypatch):
    seen = []

    def runner(pictures):
        seen.append(len(pictures))
        return np.full((len(pictures), 2), 0.5, np.float32)

    rows = np.zeros((200, 1, 8, 8), np.uint8)
    assert running.run_net(runner, rows, 32, 2).shape == (200, 2)
    assert max(seen) <= running.AT_ONCE and sum(seen) == 200


# in a run -----------------------------------------------------------------------------------------


def test_a_step_says_what_a_long_fit_tells(monkeypatch):
    from experiments import progress

    monkeypatch.setattr(progress, "QUIET", 0.0)
    told, logger = io.StringIO(), logging.getLogger("classifiers.deep.classifier")
    level = logging.getLogger("classifiers").level
    for quiet in (False, True):
        with Steps(told, quiet=quiet).step("model"):
            logger.info("%s: epoch 1 of 9", "vgg19")
            logger.info("one line every ten seconds is enough")
    logger.info("nobody hears this")
    lines = told.getvalue().splitlines()
    assert lines[0] == "model      vgg19: epoch 1 of 9" and len(lines) == 2
    assert logging.getLogger("classifiers").level == level


NETS = [{"name": name, **TINY[name], **QUICK} for name in TINY]
for settings in NETS:
    del settings["random_state"]  # a run's own seed


@pytest.fixture
def people(monkeypatch):
    """Stripes as rows of pictures, by six people; the net is a stand-in that trains in a blink."""
    monkeypatch.setattr("classifiers.deep.classifier.build", stand_in)
    X, y = stripes()
    subjects = np.array([f"p{i // 4}" for i in range(24)])
    clips = pd.DataFrame({"clip": [f"c{i}" for i in range(24)], "subject": subjects})
    return Joined(clips, X.reshape(24, -1).astype(np.float32), y, subjects)


@pytest.mark.parametrize("net", NETS, ids=TINY)
def test_a_fitted_net_comes_back_from_the_store_as_it_was(net, people, tmp_path, monkeypatch):
    fits = []
    monkeypatch.setattr(finished, "fit_model", lambda *a: fits.append(1) or fit_model(*a))
    config = parse(
        Config,
        {
            "data": "drawn",
            "descriptor": {"name": "pixels", "side": 32},
            "classifier": net,
            "protocol": {"name": "loso"},
        },
    )
    first, again = (
        finish_model(config, modelling(config), people, Store(tmp_path), people.subjects)
        for _ in range(2)
    )
    assert fits == [1] and first.classifier is not again.classifier
    assert first.classifier.onnx_.tobytes() == again.classifier.onnx_.tobytes()
    before, after = (
        m.predict_proba(people.measures, np.unique(people.labels)) for m in (first, again)
    )
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("choose", [False, True], ids=["held out", "choose"])
def test_no_net_learns_from_tested_pictures(choose, people, monkeypatch):
    """Wild pictures and labels in the test rows, in early stopping by subjects or on a part."""
    held = np.arange(4, 8) if choose else np.zeros(0, int)
    fold = Fold("f", np.arange(8 if choose else 4, 24), np.arange(4), held, refit=False)
    recipe = Recipe(partial(tiny, epochs=3, validation_share=0.3, augment=True))

    def learned(rows):
        X, y = people.measures.copy(), people.labels.copy()
        X[rows], y[rows] = 255 - X[rows][::-1], np.roll(y[rows], 1)
        models = []
        keep = lambda *a: models.append(fit_model(*a)) or models[-1]  # noqa: E731
        monkeypatch.setattr(crossvalidation, "fit_model", keep)
        list(cross_validate(recipe, X, y, people.subjects, [fold]))
        [model] = models
        return model.classifier.onnx_.tobytes(), model.classifier.history_

    untouched = learned(fold.test[:0])
    assert learned(fold.test) == untouched
    assert learned(fold.train[:4])[0] != untouched[0]  # what is learned from does count
    assert "validation_loss" in untouched[1][0]


# the benchmark ------------------------------------------------------------------------------------


def test_the_benchmark_of_one_face_completes_and_its_peers_agree():
    sys.path.append(str(ROOT))  # the benchmarks are not installed
    from benchmarks import __main__ as command
    from benchmarks import deep

    assert "deep" in command.NAMED and command.benchmark("deep") is deep.run
    rows = deep.one_face(1, width=0.1, faces=2)
    assert [row.unit for row in rows] == ["ms", "x faster", "x faster"]
    assert all(0 < row.value.low <= row.value.high < np.inf for row in rows)
