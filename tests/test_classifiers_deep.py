"""Deep nets: the contract of classifiers on pictures, and what is special of nets."""

from __future__ import annotations

import importlib.util
import logging
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import skops.io
from deep_material import QUICK, TINY, few_objects, stand_in, stripes, tiny
from sklearn.base import clone, is_classifier

from classifiers import STORED_TYPES, make_classifier, search_grid
from classifiers.deep import DeepClassifier
from classifiers.deep.holdout import held_out

LACKING = [n for n in ("keras", "torch", "onnx") if importlib.util.find_spec(n) is None]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"the extra deep lacks {LACKING}")


@pytest.fixture(scope="module", autouse=True)
def quick_fits():
    with few_objects():
        yield


@pytest.fixture(scope="module")
def data():
    return stripes()


@pytest.fixture(scope="module")
def model(data):
    """A net that has learned."""
    return tiny(epochs=12, batch_size=8, learning_rate=0.003).fit(*data)


@pytest.fixture(scope="module", params=TINY)
def fitted(request, data):
    """Every net; VGG19 has learned, the others had one epoch."""
    if request.param == "vgg19":
        return request.getfixturevalue("model")
    return tiny(request.param, epochs=1).fit(*data)


@pytest.fixture
def small(monkeypatch):
    """Put one convolution in place of the net, where a test asks for what surrounds it."""
    monkeypatch.setattr("classifiers.deep.classifier.build", stand_in)


def opencv_alone(monkeypatch) -> None:
    """Let nobody find onnxruntime."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)


# the contract -----------------------------------------------------------------------------------


def test_every_net_keeps_the_contract(fitted, data):
    X = data[0]
    p = fitted.predict_proba(X)
    assert is_classifier(fitted)
    assert fitted.classes_.tolist() == ["level", "rising", "upright"]
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(fitted.classes_[p.argmax(axis=1)], fitted.predict(X))
    assert [row["epoch"] for row in fitted.history_] == [*range(1, fitted.epochs + 1)]
    assert fitted.n_features_in_ == 32 * 32
    assert not hasattr(clone(fitted), "onnx_")
    assert clone(fitted).get_params() == fitted.get_params()


def test_every_net_agrees_with_what_was_trained(fitted, data, monkeypatch):
    """The trained net itself is compared in ``fit``; here onnxruntime with OpenCV."""
    assert fitted.onnx_difference_ <= 1e-5
    p = fitted.predict_proba(data[0])
    assert fitted.onnx_.dtype == np.uint8 and fitted.onnx_.ndim == 1
    opencv_alone(monkeypatch)
    other = clone(fitted)
    other.__setstate__(fitted.__getstate__())
    np.testing.assert_allclose(other.predict_proba(data[0]), p, atol=1e-5)
    np.testing.assert_allclose(other.predict_proba(data[0][:1]), p[:1], atol=1e-5)


def test_every_net_is_stored_without_code(fitted, data):
    p = fitted.predict_proba(data[0])
    stored = skops.io.dumps(fitted)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert set(unknown) <= set(STORED_TYPES)
    np.testing.assert_array_equal(skops.io.loads(stored, trusted=unknown).predict_proba(data[0]), p)


def test_a_net_learns_stripes(model):
    X, y = stripes(60, seed=1)
    assert model.score(X, y) > 0.9
    assert model.history_[-1]["loss"] < model.history_[0]["loss"]


def test_all_forms_of_a_picture_are_one(model, data):
    X, _ = data
    p = model.predict_proba(X)
    for form in (X[..., None], X.reshape(len(X), -1), X.astype(float), X.astype(np.float32)):
        np.testing.assert_allclose(model.predict_proba(form), p, atol=1e-7)
    np.testing.assert_allclose(model.predict_proba(np.tile(X, (5, 1, 1)))[-24:], p, atol=1e-6)


def test_colour_and_another_size(data, small):
    X, y = data
    colour = np.repeat(X[..., None], 3, axis=3)
    seen = tiny(epochs=1, side=40).fit(colour, y)
    assert seen.side_ == 40
    assert seen.predict_proba(colour).shape == (24, 3)
    small = X[:, ::2, ::2]
    assert tiny(epochs=1).fit(small, y).side_ == 32  # the least that a net can take
    with pytest.raises(ValueError, match="like the training pictures"):
        seen.predict(X)


# the same again, and going on ---------------------------------------------------------------------


CHANCE = {"epochs": 4, "patience": None, "augment": True, "dropout": 0.3}  # every kind of it


def test_the_same_seed_gives_the_same_net_and_leaves_no_trace(data):
    import keras
    import torch

    random.seed(5)
    torch.manual_seed(5)
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    threads, layout = torch.get_num_threads(), keras.config.image_data_format()
    environment = dict(os.environ)
    nets = [tiny(**{**CHANCE, "epochs": 1}, random_state=s).fit(*data) for s in (1, 1, 2)]
    assert nets[0].onnx_.tobytes() == nets[1].onnx_.tobytes() != nets[2].onnx_.tobytes()
    assert nets[0].history_ == nets[1].history_
    assert random.getstate() == before[0]
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), before[2])
    assert (torch.get_num_threads(), keras.config.image_data_format()) == (threads, layout)
    assert dict(os.environ) == environment


def test_a_killed_fit_goes_on_where_it_was(data, tmp_path, monkeypatch, small):
    """A fit of four epochs is killed behind the second; the rest is as if unkilled."""
    from classifiers.deep import checkpoints

    whole = tiny(**CHANCE).fit(*data)
    stopped = tmp_path / "stopped"
    kill_after(2, CHANCE, data, stopped)
    kept = list(stopped.glob("*.pt"))
    assert len(kept) == 1
    saved = []
    monkeypatch.setattr(checkpoints.Checkpoint, "save", lambda self, state: saved.append(1))
    again = tiny(**CHANCE, checkpoints=str(stopped)).fit(*data)
    assert len(saved) < 4  # it did not begin anew
    assert again.history_ == whole.history_
    assert again.onnx_.tobytes() == whole.onnx_.tobytes()
    assert list(stopped.iterdir()) == []


def kill_after(epochs: int, settings, data, folder: Path) -> None:
    """Train in a child process that is killed (SIGKILL) once so many epochs are on the disk."""
    import torch

    child = os.fork()
    if child == 0:
        from classifiers.deep import checkpoints

        save = checkpoints.Checkpoint.save

        def slow_save(self, state):
            save(self, state)
            if len(state["history"]) >= epochs:
                time.sleep(60)

        checkpoints.Checkpoint.save = slow_save
        tiny(**settings, checkpoints=str(folder)).fit(*data)
        os._exit(0)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = list(folder.glob("*.pt"))
        if found and len(torch.load(found[0], weights_only=True)["history"]) >= epochs:
            break
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_other_data_or_settings_begin_anew_and_damage_does_not_hurt(data, tmp_path):
    from classifiers.deep.checkpoints import Checkpoint, fingerprint

    names = {
        fingerprint({"a": 1}, {"X": data[0]}),
        fingerprint({"a": 2}, {"X": data[0]}),
        fingerprint({"a": 1}, {"X": data[0][::-1]}),
        fingerprint({"a": 1}, {"X": data[0], "groups": data[1]}),
    }
    assert len(names) == 4
    kept = Checkpoint(tmp_path, "fit")
    assert kept.load() is None
    kept.save({"seed": 3})
    assert kept.load() == {"seed": 3}
    kept.path.write_bytes(kept.path.read_bytes()[:100])
    assert kept.load() is None
    with pytest.raises(ValueError, match="cannot be written"):
        Checkpoint(tmp_path / "fit.pt" / "below", "fit").save({})


# what is learned ----------------------------------------------------------------------------------


def test_early_stopping_keeps_the_best_epoch(data, small):
    X, y = data
    other = X[::2], y[::2]
    seen = tiny(epochs=9, patience=1, learning_rate=0.3, schedule="constant", warmup=0)
    seen.fit(X, y, validation=other)
    losses = [row["validation_loss"] for row in seen.history_]
    assert seen.best_epoch_ == 1 + int(np.argmin(losses))
    assert seen.n_iter_ == len(losses) <= seen.best_epoch_ + 1
    p = seen.predict_proba(other[0])
    known = np.searchsorted(seen.classes_, other[1])
    ours = -np.log(np.clip(p[np.arange(len(p)), known], 1e-30, 1)).mean()
    assert ours == pytest.approx(min(losses), rel=1e-3)


def test_no_group_is_on_both_sides_and_no_class_is_lost():
    rng = np.random.default_rng(0)
    for seed in range(30):
        number = rng.integers(0, 3, 60)
        groups = rng.integers(0, rng.integers(2, 12), 60)
        rows = held_out(number, 0.2, groups, np.random.default_rng(seed))
        rest = np.setdiff1d(np.arange(60), rows)
        assert not set(groups[rows]) & set(groups[rest])
        assert set(number[rest]) == set(number)
        assert len(rows) <= 30
    one = held_out(np.repeat([0, 1], 5), 0.2, np.zeros(10), rng)
    assert len(one) == 0  # a single person cannot be held out
    assert len(held_out(np.array([0, 1]), 0.5, None, rng)) == 0
    assert len(held_out(np.repeat([0, 1], 10), 0.0, None, rng)) == 0


def test_shares_are_learned_in_place_of_classes(data, small):
    X, y = data
    hard = np.eye(3)[np.searchsorted(np.unique(y), y)]
    shares = (7 * hard, None)
    nets = [tiny(epochs=1).fit(X, y, shares=s).onnx_.tobytes() for s in shares]
    assert nets[0] == nets[1]
    for wrong, words in ((hard[:, :2], "a column per class"), (0 * hard, "not all 0")):
        with pytest.raises(ValueError, match=words):
            tiny().fit(X, y, shares=wrong)


def test_the_loss_is_the_weighted_cross_entropy(data):
    """Slow twin: row by row, class by class."""
    import torch

    from classifiers.deep.objective import class_factors, loss_of, targets_of

    rng = np.random.default_rng(0)
    classes, y = np.unique(data[1]), data[1]
    shares = targets_of(np.arange(24) % 3, 3, rng.random((24, 3)))
    logits = rng.normal(size=(24, 3)).astype(np.float32)
    for weight in (None, "balanced", {"level": 5.0}):
        factors = class_factors(weight, classes, y[4:])
        total = weights = 0.0
        for row, share in zip(logits, shares, strict=True):
            for c in range(3):
                p = np.exp(row[c]) / np.exp(row).sum()
                total -= factors[c] * share[c] * np.log(p)
                weights += factors[c] * share[c]
        found = loss_of(*(torch.from_numpy(v) for v in (logits, shares, factors)))
        assert [float(f) for f in found] == pytest.approx([total, weights], rel=1e-5)
    assert class_factors({"level": 5.0}, classes, y).tolist() == [5.0, 1.0, 1.0]


def test_rates_rise_and_fall():
    from classifiers.deep.training import LEAST_RATE, Plan, rate_at

    plan = Plan(32, 10, 8, 1.0, 0.0, "cosine", 2, {}, None, 0, "all", 1.0, False, 0)
    rates = [rate_at(plan, step, 5) for step in range(50)]
    assert np.argmax(rates) in (9, 10) and max(rates) == 1.0
    assert (np.diff(rates[:10]) > 0).all() and (np.diff(rates[10:]) < 0).all()
    assert rates[-1] == pytest.approx(LEAST_RATE, abs=0.01)


def test_changed_pictures_are_pictures_and_off_means_off():
    import torch

    from classifiers.deep.augmentation import augmented
    from classifiers.deep.settings import augmentation_of

    x = torch.from_numpy(stripes(12)[0][:, None].astype(np.float32))
    off = augmented(x, augmentation_of(False), np.random.default_rng(0))
    assert torch.equal(off, x)
    both = [augmented(x, augmentation_of(True), np.random.default_rng(0)) for _ in range(2)]
    assert torch.equal(*both) and both[0].shape == x.shape
    assert float(both[0].min()) >= 0 and float(both[0].max()) <= 255
    mirror = augmented(x, augmentation_of({"flip": 1.0}), np.random.default_rng(0))
    torch.testing.assert_close(mirror, x.flip(3), atol=1e-2, rtol=0)
    flat = torch.full((4, 1, 32, 32), 100.0)
    lit = augmented(flat, augmentation_of({"brightness": 0.2}), np.random.default_rng(0))
    assert lit.std(dim=(1, 2, 3)).max() < 1e-3 and 80 <= lit.min() < lit.max() <= 120
    moved = augmented(
        flat, augmentation_of({"shift": 0.3, "rotation": 40, "zoom": 0.5}), np.random.default_rng(0)
    )
    torch.testing.assert_close(moved, flat, atol=1e-2, rtol=0)  # edges are continued


@pytest.fixture(scope="module")
def weights_files(tmp_path_factory):
    """A random MobileNetV2 without its top, its file as Keras 3 writes it, and as Keras 1 did."""
    from classifiers.deep.library import load_keras, undisturbed

    keras = load_keras()
    folder = tmp_path_factory.mktemp("weights")
    paths = folder / "random.weights.h5", folder / "kernels_no_top.h5"
    with undisturbed(keras, 3, 1):
        base = keras.applications.MobileNetV2(
            include_top=False, weights=None, input_shape=(3, 64, 64), alpha=0.1
        )
        base.save_weights(paths[0])
    write_old(base.layers, paths[1])
    return base, *paths


def write_old(layers, path: Path) -> None:
    """Write weights as the files of keras.applications hold them: names in attributes."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        file.attrs["keras_version"], file.attrs["backend"] = b"2.2.0", b"tensorflow"
        for layer in layers:
            group = file.create_group(layer.name)
            weights = [*layer.trainable_weights, *layer.non_trainable_weights]
            names = [f"{layer.name}/{w.name}:0" for w in weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, weights, strict=True):
                group[name] = weight.numpy()


def test_a_net_begins_with_the_weights_of_a_file(weights_files, tmp_path):
    """At stride 32 it is the net of keras.applications itself; at 16 it has the same weights."""
    from classifiers.deep.backbones import _with_weights, build
    from classifiers.deep.library import load_keras, undisturbed

    keras, (base, new, old) = load_keras(), weights_files
    with undisturbed(keras, 4, 1):
        x = keras.random.uniform((2, 3, 64, 64), seed=1)
        same = build(keras, "mobilenetv2", 64, 32, 0.1, str(old))
        fine = build(keras, "mobilenetv2", 48, 16, 0.1, str(new))
        ours, theirs = (keras.ops.convert_to_numpy(net(x)) for net in (same, base))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert fine.output_shape[2:] == (3, 3)
    for mine, given in zip(fine.weights, base.weights, strict=True):
        np.testing.assert_array_equal(mine.numpy(), given.numpy())
    short, narrow, text = (tmp_path / name for name in ("a.h5", "b.h5", "c.h5"))
    write_old(base.layers[:-3], short)
    write_old([*base.layers[:1], *base.layers[4:]], narrow)
    text.write_text("no weights")
    for path in (short, narrow, text):
        with pytest.raises(ValueError, match="does not hold the weights of mobilenetv2"):
            _with_weights(fine, "mobilenetv2", str(path))


@pytest.mark.parametrize(("name", "sums"), [("mobilenetv2", 11), ("resnet50", 16)])
def test_residual_branches_add_nothing_at_first(name, sums):
    """What comes out of a sum is what went into it beside the branch."""
    from classifiers.deep.backbones import build
    from classifiers.deep.library import load_keras, undisturbed

    keras = load_keras()
    with undisturbed(keras, 0, 1):
        net = build(keras, name, 32, 32, TINY[name]["width"], "none")
        added = [layer for layer in net.layers if isinstance(layer, keras.layers.Add)]
        assert len(added) == sums
        parts = [part for layer in added for part in layer.input]
        outs = keras.Model(net.input, [*parts, *(layer.output for layer in added)])(
            keras.random.uniform((8, 3, 32, 32), seed=0), training=True
        )
        outs = [keras.ops.convert_to_numpy(out) for out in outs]
    for i in range(sums):
        pair, out = outs[2 * i : 2 * i + 2], outs[2 * sums + i]
        assert any(not one.any() for one in pair)
        np.testing.assert_array_equal(out, pair[0] + pair[1])
        assert out.any()


def phases(data, **settings) -> tuple[list[float], list[bool]]:
    """Train three epochs on a small stand-in for a backbone; return rates, and when it changed."""
    import torch

    from classifiers.deep.checkpoints import Checkpoint
    from classifiers.deep.network import Net
    from classifiers.deep.settings import augmentation_of
    from classifiers.deep.training import Plan, Rows, Training

    class Small(torch.nn.Conv2d):
        output_shape = (None, 4, 32, 32)

        def forward(self, x, training=False):
            return super().forward(x)

    net = Net(Small(3, 4, 3), 3, 0, 0.0, caffe=True)
    before, changed = net.backbone.weight.detach().clone(), []

    def look(line):
        changed.append(not torch.equal(net.backbone.weight, before))

    steps = (32, 3, 8, 0.001, 0.0, "constant", 0, augmentation_of(False), None)
    plan = Plan(*steps, settings["head_epochs"], settings["tune"], 0.1, False, 0)
    rows = Rows(data[0][:, None], np.eye(3, dtype=np.float32)[np.arange(24) % 3])
    nothing = Checkpoint(None, "")
    found = Training(net, plan, rows, None, np.ones(3, np.float32), nothing, look).run()
    return [row["learning_rate"] for row in found], changed


def test_the_head_learns_first_and_then_the_net(data):
    rates, changed = phases(data, head_epochs=1, tune="all")
    assert changed == [False, True, True]
    assert rates == pytest.approx([0.001, 0.0001, 0.0001])
    assert phases(data, head_epochs=1, tune="head")[1] == [False, False, False]
    rates, changed = phases(data, head_epochs=0, tune="all")
    assert changed == [True, True, True] and rates == pytest.approx([0.001] * 3)


def test_weights_without_a_network_are_one_sentence(data, monkeypatch):
    def refuse(*_, **__):
        raise Exception("URL fetch failure: no network")

    for name in ("mobilenet_v2", "vgg19"):
        monkeypatch.setattr(
            sys.modules[f"keras.src.applications.{name}"].file_utils, "get_file", refuse
        )
    with pytest.raises(ValueError, match=r"could not be downloaded .*give its path"):
        make_classifier("mobilenetv2", weights="imagenet", width=0.35, **QUICK).fit(*data)


def test_progress_is_logged_and_silent_by_default(data, caplog, capfd, small):
    assert not logging.getLogger("classifiers.deep.classifier").isEnabledFor(logging.INFO)
    with caplog.at_level(logging.INFO, "classifiers.deep"):
        tiny().fit(*data)
    lines = [r.getMessage() for r in caplog.records]
    assert capfd.readouterr().out == "" and len(lines) == 2
    assert lines[0].startswith("vgg19: epoch 1 of 2: loss ") and "left" in lines[0]


# what is refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"backbone": "vgg16"}, "did you mean 'vgg19'"),
        ({"side": 16}, "side must be a whole number of at least 32"),
        ({"stride": 8}, "unknown stride '8'"),
        ({"width": 0}, "width must be a number above 0"),
        ({"epochs": 0}, "epochs must be"),
        ({"batch_size": 1}, "batch_size must be"),
        ({"learning_rate": -1}, "learning_rate must be"),
        ({"schedule": "cosin"}, "did you mean 'cosine'"),
        ({"augment": {"flipp": 1}}, "did you mean 'flip'"),
        ({"augment": {"shift": 3}}, r"shift \(part of the side\) must be"),
        ({"augment": "yes"}, "augment must be"),
        ({"validation_share": 0.9}, "validation_share must be"),
        ({"patience": 0}, "patience must be"),
        ({"class_weight": {"a": -1}}, "class weight must be"),
        ({"weights": "imagenet", "width": 0.1}, "exist for width"),
        ({"weights": "nowhere.h5"}, "there is no file nowhere.h5"),
        ({"backbone": "vgg19", "weights": "any.h5", "width": 0.5}, "is of width 1"),
        ({"mixed_precision": "on"}, "unknown mixed_precision"),
        ({"threads": 0}, "threads must be"),
        ({"random_state": -1}, "random_state must be"),
        ({"dropout": 1.0}, "dropout must be"),
    ],
)
def test_impossible_settings_are_refused_without_data(params, words):
    with pytest.raises(ValueError, match=words):
        DeepClassifier(**params).check_settings()


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros((6, 10)), "a row of 10 numbers is no square picture"),
        (np.zeros((6, 8, 9)), "must be square"),
        (np.zeros((6, 8, 8, 2)), "with 1 or 3 channels"),
        (np.zeros(6), "must come as"),
        (np.full((6, 8, 8), -1), "from -1 to -1"),
        (np.full((6, 8, 8), np.nan), "numbers from 0 to 255"),
        (np.full((6, 8, 8), 0.5), "Multiply by 255"),
        (np.full((6, 8, 8), "a"), "must be numbers"),
        (np.zeros((0, 8, 8)), "none came"),
        (np.zeros((5, 8, 8)), "5 pictures but 6 values in y"),
    ],
)
def test_what_are_no_pictures_is_refused(X, words):
    with pytest.raises(ValueError, match=words):
        tiny().fit(X, list("ababab"))


def test_odd_training_data_are_refused(data):
    X, y = data
    with pytest.raises(ValueError, match="at least two classes"):
        tiny().fit(X, ["a"] * len(X))
    with pytest.raises(ValueError, match="values in groups"):
        tiny().fit(X, y, groups=[1, 2])
    with pytest.raises(ValueError, match="has the class odd"):
        tiny().fit(X, y, validation=(X[:2], ["odd", "level"]))
    with pytest.raises(ValueError, match="validation pictures must be like"):
        tiny().fit(X, y, validation=(X[:2, :16, :16], y[:2]))


def test_a_loss_that_is_no_number_ends_the_fit(data, monkeypatch, small):
    from classifiers.deep.training import Training

    monkeypatch.setattr(Training, "_step", lambda self, rows, rng: (float("nan"), 1.0, 0.0))
    with pytest.raises(ValueError, match="no number any more in epoch 1; take a learning_rate"):
        tiny().fit(*data)


def test_a_net_that_was_written_wrongly_is_not_kept(data, monkeypatch, small):
    from classifiers.deep import onnx_writing

    real = onnx_writing._array
    monkeypatch.setattr(onnx_writing, "_array", lambda variable: real(variable)[::-1])
    with pytest.raises(ValueError, match="differs from the trained one"):
        tiny().fit(*data)


def test_a_search_checks_every_value_and_a_name_keeps_its_backbone():
    fixed, grid = search_grid("mobilenetv2", {"learning_rate": [0.1, 0.01], "epochs": 3})
    assert (fixed, grid) == ({"epochs": 3}, {"learning_rate": [0.1, 0.01]})
    with pytest.raises(ValueError, match="learning_rate must be"):
        search_grid("mobilenetv2", {"learning_rate": [0.1, 0]})
    with pytest.raises(ValueError, match="unknown parameter of 'vgg19' 'backbone'"):
        make_classifier("vgg19", backbone="resnet50")
    assert make_classifier("resnet50", seed=4).get_params()["random_state"] == 4
    assert make_classifier("vgg19").head == 512


# libraries ----------------------------------------------------------------------------------------


def test_a_missing_library_is_told_before_the_data_are_read(monkeypatch):
    from classifiers.deep import library
    from experiments.fitting.models import try_classifier
    from sttm.errors import InputError

    monkeypatch.setattr(library, "missing", lambda: ["torch"])
    with pytest.raises(InputError, match=r"vgg19: .*needs torch.*pip install"):
        try_classifier({"name": "vgg19"})


def test_another_backend_of_keras_is_left_alone(monkeypatch):
    from classifiers.deep.library import require

    monkeypatch.delitem(sys.modules, "keras", raising=False)  # as in a fresh Python
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(ValueError, match="KERAS_BACKEND is 'jax'"):
        require()
    for good in ("torch", ""):
        monkeypatch.setenv("KERAS_BACKEND", good)
        require()
