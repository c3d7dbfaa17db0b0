"""The response has the properties of METHOD's theory and equals its slow twin."""

from __future__ import annotations

import numpy as np
import pytest
import reference_harris
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import textured

from sttm.errors import InputError
from sttm.harris import Scale, corner_function, gaussian_kernel, response, textures


@pytest.mark.parametrize(
    "scale",
    [Scale(), Scale(1.0, 2.0, 1.5, 0.001), Scale(3.3, 0.7, 3.0, 0.03)],
    ids=["default", "slow", "coarse"],
)
@pytest.mark.parametrize("shape", [(24, 40, 44), (3, 20, 31), (1, 16, 16), (60, 9, 8)])
def test_equals_the_slow_twin(scale, shape):
    clip = textured(*shape, seed=shape[0])
    slow = reference_harris.response(clip, scale.sigma, scale.tau, scale.integration, scale.k)
    fast = response(clip, scale)
    assert fast.dtype == np.float32 and fast.shape == shape
    assert np.abs(fast - slow).max() <= 1e-5 * np.abs(slow).max()


def test_static_clip_never_responds():
    clip = np.repeat(textured()[:1], 15, axis=0)
    assert response(clip).max() <= 0


def test_determinant_of_a_static_clip_is_zero():
    clip = np.repeat(textured()[:1], 15, axis=0)
    peak = np.abs(response(clip)).max()
    assert np.abs(response(clip, Scale(k=0.0))).max() <= 1e-6 * peak


@pytest.mark.parametrize("frames", [2, 3, 20, 32, 33, 40])
def test_what_stands_still_has_no_change_of_any_sign(frames):
    clip = np.repeat(textured()[:1], frames, axis=0)
    clip[-1, :10] = 200  # something happens, but not below row 30
    for kind in (np.uint8, np.float32):
        texture = next(textures(clip.astype(kind), Scale()))
        assert (texture.dt[:, 30:] == 0).all() and (texture.dt[:, :10] != 0).any()


@pytest.mark.parametrize("kind", [bool, np.int16, np.int64, np.float16, np.float64])
def test_any_kind_of_number_will_do(kind):
    clip = (textured(6, 20, 20) > 100).astype(kind)
    same = response(clip.astype(np.float32))
    np.testing.assert_array_equal(response(clip), same)


def test_constant_translation_hardly_responds():
    wide = textured(1, 60, 120, seed=3)[0]
    clip = np.stack([wide[:, t : t + 60] for t in range(30)])
    inner = (slice(8, 22), slice(15, 45), slice(15, 45))
    k = 0.0
    det = response(clip, Scale(k=k))[inner]
    trace3 = (det - response(clip, Scale(k=0.03))[inner]) / 0.03
    assert (27 * det / trace3).max() < 0.02  # isotropic change would give 1


def test_one_event_is_found_where_it_is():
    clip = np.full((21, 40, 40), 60, np.uint8)
    clip[11, 17, 24] = 255
    h = response(clip)
    assert np.unravel_index(h.argmax(), h.shape) == (11, 17, 24)
    assert h.max() > 0


def test_a_ramp_responds_in_the_middle_not_at_its_end():
    rise = 1 / (1 + np.exp(-(np.arange(31) - 15) / 2.0))
    y, x = np.mgrid[:40, :40]
    spot = np.exp(-((y - 20) ** 2 + (x - 20) ** 2) / 18)
    clip = (100 + 100 * rise[:, None, None] * spot).astype(np.float32)
    h = response(clip, Scale(sigma=2.0))
    assert h.max() > 1e-12
    assert abs(int(h.max(axis=(1, 2)).argmax()) - 15) <= 4  # 95 % of the rise is over at 21


@pytest.mark.parametrize("offset", [-20.0, 35.0])
def test_a_grey_offset_changes_nothing(offset):
    clip = 40 + textured() * 0.6
    h = response(clip)
    assert np.allclose(response(clip + offset), h, rtol=0, atol=2e-5 * np.abs(h).max())


@pytest.mark.parametrize("gain", [0.5, 0.25])
def test_a_gain_acts_with_its_sixth_power(gain):
    clip = textured()
    h = response(clip)
    assert np.allclose(response(clip * gain), h * gain**6, rtol=1e-4, atol=1e-6 * np.abs(h).max())


def test_time_reversal_leaves_the_response_alone():
    clip = textured()
    h = response(clip)
    assert np.allclose(response(clip[::-1])[::-1], h, atol=1e-5 * np.abs(h).max())


def test_mirroring_the_picture_mirrors_the_response():
    clip = textured()
    h = response(clip)
    assert np.allclose(response(clip[..., ::-1])[..., ::-1], h, atol=1e-5 * np.abs(h).max())
    assert np.allclose(
        response(clip.transpose(0, 2, 1)).transpose(0, 2, 1), h, atol=1e-5 * np.abs(h).max()
    )


@pytest.mark.parametrize("slab", [1, 7, 30])
def test_slabs_change_nothing(slab):
    clip = textured(50, 24, 24)
    whole = list(textures(clip, Scale(tau=1.5), slab=50))
    parts = list(textures(clip, Scale(tau=1.5), slab=slab))
    assert [p.start for p in parts] == list(range(0, 50, slab))
    for name in ("response", "dx", "dy", "dt"):
        joined = np.concatenate([getattr(p, name) for p in parts])
        expected = getattr(whole[0], name)
        assert np.abs(joined - expected).max() < 1e-5 * np.abs(expected).max()


def test_uint8_and_float_agree():
    clip = textured().astype(np.uint8)
    h = response(clip)
    assert np.allclose(response(clip.astype(np.float32)), h, atol=1e-6 * np.abs(h).max())


def test_kernel_sums_to_its_gain_and_is_symmetric():
    kernel = gaussian_kernel(1.7, gain=0.5)
    assert kernel.sum() == pytest.approx(0.5, rel=1e-6)
    assert np.array_equal(kernel, kernel[::-1])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 3), min_size=3, max_size=3), st.floats(0, 0.037))
def test_corner_function_is_that_of_the_eigenvalues(eigenvalues, k):
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))
    mu = turn @ np.diag(eigenvalues) @ turn.T
    entries = [mu[0, 0], mu[1, 1], mu[2, 2], mu[0, 1], mu[0, 2], mu[1, 2]]
    h = corner_function(np.float64(entries)[:, None], k)
    expected = np.prod(eigenvalues) - k * np.sum(eigenvalues) ** 3
    assert h[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "values", [{"sigma": 0}, {"tau": -1}, {"integration": 0}, {"k": 0.04}, {"k": -0.1}]
)
def test_impossible_scales_are_refused_by_name(values):
    with pytest.raises(InputError, match=next(iter(values))):
        Scale(**values)
