"""``sttm label`` and ``sttm verify`` without the window, and experiments on a study's consensus."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from drawn_material import QUICK, drawn
from study_material import SEVERAL, clips_table, write_clips

from experiments.cli import main
from experiments.datasets import read_dataset
from experiments.datasets.study import StudyData
from labeling.statement import Interval, Statement
from labeling.study import create_study, open_study
from sttm.errors import InputError


@pytest.fixture(scope="module")
def faces():
    """The tiny drawn data set: folder, clips, labels."""
    return drawn()


@pytest.fixture
def study(tmp_path, faces, capsys):
    """A study of drawn clips, subjects known, labelled by nobody."""
    folder, _, _ = faces
    path = tmp_path / "team.sttm-study"
    arguments = ["label", "new", str(folder), "--out", str(path), "--subject", "^([^-_]+)"]
    assert main([*arguments, "--scheme", "basic-marks", "--jobs", "1", "--quiet"]) == 0
    capsys.readouterr()
    return path


def label_all(path, labels, people=("ann", "bo"), wrong=()):
    """Say the drawn label of every clip, except of those in ``wrong``."""
    with open_study(path) as opened:
        known = opened.clips()["clip"].tolist()
        truth = labels.set_index("clip")["label"]
        for person in people:
            opened.say_many(
                [
                    (clip, person, Statement((Interval("fear" if clip in wrong else truth[clip]),)))
                    for clip in known
                ]
            )
        return known


def told(capsys):
    out = capsys.readouterr()
    return out.out + out.err


def test_new_counts_frames_and_finds_subjects(study, faces, capsys):
    with open_study(study, read_only=True) as opened:
        clips = opened.clips()
        assert (clips["frames"] == 12).all() and (clips["digest"] != "").all()
        assert clips["subject"].nunique() == 3
        assert all(opened.source_of(s).exists() for s in clips["source"])
    assert main(["label", "status", str(study)]) == 0
    assert "without a label: 21" in told(capsys)


def test_new_a_second_time_adds_what_is_new(study, faces, capsys):
    arguments = ["label", "new", str(faces[0]), "--out", str(study), "--jobs", "1", "--quiet"]
    assert main(arguments) == 0
    assert "21 clips" in told(capsys)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["label", "new", "nowhere"], "there is nothing at nowhere"),
        (["label", "new", ".", "--scheme", "basc"], "did you mean 'basic'"),
        (["label", "new", ".", "--subject", "("], "no regular expression|no clip"),
        (["label", "new", ".", "--published"], "needs a config"),
        (["label", "status", "nowhere.sttm-study"], "does not exist"),
        (["label", "scheme", "facz"], "did you mean 'facs'"),
        (["label", "merge", "a.sttm-study", "b.sttm-study"], "does not exist"),
        (["label", "backup", "nowhere.sttm-study"], "does not exist"),
        (["verify", "nowhere.sttm-study"], "does not exist"),
        (["label", "nowhere"], "does not exist|needs a screen|PySide6"),
    ],
)
def test_mistakes_are_one_sentence(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main(arguments) == 1
    found = told(capsys)
    assert "Traceback" not in found
    import re

    assert re.search(words, found), found


def test_a_window_that_cannot_be_loaded_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "labeling.gui.app", None)
    assert main(["label", str(tmp_path)]) == 1
    found = told(capsys)
    assert "the window needs PySide6" in found and "Traceback" not in found


def test_wrongly_typed_commands_are_2(study, capsys):
    assert main(["verify", str(study), "--fail-on", "errors"]) == 2
    assert main(["label", "scheme", "--into", str(study)]) == 2
    assert main(["label", "new"]) == 2


def test_schemes_are_printed_and_taken_over(study, tmp_path, capsys):
    assert main(["label", "scheme"]) == 0
    assert "facs" in told(capsys)
    assert main(["label", "scheme", str(study)]) == 0
    text = told(capsys)
    mine = yaml.safe_load(text)
    mine["labels"].append({"name": "smirk"})
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(mine), encoding="utf-8")
    assert main(["label", "scheme", str(path), "--into", str(study)]) == 0
    with open_study(study) as opened:
        assert opened.scheme.label_names[-1] == "smirk"


def test_labels_come_and_go(study, faces, tmp_path, capsys):
    clips = label_all(study, faces[2], ["ann"])
    out = tmp_path / "labels.csv"
    assert main(["label", "export", str(study), "--to", str(out)]) == 0
    assert main(["label", "import", str(study), str(out), "--as", "again"]) == 0
    assert main(["label", "import", str(study), str(out)]) == 0
    assert f"0 opinions imported, {len(clips)} were there already" in told(capsys)
    (tmp_path / "bad.csv").write_bytes(b"\xff\x00\x13")
    assert main(["label", "import", str(study), str(tmp_path / "bad.csv"), str(out)]) == 1
    assert "bad.csv" in told(capsys)
    eaf = tmp_path / "elan"
    arguments = ["label", "export", str(study), "--to", str(eaf), "--format", "elan"]
    assert main([*arguments, "--as", "ann"]) == 0
    assert len(list(eaf.glob("*.eaf"))) == len(clips)


def test_teams_merge(study, faces, tmp_path, capsys):
    other = tmp_path / "bo.sttm-study"
    other.write_bytes(study.read_bytes())
    clips = label_all(other, faces[2], ["bo"])
    assert main(["label", "merge", str(study), str(other)]) == 0
    assert f"{len(clips)} opinions and 0 clips added" in told(capsys)
    assert main(["label", "merge", str(study), str(other), str(tmp_path / "no.sttm-study")]) == 1
    assert "0 opinions and 0 clips added" in told(capsys)
    assert main(["label", "backup", str(study)]) == 0
    assert len(list(tmp_path.glob("team.backup-*"))) == 1


@pytest.mark.parametrize("method", ["majority", "weighted", "dawid-skene"])
def test_consensus_is_written(study, faces, tmp_path, method, capsys):
    clips = label_all(study, faces[2])
    out = tmp_path / "consensus.csv"
    assert main(["label", "consensus", str(study), "--out", str(out), "--method", method]) == 0
    table = pd.read_csv(out)
    assert table["clip"].tolist() == clips
    assert (table["label"] == faces[2].set_index("clip")["label"][clips].to_numpy()).all()


def test_verify_says_and_exits(study, faces, tmp_path, capsys):
    label_all(study, faces[2])
    out = tmp_path / "page.html"
    arguments = ["verify", "--out", f"{out}", str(study), "--folds", "2", "--replicates", "50"]
    assert main([*arguments, "--jobs", "1", "--seed", "3", "--quiet"]) == 0
    assert out.read_text(encoding="utf-8").startswith("<!")
    code = main([*arguments, "--slow", "--jobs", "1", "--quiet", "--fail-on", "note"])
    assert code in (0, 3)
    source = faces[0] / "d01-happiness-1.avi"
    with open_study(study) as opened:
        first = opened.clips()["source"][0]
        source = opened.source_of(first)
    hidden = source.with_suffix(".hidden")
    source.rename(hidden)
    try:
        assert main([*arguments, "--quiet"]) == 3
        assert "error" in told(capsys)
        assert main([*arguments, "--quiet", "--fail-on", "never"]) == 0
    finally:
        hidden.rename(source)


def config(study, **data):
    return {
        "name": "from-study",
        "data": {"kind": "study", "path": str(study), **data},
        "protocol": {"name": "loso"},
        "classifier": {"name": "svm", "C": 1.0},
        **QUICK,
    }


def test_an_experiment_takes_its_labels_from_a_study(study, faces, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    known = label_all(study, faces[2])
    with open_study(study) as opened:  # people disagree, and one clip is decided
        opened.say(known[0], "bo", Statement((Interval("contempt"),)))
        own = opened.say(known[1], "bo", Statement((Interval("neutral"),)))
        opened.decide(known[1], "bo", "accepted", "seen again", own.id)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(config(study, consensus="majority")), encoding="utf-8")
    assert main(["run", str(path)]) == 1  # a clip was skipped; the rest is done
    assert f"skipped {known[0]}: its label is undecided" in told(capsys)
    predictions = pd.read_csv(tmp_path / "runs" / "from-study" / "predictions.csv")
    labels = predictions.set_index("clip")["label"]
    assert known[0] not in labels.index, "undecided clips are left out"
    assert labels[known[1]] == "neutral"
    truth = faces[2].set_index("clip")["label"]
    assert all(labels[c] == truth[c] for c in known[2:])
    report = (tmp_path / "runs" / "from-study" / "report.html").read_text(encoding="utf-8")
    assert "drawn" in report and "team.sttm-study" in report
    assert main(["label", "suspects", str(study), str(tmp_path / "runs" / "from-study")]) == 0
    assert "suspect" in told(capsys)


def test_a_study_without_labels_is_told(study, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(config(study)), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert "no clip with a label" in told(capsys)
    path.write_text(yaml.safe_dump(config(study, consensus="majorty")), encoding="utf-8")
    assert main(["check", str(path)]) == 1
    assert "did you mean 'majority'" in told(capsys)


def test_suspects_come_from_predictions(study, faces, tmp_path, capsys):
    clips = label_all(study, faces[2], wrong={faces[2]["clip"][0]})
    truth = faces[2].set_index("clip")["label"]
    classes = sorted({*truth, "fear"})
    given = [("fear" if c == faces[2]["clip"][0] else truth[c]) for c in clips]
    p = np.full((len(clips), len(classes)), 0.02)
    for row, clip in enumerate(clips):
        p[row, classes.index(truth[clip])] = 1 - 0.02 * (len(classes) - 1)
    table = pd.DataFrame({"clip": clips, "fold": "f", "label": given})
    table["predicted"] = [truth[c] for c in clips]
    table[[f"p:{c}" for c in classes]] = p
    path = tmp_path / "predictions.csv"
    table.to_csv(path, index=False)
    assert main(["label", "suspects", str(study), str(path)]) == 0
    assert f"1 suspects, first {faces[2]['clip'][0]}" in told(capsys)
    asked = ["verify", "--predictions", f"{path}", "--slow", "--replicates", "0", "--quiet"]
    asked += ["--jobs", "1", "--folds", "2", "--seed", "3", "--fail-on", "never"]
    assert main([*asked, "--out", f"{tmp_path}/v.html", str(study)]) == 0
    assert str(faces[2]["clip"][0]) in told(capsys)
    table.assign(clip=[f"x{i}" for i in range(len(table))]).to_csv(path, index=False)
    assert main(["label", "suspects", str(study), str(path)]) == 1
    assert "no clip in common" in told(capsys)


def test_published_labels_become_opinions(faces, tmp_path, capsys):
    path = tmp_path / "drawn.yaml"
    settings = {"kind": "csv", "path": str(tmp_path / "t.csv"), "root": str(faces[0])}
    table = faces[1].merge(faces[2][["clip", "label", "onset", "apex"]], on="clip")
    table.rename(columns={"source": "path"}).to_csv(tmp_path / "t.csv", index=False)
    path.write_text(yaml.safe_dump({"data": settings}), encoding="utf-8")
    arguments = ["label", "new", str(path), "--published", "--scheme", "basic-marks"]
    assert main([*arguments, "--jobs", "1", "--quiet"]) == 0
    with open_study(tmp_path / "drawn.sttm-study") as opened:
        said = opened.latest(annotator="published")
        assert len(said) == 21
        assert said[0].statement.intervals[0].onset is not None
    assert main([*arguments, "--jobs", "1", "--quiet"]) == 0
    with open_study(tmp_path / "drawn.sttm-study") as opened:
        assert len(opened.history()) == 21


def set_of(folder, labels):
    """Write three clips, a table with these labels, and a config of both."""
    table = write_clips(folder).rename(columns={"source": "path"}).assign(label=labels, onset=2)
    table.to_csv(folder / "t.csv", index=False)
    settings = {"kind": "csv", "path": str(folder / "t.csv"), "root": str(folder)}
    path = folder / "set.yaml"
    path.write_text(yaml.safe_dump({"data": settings}), encoding="utf-8")
    return path


def new_published(path, scheme):
    arguments = ["label", "new", str(path), "--published", "--scheme", str(scheme)]
    return main([*arguments, "--jobs", "1", "--quiet"])


def said_by_the_set(path):
    with open_study(path.with_suffix(".sttm-study")) as opened:
        return [o.statement for o in opened.latest(annotator="published")]


def test_published_labels_that_the_scheme_lacks_are_named(tmp_path, capsys):
    path = set_of(tmp_path, ["happy", "anger", "angry"])
    assert new_published(path, "basic-marks") == 1
    assert "lacks happy, angry. Choose another with --scheme" in told(capsys)
    assert said_by_the_set(path) == []


def test_published_labels_teach_a_free_scheme(tmp_path):
    path = set_of(tmp_path, ["happy", "anger", "anger"])
    assert new_published(path, "free") == 0
    assert [said.labels for said in said_by_the_set(path)] == [("happy",), ("anger",), ("anger",)]


def test_published_labels_of_several_are_taken_apart(tmp_path):
    path = set_of(tmp_path, ["AU1+AU12", "AU2", "AU1"])
    (tmp_path / "units.yaml").write_text(SEVERAL, encoding="utf-8")
    assert new_published(path, tmp_path / "units.yaml") == 0
    both, one, _ = said_by_the_set(path)
    assert both == Statement((Interval("AU1"), Interval("AU12")))
    assert one == Statement((Interval("AU2", onset=2),))


def test_a_study_that_is_there_keeps_its_scheme_and_says_so(study, faces, capsys):
    arguments = ["label", "new", str(faces[0]), "--out", str(study), "--scheme", "smic"]
    assert main([*arguments, "--jobs", "1", "--quiet"]) == 0
    words = told(capsys)
    assert "keeps its scheme" in words and "clips, scheme 'micro" not in words


def test_sources_that_are_nowhere_are_not_taken_for_missing_labels(tmp_path):
    (tmp_path / "clips").mkdir()
    write_clips(tmp_path / "clips")
    path = tmp_path / "s.sttm-study"
    with create_study(path, "basic", root=tmp_path / "clips") as opened:
        table = clips_table(4, None)
        table.loc[3, "source"] = "x" * 3000  # longer than a name may be
        opened.add_clips(table)
        flagged = ("c03", "ann", Statement(flags=("not visible",)))
        opened.say_many(
            [*((c, "ann", Statement((Interval("anger"),))) for c in ("c00", "c03")), flagged]
        )
    (tmp_path / "clips").rename(tmp_path / "moved")
    with pytest.raises(InputError, match=r"no source of the 1 labelled clips .* as data\.root"):
        read_dataset(StudyData(path=path))
    data = read_dataset(StudyData(path=path, root=tmp_path / "moved"))
    assert data.clips["clip"].tolist() == ["c00"]
    assert "nobody has given it a label" in data.skipped["reason"].tolist()


def test_agreement_needs_nothing_else_of_ours():
    """The functions on a plain table, in a process that loads neither OpenCV nor a window."""
    code = (
        "import json, sys\n"
        "from labeling import krippendorff_alpha\n"
        "found = krippendorff_alpha([['a', 'a'], ['b', 'b'], ['a', 'b']])\n"
        "print(json.dumps([found.value, [m for m in ('cv2', 'PySide6') if m in sys.modules]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    value, heavy = json.loads(done.stdout)
    assert 0 < value < 1 and heavy == []


def test_clips_may_lie_elsewhere(study, faces, tmp_path, capsys, monkeypatch):
    label_all(study, faces[2])
    moved = tmp_path / "deep" / "moved.sttm-study"
    moved.parent.mkdir()
    moved.write_bytes(study.read_bytes())
    arguments = ["verify", f"{moved}", "--replicates", "0", "--folds", "2", "--quiet"]
    assert main(arguments) == 3
    assert "F01" in told(capsys)
    assert main(["verify", "--root", f"{faces[0]}", *arguments[1:]]) == 0
    assert main(["label", "open", "--root", f"{tmp_path}/nowhere", str(moved)]) == 1
    assert "must be a folder" in told(capsys)
    assert main(["label", str(faces[0]), "--root", str(faces[0])]) == 1
    assert "name its file" in told(capsys)
    opened = []
    monkeypatch.setattr("experiments.labelling._window", lambda: lambda *a, **k: opened.append(a))
    assert main(["label", str(moved), "--root", str(faces[0])]) == 0
    assert len(opened) == 1
    assert main(arguments) == 0  # the study remembers it


def test_formats_take_options(study, faces, tmp_path, capsys):
    label_all(study, faces[2], ["ann"])
    out = tmp_path / "frames.vtt"
    arguments = ["label", "export", str(study), "--to", str(tmp_path / "vtt"), "--format", "webvtt"]
    assert main([*arguments, "--option", "fps=12.5"]) == 0
    assert main([*arguments, "--option", "fsp=25"]) == 1
    assert "did you mean 'fps'" in told(capsys)
    assert main([*arguments, "--option", "fps"]) == 1
    assert "NAME=VALUE" in told(capsys)
    assert main(["label", "import", str(study), str(out), "--option", "=1"]) == 1


def test_a_report_that_cannot_be_written_is_told_at_once(study, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("labeling.verification.verify_study", lambda *_, **__: pytest.fail("late"))
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    assert main(["verify", str(study), "--out", str(tmp_path / "taken" / "v.html")]) == 1
    assert "could not be written" in told(capsys)


def test_a_path_with_a_zero_in_it_is_refused_before_a_study_is_spoiled(tmp_path, capsys):
    (tmp_path / "x.csv").write_bytes(b"clip,source\na,a\0b.npy\n")
    assert main(["label", "new", str(tmp_path / "x.csv"), "--jobs", "1", "--quiet"]) == 1
    assert "no path of a clip" in told(capsys)


def test_keys_that_clash_are_refused_before_a_study_has_them(study, faces, tmp_path, capsys):
    path = tmp_path / "clash.yaml"
    path.write_text("name: x\nlabels: [{name: a, key: '1'}, {name: b, key: '1'}]\n")
    out = tmp_path / "new.sttm-study"
    arguments = ["label", "new", str(faces[0]), "--out", str(out), "--scheme", str(path)]
    assert main([*arguments, "--quiet"]) == 1
    assert "the same key 1" in told(capsys) and not out.exists()
    assert main(["label", "scheme", str(path), "--into", str(study)]) == 1
    assert "the same key 1" in told(capsys)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_clip_that_cannot_be_used_is_told_by_the_exit_code(tmp_path, capsys):
    write_clips(tmp_path)
    os.mkfifo(tmp_path / "broken.avi")
    assert main(["label", "new", str(tmp_path), "--jobs", "1", "--quiet"]) == 1
    found = told(capsys)
    assert "broken.avi" in found and "3 clips" in found
