"""Videos: exact frames in every container, lost frames, bad files, silence."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from frames_material import (
    boxes,
    cut,
    drawn,
    real_clips,
    trim_mp4,
    turn_mp4,
    vary_rate,
    write_folder,
    write_video,
)

from sttm.errors import InputError, UnreadableClip
from sttm.frames import FramesLost, VideoFrames, decoder, open_frames, seeking, video
from sttm.frames.base import sane_fps
from sttm.frames.decoder import COUNTED, GUESSED, TIMED, kind_of_count
from sttm.frames.mp4 import is_trimmed

KINDS = [
    ("avi", "MJPG"),
    ("avi", "XVID"),
    ("mp4", "mp4v"),
    ("mov", "MJPG"),
    ("mkv", "MJPG"),
    ("webm", "VP80"),
    ("webm", "VP90"),
    ("mpg", "PIM1"),
    ("mpg", "MPG2"),
    ("ts", "mp4v"),
    ("flv", "FLV1"),
    ("wmv", "WMV2"),
    ("mjpg", "MJPG"),
]


def straight(path: Path) -> np.ndarray:
    """All frames by OpenCV alone, from the start, BGR (t, y, x, 3)."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames = []
    while True:
        done, frame = capture.read()
        if not done:
            return np.stack(frames)
        frames.append(frame)


def check_random_access(path: Path, rounds: int) -> None:
    expected = straight(path)
    numbers = np.random.default_rng(0).integers(0, len(expected), rounds)
    frames = open_frames(path)
    for number in [len(expected) - 1, 0, *numbers, len(expected) - 1]:
        assert (frames.raw_at(int(number)) == expected[number]).all(), number
    assert len(frames) == len(expected)


@pytest.mark.parametrize(("suffix", "codec"), KINDS)
def test_every_container_is_exact(suffix: str, codec: str, tmp_path: Path) -> None:
    path = write_video(tmp_path / f"clip.{suffix}", drawn(80), codec)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_random_access(path, 60)
        frames = open_frames(path)
        assert (np.stack(list(frames.iter_raw())) == straight(path)).all()
        assert len(frames) == 80 and frames.lost == 0 and frames.fps == 25.0


def test_the_real_clips_are_exact() -> None:
    for path in real_clips():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check_random_access(path, 25)
            with open_frames(path) as frames:
                assert sum(1 for _ in frames) == (75 if path.suffix == ".mpg" else 472)
                assert frames.lost == 0
                assert frames.size == ((288, 360) if path.suffix == ".mpg" else (360, 640))


def test_a_variable_rate_is_exact(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", drawn(80), "mp4v")
    vary_rate(path, [0.5, 1.5, 0.25, 1.75] * 20)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    times = []
    while capture.grab():
        times.append(capture.get(cv2.CAP_PROP_POS_MSEC))
    assert set(np.round(np.diff(times))) == {10, 20, 60, 70}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_random_access(path, 60)
        assert len(open_frames(path)) == 80


def test_a_trimmed_video_has_lost_nothing(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", drawn(80), "mp4v")
    assert not is_trimmed(path)
    trim_mp4(path, 0.25)
    assert is_trimmed(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_random_access(path, 20)
        frames = open_frames(path)
        assert len(frames) in range(18, 24) and frames.lost == 0


def test_real_clips_are_not_trimmed() -> None:
    assert not any(is_trimmed(path) for path in real_clips())


def test_a_seek_that_lands_elsewhere_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "clip.mp4", drawn(120), "mp4v")
    honest = decoder.Decoder.seek
    asked = []

    def off(self: decoder.Decoder, milliseconds: float) -> bool:
        asked.append(milliseconds)
        return honest(self, milliseconds + [400.0, -400.0, 1e9, 40.0][len(asked) % 4])

    monkeypatch.setattr(decoder.Decoder, "seek", off)
    check_random_access(path, 60)
    assert len(asked) > 20


def test_a_right_time_with_wrong_pixels_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "clip.mp4", drawn(120), "mp4v")
    honest = decoder.Decoder.picture
    jumped: set[decoder.Decoder] = set()
    seek = decoder.Decoder.seek

    def marked(self: decoder.Decoder, milliseconds: float) -> bool:
        jumped.add(self)
        return seek(self, milliseconds)

    def smeared(self: decoder.Decoder) -> np.ndarray | None:
        picture = honest(self)
        return picture if picture is None or self not in jumped else picture ^ 1

    monkeypatch.setattr(decoder.Decoder, "seek", marked)
    monkeypatch.setattr(decoder.Decoder, "picture", smeared)
    check_random_access(path, 30)
    assert jumped


def test_checksums_see_a_damaged_block() -> None:
    picture = np.zeros((HEIGHT := 48, 64, 3), np.uint8)
    for top in range(0, HEIGHT, 8):
        other = picture.copy()
        other[top : top + 8, 16:24] = 9
        assert seeking.checksum(other) != seeking.checksum(picture)


# one decoding pass ------------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Counts of files opened, frames grabbed and frames converted."""
    calls = {"opened": 0, "grabbed": 0, "converted": 0}

    class Counting(decoder.Decoder):
        def __init__(self, path: Path) -> None:
            calls["opened"] += 1
            super().__init__(path)

        def grab(self) -> bool:
            done = super().grab()
            calls["grabbed"] += done
            return done

        def picture(self) -> np.ndarray | None:
            calls["converted"] += 1
            return super().picture()

    monkeypatch.setattr(video, "Decoder", Counting)
    return calls


def test_iteration_is_one_pass(tmp_path: Path, counted: dict[str, int]) -> None:
    path = write_video(tmp_path / "clip.mp4", drawn(30), "mp4v")
    with open_frames(path) as frames:
        assert sum(1 for _ in frames) == len(frames) == 30
    assert counted == {"opened": 1, "grabbed": 30, "converted": 31}


def test_a_stretch_stops_at_its_end(tmp_path: Path, counted: dict[str, int]) -> None:
    path = write_video(tmp_path / "clip.mp4", drawn(30), "mp4v")
    with open_frames(path, first=10, last=14) as frames:
        assert sum(1 for _ in frames) == len(frames) == 5
    assert counted == {"opened": 1, "grabbed": 15, "converted": 6}


def test_going_forwards_is_one_pass(tmp_path: Path, counted: dict[str, int]) -> None:
    path = write_video(tmp_path / "clip.mp4", drawn(60), "mp4v")
    frames = open_frames(path)
    for number in (0, 0, 5, 50):
        frames[number]
    assert counted["grabbed"] <= 1 + 51 and counted["opened"] <= 2


def test_volume_does_not_count_first(tmp_path: Path, counted: dict[str, int]) -> None:
    open_frames(write_video(tmp_path / "clip.avi", drawn(30), "MJPG")).volume()
    assert counted["opened"] == 1


# lost frames ------------------------------------------------------------------------------------


def header_first(path: Path) -> Path:
    """Move an MP4 file's header before its frames, as on the web, so that a cut keeps it."""
    data = path.read_bytes()
    at = boxes(data, 0, len(data))
    head = bytearray(data[slice(*at[b"moov"])])
    table = head.index(b"stco")
    for entry in range(int.from_bytes(head[table + 8 : table + 12], "big")):
        where = table + 12 + 4 * entry
        offset = int.from_bytes(head[where : where + 4], "big") + len(head)
        head[where : where + 4] = offset.to_bytes(4, "big")
    rest = [data[slice(*span)] for kind, span in at.items() if kind not in (b"ftyp", b"moov")]
    path.write_bytes(data[slice(*at[b"ftyp"])] + bytes(head) + b"".join(rest))
    return path


LOSING = [("avi", "MJPG"), ("avi", "FFV1"), ("mp4", "mp4v"), ("mkv", "MJPG"), ("webm", "VP90")]


@pytest.mark.parametrize(("suffix", "codec"), LOSING)
@pytest.mark.parametrize("count_first", [False, True])
def test_a_lost_tail_is_told_once(
    suffix: str, codec: str, count_first: bool, tmp_path: Path
) -> None:
    path = write_video(tmp_path / f"whole.{suffix}", drawn(60), codec)
    if suffix == "mp4":
        header_first(path)
    expected = straight(path)
    frames = open_frames(cut(path, tmp_path / f"cut.{suffix}", 0.6))
    with pytest.warns(FramesLost) as told:
        count = len(frames) if count_first else len(list(frames.iter_raw()))
        read = np.stack(list(frames.iter_raw()))
        frames[0], frames[count - 1], len(frames)
    assert 10 < count < 50 and len(frames) == count == len(read)
    assert (read[: count - 1] == expected[: count - 1]).all()  # the very last may be half there
    assert frames.lost == 60 - count
    assert len(told) == 1 and f"{60 - count} of 60 frames" in str(told[0].message)
    assert "cut." in str(told[0].message)
    with pytest.raises(IndexError):
        frames[count]


def test_a_loss_is_counted_within_the_stretch(tmp_path: Path) -> None:
    path = write_video(tmp_path / "whole.avi", drawn(60), "MJPG")
    broken = cut(path, tmp_path / "cut.avi", 0.6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        count = len(open_frames(broken))
    whole = open_frames(broken, first=5, last=count - 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(whole.volume()) == count - 5 and whole.lost == 0
    partly = open_frames(broken, first=count - 3, last=count + 6)
    with pytest.warns(FramesLost, match="7 of 10 frames"):
        assert len(partly.volume()) == 3
    with pytest.raises(UnreadableClip, match=f"number {count + 2}"):
        open_frames(broken, first=count + 2).volume()


@pytest.mark.parametrize(("suffix", "codec"), [("avi", "MJPG"), ("mp4", "mp4v"), ("mov", "MJPG")])
def test_a_hole_yields_the_frames_before_it(suffix: str, codec: str, tmp_path: Path) -> None:
    path = write_video(tmp_path / f"whole.{suffix}", drawn(60), codec)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 10] = bytes(len(data) // 10)
    hole = tmp_path / f"hole.{suffix}"
    hole.write_bytes(data)
    frames = open_frames(hole)
    with pytest.warns(FramesLost):
        read = np.stack(list(frames.iter_raw()))
    assert 10 < len(read) < 60 and frames.lost == 60 - len(read)
    assert (read[:10] == straight(path)[:10]).all()


def test_a_damaged_video_is_the_same_every_time(tmp_path: Path) -> None:
    path = next(p for p in real_clips() if p.suffix == ".mp4")
    data = bytearray(path.read_bytes())
    for at in np.random.default_rng(0).integers(50_000, len(data) - 50_000, 20):
        data[at] ^= 0x55
    hit = tmp_path / "hit.mp4"
    hit.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FramesLost)
        frames = open_frames(hit, last=120)
        read = frames.volume()
        assert (frames.volume() == read).all()
        for number in (100, 3, 90, 57, len(read) - 1):
            assert (frames[number] == read[number]).all()
        assert (read != open_frames(path, last=len(read) - 1).volume()).any()


def test_no_wolf_for_containers_that_only_guess(tmp_path: Path) -> None:
    path = next(p for p in real_clips() if p.suffix == ".mpg")
    for share in (0.1, 0.5, 0.9, 0.99):
        frames = open_frames(cut(path, tmp_path / f"{share}.mpg", share))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert 5 < len(frames.volume()) <= 75
        assert frames.lost == 0


@pytest.mark.parametrize(("announced", "lost"), [(30, 0), (60, 0), (66, 0), (70, 10), (120, 60)])
def test_a_duration_may_be_a_little_longer(
    announced: int, lost: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_video(tmp_path / "clip.mkv", drawn(60), "MJPG")
    monkeypatch.setattr(decoder.Decoder, "announced", announced)  # sound that outlasts pictures
    frames = open_frames(path)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert len(frames.volume()) == 60
    assert frames.lost == lost and len(told) == bool(lost)


def test_a_cut_real_clip_is_told(tmp_path: Path) -> None:
    path = next(p for p in real_clips() if p.suffix == ".mp4")
    frames = open_frames(cut(path, tmp_path / "cut.mp4", 0.25))
    with pytest.warns(FramesLost, match=r"of 472 frames"):
        count = sum(1 for _ in frames)
    assert 50 < count < 200 and frames.lost == 472 - count


# headers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\0\0\0\0AVI LIST", COUNTED),
        (b"RIFF\0\0\0\0WAVEfmt ", GUESSED),
        (b"\0\0\0\x20ftypisom", COUNTED),
        (b"\0\0\0\x20ftypiso5" + b"...mvex", GUESSED),
        (b"\x1aE\xdf\xa3", TIMED),
        (b"FLV\x01", TIMED),
        (b"\0\0\1\xba", GUESSED),
        (b"", GUESSED),
    ],
)
def test_how_far_a_count_is_trusted(head: bytes, kind: str) -> None:
    assert kind_of_count(head) == kind


@pytest.mark.parametrize("fps", [0.0, -1.0, 1000.0, 90000.0, float("nan"), float("inf")])
def test_absurd_rates_are_unknown(fps: float) -> None:
    assert sane_fps(fps) is None


def test_the_containers_rate(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.avi", drawn(3), "MJPG", fps=200.0)
    assert open_frames(path).fps == 200.0
    assert open_frames(path, fps=30).fps == 30.0


def test_rotation_is_honoured(tmp_path: Path) -> None:
    clip = drawn(5)
    path = write_video(tmp_path / "clip.mp4", clip, "png ")
    turn_mp4(path)
    frames = open_frames(path, colour=True)
    assert frames.size == (64, 48)
    assert (frames.volume() == np.rot90(clip, -1, axes=(1, 2))).all()
    assert (frames[4] == np.rot90(clip[4], -1)).all()


# bad files --------------------------------------------------------------------------------------


def refused(path: Path) -> str:
    with pytest.raises(UnreadableClip) as caught:
        open_frames(path)
    text = str(caught.value)
    assert str(path) in text and "\n" not in text and text.endswith(".")
    return text


def test_bad_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video\n" * 50)
    (tmp_path / "list.mp4").write_text("#EXTM3U\nhttp://example.org/a.ts\n")
    (tmp_path / "head.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(500))
    assert "empty" in refused(tmp_path / "empty.mp4")
    assert "no frame" in refused(tmp_path / "text.mp4")
    assert "playlist" in refused(tmp_path / "list.mp4")
    assert "no frame" in refused(tmp_path / "head.mp4")
    assert "does not exist" in refused(tmp_path / "none.mp4")


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes on this system")
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "regular" in refused(tmp_path / "pipe.mp4")


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "clip.avi", drawn(3), "MJPG")

    def denied(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)  # root may read everything
    assert "Permission denied" in refused(path)


@pytest.mark.parametrize("name", ["a:b.avi", "http:x.avi", "%03d.avi", "лицо ☺ 顔.avi", "-v.avi"])
def test_odd_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "plain.avi", drawn(3), "MJPG").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(VideoFrames(name)) == len(VideoFrames(tmp_path / name)) == 3


def test_long_paths(tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < 1000:
        folder = folder / ("ein sehr langer Ordner " * 8).strip()
    folder.mkdir(parents=True)
    write_video(tmp_path / "plain.avi", drawn(3), "MJPG").rename(folder / "clip.avi")
    assert len(open_frames(folder / "clip.avi")) == 3
    assert len(open_frames(write_folder(folder / "images", drawn(3)))) == 3
    with pytest.raises(InputError):
        open_frames("x" * 5000)
    with pytest.raises(InputError):
        open_frames("nul\0byte.mp4")


SILENT = """
import os, sys, warnings
import cv2  # sets a variable of its own
before = dict(os.environ)
import sttm.frames as f
from sttm.errors import UnreadableClip
assert dict(os.environ) == before
level = cv2.utils.logging.getLogLevel()
warnings.simplefilter("ignore")
for path in sys.argv[1:]:
    try:
        with f.open_frames(path) as frames:
            len(frames), frames.volume(), frames[-1]
    except UnreadableClip:
        pass
assert dict(os.environ) == before and cv2.utils.logging.getLogLevel() == level
print("done")
"""


def test_nothing_is_written_to_the_terminal(tmp_path: Path) -> None:
    paths = []
    for suffix, codec in (("avi", "MJPG"), ("mp4", "mp4v"), ("mpg", "PIM1")):
        whole = write_video(tmp_path / f"whole.{suffix}", drawn(30), codec)
        paths += [cut(whole, tmp_path / f"cut.{suffix}", 0.6)]
        data = bytearray(whole.read_bytes())
        data[len(data) // 2 :: 97] = b"\x55" * len(data[len(data) // 2 :: 97])
        paths += [tmp_path / f"hit.{suffix}"]
        paths[-1].write_bytes(data)
    (tmp_path / "text.mp4").write_text("no video")
    images = write_folder(tmp_path / "images", drawn(3), "{}.jpg")
    cut(images / "2.jpg", images / "3.jpg", 0.5)
    folder = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", SILENT, *map(str, [*paths, tmp_path / "text.mp4", images])],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
