"""What holds for every reader of frames: the same clip, written in every form."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from frames_material import drawn, grey_of, write_folder, write_image, write_video

from sttm.errors import InputError
from sttm.frames import Frames, open_frames, to_grey, to_rgb

CLIP = drawn(12)
GREY = grey_of(CLIP)
TOTAL = len(CLIP)


def as_array(folder: Path, clip: np.ndarray) -> object:
    return clip


def as_float_array(folder: Path, clip: np.ndarray) -> object:
    return clip.astype(np.float64)


def as_npy(folder: Path, clip: np.ndarray) -> object:
    np.save(folder / "clip.npy", clip)
    return folder / "clip.npy"


def as_folder(folder: Path, clip: np.ndarray) -> object:
    return str(write_folder(folder / "images", clip))


def as_tiff_folder(folder: Path, clip: np.ndarray) -> object:
    return write_folder(folder / "tiffs", clip, "f {}.TIF")


def as_video(folder: Path, clip: np.ndarray) -> object:
    return write_video(folder / "clip.avi", clip, "FFV1")


def as_matroska(folder: Path, clip: np.ndarray) -> object:
    return str(write_video(folder / "clip.mkv", clip, "FFV1"))


FORMS = [as_array, as_float_array, as_npy, as_folder, as_tiff_folder, as_video, as_matroska]


@pytest.fixture(params=FORMS, ids=lambda form: form.__name__)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    return request.param(tmp_path, CLIP)


def test_iterates_in_order(source: object) -> None:
    frames = open_frames(source)
    assert isinstance(frames, Frames)
    assert frames.size == CLIP.shape[1:3]
    read = list(iter(frames))
    assert all(frame.dtype == np.uint8 and frame.flags.c_contiguous for frame in read)
    np.testing.assert_array_equal(read, GREY)
    assert frames.lost == 0


def test_iterates_again_and_twice_at_once(source: object) -> None:
    frames = open_frames(source)
    np.testing.assert_array_equal(frames.volume(), frames.volume())
    for one, two, expected in zip(frames, frames, GREY, strict=True):
        np.testing.assert_array_equal(one, expected)
        np.testing.assert_array_equal(two, expected)


def test_an_iteration_that_is_left_early_disturbs_nothing(source: object) -> None:
    frames = open_frames(source)
    next(iter(frames))
    np.testing.assert_array_equal(frames.volume(), GREY)


def test_frames_belong_to_the_caller(source: object) -> None:
    frames = open_frames(source)
    for number, frame in enumerate(frames):
        frame[:] = 0
        frames[number][:] = 1
    np.testing.assert_array_equal(frames.volume(), GREY)
    np.testing.assert_array_equal(grey_of(CLIP), GREY)


@pytest.mark.parametrize("length_first", [True, False])
def test_indexing_equals_iteration(source: object, length_first: bool) -> None:
    frames = open_frames(source)
    if length_first:
        assert len(frames) == TOTAL
    for number in np.random.default_rng(0).permutation(np.tile(np.arange(TOTAL), 2)):
        np.testing.assert_array_equal(frames[number], GREY[number])
    assert len(frames) == TOTAL


def test_indexing_while_iterating(source: object) -> None:
    frames = open_frames(source)
    for number, frame in enumerate(frames):
        np.testing.assert_array_equal(frame, GREY[number])
        np.testing.assert_array_equal(frames[TOTAL - 1 - number], GREY[TOTAL - 1 - number])


def test_negative_numbers_count_from_the_end(source: object) -> None:
    frames = open_frames(source)
    np.testing.assert_array_equal(frames[-1], GREY[-1])
    np.testing.assert_array_equal(frames[-TOTAL], GREY[0])


@pytest.mark.parametrize("number", [TOTAL, TOTAL + 5, -TOTAL - 1])
def test_numbers_beyond_the_end(source: object, number: int) -> None:
    frames = open_frames(source)
    with pytest.raises(IndexError, match=f"{number}"):
        frames[number]
    np.testing.assert_array_equal(frames[3], GREY[3])


def test_slices_are_refused_with_a_way_out(source: object) -> None:
    with pytest.raises(TypeError, match="first and last"):
        open_frames(source)[1:3]  # type: ignore[misc]


@pytest.mark.parametrize(("first", "last"), [(0, 0), (3, 7), (5, None), (None, 4), (11, 11)])
def test_a_stretch(source: object, first: int | None, last: int | None) -> None:
    expected = GREY[first or 0 : TOTAL if last is None else last + 1]
    frames = open_frames(source, first=first, last=last)
    np.testing.assert_array_equal(frames.volume(), expected)
    assert len(frames) == len(expected)
    np.testing.assert_array_equal(frames[-1], expected[-1])
    np.testing.assert_array_equal(frames[0], expected[0])
    with pytest.raises(IndexError):
        frames[len(expected)]
    assert frames.lost == 0
    assert len(open_frames(source, first=first, last=last)) == len(expected)


@pytest.mark.parametrize(("first", "last"), [(None, 12), (3, 99), (12, None), (50, 60)])
def test_a_stretch_beyond_the_end_names_both_numbers(
    source: object, first: int | None, last: int | None
) -> None:
    with pytest.raises(InputError, match=f"12 frames.* it is {last or first}"):
        open_frames(source, first=first, last=last)


@pytest.mark.parametrize(("first", "last"), [(-1, None), (None, -2), (4, 3), (1.5, None)])
def test_a_stretch_that_is_none(source: object, first: int | None, last: int | None) -> None:
    with pytest.raises(InputError, match=r"first|last"):
        open_frames(source, first=first, last=last)


def test_colour_is_rgb(source: object) -> None:
    frames = open_frames(source, colour=True)
    assert frames.colour
    np.testing.assert_array_equal(frames.volume(), CLIP)
    np.testing.assert_array_equal(frames[5], CLIP[5])


def test_native_frames_convert_to_the_same(source: object) -> None:
    frames = open_frames(source)
    for raw, colour, grey in zip(frames.iter_raw(), CLIP, frames, strict=True):
        np.testing.assert_array_equal(to_rgb(raw), colour)
        np.testing.assert_array_equal(to_grey(raw), grey)
        np.testing.assert_array_equal(to_grey(raw[5:20, 8:30]), grey[5:20, 8:30])


def test_two_readers_are_independent(source: object) -> None:
    with open_frames(source) as one, open_frames(source, first=2) as two:
        ahead = iter(two)
        for number, frame in enumerate(one):
            np.testing.assert_array_equal(frame, GREY[number])
            if number + 2 < TOTAL:
                np.testing.assert_array_equal(next(ahead), GREY[number + 2])


def test_closing(source: object) -> None:
    frames = open_frames(source)
    running = iter(frames)
    next(running)
    with frames as same:
        assert same is frames
    frames.close()
    for use in (lambda: next(running), lambda: next(iter(frames)), lambda: frames[0]):
        with pytest.raises(InputError, match="closed"):
            use()


def test_the_callers_fps_goes_first(source: object) -> None:
    assert open_frames(source, fps=200).fps == 200.0
    assert open_frames(source).fps in (None, 25.0)
    for fps in (0, -25, float("nan"), float("inf")):
        with pytest.raises(InputError, match="fps"):
            open_frames(source, fps=fps)


def test_names_and_text(source: object) -> None:
    frames = open_frames(source)
    assert frames.name == (str(source) if isinstance(source, str | Path) else "array")
    assert frames.name in repr(frames) and "48 x 64" in repr(frames)


@pytest.mark.parametrize("form", [as_array, as_npy, as_folder], ids=lambda form: form.__name__)
def test_grey_sources_stay_grey(form: object, tmp_path: Path) -> None:
    source = form(tmp_path, GREY)  # type: ignore[operator]
    frames = open_frames(source)
    assert next(frames.iter_raw()).ndim == 2
    np.testing.assert_array_equal(frames.volume(), GREY)
    np.testing.assert_array_equal(
        open_frames(source, colour=True).volume(), np.repeat(GREY[..., None], 3, axis=3)
    )


def test_a_single_image(tmp_path: Path) -> None:
    frames = open_frames(write_image(tmp_path / "face.jpeg", CLIP[0]))
    expected = cv2.imread(str(tmp_path / "face.jpeg"))
    assert len(frames) == 1 and frames.fps is None
    np.testing.assert_array_equal(frames[0], cv2.cvtColor(expected, cv2.COLOR_BGR2GRAY))
    with pytest.raises(InputError, match="1 frames"):
        open_frames(tmp_path / "face.jpeg", last=1)
