"""What the pictures say about a clip: the lines of the header, frame numbers and seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..descriptors import Descriptor, descriptor_name
from ..descriptors.sttm import STTM
from ..errors import InputError
from ..extract import Job, Recipe
from ..faces import FaceClip
from .maps import leaves, shown_member, shown_scale
from .text import plain

FINDERS = {"viola-jones": "Viola-Jones", "yunet": "YuNet", "boxes": "given boxes"}


@dataclass(frozen=True, slots=True)
class Caption:
    """The words on a picture of one face.

    ``first`` is the source frame that the clip begins with, ``frames`` how many source frames it
    has, ``fps`` None where nobody knows; ``note`` is what every picture must say.
    """

    title: str
    lines: Sequence[str]
    first: int
    frames: int
    fps: float | None
    about_map: str
    note: str = ""

    def frame(self, position: float, shown: int = 0) -> str:
        """Return the source frame at a position in the clip.

        The nearest one; where ``shown`` frames were made of fewer, with one decimal.
        """
        at = self.first + position
        return f"{at:.1f}" if shown > self.frames else str(round(at))

    def seconds(self, position: float) -> str:
        """Return the time of a position in the clip, in seconds of the source."""
        return "" if self.fps is None else f"{(self.first + position) / self.fps:.2f}"


def caption(
    job: Job, recipe: Recipe, face: FaceClip, used: int, number: int = 1, note: str = ""
) -> Caption:
    """Return the words for face ``number`` of a clip of which ``used`` frames are looked at."""
    title = plain(job.clip) + (f" (face {number})" if number > 1 else "")
    lines = [
        _length(job, face, used),
        _face(recipe, face, job.boxes is not None),
        descriptor_words(recipe.descriptor),
    ]
    first = job.first or 0
    about = _about_map(recipe.descriptor)
    return Caption(title, lines, first, len(face.volume), face.fps, about, plain(note))


def _length(job: Job, face: FaceClip, used: int) -> str:
    count = len(face.volume)
    out = f"{count} frames" if count > 1 else "1 frame"
    if job.first:
        out += f" ({job.first} to {job.first + count - 1} of the source)"
    out += (
        f", {face.fps:.4g} frames per second, {count / face.fps:.2f} s"
        if face.fps
        else ", frames per second unknown"
    )
    return out + (f"; looked at as {used} frames, interpolated" if used != count else "")


def _face(recipe: Recipe, face: FaceClip, given: bool) -> str:
    settings = recipe.faces
    finder = FINDERS["boxes"] if given else FINDERS[settings.finder]
    window = "one window for the whole clip"
    if settings.crop == "moving":
        window = "the window follows the head"
    eyes = "upright square about the face box"
    if settings.align == "eyes":
        eyes = "eyes found, level and at fixed points"
        if not face.eyes_found:
            eyes = "eyes not found, their usual place in the face box taken"
    light = "" if settings.light == "none" else f", light: {settings.light}"
    return f"Face by {finder}; {window}; {eyes}; crop {settings.size} x {settings.size}{light}"


def descriptor_words(descriptor: Descriptor) -> str:
    """Return a descriptor and what matters of its settings, as one line."""
    return " + ".join(f"{prefix.rstrip(':')} {_one(m)}".strip() for prefix, m in leaves(descriptor))


def _one(member: Descriptor) -> str:
    name = _name(member)
    if isinstance(member, STTM):
        name += f", coding {member.coding}"
    grid = getattr(member, "grid", None)
    return name + (f", {' x '.join(str(n) for n in grid)} blocks (t, y, x)" if grid else "")


def _name(member: Descriptor) -> str:
    try:
        return descriptor_name(member).upper()
    except InputError:  # somebody's own descriptor
        return type(member).__name__


def _about_map(descriptor: Descriptor) -> str:
    _, member = shown_member(descriptor)
    scale = shown_scale(descriptor)
    numbers = f"sigma {_count(scale.sigma, 'pixel')}, tau {_count(scale.tau, 'frame')}"
    if not isinstance(member, STTM):
        return f"at the default scale ({numbers}), which {_name(member)} does not use"
    more = ", the first scale" if member.scales is not None and len(member.scales) > 1 else ""
    return f"at {numbers}{more}"


def _count(value: float, unit: str) -> str:
    return f"{value:g} {unit}" + ("" if value == 1 else "s")
