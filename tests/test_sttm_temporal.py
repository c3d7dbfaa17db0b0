"""Bringing clips to length: what stays, what is between, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttm.errors import InputError
from sttm.temporal import MODES, TimeSettings, apply_time, needed, positions, resample

LENGTHS = st.integers(1, 40)


def slow_resample(volume, frames):
    """One frame at a time, exactly between its neighbours."""
    out = []
    for i in range(frames):
        at = i * (len(volume) - 1) / (frames - 1) if frames > 1 else 0.0
        low = int(at)
        high = min(low + 1, len(volume) - 1)
        out.append(volume[low] + (at - low) * (volume[high].astype(float) - volume[low]))
    return np.array(out)


@given(LENGTHS, LENGTHS, st.integers(0, 2**32 - 1))
def test_resampling_is_linear_between_neighbours(length, frames, seed):
    volume = np.random.default_rng(seed).random((length, 2, 3)).astype(np.float32)
    np.testing.assert_allclose(
        resample(volume, frames), slow_resample(volume, frames), rtol=0, atol=2e-6
    )


@given(LENGTHS, st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_ends_stay_and_grey_levels_stay_grey_levels(length, frames, seed):
    volume = np.random.default_rng(seed).integers(0, 256, (length, 2, 2), dtype=np.uint8)
    out = resample(volume, frames)
    assert out.dtype == np.uint8 and out.shape == (frames, 2, 2)
    assert (out[0] == volume[0]).all() and (out[-1] == volume[-1]).all()
    assert (out >= volume.min(axis=0)).all() and (out <= volume.max(axis=0)).all()


@given(LENGTHS, st.integers(2, 40))
def test_a_still_clip_stays_still(length, frames):
    volume = np.broadcast_to(np.arange(6, dtype=np.uint8).reshape(2, 3) * 50, (length, 2, 3))
    assert (resample(volume, frames) == volume[0]).all()


def test_frames_of_a_small_clip_by_eye():
    ramp = np.array([0, 10, 20], np.uint8).reshape(3, 1, 1)
    assert resample(ramp, 5).ravel().tolist() == [0, 5, 10, 15, 20]
    assert resample(ramp, 2).ravel().tolist() == [0, 20]
    assert resample(ramp, 1).ravel().tolist() == [0]
    assert resample(ramp, 3) is ramp
    assert positions(4, 2).tolist() == [0.0, 3.0]
    with pytest.raises(InputError, match="resampled to 0 frames"):
        resample(ramp, 0)


def test_what_the_settings_do():
    clip = np.zeros((7, 4, 4), np.uint8)
    assert len(apply_time(clip, TimeSettings())) == 20
    assert len(apply_time(clip, TimeSettings(frames=3))) == 3
    assert apply_time(clip, TimeSettings(mode="none")) is clip
    assert len(apply_time(clip[:1], TimeSettings())) == 1
    assert set(MODES) == {"none", "resample"}


@pytest.mark.parametrize("frames", [0, 1, -3, 10_001, 2.5, True, "12", None, float("nan")])
def test_impossible_lengths_are_refused(frames):
    with pytest.raises(InputError, match="frames must be a whole number from 2 to 10000"):
        TimeSettings(frames=frames)


def test_an_unknown_mode_is_refused_by_name():
    with pytest.raises(InputError, match="did you mean 'resample'"):
        TimeSettings(mode="resampel")


@given(st.integers(1, 90), st.integers(2, 40))
def test_the_needed_frames_are_all_that_resampling_needs(length, frames):
    clip = np.random.default_rng(length).integers(0, 256, (length, 2, 3), np.uint8)
    for settings in (TimeSettings(frames=frames), TimeSettings("none")):
        numbers = needed(length, settings)
        assert numbers[0] == 0 and numbers[-1] == length - 1 and (np.diff(numbers) > 0).all()
        few = apply_time(clip[numbers], settings, numbers, length)
        assert np.array_equal(few, apply_time(clip, settings))
