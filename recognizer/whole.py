"""One answer for a whole clip, read from its file: what extraction and the model give for it."""

from __future__ import annotations

import time
from pathlib import Path

from sttm.errors import ToolkitError
from sttm.jobs import Job
from sttm.measure import crop_clip
from sttm.recipe import Recipe

from .analysis import Analysis
from .bundle import Bundle
from .engine import answers, seen_face
from .settings import USUAL_FPS, Settings, faces_of


def whole_clip(source: Path, bundle: Bundle, settings: Settings) -> Analysis:
    """Return the answer for all frames of a clip at once; memory is bounded by its crops.

    ``reason`` says why there is none.
    """
    begun = time.perf_counter()
    own = bundle.recipe
    recipe = Recipe(own.descriptor, faces_of(bundle, settings), own.time)
    found = Analysis(0, -1, 0, 0.0)
    try:
        faces = crop_clip(Job(source.stem, source), recipe)
        known = answers(bundle, recipe, [(face, volume) for face, volume, _ in faces])
        found.last = len(faces[0][0].transform) - 1
        found.spacing = 1 / (faces[0][0].fps or USUAL_FPS)
        found.time = found.last * found.spacing
        found.faces = [
            seen_face(bundle, recipe, number, raw, raw, face, volume, 0)
            for number, (face, volume, raw) in enumerate(known, start=1)
        ]
    except ToolkitError as error:
        found.reason = str(error)
    found.seconds = time.perf_counter() - begun
    return found
