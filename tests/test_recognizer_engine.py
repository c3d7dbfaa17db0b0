"""The engine: answers are those of extraction, memory is bounded, faces keep their numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from recognizer_material import (
    FRAMES,
    bundle_of,
    long_clip,
    pictures,
    two_people,
    write_image,
    write_video,
)

from recognizer.analysis import Shot
from recognizer.engine import Engine
from recognizer.identities import PATIENCE, Identities
from recognizer.inputs import Source, open_feed
from recognizer.ring import Ring
from recognizer.settings import Settings, is_still, pace_of, wants_stills
from recognizer.whole import whole_clip
from sttm.descriptors import build
from sttm.errors import InputError
from sttm.extract import Job, measure_clip

FPS = 25.0
BOX = np.array([10.0, 10.0, 50.0, 50.0])


def run(engine, volume, fps=FPS):
    """All answers for frames (t, y, x, 3) RGB, as a file gives them."""
    out = []
    for number, picture in enumerate(volume):
        engine.push(Shot(number, number / fps, picture[..., ::-1]))
        if engine.due:
            out.append(engine.analyse())
    last = engine.analyse()
    return out if last is None else [*out, last]


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("engine") / "long.avi", long_clip())


def offline(bundle, recipe, source, first, last):
    rows = measure_clip(Job("clip", source, first, last), recipe)
    return bundle.predict_proba(np.stack([row.measures for row in rows]))


@pytest.mark.parametrize("kind", ["sttm", "still"])
def test_every_window_has_the_answer_that_extraction_gives_for_its_frames(kind, video):
    bundle = bundle_of(kind)
    engine = Engine(bundle, Settings(every=None if kind == "sttm" else 0.2), FPS)
    feed = open_feed(Source("long", video))
    found = []
    for shot in feed.shots:
        engine.push(shot)
        if engine.due:
            found.append(engine.analyse())
    assert len(found) > 5
    for answer in found:
        assert answer.last - answer.first + 1 == engine.pace.frames
        expected = offline(bundle, engine.recipe, video, answer.first, answer.last)
        assert np.array_equal(answer.faces[0].raw, expected[0])


@pytest.mark.parametrize("kind", ["sttm", "still"])
def test_answers_hold_for_every_frame_once(kind):
    volume = long_clip(3)[:-5]
    found = run(Engine(bundle_of(kind), fps=FPS), volume)
    numbers = [n for answer in found for n in answer.numbers()]
    assert numbers == list(range(len(volume)))
    assert all(a.first <= max(a.since, a.first) <= a.last for a in found)


def test_a_clip_shorter_than_a_window_is_one_window(tmp_path):
    bundle = bundle_of()
    source = write_video(tmp_path / "short.avi", pictures()[:7])
    engine = Engine(bundle, Settings(window=1.0), FPS)
    (answer,) = run(engine, pictures()[:7])
    assert (answer.first, answer.last, answer.since) == (0, 6, 0)
    whole = whole_clip(source, bundle, Settings())
    expected = offline(bundle, engine.recipe, source, None, None)
    assert np.array_equal(whole.faces[0].raw, expected[0])


def test_two_faces_keep_their_numbers_and_have_the_answers_of_extraction(tmp_path):
    bundle, volume = bundle_of(), np.concatenate([two_people(), two_people()[::-1]])
    source = write_video(tmp_path / "two.avi", volume)
    engine = Engine(bundle, Settings(faces="all", smooth=0), FPS)
    found = []
    for shot in open_feed(Source("two", source)).shots:
        engine.push(shot)
        if engine.due:
            found.append(engine.analyse())
    assert len(found) >= 2
    middles = {}
    for answer in found:
        assert len(answer.faces) == 2
        expected = offline(bundle, engine.recipe, source, answer.first, answer.last)
        for face, row in zip(answer.faces, expected, strict=True):
            assert np.array_equal(face.raw, row) and np.array_equal(face.probabilities, row)
            x, _, w, _ = face.box_at(answer.last)
            middles.setdefault(face.identity, []).append(x + w / 2)
    assert sorted(middles) == [1, 2]
    assert all(np.ptp(places) < 20 for places in middles.values())


def test_a_face_that_cannot_be_measured_does_not_hide_the_other(monkeypatch):
    engine = Engine(bundle_of("still"), Settings(faces="all"), FPS)
    kind, seen = type(engine.recipe.descriptor), []
    plain = kind.measure

    def every_second(self, clip, points=None):
        seen.append(clip)
        if len(seen) % 2 == 0:
            raise InputError("no landmarks.")
        return plain(self, clip, points)

    monkeypatch.setattr(kind, "measure", every_second)
    engine.push(Shot(0, 0.0, two_people()[0]))
    found = engine.analyse()
    assert len(found.faces) == 1 and not found.reason and len(seen) == 2


def test_a_face_keeps_its_number_over_steps_longer_than_patience():
    engine = Engine(bundle_of(), Settings(window=6.0, every=PATIENCE + 0.5), 4.0)
    found = run(engine, long_clip(5), 4.0)
    assert len(found) > 3 and {face.identity for a in found for face in a.faces} == {1}


def test_a_face_that_enters_and_leaves_has_answers_while_it_is_there():
    empty = np.full((24, 128, 128, 3), 90, np.uint8)
    volume = np.concatenate([empty, long_clip(3), empty, empty])
    found = run(Engine(bundle_of(), Settings(every=0.2), FPS), volume)
    there = [bool(answer.faces) for answer in found]
    assert not there[0] and not there[-1] and any(there)
    assert all(("no face" in a.reason) == (not a.faces) for a in found)
    assert sum(b != a for a, b in pairwise(there)) == 2  # in once, out once


def test_a_window_is_as_long_as_training_clips_or_as_told():
    bundle = bundle_of()
    assert pace_of(bundle, Settings(), 25.0).frames == 12
    assert pace_of(bundle, Settings(), 50.0).frames == 24  # .48 s
    assert pace_of(bundle, Settings(), None).frames == 12
    assert pace_of(bundle, Settings(window=2.0, every=0.4), 10.0).frames == 20
    assert pace_of(bundle, Settings(window=2.0, every=0.4), 10.0).step == 4
    assert pace_of(bundle, Settings(every=99.0), 25.0).step == 12  # no frame is left out
    still = bundle_of("still")
    assert pace_of(still, Settings(), 25.0).frames == pace_of(still, Settings(), None).frames == 1
    assert wants_stills(still, Settings()) and not wants_stills(bundle, Settings())
    assert is_still(build({"name": "static-lbp"})) and not is_still(build({"name": "sttm"}))
    quick = replace(bundle, provenance={"length": {"frames": 100.0, "seconds": 1.0}})
    assert pace_of(quick, Settings(), None).seconds == 1.0  # of a camera, whatever its rate
    assert pace_of(quick, Settings(), None).every == 0.5
    both = build([{"name": "sttm"}, {"name": "static-lbp"}])
    assert not is_still(both)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window": 0},
        {"window": -1.0},
        {"window": float("nan")},
        {"window": "half"},
        {"every": 0.0},
        {"every": 1e9},
        {"faces": "both"},
        {"smooth": -1},
        {"finder": "haar"},
    ],
)
def test_impossible_settings_are_refused_in_a_sentence(wrong):
    with pytest.raises(InputError, match=r"\w+ .*\."):
        Settings(**wrong)


def test_a_window_that_no_memory_holds_is_refused_before_it_fills():
    with pytest.raises(InputError, match="10000 frames at most"):
        Engine(bundle_of(), Settings(window=3600.0), FPS)
    ring = Ring(9000)
    with pytest.raises(InputError, match="more than 2 GiB"):
        ring.add(Shot(0, 0.0, np.zeros((720, 1280), np.uint8)))


def test_the_ring_keeps_the_newest_frames_and_copies_what_a_camera_may_overwrite():
    ring, buffer = Ring(3), np.zeros((4, 4), np.uint8)
    for number in range(7):
        buffer[:] = number
        ring.add(Shot(number, number / 10, buffer))
    assert len(ring) == 3 and (ring.first.number, ring.last.number) == (4, 6)
    assert [int(frame[0, 0]) for frame in ring.frames()] == [4, 5, 6]
    assert ring.spacing == pytest.approx(0.1)
    ring.add(Shot(7, 0.7, np.zeros((5, 4), np.uint8)))  # another size begins anew
    assert len(ring) == 1
    timed = Ring(100, 0.5)
    for number in range(50):
        timed.add(Shot(number, number * 0.1, buffer))
    assert len(timed) == 5 and timed.frames().size == (4, 4)


def test_windows_of_a_live_source_go_by_time_and_are_those_of_counted_frames():
    bundle, volume = bundle_of(), long_clip()
    live = Engine(bundle, Settings(), live=True)
    counted = {a.last: a for a in run(Engine(bundle, Settings(every=0.04), FPS), volume)}
    answers = run(live, volume)
    assert len(answers) >= 4
    for answer in answers:
        same = counted[answer.last]
        assert answer.first == same.first
        assert np.array_equal(answer.faces[0].raw, same.faces[0].raw)


def test_smoothing_is_an_exponential_mean_over_time():
    people = Identities(smooth=0.5)
    one, other = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    (first,) = people.take([BOX], [BOX], [one], 0.0)
    assert first.answer.tolist() == [1.0, 0.0]
    (second,) = people.take([BOX], [BOX], [other], 0.5)
    assert second is first and second.answer[0] == pytest.approx(np.exp(-1))
    (third,) = people.take([BOX], [BOX], [other], 0.5)  # no time has passed: nothing changes
    assert third.answer[0] == pytest.approx(np.exp(-1))
    plain = Identities(smooth=0)
    plain.take([BOX], [BOX], [one], 0.0)
    assert plain.take([BOX], [BOX], [other], 0.1)[0].answer.tolist() == [0.0, 1.0]


def test_a_face_is_forgotten_after_a_while_and_another_place_is_another_face():
    people, answer = Identities(smooth=0.5), np.array([1.0])
    far = BOX + np.array([300.0, 0, 0, 0])
    assert people.take([BOX], [BOX], [answer], 0.0)[0].identity == 1
    assert [p.identity for p in people.take([far, BOX], [far, BOX], [answer] * 2, 1.0)] == [2, 1]
    assert people.take([BOX], [BOX], [answer], 1.5)[0].identity == 1
    assert people.take([far], [far], [answer], 1.5 + PATIENCE + 0.1)[0].identity == 3


def test_an_image_has_one_answer_from_a_still_model_and_a_reason_from_a_dynamic_one(tmp_path):
    image = write_image(tmp_path / "face.png", pictures()[5])
    still, moving = bundle_of("still"), bundle_of()
    for bundle in (still, moving):
        engine = Engine(bundle)
        for shot in open_feed(Source("face", image)).shots:
            engine.push(shot)
        answer = engine.analyse()
        if bundle is still:
            assert len(answer.faces) == 1 and answer.faces[0].label in bundle.classes
        else:
            assert not answer.faces and "at least 2 frames" in answer.reason


def test_corners_and_eyes_lie_where_the_crop_was_cut():
    engine = Engine(bundle_of(), Settings(), FPS)
    (answer, *_) = run(engine, long_clip(2))
    face = answer.faces[0]
    corners = face.corners_at(answer.last)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    assert np.allclose(sides, sides[0], rtol=1e-6)
    eyes, (x, y, w, h) = face.eyes_at(answer.last), face.box_at(answer.last)
    assert eyes is not None
    assert ((eyes > [x, y]) & (eyes < [x + w, y + h])).all()
    assert face.crop.shape == (48, 48) and len(face.volume) == 8
    assert face.points_at(answer.last) is None  # this model looks at no landmarks


def test_a_model_of_cropped_pictures_looks_for_faces_unless_told():
    whole = replace(
        bundle_of("still"), faces=replace(bundle_of("still").faces, finder="whole", align="box")
    )
    assert Engine(whole).recipe.faces.finder == "viola-jones"
    assert Engine(whole, Settings(finder="whole")).recipe.faces.finder == "whole"
    assert Engine(bundle_of()).recipe.faces == bundle_of().faces


def test_reset_forgets_everything():
    engine = Engine(bundle_of(), Settings(), FPS)
    first = run(engine, long_clip(2))
    engine.reset()
    again = run(engine, long_clip(2))
    assert (
        len(first) == len(again) and first[0].faces[0].identity == again[0].faces[0].identity == 1
    )
    assert all(
        np.array_equal(a.faces[0].probabilities, b.faces[0].probabilities)
        for a, b in zip(first, again, strict=True)
    )
    assert engine.pace.frames == FRAMES
