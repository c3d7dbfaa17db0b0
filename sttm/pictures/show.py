"""``show_clip``: one clip, seen as a descriptor sees it, as a strip (PNG) and an overlay video."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..atomic import replacing
from ..extract import Job, Recipe, crop_clip
from ..faces import FaceClip
from ..frames import open_frames
from .maps import Block, blocks_of, seen_volume, shown_scale, signed_root, strongest_blocks
from .overlay import FaceOverlay, overlay_frames, screen_for
from .recording import NAMES, Recorded, record
from .strip import chosen_frames, strip_image
from .words import Caption, caption

ASSUMED_FPS = 25.0  # where nobody knows the rate
LONGEST = 100  # bytes of a clip's name in a file name
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What ``show_clip`` wrote and saw.

    Attributes
    ----------
    strip : Path
        The strip of the largest face.
    overlay : Path or None
        The overlay video of all faces.
    frames : int
        Frames of the source, and of the overlay.
    fps : float or None
        Of the source; None where nobody knows (the overlay then runs at 25).
    eyes_found : bool
        Of the largest face.
    strongest : list of Block
        Of the largest face: time slice after time slice, strongest first.
    codec : str
        Of the overlay, in words; empty without one.
    others : list of Path
        Strips of further faces.
    lost : int
        Announced frames of the source that could not be decoded.
    """

    strip: Path
    overlay: Path | None
    frames: int
    fps: float | None
    eyes_found: bool
    strongest: list[Block]
    codec: str
    others: list[Path]
    lost: int


@dataclass(frozen=True, slots=True, eq=False)
class _Face:
    """One face of the clip with everything that is drawn of it."""

    face: FaceClip
    volume: np.ndarray
    signed: np.ndarray
    blocks: list[Block]
    strongest: list[Block]
    caption: Caption


def show_clip(
    job: Job,
    recipe: Recipe,
    folder: Path,
    *,
    columns: int = 8,
    video: bool = True,
    note: str = "",
) -> Shown:
    """Draw what ``recipe`` sees of a clip into ``folder``.

    Writes ``CLIP-strip.png``, with several faces also ``CLIP-strip-2.png`` ..., and
    ``CLIP-overlay.mp4`` (``.avi`` where OpenCV writes no MP4). Each file is there in full or not
    at all, and nothing is written before the face was found.

    Parameters
    ----------
    job : Job
        The clip.
    recipe : Recipe
        Descriptor, face and time settings. Of a concatenation the first STTM is shown, else the
        first member; of any descriptor but STTM the map is that of the default scale.
    folder : Path
        Made where it is missing.
    columns : int
        Most frames in the strip, 1 to 24.
    video : bool
        Whether the overlay is drawn too; it decodes the clip a second time.
    note : str
        A line for the head of the strip, for example that the faces are drawn.

    Raises
    ------
    InputError
        ``NoFace``, ``UnreadableClip`` and ``ClipTooShort`` as for ``extract``; for a folder that
        may not be written to.
    """
    folder = Path(folder)
    chosen_frames(1, [], columns)  # refuse a wrong number before the work
    cropped = crop_clip(job, recipe, whole=True)
    faces = [
        _look(job, recipe, face, number, note) for number, (face, _, _) in enumerate(cropped, 1)
    ]
    stem = file_stem(job.clip)
    strips = []
    for number, seen in enumerate(faces, 1):
        path = folder / (f"{stem}-strip.png" if number == 1 else f"{stem}-strip-{number}.png")
        _save(path, seen, columns)
        strips.append(path)
    recorded = _film(job, faces, folder / f"{stem}-overlay") if video else None
    return Shown(
        strips[0],
        recorded.path if recorded else None,
        len(faces[0].face.volume),
        faces[0].face.fps,
        bool(faces[0].face.eyes_found),
        faces[0].strongest,
        NAMES[recorded.codec] if recorded else "",
        strips[1:],
        cropped[0][2],
    )


def _look(job: Job, recipe: Recipe, face: FaceClip, number: int, note: str) -> _Face:
    volume = seen_volume(face.volume, recipe.descriptor, recipe.time)
    signed = signed_root(volume, shown_scale(recipe.descriptor))
    blocks = blocks_of(recipe.descriptor, volume.shape)
    words = caption(job, recipe, face, len(volume), number, note)
    return _Face(face, volume, signed, blocks, strongest_blocks(signed, blocks), words)


def _save(path: Path, seen: _Face, columns: int) -> None:
    image = strip_image(
        seen.volume, seen.signed, seen.blocks, seen.strongest, seen.caption, columns
    )
    shown = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, code = cv2.imencode(".png", shown, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    with replacing(path) as part:
        part.write_bytes(code.tobytes())


def _film(job: Job, faces: Sequence[_Face], stem: Path) -> Recorded:
    overlays = [FaceOverlay(seen.face, seen.signed) for seen in faces]

    def frames() -> Iterator[np.ndarray]:
        with open_frames(
            job.source, first=job.first, last=job.last, colour=True, fps=job.fps
        ) as pictures:
            screen = screen_for(pictures.size)
            yield from overlay_frames(iter(pictures), overlays, faces[0].caption, screen)

    return record(frames, stem, faces[0].face.fps or ASSUMED_FPS)


def file_stem(clip: str) -> str:
    """Return a clip's name as the beginning of a file name that every system takes.

    Letters of any script stay. A name that had to be changed ends with a digest of the whole one,
    so that different clips never share a file.

    >>> file_stem("lbax4n"), file_stem("S005/001")
    ('lbax4n', 'S005_001-856f0f')
    """
    whole = unicodedata.normalize("NFC", clip)
    kept = "".join(c if c.isalnum() or c in "._-@ " else "_" for c in whole).strip(". ")
    short = kept.encode()[:LONGEST].decode("utf-8", "ignore").rstrip(". ")
    if short and short == clip and not RESERVED.fullmatch(short):
        return short
    digest = hashlib.blake2b(clip.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()
    return f"{short or 'clip'}-{digest}"
