"""Suspects: confident learning, and the predictions it reads."""

import numpy as np
import pandas as pd
import pytest
import reference_confident
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import confident_joint, confident_learning, read_predictions, suspects_in
from labeling.suspects import thresholds
from sttm.errors import InputError

PLENTY = settings(deadline=None, max_examples=60)
NAMES = ["anger", "fear", "joy", "sad", "calm", "bored", "shock", "shame"]


def planted(n=1000, classes=5, rate=0.1, sharp=3.0, seed=0):
    """Return (true, given, p): labels with planted errors, and what a fair model thinks."""
    rng = np.random.default_rng(seed)
    share = np.arange(classes, 0, -1.0)
    true = rng.choice(classes, size=n, p=share / share.sum())
    given = true.copy()
    wrong = rng.random(n) < rate
    given[wrong] = (true[wrong] + rng.integers(1, classes, wrong.sum())) % classes
    score = rng.normal(size=(n, classes))
    score[np.arange(n), true] += sharp
    p = np.exp(1.5 * score)
    return true, given, p / p.sum(axis=1, keepdims=True)


def table(given, p):
    """Return a predictions table."""
    names = NAMES[: p.shape[1]]
    out = pd.DataFrame(p, columns=[f"p:{n}" for n in names])
    out.insert(0, "predicted", [names[k] for k in p.argmax(axis=1)])
    out.insert(0, "label", [names[k] for k in given])
    out.insert(0, "fold", "0")
    out.insert(0, "clip", [f"c{i}" for i in range(len(p))])
    return out


def learned(given, p, **options):
    names = NAMES[: p.shape[1]]
    return confident_learning([names[k] for k in given], p, names, **options)


SMALL = st.tuples(st.integers(5, 40), st.integers(2, 4), st.integers(0, 10**6))


@PLENTY
@given(SMALL)
def test_is_the_slow_twin(shape):
    n, classes, seed = shape
    _, labels, p = planted(n, classes, 0.3, 1.0, seed)
    if len(set(labels)) < 2:
        return
    plain = labels.tolist(), p.tolist()
    slow = [np.inf if t is None else t for t in reference_confident.thresholds(*plain)]
    assert np.allclose(thresholds(labels, p), slow)
    found = confident_joint([NAMES[k] for k in labels], p, NAMES[:classes])
    assert np.allclose(found, reference_confident.joint(*plain))
    assert learned(labels, p)["issue"].tolist() == reference_confident.issues(*plain)


@pytest.mark.parametrize("pick", ["confident", "noise rate"])
@pytest.mark.parametrize("order", ["margin", "confidence"])
def test_ranks_issues_first_then_by_doubt_and_the_order_of_clips_does_not_matter(pick, order):
    _, labels, p = planted(200)
    found = learned(labels, p, pick=pick, order=order)
    assert sorted(found["rank"]) == list(range(1, 201))
    ranked = found.sort_values("rank")
    assert ranked["issue"].is_monotonic_decreasing
    for _, part in ranked.groupby("issue"):
        assert part["doubt"].is_monotonic_decreasing
    assert found["doubt"].between(0, 1).all()
    turned = learned(labels[::-1], p[::-1], pick=pick, order=order)
    assert turned["issue"].tolist()[::-1] == found["issue"].tolist()


def test_doubt_is_what_the_docstring_says():
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.5, 0.3]])
    labels = np.array([0, 1, 2])
    assert np.allclose(learned(labels, p)["doubt"], [0.25, 0.35, 0.6])
    assert np.allclose(learned(labels, p, order="confidence")["doubt"], [0.3, 0.4, 0.7])


@pytest.mark.parametrize(
    ("pick", "precision", "recall"), [("confident", 0.85, 0.74), ("noise rate", 0.80, 0.87)]
)
def test_finds_planted_errors(pick, precision, recall):
    """A model that is right 94 times in 100; a tenth of the labels is wrong."""
    for seed in range(3):
        true, labels, p = planted(seed=seed)
        issue = learned(labels, p, pick=pick)["issue"].to_numpy()
        wrong = true != labels
        assert (issue & wrong).sum() / issue.sum() > precision
        assert (issue & wrong).sum() / wrong.sum() > recall


def test_the_joint_estimates_how_labels_are_confused():
    true, labels, p = planted(n=4000, classes=3, rate=0.2, sharp=4.0)
    found = confident_joint([NAMES[k] for k in labels], p, NAMES[:3]).to_numpy()
    counted = np.array([[((labels == i) & (true == j)).sum() for j in range(3)] for i in range(3)])
    assert np.allclose(found.sum(axis=1), counted.sum(axis=1))
    assert np.abs(found - counted).max() < 0.02 * 4000


def test_a_model_without_doubt_has_no_suspects():
    labels = np.arange(60) % 3
    assert not learned(labels, np.eye(3)[labels] * 0.94 + 0.02)["issue"].any()


def test_classes_that_nobody_said_are_told_and_never_suspected():
    _, labels, p = planted(200, 3)
    wide = np.column_stack([p * 0.5, np.full(200, 0.5)])
    found = learned(labels, wide)
    assert found.attrs["notes"] == [
        "no clip is labelled sad, so no clip can be suspected to be that."
    ]
    joint = confident_joint([NAMES[k] for k in labels], wide, NAMES[:4])
    assert (joint["sad"] == 0).all() and (joint.loc["sad"] == 0).all()


@pytest.mark.parametrize(
    ("labels", "p", "sentence"),
    [
        ([0, 1], [[0.5, 0.6], [0.5, 0.5]], "sum to 1; 1 of 2 rows"),
        ([0, 1], [[np.nan, 1.0], [0.5, 0.5]], "sum to 1"),
        ([0, 1], [[-0.1, 1.1], [0.5, 0.5]], "from 0 to 1"),
        ([0, 1], [[0.3, 0.7], [0.3, 0.7]], "the same probabilities"),
        ([0, 0], [[0.3, 0.7], [0.4, 0.6]], "all labelled 'anger'"),
        ([0, 1], [[1.0], [1.0]], "two or more classes"),
        ([], np.zeros((0, 2)), "0 clips"),
    ],
)
def test_what_says_nothing_of_labels_is_refused_in_a_sentence(labels, p, sentence):
    p = np.array(p)
    with pytest.raises(InputError, match=sentence):
        confident_learning([NAMES[k] for k in labels], p, NAMES[: p.shape[1]])


def test_shapes_names_and_options_are_checked():
    p = np.array([[0.3, 0.7], [0.6, 0.4]])
    with pytest.raises(InputError, match=r"shape \(3, 2\)"):
        confident_learning(["anger", "fear", "joy"], p, ["anger", "fear"])
    with pytest.raises(InputError, match="did you mean 'anger'"):
        confident_learning(["angr", "fear"], p, ["anger", "fear"])
    with pytest.raises(InputError, match="table of numbers"):
        confident_learning(["anger", "fear"], [["a", "b"], ["c", "d"]], ["anger", "fear"])
    for option in ({"order": "margn"}, {"pick": "confidnt"}):
        with pytest.raises(InputError, match="did you mean"):
            confident_learning(["anger", "fear"], p, ["anger", "fear"], **option)


def test_suspects_of_a_run_are_in_the_order_of_their_rank():
    _, labels, p = planted(100)
    found = suspects_in(table(labels, p).sample(frac=1, random_state=1))
    columns = ["clip", "label", "predicted", "probability", "doubt", "rank", "issue"]
    assert list(found.columns) == columns
    assert found["rank"].tolist() == list(range(1, 101))
    same = learned(labels, p)
    by_clip = found.set_index("clip").loc[[f"c{i}" for i in range(100)]]
    assert by_clip["issue"].tolist() == same["issue"].tolist()
    assert np.allclose(by_clip["probability"], p.max(axis=1))


# files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_reads_a_run_or_a_file_whatever_saved_it(tmp_path, separator, encoding):
    _, labels, p = planted(20, 3)
    written = table(labels, p)
    written.to_csv(tmp_path / "predictions.csv", sep=separator, encoding=encoding, index=False)
    for path in (tmp_path, tmp_path / "predictions.csv"):
        found = read_predictions(path)
        assert found["label"].tolist() == written["label"].tolist()
        assert np.allclose(found.filter(like="p:"), p, rtol=0, atol=1e-15)


def test_a_table_with_clip_label_and_probabilities_rounded_by_hand_is_enough(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("clip , label,p:joy, p:fear\n\na,joy,0.3333,0.6663\nb, fear ,0.1,0.9\n")
    assert suspects_in(read_predictions(file))["clip"].tolist() == ["a", "b"]


HEAD = "clip,label,p:joy,p:fear\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no predictions table"),
        ("clip,label\na,joy\n", "one column 'p:<class>'"),
        ("clip,p:joy,p:fear\na,0.5,0.5\n", "column 'label'"),
        ("label,p:joy,p:fear\njoy,0.5,0.5\n", "column 'clip'"),
        (HEAD + "a,joy,0.5,0.5\na,joy,0.4,0.6\n", "each clip once.*a is there several times"),
        (HEAD + "a,,0.5,0.5\n", "needs a label; a has none"),
        (HEAD + "a,joy,half,0.5\n", "sum to 1; they are not for clip a"),
        (HEAD + "a,joy,0.5\n", "not for clip a"),
        (HEAD + "a,joy,0.5,0.5,7,8\n", "more cells than its header"),
        (HEAD + ",joy,0.5,0.5\n", "without a clip"),
    ],
)
def test_files_that_are_none_are_refused_with_their_name(tmp_path, text, sentence):
    file = tmp_path / "mine.csv"
    file.write_text(text)
    with pytest.raises(InputError, match="mine.csv.*" + sentence):
        suspects_in(read_predictions(file))


def test_missing_files_and_wrong_bytes_are_told(tmp_path):
    with pytest.raises(InputError, match="this folder has none"):
        read_predictions(tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        read_predictions(tmp_path / "gone.csv")
    (tmp_path / "mine.csv").write_bytes(b"clip,label\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_predictions(tmp_path / "mine.csv")
    with pytest.raises(InputError, match="read_predictions"):
        suspects_in(tmp_path)


@PLENTY
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_table_or_a_sentence(tmp_path_factory, data, headed):
    file = tmp_path_factory.mktemp("any") / "predictions.csv"
    file.write_bytes((HEAD.encode() if headed else b"") + data)
    try:
        suspects_in(read_predictions(file))
    except InputError as error:
        assert "\n" not in str(error)


# another library --------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [(2, 0.1, 2.0), (5, 0.1, 3.0), (7, 0.2, 2.5), (8, 0.3, 3.0)])
def test_cleanlab_ranks_alike_and_flags_the_same(case):
    """Order of doubt the same; the same issues, and by noise rate 98 in 100 of them."""
    reason = "cleanlab, the library to compare with, is not installed"
    find = pytest.importorskip("cleanlab.filter", reason=reason).find_label_issues
    score = pytest.importorskip("cleanlab.rank", reason=reason).get_label_quality_scores
    classes, rate, sharp = case
    _, labels, p = planted(1000, classes, rate, sharp)
    for order, method in (("margin", "normalized_margin"), ("confidence", "self_confidence")):
        theirs = score(labels, p, method=method)
        assert np.allclose(1 - learned(labels, p, order=order)["doubt"], theirs)
    for pick, by, least in (
        ("confident", "confident_learning", 1.0),
        ("noise rate", "prune_by_noise_rate", 0.98),
    ):
        ours = learned(labels, p, pick=pick)["issue"].to_numpy()
        theirs = find(labels, p, filter_by=by, n_jobs=1)
        assert (ours & theirs).sum() / (ours | theirs).sum() >= least
