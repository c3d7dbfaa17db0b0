"""The model bundle: the same numbers again, and nothing executed from a stranger's file."""

from __future__ import annotations

import io
import json
import os
import pickle
import tracemalloc
import zipfile
from functools import partial

import numpy as np
import pytest
from families import ON_TABLES
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer
from skops import io as skops_io

from classifiers import make_classifier
from recognizer import Bundle, load_bundle, save_bundle
from recognizer.bundle import peek
from sttm import (
    LBPTOP,
    STTM,
    Concatenation,
    FaceSettings,
    InputError,
    StaticHOG,
    TimeSettings,
    measure_clip,
)
from sttm.descriptors.base import Encoder
from sttm.extract import Job

SMALL = STTM(grid=(1, 2, 2), azimuths=4, normalisation="l1")
LABELS = np.repeat(["calm", "glad", "säd"], 6)


def clips(count=18, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, (6, 24, 24), dtype=np.uint8) for _ in range(count)]


def make_bundle(descriptor=SMALL, classifier="svm", **params):
    measures = descriptor.measure_all(clips())
    encoder = Encoder(descriptor).fit(measures)
    fitted = make_classifier(classifier, seed=0, **params)
    fitted.fit(encoder.transform(measures), LABELS)
    faces = FaceSettings(size=24, finder="whole", align="box")
    return Bundle(encoder, fitted, faces, TimeSettings(frames=6), {"made": "in a test", "n": 18})


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return save_bundle(make_bundle(), tmp_path_factory.mktemp("bundle") / "model.sttm")


def repack(saved, target, head=None, model=None, **more):
    """A copy of a bundle with some of its parts changed."""
    with zipfile.ZipFile(saved) as archive:
        parts = {n: archive.read(n) for n in archive.namelist()}
    if head is not None:
        parts["bundle.json"] = json.dumps({**json.loads(parts["bundle.json"]), **head}).encode()
    if model is not None:
        parts["model.skops"] = model
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {**parts, **more}.items():
            archive.writestr(name, content)
    return target


# the same again ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ON_TABLES)
def test_every_classifier_gives_the_same_probabilities_bit_for_bit(name, tmp_path):
    bundle = make_bundle(classifier=name)
    again = load_bundle(save_bundle(bundle, tmp_path / "m.sttm"))
    new = SMALL.measure_all(clips(5, seed=1))
    assert again.predict_proba(new).tobytes() == bundle.predict_proba(new).tobytes()
    assert again.classes == ["calm", "glad", "säd"] == bundle.classes


@pytest.mark.parametrize(
    "descriptor",
    [
        STTM(coding="response", grid=(1, 2, 2), bins=4, normalisation="l1"),
        LBPTOP(grid=(1, 2, 2)),
        Concatenation([("map", SMALL), ("still", StaticHOG())]),
    ],
    ids=["learned edges", "lbp-top", "concatenation"],
)
def test_every_kind_of_encoder_comes_back(descriptor, tmp_path):
    bundle = make_bundle(clone(descriptor), "logistic")
    again = load_bundle(save_bundle(bundle, tmp_path / "m.sttm"))
    new = descriptor.measure_all(clips(3, seed=2))
    assert again.predict_proba(new).tobytes() == bundle.predict_proba(new).tobytes()
    assert again.recipe.measure_part() == bundle.recipe.measure_part()


def test_settings_and_provenance_come_back(saved):
    bundle = load_bundle(saved)
    assert bundle.faces == FaceSettings(size=24, finder="whole", align="box")
    assert bundle.time == TimeSettings(frames=6)
    assert bundle.provenance == {"made": "in a test", "n": 18}
    assert load_bundle(str(saved)).classes == bundle.classes


@pytest.mark.parametrize("card", ["", "# Gläd\n\n| a | b |\n笑\n", "x" * 1_000_000])
def test_the_model_card_comes_back(card, tmp_path):
    bundle = make_bundle(classifier="majority")
    bundle.card = card
    path = save_bundle(bundle, tmp_path / "m.sttm")
    assert load_bundle(path).card == card
    with zipfile.ZipFile(path) as archive:
        assert ("card.md" in archive.namelist()) is bool(card)


def test_a_bundle_from_before_there_were_cards_still_loads(saved, tmp_path):
    with zipfile.ZipFile(saved) as archive:
        assert set(archive.namelist()) == {"bundle.json", "model.skops"}
    assert load_bundle(repack(saved, tmp_path / "old.sttm")).card == ""


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (b"\xff\xfe\x00", "no text"),
        (b"a\0b", "no text"),
        (b"x" * 1_000_001, "more than 1000000 bytes"),
    ],
)
def test_a_card_that_is_no_short_text_is_refused(card, words, saved, tmp_path):
    with pytest.raises(InputError, match=words):
        load_bundle(repack(saved, tmp_path / "m.sttm", **{"card.md": card}))


def test_a_card_that_could_not_be_loaded_is_not_saved(tmp_path):
    bundle = make_bundle(classifier="majority")
    bundle.card = "ü" * 500_001
    with pytest.raises(InputError, match="may have 1000000 bytes"):
        save_bundle(bundle, tmp_path / "m.sttm")
    assert list(tmp_path.iterdir()) == []


def test_a_clip_goes_in_and_probabilities_come_out(saved, tmp_path):
    """What a recognizer does, with nothing but the library."""
    bundle = load_bundle(saved)
    np.save(tmp_path / "clip.npy", clips(1, seed=3)[0])
    job = Job("clip", tmp_path / "clip.npy", None, None, None)
    (found,) = measure_clip(job, bundle.recipe)
    probabilities = bundle.predict_proba(found.measures[None])
    assert probabilities.shape == (1, 3)
    assert probabilities.sum() == pytest.approx(1)


# refused ----------------------------------------------------------------------------------------


class Planted:
    """Unpickling this would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def strangers(saved, folder):
    """Files that somebody else could hand over, each with a word that its refusal must say."""
    witness = str(folder / "witness")
    encoder = load_bundle(saved).encoder
    command = FunctionTransformer(os.mkdir, kw_args={"path": witness})
    dumped = {
        "function": ({"encoder": encoder, "classifier": os.mkdir}, "mkdir"),
        "partial": ({"encoder": encoder, "classifier": partial(os.mkdir, witness)}, "partial"),
        "wrapped": ({"encoder": command, "classifier": command}, "mkdir"),
        "own type": ({"encoder": encoder, "classifier": Planted(witness)}, "Planted"),
    }
    for name, (parts, word) in dumped.items():
        model = skops_io.dumps(parts)
        yield name, repack(saved, folder / f"{name}.sttm", model=model), word
    pickled = pickle.dumps(Planted(witness))
    yield "pickle inside", repack(saved, folder / "inside.sttm", model=pickled), "not a whole"
    (folder / "pickle.sttm").write_bytes(pickled)
    yield "pickle", folder / "pickle.sttm", "not a whole"
    schema = {"__class__": "mkdir", "__module__": "os", "__loader__": "FunctionNode"}
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("schema.json", json.dumps({**schema, "content": {}, "protocol": 2}))
    yield "by hand", repack(saved, folder / "hand.sttm", model=inner.getvalue()), ".sttm"


def test_nothing_of_a_stranger_is_executed(saved, tmp_path):
    for name, path, word in strangers(saved, tmp_path):
        with pytest.raises(InputError) as refusal:
            load_bundle(path)
        assert word in str(refusal.value), name
        assert str(path) in str(refusal.value), name
    assert not (tmp_path / "witness").exists()


def test_the_planted_thing_would_work_where_it_is_executed(tmp_path):
    pickle.loads(pickle.dumps(Planted(tmp_path / "witness")))
    assert (tmp_path / "witness").is_dir()


def wrong_files(saved, folder):
    raw = saved.read_bytes()
    for name, content in {
        "empty": b"",
        "text": b"model: none\n",
        "half": raw[: len(raw) // 2],
        "no end": raw[:-30],
    }.items():
        (folder / name).write_bytes(content)
        yield folder / name, "not a whole model bundle"
    with zipfile.ZipFile(folder / "names", "w") as archive:
        archive.writestr("model.json", "{}")
    yield folder / "names", "bundle.json"
    with zipfile.ZipFile(folder / "head", "w") as archive:
        archive.writestr("bundle.json", "[1]")
        archive.writestr("model.skops", zipfile.ZipFile(saved).read("model.skops"))
    yield folder / "head", "no mapping"
    yield folder / "absent", "there is no model bundle"
    yield folder, "there is no model bundle"


def test_files_that_are_no_bundle_are_refused_with_a_sentence(saved, tmp_path):
    for path, words in wrong_files(saved, tmp_path):
        with pytest.raises(InputError, match=words):
            load_bundle(path)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ({"format": 2}, "format 2, and this version reads format 1"),
        ({"format": None}, "format None"),
        ({"classes": ["calm", "glad"]}, "states the classes"),
        ({"classes": ["glad", "calm", "säd"]}, "states the classes"),
        ({"classes": 3}, "no whole bundle"),
        ({"faces": {"size": -1}}, "size must be"),
        ({"faces": {"sise": 24}}, "sise"),
        ({"time": {"frames": 0}}, "frames must be"),
        ({"time": []}, "no whole bundle"),
        ({"provenance": 1}, "no whole bundle"),
        ({"measuring": {"cropping": 0, "versions": [2]}}, "measured clips in another way"),
        ({"measuring": None}, "measured clips in another way"),
    ],
)
def test_a_head_that_says_something_else_is_refused(head, words, saved, tmp_path):
    with pytest.raises(InputError, match=words):
        load_bundle(repack(saved, tmp_path / "m.sttm", head))


def test_a_model_of_other_measures_is_refused(tmp_path, monkeypatch):
    for number, descriptor in enumerate((SMALL, Concatenation([("a", StaticHOG()), ("b", SMALL)]))):
        path = save_bundle(make_bundle(clone(descriptor), "majority"), tmp_path / f"{number}.sttm")
        load_bundle(path)
        with monkeypatch.context() as patch:
            patch.setattr(STTM, "version", STTM.version + 1)
            with pytest.raises(InputError, match="measured clips in another way; train it again"):
                load_bundle(path)
        with monkeypatch.context() as patch:
            patch.setattr("sttm.recipe.CROPPING", -1)
            with pytest.raises(InputError, match="measured clips in another way"):
                load_bundle(path)


def test_parts_that_do_not_fit_each_other_are_refused(saved, tmp_path):
    mine, other = load_bundle(saved), make_bundle(STTM(grid=(1, 3, 3)))
    broken = clone(mine.encoder).fit(mine.encoder.descriptor_.measure_all(clips()))
    broken.descriptor_ = mine.classifier
    for number, parts in enumerate(
        (
            {"encoder": other.encoder, "classifier": mine.classifier},
            {"encoder": mine.classifier, "classifier": mine.classifier},
            {"encoder": broken, "classifier": mine.classifier},
            {"encoder": Encoder(SMALL), "classifier": mine.classifier},
            {"encoder": mine.encoder, "classifier": mine.encoder},
            {"encoder": mine.encoder, "classifier": clone(mine.classifier)},
            {"encoder": mine.encoder},
            [mine.encoder, mine.classifier],
        )
    ):
        path = repack(saved, tmp_path / f"{number}.sttm", model=skops_io.dumps(parts))
        with pytest.raises(InputError, match=path.name):
            load_bundle(path)


def test_a_bomb_is_refused_before_it_is_unpacked(saved, tmp_path, monkeypatch):
    import recognizer.bundle as module

    monkeypatch.setattr(module, "LARGEST", 1 << 20)
    with zipfile.ZipFile(tmp_path / "bomb.sttm", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", "0" * (2 << 20))
    with pytest.raises(InputError, match="unpack to more than"):
        load_bundle(tmp_path / "bomb.sttm")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "0" * (2 << 20))
    path = repack(saved, tmp_path / "nested.sttm", model=inner.getvalue())
    with pytest.raises(InputError, match="unpack to more than"):
        load_bundle(path)


@pytest.mark.parametrize("part", ["bundle.json", "card.md"])
def test_a_head_or_card_that_swells_is_never_unpacked_whole(part, saved, tmp_path, monkeypatch):
    import recognizer.bundle as module

    monkeypatch.setattr(module, "LONGEST_HEAD", 1 << 16)
    monkeypatch.setattr(module, "LONGEST_CARD", 1 << 16)
    with zipfile.ZipFile(saved) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    path = tmp_path / "swells.sttm"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**parts, part: b" " * (64 << 20)}.items():
            archive.writestr(name, data)
    for read in (peek, load_bundle):
        tracemalloc.start()
        with pytest.raises(InputError, match=r"swells.*(of itself; refused|model card of more)"):
            read(path)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 16 << 20


def test_a_model_whose_answers_are_no_numbers_is_refused(saved, tmp_path):
    with zipfile.ZipFile(saved) as whole:
        model = zipfile.ZipFile(io.BytesIO(whole.read("model.skops")))
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for name in model.namelist():
            data = model.read(name)
            if name.endswith(".npy") and (array := np.load(io.BytesIO(data))).dtype.kind == "f":
                np.save(spoilt := io.BytesIO(), np.full_like(array, np.nan))
                data = spoilt.getvalue()
            archive.writestr(name, data)
    path = repack(saved, tmp_path / "nan.sttm", model=inner.getvalue())
    with pytest.raises(InputError, match=r"nan\.sttm does not fit together: "):
        load_bundle(path)


@pytest.mark.parametrize("faces", [{"size": -1}, {"finder": "haar"}])
def test_settings_that_cannot_be_are_told_without_a_type_of_error(faces, saved, tmp_path):
    usual = peek(saved)[0]["faces"]
    path = repack(saved, tmp_path / "odd.sttm", head={"faces": {**usual, **faces}})
    with pytest.raises(InputError, match=r"odd\.sttm is no whole bundle: ") as told:
        load_bundle(path)
    assert "Error" not in str(told.value)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_bundle_is_refused_or_still_the_same(saved, tmp_path_factory, data):
    raw = bytearray(saved.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("damaged") / "m.sttm"
    path.write_bytes(raw)
    try:
        bundle = load_bundle(path)
    except InputError as error:
        assert "m.sttm" in str(error)
        return
    new = SMALL.measure_all(clips(2, seed=4))
    assert bundle.predict_proba(new).tobytes() == load_bundle(saved).predict_proba(new).tobytes()


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    bundle = make_bundle()
    bundle.classifier.strange_ = Planted(tmp_path / "witness")
    with pytest.raises(InputError, match="Planted"):
        save_bundle(bundle, tmp_path / "m.sttm")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="could not be written"):
        save_bundle(make_bundle(), tmp_path / "file" / "m.sttm")
