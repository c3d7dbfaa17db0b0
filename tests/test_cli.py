"""The command line: every command and option does what it says; every failure is one sentence."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer.main
import yaml
from drawn_material import QUICK, SETTINGS, drawn
from filelock import FileLock
from PIL import Image
from recognizer_material import bundle_file

from experiments import cli
from experiments.cli import app, main
from sttm import STTM
from sttm.export import read_features
from sttm.frames import open_frames

SETS = ["--set", "faces.size=48", "--set", "time.frames=8", "--set", "descriptor.grid=[1,3,3]"]


class Done:
    """What a command left: exit code, what it said and what it complained about."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def refused(self, *words):
        """One sentence at the end of standard error, no traceback, nothing on standard output."""
        assert self.code == 1, self.out + self.err
        assert "Traceback" not in self.err and self.out == ""
        sentence = self.err.splitlines()[-1]
        assert sentence.startswith("sttm: ") and sentence.endswith("."), self.err
        for word in words:
            assert re.search(word, sentence), self.err


@pytest.fixture
def sttm(tmp_path, monkeypatch, capfd):
    """Run a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        capfd.readouterr()
        code = main([str(a) for a in arguments])
        return Done(code, *capfd.readouterr())

    return call


def program(*arguments, cwd, **more):
    """Run a command as a process of its own."""
    line = [sys.executable, "-m", "experiments", *map(str, arguments)]
    done = subprocess.run(
        line, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False, **more
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def clips():
    return drawn()[0]


@pytest.fixture(scope="module")
def some(tmp_path_factory, clips):
    """Four drawn clips in a folder."""
    place = tmp_path_factory.mktemp("some")
    for path in sorted(clips.glob("d0[12]-[ah]*.avi")):
        shutil.copy(path, place)
    assert len(list(place.iterdir())) == 4
    return place


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def features(tmp_path_factory, some, store):
    """A features table of four clips, as `sttm extract` writes it."""
    place = tmp_path_factory.mktemp("features")
    done = program(
        "extract", some, "--out", "f.parquet", "--store", store, "--jobs", 1, *SETS, cwd=place
    )
    assert done.code == 0, done.err
    return place / "f.parquet"


@pytest.fixture
def config(tmp_path, clips):
    """An experiment's config over the drawn clips."""
    values = {
        "data": {"kind": "drawn", **SETTINGS, "folder": str(clips)},
        **QUICK,
        "report": {"bootstrap": 100, "examples": 0},
        "jobs": 1,
    }
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(values))
    return Path("tiny.yaml")


# the program itself -----------------------------------------------------------------------------


def test_the_installed_program_answers(tmp_path):
    script = Path(sys.executable).with_name("sttm")
    if not script.exists():
        pytest.skip("the toolkit is not installed into this environment")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and re.fullmatch(r"sttm-toolkit \d+\.\d+\.\d+\n", done.stdout)


def test_help_needs_no_heavy_module(tmp_path):
    code = (
        "import sys\nfrom experiments.cli import main\n"
        "codes = [main(a) for a in (['--help'], ['extract', '--help'], ['--version'], [])]\n"
        "heavy = {'cv2', 'sklearn', 'pandas', 'numpy', 'scipy', 'matplotlib', 'joblib'}\n"
        "print(codes, sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] in ("[0, 0, 0, 2] []", "[0, 0, 0, 0] []")


def options():
    """Every (command, option) of the program."""
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        for option in command.params:
            for word in (*option.opts, *option.secondary_opts):
                if word.startswith("--"):
                    yield name, word


def test_every_option_is_used_in_these_tests_and_explained():
    pages = Path(__file__).parent.glob("test_*.py")
    source = "\n".join(page.read_text("utf-8") for page in pages)
    group = typer.main.get_command(app)
    for name, word in options():
        used = re.search(rf'"{name}"[^)]*?"{word}"', source, re.S)
        assert used, f"no test of {name} {word}"
    for name, command in group.commands.items():
        assert command.help and command.help.endswith("."), name
        for option in command.params:
            assert option.help, (name, option.name)


def test_what_is_typed_wrong_ends_with_two(sttm):
    for arguments in (["runn"], ["run"], ["run", "a", "b"], ["run", "--no", "x"], ["extract", "x"]):
        done = sttm(*arguments)
        assert done.code == 2 and "Usage" in done.err


# extract ----------------------------------------------------------------------------------------


def test_extract_turns_a_folder_into_named_features(features, some):
    table, about = read_features(features)
    assert table["clip"].tolist() == [
        "d01-anger-1",
        "d01-happiness-1",
        "d02-anger-1",
        "d02-happiness-1",
    ]
    assert list(table.columns[1:]) == list(STTM(grid=(1, 3, 3)).get_feature_names_out())
    side = json.loads(features.with_name("f.parquet.json").read_text("utf-8"))
    assert side["provenance"] == about
    assert about["descriptor"]["params"]["grid"] == [1, 3, 3]
    assert about["faces"]["size"] == 48 and about["time"]["frames"] == 8
    assert about["command"].startswith("sttm extract ")
    sources = [c["source"] for c in about["clips"]]
    assert sources == [str(p) for p in sorted(some.iterdir())]
    assert all(len(c["content"]) == 40 and c["eyes_found"] for c in about["clips"])


def test_extract_says_how_far_it_is_unless_quiet(sttm, some, store):
    loud = sttm("extract", some, "--out", "f.parquet", "--store", store, "--jobs", "1", *SETS)
    assert loud.code == 0
    assert "features   4 clips (" in loud.err
    assert loud.out.splitlines()[1:] == ["features  f.parquet", "sidecar   f.parquet.json"]
    again = sttm("extract", some, "-o", "f.parquet", "--store", store, "-j", "1", "--quiet", *SETS)
    assert again.err == "" and again.out == loud.out
    assert "(0 new)" in sttm("extract", some, "-o", "g.parquet", "--store", store, *SETS).err


def test_a_cluster_that_does_not_answer_is_one_sentence(sttm, some, store, config):
    nowhere = "tcp://127.0.0.1:1"
    sttm("extract", some, "--out", "f.parquet", "--cluster", "nonsense").refused("scheduler")
    sttm("extract", some, "--out", "f.parquet", "--cluster", nowhere).refused("none answers at")
    sttm("run", config, "--store", store, "--cluster", nowhere).refused("none answers at")
    sttm("train", config, "--store", store, "--cluster", nowhere).refused("none answers at")
    assert not Path("f.parquet").exists() and not Path("models").exists()


def test_extract_takes_descriptors_by_name(sttm, some, store):
    one = ["--set", "faces.size=48", "--set", "time.frames=8", "--store", store]
    done = sttm("extract", some, "--out", "f.parquet", "--descriptor", "static-hog", *one)
    assert done.code == 0
    assert read_features("f.parquet")[1]["descriptor"]["name"] == "static-hog"
    done = sttm("extract", some, "-o", "f.parquet", "-d", "static-hog", "-d", "sttm", *one)
    assert done.code == 0
    names = read_features("f.parquet")[0].columns
    assert {n.split(":")[0] for n in names[1:]} == {"static-hog", "sttm"}
    sttm("extract", some, "-o", "f.parquet", "-d", "static-hgo").refused(
        "did you mean 'static-hog'"
    )


def test_extract_reads_a_config_of_an_experiment_or_of_features(sttm, some, store, config):
    done = sttm("extract", some, "--out", "f.parquet", "--config", config, "--store", store)
    assert done.code == 0
    assert read_features("f.parquet")[1]["descriptor"]["params"]["grid"] == [1, 3, 3]
    Path("recipe.yaml").write_text("descriptor: {preset: 2016, grid: [1, 2, 2]}\nfaces: {size: 48}")
    done = sttm("extract", some, "-o", "f.parquet", "-c", "recipe.yaml", "--store", store)
    assert done.code == 0 and "bin edges learned from all of them" in done.out
    Path("recipe.yaml").write_text("descripter: sttm")
    done = sttm("extract", some, "-o", "f.parquet", "-c", "recipe.yaml")
    done.refused("did you mean 'descriptor'")


def test_extract_cuts_clips_to_the_marks_of_their_labels(sttm, some, store, clips):
    phase = ["--set", "time.phase=onset-apex", "--store", store, *SETS]
    labels = clips / "labels.csv"
    done = sttm("extract", some, "--out", "f.parquet", "--labels", labels, *phase)
    assert done.code == 0, done.err
    marks = pd.read_csv(labels).set_index("clip")
    for clip, row in zip(
        read_features("f.parquet")[0]["clip"], read_features("f.parquet")[1]["clips"], strict=True
    ):
        assert (row["first"], row["last"]) == tuple(marks.loc[clip, ["onset", "apex"]])
    sttm("extract", some, "-o", "f.parquet", *phase).refused("name them by --labels")


def test_extract_takes_given_boxes(sttm, some, store):
    names = [p.stem for p in sorted(some.iterdir())]
    boxes = pd.DataFrame({"clip": names, "x": 30, "y": 30, "w": 70, "h": 70})
    boxes.to_csv("boxes.csv", index=False)
    align = ["--set", "faces.align=box", "--store", store, *SETS]
    done = sttm("extract", some, "--out", "f.parquet", "--boxes", "boxes.csv", *align)
    assert done.code == 0 and len(read_features("f.parquet")[0]) == 4
    boxes.head(3).to_csv("boxes.csv", index=False)
    done = sttm("extract", some, "-o", "f.parquet", "--boxes", "boxes.csv", *align)
    done.refused("no row for clip d02-happiness-1")


def test_extract_takes_a_video_a_sequence_or_a_table(sttm, some, store, tmp_path):
    clip = sorted(some.iterdir())[0]
    assert sttm("extract", clip, "-o", "one.parquet", "--store", store, *SETS).code == 0
    one, _ = read_features("one.parquet")
    assert one["clip"].tolist() == ["d01-anger-1"]
    sequence = tmp_path / "séquence"
    sequence.mkdir()
    with open_frames(clip) as frames:
        for number, frame in enumerate(frames):
            Image.fromarray(frame).save(sequence / f"{number}.png")
    assert sttm("extract", sequence, "-o", "two.parquet", "--store", store, *SETS).code == 0
    two, _ = read_features("two.parquet")
    assert two["clip"].tolist() == ["séquence"]
    np.testing.assert_allclose(two.iloc[0, 1:].tolist(), one.iloc[0, 1:].tolist(), atol=0.1)
    Path("list.csv").write_text(f"clip;path;last\nä;{clip};5\nb;séquence;\n", "utf-8-sig")
    assert sttm("extract", "list.csv", "-o", "three.parquet", "--store", store, *SETS).code == 0
    three, about = read_features("three.parquet")
    assert three["clip"].tolist() == ["ä", "b"]
    assert [c["frames"] for c in about["clips"]] == [6, 12]
    np.testing.assert_array_equal(three.iloc[1, 1:].tolist(), two.iloc[0, 1:].tolist())


# bad clips --------------------------------------------------------------------------------------


def noise(frames=6, size=64):
    return np.random.default_rng(0).integers(0, 256, (frames, size, size), dtype=np.uint8)


def truncated(place, some):
    raw = sorted(some.iterdir())[0].read_bytes()
    (place / "bad.avi").write_bytes(raw[: len(raw) // 2])


def mixed(place, some):
    (place / "bad").mkdir()
    for number, size in enumerate((64, 64, 32)):
        Image.fromarray(noise(1, size)[0]).save(place / "bad" / f"{number}.png")


BAD = {
    "text.mp4": (lambda p, s: (p / "bad.mp4").write_text("hello"), r"bad\.mp4"),
    "empty.mp4": (lambda p, s: (p / "bad.mp4").touch(), r"bad\.mp4 is empty"),
    "no face": (lambda p, s: np.save(p / "bad.npy", noise()), "no face was found in .*bad"),
    "NaN": (lambda p, s: np.save(p / "bad.npy", np.full((6, 64, 64), np.nan)), r"bad\.npy"),
    "one frame": (lambda p, s: np.save(p / "bad.npy", noise(1)), "no face|2 frames"),
    "mixed sizes": (mixed, r"2\.png"),
    "text.npy": (lambda p, s: (p / "bad.npy").write_text("x"), r"bad\.npy"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_clip_is_skipped_by_name_and_the_rest_is_done(kind, sttm, some, store, tmp_path):
    make, words = BAD[kind]
    place = tmp_path / "clips"
    shutil.copytree(some, place)
    make(place, some)
    done = sttm("extract", place, "--out", "f.parquet", "--store", store, *SETS)
    assert done.code == 1
    assert re.search(rf"^skipped bad: .*{words}", done.err, re.M), done.err
    assert done.out.startswith("4 clips, ") and "Traceback" not in done.err
    table, about = read_features("f.parquet")
    assert len(table) == 4
    assert about["skipped"][0]["clip"] == "bad"
    shutil.rmtree(place)
    place.mkdir()
    make(place, some)
    Path("f.parquet").unlink()
    alone = sttm("extract", place, "-o", "f.parquet", "--store", store, "-q", *SETS)
    alone.refused("no clip could be measured", words)
    assert not Path("f.parquet").exists()


def test_the_frames_before_a_cut_are_used_and_the_loss_is_told(sttm, some, store, tmp_path):
    place = tmp_path / "clips"
    place.mkdir()
    truncated(place, some)
    done = sttm("extract", place, "--out", "f.parquet", "--store", store, *SETS)
    assert done.code == 0
    assert re.search(r"^note: bad: \d+ announced frames could not be decoded", done.err, re.M)
    (row,) = read_features("f.parquet")[1]["clips"]
    assert row["lost"] > 0 and 2 <= row["frames"] < 12


def test_files_that_are_no_clips_are_passed_over(sttm, some, store, tmp_path):
    place = tmp_path / "clips"
    shutil.copytree(some, place)
    for number in range(15):
        (place / f"README{number}.txt").write_text("hello")
    done = sttm("extract", place, "--out", "f.parquet", "--store", store, *SETS)
    assert done.code == 0
    assert "passed over README0.txt: neither video nor image\n" in done.err
    assert "passed over 5 more\n" in done.err and done.err.count("passed over") == 11


def test_a_clip_that_is_not_there(sttm):
    sttm("extract", "no.mp4", "--out", "f.parquet").refused(r"there is nothing at no\.mp4")
    Path("empty").mkdir()
    sttm("extract", "empty", "--out", "f.parquet").refused("no clip was found in empty")
    sttm("extract", "no.csv", "--out", "f.parquet").refused(r"cannot read no\.csv")
    Path("list.csv").write_text("source\nx.avi\n")
    sttm("extract", "list.csv", "--out", "f.parquet").refused("needs a column 'clip'")
    Path("list.csv").write_text("clip,source\na,\n")
    sttm("extract", "list.csv", "--out", "f.parquet").refused("gives no path for clip a")


def test_names_of_all_sorts(sttm, some, store, tmp_path):
    place = tmp_path / "clips"
    below = place / "größe 表情" / ("x" * 200)
    below.mkdir(parents=True)
    for number, path in enumerate(sorted(some.iterdir())):
        shutil.copy(path, below / ("y" * 200 + f"'{number}\" é.avi"))
    out = tmp_path / "aüs" / ("z" * 100) / "f.parquet"
    done = sttm("extract", place, "--out", out, "--store", store, *SETS)
    assert done.code == 0, done.err
    assert len(read_features(out)[0]) == 4
    try:
        shutil.copy(sorted(some.iterdir())[0], os.fsencode(place) + b"/\xff.avi")
    except OSError:
        return  # this file system takes Unicode names only
    done = program("extract", place, "--out", out, "--store", store, *SETS, cwd=tmp_path)
    assert done.code == 1 and "not valid Unicode; rename it" in done.err


# places that cannot be written ------------------------------------------------------------------


@pytest.fixture
def blocked(tmp_path):
    """A place below a regular file: nobody can write there, whatever their rights."""
    (tmp_path / "file").write_text("x")
    return tmp_path / "file" / "below"


def test_places_that_cannot_be_written_are_refused(sttm, some, store, features, config, blocked):
    words = "could not be written"
    sttm("extract", some, "--out", blocked / "f.parquet", "--store", store, *SETS).refused(words)
    sttm("extract", some, "--out", "f.parquet", "--store", blocked, *SETS).refused(words)
    sttm("extract", some, "--out", "f.csv").refused("must end in .parquet")
    Path("d.parquet").mkdir()
    sttm("extract", some, "--out", "d.parquet", "--store", store).refused("must be a file")
    sttm("export", features, "--to", blocked / "f.arff").refused(words)
    sttm("describe", features, "--out", blocked / "d.csv").refused(words)
    sttm("run", config, "--set", f"output={blocked}", "--store", store).refused(words)
    clip = sorted(some.iterdir())[0]
    sttm("show", clip, "--out", blocked, *SETS).refused("file/below|written")


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 300 KB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", place]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("a small disk cannot be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_one_sentence_and_old_results_stay(sttm, some, store, clips, tiny_disk):
    done = sttm("extract", some, "--out", tiny_disk / "f.parquet", "--store", store, *SETS)
    assert done.code == 0
    before = (tiny_disk / "f.parquet").read_bytes()
    (tiny_disk / "fill").write_bytes(bytes(shutil.disk_usage(tiny_disk).free))
    done = sttm("extract", some, "--out", tiny_disk / "f.parquet", "--store", store, "-q", *SETS)
    done.refused("the disk is full; free some space or choose another")
    assert (tiny_disk / "f.parquet").read_bytes() == before
    (tiny_disk / "fill").unlink()
    full = ["--store", tiny_disk / "store", "--jobs", "1", "--set", "faces.size=48"]
    sttm("extract", clips, "--out", "g.parquet", "-q", *full).refused("the disk is full")
    assert not [p for p in tiny_disk.rglob("*") if p.name.startswith(".sttm-")]
    finished = len(list(tiny_disk.rglob("*.npz")))
    assert finished > 0
    shutil.copytree(tiny_disk / "store", "roomy")
    done = sttm("extract", clips, "-o", "g.parquet", "--store", "roomy", "--set", "faces.size=48")
    assert f"21 clips ({21 - finished} new)" in done.err


def test_a_limit_on_file_sizes_is_one_sentence_too(tmp_path, some, store):
    """The way to have a full disk everywhere: the system refuses bytes beyond a limit."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = program(
        *("extract", some, "--out", "f.parquet", "--store", store, "-q", *SETS),
        cwd=tmp_path,
        preexec_fn=limit,
    )
    done.refused(r"f\.parquet could not be written: File too large")
    assert [p.name for p in tmp_path.iterdir()] == []


# run, check, demo, template, datasets -----------------------------------------------------------


def test_run_says_where_the_results_lie(sttm, config, store):
    done = sttm("run", config, "--store", store)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert re.match(r"accuracy \d+\.\d% \(95 % interval .* to .*%\), UAR .*%, UF1 .*%", lines[0])
    assert lines[1:] == ["model   runs/tiny/model.sttm", "report  runs/tiny/report.html"]
    for step in ("clips", "features", "folds", "scores", "model", "pictures"):
        assert re.search(rf"^{step} ", done.err, re.M)
    assert Path("runs/tiny/report.html").exists()
    quiet = sttm("run", config, "--store", store, "--quiet", "--set", "output=elsewhere")
    assert quiet.err == "" and quiet.out.splitlines()[2] == "report  elsewhere/report.html"


def test_run_ends_with_one_when_a_clip_failed(sttm, some, store, tmp_path):
    for path in some.iterdir():
        label = path.stem.split("-")[1]
        (tmp_path / "clips" / label).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "clips" / label)
    (tmp_path / "clips" / "README.txt").write_text("hello")
    data = "data={kind: folder, path: clips, subject: '(d[0-9]+)-'}"
    Path("c.yaml").write_text("jobs: 1\n")
    arguments = ["run", "c.yaml", "--set", data, "--store", store, "-q", *SETS]
    arguments += ["--set", "report.bootstrap=100", "--set", "report.examples=0"]
    done = sttm(*arguments)
    assert done.code == 0 and "passed over README.txt" in done.err
    (tmp_path / "clips" / "anger" / "d01-bad.avi").write_text("hello")
    done = sttm(*arguments)
    assert done.code == 1 and "skipped anger/d01-bad.avi: " in done.err
    assert done.out.splitlines()[-1] == "report  runs/c/report.html"


def test_run_and_check_refuse_a_wrong_config(sttm, config):
    for command in ("run", "check"):
        sttm(command, "no.yaml").refused(r"cannot read the config no\.yaml: No such file")
        sttm(command, config, "--set", "clasifier=svm").refused("did you mean 'classifier'")
        folds = ["--set", "protocol.folds=9", "--set", "protocol.name=grouped-kfold"]
        quiet = ["-q"] if command == "run" else []
        sttm(command, config, *folds, *quiet).refused("at least as many subjects")
        Path("typo.yaml").write_text(config.read_text().replace("data:", "dtaa:"))
        done = sttm(command, "typo.yaml")
        assert done.code == 1 and "did you mean 'data'" in done.err
        assert "data is missing" in done.err and "Traceback" not in done.err
    assert not Path("runs/tiny").exists()


def test_check_does_nothing(sttm, config, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    done = sttm("check", config, "--set", "classifier.C=[1, 10]")
    assert done.code == 0 and done.out.endswith("the config is good\n")
    assert "21 clips" in done.out and "C in [1, 10]" in done.out
    assert sorted(tmp_path.rglob("*")) == before


def test_demo_is_a_run_of_the_shipped_config(sttm, config, monkeypatch):
    from experiments.config import load_config
    from experiments.shipped import shipped_config

    assert load_config(shipped_config("demo")).data.kind == "drawn"
    asked = []

    def tiny(name):
        asked.append(name)
        return config

    monkeypatch.setattr("experiments.shipped.shipped_config", tiny)
    done = sttm("demo", "--out", "mine", "--jobs", "1", "--quiet")
    assert done.code == 0 and asked == ["demo"]
    assert done.out.splitlines()[-2:] == [
        "report  mine/report.html",
        "live    sttm live --model mine/model.sttm",
    ]
    assert Path("mine/report.html").exists()


def test_template_is_a_config_that_check_accepts(sttm, some, tmp_path):
    for kind, path in (("drawn", ""), ("folder", tmp_path / "tree"), ("csv", tmp_path / "l.csv")):
        done = sttm("template", "--data", kind, "--descriptor", "hog3d", "--classifier", "knn")
        assert done.code == 0
        Path("t.yaml").write_text(done.out.replace("PATH", str(path)), "utf-8")
        rows = ["clip,path,label,subject"]
        for source in sorted(some.iterdir()):
            subject, label, _ = source.stem.split("-")
            (tmp_path / "tree" / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(source, tmp_path / "tree" / label)
            rows.append(f"{source.stem},{source},{label},{subject}")
        (tmp_path / "l.csv").write_text("\n".join(rows))
        subject = ["--set", "data.subject=(d[0-9]+)-"] if kind == "folder" else []
        few = ["--set", "classifier.n_neighbors=2"]  # as few as a fold has training clips
        done = sttm("check", "t.yaml", *subject, *few)
        assert done.code == 0, done.err
    sttm("template", "--data", "foldr").refused("did you mean 'folder'")


def test_datasets_lists_every_kind(sttm):
    done = sttm("datasets")
    assert done.code == 0
    for kind in ("drawn", "folder", "csv"):
        assert re.search(rf"^{kind}: ", done.out, re.M)


def test_datasets_tells_of_one_kind_alone(sttm):
    done = sttm("datasets", "--kind", "ck+48")
    assert done.code == 0 and done.out in sttm("datasets").out
    assert re.findall(r"^[^\s:]+(?=: )", done.out, re.M) == ["ck+48"]
    sttm("datasets", "--kind", "ck48").refused("did you mean 'ck\\+48'")
    both = sttm("datasets", "--kind", "ck+48", "check", "ck+48", "nowhere")
    assert both.code == 2 and "--kind is for the list" in both.err


# export, describe, show -------------------------------------------------------------------------


def test_export_writes_other_formats_with_labels(sttm, features, clips):
    done = sttm("export", features, "--to", "f.arff", "--labels", clips / "labels.csv")
    assert done.code == 0 and "written  f.arff" in done.out
    assert "@relation" in Path("f.arff").read_text("utf-8").lower()
    assert "happiness" in Path("f.arff").read_text("utf-8")
    assert sttm("export", features, "--to", "f.data", "--format", "csv").code == 0
    assert Path("f.data").read_text("utf-8").startswith("clip,")
    sttm("export", features, "--to", "f.nonsense").refused("nonsense")
    sttm("export", features, "--to", "f.csv", "--format", "cvs").refused("did you mean 'csv'")
    sttm("export", "no.parquet", "--to", "f.csv").refused(r"there is no file no\.parquet")
    sttm("export", features, "--to", "f.csv", "--labels", "no.csv").refused(r"no\.csv")


def test_export_speaks_the_signs_of_a_locale_and_reads_them_back(sttm, features):
    assert sttm("export", features, "--to", "de.csv", "--locale", "de").code == 0
    head, row = Path("de.csv").read_text("utf-8").splitlines()[:2]
    assert head.startswith("clip;") and re.search(r";0,\d", row)
    assert sttm("export", features, "--to", "x.csv", "--sep", "|", "--decimal", ",").code == 0
    assert Path("x.csv").read_text("utf-8").startswith("clip|")
    for written in ("de.csv", "x.csv"):
        for side in (True, False):
            if not side:
                Path(f"{written}.json").unlink()
            assert sttm("export", written, "--to", "back.parquet").code == 0, written
            pd.testing.assert_frame_equal(
                read_features("back.parquet")[0], read_features(features)[0]
            )
    sttm("export", features, "--to", "y.csv", "--locale", "zz").refused("zz")
    sttm("export", features, "--to", "y.npz", "--sep", ";").refused("sep")


def test_describe_prints_and_writes_a_dictionary(sttm, features):
    done = sttm("describe", features, "--most", "2", "--out", "d.csv")
    assert done.code == 0
    assert re.match(r"t0\.y0\.x0\S*   t 0\.00-1\.00  y 0\.00-\d\.\d\d  x 0\.00-", done.out)
    assert re.search(r"^2 of \d+ columns", done.out, re.M)
    whole = pd.read_csv("d.csv")
    assert len(whole) == read_features(features)[0].shape[1] - 1
    assert done.out.endswith("dictionary  d.csv\n")
    assert sttm("describe", features, "--most", "0").code == 2


def test_show_draws_a_clip(sttm, some, config):
    clip = sorted(some.iterdir())[0]
    done = sttm("show", clip, "--out", "shown", "--config", config, "--columns", "3", "--video")
    assert done.code == 0, done.err
    found, *written = done.out.splitlines()
    strip, overlay = (line.split()[1] for line in written)
    assert re.match(r"12 frames, eyes (not )?found", found)
    assert Path(strip).suffix == ".png" and Path(overlay).stat().st_size > 1000
    with Image.open(strip) as picture:
        assert min(picture.size) > 200
    done = sttm(
        "show", clip, "-o", "still", "-c", config, "--no-video", "--first", "2", "--last", "9"
    )
    assert done.code == 0 and len(list(Path("still").iterdir())) == 1
    sttm("show", clip, "--first", "9", "--last", "2", "--no-video").refused("first.*last")
    sttm("show", clip, "--first", "50", "--no-video").refused("50|last|frame")
    sttm("show", "no.avi", "--set", "faces.size=48").refused(r"no\.avi")
    np.save("noise.npy", noise())
    sttm("show", "noise.npy", "--no-video").refused("no face was found")


# stopped, killed, at once -----------------------------------------------------------------------


def wait_for(condition, seconds=30):
    """Wait until ``condition`` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.01)


SLOW = ["--set", "faces.key_every=1", "--set", "faces.search_size=1600"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_a_stopped_command_says_so_in_one_line(how, tmp_path, clips):
    line = [sys.executable, "-m", "experiments", "extract", clips, "--out", "f.parquet"]
    process = subprocess.Popen(
        [*map(str, line), "--store", "s", "-j", "1", *SLOW],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: list((tmp_path / "s").rglob("*.npz")))
    process.send_signal(how)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == "\nsttm: stopped; the same command goes on where it was.\n" and out == ""
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
    assert not list((tmp_path / "s").rglob("*.began"))


def test_an_interruption_that_a_library_makes_an_error_of_is_told_as_one(tmp_path):
    """pydantic does so while it builds a model."""
    code = (
        "import os, signal, sys, experiments.config, experiments.cli as cli\n"
        "def load(*_):\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    except KeyboardInterrupt as error:\n"
        "        raise ValueError('no model') from error\n"
        "experiments.config.load_config = load\n"
        "sys.argv = ['sttm', 'run', 'demo']\n"
        "cli.script()"
    )
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 130 and "Traceback" not in done.stderr
    assert done.stderr.strip() == "sttm: stopped; the same command goes on where it was."


def killed(arguments, store, kills, longest, cwd):
    line = [sys.executable, Path(__file__).with_name("killing.py"), 1, kills, longest, store]
    environment = {**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])}
    done = subprocess.run(
        [str(a) for a in (*line, *arguments)],
        timeout=120,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_extractions_go_on_and_end_with_the_same_table(tmp_path, clips):
    arguments = ["extract", clips, "--out", "f.parquet", "--store", "s", "-j", "1", "-q"]
    arguments += ["--set", "faces.size=48", "--set", "descriptor.grid=[1,3,3]"]
    told = killed(arguments, "s", 10, 0.35, tmp_path)
    codes, counts = zip(*told, strict=True)
    assert codes[-1] == 0 and -signal.SIGKILL in codes[:-1]
    assert counts == tuple(sorted(counts)) and counts[-1] == 21
    assert counts[len(counts) // 2] > 0
    whole = program(
        *[a if a != "s" else "fresh" for a in arguments[:4]],
        "--out",
        "g.parquet",
        "--store",
        "fresh",
        *arguments[6:],
        cwd=tmp_path,
    )
    assert whole.code == 0
    killed_table, fresh = (read_features(tmp_path / f"{n}.parquet")[0] for n in "fg")
    pd.testing.assert_frame_equal(killed_table, fresh)
    results = {p.name for p in tmp_path.iterdir() if not p.name.startswith(".sttm-")}
    assert results == {"f.parquet", "f.parquet.json", "g.parquet", "g.parquet.json", "s", "fresh"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_runs_go_on_and_end_with_the_same_scores(tmp_path, config, clips):
    told = killed(["run", "tiny.yaml", "--store", "s", "-q"], "s", 10, 0.5, tmp_path)
    codes, counts = zip(*told, strict=True)
    assert codes[-1] == 0 and -signal.SIGKILL in codes[:-1]
    assert counts[-1] == 21 + 3 + 1  # clips, folds, the model
    done = program(
        "run", "tiny.yaml", "--store", "fresh", "-q", "--set", "output=fresh-run", cwd=tmp_path
    )
    assert done.code == 0
    for name in ("predictions.csv", "scores.json", "clips.csv"):
        killed_file = (tmp_path / "runs" / "tiny" / name).read_bytes()
        assert killed_file == (tmp_path / "fresh-run" / name).read_bytes()
    names = {p.name for p in (tmp_path / "runs" / "tiny").iterdir()}
    assert not [n for n in names if n.startswith(".sttm-")]


def test_two_runs_in_one_folder_at_once(tmp_path, config, store):
    """While one process has the folder, another is refused at once; nothing of it changes."""
    folder = tmp_path / "runs" / "tiny"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("of the first")
    (folder / ".unfinished").write_text("tiny")
    with FileLock(folder / ".lock"):
        program("run", "tiny.yaml", "--store", store, "-q", cwd=tmp_path).refused(
            "another run is using runs/tiny; wait for it or name another"
        )
        assert (folder / "report.html").read_text() == "of the first"
    assert program("run", "tiny.yaml", "--store", store, "-q", cwd=tmp_path).code == 0


def test_two_extractions_into_one_file_at_once(sttm, some, tmp_path):
    slow = [*SLOW, "--set", "faces.search_size=3000", "--store", "s", "-j", "1"]
    line = [sys.executable, "-m", "experiments", "extract", some, "--out", "f.parquet", *slow]
    first = subprocess.Popen([str(a) for a in line], cwd=tmp_path, stderr=subprocess.DEVNULL)
    wait_for(lambda: list((tmp_path / "s").rglob("*.lock")))
    sttm("extract", some, "--out", "f.parquet", "--store", "s").refused("another run is using f")
    assert first.wait(60) == 0
    assert len(read_features("f.parquet")[0]) == 4


# a trained model at work --------------------------------------------------------------------------


def test_recognize_takes_every_option(tmp_path, clips, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    clip = sorted(clips.rglob("*.avi"))[0]
    words = ["recognize", "CLIP", "--model", "sttm.sttm", "--out", "r.csv", "--annotated", "seen"]
    words += ["--window", "whole", "--every", "0.2", "--faces", "all", "--smooth", "0"]
    words += ["--finder", "viola-jones", "--jobs", "1", "--quiet"]
    bundle_file(tmp_path)
    code = main([str(clip) if word == "CLIP" else word for word in words])
    assert code == 0, capsys.readouterr().err
    assert set(pd.read_csv("r.csv")["face"]) == {1} and list(Path("seen").iterdir())


def test_live_hands_every_option_to_the_window(monkeypatch):
    window = pytest.importorskip("recognizer.gui.app", reason="the window needs PySide6")
    asked = {}
    monkeypatch.setattr(window, "run_window", lambda *_, **options: asked.update(options) or 0)
    words = ["live", "a.avi", "--model", "m.sttm", "--models", "x", "--models", "y"]
    words += ["--camera", "1", "--theme", "dark"]
    assert main(words) == 0
    assert asked["models"] == [Path("x"), Path("y")] and asked["model"] == Path("m.sttm")
    assert (asked["camera"], asked["theme"]) == (1, "dark")


def test_transfer_takes_every_option(tmp_path, config, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    bundle_file(tmp_path, "still")
    words = ["transfer", "tiny.yaml", "--model", "still.sttm", "--out", "moved", "--pool", "last"]
    words += ["--every", "6", "--set", "seed=1", "--store", "kept", "--jobs", "1", "--quiet"]
    code = main(words)
    assert code == 0, capsys.readouterr().err
    facts = json.loads(Path("moved/transfer.json").read_text())
    assert facts["pool"] == "last" and facts["every"] == 6 and Path("kept").is_dir()
