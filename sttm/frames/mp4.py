"""What an MP4 or QuickTime file says of being trimmed (ISO/IEC 14496-12, boxes).

A telephone trims a video by an *edit list*: the file keeps and counts all frames and asks players
to show some. Those that are not shown are not lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

LARGEST_HEADER = 1 << 26
SLACK = 0.1  # seconds: edit lists that only shift for B-frames end within a few frames


def is_trimmed(path: Path) -> bool:
    """Return whether a video track shows less than it holds; False for what is no MP4 file."""
    try:
        header = _movie_header(path)
    except OSError:
        return False
    movie_rate = _clock(header, b"mvhd")[0]
    for kind, track in _boxes(header):
        if kind == b"trak" and b"vide" in track and b"elst" in track and movie_rate:
            rate, length = _clock(track, b"mdhd")
            if rate and _shown(track) / movie_rate < length / rate - SLACK:
                return True
    return False


def _movie_header(path: Path) -> bytes:
    """Return the content of the ``moov`` box, or nothing."""
    with path.open("rb") as file:
        while len(head := file.read(16)) == 16:
            size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], 8
            if size == 1:  # a 64-bit size follows
                size, body = int.from_bytes(head[8:], "big"), 16
            if size < body:
                break
            file.seek(body - 16, 1)
            if kind == b"moov":
                return file.read(min(size - body, LARGEST_HEADER))
            file.seek(size - body, 1)
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _clock(data: bytes, kind: bytes) -> tuple[int, int]:
    """Return ticks per second and length in ticks from the first ``mvhd`` or ``mdhd``."""
    at = data.find(kind) + 4
    if at < 4 or at + 32 > len(data):
        return 0, 0
    wide = 8 if data[at] == 1 else 4
    rate = at + 4 + 2 * wide
    ticks = data[rate + 4 : rate + 4 + wide]
    return int.from_bytes(data[rate : rate + 4], "big"), int.from_bytes(ticks, "big")


def _shown(track: bytes) -> int:
    """Return the length of all edits that show something, in ticks of the movie."""
    at = track.find(b"elst") + 4
    wide = 8 if track[at : at + 1] == b"\1" else 4
    count = int.from_bytes(track[at + 4 : at + 8], "big")
    total = 0
    for entry in range(at + 8, min(at + 8 + count * (2 * wide + 4), len(track)), 2 * wide + 4):
        start = int.from_bytes(track[entry + wide : entry + 2 * wide], "big", signed=True)
        if start >= 0:  # -1 is an empty edit: nothing is shown
            total += int.from_bytes(track[entry : entry + wide], "big")
    return total
