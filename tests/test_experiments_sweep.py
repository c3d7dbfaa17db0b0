"""Sweeps: the combinations, their names, what is refused before it starts, what is not repeated."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import yaml
from drawn_material import QUICK, SETTINGS, drawn
from hypothesis import given
from hypothesis import strategies as st

import experiments.sweeping.sweeps
from experiments import Config, parse, run_experiment, stopping, sweep
from experiments.cli import main
from experiments.config import load_config
from experiments.keeping.runs import read_run
from experiments.progress import Steps
from experiments.sweeping import combinations
from experiments.sweeping.combination_names import combination_names, short_keys
from experiments.sweeping.combinations import load_plan, parse_over, shaping
from experiments.workplace import locked
from sttm.errors import InputError
from sttm.mistakes import ConfigError
from sttm.store import Store

CODINGS = {"descriptor.coding": ["oriented", "signed"]}


def base(place, **changes):
    """A config's values over nine of the drawn clips, with its runs below ``place``."""
    classes = ["fear", "anger", "happiness"]
    return {
        "data": {"kind": "drawn", **SETTINGS, "folder": str(drawn()[0]), "classes": classes},
        **QUICK,
        "report": {"bootstrap": 100, "examples": 0},
        "jobs": 1,
        "name": "tiny",
        "output": str(place / "tiny"),
        **changes,
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"), crops=True)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, store):
    """A sweep over two codings, and the values that it was made from."""
    place = tmp_path_factory.mktemp("sweep")
    return sweep(base(place, sweep=CODINGS), store=store), base(place)


def stamps(folder):
    return {p.parent.name: p.stat().st_mtime_ns for p in folder.glob("*/run.json")}


# the combinations -------------------------------------------------------------------------------


def test_the_combinations_are_the_product_in_order(tmp_path):
    over = {"time.frames": [6, 8], "descriptor.coding": ["oriented", "signed", "lbp"]}
    plan = load_plan(base(tmp_path, sweep=over))
    assert [tuple(c.values.values()) for c in plan.combinations] == [
        (t, c) for t in (6, 8) for c in ("oriented", "signed", "lbp")
    ]
    for c in plan.combinations:
        assert c.config.time.frames == c.values["time.frames"]
        assert c.config.descriptor["coding"] == c.values["descriptor.coding"]
        assert c.config.folder() == tmp_path / "tiny" / c.name
        assert c.config.name == c.name and c.values["descriptor.coding"] in c.config.title
    assert plan.combinations[0].name == "frames-6_coding-oriented"


def test_the_command_line_goes_before_the_section_and_settings_hold_for_all(tmp_path):
    values = base(tmp_path, sweep={"time.frames": [6, 8]})
    over = parse_over(["time.frames=[10]", "descriptor.coding=[lbp, signed]"])
    plan = load_plan(values, over, ["faces.size=40", "name=mine", f"output={tmp_path / 'mine'}"])
    assert [c.name for c in plan.combinations] == [
        "frames-10_coding-lbp",
        "frames-10_coding-signed",
    ]
    assert {c.config.faces.size for c in plan.combinations} == {40}
    assert plan.name == "mine" and plan.folder == tmp_path / "mine"
    assert "sweep" in values  # left as it was


def test_whole_sections_may_be_swept_with_settings_below_them(tmp_path):
    values = base(tmp_path, sweep={"descriptor.grid": [[1, 2, 2]], "descriptor": ["sttm", "hog3d"]})
    plan = load_plan(values)
    assert [(c.config.descriptor["name"], tuple(c.config.descriptor["grid"])) for c in
            plan.combinations] == [("sttm", (1, 2, 2)), ("hog3d", (1, 2, 2))]  # fmt: skip
    entries = [{"name": "knn", "n_neighbors": 1}, {"name": "knn", "n_neighbors": 3}, "lda"]
    plan = load_plan(base(tmp_path, sweep={"classifier": entries}))
    names = [c.name for c in plan.combinations]
    assert names[2] == "classifier-lda" and len(set(names)) == 3
    assert all(re.fullmatch(r"classifier-knn-[0-9a-f]{4}", n) for n in names[:2])


def test_a_searched_list_is_one_value(tmp_path):
    plan = load_plan(base(tmp_path, sweep={"classifier.C": [[0.1, 1.0], 10.0]}))
    assert [c.config.classifier["C"] for c in plan.combinations] == [[0.1, 1.0], 10.0]
    assert [c.name for c in plan.combinations] == ["C-0.1x1", "C-10"]


values = st.one_of(
    st.text(max_size=90), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none(),
    st.lists(st.integers(), max_size=4), st.dictionaries(st.text(max_size=5), st.text(max_size=5)),
)  # fmt: skip


@given(st.lists(values, min_size=1, max_size=6, unique_by=lambda v: json.dumps(v, sort_keys=True)))
def test_every_combination_has_a_folder_name_of_its_own(chosen):
    keys = ["a.b", "c.b"]
    rows = [{"a.b": x, "c.b": y} for x in chosen for y in chosen[:2]]
    names = combination_names(keys, rows)
    assert len({n.casefold() for n in names}) == len(names)
    assert all(re.fullmatch(r"\w[\w.-]{0,79}", n) for n in names)


@given(st.lists(values, min_size=2, max_size=6, unique_by=lambda v: json.dumps(v, sort_keys=True)))
def test_a_name_stays_when_values_are_added_that_read_otherwise(chosen):
    few, all_of = ([{"a.b": v} for v in part] for part in (chosen[:1], chosen))
    first, names = combination_names(["a.b"], few), combination_names(["a.b"], all_of)
    bare = [n.casefold() for n in names]
    assert names[0] == first[0] or names[0].startswith(first[0][:51]) or first[0].casefold() in bare


@given(st.lists(st.sampled_from(["a.x", "b.x", "x", "b.c.x", "c.x", "y.z"]), unique=True))
def test_short_keys_are_clear(keys):
    short = short_keys(keys)
    assert len(set(short.values())) == len(keys)
    assert all(key.endswith(s) for key, s in short.items())


# refused before anything runs -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"descriptor.coding": ["oriented", "signed", "respnse"]}, "did you mean 'response'"),
        ({"time.frmes": [8]}, "time.frmes is not a setting"),
        ({"nonsense.x": [8]}, "nonsense is not a setting"),
        ({"time.frames": 8}, r"sweep.time.frames must be a list .* not 8"),
        ({"time.frames": "8"}, "must be a list"),
        ({"time.frames": []}, "must be a list"),
        ({"time.frames": [8, 9, 8]}, "names 8 twice"),
        ({"classifier.C": [1, 1.0, 2]}, "are the same experiment"),
        ({"seed": list(range(40)), "time.frames": list(range(4, 40))}, "at most 1000 .* 1440"),
        ({"name": ["a", "b"]}, "name cannot be swept over"),
        ({"output": ["a", "b"]}, "output cannot be swept over"),
        ({"report.examples": [1, 2]}, "cannot be swept over"),
        ({"time.frames.x": [1]}, "sweep time.frames.x=1: .* below a single value"),
        ({"classifier.kernel": ["linear", "liner"]}, "liner"),
        ({"descriptor.grid": [[1, 3, 3], [9, 99, 99]]}, "at most 4096 blocks"),
        ([1, 2], "sweep must be a mapping"),
        ({}, "sweeps over nothing"),
        (None, "sweeps over nothing"),
    ],
)
def test_a_mistake_is_refused_before_anything_is_written(tmp_path, over, words):
    with pytest.raises(ConfigError, match=words):
        sweep(base(tmp_path, sweep=over))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"protocol.name": ["loso", "grouped-kfold"]}, "name-grouped-kfold: .* 10 folds"),
        ({"classifier.class_weight": [None, {"joyy": 2}]}, "class_weight must name classes"),
        ({"data.classes": [None, ["fear", "joyy"]]}, "classes-fear-joyy: .*joyy"),
        ({"data.subjects": [3, 1]}, "subjects-1: .*at least two subjects"),
    ],
)
def test_what_the_data_do_not_allow_is_refused_before_anything_is_written(tmp_path, over, words):
    with pytest.raises(InputError, match=words):
        sweep(base(tmp_path, sweep=over))
    assert not list(tmp_path.iterdir())


def test_over_is_a_key_and_a_list():
    assert parse_over(["a.b=[1, x]", "c=[[1, 2]]"]) == {"a.b": [1, "x"], "c": [[1, 2]]}
    for text in ("a.b", "=[1]", "a=1", "a=[", "a={b: 1}"):
        with pytest.raises(ConfigError, match="--over"):
            parse_over([text])
    with pytest.raises(ConfigError, match=r"--over names a\.b twice"):
        parse_over(["a.b=[1]", "a.b=[2]"])


def test_a_single_run_and_a_sweep_do_not_share_a_folder(tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "run.json").write_text("{}")
    with pytest.raises(InputError, match="folder of a single run"):
        sweep(base(tmp_path, sweep=CODINGS))
    (tmp_path / "tiny" / "run.json").rename(tmp_path / "tiny" / "sweep.json")
    with pytest.raises(InputError, match="folder of a sweep; choose another name"):
        run_experiment(parse(Config, base(tmp_path)))
    assert not (tmp_path / "tiny" / "run.json").exists()


def test_two_sweeps_do_not_share_a_folder(tmp_path):
    folder = tmp_path / "tiny"
    with locked(folder / ".lock", folder), pytest.raises(InputError, match="another run is using"):
        sweep(base(tmp_path, sweep=CODINGS))


# running ----------------------------------------------------------------------------------------


def test_every_combination_is_a_normal_run(finished):
    done, _ = finished
    assert list(done.finished) == done.repeated == ["coding-oriented", "coding-signed"]
    assert not done.failed and not done.skipped
    for name, folder in done.finished.items():
        run = read_run(folder)
        assert run.name == name and run.config["descriptor"]["coding"] == name[7:]
        assert (folder / "report.html").is_file() and (folder / "model.sttm").is_file()
        assert load_config(folder / "config.yaml").folder() == folder


def test_the_table_has_the_swept_values_and_the_page_its_warning(finished):
    done, _ = finished
    table = pd.read_csv(done.folder / "runs.csv")
    assert table["coding"].tolist() == ["oriented", "signed"]
    assert table["run"].tolist() == list(done.finished)
    page = done.page.read_text("utf-8")
    assert "optimistic estimate" in page and '<th scope="col">coding</th>' in page
    assert len(done.comparison.pairs) == 1 and done.comparison.synthetic


def test_nothing_that_is_finished_is_repeated(finished, store):
    done, values = finished
    before = stamps(done.folder)
    told = io.StringIO()
    again = sweep({**values, "jobs": 2, "title": "x"}, CODINGS, store=store, steps=Steps(told))
    assert again.repeated == [] and list(again.finished) == list(done.finished)
    assert stamps(done.folder) == before
    assert "2 of 2 combinations were finished before" in told.getvalue()


def test_a_sweep_that_grew_runs_what_is_new(finished, store):
    done, values = finished
    before = stamps(done.folder)
    told = io.StringIO()
    over = {"descriptor.coding": ["lbp", "signed", "oriented", "root"]}
    grown = sweep(values, over, store=store, steps=Steps(told))
    assert grown.repeated == ["coding-lbp", "coding-root"]
    assert list(grown.finished) == [f"coding-{c}" for c in over["descriptor.coding"]]
    assert {k: v for k, v in stamps(done.folder).items() if k in before} == before
    assert re.search(r"\[2 of 2\] coding-root, about \d+ s left", told.getvalue())


def one(place, store, **more):
    return sweep(base(place), {"descriptor.coding": ["oriented"]}, store=store, **more)


def test_what_changed_since_is_run_again(tmp_path, store, monkeypatch):
    assert one(tmp_path, store).repeated and not one(tmp_path, store).repeated
    assert one(tmp_path, store, settings=["seed=1"]).repeated  # another config
    folder = tmp_path / "tiny" / "coding-oriented"
    assert not one(tmp_path, store, settings=["seed=1"]).repeated
    (folder / "report.html").unlink()
    assert one(tmp_path, store, settings=["seed=1"]).repeated  # no longer whole
    (folder / "scores.json").write_text("{}")
    assert one(tmp_path, store, settings=["seed=1"]).repeated  # edited
    monkeypatch.setattr(experiments.sweeping.sweeps, "MODELLING", -1)
    assert one(tmp_path, store, settings=["seed=1"]).repeated  # another version
    for text in (
        "",
        "[]",
        '{"format": 1}',
        '{"format": 2, "done": {}}',
        '{"format": 1, "done": 3}',
    ):
        (tmp_path / "tiny" / "sweep.json").write_text(text)
        assert one(tmp_path, store, settings=["seed=1"]).repeated, text


def test_a_run_of_another_config_in_the_same_folder_is_not_taken(tmp_path, store):
    folder = one(tmp_path, store).finished["coding-oriented"]
    before = (folder / "predictions.csv").read_bytes()
    config = load_config(folder / "config.yaml", ["descriptor.coding=temporal"])
    experiments.sweeping.sweeps.run_experiment(config, store=store)
    assert (folder / "predictions.csv").read_bytes() != before
    assert one(tmp_path, store).repeated == ["coding-oriented"]
    assert (folder / "predictions.csv").read_bytes() == before
    assert not one(tmp_path, store).repeated


def test_another_file_of_the_face_finder_is_run_again(tmp_path, store):
    model = tmp_path / "finder.onnx"
    for content in (b"a", b"b"):
        model.write_bytes(content)
        settings = [f"faces.model={model}"]
        assert one(tmp_path, store, settings=settings).repeated
        assert not one(tmp_path, store, settings=settings).repeated


def test_a_count_of_one_is_no_share_of_one(tmp_path):
    forest = {"classifier": {"name": "forest"}}
    plan = load_plan(base(tmp_path, **forest, sweep={"classifier.max_features": [1, 1.0]}))
    assert len({shaping(c.config) for c in plan.combinations}) == 2
    assert len({c.name for c in plan.combinations}) == 2


def test_other_content_of_the_same_files_is_run_again(tmp_path, store):
    folder = tmp_path / "clips"
    clips, labels = drawn()[1:]
    table = clips.merge(labels, on="clip")[["clip", "subject", "source", "label"]]
    folder.mkdir()
    for source in clips["source"]:
        (folder / source).write_bytes((drawn()[0] / source).read_bytes())
    table.rename(columns={"source": "path"}).to_csv(folder / "study.csv", index=False)
    values = base(tmp_path, data={"kind": "csv", "path": str(folder / "study.csv")})
    over = {"time.frames": [8]}
    assert sweep(values, over, store=store).repeated
    assert not sweep(values, over, store=store).repeated
    swapped = [folder / s for s in clips["source"][:2]]
    swapped[0].write_bytes(swapped[1].read_bytes())
    assert sweep(values, over, store=store).repeated


def test_a_combination_that_fails_is_told_and_the_others_go_on(tmp_path, store):
    over = {"descriptor.grid": [[1, 49, 1], [1, 3, 3]], "descriptor.coding": ["oriented", "lbp"]}
    done = sweep(base(tmp_path), over, store=store)
    assert list(done.failed) == ["grid-1x49x1_coding-oriented", "grid-1x49x1_coding-lbp"]
    assert all("no clip could be measured" in s for s in done.failed.values())
    assert list(done.finished) == ["grid-1x3x3_coding-oriented", "grid-1x3x3_coding-lbp"]
    page = done.page.read_text("utf-8")
    assert "grid-1x49x1_<wbr>coding-lbp" not in page  # not among the runs, but said
    assert "grid-1x49x1_coding-lbp failed" in page
    none = sweep(
        base(tmp_path, output=str(tmp_path / "none")),
        {"descriptor.grid": [[1, 49, 1]]},
        store=store,
    )
    assert none.comparison is None and none.page is None and len(none.failed) == 1


def test_a_sweep_over_classes_has_a_table_without_tests(tmp_path, store):
    classes = [["fear", "anger"], {"bad": ["fear", "anger"], "good": ["happiness"]}]
    done = sweep(base(tmp_path), {"data.classes": classes}, store=store)
    assert len(done.comparison.runs) == 2 and not done.comparison.pairs
    assert done.comparison.untested[0][2] == "different labels for the same clips"


def test_a_sweep_over_data_and_one_over_protocols(tmp_path, store):
    over = {"protocol.name": ["loso", "sample-kfold"], "protocol.folds": [3]}
    done = sweep(base(tmp_path), over, store=store)
    assert not done.comparison.pairs and len(done.comparison.warnings) == 3
    assert "not a ranking" in done.page.read_text("utf-8")


def test_crops_are_kept_where_descriptors_differ_and_the_cluster_is_passed_on(
    tmp_path, monkeypatch
):
    seen = []

    def no_run(config, *, store, steps, cluster):
        seen.append((store.crops, store.folder, cluster))
        raise InputError("not now.")

    monkeypatch.setattr(experiments.sweeping.sweeps, "run_experiment", no_run)
    place = tmp_path / "kept"
    sweep(base(tmp_path), CODINGS, store=place, cluster="tcp://x:1")
    sweep(base(tmp_path), {"classifier.C": [1.0, 2.0]}, store=place)
    assert seen == [(True, place, "tcp://x:1")] * 2 + [(False, place, "")] * 2


def test_a_fault_in_one_combination_does_not_end_the_others(tmp_path, store, monkeypatch):
    real = experiments.sweeping.sweeps.run_experiment

    def broken(config, **more):
        if config.name == "coding-oriented":
            raise ZeroDivisionError("division by zero")
        return real(config, **more)

    monkeypatch.setattr(experiments.sweeping.sweeps, "run_experiment", broken)
    told = io.StringIO()
    done = sweep(base(tmp_path), CODINGS, store=store, steps=Steps(told))
    assert list(done.finished) == ["coding-signed"]
    assert done.failed["coding-oriented"].startswith("ZeroDivisionError: division by zero (a fault")
    assert "Traceback" in told.getvalue()


def test_an_interruption_that_a_library_renamed_ends_the_sweep(tmp_path, store, monkeypatch):
    def stopped(config, **more):
        stopping.STOPS.append(2)
        raise ZeroDivisionError("made of an interruption")

    monkeypatch.setattr(stopping, "STOPS", [])
    monkeypatch.setattr(experiments.sweeping.sweeps, "run_experiment", stopped)
    with pytest.raises(ZeroDivisionError):
        sweep(base(tmp_path), CODINGS, store=store)
    assert len(stopping.STOPS) == 1


# killed -----------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed as POSIX does it")
def test_a_killed_sweep_goes_on_and_ends_as_if_nothing_had_happened(tmp_path, finished):
    done, _ = finished
    config = tmp_path / "tiny.yaml"
    config.write_text(yaml.safe_dump(base(tmp_path, sweep=CODINGS)))
    line = [sys.executable, "-m", "experiments", "sweep", str(config)]
    child = subprocess.Popen(
        [*line, "--store", str(tmp_path / "store")], cwd=tmp_path, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    ledger = tmp_path / "tiny" / "sweep.json"
    while not ledger.exists() and child.poll() is None:
        time.sleep(0.005)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert ledger.exists()
    before = stamps(tmp_path / "tiny")
    again = sweep(config, store=tmp_path / "store")
    assert "coding-oriented" not in again.repeated and len(again.finished) == 2
    assert stamps(tmp_path / "tiny")["coding-oriented"] == before["coding-oriented"]
    for name, folder in done.finished.items():
        for file in ("predictions.csv", "scores.json", "clips.csv"):
            assert (again.finished[name] / file).read_bytes() == (folder / file).read_bytes(), file


# the commands -----------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**base(tmp_path, sweep=CODINGS), "output": None, "name": None}))
    return path


def test_the_command_sweeps_and_says_where_the_page_lies(config, store, capsys):
    place = str(store.folder)
    words = ["sweep", "mine.yaml", "--set", "seed=0", "--store", place, "--quiet"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert "page     runs/mine/comparison.html" in told.out and "optimistic" in told.out
    assert "runs     2 done now, 0 before, 0 failed" in told.out and told.err == ""
    folders = [f"runs/mine/coding-{c}" for c in ("oriented", "signed")]
    assert main(["compare", *folders]) == 0


def test_the_command_ends_with_1_when_a_combination_failed(config, store, capsys):
    grids = "descriptor.grid=[[1, 3, 3], [1, 49, 1]]"
    words = ["sweep", "mine.yaml", "--over", "descriptor.coding=[oriented]", "--over", grids]
    assert main([*words, "--store", str(store.folder), "--quiet"]) == 1
    told = capsys.readouterr()
    assert "failed   coding-oriented_grid-1x49x1: no clip could be measured" in told.err
    assert "1 done now, 0 before, 1 failed" in told.out


def test_a_cluster_that_does_not_answer_fails_every_combination(config, store, capsys):
    words = ["sweep", "mine.yaml", "--quiet", "--cluster", "tcp://nowhere", "--set", "seed=9"]
    assert main([*words, "--store", str(store.folder)]) == 1
    told = capsys.readouterr()
    assert told.err.count("failed   coding-") == 2 and "Traceback" not in told.err
    assert "0 done now, 0 before, 2 failed" in told.out


def test_run_refuses_a_sweep_and_check_checks_all_of_it(config, capsys):
    assert main(["run", "mine.yaml"]) == 1
    assert "`sttm sweep mine.yaml`" in capsys.readouterr().err
    assert main(["check", "mine.yaml"]) == 0
    assert "the sweep is good: 2 combinations" in capsys.readouterr().out
    values = yaml.safe_load(config.read_text())
    values["sweep"]["descriptor.coding"].append("sined")
    config.write_text(yaml.safe_dump(values))
    assert main(["check", "mine.yaml"]) == 1
    assert "did you mean 'signed'" in capsys.readouterr().err
    assert not (config.parent / "runs").exists()


def test_check_looks_at_the_data_of_every_combination(config, capsys):
    values = yaml.safe_load(config.read_text())
    config.write_text(yaml.safe_dump({**values, "sweep": {"data.subjects": [3, 1]}}))
    assert main(["check", "mine.yaml"]) == 1
    assert "subjects-1: " in capsys.readouterr().err


def test_a_sweep_is_named_like_a_shipped_config():
    name = "drawn_sweep_codings"
    plan = combinations.load_plan(name)
    assert plan.name == name and len(plan.combinations) > 3
