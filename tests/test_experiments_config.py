"""Configs: what is read, what is refused and with which words; nothing in them is executed."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import CLASSIFIERS
from experiments.config import MOST, Config, RecipeConfig, load_config, parse
from experiments.keeping.provenance import command
from experiments.settings import apply_settings
from experiments.template import kinds, template_text
from sttm.descriptors import DESCRIPTORS
from sttm.descriptors.sttm import PRESETS
from sttm.errors import InputError
from sttm.mistakes import ConfigError
from sttm.reading import MOST_VALUES, parse_yaml, read_yaml

BASE = "data: {kind: drawn, subjects: 3}\n"


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory):
    global PLACE
    PLACE = tmp_path_factory.mktemp("config")


def load(text, *settings):
    path = PLACE / "t.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, list(settings))


# what is read -----------------------------------------------------------------------------------


def test_the_smallest_config_is_one_word():
    config = load("data: drawn")
    assert config.data.kind == "drawn" and config.name == "t"
    assert config.descriptor["name"] == "sttm" and config.classifier == {"name": "svm"}
    assert str(config.folder()) == "runs/t"


@pytest.mark.parametrize(
    ("text", "where", "value"),
    [
        ("descriptor: lbp-top", "descriptor.name", "lbp-top"),
        ("descriptor: {coding: root}", "descriptor.coding", "root"),
        ("classifier: knn", "classifier.name", "knn"),
        ("classifier: {kernel: rbf}", "classifier.name", "svm"),
        ("classifier: {name: svm, C: 1e-3}", "classifier.C", 0.001),
        ("classifier: {name: svm, C: [1e-3, 1E+2, .5e1, 2]}", "classifier.C", [0.001, 100, 5, 2]),
        ("protocol: grouped-kfold", "protocol.name", "grouped-kfold"),
        ("name: 2016", "name", "2016"),
        ("title: 5", "title", "5"),
        ("time:", "time.frames", 20),
        ("descriptor:", "descriptor.name", "sttm"),
        ("descriptor: {preset: 2016}", "descriptor.coding", "response"),
        ("descriptor: {preset: '2016'}", "descriptor.grid", [1, 8, 8]),
        ("descriptor: {preset: 2016, bins: 8}", "descriptor.bins", 8),
        ("descriptor: {preset: 2016, coding: root}", "descriptor.coding", "root"),
        ("descriptor: {name: sttm, as: mine}", "descriptor.name", "sttm"),
    ],
)
def test_short_and_hasty_spellings_are_understood(text, where, value):
    node = load(BASE + text)
    for part in where.split("."):
        node = node[part] if isinstance(node, dict) else getattr(node, part)
    assert node == value


def test_several_descriptors_stand_side_by_side():
    one = load(BASE + "descriptor: [sttm, lbp-top]")
    assert [m["name"] for m in one.descriptor] == ["sttm", "lbp-top"]
    names = one.make_descriptor().get_feature_names_out()
    assert {n.split(":")[0] for n in names} == {"sttm", "lbp-top"}
    twice = load(BASE + "descriptor: [{as: fine, grid: [1, 4, 4]}, {as: coarse, grid: [1, 2, 2]}]")
    names = twice.make_descriptor().get_feature_names_out()
    assert {n.split(":")[0] for n in names} == {"fine", "coarse"}
    alone = load(BASE + "descriptor: [{name: sttm, as: x}]")
    assert [m["as"] for m in alone.descriptor] == ["x"]


@pytest.mark.parametrize("descriptor", [*DESCRIPTORS, "[sttm, {name: vlbp, as: v}]"])
def test_a_config_as_yaml_says_the_same_config(descriptor):
    config = load(
        BASE + f"descriptor: {descriptor}\nclassifier: {{name: knn, n_neighbors: [1, 3]}}"
    )
    again = load(config.as_yaml())
    assert again == config
    assert load(again.as_yaml(), "seed=1") != config


def test_a_byte_order_mark_and_unicode_are_read(tmp_path):
    (tmp_path / "ü.yaml").write_bytes(
        b"\xef\xbb\xbf" + "data: drawn\ntitle: Gefühle 表情\n".encode()
    )
    assert load_config(tmp_path / "ü.yaml").title == "Gefühle 表情"


# what is refused, and how -----------------------------------------------------------------------

REFUSED = {
    "": "it is empty",
    "hello": "must hold keys and values",
    "[1, 2]": "must hold keys and values",
    "title: x": "data is missing; it must be given",
    "data:": "data is missing",
    "data: drawm": "data.kind 'drawm' is unknown: did you mean 'drawn'",
    "data: CK+": "data.kind 'CK+' is unknown: did you mean 'ck+'",
    "data: {subjects: 3}": "data must be a mapping that says its 'kind'",
    "data: {kind: drawn, classes: 5}": "data.classes: it must be a list of labels",
    "data: {kind: drawn, classes: {a: fear, b: [anger]}}": "such as {negative: [anger, fear]",
    "data: {kind: drawn, classes: [no, yes]}": "in quotes",
    "data: [1]": "data must be a mapping",
    "data: {kind: folder}": "data.path is missing",
    "data: {kind: drawn, subject: 3}": "data.subject is not a setting; did you mean 'subjects'",
    "data: {kind: drawn, subjects: many}": "data.subjects must be a whole number, not 'many'",
    "data: {kind: drawn, subjects: 0}": "data.subjects must be at least 1, not 0",
    "data: {kind: folder, path: x, subject: '('}": "data.subject: '(' is no regular expression",
    "data: {kind: folder, path: x, subject: S}": "exactly one group",
    BASE + "clasifier: svm": "clasifier is not a setting; did you mean 'classifier'",
    BASE + "classifier: svn": "unknown classifier 'svn': did you mean 'svm'",
    BASE + "classifier: SVM": "unknown classifier 'SVM': did you mean 'svm'",
    BASE + "classifier: {c: 1}": "unknown parameter of 'svm' 'c': did you mean 'C'",
    BASE + "classifier: [svm]": "classifier must be a mapping",
    BASE + "classifier: {kernl: rbf}": "did you mean 'kernel'",
    BASE + "classifier: {kernel: rbff}": "did you mean 'rbf'",
    BASE + "classifier: {C: -1}": "C must be a number above 0",
    BASE + "classifier: {C: []}": "empty list",
    BASE + "classifier: {name: knn, n_neighbors: 0}": "n_neighbors",
    BASE + "descriptor: sttn": "unknown descriptor 'sttn': did you mean 'sttm'",
    BASE + "descriptor: 5": "name a descriptor",
    BASE + "descriptor: []": "name at least one descriptor",
    BASE + "descriptor: [sttm, sttm]": "need different names ('as')",
    BASE + "descriptor: {codin: root}": "sttm.codin is not a setting; did you mean 'coding'",
    BASE + "descriptor: {1: 2}": "sttm.1 is not a setting",
    BASE + "descriptor: {coding: rot}": "unknown coding 'rot': did you mean 'root'",
    BASE + "descriptor: {grid: 5}": "sttm.grid must be a list, not 5",
    BASE + "descriptor: {grid: [1, 2]}": "grid must be three whole numbers",
    BASE + "descriptor: {grid: [9, 999, 999]}": f"grid must have at most {MOST} blocks",
    BASE + "descriptor: {azimuths: 1000000}": f"azimuths must be at most {MOST}",
    BASE + "descriptor: {preset: 2017}": "unknown preset of sttm '2017'",
    BASE + "descriptor: {name: lbp-top, preset: 2016}": "lbp-top has no presets",
    BASE + "faces: {crop: stabel}": "faces: unknown crop 'stabel': did you mean 'stable'",
    BASE + "faces: {siz: 3}": "faces.siz is not a setting; did you mean 'size'",
    BASE + "faces: {size: big}": "faces.size must be a whole number, not 'big'",
    BASE + "faces: {margin: .nan}": "faces: margin must be a number",
    BASE + "faces: {faces: all}": "one face per clip",
    BASE + "faces: {finder: boxes}": "cannot be given boxes",
    BASE + "faces: small": "faces must be a mapping of keys and values, not 'small'",
    BASE + "time: {frames: 1}": "time: frames must be a whole number from 2",
    BASE + "time: {frames: 12.5}": "time.frames must be a whole number, not 12.5",
    BASE + "time: {phase: onset}": "did you mean 'onset-apex'",
    BASE + "protocol: losso": "protocol.name 'losso' is unknown: did you mean 'loso'",
    BASE + "protocol: {folds: 1}": "protocol.folds must be at least 2, not 1",
    BASE + "report: {bootstrap: 5}": "report.bootstrap must be at least 100, not 5",
    BASE + "seed: -1": "seed must be at least 0, not -1",
    BASE + "seed: x": "seed must be a whole number, not 'x'",
    BASE + "jobs: 0": "jobs must be at least 1, or -1 for one per core",
    BASE + "name: a b": "name must be one word",
    BASE + "name: ../x": "name must be one word",
    BASE + "name: 2016-01-01": "name must be text (in quotes",
    BASE + "output: [1]": "output must be a path",
    BASE + BASE: "line 2: 'data' is given twice",
    BASE + "time: {frames: 3, frames: 4}": "'frames' is given twice",
    BASE + "? [a]\n: b": "a key must be one word",
    BASE + "x: !!python/object/apply:os.system [ls]": "the tag python/object/apply:os.system is",
    BASE + "x: !!python/name:os.system": "is refused; give plain values",
    BASE + "x: !mine 3": "refused",
    BASE + "x: !!timestamp abc": "does not fit its tag",
    BASE + "x: !!int abc": "does not fit its tag",
    BASE + "x: !!bool abc": "does not fit its tag",
    BASE + "x: *nothing": "undefined alias 'nothing'",
    BASE + "x: &a [*a]": f"more than {MOST_VALUES} values",
    BASE + "x: [1": "line 2",
    "data: \tdrawn\x01": "not plain text",
    "{" * 5000: "nested too deeply",
    "[" * 100_000: "nested too deeply",
}


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=lambda t: t[:50])
def test_mistakes_are_named(text, words):
    with pytest.raises(ConfigError) as refusal:
        load(text)
    message = str(refusal.value)
    assert words in message
    assert "t.yaml" in message
    assert len(message.splitlines()) == 1 and len(message) < 420
    assert message.endswith(".")


def test_every_mistake_is_named_at_once():
    with pytest.raises(ConfigError) as refusal:
        load(BASE + "seed: x\ntime: {frames: 1}\nfaces: {siz: 2}\n")
    lines = str(refusal.value).splitlines()
    assert len(lines) == 3 and all(line.startswith("t.yaml: ") for line in lines)


def test_a_short_text_cannot_fill_the_memory():
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
    )
    for text in (laughs, BASE + laughs.replace("a11:", "descriptor:")):
        with pytest.raises(ConfigError, match=f"more than {MOST_VALUES} values"):
            load(text)


def test_files_that_are_no_config(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot read the config .*no\.yaml: No such file"):
        read_yaml(tmp_path / "no.yaml")
    with pytest.raises(ConfigError, match="Is a directory"):
        read_yaml(tmp_path)
    (tmp_path / "video.yaml").write_bytes(bytes(range(256)) * 10)
    with pytest.raises(ConfigError, match="must be text in UTF-8"):
        read_yaml(tmp_path / "video.yaml")
    (tmp_path / "long.yaml").write_text("# " + "x" * (1 << 20))
    with pytest.raises(ConfigError, match="too long for a config"):
        read_yaml(tmp_path / "long.yaml")


def test_nothing_in_a_config_is_executed(tmp_path):
    witness = tmp_path / "witness"
    for tag in (
        f"!!python/object/apply:os.mkdir ['{witness}']",
        f"!!python/object/new:os.mkdir ['{witness}']",
        f"!!python/object/apply:subprocess.run [[mkdir, '{witness}']]",
        "!!python/module:os.mkdir {}",
    ):
        for where in ("title", "data", "descriptor"):
            with pytest.raises(ConfigError):
                load(f"{BASE if where != 'data' else ''}{where}: {tag}\n")
        with pytest.raises(ConfigError):
            apply_settings({}, [f"title={tag}"])
    assert not witness.exists()
    yaml.unsafe_load(f"!!python/object/apply:os.mkdir ['{witness}']")
    assert witness.is_dir()  # the trap itself works


# fuzz -------------------------------------------------------------------------------------------

WORDS = (
    "data kind drawn folder sttm descriptor name grid time frames faces classifier C svm [1,2] "
    "{a:b} &x *x !!int 1e-3 null ~ ' | > # % << ? , ü 2016"
)
words = st.sampled_from([*WORDS.split(" "), "- ", ": ", "\n", "  ", "\t", '"'])
quick = settings(max_examples=60, deadline=None)


@quick
@given(st.lists(words, max_size=25).map("".join) | st.text(max_size=60))
def test_any_text_is_a_config_or_one_sentence(text):
    try:
        config = load(text.encode("utf-8", "replace").decode())
    except InputError as error:
        assert str(error).strip()
    else:
        assert isinstance(config, Config)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=4), inner),
    max_leaves=5,
)
sections = st.sampled_from(sorted(Config.model_fields))


@quick
@given(st.dictionaries(sections, values, max_size=3))
def test_any_values_are_a_config_or_sentences(changes):
    try:
        config = parse(Config, {"data": {"kind": "drawn"}, **changes})
    except InputError as error:
        assert all(line.startswith("config: ") for line in str(error).splitlines())
    else:
        assert parse(Config, parse_yaml(config.as_yaml())) == config


@quick
@given(st.text(max_size=30) | st.lists(words, max_size=8).map("=".join))
def test_any_set_is_understood_or_one_sentence(setting):
    try:
        out = apply_settings({"a": {"b": 1}, "c": [1, 2], "d": 3}, [setting])
    except ConfigError as error:
        assert "--set" in str(error)
    else:
        assert "=" in setting and isinstance(out, dict)


# --set ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("a.b=2", {"a": {"b": 2}, "c": [{"d": 1}, 5]}),
        ("a.x=[1, 2e3]", {"a": {"b": 1, "x": [1, 2000.0]}, "c": [{"d": 1}, 5]}),
        ("a=lbp-top", {"a": "lbp-top", "c": [{"d": 1}, 5]}),
        ("c.0.d=x=y", {"a": {"b": 1}, "c": [{"d": "x=y"}, 5]}),
        ("c.1=", {"a": {"b": 1}, "c": [{"d": 1}, None]}),
        ("new.deep.er=true", {"a": {"b": 1}, "c": [{"d": 1}, 5], "new": {"deep": {"er": True}}}),
    ],
)
def test_set_changes_one_value_and_nothing_else(setting, expected):
    before = {"a": {"b": 1}, "c": [{"d": 1}, 5]}
    assert apply_settings(before, [setting]) == expected
    assert before == {"a": {"b": 1}, "c": [{"d": 1}, 5]}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("a.b", "takes key=value"),
        ("=3", "takes key=value"),
        ("a.b.c=3", "below a single value, 1"),
        ("c.7=3", "'7' is not one of 0 to 1"),
        ("c.x=3", "'x' is not one of 0 to 1"),
        ("a=[1", "line 1"),
    ],
)
def test_wrong_sets_are_refused(setting, words):
    with pytest.raises(ConfigError, match=re.escape(words)):
        apply_settings({"a": {"b": 1}, "c": [1, 2]}, [setting])


def test_later_sets_win_and_the_file_loses():
    assert load(BASE + "seed: 1", "seed=2", "seed=3").seed == 3
    assert load(BASE, "descriptor=lbp-top").descriptor["name"] == "lbp-top"
    assert load(BASE, "descriptor.grid=[1,2,2]").descriptor["grid"] == [1, 2, 2]
    both = load(BASE + "classifier: knn", "protocol=sample-kfold", "protocol.folds=2")
    assert (both.protocol.name, both.protocol.folds) == ("sample-kfold", 2)
    assert load(BASE + "descriptor: lbp-top", "descriptor.overlap=0.5").descriptor["overlap"] == 0.5


def test_another_descriptor_by_name_says_what_does_not_fit():
    """The options of the first stay in the config, so it must say which, and how to do it."""
    text = BASE + "descriptor: {name: sttm, coding: root, bins: 8}"
    with pytest.raises(ConfigError) as refusal:
        load(text, "descriptor.name=lbp-top")
    for words in ("coding, bins are options of sttm, not of lbp-top", "--set descriptor=lbp-top"):
        assert words in str(refusal.value)
    assert load(text, "descriptor=lbp-top").descriptor["name"] == "lbp-top"


# template and list ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", kinds())
def test_a_template_is_a_config_with_every_default(kind, tmp_path):
    text = template_text(kind, "sttm", "svm").replace("PATH", str(tmp_path / "clips"))
    config = load(text)
    path = f"path: {tmp_path / 'clips'}"
    needed = f", {path}" if "path" in kinds()[kind].model_fields else ""
    needed = f", members: [{{kind: folder, {path}}}]" if kind == "composite" else needed
    bare = load(f"data: {{kind: {kind}{needed}}}", "name=experiment")
    assert config.model_dump(exclude={"classifier"}) == bare.model_dump(exclude={"classifier"})
    assert text.startswith("#") and "\t" not in text
    assert max(map(len, text.splitlines())) <= 100
    for name in Config.model_fields:
        assert re.search(rf"^{name}:", text, re.M), name


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_a_template_lists_every_option_of_a_descriptor(descriptor):
    config = load(template_text("drawn", descriptor, "majority"))
    assert config.descriptor == load(f"{BASE}descriptor: {descriptor}").descriptor


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_a_template_lists_every_option_of_a_classifier(classifier):
    from experiments.fitting.models import classifier_parts

    config = load(template_text("drawn", "sttm", classifier))
    assert config.classifier["name"] == classifier
    _, fixed, grid = classifier_parts(config.classifier)
    assert not grid and "random_state" not in fixed


def test_every_option_of_a_template_is_explained():
    lines = template_text("folder", "sttm", "svm").splitlines()
    for number, line in enumerate(lines):
        option = re.match(r"\s*(\w+): \S", line)
        if option and option[1] not in ("kind", "name"):
            assert lines[number - 1].lstrip().startswith("# "), line
    text = "\n".join(lines)
    assert "viola-jones, yunet, boxes or whole." in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("foldr", "sttm", "svm"), "did you mean 'folder'"),
        (("folder", "stm", "svm"), "did you mean 'sttm'"),
        (("folder", "sttm", "smv"), "did you mean 'svm'"),
    ],
)
def test_a_template_of_something_unknown_is_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        template_text(*arguments)


# recipes and provenance -------------------------------------------------------------------------


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_those_of_the_descriptor(preset):
    from sttm import STTM

    entry = parse(RecipeConfig, {"descriptor": {"preset": preset}})
    made, expected = entry.make_descriptor().get_params(), STTM.preset(preset).get_params()
    assert {k: list(v) if isinstance(v, tuple) else v for k, v in made.items()} == {
        k: list(v) if isinstance(v, tuple) else v for k, v in expected.items()
    }


def test_a_recipe_is_what_the_config_says():
    config = parse(
        RecipeConfig,
        {
            "faces": {"size": 64},
            "time": {"frames": 9, "phase": "onset-apex"},
            "descriptor": "hog3d",
        },
    )
    recipe = config.recipe()
    assert (recipe.faces.size, recipe.time.frames) == (64, 9)
    assert type(recipe.descriptor).__name__ == "HOG3D"


def test_the_command_is_told_as_it_was_typed(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/x/bin/sttm", "run", "a b.yaml"])
    assert command() == "sttm run 'a b.yaml'"
    monkeypatch.setattr("sys.argv", ["/x/experiments/__main__.py", "check", "c.yaml"])
    assert command() == "sttm check c.yaml"
    monkeypatch.setattr("sys.argv", ["/x/mine.py"])
    assert command() == "a Python program (mine.py)"
