"""One open video that knows which frame it stands on, and what its header promises."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..errors import UnreadableClip
from .quiet import quiet, quiet_ffmpeg

HEAD_BYTES = 1 << 16
# with several threads FFmpeg mends damaged frames differently from run to run; the workers of a
# batch have a core each anyway
SETTINGS = [cv2.CAP_PROP_N_THREADS, 1]
PLAYLISTS = (b"#EXTM3U", b"ffconcat")
# how a container's frame count came about
COUNTED = "counted"  # listed frame by frame in an index
TIMED = "timed"  # from a duration in the header, which outlives a cut
GUESSED = "guessed"  # from whatever is in the file: never proof of a loss


class Decoder:
    """Frames of a video, forwards: ``at`` is the number of the frame that was grabbed last.

    Nothing here raises for a broken stream: it ends.
    """

    def __init__(self, path: Path) -> None:
        # an absolute path, so that FFmpeg takes "a:b.mp4" for a file and not for a protocol
        with quiet_ffmpeg():
            self._capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG, SETTINGS)
            self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        self.at = -1
        self.grab()

    def grab(self) -> bool:
        """Decode the next frame; False at the end or where the stream breaks."""
        try:
            if not self._capture.grab():
                return False
        except cv2.error:
            return False
        self.at += 1
        return True

    def picture(self) -> np.ndarray | None:
        """Return the frame that was grabbed last as uint8 grey or BGR, or None."""
        if self.at < 0:
            return None
        try:
            done, picture = self._capture.retrieve()
        except cv2.error:
            return None
        return picture if done and picture is not None and picture.size else None

    def seek(self, milliseconds: float) -> bool:
        """Jump near a time and grab one frame there; ``at`` must be set by the caller."""
        try:
            with quiet():
                self._capture.set(cv2.CAP_PROP_POS_MSEC, milliseconds)
        except cv2.error:
            return False
        return self.grab()

    @property
    def time(self) -> float:
        """Time stamp of the frame that was grabbed last, in milliseconds."""
        return float(self._capture.get(cv2.CAP_PROP_POS_MSEC))

    @property
    def fps(self) -> float:
        """What the container says, sane or not."""
        return float(self._capture.get(cv2.CAP_PROP_FPS))

    @property
    def announced(self) -> int:
        """The container's number of frames; 0 where it is unknown or absurd."""
        count = float(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        return int(count) if 0 < count < 1e9 else 0

    def close(self) -> None:
        """Free the file."""
        self._capture.release()


def read_head(path: Path) -> bytes:
    """Return the first bytes of a video file, or refuse what cannot be one."""
    try:
        if not path.is_file():
            what = "does not exist" if not path.exists() else "is not a regular file"
            raise UnreadableClip(f"a clip must be a readable video file; {path} {what}.")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise UnreadableClip(
            f"a clip must be a readable video file; {path} is not: {error.strerror}."
        ) from error
    if not head:
        raise UnreadableClip(f"a clip must hold video; {path} is empty (0 bytes).")
    if head.lstrip().startswith(PLAYLISTS):
        raise UnreadableClip(f"a clip must hold video; {path} is a playlist: give its files.")
    return head


def kind_of_count(head: bytes) -> str:
    """Return how far a container's frame count can be trusted, from its first bytes.

    >>> kind_of_count(b"RIFF....AVI LIST"), kind_of_count(bytes([0, 0, 1, 0xBA]))
    ('counted', 'guessed')
    """
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return COUNTED
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return GUESSED if b"mvex" in head else COUNTED  # fragments have no common index
    if head.startswith((b"\x1aE\xdf\xa3", b"FLV", b"0&\xb2u")):  # Matroska/WebM, FLV, ASF
        return TIMED
    return GUESSED
