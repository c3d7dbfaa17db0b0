"""FER2013 as it comes, on drawn (synthetic) faces: 8 people, nobody in two parts, drawn votes."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from unittest import mock

from experiments.datasets.drawn import stills
from experiments.datasets.drawn.stills import Still, StillSettings

SETTINGS = StillSettings(people=8, takes=1, seed=1)


@functools.cache
def _place() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fer2013-")


@functools.cache
def drawn_stills() -> tuple[Still, ...]:
    """Return the 56 pictures, Training first."""
    return tuple(stills.draw_stills(SETTINGS))


@functools.cache
def drawn_fer2013(form: str = "csv") -> Path:
    """Return a folder with the pictures: ``csv`` (with FER+'s votes) or ``folders``."""
    known = drawn_stills()
    with mock.patch.object(stills, "draw_stills", lambda *_: list(known)):  # once is enough
        return stills.write_fer2013(SETTINGS, Path(_place().name) / form, form)
