"""A clip of a drawn face: the head moves, the light drifts, the sensor adds noise."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np

from sttm.errors import InputError, unknown_name

from .canvas import Canvas
from .expression import Performance, perform
from .head import MAP_STEP, Head, Light, lit
from .identity import Identity, draw_identity
from .relief import UNITS
from .settings import LABELS, DrawnSettings
from .shot import Shot, Stage, set_stage

SHOWN = "surprise"  # what every face shows in the variant "dynamics"


@dataclass(frozen=True)
class DrawnClip:
    """A clip and what is true of it.

    ``frames`` (t, y, x) or (t, y, x, 3) RGB uint8; ``onset``, ``apex``, ``offset`` 0-based frame
    numbers; ``eyes`` (t, 2, 2) pupils (x, y) in pixels, the picture's left eye first;
    ``points`` (t, 68, 2) the landmarks of sttm/landmarks/scheme.py in pixels; ``closed`` (t,) how
    far the lids are shut, 0 to 1; ``units`` (t, action units) their strength, in the
    order of ``unit_numbers``; ``shown`` the expression on the face (the label itself but for the
    variant "dynamics").
    """

    name: str
    frames: np.ndarray
    label: str
    subject: int
    take: int
    shown: str
    onset: int
    apex: int
    offset: int
    eyes: np.ndarray
    points: np.ndarray
    closed: np.ndarray
    units: np.ndarray
    unit_numbers: tuple[int, ...] = field(default=UNITS)


@dataclass(frozen=True)
class Plan:
    """Everything about a clip that is known before a pixel is drawn."""

    who: Identity
    shown: str
    show: Performance
    rng: np.random.Generator


def clip_name(subject: int, label: str, take: int) -> str:
    """Return the name of a clip, counting subjects and takes from 1.

    >>> clip_name(2, "happiness", 0)
    'd03-happiness-1'
    """
    return f"d{subject + 1:02d}-{label}-{take + 1}"


def identity_of(settings: DrawnSettings, subject: int) -> Identity:
    """Return who subject ``subject`` (from 0) is; the same in both variants."""
    return draw_identity(np.random.default_rng([settings.seed, 0, subject]))


def draw_clip(settings: DrawnSettings, subject: int, label: str, take: int) -> DrawnClip:
    """Draw one clip; it depends on no other one.

    Parameters
    ----------
    settings : DrawnSettings
        What is drawn, and the seed.
    subject, take : int
        From 0, below ``settings.subjects`` and ``settings.takes``.
    label : str
        One of ``settings.labels``.

    Returns
    -------
    DrawnClip

    Raises
    ------
    InputError
        For a subject, a label or a take that the settings do not have.
    """
    plan = plan_clip(settings, subject, label, take)
    stage = _stage(settings.size, settings.seed, subject)
    show = plan.show
    frames, eyes, points = _film(settings, stage, show, plan.rng)
    closed = show.units[:, UNITS.index(43)]
    return DrawnClip(
        clip_name(subject, label, take), frames, label, subject, take, plan.shown,
        show.onset, show.apex, show.offset, eyes, points, closed, show.units,
    )  # fmt: skip


def plan_clip(settings: DrawnSettings, subject: int, label: str, take: int) -> Plan:
    """Return what will happen in a clip, without drawing it; see ``draw_clip``."""
    _check(settings, subject, label, take)
    kind, number = list(LABELS).index(settings.variant), settings.labels.index(label)
    rng = np.random.default_rng([settings.seed, 1 + kind, subject, take, number])
    shown = label if settings.variant == "expressions" else SHOWN
    who = identity_of(settings, subject)
    return Plan(who, shown, perform(settings, who, label, shown, rng), rng)


def _check(settings: DrawnSettings, subject: int, label: str, take: int) -> None:
    if label not in settings.labels:
        raise InputError(unknown_name("drawn class", label, settings.labels))
    for kind, value, most in (
        ("subject", subject, settings.subjects),
        ("take", take, settings.takes),
    ):
        if not 0 <= value < most:
            raise InputError(f"{kind} must be from 0 to {most - 1}, not {value}.")


@lru_cache(maxsize=4)
def _stage(size: int, seed: int, subject: int) -> Stage:
    return set_stage(size, draw_identity(np.random.default_rng([seed, 0, subject])))


def _film(
    settings: DrawnSettings, stage: Stage, show: Performance, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the frames of a clip, the pupils and the 68 points in them."""
    size, n = settings.size, settings.frames
    light, level = _light(n, rng)
    sheet, gains = lit(stage.head, light)
    sides = _sides(stage.head, show.lean)
    shifts = stage.head.shifts.copy()
    shifts[: len(UNITS)] *= sides[0]
    gains = gains * sides[1]
    poses = _poses(settings, rng)
    scene = stage.scene * np.float32(1.06 - 0.5 * light.ambient) * light.tint.astype(np.float32)
    grain = rng.standard_normal((size + 64, size + 64), dtype=np.float32)
    grains = cv2.merge([grain * np.float32(settings.noise)] * 3)
    frames = np.empty((n, size, size, 3), np.uint8)
    eyes, points = np.empty((n, 2, 2)), np.empty((n, 68, 2))
    for t in range(n):
        shot = Shot(stage, sheet, gains, shifts, show.units[t], show.gaze[t], poses[t])
        picture = shot.picture(scene)
        eyes[t], points[t] = shot.eyes(), shot.points()
        y, x = rng.integers(0, 65, 2)
        flip = -1.0 if rng.random() < 0.5 else 1.0
        noise = grains[y : y + size, x : x + size]
        # exposure, noise, rounding and clipping in one pass
        frames[t] = cv2.addWeighted(picture, float(level[t]), noise, flip, 0.0, dtype=cv2.CV_8U)
    if not settings.colour:
        frames = np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames])
    return frames, eyes, points


def _light(n: int, rng: np.random.Generator) -> tuple[Light, np.ndarray]:
    """Return the light of a clip and its level in each frame."""
    direction = np.array([rng.normal(0, 0.38), rng.uniform(-0.75, -0.30), 0.85])
    warm = rng.normal(0, 0.03)
    tint = np.array([1 + warm, 1.0, 1 - warm])
    light = Light(direction / np.linalg.norm(direction), rng.uniform(0.38, 0.58), tint)
    level = rng.uniform(0.85, 1.08) * (1 + 0.02 * _wander(n, rng) + rng.normal(0, 0.001, n))
    return light, level


def _poses(settings: DrawnSettings, rng: np.random.Generator) -> np.ndarray:
    """Return x, y (share of the size), turn (rad), scale, yaw, pitch for each frame, (t, 6)."""
    held = rng.normal(0, 1, 6) * (0.012, 0.010, 0.020, 0.02, 0.028, 0.015)
    moved = np.stack([_wander(settings.frames, rng) for _ in range(6)], axis=1)
    moved = moved * (0.0045, 0.0035, 0.009, 0.004, 0.014, 0.009) * settings.sway
    poses = np.clip(held + moved, *np.outer([-1, 1], (0.05, 0.04, 0.09, 0.07, 0.13, 0.08)))
    poses[:, 3] += 1
    return poses


def _wander(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return a slow random movement from 0, standard deviation about 1, (n,)."""
    t = np.arange(n) / 24.0
    speeds, starts = rng.uniform(0.15, 0.75, 3), rng.uniform(0, 2 * np.pi, 3)
    waves = np.sin(2 * np.pi * np.outer(t, speeds) + starts) * rng.normal(0, 0.8, 3)
    return (waves - waves[0]).sum(axis=1)


def _sides(head: Head, lean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how much stronger each unit is at each place, for the shift maps and the gains."""
    coarse = Canvas(1 / MAP_STEP, head.canvas.bounds)
    columns = head.window[1]
    row = np.tanh(head.canvas.x[0, columns] / 0.12)
    small = np.tanh(coarse.x[0] / 0.12)
    return (
        (1 + lean[:, None] * small)[:, None, :, None].astype(np.float32),
        (1 + lean[:, None] * row)[:, None, :].astype(np.float32),
    )
