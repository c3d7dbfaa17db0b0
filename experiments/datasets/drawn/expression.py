"""What a face does in a clip: the strength of each action unit in each frame.

The recipes follow the prototypes of Ekman and Friesen's FACS manual (1978), but nobody shows a
prototype: every clip drops some units, mixes in a few of another expression, and is stronger or
weaker, quicker or slower, more on one side or the other. So the classes overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .identity import Identity
from .relief import INDEX, UNITS
from .settings import DrawnSettings

# unit -> (usual strength, how often it takes part)
RECIPES: dict[str, dict[int, tuple[float, float]]] = {
    "anger": {4: (1.0, 0.97), 5: (0.4, 0.45), 7: (0.8, 0.85), 23: (0.9, 0.8), 17: (0.45, 0.4),
              10: (0.35, 0.2), 25: (0.4, 0.12)},
    "disgust": {9: (0.95, 0.88), 10: (0.75, 0.85), 4: (0.45, 0.5), 7: (0.5, 0.5), 6: (0.35, 0.35),
                15: (0.4, 0.35), 17: (0.5, 0.5), 25: (0.5, 0.3)},
    "fear": {1: (0.95, 0.95), 2: (0.7, 0.75), 4: (0.65, 0.75), 5: (0.85, 0.85), 20: (0.85, 0.8),
             25: (0.7, 0.75), 26: (0.35, 0.45)},
    "happiness": {12: (1.0, 1.0), 6: (0.8, 0.8), 25: (0.7, 0.6), 26: (0.15, 0.2), 7: (0.3, 0.2)},
    "neutral": {},
    "sadness": {1: (0.85, 0.85), 4: (0.6, 0.75), 15: (0.95, 0.92), 17: (0.55, 0.5), 43: (0.18, 0.4),
                7: (0.3, 0.2), 20: (0.25, 0.2)},
    "surprise": {1: (0.95, 0.95), 2: (1.0, 0.97), 5: (0.75, 0.8), 26: (0.8, 0.88), 25: (0.6, 1.0)},
}  # fmt: skip
# how an expression comes and goes in the variant "dynamics", as shares of the clip
QUICK, SLOW = (0.08, 0.11), (0.34, 0.42)
PACES = {
    "flash": ("quick", "quick"),
    "slow-fall": ("quick", "slow"),
    "slow-rise": ("slow", "quick"),
    "swell": ("slow", "slow"),
}
FIDGETS = (1, 2, 4, 7, 10, 12, 15, 17, 20, 23, 25)


@dataclass(frozen=True)
class Performance:
    """Action units over time for one clip.

    ``units`` (t, units) from 0 to about 1; ``lean`` (units,) from -1 (the picture's left only) to
    1; ``gaze`` (t, 2) in face units; ``onset``, ``apex``, ``offset`` are frame numbers: the last
    neutral frame, the strongest one, the first neutral one again.
    """

    units: np.ndarray
    lean: np.ndarray
    gaze: np.ndarray
    onset: int
    apex: int
    offset: int


def perform(
    settings: DrawnSettings, who: Identity, label: str, shown: str, rng: np.random.Generator
) -> Performance:
    """Return one performance of the expression ``shown``, timed as ``label`` asks.

    Parameters
    ----------
    settings : DrawnSettings
        Length of the clip, strength.
    who : Identity
        Whose face: how expressive, how lopsided.
    label : str
        The class: an expression, or one of the dynamics.
    shown : str
        The expression that the face shows; the label itself in the variant "expressions".
    rng : Generator
        The only source of chance.
    """
    n = settings.frames
    still = settings.variant == "dynamics"
    target = _target(settings, who, shown, rng, still)
    onset, top, fade, offset = _timing(n, label, rng)
    units = np.zeros((n, len(UNITS)), np.float32)
    for i, strength in enumerate(target):
        lag = 0.0 if still else float(rng.normal(0, 0.012 * n))
        units[:, i] = strength * _pulse(n, onset, top + lag, fade + lag, offset)
    apex = _apex(units, onset, top, fade)
    _fidget(units, rng, 0.08 if still else 0.18)
    _blink(units, settings.fps, rng)
    units[0, [i for i, u in enumerate(UNITS) if u != 43]] = 0
    lean = np.clip(0.08 * who.habit[: len(UNITS)] + rng.normal(0, 0.07, len(UNITS)), -0.5, 0.5)
    if shown == "neutral":
        onset, apex, offset = 0, n // 2, n - 1
    return Performance(units, lean.astype(np.float32), _gaze(n, rng), onset, apex, offset)


def _target(
    settings: DrawnSettings, who: Identity, shown: str, rng: np.random.Generator, still: bool
) -> np.ndarray:
    """Return the strength of each unit at the apex, (units,)."""
    target = np.zeros(len(UNITS), np.float32)
    force = settings.strength * who.expressivity * rng.uniform(0.78, 1.15)
    _add(target, RECIPES[shown], force, rng)
    if not still and shown != "neutral" and rng.random() < 0.30:
        other = str(rng.choice([name for name in RECIPES if name not in (shown, "neutral")]))
        _add(target, RECIPES[other], force * rng.uniform(0.15, 0.45), rng)
    return np.clip(target, 0, 1.15)


def _add(
    target: np.ndarray,
    recipe: dict[int, tuple[float, float]],
    force: float,
    rng: np.random.Generator,
) -> None:
    for unit, (usual, often) in recipe.items():
        strength = usual * force * rng.uniform(0.7, 1.25)
        if rng.random() < often:
            target[INDEX[unit]] = max(target[INDEX[unit]], strength)


def _timing(n: int, label: str, rng: np.random.Generator) -> tuple[int, float, float, int]:
    """Return the frames where the expression starts, is full, begins to fade and has gone."""
    if label in PACES:
        rise, fall = (rng.uniform(*(QUICK if p == "quick" else SLOW)) * n for p in PACES[label])
        hold = rng.uniform(0.04, 0.08) * n
        start = n * rng.uniform(0.46, 0.54) - hold / 2 - rise  # the apex in mid-clip, always
    else:
        rise, fall = rng.uniform(0.16, 0.36, 2) * n
        hold = rng.uniform(0.10, 0.30) * n
        start = 1 + max(0.0, n - 2 - rise - hold - fall) * rng.uniform(0.05, 0.95)
    onset = max(1, round(start))
    squeeze = min(1.0, (n - 1 - onset) / (rise + hold + fall))
    top = onset + rise * squeeze
    fade = top + hold * squeeze
    return onset, top, fade, min(n - 1, round(fade + fall * squeeze))


def _pulse(n: int, onset: float, top: float, fade: float, offset: float) -> np.ndarray:
    """Return 0 up to onset, 1 from top to fade, 0 again from offset on, smooth between, (n,)."""
    t = np.arange(n)
    up = np.clip((t - onset) / max(top - onset, 1.0), 0, 1)
    down = np.clip((offset - t) / max(offset - fade, 1.0), 0, 1)
    low = np.minimum(up, down)
    return low**3 * (low * (6 * low - 15) + 10)  # the quintic "smootherstep"


def _apex(units: np.ndarray, onset: int, top: float, fade: float) -> int:
    total = units.sum(axis=1)
    middle = round(0.5 * (top + fade))
    return int(np.argmax(total)) if total[middle] < total.max() - 1e-6 else middle


def _fidget(units: np.ndarray, rng: np.random.Generator, most: float) -> None:
    """Add one to three small movements that mean nothing, in place."""
    n = len(units)
    for _ in range(rng.integers(1, 4)):
        middle, half = rng.uniform(0.1, 1.0) * n, rng.uniform(0.1, 0.35) * n
        pulse = _pulse(n, middle - half, middle, middle, middle + half)
        column = INDEX[int(rng.choice(FIDGETS))]
        units[:, column] = np.maximum(units[:, column], rng.uniform(0.05, most) * pulse)


def _blink(units: np.ndarray, fps: float, rng: np.random.Generator) -> None:
    """Close the eyes for a moment in about half of the clips, never in the first frames."""
    n = len(units)
    if rng.random() < 0.45:
        middle = rng.uniform(0.2, 0.95) * n
        shut, opened = max(1.5, 0.08 * fps), max(2.5, 0.14 * fps)
        lid = _pulse(n, middle - shut, middle, middle + 0.5, middle + opened)
        units[:, INDEX[43]] = np.maximum(units[:, INDEX[43]], lid)


def _gaze(n: int, rng: np.random.Generator) -> np.ndarray:
    jump = rng.integers(n // 4, n)
    first, second = rng.normal(0, 0.010, 2), rng.normal(0, 0.022, 2) * (1, 0.5)
    part = np.clip((np.arange(n) - jump) / 2.0, 0, 1)[:, None]
    return (first + part * second).astype(np.float32)
