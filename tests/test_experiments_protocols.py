"""Protocols: no subject on both sides, every clip tested once, and sentences where that fails."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.config import ProtocolSection, parse
from experiments.folding.protocols import (
    PROTOCOLS,
    Fold,
    ProtocolSettings,
    ProtocolWarning,
    folds_of,
    grouped_splits,
    independence,
    make_folds,
    refuse_gaps,
    refuse_leaks,
    search_groups,
    subject_independent,
)
from sttm.errors import InputError
from sttm.mistakes import ConfigError

INDEPENDENT = [name for name, p in PROTOCOLS.items() if p.subject_independent]


def clips(seed: int = 0, subjects: int = 9, each: int = 6):
    """Return labels, subjects, data sets and parts; a subject belongs to one data set and part."""
    random = np.random.default_rng(seed)
    number = np.repeat(np.arange(subjects), each)
    random.shuffle(number)
    labels = np.array(["joy", "fear", "anger"])[random.integers(3, size=len(number))]
    return (
        labels.tolist(),
        [f"s{n}" for n in number],
        [f"set{n % 3}" for n in number],
        ["test" if n % 4 == 0 else "train" for n in number],
    )


def folds_of_name(name: str, data, **values):
    labels, subjects, datasets, parts = data
    chosen = ProtocolSettings(name, **{"folds": 4, **values})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProtocolWarning)
        return make_folds(labels, subjects, chosen, datasets=datasets, parts=parts)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(PROTOCOLS)), st.integers(0, 10**6), st.integers(4, 12))
def test_every_protocol_keeps_its_promise(name, seed, subjects):
    data = clips(seed, subjects)
    folds = folds_of_name(name, data)
    owners = np.array(data[1])
    tested = np.concatenate([f.test for f in folds])
    assert len({f.name for f in folds}) == len(folds)
    if PROTOCOLS[name].tests_all:
        assert sorted(tested) == list(range(len(owners)))
    for fold in folds:
        assert len(fold.train) and len(fold.test)
        assert not set(fold.train) & set(fold.test)
        if PROTOCOLS[name].subject_independent:
            assert not set(owners[fold.train]) & set(owners[fold.test])


@pytest.mark.parametrize("name", PROTOCOLS)
def test_same_seed_same_folds(name):
    a, b = (folds_of_name(name, clips(), seed=3) for _ in range(2))
    assert [(f.name, f.test.tolist()) for f in a] == [(f.name, f.test.tolist()) for f in b]


@pytest.mark.parametrize("name", INDEPENDENT)
def test_order_of_the_clips_does_not_matter(name):
    data = clips(1)
    order = np.random.default_rng(0).permutation(len(data[0]))
    moved = tuple([column[i] for i in order] for column in data)
    sides = []
    for owners, folds in (
        (data[1], folds_of_name(name, data)),
        (moved[1], folds_of_name(name, moved)),
    ):
        sides.append(sorted(sorted({owners[i] for i in f.test}) for f in folds))
    assert sides[0] == sides[1]


def test_another_seed_divides_the_subjects_differently():
    a, b = (folds_of_name("grouped-kfold", clips(), seed=s) for s in (0, 1))
    assert [f.test.tolist() for f in a] != [f.test.tolist() for f in b]


def test_loso_tests_one_subject_each():
    labels, subjects, *_ = clips()
    folds = make_folds(labels, subjects, ProtocolSettings("loso"))
    assert [f.name for f in folds] == sorted(set(subjects))
    assert all({subjects[i] for i in f.test} == {f.name} for f in folds)


def test_grouped_folds_share_out_the_classes():
    subjects = [f"s{i // 4}" for i in range(160)]
    labels = ["rare" if (i // 4) % 4 == 0 else "often" for i in range(160)]  # 10 rare subjects
    folds = make_folds(labels, subjects, ProtocolSettings("grouped-kfold", folds=5))
    assert [sum(labels[i] == "rare" for i in f.test) for f in folds] == [8] * 5


def test_no_fold_is_empty_when_few_subjects_are_very_large():
    sizes = [60, 60, 1, 1, 1]
    groups = np.repeat([f"s{i}" for i in range(5)], sizes)
    for seed in range(20):
        splits = grouped_splits(np.array(["a", "b"] * 61 + ["a"]), groups, 5, seed)
        assert sorted(len(test) for _, test in splits) == sorted(sizes)


def test_official_parts_may_be_ready_made_folds():
    labels, subjects, datasets, _ = clips()
    chosen = ProtocolSettings("official-split", test_parts=())
    folds = make_folds(labels, subjects, chosen, parts=datasets)
    assert [f.name for f in folds] == ["set0", "set1", "set2"]


def test_classes_rarer_than_folds_still_give_folds():
    labels, groups = np.array(["a", "b", "c", "a"]), np.array(["1", "2", "3", "4"])
    tested = [test.tolist() for _, test in grouped_splits(labels, groups, 4, 0)]
    assert sorted(tested) == [[0], [1], [2], [3]]


# the official split -----------------------------------------------------------------------------


def official(parts, **values):
    """Return the only fold over clips of alternating classes, one subject each, and the notes."""
    labels, people = (["a", "b"] * len(parts))[: len(parts)], [f"p{i}" for i in range(len(parts))]
    settings = ProtocolSettings("official-split", **values)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        [fold] = make_folds(labels, people, settings, parts=parts)
    return fold, [str(w.message) for w in caught]


def test_all_three_parts_are_used_as_the_contests_use_them():
    fold, notes = official(["train"] * 4 + ["validation"] * 2 + ["test"] * 2)
    assert [r.tolist() for r in (fold.train, fold.choose, fold.test)] == [
        [0, 1, 2, 3],
        [4, 5],
        [6, 7],
    ]
    assert (fold.name, fold.refit, notes) == ("test", False, [])
    assert fold.seen.tolist() == [0, 1, 2, 3, 4, 5]


def test_without_a_test_part_validation_is_tested_and_that_is_said():
    fold, notes = official(["train"] * 4 + ["validation"] * 2)
    assert fold.test.tolist() == [4, 5] and not len(fold.choose)
    assert len(notes) == 1 and "no part 'test'" in notes[0]
    asked, notes = official(["train"] * 4 + ["validation"] * 2, test_parts=("validation",))
    assert asked.test.tolist() == [4, 5] and notes == []


def test_parts_may_be_named_and_what_is_not_used_is_said():
    parts = ["fit"] * 4 + ["look"] * 2 + ["judge"] * 2 + ["spare"]
    words = {"train_parts": ("fit",), "choose_parts": ("look",), "test_parts": ("judge",)}
    fold, notes = official(parts, **words, refit=True)
    assert (fold.name, fold.refit) == ("judge", True)
    assert notes == ["the clips of part spare are not used."]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"train_parts": ("trian",)}, "did you mean 'train'"),
        ({"train_parts": ()}, "at least one part"),
        ({"choose_parts": ("test",)}, "part test cannot be trained on and tested"),
        ({"test_parts": (), "choose_parts": ("test",)}, "needs protocol.test"),
    ],
)
def test_impossible_parts_are_refused(values, words):
    with pytest.raises(InputError, match=words):
        official(["train"] * 4 + ["test"] * 2, **values)


def test_parts_that_name_classes_in_two_ways_are_refused():
    labels, parts = ["happy", "sad", "happiness", "sadness"], ["train", "train", "test", "test"]
    with pytest.raises(InputError, match="no class in common"):
        make_folds(labels, None, ProtocolSettings("official-split"), parts=parts)


def test_a_person_in_choose_and_test_is_a_person_on_both_sides():
    labels, parts = ["a", "b"] * 3, ["train"] * 2 + ["validation"] * 2 + ["test"] * 2
    people = ["1", "2", "3", "4", "4", "5"]
    assert (
        "on both sides" in said(labels, people, ProtocolSettings("official-split"), parts=parts)[0]
    )


# what follows -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROTOCOLS)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_search_keeps_known_people_together_and_never_joins_unknown_ones(name, data):
    people = data.draw(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=2, max_size=12))
    groups = search_groups(name, people)
    if name == "sample-kfold" or not any(people):
        assert groups is None
    elif groups is None:
        assert len(set(people)) == 1
    else:
        for i, j in zip(*np.triu_indices(len(people), 1), strict=True):
            assert (groups[i] == groups[j]) == (people[i] == people[j] != "")


def test_leaving_data_sets_out_does_without_subjects_and_says_so():
    labels, sets = ["a", "b"] * 4, ["x"] * 4 + ["y"] * 4
    chosen = ProtocolSettings("leave-one-dataset-out")
    [text] = said(labels, None, chosen, datasets=sets)
    assert "not shown to be subject-independent: subjects are unknown" in text
    assert said(labels, [f"{s}/{i}" for i, s in enumerate(sets)], chosen, datasets=sets) == []
    with pytest.raises(InputError, match="different names"):
        make_folds(labels, ["1", "", "", "", "1", "", "", ""], chosen, datasets=sets)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_config_names_every_protocol(name):
    labels, subjects, datasets, parts = clips()
    table = pd.DataFrame({"subject": subjects, "dataset": datasets, "part": parts})
    section = parse(ProtocolSection, {"name": name, "folds": 4})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProtocolWarning)
        folds = folds_of(section, table, labels, 3)
    expected = folds_of_name(name, clips(), seed=3)
    assert [f.test.tolist() for f in folds] == [f.test.tolist() for f in expected]
    claim = PROTOCOLS[name].subject_independent
    assert independence(name, folds, subjects) is (claim if claim is not None else True)


@pytest.mark.parametrize("name", sorted(set(PROTOCOLS) - {"official-split"}))
@pytest.mark.parametrize("words", [{"train": "train"}, {"test": []}, {"refit": True}])
def test_words_of_the_official_split_are_refused_elsewhere(name, words):
    with pytest.raises(ConfigError, match="only official-split has"):
        parse(ProtocolSection, {"name": name, **words})


# planted leaks ----------------------------------------------------------------------------------


def test_a_planted_leak_is_refused_by_name():
    leak = [Fold("f1", np.array([0, 1]), np.array([2])), Fold("f2", np.array([2]), np.array([0]))]
    with pytest.raises(InputError, match=r"'f1' anna"):
        refuse_leaks(leak, ["anna", "bert", "anna"])
    assert subject_independent(leak, ["anna", "bert", "anna"]) is False
    assert subject_independent(leak, ["anna", "bert", "carl"]) is True
    assert subject_independent(leak, ["anna", "bert", ""]) is None


def test_one_person_in_two_data_sets_is_a_leak():
    with pytest.raises(InputError, match="different names"):
        make_folds(
            ["a", "b"] * 4,
            ["01", "02", "03", "04"] * 2,
            ProtocolSettings("leave-one-dataset-out"),
            datasets=["x"] * 4 + ["y"] * 4,
        )


@pytest.mark.parametrize(
    ("folds", "words"),
    [
        ([((0, 1), (1, 2))], "trained on"),
        ([((0, 1), (2,)), ((2,), (0,))], "row 1 is tested 0 times"),
        ([((0,), (1, 2)), ((2,), (0, 1))], "row 1 is tested 2 times"),
        ([((), (0, 1, 2))], "no training clips"),
        ([((0, 1, 2), ())], "no tested clips"),
    ],
)
def test_gaps_are_refused(folds, words):
    made = [Fold(f"f{i}", np.array(a, int), np.array(b, int)) for i, (a, b) in enumerate(folds)]
    with pytest.raises(InputError, match=words):
        refuse_gaps(made, 3)


# sentences --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", INDEPENDENT)
@pytest.mark.parametrize("blank", ["", None, float("nan"), pd.NA, "  "])
def test_missing_subjects_are_refused(name, blank):
    labels, subjects, datasets, _ = clips()
    with pytest.raises(InputError, match="1 of 54 clips have none"):
        make_folds(labels, [blank, *subjects[1:]], ProtocolSettings(name), datasets=datasets)
    with pytest.raises(InputError, match="54 of 54"):
        make_folds(labels, None, ProtocolSettings(name), datasets=datasets)


@pytest.mark.parametrize(
    ("labels", "subjects", "values", "words"),
    [
        (["a"] * 4, ["1", "2", "3", "4"], {}, "two classes"),
        ([], [], {}, "two classes"),
        (["a", ""], ["1", "2"], {}, "1 clips have none"),
        (["a", "b"], ["1"], {}, "2 labels but 1 subjects"),
        (["a", "b"], ["1", "1"], {}, "at least two subjects"),
        (["a", "b"] * 2, ["1", "2"] * 2, {"name": "grouped-kfold"}, "clips have 2"),
        (["a", "b"] * 2, ["1", "2"] * 2, {"name": "sample-kfold"}, "at least as many clips"),
        (["a", "b"] * 2, ["1"] * 4, {"name": "sample-kfold", "folds": 3}, "largest class has 2"),
        (["a", "b"], ["1", "2"], {"name": "leave-one-dataset-out"}, "dataset of every clip"),
        (["a", "b"], ["1", "2"], {"name": "official-split"}, "clips name none"),
    ],
)
def test_impossible_protocols_are_refused(labels, subjects, values, words):
    with pytest.raises(InputError, match=words):
        make_folds(labels, subjects, ProtocolSettings(**values))


def test_impossible_settings_are_refused():
    with pytest.raises(InputError, match="did you mean 'loso'"):
        ProtocolSettings("losso")
    with pytest.raises(InputError, match="at least 2"):
        ProtocolSettings("grouped-kfold", folds=1)
    both = ProtocolSettings("official-split", train_parts=("test",))
    with pytest.raises(InputError, match="trained on and tested"):
        make_folds(["a", "b"], None, both, parts=["test", "test"])


def test_a_class_of_one_subject_is_said():
    with pytest.warns(ProtocolWarning, match=r"'fear' comes from one subject only \(3\)"):
        make_folds(["joy", "joy", "fear"], ["1", "2", "3"], ProtocolSettings("loso"))


def said(labels, subjects, settings, **columns) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make_folds(labels, subjects, settings, **columns)
    return [str(w.message) for w in caught if issubclass(w.category, ProtocolWarning)]


def test_folds_that_lack_a_class_are_said():
    labels = ["joy", "anger", "joy", "anger", "fear", "fear"]
    parts = ["train", "train", "test", "test", "test", "test"]
    people = ["1", "2", "3", "4", "5", "6"]
    assert said(labels, people, ProtocolSettings("official-split"), parts=parts) == [
        "fold 'test' tests class fear without training clips."
    ]
    labels[3] = "joy"
    [sentence] = said(labels, people, ProtocolSettings("official-split"), parts=parts)
    assert "class fear" in sentence and "class anger is trained on but not tested" in sentence
    one = ["joy", "joy", "joy", "fear", "fear", "fear"]
    assert "one class only" in said(one, people, ProtocolSettings("official-split"), parts=parts)[0]


def test_many_folds_that_lack_a_class_are_one_sentence():
    labels, people = ["a", "b"] * 5 + list("ccdd"), [f"{i:02d}" for i in range(14)]
    sets = [f"set{i}" for i in range(10)] + ["set10"] * 2 + ["set11"] * 2
    text = said(labels, people, ProtocolSettings("leave-one-dataset-out"), datasets=sets)
    assert text == [f"fold {f!r} tests class {c} without training clips."
                    for f, c in (("set10", "c"), ("set11", "d"))]  # fmt: skip
    labels = ["x", "x", *(f"class{i // 2}" for i in range(8))]
    sets = ["x", "y", *(f"set{i // 2}" for i in range(8))]
    chosen = ProtocolSettings("leave-one-dataset-out")
    [text] = said(labels, [str(i) for i in range(10)], chosen, datasets=sets)
    assert text.startswith("4 folds ('set0', 'set1', 'set2' and 1 more)")


@pytest.mark.parametrize(
    ("name", "subjects", "words"),
    [
        ("sample-kfold", ["1", "2"] * 4, "not subject-independent"),
        ("official-split", ["1", "2"] * 4, "both sides"),
        ("official-split", None, "unknown"),
    ],
)
def test_dependent_protocols_say_so(name, subjects, words):
    parts = ["train"] * 4 + ["test"] * 4
    with pytest.warns(ProtocolWarning, match=words):
        make_folds(["a", "a", "b", "b"] * 2, subjects, ProtocolSettings(name, folds=2), parts=parts)


def test_no_warning_where_nothing_is_wrong():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_folds(["a", "b"] * 4, [str(i) for i in range(8)], ProtocolSettings("loso"))
        make_folds(
            ["a", "b"] * 4, [str(i) for i in range(8)], ProtocolSettings("grouped-kfold", folds=4)
        )
