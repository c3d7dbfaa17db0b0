"""Finding the clips below a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from frames_material import drawn, real_clips, write_folder, write_image

from sttm.errors import InputError
from sttm.frames import list_clips, open_frames

PICTURES = drawn(3)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Videos, sequences of images, stray files, hidden files and links in a circle."""
    root = tmp_path / "study"
    for name in ("s2/a.mp4", "s10/b.AVI", "s10/c.mpg", "s10/.d.mp4", "s10/notes.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    np.save(root / "array.npy", np.zeros((2, 3, 4), np.uint8))
    write_folder(root / "s2" / "happy", PICTURES)
    write_folder(root / "s2" / "happy" / "deeper", PICTURES)
    (root / "s2" / "happy" / ".DS_Store").touch()
    write_folder(root / ".cache", PICTURES)
    (root / "s1").mkdir()
    write_image(root / "s1" / "portrait.png", PICTURES[0])
    (root / "s1" / "._portrait.png").touch()
    return root


def names(paths: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def test_clips_in_natural_order(tree: Path) -> None:
    clips, skipped = list_clips(tree)
    assert names(clips, tree) == [
        "array.npy",
        "s2/a.mp4",
        "s2/happy",
        "s2/happy/deeper",
        "s10/b.AVI",
        "s10/c.mpg",
    ]
    assert [(p.name, why) for p, why in skipped] == [
        ("portrait.png", "a single image is no clip"),
        ("notes.txt", "neither video nor image"),
    ]


def test_stills(tree: Path) -> None:
    clips, skipped = list_clips(tree, stills=True)
    found = names(clips, tree)
    assert "s1/portrait.png" in found and "s2/happy/img2.png" in found
    assert "s2/happy" not in found and "s1/._portrait.png" not in found
    assert [p.name for p, _ in skipped] == ["notes.txt"]


def test_without_subfolders(tree: Path) -> None:
    assert names(list_clips(tree, recursive=False)[0], tree) == ["array.npy"]
    assert names(list_clips(tree / "s2", recursive=False)[0], tree) == ["s2/a.mp4", "s2/happy"]
    clips, skipped = list_clips(tree / "s2" / "happy", recursive=False)
    assert names(clips, tree) == ["s2/happy", "s2/happy/deeper"] and not skipped


def test_a_stray_file_in_a_sequence_is_reported(tree: Path) -> None:
    (tree / "s2" / "happy" / "readme.md").touch()
    assert [p.name for p, _ in list_clips(tree / "s2")[1]] == ["readme.md"]


def test_a_link_upwards_is_not_followed(tree: Path) -> None:
    below = tree / "s2"
    before = list_clips(below)
    (below / "up").symlink_to(tree, target_is_directory=True)
    (below / "further-up").symlink_to(tree.parent, target_is_directory=True)
    assert list_clips(below) == before


def test_links_in_a_circle(tree: Path) -> None:
    before = list_clips(tree)
    try:
        (tree / "s2" / "up").symlink_to(tree, target_is_directory=True)
        (tree / "s10" / "self").symlink_to(tree / "s10", target_is_directory=True)
        (tree / "s10" / "dangling.mp4").symlink_to(tree / "none.mp4")
    except OSError:
        pytest.skip("this system makes no symbolic links")
    clips, skipped = list_clips(tree)
    assert clips == before[0]
    assert ("dangling.mp4", "a link that leads nowhere") in [(p.name, why) for p, why in skipped]


def test_a_linked_folder_is_found_once(tree: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "elsewhere", PICTURES)
    for name in ("one", "two"):
        (tree / name).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    found = names(list_clips(tree)[0], tree)
    assert ("one" in found) + ("two" in found) == 1


def test_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "none", tmp_path / "file"):
        with pytest.raises(InputError, match=path.name):
            list_clips(path)
    assert list_clips(tmp_path)[0] == []


def test_a_folder_without_permission_is_reported(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Path.iterdir

    def guarded(self: Path):  # type: ignore[no-untyped-def]
        if self.name == "s10":
            raise PermissionError(13, "Permission denied")
        return honest(self)

    monkeypatch.setattr(Path, "iterdir", guarded)  # root may read everything
    clips, skipped = list_clips(tree)
    assert "s2/a.mp4" in names(clips, tree) and "s10/b.AVI" not in names(clips, tree)
    assert (tree / "s10", "cannot be read: Permission denied") in skipped


def test_the_real_clips() -> None:
    expected = real_clips()
    clips, skipped = list_clips(expected[0].parent)
    assert set(clips) == set(expected)
    assert [p.name for p, _ in skipped] == ["SOURCES.md"]
    assert open_frames(clips[0]).size[0] > 0
