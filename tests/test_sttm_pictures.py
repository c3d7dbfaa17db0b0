"""What `sttm show` draws: the strip, the strongest blocks, the overlay video."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.datasets.drawn import DrawnSettings, draw_clip
from sttm.descriptors import DESCRIPTORS, build
from sttm.descriptors.concatenation import Concatenation
from sttm.descriptors.still import StaticLBP
from sttm.descriptors.sttm import STTM
from sttm.errors import ClipTooShort, InputError, NoFace
from sttm.extract import Job, Recipe
from sttm.faces import FaceClip, FaceSettings
from sttm.faces.geometry import apply
from sttm.frames import open_frames
from sttm.harris import Scale
from sttm.pictures import recording as recording_module
from sttm.pictures import show_clip, strip_image, strongest_blocks
from sttm.pictures.colours import paint
from sttm.pictures.maps import (
    Limits,
    at_position,
    blocks_of,
    limits_of,
    positions_in,
    shown_scale,
    signed_root,
)
from sttm.pictures.overlay import FaceOverlay, corners, overlay_frames, screen_for
from sttm.pictures.show import file_stem
from sttm.pictures.strip import chosen_frames, slice_at, source_frame
from sttm.pictures.text import fitting, font, wide, wrapped
from sttm.pictures.timeline import tick_marks
from sttm.pictures.words import Caption
from sttm.temporal import TimeSettings

CLIPS = Path(__file__).parents[1].parent / "shared" / "clips"
BOX = (30.0, 20.0, 64.0, 64.0)


def words(frames=20, first=0, fps=25.0, title="clip"):
    return Caption(title, ("one line",), first, frames, fps, "at sigma 2 pixels")


def event(t=12, side=40, at=(6, 25, 11)):
    """A grey clip (t, y, x) in which one spot appears and vanishes."""
    clip = np.full((t, side, side), 90.0)
    z, y, x = np.ogrid[:t, :side, :side]
    far = ((z - at[0]) / 1.5) ** 2 + ((y - at[1]) / 2) ** 2 + ((x - at[2]) / 2) ** 2
    return np.rint(clip + 120 * np.exp(-far / 2)).astype(np.uint8)


def scene(frames=9, height=120, width=160, seed=0):
    """A textured still picture with a blinking spot, RGB (t, y, x, 3), and boxes for it."""
    rng = np.random.default_rng(seed)
    still = cv2.GaussianBlur(rng.integers(40, 200, (height, width, 3), np.uint8), (0, 0), 4)
    clip = np.repeat(still[None], frames, axis=0)
    x, y = round(BOX[0] + 40), round(BOX[1] + 40)
    clip[frames // 3 : 2 * frames // 3, y - 3 : y + 4, x - 3 : x + 4] = 250
    return clip


def boxed(tmp_path, clip, name="clip", fps=20.0, box=BOX, **more):
    """A job for an array with a given box, and the recipe that takes it."""
    source = tmp_path / "source.npy"
    np.save(source, clip)
    table = pd.DataFrame([("clip", 0, *box)], columns=["clip", "frame", "x", "y", "w", "h"])
    faces = FaceSettings(finder="boxes", align="box", size=48)
    recipe = Recipe(STTM(grid=(2, 6, 6)), faces, more.pop("time", TimeSettings("none")))
    return Job(name, source, None, None, fps, table), replace(recipe, **more)


def played(path):
    """All frames of a video, RGB (t, y, x, 3)."""
    return open_frames(path, colour=True).volume()


# the strongest blocks -----------------------------------------------------------------------------


@pytest.mark.parametrize("at", [(6, 25, 11), (3, 8, 33), (9, 35, 5)])
def test_the_strongest_block_is_where_the_event_is(at):
    clip = event(at=at)
    blocks = blocks_of(STTM(grid=(2, 5, 5)), clip.shape)
    found = strongest_blocks(signed_root(clip, Scale()), blocks)
    best = max(found, key=lambda b: b.strength)
    assert best.y[0] <= at[1] < best.y[1] and best.x[0] <= at[2] < best.x[1]
    assert best.name == f"t{at[0] // 6}.y{at[1] // 8}.x{at[2] // 8}"


def test_a_still_picture_has_no_strongest_block():
    still = np.repeat(event()[6:7], 12, axis=0)
    blocks = blocks_of(STTM(), (12, 40, 40))
    assert strongest_blocks(signed_root(still, Scale()), blocks) == []


def test_strengths_are_plain_means_and_ranked_within_each_slice():
    signed = np.random.default_rng(1).normal(size=(7, 20, 22)).astype(np.float16)
    blocks = blocks_of(STTM(grid=(2, 4, 3), overlap=0.3), signed.shape)
    found = strongest_blocks(signed, blocks, top=5)
    assert len(blocks) == 24 and len(found) == 10
    everything = {b.name: strength_of(signed, b) for b in blocks}
    for block in found:
        assert block.strength == pytest.approx(everything[block.name], rel=1e-6)
    for group in (found[:5], found[5:]):
        same_slice = sorted((everything[b.name] for b in blocks if b.t == group[0].t), reverse=True)
        assert [b.strength for b in group] == pytest.approx(same_slice[:5])


def strength_of(signed, block):
    part = signed[slice(*block.t), slice(*block.y), slice(*block.x)].astype(float)
    return part[part > 0].sum() / part.size


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_blocks_of_every_descriptor_lie_inside_and_cover_the_plane(name):
    shape = (20, 64, 64)
    descriptor = build({"name": name})
    blocks = blocks_of(descriptor, shape)
    covered = np.zeros(shape, bool)
    for block in blocks:
        for (low, high), length in zip((block.t, block.y, block.x), shape, strict=True):
            assert 0 <= low < high <= length
        covered[slice(*block.t), slice(*block.y), slice(*block.x)] = True
    assert covered.any(axis=0).all()
    assert {p.block for p in descriptor.places()} >= {b.name for b in blocks}


def test_a_descriptor_of_one_frame_is_ranked_by_contours():
    signed = np.zeros((9, 16, 16))
    signed[4, 0:8, 8:16] = -1.0
    signed[4, 8:16, 0:8] = 0.1
    blocks = blocks_of(StaticLBP(frame="middle", grid=(1, 2, 2)), signed.shape)
    assert {b.t for b in blocks} == {(4, 5)}
    assert strongest_blocks(signed, blocks)[0].name == "t0.y0.x1"
    assert chosen_frames(9, blocks, 2).tolist() == [4, 8]


def test_of_a_concatenation_the_texture_map_is_shown():
    sttm = STTM(grid=(2, 3, 3), scales=[(1.5, 1), (3, 2)])
    both = Concatenation([("lbp", StaticLBP()), ("map", sttm)])
    assert shown_scale(both) == Scale(1.5, 1.0, 2.0, 0.005)
    blocks = blocks_of(both, (8, 30, 30))
    assert len(blocks) == 18 and blocks[0].name == "map:s0.t0.y0.x0"
    assert shown_scale(StaticLBP()) == Scale()


# the map and its colours --------------------------------------------------------------------------


def test_the_map_is_linear_in_contrast_and_keeps_the_sign():
    clip = event().astype(np.float32)
    once, half = signed_root(clip, Scale()), signed_root(clip / 2, Scale())
    strong = np.abs(once) > 0.01
    assert strong.any()
    np.testing.assert_allclose(half[strong] / once[strong], 0.5, rtol=5e-3)
    assert (once > 0).any() and (once < 0).any()


def test_colours_are_black_at_zero_and_grow_lighter_to_both_sides():
    limits = Limits(2.0, 4.0)
    line = np.linspace(-4, 2, 61)[None]
    light = paint(line, limits).astype(int).sum(axis=-1)[0]
    zero = 40
    assert light[zero] == light.min() <= 4
    assert (np.diff(light[: zero + 1]) <= 0).all() and (np.diff(light[zero:]) >= 0).all()
    assert (paint(line * 9, limits)[0, [0, -1]] == paint(line, limits)[0, [0, -1]]).all()


def test_noise_in_a_still_clip_does_not_fill_the_scale():
    signed = np.concatenate([np.full(1000, -1.0), np.full(1000, 0.01)]).reshape(1, 40, 50)
    assert limits_of(signed) == Limits(0.5, 1.0)
    assert limits_of(np.zeros((2, 3, 3))).change > 0


@given(st.integers(1, 40), st.integers(1, 40))
def test_positions_run_from_the_first_frame_to_the_last(length, other):
    at = positions_in(length, other)
    assert len(at) == length and at[0] == 0 and at.max() <= other - 1
    if length > 1:
        assert at[-1] == other - 1
    ramp = np.arange(other, dtype=float).reshape(-1, 1, 1)
    assert [at_position(ramp, p).item() for p in at] == pytest.approx(list(at), abs=1e-4)


# the strip ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("frames", "columns", "shown"), [(20, 8, 8), (2, 8, 2), (500, 24, 24)])
def test_the_strip_has_its_size_and_its_crops(frames, columns, shown):
    clip = event(t=frames, at=(frames // 2, 25, 11))
    signed = signed_root(clip, Scale())
    blocks = blocks_of(STTM(grid=(2, 5, 5)), clip.shape)
    found = strongest_blocks(signed, blocks)
    caption = words(frames)
    strip = strip_image(clip, signed, blocks, found, caption, columns)
    again = strip_image(clip, signed, blocks, found, caption, columns)
    assert strip.dtype == np.uint8 and (strip == again).all()
    assert strip.shape[1] == (960 if shown == 2 else 1600)
    assert (strip[:, 0] == 255).all() and (strip[:, -1] == 255).all()
    grey = (strip.max(axis=2) == strip.min(axis=2)) & (strip[..., 0] == 90)
    flat = np.convolve(grey.sum(axis=0), np.ones(5), "same") > 5 * 30
    edges = np.diff(np.concatenate([[0], flat.astype(int), [0]]))
    assert (edges == 1).sum() == shown


def test_outlines_are_drawn_only_in_the_slice_they_belong_to():
    clip = event(t=20, at=(4, 25, 11))
    signed = signed_root(clip, Scale())
    blocks = blocks_of(STTM(grid=(2, 5, 5)), clip.shape)
    found = strongest_blocks(signed, blocks, top=1)[:1]
    plain = strip_image(clip, signed, blocks, [], words(), 2)
    drawn = strip_image(clip, signed, blocks, found, words(), 2)
    lower = slice(0, min(len(plain), len(drawn)) - 130)  # the words below differ
    changed = (plain[lower] != drawn[lower]).any(axis=2)
    columns = np.flatnonzero(changed[:, 144:664].any(axis=0))
    assert len(columns) and columns.max() < 256  # the first of two columns


@pytest.mark.parametrize("columns", [0, 25, -1])
def test_a_wrong_number_of_columns_is_refused_before_the_work(columns, tmp_path):
    job = Job("x", tmp_path / "absent.mp4", None, None, None)
    with pytest.raises(InputError, match="columns must be a whole number from 1 to 24"):
        show_clip(job, Recipe(STTM()), tmp_path / "out", columns=columns)


@given(st.integers(2, 60), st.integers(2, 60), st.integers(0, 9))
def test_slices_divide_the_source_frames(length, frames, first):
    caption = words(frames, first)
    borders = [source_frame(caption, length, b) for b in range(length + 1)]
    assert borders[0] == first and borders[-1] == first + frames
    assert borders == sorted(borders)


def test_overlapping_slices_hand_a_frame_to_the_nearer_one():
    blocks = blocks_of(STTM(grid=(2, 1, 1), overlap=0.5, normalisation="l1"), (20, 8, 8))
    assert [slice_at(blocks, t) for t in (0, 9, 10, 19)] == [(0, 12), (0, 12), (8, 20), (8, 20)]
    assert slice_at([], 3) is None


# words and names ----------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=300))
def test_file_names_are_short_and_safe_and_never_shared(clip):
    stem = file_stem(clip)
    assert 0 < len(stem.encode()) <= 110
    assert not set(stem) & set('/\\:*?"<>|\n\0') and stem.strip(". ") == stem
    assert stem == clip or stem[-7] == "-"
    assert file_stem(clip + "x") != stem


@pytest.mark.parametrize("name", ["CON", "nul.txt", "..", "", " a", "a/b", "a\udcff"])
def test_names_that_systems_refuse_are_changed(name):
    assert file_stem(name) != name and file_stem(name).encode()


def test_text_is_cut_and_wrapped_to_its_room():
    face = font(18)
    long = "word " * 60 + "x" * 300
    assert wide(fitting(long, face, 200), face) <= 200 and "…" in fitting(long, face, 200)
    lines = wrapped(long, face, 200)
    assert all(wide(line, face) <= 200 for line in lines)
    assert wrapped("a b", face, 200) == ["a b"] and wrapped("", face, 9) == []


@given(st.integers(1, 5000), st.integers(0, 300), st.sampled_from([None, 0.5, 23.976, 25.0, 200.0]))
def test_tick_marks_lie_inside_and_are_few(frames, first, fps):
    marks = tick_marks(words(frames, first, fps), frames, 9.0)
    assert len(marks) <= 10 and all(-1e-6 <= at <= frames - 1 + 1e-6 for at, _ in marks)


# the overlay --------------------------------------------------------------------------------------


def test_the_overlay_equals_the_source_outside_the_face(tmp_path):
    clip = scene(width=640, height=400)
    box = (200.0, 100.0, 160.0, 160.0)
    job, recipe = boxed(tmp_path, clip, box=box)
    shown = show_clip(job, recipe, tmp_path)
    video = played(shown.overlay)
    screen = screen_for((400, 640))
    assert (screen.height, screen.width) == (400, 640)  # neither enlarged nor reduced
    assert len(video) == len(clip) == shown.frames
    assert video.shape[1:] == (400 + screen.panel, 640, 3)
    outside = np.ones((400, 640), bool)
    outside[90:270, 190:370] = False
    apart = np.abs(video[:, :400].astype(int) - clip)[:, outside]
    assert apart.mean() < 4  # what the codec loses
    assert open_frames(shown.overlay).fps == pytest.approx(20)


@pytest.mark.parametrize("lean", [0.0, 0.3])
def test_before_the_codec_only_the_crop_and_its_lines_differ(lean):
    signed = np.ones((3, 48, 48))  # change up to the crop's very edge
    overlay, clip, screen = leaning(lean, signed)
    frames = list(overlay_frames(iter(clip), [overlay], words(len(clip)), screen))
    for number, (frame, picture) in enumerate(zip(frames, clip, strict=True)):
        inside = np.zeros((400, 640), np.uint8)
        quad = np.rint(corners(overlay.face, number, screen)).astype(np.int32)
        cv2.fillConvexPoly(inside, quad, 1)
        cv2.polylines(inside, [quad], True, 1, 7)
        cv2.rectangle(inside, (60, 50), (140, 130), 1, 7)
        same = (frame[:400] == picture).all(axis=2)
        assert same[inside == 0].all() and same[inside == 1].mean() < 0.1


def leaning(lean, signed, shrunk=1):
    """A face whose crop leans about the middle of still pictures, the pictures, their screen."""
    height, width = 400 // shrunk, 640 // shrunk
    clip = scene(6, height, width)
    turn = 0.4 * shrunk * np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
    middle = np.array([width / 2, height / 2])
    transform = np.column_stack([turn, np.array([24, 24]) - turn @ middle])
    boxes = np.tile(np.array([60.0, 50, 80, 80]) / shrunk, (6, 1))
    eyes = np.full((6, 2, 2), np.nan)
    volume = np.zeros((6, 48, 48), np.uint8)
    face = FaceClip(
        volume, boxes, np.tile(transform, (6, 1, 1)), eyes, False, 25.0, 1.0, np.arange(6)
    )
    return FaceOverlay(face, signed), clip, screen_for((height, width))


@pytest.mark.parametrize("shrunk", [1, 4])
@pytest.mark.parametrize("lean", [0.0, 0.3, -1.2])
def test_the_map_lies_where_the_crop_was_taken(lean, shrunk):
    signed = np.zeros((3, 48, 48))
    signed[1, 8:12, 30:34] = 1.0
    overlay, clip, screen = leaning(lean, signed, shrunk)
    assert (screen.height, screen.width) == (400, 640)
    frame = list(overlay_frames(iter(clip), [overlay], words(6), screen))[3][:400]
    changed = np.abs(frame.astype(int) - screen.show(clip[3])).sum(axis=2) > 60
    quad = np.rint(corners(overlay.face, 3, screen)).astype(np.int32)
    lines = cv2.polylines(np.zeros((400, 640), np.uint8), [quad], True, 1, 9)
    lines[40:140, 50:150] = 1
    y, x = np.nonzero(changed & (lines == 0))
    shown = np.array([x.mean() + 0.5, y.mean() + 0.5]) / shrunk - 0.5
    np.testing.assert_allclose(apply(overlay.face.transform[3], shown), [31.5, 9.5], atol=0.5)


def test_the_map_follows_the_time_of_the_source():
    signed = np.zeros((3, 48, 48))
    signed[1] = 1.0
    overlay, _, _ = leaning(0.0, signed)
    assert overlay.positions.tolist() == pytest.approx([0, 0.4, 0.8, 1.2, 1.6, 2.0])
    assert overlay.change.tolist() == pytest.approx([0, 0.4, 0.8, 0.8, 0.4, 0])


def test_a_small_picture_is_enlarged_and_a_large_one_reduced():
    assert screen_for((240, 320)).width == 640
    assert screen_for((2160, 3840)).width == 1280
    for size in [(1, 1), (17, 4001), (5000, 31), (361, 289)]:
        screen = screen_for(size)
        assert screen.width % 2 == screen.height % 2 == screen.panel % 2 == 0
        assert 2 <= screen.width <= 1280
        assert screen.show(np.zeros((*size, 3), np.uint8)).shape == (screen.height, screen.width, 3)


@pytest.mark.parametrize("missing", [("avc1",), ("avc1", "mp4v")])
def test_without_a_codec_the_next_one_is_taken(missing, tmp_path, monkeypatch):
    honest = recording_module._write

    def lacking(frames, path, codec, fps):
        if codec in missing:
            raise recording_module._Unfit
        return honest(frames, path, codec, fps)

    monkeypatch.setattr(recording_module, "_write", lacking)
    job, recipe = boxed(tmp_path, scene())
    shown = show_clip(job, recipe, tmp_path / "out")
    assert shown.overlay.suffix == (".mp4" if len(missing) == 1 else ".avi")
    assert len(played(shown.overlay)) == 9
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_a_codec_that_loses_frames_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(recording_module, "_whole", lambda *_: False)
    frames = np.zeros((3, 32, 32, 3), np.uint8)
    with pytest.raises(InputError, match="could not be written in full"):
        recording_module.record(lambda: iter(frames), tmp_path / "film", 25.0)
    assert list(tmp_path.iterdir()) == []


def test_reading_back_sees_lost_frames_wrong_rates_and_broken_pictures(tmp_path):
    frames = np.repeat(np.full((1, 64, 64, 3), 120, np.uint8), 5, axis=0)
    film = recording_module.record(lambda: iter(frames), tmp_path / "film", 25.0)
    assert film.frames == 5
    whole = recording_module._whole
    assert whole(film.path, frames[0], 5, 25.0)
    assert not whole(film.path, frames[0], 6, 25.0)
    assert not whole(film.path, frames[0], 5, 30.0)
    assert not whole(film.path, frames[0] // 2, 5, 25.0)
    assert not whole(tmp_path / "absent.mp4", frames[0], 5, 25.0)


# the whole way ------------------------------------------------------------------------------------


def test_two_frames_are_enough(tmp_path):
    job, recipe = boxed(tmp_path, scene(6)[1:3], time=TimeSettings("resample", 20))
    shown = show_clip(job, recipe, tmp_path)
    assert shown.frames == 2 and len(played(shown.overlay)) == 2
    assert cv2.imread(str(shown.strip)).shape[1] == 1600


def test_one_frame_is_enough_for_a_static_descriptor_only(tmp_path):
    job, recipe = boxed(tmp_path, scene(1))
    with pytest.raises(ClipTooShort, match="at least 2 frames"):
        show_clip(job, recipe, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    shown = show_clip(job, replace(recipe, descriptor=StaticLBP(grid=(1, 4, 4))), tmp_path / "out")
    assert shown.frames == 1 and len(played(shown.overlay)) == 1


@pytest.mark.parametrize("name", [n for n in DESCRIPTORS if n != "sttm"])
def test_every_descriptor_can_be_shown(name, tmp_path):
    job, recipe = boxed(tmp_path, scene(12))
    recipe = replace(recipe, descriptor=build({"name": name}))
    shown = show_clip(job, recipe, tmp_path, video=False)
    assert shown.overlay is None and shown.codec == "" and shown.strongest


def test_long_and_odd_names_are_shown_and_stored(tmp_path):
    name = "Zoë/笑顔 $x^2$\n" + "長" * 200
    job, recipe = boxed(tmp_path, scene(), name)
    shown = show_clip(job, recipe, tmp_path / "ö ü")
    assert shown.strip.parent == shown.overlay.parent == tmp_path / "ö ü"
    assert shown.strip.name.startswith("Zoë_笑顔") and len(shown.strip.name.encode()) < 255
    assert len(played(shown.overlay)) == 9


def test_the_same_clip_gives_the_same_strip(tmp_path):
    job, recipe = boxed(tmp_path, scene())
    once = show_clip(job, recipe, tmp_path / "a", video=False).strip.read_bytes()
    again = show_clip(job, recipe, tmp_path / "b", video=False).strip.read_bytes()
    assert once == again
    noted = show_clip(job, recipe, tmp_path / "c", video=False, note="drawn").strip.read_bytes()
    assert noted != once


def test_the_video_says_the_note_too(tmp_path):
    overlay, clip, screen = leaning(0.0, np.ones((3, 48, 48)))
    panels = []
    for note in ("", "Drawn face.", "Drawn face, " + "a long story, " * 40):
        caption = replace(words(6), note=note)
        panels.append(next(overlay_frames(iter(clip), [overlay], caption, screen))[400:])
    assert (panels[0] != panels[1]).any() and (panels[1] != panels[2]).any()
    clock = slice(screen.width - 90, None)
    assert (panels[0][:, clock] == panels[2][:, clock]).all()  # cut before it reaches the clock


def test_without_a_face_no_file_is_left(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (4, 90, 90), np.uint8)
    np.save(tmp_path / "noise.npy", noise)
    with pytest.raises(NoFace):
        job = Job("noise", tmp_path / "noise.npy", None, None, None)
        show_clip(job, Recipe(STTM()), tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["noise.npy"]


def test_a_file_in_the_place_of_the_folder_is_one_sentence(tmp_path):
    job, recipe = boxed(tmp_path, scene())
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError):
        show_clip(job, recipe, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


def test_all_faces_are_shown_the_largest_first(tmp_path):
    settings = DrawnSettings(frames=12, noise=1.0)
    left = draw_clip(settings, 3, "happiness", 0).frames
    right = draw_clip(settings, 0, "surprise", 0).frames
    small = np.stack([cv2.resize(f, None, fx=0.75, fy=0.75) for f in right])
    side = np.full((12, left.shape[1], small.shape[2], 3), 128, np.uint8)
    side[:, : small.shape[1]] = small
    np.save(tmp_path / "two.npy", np.concatenate([left, side], axis=2))
    job = Job("two", tmp_path / "two.npy", None, None, None)
    shown = show_clip(job, Recipe(STTM(), FaceSettings(faces="all")), tmp_path / "out")
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == [shown.overlay.name, "two-strip-2.png", "two-strip.png"]
    assert [p.name for p in shown.others] == ["two-strip-2.png"]
    assert shown.fps is None and shown.eyes_found and len(played(shown.overlay)) == 12


@pytest.mark.skipif(not CLIPS.is_dir(), reason="the real clips are not here")
def test_a_talking_face_changes_at_mouth_and_eyes(tmp_path):
    job = Job("lbax4n", CLIPS / "lbax4n.mpg", 10, 49, None)
    shown = show_clip(job, Recipe(STTM()), tmp_path)
    assert (shown.frames, shown.fps, shown.eyes_found) == (40, pytest.approx(25), True)
    assert len(played(shown.overlay)) == 40 and len(shown.strongest) == 16
    best = max(shown.strongest, key=lambda b: b.strength)
    assert best.y[0] >= 90 and 30 <= best.x[0] <= 90  # the mouth
