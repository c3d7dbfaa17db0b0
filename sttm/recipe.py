"""The recipe of measures, and the keys under which a store keeps what it gives for a clip."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2

from .descriptors import Descriptor, measuring_of
from .digests import Digests
from .faces import FaceSettings
from .jobs import Job
from .store import key_of
from .temporal import TimeSettings

CROPPING = 2  # raised whenever the crop of the same clip changes; part of every stored key


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes the measures of a clip, besides the clip.

    Parameters
    ----------
    descriptor : Descriptor
    faces : FaceSettings
    time : TimeSettings
    """

    descriptor: Descriptor
    faces: FaceSettings = field(default_factory=FaceSettings)
    time: TimeSettings = field(default_factory=TimeSettings)

    def crop_part(self) -> dict[str, Any]:
        """Return what shapes the crop, as plain values."""
        return {"faces": asdict(self.faces), "time": asdict(self.time), "cropping": CROPPING}

    def measure_part(self) -> dict[str, Any]:
        """Return what shapes the measures, as plain values.

        ``descriptor`` is a list: a concatenation measures its members one by one. Options that
        only ``encode`` looks at are not in it.
        """
        singles = [measuring_of(single) for single in self.descriptor.singles()]
        return {**self.crop_part(), "descriptor": singles}


@dataclass(frozen=True)
class Identity:
    """What a clip is, for a recipe.

    Parameters
    ----------
    content : str
        Digest of the source's bytes.
    crops : str
        Key of the crops of its faces.
    measures : tuple of str
        Keys of its measures, one for each of the descriptor's ``singles()``.
    """

    content: str
    crops: str
    measures: tuple[str, ...]


class Identifier:
    """Says what clips are, for one recipe; what is the same for all of them is found out once.

    Parameters
    ----------
    recipe : Recipe
    digests : Digests
        Of sources, so that a long video of which many clips are stretches is read once.
    """

    def __init__(self, recipe: Recipe, digests: Digests) -> None:
        self._recipe = recipe
        self._digests = digests

    @cached_property
    def _crop_part(self) -> str:
        model = self._recipe.faces.model
        return key_of(
            {
                **self._recipe.crop_part(),
                "model": self._digests.of(Path(model)) if model else None,
                "opencv": cv2.__version__,  # decodes, finds faces, filters
            }
        )

    @cached_property
    def _measure_parts(self) -> list[str]:
        return [key_of(part) for part in self._recipe.measure_part()["descriptor"]]

    @cached_property
    def _need_points(self) -> list[bool]:
        return [single.needs_points for single in self._recipe.descriptor.singles()]

    def of(self, job: Job) -> Identity:
        """Return the identity of a clip.

        Raises
        ------
        UnreadableClip
            When the source is missing or may not be read.
        """
        content = self._digests.of(job.source)
        boxes = None if job.boxes is None else job.boxes.drop(columns="clip", errors="ignore")
        clip = {
            "content": content,
            "first": job.first,
            "last": job.last,
            "fps": job.fps,
            "boxes": None if boxes is None else boxes.to_csv(index=False),
            "crop": self._crop_part,
        }
        own = {"landmarks": self._points_of(job)} if any(self._need_points) else {}
        keys = tuple(
            key_of({**clip, "measure": part, **(own if needed else {})})
            for part, needed in zip(self._measure_parts, self._need_points, strict=True)
        )
        return Identity(content, key_of({**clip, "kept": "crops"}), keys)

    def _points_of(self, job: Job) -> str | None:
        """Return the digest of a clip's own landmarks; None where it has none."""
        return None if job.landmarks is None else self._digests.of(job.landmarks)


def identify(job: Job, recipe: Recipe) -> Identity:
    """Return the identity of one clip, its source read in full."""
    return Identifier(recipe, Digests()).of(job)
