"""Image files: order, formats, sizes, damage."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from frames_material import cut, drawn, grey_of, write_folder, write_image
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sttm.errors import InputError, UnreadableClip
from sttm.frames import FolderFrames, FramesLost, open_frames, to_grey, to_rgb
from sttm.frames.images import decode_image, is_complete, read_image, sound_png
from sttm.frames.naming import natural_key

CLIP = drawn(12)
PICTURE = CLIP[3]
GREY = PICTURE[..., 0].copy()


# order ------------------------------------------------------------------------------------------


def test_numeric_order(tmp_path: Path) -> None:
    write_folder(tmp_path, CLIP)  # img1 ... img12, without zeros
    np.testing.assert_array_equal(open_frames(tmp_path).volume(), grey_of(CLIP))


def test_natural_order_on_the_whole_name() -> None:
    names = ["s10_f2", "s2_f10", "s2_f9", "S2_f1", "b", "s2", "s02_f9", "9", "10"]
    expected = ["9", "10", "b", "s2", "S2_f1", "s02_f9", "s2_f9", "s2_f10", "s10_f2"]
    assert sorted(names, key=natural_key) == expected


@given(st.lists(st.text(alphabet="aA0129._-é٣²", max_size=8)))
def test_natural_order_is_one_order(names: list[str]) -> None:
    once = sorted(names, key=natural_key)
    assert sorted(set(names), key=natural_key) == list(dict.fromkeys(once))
    assert all(natural_key(a) != natural_key(b) for a in set(names) for b in set(names) - {a})


def test_only_images_count(tmp_path: Path) -> None:
    write_folder(tmp_path, CLIP[:3], "f{}.PNG")
    for name in (".DS_Store", "Thumbs.db", "._f1.png", ".hidden.png", "notes.txt", "f1.png.bak"):
        (tmp_path / name).write_bytes(b"no image")
    write_folder(tmp_path / "sub.png", CLIP[:2])
    assert len(open_frames(tmp_path)) == 3


def test_a_list_of_files_keeps_its_order(tmp_path: Path) -> None:
    write_folder(tmp_path, CLIP)
    frames = FolderFrames([tmp_path / "img10.png", tmp_path / "img2.png"], colour=True)
    np.testing.assert_array_equal(frames.volume(), CLIP[[9, 1]])
    with pytest.raises(UnreadableClip, match="empty"):
        FolderFrames([])


# refusals ---------------------------------------------------------------------------------------


def test_mixed_sizes_are_refused_by_name(tmp_path: Path) -> None:
    write_folder(tmp_path, CLIP)
    write_image(tmp_path / "img7.png", CLIP[6][:40, :50])
    write_image(tmp_path / "img9.png", CLIP[8][:10, :10])
    with pytest.raises(InputError, match=r"img7\.png.* 50 x 40 .* 64 x 48"):
        open_frames(tmp_path).volume()
    with pytest.raises(InputError, match=r"img9\.png"):
        open_frames(tmp_path)[8]
    assert len(open_frames(tmp_path, last=5).volume()) == 6


def test_a_folder_without_images(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UnreadableClip, match="must hold images") as caught:
        open_frames(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_bad_images_are_named(tmp_path: Path) -> None:
    for name, data in (("empty.png", b""), ("text.jpg", b"hello" * 9)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UnreadableClip, match=name):
            open_frames(tmp_path / name)


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, CLIP[:2])

    def denied(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)  # root may read everything
    with pytest.raises(UnreadableClip, match="Permission denied"):
        open_frames(tmp_path)


# damage -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp"])
@pytest.mark.parametrize("broken", [4, 11])
def test_a_broken_image_ends_the_clip(suffix: str, broken: int, tmp_path: Path) -> None:
    write_folder(tmp_path, CLIP, f"img{{}}.{suffix}")
    whole = open_frames(tmp_path).volume()
    path = tmp_path / f"img{broken + 1}.{suffix}"
    cut(path, path, 0.0 if suffix == "bmp" else 0.7)
    frames = open_frames(tmp_path)
    with pytest.warns(FramesLost, match=f"{12 - broken} of 12 frames") as told:
        assert len(frames) == broken
        np.testing.assert_array_equal(frames.volume(), whole[:broken])
        np.testing.assert_array_equal(frames[-1], whole[broken - 1])
        with pytest.raises(IndexError):
            frames[broken]
    assert frames.lost == 12 - broken and len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_frames(tmp_path, last=broken - 1).volume().shape[0] == broken


def test_damage_that_only_decoding_shows(tmp_path: Path) -> None:
    write_folder(tmp_path, CLIP, "{}.webp")
    cut(tmp_path / "5.webp", tmp_path / "5.webp", 0.5)
    for number in (4, 9):
        frames = open_frames(tmp_path)
        with pytest.warns(FramesLost):
            assert len(frames.volume()) == len(frames) == 4
        with pytest.raises(IndexError):
            frames[number]


@pytest.mark.parametrize("share", np.linspace(0, 0.999, 23))
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_cut_images_are_seen_without_decoding(suffix: str, share: float) -> None:
    data = cv2.imencode(suffix, PICTURE)[1].tobytes()
    assert is_complete(data)
    assert not is_complete(data[: int(len(data) * share)])


def test_a_thumbnail_does_not_pass_for_the_end() -> None:
    thumbnail, data = (cv2.imencode(".jpg", p)[1].tobytes() for p in (PICTURE[:16, :16], PICTURE))
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    data = data[:2] + segment + data[2:]
    assert is_complete(data) and not is_complete(data[: int(len(data) * 0.9)])


# formats ----------------------------------------------------------------------------------------


def saved(picture: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    return exif


LOSSLESS = {
    "png": saved(PICTURE, "PNG"),
    "alpha": saved(np.dstack([PICTURE, GREY]), "PNG"),
    "png 16": cv2.imencode(".png", PICTURE[..., ::-1].astype(np.uint16) * 256 + 7)[1].tobytes(),
    "tiff": saved(PICTURE, "TIFF"),
    "tiff lzw": saved(PICTURE, "TIFF", compression="tiff_lzw"),
    "bmp": saved(PICTURE, "BMP"),
    "ppm": saved(PICTURE, "PPM"),
    "webp": saved(PICTURE, "WEBP", lossless=True),
    "tga": saved(PICTURE, "TGA"),
    "pcx": saved(PICTURE, "PCX"),
}
LOSSLESS_GREY = {
    "png": saved(GREY, "PNG"),
    "png 16": saved((GREY.astype(np.uint16) << 8) | 99, "PNG"),
    "tiff": saved(GREY, "TIFF"),
    "tiff 16": saved((GREY.astype(np.uint16) << 8) | 99, "TIFF"),
    "tiff float": saved(GREY.astype(np.float32), "TIFF"),
    "pgm": saved(GREY, "PPM"),
    "bmp": saved(GREY, "BMP"),
    "grey alpha": saved(np.dstack([GREY, GREY[::-1]]), "PNG"),
    "pcx": saved(GREY, "PCX"),
}


@pytest.mark.parametrize("kind", LOSSLESS)
def test_colour_formats(kind: str) -> None:
    picture = decode_image(LOSSLESS[kind])
    assert picture is not None and picture.dtype == np.uint8
    np.testing.assert_array_equal(to_rgb(picture), PICTURE)


@pytest.mark.parametrize("kind", LOSSLESS_GREY)
def test_grey_formats(kind: str) -> None:
    picture = decode_image(LOSSLESS_GREY[kind])
    assert picture is not None and picture.dtype == np.uint8
    np.testing.assert_array_equal(to_grey(picture), GREY)


def test_palette_and_cmyk_and_gif() -> None:
    few = Image.fromarray(PICTURE).quantize(16)
    expected = np.asarray(few.convert("RGB"))
    for kind in ("PNG", "GIF", "TIFF"):
        np.testing.assert_array_equal(to_rgb(decode_image(saved(few, kind))), expected)
    ink = Image.fromarray(PICTURE).convert("CMYK")
    picture = to_rgb(decode_image(saved(ink, "JPEG", quality=95))).astype(int)
    assert np.abs(picture - PICTURE).mean() < 5


def test_one_bit() -> None:
    picture = decode_image(saved(GREY > 128, "PNG"))
    np.testing.assert_array_equal(to_grey(picture), np.where(GREY > 128, 255, 0))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_rotation_by_exif(kind: str) -> None:
    options = {"quality": 100} if kind == "JPEG" else {}
    straight = decode_image(saved(PICTURE, kind, **options))
    rotated = decode_image(saved(PICTURE, kind, exif=turned(), **options))
    np.testing.assert_array_equal(rotated, np.rot90(straight, -1))


def test_floats_outside_grey_levels_are_refused() -> None:
    for value in (-1.0, 256.0, np.nan):
        wrong = GREY.astype(np.float32)
        wrong[0, 0] = value
        assert decode_image(saved(wrong, "TIFF")) is None


def test_odd_paths(tmp_path: Path) -> None:
    for name in ("лицо ☺ 顔.png", "a:b%03d*[1].png", "x" * 240 + ".png"):
        picture = read_image(write_image(tmp_path / name, PICTURE))
        np.testing.assert_array_equal(to_rgb(picture), PICTURE)
    assert read_image(tmp_path / "none.png") is None


def test_grey_and_colour_files_mix(tmp_path: Path) -> None:
    write_image(tmp_path / "1.png", PICTURE)
    write_image(tmp_path / "2.png", GREY)
    assert open_frames(tmp_path).volume().shape == (2, 48, 64)
    np.testing.assert_array_equal(open_frames(tmp_path)[1], GREY)
    np.testing.assert_array_equal(open_frames(tmp_path, colour=True)[1], to_rgb(GREY))


# images that nobody wants -----------------------------------------------------------------------


def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []

    def read(path: Path) -> np.ndarray | None:
        seen.append(path.name)
        return read_image(path)

    monkeypatch.setattr("sttm.frames.folder.read_image", read)
    return seen


def some(place: Path, wanted: set[int]) -> tuple[list[np.ndarray | None], int]:
    with FolderFrames(place) as frames, warnings.catch_warnings():
        warnings.simplefilter("ignore", FramesLost)
        return list(frames.iter_some(wanted.__contains__)), frames.lost


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp"])
def test_only_wanted_pngs_are_decoded_and_all_are_counted(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path, CLIP[:6], f"{{}}.{suffix}")
    whole, _ = some(tmp_path, set(range(6)))
    seen = decoded(monkeypatch)
    found, lost = some(tmp_path, {0, 3})
    assert [f is not None for f in found] == [True, False, False, True, False, False] and not lost
    assert all(np.array_equal(found[n], whole[n]) for n in (0, 3))
    assert len(seen[1:]) == (2 if suffix == "png" else 6)


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_broken_image_that_nobody_wants_ends_the_clip_all_the_same(
    suffix: str, tmp_path: Path
) -> None:
    write_folder(tmp_path, CLIP[:5], f"{{}}.{suffix}")
    cut(tmp_path / f"3.{suffix}", tmp_path / f"3.{suffix}", 0.7)
    found, lost = some(tmp_path, {0, 4})
    assert len(found) == 2 and lost == 3


def test_an_image_of_another_size_that_nobody_wants_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, CLIP[:3], "{}.png")
    write_image(tmp_path / "2.png", CLIP[1, :-2])
    with pytest.raises(InputError, match="must have one size"):
        some(tmp_path, {0, 2})


def test_a_png_that_exif_turns_is_decoded_to_know_its_size(tmp_path: Path) -> None:
    write_folder(tmp_path, CLIP[:3], "{}.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.fromarray(CLIP[1]).save(tmp_path / "2.png", exif=exif)
    data = (tmp_path / "2.png").read_bytes()
    assert b"eXIf" in data and sound_png(data) is None
    assert sound_png((tmp_path / "1.png").read_bytes()) == CLIP.shape[1:3]
