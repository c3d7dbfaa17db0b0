"""`sttm datasets`: the list of kinds, and a folder of one held against what was published."""

from __future__ import annotations

import re

import pytest
from sequence_material import packs  # noqa: F401 (a fixture)
from trees import TREES, clip_file

from experiments.catalogue import catalogue_lines, check_dataset, checked_lines
from experiments.cli import main
from experiments.datasets import READERS
from experiments.keeping.described import describe_data
from experiments.shipped import shipped_configs
from sttm.errors import InputError
from sttm.mistakes import ConfigError


def check_tree(kind, root, *more):
    """Check a tiny tree as the command does: the path, and the other settings as text."""
    values = TREES[kind](root)
    path = values.pop("path", None)
    settings = [f"{k}={v}" for k, v in values.items()]
    return check_dataset(kind, path, [*settings, *more])


@pytest.mark.parametrize("kind", READERS)
def test_the_list_says_all_of_a_kind(kind):
    lines = catalogue_lines(kind)
    text = "\n".join(lines)
    card = READERS[kind].card
    assert lines[0] == f"{kind}: {card.title}" and max(map(len, lines)) <= 100
    for line in card.layout.splitlines():
        assert f"    {line}" in lines
    flat = " ".join(text.split())
    for said in (card.licence, card.citation):
        assert " ".join(said.split()) in flat
    for name, field in READERS[kind].settings.model_fields.items():
        if name != "kind":
            assert re.search(rf"^    {name}( \(needed\))?: ", text, re.M), name
            assert " ".join((field.description or "?").split()) in flat


def test_the_list_has_every_kind_and_every_config_once():
    text = "\n".join(catalogue_lines())
    assert re.findall(r"^([^\s:]+): ", text, re.M) == list(READERS)
    named = re.findall(r"[\w-]+", " ".join(re.findall(r"  configs  (.+(?:\n {11}.+)*)", text)))
    assert sorted(named) == sorted(shipped_configs())


@pytest.mark.parametrize("kind", READERS)
def test_a_check_counts_what_the_reader_gives(kind, tmp_path):
    checked = check_tree(kind, tmp_path)
    counts = checked.counts()
    assert counts["clips"] == len(checked.data.clips)
    labels = {k: n for k, n in counts.items() if k not in ("clips", "subjects")}
    assert sum(labels.values()) == counts["clips"]
    text = "\n".join(checked_lines(checked))
    assert checked.unreadable == []
    for name, n in counts.items():
        assert re.search(rf"^{re.escape(name)} +{n}\b", text, re.M), name
    for table in (checked.data.skipped, checked.data.passed):
        shown = table["reason"].value_counts().head(8)
        for reason, n in shown.items():
            assert reason in text and str(n) in text


@pytest.mark.parametrize("kind", [k for k in READERS if "path" in READERS[k].settings.model_fields])
def test_a_place_that_is_no_such_data_set_is_one_sentence(kind, tmp_path):
    strays = tmp_path / "strays"
    strays.mkdir()
    (strays / "notes.txt").write_text("nothing here")
    for path in (tmp_path / "nowhere", strays, strays / "notes.txt"):
        with pytest.raises(InputError) as refusal:
            check_dataset(kind, path, [])
        assert str(refusal.value).endswith(".") and "\n" not in str(refusal.value)


def test_missing_clips_are_counted_against_the_published_ones(tmp_path):
    checked = check_tree("drawn", tmp_path)
    checked.published["clips"] += 5
    checked.published["boredom"] = 5
    text = "\n".join(checked_lines(checked))
    assert re.search(r"^clips +21 +26  -5$", text, re.M)
    assert re.search(r"^boredom +0 +5  -5$", text, re.M)


def test_a_clip_that_cannot_be_opened_is_named(tmp_path, capfd):
    for label in ("glad", "sad"):
        clip_file(tmp_path / label / "a.npy")
    (tmp_path / "sad" / "a.npy").write_bytes(b"junk")
    assert main(["datasets", "check", "folder", str(tmp_path)]) == 1
    said = capfd.readouterr().out
    assert "unreadable sad/a.npy: " in said and "glad/a.npy" not in said


def test_the_command_takes_settings_with_and_without_their_section(tmp_path, capfd):
    values = TREES["folder"](tmp_path)
    call = ["datasets", "check", "folder", str(values["path"])]
    for key in ("subject", "data.subject"):
        assert main([*call, "--set", f"{key}={values['subject']}"]) == 0
        assert re.search(r"^subjects +3$", capfd.readouterr().out, re.M)
    assert main([*call, "--set", "subjects=3"]) == 1
    assert "did you mean 'subject'" in capfd.readouterr().err


def test_an_unknown_kind_is_refused_with_a_guess():
    with pytest.raises(InputError, match="did you mean 'folder'"):
        check_dataset("foldr", None, [])
    with pytest.raises(InputError, match="did you mean 'csv'"):
        catalogue_lines("cvs")
    with pytest.raises(ConfigError, match="path is missing"):
        check_dataset("folder", None, [])
    with pytest.raises(InputError, match="not read from a path"):
        check_dataset("drawn", "somewhere", [])


def test_published_counts_follow_the_chosen_classes(tmp_path):
    values = TREES["casme2"](tmp_path)
    classes = "data.classes={negative: [disgust, repression, sadness], positive: [happiness]}"
    checked = check_dataset("casme2", values["path"], [classes])
    assert checked.published == {"negative": 63 + 27 + 7, "positive": 32, "clips": 129}
    assert set(checked.counts()) == {"negative", "positive", "clips", "subjects"}
    known = describe_data({"kind": "casme2", "path": "x"}).published
    everything = [label for label in known if label not in ("clips", "subjects")]
    renamed = {"kind": "casme2", "path": "x", "classes": everything}
    assert describe_data(renamed).published == known
    some = {"kind": "casme2", "path": "x", "classes": {"a": ["fear", "boredom"], "b": ["disgust"]}}
    assert describe_data(some).published == {"b": 63}
