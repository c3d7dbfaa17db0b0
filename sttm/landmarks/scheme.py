"""The 68-point scheme of Multi-PIE and iBUG: parts by name, the mirror image, how to draw it.

Left and right are those of the picture. Numbers count from 0 (iBUG's drawings count from 1).
Source: Sagonas, Tzimiropoulos, Zafeiriou, Pantic, 300 Faces in-the-Wild Challenge, ICCVW 2013,
DOI 10.1109/ICCVW.2013.59.
"""

from __future__ import annotations

import numpy as np

POINTS = 68
PARTS: dict[str, tuple[int, ...]] = {
    "jaw": tuple(range(17)),  # from ear to ear over the chin (8)
    "left brow": tuple(range(17, 22)),  # outer end first
    "right brow": tuple(range(22, 27)),  # inner end first
    "nose": tuple(range(27, 36)),  # four down the ridge, five along the base
    "left eye": tuple(range(36, 42)),  # clockwise from the left corner
    "right eye": tuple(range(42, 48)),
    "outer lips": tuple(range(48, 60)),  # clockwise from the left corner
    "inner lips": tuple(range(60, 68)),
}
# larger parts, for tables of errors
REGIONS: dict[str, tuple[int, ...]] = {
    "jaw": PARTS["jaw"],
    "brows": PARTS["left brow"] + PARTS["right brow"],
    "nose": PARTS["nose"],
    "eyes": PARTS["left eye"] + PARTS["right eye"],
    "mouth": PARTS["outer lips"] + PARTS["inner lips"],
}
OUTER_CORNERS = (36, 45)
CLOSED = ("left eye", "right eye", "outer lips", "inner lips")  # drawn as rings

_MIRRORED = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46),
    *(39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
)
MIRROR = np.array(_MIRRORED)  # point i of the mirror image was point MIRROR[i]


def mirrored(points: np.ndarray, width: float) -> np.ndarray:
    """Return points (..., 68, 2) as they lie in the mirror image of a picture ``width`` wide.

    >>> face = np.zeros((68, 2)) + [[3.0, 5.0]]
    >>> mirrored(face, 10)[0].tolist()
    [6.0, 5.0]
    """
    out = points[..., MIRROR, :].copy()
    out[..., 0] = width - 1 - out[..., 0]
    return out


def lines() -> list[list[int]]:
    """Return the polylines of a drawing, each as numbers of points; rings end where they began."""
    drawn = [list(numbers) for name, numbers in PARTS.items() if name != "nose"]
    rings = [list(PARTS[name]) for name in CLOSED]
    drawn = [line + line[:1] if line in rings else line for line in drawn]
    return [*drawn, list(range(27, 31)), list(range(31, 36))]


def eye_middles(points: np.ndarray) -> np.ndarray:
    """Return the middles of both eyes, left one first, (..., 68, 2) -> (..., 2, 2)."""
    return np.stack(
        [points[..., list(PARTS[name]), :].mean(axis=-2) for name in ("left eye", "right eye")],
        axis=-2,
    )


# The mean of 80 drawn (synthetic) faces at rest, made symmetric: the middle between the eyes is
# (0, 0), their distance 1. The place to begin from where nothing better is known.
_REST = [
    (-1.085, 0.024), (-1.057, 0.310), (-1.013, 0.593), (-0.965, 0.874),
    (-0.865, 1.141), (-0.708, 1.380), (-0.517, 1.593), (-0.281, 1.751),
    (0.000, 1.797), (0.281, 1.751), (0.517, 1.593), (0.708, 1.380),
    (0.865, 1.141), (0.965, 0.874), (1.013, 0.593), (1.057, 0.310),
    (1.085, 0.024), (-0.845, -0.291), (-0.686, -0.361), (-0.526, -0.391),
    (-0.367, -0.387), (-0.208, -0.361), (0.208, -0.361), (0.367, -0.387),
    (0.526, -0.391), (0.686, -0.361), (0.845, -0.291), (0.000, -0.018),
    (0.000, 0.184), (0.000, 0.386), (0.000, 0.588), (-0.216, 0.688),
    (-0.118, 0.721), (0.000, 0.749), (0.118, 0.721), (0.216, 0.688),
    (-0.734, 0.011), (-0.578, -0.090), (-0.422, -0.080), (-0.266, 0.020),
    (-0.422, 0.071), (-0.578, 0.068), (0.266, 0.020), (0.422, -0.080),
    (0.578, -0.090), (0.734, 0.011), (0.578, 0.068), (0.422, 0.071),
    (-0.393, 1.082), (-0.244, 1.032), (-0.094, 0.985), (0.000, 1.006),
    (0.094, 0.985), (0.244, 1.032), (0.393, 1.082), (0.244, 1.168),
    (0.094, 1.205), (0.000, 1.217), (-0.094, 1.205), (-0.244, 1.168),
    (-0.354, 1.082), (-0.157, 1.082), (0.000, 1.091), (0.157, 1.082),
    (0.354, 1.082), (0.157, 1.082), (0.000, 1.091), (-0.157, 1.082),
]  # fmt: skip
REST = np.array(_REST)
