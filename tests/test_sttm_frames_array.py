"""Arrays and .npy files: kinds of number, shapes, refusals."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sttm.errors import InputError, UnreadableClip
from sttm.frames import open_frames

LEVELS = np.arange(24).reshape(2, 3, 4) * 11


@pytest.mark.parametrize("kind", ["u1", "i2", "i8", "u4", "f2", "f4", "f8", ">f4"])
def test_kinds_of_number(kind: str) -> None:
    volume = open_frames(LEVELS.astype(kind)).volume()
    assert volume.dtype == np.uint8
    np.testing.assert_array_equal(volume, LEVELS)


def test_the_array_is_never_changed() -> None:
    array = LEVELS.astype(np.uint8)
    frames = open_frames(array)
    for frame in (frames[0], *frames.iter_raw()):
        frame[:] = 0
    np.testing.assert_array_equal(array, LEVELS)


def test_bool_is_black_and_white() -> None:
    assert open_frames(LEVELS > 99).volume().ravel().tolist() == [0] * 10 + [255] * 14


def test_floats_are_grey_levels_and_not_fractions() -> None:
    assert open_frames(np.full((1, 1, 2), 1.0)).volume().tolist() == [[[1, 1]]]
    assert open_frames(np.array([[[0.4, 0.6, 254.6]]])).volume().tolist() == [[[0, 1, 255]]]


@pytest.mark.parametrize("value", [-1, 256, -0.1, 255.1, np.nan, np.inf, -np.inf])
def test_values_that_are_no_grey_levels(value: float) -> None:
    wrong = LEVELS.astype(type(value))
    wrong[1, 2, 0] = value
    with pytest.raises(InputError, match="from 0 to 255; frame 1 "):
        open_frames(wrong)
    np.testing.assert_array_equal(open_frames(wrong, last=0).volume(), LEVELS[:1])


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 4, 1), (2, 3, 4, 4), (2, 0, 4)])
def test_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="shape") as caught:
        open_frames(np.zeros(shape, np.uint8))
    assert str(shape) in str(caught.value)


@pytest.mark.parametrize("source", [None, 5, object(), "", ["a"], np.zeros((2, 2, 2), complex)])
def test_what_is_no_clip(source: object) -> None:
    with pytest.raises(InputError):
        open_frames(source)


def test_no_frames() -> None:
    with pytest.raises(UnreadableClip, match="at least one frame"):
        open_frames(np.zeros((0, 3, 4), np.uint8))


def test_lists_of_frames() -> None:
    frames = [np.full((3, 4), n, np.uint8) for n in range(3)]
    assert open_frames(frames).volume()[:, 0, 0].tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="same shape"):
        open_frames([*frames, np.zeros((3, 5), np.uint8)])


def test_npy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "clip.npy", np.asfortranarray(LEVELS.astype(np.float32)))
    np.testing.assert_array_equal(open_frames(tmp_path / "clip.npy").volume(), LEVELS)
    np.save(tmp_path / "wrong.npy", LEVELS * np.nan)
    with pytest.raises(InputError, match=r"wrong\.npy"):
        open_frames(tmp_path / "wrong.npy")


def test_npy_files_are_mapped(tmp_path: Path) -> None:
    np.save(tmp_path / "big.npy", np.zeros((400, 200, 200), np.uint8))
    tracemalloc.start()
    with open_frames(tmp_path / "big.npy") as frames:
        count = sum(1 for _ in frames)
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 400 and peak < 4_000_000  # the file has 16 million bytes


def test_bad_npy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "good.npy", LEVELS.astype(np.uint8))
    data = (tmp_path / "good.npy").read_bytes()
    bad = {"empty": b"", "cut": data[:-5], "head": data[:30], "text": b"hello"}
    for name, content in bad.items():
        path = tmp_path / f"{name}.npy"
        path.write_bytes(content)
        with pytest.raises(UnreadableClip, match=rf"{name}\.npy"):
            open_frames(path)
    np.savez(tmp_path / "archive.npz", LEVELS)
    (tmp_path / "archive.npz").rename(tmp_path / "archive.npy")
    with pytest.raises(UnreadableClip, match="archive"):
        open_frames(tmp_path / "archive.npy")


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "sprung",))  # type: ignore[return-value]

    trap = np.empty((1, 1, 1), object)
    trap[0, 0, 0] = Trap()
    np.save(tmp_path / "trap.npy", trap, allow_pickle=True)
    with pytest.raises(UnreadableClip, match=r"trap\.npy"):
        open_frames(tmp_path / "trap.npy")
    assert not (tmp_path / "sprung").exists()


@given(hnp.arrays(st.sampled_from(["f4", "i2", "u1"]), hnp.array_shapes(min_dims=1, max_dims=4)))
def test_any_array_is_read_exactly_or_refused(array: np.ndarray) -> None:
    shaped = array.ndim == 3 or (array.ndim == 4 and array.shape[3] == 3)
    good = shaped and bool(((array >= 0) & (array <= 255)).all())
    if good:
        volume = open_frames(array, colour=array.ndim == 4).volume()
        np.testing.assert_array_equal(volume, np.rint(array).astype(np.uint8))
    else:
        with pytest.raises(InputError):
            open_frames(array)
