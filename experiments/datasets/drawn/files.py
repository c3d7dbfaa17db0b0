"""Drawn clips on disk: one video file per clip, drawn once and kept.

The videos are Motion JPEG in AVI, written by OpenCV itself, so no codec need be installed. They
are nearly lossless (quality 95): the compression changes less than the drawn sensor noise.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import pandas as pd

from sttm.atomic import replacing
from sttm.errors import InputError
from sttm.extract import Progress
from sttm.parallel import as_finished

from .sequence import DrawnClip, clip_name, draw_clip, plan_clip
from .settings import DrawnSettings

MARKER = "drawn.json"
DRAWING = 1  # raised whenever the same settings begin to give other pictures
QUALITY = 95
README = """These are drawn (synthetic) faces. Nobody was filmed: one seed makes every picture.

They serve to try the toolkit, to test it and to document it. Figures that were measured on them
say nothing about real people, and every output that uses them says that they are drawn.

drawn.json   the settings they were drawn with; the same settings give the same pictures
clips.csv    which clips there are
labels.csv   what each clip shows; onset, apex and offset are frame numbers from 0
*.avi        the clips
"""


def all_drawn(root: Path, sources: Iterable[str]) -> bool:
    """Return whether every source lies in a folder that the toolkit drew, so nobody was filmed."""
    folders = {(root / source).parent for source in sources}
    return bool(folders) and all((folder / MARKER).is_file() for folder in folders)


def write_clips(
    settings: DrawnSettings,
    folder: str | Path,
    jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw all clips of ``settings`` into ``folder``; those that are there already are kept.

    Parameters
    ----------
    settings : DrawnSettings
        What is drawn.
    folder : str or Path
        Made where it is missing. Clips of other settings in it are replaced; a folder with files
        that were not drawn here is refused.
    jobs : int
        Number of worker processes; -1 for one per core.
    progress : callable, optional
        Called as ``progress(face, done, total)`` after each face.

    Returns
    -------
    clips : DataFrame
        A clips table (sttm/tables.py) whose sources are relative to ``folder``.
    labels : DataFrame
        ``clip``, ``label``, ``onset``, ``apex``, ``offset`` (frame numbers from 0).

    Raises
    ------
    InputError
        For a folder that holds other files or may not be written to.
    """
    folder = Path(folder)
    _claim(settings, folder)
    missing = [w for w in _wanted(settings) if not (folder / f"{clip_name(*w)}.avi").is_file()]
    by_face: dict[int, list[tuple[int, str, int]]] = {}
    for wanted in missing:
        by_face.setdefault(wanted[0], []).append(wanted)
    work = [(settings, folder, batch) for batch in by_face.values()]
    for done, (number, result) in enumerate(as_finished(_draw_batch, work, jobs), 1):
        if isinstance(result, BaseException):
            raise InputError(f"drawing stopped: a worker died ({result}); try with fewer jobs.")
        if progress is not None:
            progress(f"face {number}", done, len(work))
    clips, labels = clips_table(settings), labels_table(settings)
    if missing or not (folder / "labels.csv").is_file():
        for name, table in (("clips.csv", clips), ("labels.csv", labels)):
            with replacing(folder / name) as part:
                table.to_csv(part, index=False)
    return clips, labels


def clips_table(settings: DrawnSettings) -> pd.DataFrame:
    """Return the clips table of ``settings``; nothing is drawn."""
    rows = [
        (name, name.split("-")[0], "drawn", f"{name}.avi", 0, settings.frames - 1, settings.fps)
        for name in (clip_name(*wanted) for wanted in _wanted(settings))
    ]
    columns = ["clip", "subject", "dataset", "source", "first", "last", "fps"]
    return pd.DataFrame(rows, columns=columns).astype({"first": "Int64", "last": "Int64"})


def labels_table(settings: DrawnSettings) -> pd.DataFrame:
    """Return what the clips of ``settings`` show and when; nothing is drawn."""
    rows = []
    for subject, label, take in _wanted(settings):
        show = plan_clip(settings, subject, label, take).show
        name = clip_name(subject, label, take)
        rows.append((name, label, show.onset, show.apex, show.offset))
    return pd.DataFrame(rows, columns=["clip", "label", "onset", "apex", "offset"])


def save_clip(clip: DrawnClip, path: Path, fps: float) -> None:
    """Write one clip as Motion JPEG; the file is there in full or not at all."""
    height, width = clip.frames.shape[1:3]
    with replacing(path) as part:
        video = cv2.VideoWriter(
            str(part), cv2.CAP_OPENCV_MJPEG, cv2.VideoWriter.fourcc(*"MJPG"), fps, (width, height)
        )
        if not video.isOpened():
            raise InputError(f"the drawn clip {path} could not be written; is the folder writable?")
        video.set(cv2.VIDEOWRITER_PROP_QUALITY, QUALITY)
        code = cv2.COLOR_RGB2BGR if clip.frames.ndim == 4 else cv2.COLOR_GRAY2BGR
        for frame in clip.frames:
            video.write(cv2.cvtColor(frame, code))
        video.release()
        if not _whole(part):
            raise OSError(errno.ENOSPC, "OpenCV does not say that a disk is full")


def _whole(path: Path) -> bool:
    """Return whether an AVI file is as long as its own head says."""
    with path.open("rb") as file:
        head = file.read(8)
    return head[:4] == b"RIFF" and int.from_bytes(head[4:], "little") + 8 == path.stat().st_size


def _wanted(settings: DrawnSettings) -> Iterator[tuple[int, str, int]]:
    for subject in range(settings.subjects):
        for label in settings.labels:
            for take in range(settings.takes):
                yield subject, label, take


def _draw_batch(settings: DrawnSettings, folder: Path, batch: list[tuple[int, str, int]]) -> None:
    """Draw the missing clips of one face."""
    for wanted in batch:
        clip = draw_clip(settings, *wanted)
        save_clip(clip, folder / f"{clip.name}.avi", settings.fps)


def _claim(settings: DrawnSettings, folder: Path) -> None:
    """Make the folder ours: marker and README in place, clips of other settings gone."""
    marker = folder / MARKER
    ours = {"drawing": DRAWING, "settings": settings_dict(settings)}
    if marker.is_file():
        try:
            if json.loads(marker.read_text(encoding="utf-8")) == ours:
                return
        except ValueError:
            pass  # a broken marker counts as one of other settings
        for old in folder.glob("d[0-9]*-*-*.avi"):
            old.unlink()
        (folder / "labels.csv").unlink(missing_ok=True)
    elif folder.is_dir() and any(not p.name.startswith(".") for p in folder.iterdir()):
        raise InputError(
            f"drawn clips need a folder of their own; {folder} holds other files. Give a new one."
        )
    # the marker first: a process killed in between must find its own folder again
    with replacing(marker) as part:
        part.write_text(json.dumps(ours, indent=1) + "\n", encoding="utf-8")
    with replacing(folder / "README.txt") as part:
        part.write_text(README, encoding="utf-8")


def settings_dict(settings: DrawnSettings) -> dict[str, object]:
    """Return the settings that decide the pictures, without those that a subclass adds."""
    return settings.model_dump(mode="json", include=set(DrawnSettings.model_fields))
