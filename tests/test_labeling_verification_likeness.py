"""The perceptual hash: copies are found, other clips are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import reference_likeness as slow
from frames_material import CLIPS
from verification_material import pictures, write_video

from labeling.verification import likeness
from labeling.verification.likeness import Look, Watcher, alike, look_of, near_pairs, popcount
from sttm.frames import open_frames

RNG = np.random.default_rng


def look(volume: np.ndarray) -> Look:
    watcher = Watcher()
    for frame in volume:
        watcher.see(frame)
    found = watcher.look()
    assert found is not None
    return found


def resized(volume: np.ndarray, share: float) -> np.ndarray:
    size = (round(volume.shape[2] * share), round(volume.shape[1] * share))
    return np.stack([cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in volume])


def compressed(volume: np.ndarray, tmp_path) -> np.ndarray:
    write_video(tmp_path / "copy.avi", volume, 25.0)
    with open_frames(tmp_path / "copy.avi") as frames:
        return frames.volume()


CHANGES = {
    "compressed": lambda v, p: compressed(v, p),
    "half the size": lambda v, p: resized(v, 0.5),
    "brighter": lambda v, p: np.clip(v * 0.9 + 25.0, 0, 255).astype(np.uint8),
    "trimmed": lambda v, p: v[1:-2],
    "all": lambda v, p: compressed(resized(np.clip(v[2:] * 0.9, 0, 255).astype(np.uint8), 0.7), p),
}


@pytest.mark.parametrize("change", CHANGES)
def test_copies_are_alike_and_nothing_else(change, tmp_path):
    originals = [pictures(seed, frames=32, size=96) for seed in range(5)]
    copies = [CHANGES[change](v, tmp_path) for v in originals]
    found = alike([look(v) for v in [*originals, *copies]])
    assert found == [(i, i + 5) for i in range(5)]


@pytest.mark.parametrize("change", CHANGES)
def test_copies_of_real_clips_are_alike_and_other_people_are_not(change, tmp_path):
    if not CLIPS.is_dir():
        pytest.skip("the real clips (shared/clips) are not on this machine")
    originals = []
    for path in sorted(CLIPS.glob("*.mpg"))[:3]:
        with open_frames(path) as frames:
            originals.append(frames.volume())
    copies = [CHANGES[change](v, tmp_path) for v in originals]
    found = alike([look(v) for v in [*originals, *copies]])
    assert found == [(i, i + len(originals)) for i in range(len(originals))]


def test_the_same_person_at_another_moment_is_not_alike():
    """One still picture, other movements before it."""
    rng = RNG(3)
    still = cv2.resize(rng.normal(size=(6, 6)), (64, 64), interpolation=cv2.INTER_CUBIC) * 35 + 128
    takes = []
    for _ in range(6):
        course = rng.normal(size=(16, 4, 4)).cumsum(axis=0) * 2
        moved = [cv2.resize(c, (64, 64), interpolation=cv2.INTER_CUBIC) for c in course]
        takes.append(np.clip(still + np.stack(moved) - np.mean(moved, axis=0), 0, 255))
    assert alike([look(t.astype(np.uint8)) for t in takes]) == []


def test_still_pictures_are_compared_by_what_they_show():
    one, other = pictures(1, frames=1), pictures(2, frames=1)
    assert alike([look(one), look(other), look(np.repeat(one, 5, axis=0))]) == [(0, 2)]


def test_a_flat_clip_is_no_error():
    flat = np.full((4, 32, 32), 7, np.uint8)
    assert alike([look(flat), look(pictures(1))]) == []
    assert Watcher().look() is None


def test_long_clips_are_thinned_out_evenly(monkeypatch):
    monkeypatch.setattr(likeness, "MOST_KEPT", 20)
    volume = pictures(4, frames=200)
    watcher = Watcher()
    for frame in volume:
        watcher.see(frame)
    assert watcher.count == 200 and len(watcher._small) <= 20
    whole = look_of(np.stack([cv2.resize(f, (32, 32), interpolation=3) for f in volume]))
    assert alike([watcher.look(), whole]) == [(0, 1)]


# slow twins ---------------------------------------------------------------------------------------


def test_coefficients_and_hash_are_those_of_the_definition():
    picture = RNG(0).integers(0, 256, (likeness.SIDE, likeness.SIDE)).astype(float)
    expected = np.array(slow.cosines(picture.tolist(), 12))
    found = likeness._cosines(picture[None], likeness.STRUCTURE)[0]
    assert np.allclose(found[:12, :12], expected)
    low = expected.ravel()[1:]
    bits = np.unpackbits(look_of(picture[None]).bits.view(np.uint8))
    assert bits[: likeness.BITS].tolist() == (low > np.median(low)).astype(int).tolist()
    assert not bits[likeness.BITS :].any()


def test_motion_is_compared_as_defined():
    one, other = (RNG(seed).normal(size=(likeness.FRAMES, 63)) for seed in (1, 2))
    expected = slow.motion_likeness(one.tolist(), other.tolist(), likeness.REACH)
    assert likeness.motion_likeness(one[None], other[None])[0] == pytest.approx(expected)
    assert likeness.motion_likeness(one[None], 3 * one[None])[0] == pytest.approx(1.0)


def test_all_near_pairs_are_found_across_blocks(monkeypatch):
    monkeypatch.setattr(likeness, "BLOCK", 7)
    rng = RNG(5)
    bits = rng.integers(0, 2**63, (40, 3), dtype=np.uint64)
    for i in range(12):
        bits[39 - i] = bits[i] ^ np.uint64(2**i - 1)  # i bits in each of three words
    found = sorted(
        (int(i), int(j)) for a, b in near_pairs(bits, 18) for i, j in zip(a, b, strict=True)
    )
    words = bits.tolist()
    expected = [
        (i, j)
        for i in range(40)
        for j in range(i + 1, 40)
        if slow.bit_distance(words[i], words[j]) <= 18
    ]
    assert found == expected and len(found) == 7


def test_bits_are_counted_without_numpy_2_too():
    words = RNG(1).integers(0, 2**64 - 1, 500, dtype=np.uint64, endpoint=True)
    expected = [bin(w).count("1") for w in words.tolist()]
    assert popcount(words).tolist() == likeness._popcount(words).tolist() == expected
