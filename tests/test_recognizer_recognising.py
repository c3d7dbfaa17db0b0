"""Files through a model: tables, annotated copies, what goes wrong, and going on after a stop."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from recognizer_material import (
    bundle_file,
    bundle_of,
    long_clip,
    pictures,
    two_people,
    write_image,
    write_video,
)

from experiments.cli import main
from recognizer.inputs import Source, ahead, find_inputs, open_feed
from recognizer.recognising import Passing, notes_on, one_source, recognise
from recognizer.settings import Settings
from recognizer.tables import ANSWER, Pooled, answer_columns, rows_of
from recognizer.writing import AnswerFile, alone, save_rows
from sttm.errors import InputError, UnreadableClip
from sttm.extract import Job, measure_clip

FULL = Path("/dev/full")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with two videos, one of them with two people, and a model beside it."""
    folder = tmp_path_factory.mktemp("recognise")
    clips = folder / "clips"
    (clips / "more").mkdir(parents=True)
    write_video(clips / "one.avi", long_clip(2))
    write_video(clips / "more" / "two.avi", two_people())
    bundle_file(folder)
    bundle_file(folder, "still")
    return folder


@pytest.fixture(scope="module")
def done(place, tmp_path_factory):
    """The table of the folder, both faces, with annotated copies."""
    out = tmp_path_factory.mktemp("done")
    found = recognise(
        [place / "clips"],
        place / "sttm.sttm",
        Settings(faces="all"),
        out / "r.csv",
        out / "drawn",
    )
    return out, found


def test_a_row_per_frame_and_face(done):
    out, found = done
    table = pd.read_csv(out / "r.csv")
    classes = bundle_of().classes
    assert list(table) == answer_columns(classes) and list(ANSWER) == list(table)[: len(ANSWER)]
    one, two = (table[table["source"] == name] for name in ("one.avi", "more/two.avi"))
    assert one["frame"].tolist() == list(range(24)) and set(one["face"]) == {1}
    assert two.groupby("face")["frame"].apply(list).tolist() == [list(range(12))] * 2
    assert np.allclose(table["time"], table["frame"] / 25, atol=1e-4)
    probabilities = table[[f"p.{c}" for c in classes]]
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-4)
    assert (probabilities.idxmax(axis=1) == "p." + table["label"]).all()
    assert np.allclose(probabilities.max(axis=1), table["probability"], atol=1e-5)
    assert found.sources == 2 and found.rows == len(table) and not found.skipped


def test_the_table_of_clips_has_each_face_once_pooled_over_time(done):
    out, _ = done
    clips = pd.read_csv(out / "r.clips.csv")
    assert clips["source"].tolist() == ["one.avi", "more/two.avi", "more/two.avi"]
    assert clips["face"].tolist() == [1, 1, 2] and clips["frames"].tolist() == [24, 12, 12]
    assert clips["reason"].isna().all()
    shares = clips[[f"p.{c}" for c in bundle_of().classes]]
    assert (shares.idxmax(axis=1) == "p." + clips["label"]).all()


def test_annotated_copies_have_every_frame_and_show_the_faces(done):
    out, _ = done
    for name, count in (("one", 24), ("more/two", 12)):
        (path,) = (out / "drawn").glob(f"{name}.*")
        video = cv2.VideoCapture(str(path))
        frames = []
        while (read := video.read())[0]:
            frames.append(read[1])
        assert len(frames) == count
        height, width = frames[0].shape[:2]
        assert height % 2 == width % 2 == 0
    blue = np.abs(frames[-1].astype(int) - [233, 180, 86]).max(axis=2) < 60  # BGR of face 1
    assert blue[:, : width * 2 // 3].sum() > 100


def test_a_folder_for_copies_that_cannot_be_made_is_a_sentence_and_the_answers_stand(
    place, tmp_path
):
    (tmp_path / "file").write_text("mine")
    one = [place / "clips" / "one.avi"]
    found = recognise(
        one, place / "still.sttm", Settings(), tmp_path / "r.csv", tmp_path / "file" / "drawn"
    )
    ((name, reason),) = found.skipped
    assert name == "one.avi" and "drawn could not be written: " in reason and "Error" not in reason
    assert len(pd.read_csv(tmp_path / "r.csv")) == found.rows == 24


def test_a_table_that_another_process_writes_is_left_to_it(place, tmp_path):
    work = [place / "clips" / "one.avi"], place / "still.sttm", Settings(), tmp_path / "r.csv"
    with alone(tmp_path / "r.csv"), pytest.raises(InputError, match=r"another process.*r\.csv"):
        recognise(*work)
    assert not list(tmp_path.iterdir())
    recognise(*work)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.clips.csv", "r.csv", "r.csv.json"]


def test_whole_clips_have_the_answer_of_extraction(place, tmp_path):
    settings = Settings(window="whole")
    found = recognise(
        [place / "clips" / "one.avi"], place / "sttm.sttm", settings, tmp_path / "w.csv"
    )
    bundle = bundle_of()
    row = measure_clip(Job("one", place / "clips" / "one.avi"), bundle.recipe)[0]
    expected = bundle.predict_proba(row.measures[None])[0]
    table = pd.read_csv(tmp_path / "w.csv")
    assert np.allclose(table[[f"p.{c}" for c in bundle.classes]], expected, atol=1e-5)
    assert found.rows == len(table) == 24


def test_processes_parquet_and_csv_give_the_same_table(done, place, tmp_path):
    out, _ = done
    recognise(
        [place / "clips"],
        place / "sttm.sttm",
        Settings(faces="all"),
        tmp_path / "r.parquet",
        jobs=2,
    )
    csv = pd.read_csv(out / "r.csv")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "r.parquet"), csv)
    assert (tmp_path / "r.clips.csv").read_text() == (out / "r.clips.csv").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "r.clips.csv",
        "r.parquet",
        "r.parquet.json",
    ]


@pytest.mark.parametrize("kind", ["sttm", "still"])
def test_threads_give_the_same_answers_in_the_same_order(kind, place):
    source = Source("one.avi", place / "clips" / "one.avi")
    settings = Settings(every=0.08, faces="all")
    one, many = (list(Passing(source, bundle_of(kind), settings, n)) for n in (1, 3))
    assert [a.last for a in one] == [a.last for a in many]
    for a, b in zip(one, many, strict=True):
        assert len(a.faces) == len(b.faces) > 0
        assert np.array_equal(a.faces[0].probabilities, b.faces[0].probabilities)
    passing = iter(Passing(source, bundle_of(kind), settings, 3))
    next(passing)
    passing.close()  # what is under way ends, and no thread is left waiting
    assert not [t for t in threading.enumerate() if "looking at" in t.name or "decoding" in t.name]


def test_a_still_model_looks_at_every_picture_of_a_folder(place, tmp_path):
    folder = tmp_path / "stills"
    folder.mkdir()
    for number in (0, 7):
        write_image(folder / f"{number}.png", pictures(number)[11])
    found = recognise(
        [folder], place / "still.sttm", Settings(), tmp_path / "s.csv", tmp_path / "d"
    )
    table = pd.read_csv(tmp_path / "s.csv")
    assert table["source"].tolist() == ["0.png", "7.png"] and table["time"].isna().all()
    assert found.sources == 2 and sorted(p.name for p in (tmp_path / "d").iterdir()) == [
        "0.png",
        "7.png",
    ]
    frames = recognise([folder], place / "sttm.sttm", Settings(), tmp_path / "m.csv")
    assert frames.sources == 1  # for a model of change they are two frames of one clip


# what goes wrong ----------------------------------------------------------------------------------


def odd_folder(folder):
    """A folder with everything that is not a clip with a face."""
    folder.mkdir()
    video = write_video(folder / "good.avi", pictures())
    grey = np.full((12, 96, 96, 3), 90, np.uint8)
    write_video(folder / "noface.avi", grey)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "cut.avi").write_bytes(video.read_bytes()[: video.stat().st_size // 3])
    (folder / "text.avi").write_text("this is no video")
    (folder / "notes.txt").write_text("a stray file")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    write_image(folder / "tiny.png", np.zeros((1, 1, 3), np.uint8))
    return folder


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_cannot_be_used_is_named_and_the_rest_goes_on(place, tmp_path, jobs):
    folder = odd_folder(tmp_path / "odd")
    found = recognise(
        [folder], place / "still.sttm", Settings(every=0.2), tmp_path / "o.csv", jobs=jobs
    )
    reasons = dict(found.skipped)
    assert set(reasons) >= {"noface.avi", "empty.mp4", "text.avi", "broken.png", "tiny.png"}
    assert "good.avi" not in reasons and all(
        r.rstrip().endswith((".", "frame")) for r in reasons.values()
    )
    assert "no face" in reasons["noface.avi"]
    assert [name for name, _ in found.strays] == ["notes.txt"]
    table = pd.read_csv(tmp_path / "o.csv")
    assert (table["source"] == "good.avi").sum() == 12
    clips = pd.read_csv(tmp_path / "o.clips.csv").set_index("source")
    assert clips.loc["noface.avi", "reason"] and pd.isna(clips.loc["noface.avi", "face"])


@pytest.mark.parametrize("kind", ["cmyk", "grey16", "alpha", "exif", "palette"])
def test_odd_pictures_are_read_as_people_see_them(kind, tmp_path, place):
    from PIL import Image

    picture = Image.fromarray(pictures()[11])
    path = tmp_path / f"{kind}.png"
    if kind == "cmyk":
        path = tmp_path / "cmyk.jpg"
        picture.convert("CMYK").save(path, quality=95)
    elif kind == "grey16":
        grey = np.asarray(picture.convert("L")).astype(np.uint16) * 257
        cv2.imwrite(str(path), grey)
    elif kind == "alpha":
        picture.convert("RGBA").save(path)
    elif kind == "exif":
        path = tmp_path / "turned.jpg"
        exif = Image.Exif()
        exif[0x0112] = 6  # turn clockwise to see it upright
        picture.rotate(90, expand=True).save(path, exif=exif, quality=95)
    else:
        picture.quantize(64).save(path)
    rows = []
    answered = one_source(Source(kind, path), bundle_of("still"), Settings(), None, rows.extend)
    assert len(rows) == 1 and not answered.reason
    _, _, _, _, x, y, w, h, *_ = rows[0]
    assert 0 < x < 64 and 0 < y < 64 and w > 40 and h > 40


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.avi"], "there is nothing at"),
        (["clips", "--window", "long"], "seconds or 'whole'"),
        (["clips", "--faces", "every"], "unknown choice of faces"),
        (["clips", "--out", "r.xlsx"], ".csv or .parquet"),
        (["clips", "--model", "clips/one.avi"], "not a whole model bundle"),
        (["clips", "--model", "gone.sttm"], "no model bundle"),
        (["empty"], "no video and no image"),
        (["clips", "--finder", "haar"], "unknown finder"),
        (["clips", "--every", "-1"], "every must be a number"),
        (["clips", "--smooth", "-1"], "smooth must be a number"),
    ],
)
def test_wrong_commands_end_with_one_sentence(place, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(place)
    (place / "empty").mkdir(exist_ok=True)
    given = arguments if "--model" in arguments else [*arguments, "--model", "sttm.sttm"]
    assert main(["recognize", *given]) == 1
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("sttm: ") and sentence in said
    assert not (place / "recognized.csv").exists()


def test_the_command_says_what_it_made_and_fails_where_something_was_left_out(
    place, tmp_path, capsys
):
    arguments = ["--model", str(place / "sttm.sttm"), "--quiet", "--jobs", "1", "--smooth", "0"]
    good = ["recognize", str(place / "clips" / "one.avi"), *arguments, "--every", "0.24"]
    assert main([*good, "--out", str(tmp_path / "a.csv"), "--annotated", str(tmp_path / "d")]) == 0
    said = capsys.readouterr()
    assert "a.clips.csv" in said.out and "annotated" in said.out and "synthetic" in said.err
    bad = odd_folder(tmp_path / "odd")
    assert main(["recognize", str(bad), *arguments, "--out", str(tmp_path / "b.csv")]) == 1
    assert "skipped empty.mp4" in capsys.readouterr().err


def test_a_table_that_is_none_of_ours_is_not_overwritten(place, tmp_path):
    table, sidecar, clips = (tmp_path / f"mine{end}" for end in (".csv", ".csv.json", ".clips.csv"))
    texts = {table: "name,age\nada,36\n", sidecar: '{"descriptor": {}}', clips: "clip\na\n"}
    for others in ([table], [sidecar], [clips], [table, sidecar]):
        for path in others:
            path.write_text(texts[path])
        with pytest.raises(InputError, match="no table of answers"):
            recognise([place / "clips"], place / "sttm.sttm", Settings(), table)
        assert sorted(tmp_path.iterdir()) == sorted(others)
        for path in others:
            assert path.read_text() == texts[path]
            path.unlink()


def test_copies_stay_in_their_folder_apart_and_never_replace_a_source(place, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for file in ("face.png", "face.bmp"):
            write_image(tmp_path / name / file, pictures()[11])
    sources = sorted(tmp_path.glob("*/face.*"))
    before = [path.read_bytes() for path in sources]
    arguments = sources, place / "still.sttm", Settings(), tmp_path / "c.csv"
    recognise(*arguments, tmp_path / "out")
    assert [path.read_bytes() for path in sources] == before
    assert sorted(tmp_path.glob("[ab]/*")) == sources
    assert len(list((tmp_path / "out").rglob("*.png"))) == 4
    with pytest.raises(InputError, match="a folder without sources"):
        recognise([tmp_path / "a"], *arguments[1:], tmp_path / "a")
    assert [path.read_bytes() for path in sources] == before


def test_names_of_sources_and_copies_differ_even_without_case(tmp_path):
    names = ["a/x.png", "c/x.png", "b/a/x.png", "b/X.bmp", "b/x-2.png", "b/dir.v1/0.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(tmp_path / name, pictures()[0])
    found = find_inputs([tmp_path / "a", tmp_path / "c", tmp_path / "b"], stills=True).sources
    assert len(found) == len({s.name for s in found}) == len(names)
    copies = [Path(s.copy) for s in found]
    assert len({str(c).casefold() for c in copies}) == len(names)
    assert not any(c.is_absolute() or ".." in c.parts for c in copies)


def test_folders_of_frames_come_in_natural_order(tmp_path):
    for name in ("c1", "c2", "c10"):
        (tmp_path / name).mkdir()
        for number in range(2):
            write_image(tmp_path / name / f"{number}.png", pictures()[0])
    write_video(tmp_path / "c3.avi", pictures()[:2])
    names = [s.name for s in find_inputs([tmp_path]).sources]
    assert names == ["c3.avi", "c1", "c2", "c10"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_file_whose_name_is_no_text_is_named_and_left_out(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/fa\xffce.png"))
    path.write_bytes(write_image(tmp_path / "face.png", pictures()[0]).read_bytes())
    found = find_inputs([path, tmp_path / "face.png"])
    assert [s.name for s in found.sources] == ["face.png"]
    assert "not valid Unicode" in found.failed[0][1]


# going on -----------------------------------------------------------------------------------------


def test_a_stopped_call_goes_on_and_ends_as_if_nothing_had_happened(done, place, tmp_path):
    out, _ = done
    calls = []

    def stop(source, count, total):
        calls.append(source)
        raise KeyboardInterrupt

    arguments = [place / "clips"], place / "sttm.sttm", Settings(faces="all"), tmp_path / "r.csv"
    with pytest.raises(KeyboardInterrupt):
        recognise(*arguments, progress=stop)
    with (tmp_path / "r.csv").open("a") as file:
        file.write("one.avi,half a li")  # as a kill leaves it
    again = recognise(*arguments)
    assert again.known == 1 and calls == ["one.avi"]
    assert (tmp_path / "r.csv").read_text() == (out / "r.csv").read_text()
    assert (tmp_path / "r.clips.csv").read_text() == (out / "r.clips.csv").read_text()


def test_a_call_that_was_stopped_before_its_first_source_goes_on(place, tmp_path):
    columns, sources = ["source", "v"], [Source("a", place / "sttm.sttm")]
    file = AnswerFile(tmp_path / "r.csv", columns, {}, sources)
    file.add([["a", 1]])
    file.close(False)
    file = AnswerFile(tmp_path / "r.csv", columns, {}, sources)
    file.add([["a", 1]])
    file.finish(sources[0], [])
    file.close(True)
    assert (tmp_path / "r.csv").read_text() == "source,v\na,1\n"


def test_a_failure_after_the_rows_were_sorted_does_not_mix_them_up(tmp_path, monkeypatch):
    sources = []
    for name in ("a", "b\u00e9", "ccc"):
        (tmp_path / name).write_text(name)
        sources.append(Source(name, tmp_path / name))
    columns = ["source", "v"]
    file = AnswerFile(tmp_path / "r.csv", columns, {}, sources)
    for source in (sources[2], sources[0], sources[1]):
        file.add([[source.name, n] for n in range(3)])
        file.finish(source, [])
    before = json.loads(file.sidecar.read_text())

    def full(*_):
        raise InputError("the disk is full.")

    with monkeypatch.context() as m, pytest.raises(InputError):
        m.setattr("recognizer.writing.clips_table", full)
        file.close(True)
    again = AnswerFile(tmp_path / "r.csv", columns, {}, sources)
    assert len(again.finished) == 3
    again.close(True)
    expected = "".join(f"{s.name},{n}\n" for s in sources for n in range(3))
    assert (tmp_path / "r.csv").read_text(encoding="utf-8") == f"source,v\n{expected}"
    file.sidecar.write_text(json.dumps(before))  # as if it had died between the two files
    assert not AnswerFile(tmp_path / "r.csv", columns, {}, sources).finished


def test_other_settings_or_a_changed_clip_begin_anew(place, tmp_path):
    source = write_video(tmp_path / "clip.avi", pictures())
    columns = answer_columns(["a"])
    sources = [Source("clip.avi", source)]

    def opened(made):
        return AnswerFile(tmp_path / "r.csv", columns, made, sources)

    file = opened({"model": "x"})
    file.add([["clip.avi", *range(10)]])
    file.finish(sources[0], [])
    file.close(False)
    file = opened({"model": "x"})
    assert file.finished
    file.close(False)
    write_video(source, pictures()[:9])
    file = opened({"model": "x"})
    assert not file.finished
    file.finish(sources[0], [])
    file.close(False)
    file = opened({"model": "y"})
    assert not file.finished
    file.close(False)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_killed_command_loses_nothing_that_was_finished(place, tmp_path):
    clips = tmp_path / "many"
    clips.mkdir()
    for number in range(12):
        write_video(clips / f"{number:02d}.avi", np.roll(long_clip(2), number, axis=0))
    command = [sys.executable, "-m", "experiments", "recognize", str(clips)]
    command += ["--model", str(place / "sttm.sttm"), "--out", str(tmp_path / "k.csv"), "-j", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    sidecar = tmp_path / "k.csv.json"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if sidecar.exists() and json.loads(sidecar.read_text())["finished"]:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    finished = json.loads(sidecar.read_text())["finished"]
    before = (tmp_path / "k.csv").read_text()
    assert finished
    again = recognise([clips], place / "sttm.sttm", Settings(), tmp_path / "k.csv")
    assert again.known == len(finished)
    after = (tmp_path / "k.csv").read_text()
    kept = max(entry["bytes"] for entry in finished.values())
    assert after[:kept] == before[:kept]
    table = pd.read_csv(tmp_path / "k.csv")
    assert table.groupby("source")["frame"].apply(list).tolist() == [list(range(24))] * 12


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
def test_a_full_disk_is_a_sentence(tmp_path):
    file = AnswerFile(tmp_path / "r.csv", ["a"], {}, [])
    file._file.close()
    file._file = FULL.open("w")
    file._writer = csv.writer(file._file)
    with pytest.raises(InputError, match="the disk is full"):
        file.add([["x"]] * 10)


# parts --------------------------------------------------------------------------------------------


def test_inputs_are_found_named_apart_and_each_once(place, tmp_path):
    found = find_inputs([place / "clips", place / "clips" / "one.avi"])
    assert [s.name for s in found.sources] == ["one.avi", "more/two.avi"]
    other = tmp_path / "one.avi"
    write_video(other, pictures()[:3])
    names = [s.name for s in find_inputs([place / "clips" / "one.avi", other]).sources]
    assert len(set(names)) == 2 and all(n.endswith("one.avi") for n in names)
    with pytest.raises(InputError, match="there is nothing at"):
        find_inputs([tmp_path / "gone"])


def test_decoding_ahead_keeps_order_raises_and_stops():
    assert list(ahead(range(50), 3)) == list(range(50))

    def failing():
        yield 1
        raise UnreadableClip("broken.")

    passing = ahead(failing(), 2)
    assert next(passing) == 1
    with pytest.raises(UnreadableClip):
        next(passing)
    closed = []

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.append(True)

    passing = ahead(endless(), 2)
    next(passing)
    passing.close()
    assert closed == [True]


def test_a_truncated_video_is_used_as_far_as_it_goes_and_said(tmp_path):
    video = write_video(tmp_path / "long.avi", long_clip(3))
    cut = tmp_path / "cut.avi"
    cut.write_bytes(video.read_bytes()[: int(video.stat().st_size * 0.6)])
    passing = Passing(Source("cut", cut), bundle_of(), Settings())
    found = list(passing)
    assert found and found[-1].last < 35
    feed = open_feed(Source("cut", cut))
    count = sum(1 for _ in feed.shots)
    assert count == found[-1].last + 1
    assert not feed.lost() or "could not be decoded" in passing.note


def test_pooling_is_the_mean_over_frames_of_unsmoothed_answers():
    from recognizer.analysis import Analysis

    class Face:
        def __init__(self, raw):
            self.identity, self.raw = 1, np.array(raw)

    pooled = Pooled(["a", "b"])
    pooled.add(Analysis(0, 9, 0, 0.4, faces=[Face([1.0, 0.0])]))
    pooled.add(Analysis(5, 14, 10, 0.6, faces=[Face([0.1, 0.9])]))
    (row,) = pooled.rows("x")
    assert row["frames"] == 15 and row["label"] == "a"
    assert row["p.a"] == pytest.approx((10 * 1.0 + 5 * 0.1) / 15, abs=1e-5)


def test_a_window_saves_its_answers_as_the_command_does(place, tmp_path):
    passing = Passing(Source("one.avi", place / "clips" / "one.avi"), bundle_of(), Settings())
    rows = [row for found in passing for row in rows_of("one.avi", found, passing.timed)]
    save_rows(tmp_path / "w.csv", rows, bundle_of().classes)
    recognise([place / "clips" / "one.avi"], place / "sttm.sttm", Settings(), tmp_path / "c.csv")
    assert (tmp_path / "w.csv").read_text() == (tmp_path / "c.csv").read_text()
    save_rows(tmp_path / "w.parquet", rows, bundle_of().classes)
    with pytest.raises(InputError, match="csv or"):
        save_rows(tmp_path / "w.txt", rows, bundle_of().classes)


def test_what_weakens_the_answers_is_said():
    (note,) = notes_on(bundle_of(), Settings())
    assert "drawn (synthetic)" in note
