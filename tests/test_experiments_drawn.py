"""Drawn faces: the same seed draws the same clip; what is said of a clip is true of its pixels."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from experiments.datasets.drawn import (
    DYNAMICS,
    EXPRESSIONS,
    DrawnClip,
    DrawnSettings,
    clip_name,
    draw_clip,
)
from experiments.datasets.drawn.expression import RECIPES, perform
from experiments.datasets.drawn.relief import UNITS
from experiments.datasets.drawn.sequence import identity_of, plan_clip
from sttm.errors import InputError

SMALL = DrawnSettings(subjects=3, takes=2, frames=12)


def grey(frame: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def clips() -> list[DrawnClip]:
    """One clip of each expression, and of two more faces."""
    settings = DrawnSettings(subjects=3, takes=1)
    kept = [(0, label) for label in EXPRESSIONS] + [(1, "happiness"), (2, "surprise")]
    return [draw_clip(settings, subject, label, 0) for subject, label in kept]


def test_the_same_seed_draws_the_same_bits_alone_and_after_others():
    first = draw_clip(SMALL, 1, "anger", 1)
    for other in ((0, "anger", 1), (1, "fear", 0), (2, "anger", 1)):
        draw_clip(SMALL, *other)
    again = draw_clip(SMALL, 1, "anger", 1)
    assert np.array_equal(first.frames, again.frames)
    assert np.array_equal(first.eyes, again.eyes)


def test_a_clip_does_not_depend_on_how_many_there_are():
    many = DrawnSettings(subjects=9, takes=5, frames=12)
    one = draw_clip(SMALL, 2, "sadness", 1).frames
    assert np.array_equal(one, draw_clip(many, 2, "sadness", 1).frames)


def test_another_process_draws_the_same_bits():
    code = (
        "import hashlib; from experiments.datasets.drawn import *;"
        "c = draw_clip(DrawnSettings(subjects=3, takes=2, frames=12), 2, 'fear', 0);"
        "print(hashlib.sha256(c.frames.tobytes()).hexdigest())"
    )
    runs = {subprocess.check_output([sys.executable, "-c", code]) for _ in range(2)}
    assert len(runs) == 1


@pytest.mark.parametrize("other", [(1, "anger", 0), (0, "fear", 0), (0, "anger", 1)])
def test_subject_label_and_take_each_change_the_pictures(other):
    a = draw_clip(SMALL, 0, "anger", 0).frames
    assert np.abs(a.astype(int) - draw_clip(SMALL, *other).frames).mean() > 1.5


def test_another_seed_draws_another_face():
    a = draw_clip(SMALL, 0, "neutral", 0).frames[0]
    b = draw_clip(SMALL.model_copy(update={"seed": 1}), 0, "neutral", 0).frames[0]
    assert np.abs(a.astype(int) - b).mean() > 8


def test_both_variants_draw_the_same_people():
    timed = SMALL.model_copy(update={"variant": "dynamics"})
    a, b = identity_of(SMALL, 1), identity_of(timed, 1)
    assert (a.seed, a.style, a.eye_x) == (b.seed, b.style, b.eye_x)


def test_frames_are_what_the_settings_ask_for():
    plain = draw_clip(SMALL, 0, "fear", 0)
    assert plain.frames.shape == (12, 240, 240, 3)
    assert plain.frames.dtype == np.uint8
    pale = draw_clip(SMALL.model_copy(update={"colour": False, "size": 150}), 0, "fear", 0)
    assert pale.frames.shape == (12, 150, 150)
    assert pale.name == clip_name(0, "fear", 0) == "d01-fear-1"


@pytest.mark.parametrize("seed", range(10))
def test_viola_jones_finds_every_face_around_its_eyes(seed):
    finder = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    settings = DrawnSettings(seed=seed, frames=12, subjects=12)
    for subject in (seed % 12, (seed + 5) % 12):
        clip = draw_clip(settings, subject, EXPRESSIONS[(seed + subject) % 7], 0)
        for t in (0, clip.apex):
            boxes = finder.detectMultiScale(grey(clip.frames[t]), 1.1, 5)
            assert any(holds(box, clip.eyes[t]) for box in boxes), (seed, subject, t)


def holds(box: np.ndarray, eyes: np.ndarray) -> bool:
    x, y, w, h = box
    across = (x < eyes[:, 0]) & (eyes[:, 0] < x + w)
    return bool((across & (y + 0.15 * h < eyes[:, 1]) & (eyes[:, 1] < y + 0.6 * h)).all())


def test_pupils_are_dark_where_the_truth_says_they_are(clips):
    seen = 0
    for clip in clips:
        for t in np.flatnonzero(clip.closed < 0.05):
            picture = grey(clip.frames[t]).astype(float)
            for x, y in clip.eyes[t]:
                row, column = round(y), round(x)
                pupil = picture[row - 1 : row + 2, column - 1 : column + 2].mean()
                around = picture[row - 22 : row + 23, column - 22 : column + 23]
                assert pupil < np.quantile(around, 0.25)
                seen += 1
    assert seen > 100


def test_onset_apex_and_offset_are_in_order_and_inside(clips):
    for clip in clips:
        assert 0 <= clip.onset < clip.apex < clip.offset < len(clip.frames)


def test_units_are_zero_at_first_and_strongest_around_the_apex(clips):
    for clip in clips:
        assert not clip.units[0].any()
        if clip.label != "neutral":
            typical = [UNITS.index(u) for u in RECIPES[clip.label] if u != 43]
            strength = clip.units[:, typical].sum(axis=1)
            assert strength[clip.apex] > 0.8 * strength.max() > 0.5


def test_an_expression_moves_the_face_more_than_the_room(clips):
    for clip in clips:
        if clip.label != "neutral":
            a, b = (grey(clip.frames[t]).astype(np.float32) for t in (0, clip.apex))
            change = cv2.GaussianBlur(b - b.mean() - a + a.mean(), (0, 0), 2) ** 2
            (x, y), reach = clip.eyes[0].mean(axis=0), np.ptp(clip.eyes[0][:, 0])
            rows = slice(int(y - 0.6 * reach), int(y + 1.8 * reach))
            face = change[rows, int(x - 0.8 * reach) : int(x + 0.8 * reach)].mean()
            assert face > 3 * change[:60, :25].mean()
            assert face > 3 * change[:60, -25:].mean()


def test_a_face_changes_even_without_noise_and_sway():
    still = DrawnSettings(subjects=1, takes=1, noise=0, sway=0)
    clip = draw_clip(still, 0, "surprise", 0)
    first, apex = (grey(clip.frames[t]).astype(int) for t in (0, clip.apex))
    assert np.abs(first - apex)[100:].mean() > 1.0


@pytest.mark.parametrize("label", DYNAMICS)
def test_dynamics_differ_in_pace_only(label):
    settings = DrawnSettings(variant="dynamics", subjects=3, takes=2)
    slow_rise, slow_fall = label in ("slow-rise", "swell"), label in ("slow-fall", "swell")
    for subject in range(3):
        plan = plan_clip(settings, subject, label, 0)
        show = plan.show
        assert plan.shown == "surprise"
        assert (show.apex - show.onset > 0.25 * settings.frames) == slow_rise
        assert (show.offset - show.apex > 0.25 * settings.frames) == slow_fall
        assert abs(show.apex - settings.frames / 2) <= 0.15 * settings.frames


def test_stronger_settings_give_stronger_units():
    rngs = [np.random.default_rng(7) for _ in range(2)]
    who = identity_of(SMALL, 0)
    weak, strong = (
        perform(SMALL.model_copy(update={"strength": s}), who, "fear", "fear", rng).units
        for s, rng in zip((0.3, 1.0), rngs, strict=True)
    )
    assert strong.max() > 2 * weak.max()


@pytest.mark.parametrize(
    "wrong",
    [{"subjects": 0}, {"takes": 0}, {"frames": 3}, {"size": 10}, {"seed": -1}, {"noise": -1},
     {"variant": "moods"}, {"strength": 0}, {"subject": 3}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        DrawnSettings(**wrong)


@pytest.mark.parametrize(
    ("subject", "label", "take", "words"),
    [(3, "anger", 0, "subject must be from 0 to 2, not 3"), (0, "anger", 2, "take must be"),
     (-1, "anger", 0, "subject must be"), (0, "angr", 0, "did you mean 'anger'")],
)  # fmt: skip
def test_clips_that_are_not_there_are_refused_with_a_sentence(subject, label, take, words):
    with pytest.raises(InputError, match=words):
        draw_clip(SMALL, subject, label, take)
