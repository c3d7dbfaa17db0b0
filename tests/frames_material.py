"""Material for the tests of sttm.frames: small clips in every form, and ways to damage them."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest

CLIPS = Path(__file__).parents[1].parent / "shared" / "clips"
HEIGHT, WIDTH = 48, 64


def real_clips() -> list[Path]:
    """The real clips, or a skip with a reason where they are absent."""
    found = sorted([*CLIPS.glob("*.mpg"), *CLIPS.glob("*.mp4")])
    if not found:
        pytest.skip("the real clips (shared/clips) are not on this machine")
    return found


def drawn(frames: int = 12, seed: int = 0) -> np.ndarray:
    """A moving, coloured, smooth clip, RGB (t, y, x, 3) uint8, in which no two frames are alike."""
    rng = np.random.default_rng(seed)
    base = cv2.resize(rng.integers(0, 255, (6, 8, 3), np.uint8), (WIDTH, HEIGHT))
    clip = np.stack([np.roll(base, t, axis=1) for t in range(frames)])
    for t in range(frames):
        clip[t, :4, : 1 + t % WIDTH] = 255 - t // WIDTH * 40
    return clip


def grey_of(clip: np.ndarray) -> np.ndarray:
    """RGB (t, y, x, 3) -> grey (t, y, x) by OpenCV's own weights."""
    return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in clip])


def write_video(path: Path, clip: np.ndarray, codec: str, fps: float = 25.0) -> Path:
    """Write RGB (t, y, x, 3) as a video; skips where this OpenCV has no such encoder."""
    size = (clip.shape[2], clip.shape[1])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), fps, size)
    if not writer.isOpened():
        pytest.skip(f"this OpenCV cannot write {codec} into {path.suffix}")
    for frame in clip:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def write_folder(folder: Path, clip: np.ndarray, name: str = "img{}.png") -> Path:
    """Write RGB (t, y, x, 3) or grey (t, y, x) as numbered images, from 1, without zeros."""
    folder.mkdir(parents=True, exist_ok=True)
    for t, frame in enumerate(clip, start=1):
        write_image(folder / name.format(t), frame)
    return folder


def write_image(path: Path, frame: np.ndarray) -> Path:
    """Write one RGB or grey image; any path that Python opens will do."""
    native = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)
    path.write_bytes(cv2.imencode(path.suffix, native)[1].tobytes())
    return path


def boxes(data: bytes, start: int, stop: int) -> dict[bytes, tuple[int, int]]:
    """Where the boxes of an MP4 file lie between two offsets: kind -> (start, stop)."""
    found = {}
    while start + 8 <= stop:
        size = int.from_bytes(data[start : start + 4], "big")
        found[bytes(data[start + 4 : start + 8])] = (start, start + size)
        start += size
    return found


def box_chain(data: bytes, kinds: list[bytes]) -> list[int]:
    """Offsets of nested MP4 boxes, outermost first."""
    offsets, start, stop = [], 0, len(data)
    for kind in kinds:
        at, stop = boxes(data, start, stop)[kind]
        offsets.append(at)
        start = at + 8
    return offsets


def turn_mp4(path: Path) -> None:
    """Ask in an MP4 file's header for a quarter turn, as telephones do."""
    data = bytearray(path.read_bytes())
    track = box_chain(data, [b"moov", b"trak", b"tkhd"])[-1]
    one, zero, minus = (v.to_bytes(4, "big", signed=True) for v in (1 << 16, 0, -(1 << 16)))
    unit = (1 << 30).to_bytes(4, "big")
    data[track + 48 : track + 84] = b"".join([zero, one, zero, minus, zero, zero, zero, zero, unit])
    path.write_bytes(data)


def vary_rate(path: Path, lengths: list[float]) -> None:
    """Give frame i of an MP4 file ``lengths[i]`` times the length that it had.

    They must be 1 on average: the clip stays as long as its header says.
    The header must lie at the end of the file, where OpenCV writes it: offsets stay right.
    """
    data = bytearray(path.read_bytes())
    chain = [b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"]
    offsets = box_chain(data, chain)
    assert offsets[0] > boxes(data, 0, len(data))[b"mdat"][0]
    table = offsets[-1]
    old = int.from_bytes(data[table : table + 4], "big")
    unit = int.from_bytes(data[table + 20 : table + 24], "big")
    entries = b"".join((1).to_bytes(4, "big") + int(n * unit).to_bytes(4, "big") for n in lengths)
    fresh = data[table + 4 : table + 12] + len(lengths).to_bytes(4, "big") + entries
    data[table : table + old] = (len(fresh) + 4).to_bytes(4, "big") + fresh
    for at in offsets[:-1]:
        size = int.from_bytes(data[at : at + 4], "big") + len(fresh) + 4 - old
        data[at : at + 4] = size.to_bytes(4, "big")
    path.write_bytes(data)


def trim_mp4(path: Path, share: float) -> None:
    """Show only the first ``share`` of an MP4 file by its edit list, as telephones trim."""
    data = bytearray(path.read_bytes())
    at = box_chain(data, [b"moov", b"trak", b"edts", b"elst"])[-1] + 16
    shown = int(share * int.from_bytes(data[at : at + 4], "big"))
    data[at : at + 4] = shown.to_bytes(4, "big")
    path.write_bytes(data)


def cut(path: Path, to: Path, share: float) -> Path:
    """Copy the first ``share`` of a file's bytes."""
    data = path.read_bytes()
    to.write_bytes(data[: int(len(data) * share)])
    return to


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut a file, or overwrite single bytes or a stretch of it."""
    out = bytearray(data)
    kind = rng.integers(3)
    if kind == 0:
        return bytes(out[: rng.integers(len(out))])
    if kind == 1:
        for at in rng.integers(0, len(out), rng.integers(1, 40)):
            out[at] = rng.integers(256)
        return bytes(out)
    start = int(rng.integers(len(out)))
    stop = min(start + int(rng.integers(1, 2000)), len(out))
    out[start:stop] = rng.bytes(stop - start)
    return bytes(out)


def read_damaged(folder: str, rounds: int) -> None:
    """Read damaged copies of every file in ``folder``; run in a process of its own.

    Prints how often which outcome came. Anything but frames or an InputError is a traceback.
    """
    from sttm.errors import InputError
    from sttm.frames import FramesLost, open_frames

    warnings.simplefilter("error")
    warnings.simplefilter("ignore", FramesLost)
    outcomes: dict[str, int] = {}
    for path in Path(folder).glob("whole.*"):
        assert len(open_frames(path)) > 0
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        for path in sorted(Path(folder).glob("whole.*")):
            copy = path.with_name(f"damaged{path.suffix}")
            copy.write_bytes(damaged(path.read_bytes(), rng))
            try:
                with open_frames(copy) as frames:
                    count = sum(frame.shape == frames.size for frame in frames)
                    assert count == len(frames)
                    assert frames[int(rng.integers(count))].shape == frames.size
                    outcome = "lost" if frames.lost else "whole"
            except InputError as error:
                assert copy.name in str(error)
                outcome = type(error).__name__
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    print(outcomes)


if __name__ == "__main__":
    read_damaged(sys.argv[1], int(sys.argv[2]))
