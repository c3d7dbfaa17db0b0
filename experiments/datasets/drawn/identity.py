"""Who a drawn face is: every number that stays the same in all clips of a subject.

Face coordinates are used all over this package: the origin lies midway between the eyes, x runs
to the picture's right, y downwards, and one unit is half the width of an average head (70 mm).
So the eyes are near (+-0.45, 0), the mouth near (0, 0.95) and the chin near (0, 1.6).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SKINS = np.array(  # RGB, from fair to dark
    [[240, 206, 186], [232, 190, 160], [214, 168, 134], [182, 132, 98], [140, 96, 70], [98, 66, 50]]
)
HAIR_COLOURS = np.array(
    [[28, 24, 24], [52, 36, 28], [86, 58, 38], [126, 84, 48], [176, 136, 82], [150, 72, 38],
     [150, 148, 146]]
)  # fmt: skip
IRISES = np.array([[70, 44, 26], [92, 60, 34], [98, 92, 52], [88, 116, 140], [84, 120, 96]])
CLOTHES = np.array(
    [[52, 68, 92], [108, 44, 48], [62, 86, 72], [92, 92, 98], [188, 180, 168], [44, 44, 50],
     [140, 110, 76], [86, 70, 108]]
)  # fmt: skip
WALLS = np.array(
    [[146, 158, 166], [172, 164, 150], [128, 142, 132], [160, 146, 152], [112, 124, 142]]
)
STYLES = ("short", "parted", "long", "back", "curly", "buzz", "fringe", "receding")
LONG_STYLES = ("long", "fringe")


@dataclass(frozen=True)
class Identity:
    """The looks of one subject, in face units and RGB colours from 0 to 255."""

    scale: float
    width: float
    jaw: float
    chin: float
    skin: np.ndarray
    ruddy: float
    hair: np.ndarray
    style: str
    hairline: float
    brow_y: float
    brow_thick: float
    brow_arch: float
    brow_dark: float
    eye_x: float
    eye_w: float
    eye_open: float
    eye_tilt: float
    crease: float
    iris: np.ndarray
    nose_w: float
    nose_len: float
    nose_tip: float
    mouth_y: float
    mouth_w: float
    lip_up: float
    lip_low: float
    lip_rest: float
    lip_red: float
    age: float
    cheeks: float
    freckles: float
    beard: float
    glasses: bool
    cloth: np.ndarray
    collar: int
    wall: np.ndarray
    expressivity: float
    habit: np.ndarray
    seed: int


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw one subject.

    Parameters
    ----------
    rng : Generator
        The only source of chance.

    Returns
    -------
    Identity
    """
    man = rng.random() < 0.5
    tone = np.clip(rng.beta(1.1, 1.3), 0, 1) * (len(SKINS) - 1)
    skin = _blend(SKINS, tone)
    hair = _hair_colour(rng, tone)
    style = str(rng.choice(["short", "parted", "curly", "buzz", "receding"] if man
                           else ["long", "fringe", "back", "parted", "curly", "long"]))  # fmt: skip
    u = rng.uniform
    return Identity(
        scale=u(0.95, 1.04),
        width=u(0.93, 1.03) + 0.02 * man,
        jaw=u(-0.04, 0.05) + (0.05 if man else -0.04),
        chin=u(-0.07, 0.07) + 0.02 * man,
        skin=skin,
        ruddy=u(0.4, 1.2),
        hair=hair,
        style=style,
        hairline=u(-0.06, 0.08),
        brow_y=u(-0.37, -0.31) + 0.02 * man,
        brow_thick=u(0.038, 0.055) + 0.014 * man,
        brow_arch=u(0.03, 0.10) - 0.02 * man,
        brow_dark=u(0.65, 0.95),
        eye_x=u(0.425, 0.475),
        eye_w=u(0.195, 0.225),
        eye_open=u(0.085, 0.11),
        eye_tilt=u(-0.02, 0.10),
        crease=u(0.3, 0.9),
        iris=IRISES[rng.choice(5, p=[0.75, 0.2, 0.03, 0.01, 0.01] if tone > 2.5 else [0.2] * 5)]
        * u(0.85, 1.15),
        nose_w=u(0.165, 0.215) + 0.012 * tone / 2,
        nose_len=u(0.56, 0.65),
        nose_tip=u(0.7, 1.25),
        mouth_y=u(0.92, 0.99),
        mouth_w=u(0.32, 0.38),
        lip_up=u(0.055, 0.085) + 0.008 * tone / 2,
        lip_low=u(0.085, 0.12) + 0.008 * tone / 2,
        lip_rest=u(-0.025, 0.025),
        lip_red=u(0.35, 0.7) + (0.0 if man else 0.25),
        age=float(rng.beta(1.6, 2.6)),
        cheeks=u(0.6, 1.4),
        freckles=float(rng.random() < 0.22) * u(0.4, 1.0) * (tone < 2.2),
        beard=float(man and rng.random() < 0.45) * u(0.35, 1.0),
        glasses=bool(rng.random() < 0.16),
        cloth=CLOTHES[rng.integers(len(CLOTHES))] * u(0.85, 1.15),
        collar=int(rng.integers(3)),
        wall=WALLS[rng.integers(len(WALLS))] * u(0.85, 1.12),
        expressivity=float(np.clip(rng.normal(0.86, 0.13), 0.55, 1.1)),
        habit=rng.normal(0, 1, 32),
        seed=int(rng.integers(2**31)),
    )


def _blend(colours: np.ndarray, place: float) -> np.ndarray:
    low = min(int(place), len(colours) - 2)
    part = place - low
    return (1 - part) * colours[low] + part * colours[low + 1]


def _hair_colour(rng: np.random.Generator, tone: float) -> np.ndarray:
    if tone > 2.4:
        return HAIR_COLOURS[rng.choice([0, 0, 1])] * rng.uniform(0.9, 1.2)
    return HAIR_COLOURS[rng.choice(7, p=[0.15, 0.2, 0.22, 0.17, 0.12, 0.07, 0.07])] * rng.uniform(
        0.9, 1.15
    )
