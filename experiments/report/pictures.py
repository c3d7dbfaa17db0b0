"""Arrays as small PNG pictures inside the page: film strips and block weights on the mean face."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd

from .data import PLACE_COLUMNS, Example, importances
from .words import percent

FRAME_SIDE = 96  # pixels of the longer side of a frame in the page
SMALLEST_SIDE = 56
MOST_FRAMES = 8
FRAME_BUDGET = 96  # frames in the whole page; more examples get fewer frames each
FULL_FRAMES = 60  # frames in the whole page that may have the full side, so the file stays small
FACE_SIDE = 112
MOST_PANELS = 60
FULL_PANELS = 16  # panels that may have the full side
MAP_TONES = 24  # fewer tones than 256 make a map's PNG three times smaller


@dataclass(frozen=True, slots=True)
class Picture:
    """One image: ``uri`` is a PNG as a data URI, ``alt`` says in words what it shows."""

    uri: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Panels:
    """The time slices of one class, and how many classes' worth was asked for."""

    label: str
    slices: list[tuple[str, Picture]]


def picture(image: np.ndarray, alt: str) -> Picture:
    """Return an image (y, x) or (y, x, 3) RGB, uint8, as a PNG data URI."""
    shown = image if image.ndim == 2 else image[..., ::-1]
    ok, code = cv2.imencode(".png", shown, [cv2.IMWRITE_PNG_COMPRESSION, 7])
    if not ok:  # no array of this shape and type is refused by OpenCV's encoder
        raise ValueError(f"OpenCV cannot encode an image of shape {image.shape} as PNG.")
    uri = "data:image/png;base64," + base64.b64encode(code.tobytes()).decode("ascii")
    return Picture(uri, alt, image.shape[1], image.shape[0])


def fitted(image: np.ndarray, side: int) -> np.ndarray:
    """Return ``image`` resized so that its longer side has ``side`` pixels."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, size, interpolation=how)


# examples ----------------------------------------------------------------------------------------


def film_strip(example: Example, examples: int = 1) -> list[Picture]:
    """Return the frames of an example, each with its map below where there is one.

    At most ``MOST_FRAMES``, evenly spread, and fewer where the page shows many ``examples``. All
    maps of one clip share one scale, from 0 to the clip's 99.8th percentile.
    """
    total = len(example.frames)
    most = max(3, min(MOST_FRAMES, FRAME_BUDGET // max(1, examples)))
    shrink = min(1.0, FULL_FRAMES / (examples * most)) ** 0.5
    side = max(SMALLEST_SIDE, round(FRAME_SIDE * shrink))
    chosen = np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(int))
    strength = None if example.map is None else unit_scaled(np.asarray(example.map)[chosen])
    strip = []
    for number, k in enumerate(chosen):
        image = fitted(np.asarray(example.frames[k], dtype=np.uint8), side)
        alt = f"Frame {number + 1} of {len(chosen)} of {example.clip}"
        if strength is not None:
            image = stacked(image, coloured(fitted(strength[number], side)))
            alt += ", its STTM response below"
        strip.append(picture(image, alt))
    return strip


def unit_scaled(values: np.ndarray) -> np.ndarray:
    """Return magnitudes scaled to 0 to 1 (float32), 1 at the 99.8th percentile; NaN becomes 0."""
    clean = np.nan_to_num(np.abs(np.asarray(values, dtype=np.float32)), posinf=0.0)
    top = float(np.percentile(clean, 99.8)) or float(clean.max())
    return np.clip(clean / top, 0, 1) if top > 0 else clean


def coloured(strength: np.ndarray) -> np.ndarray:
    """Return values of 0 to 1, (y, x), in the "inferno" colour map: (y, x, 3) RGB uint8."""
    tones = np.round(np.clip(strength, 0, 1) * (MAP_TONES - 1)) / (MAP_TONES - 1)
    grey = np.round(255 * tones).astype(np.uint8)
    return np.ascontiguousarray(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO)[..., ::-1])


def stacked(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return two pictures of equal width, one above the other, in RGB."""
    rgb = np.repeat(above[..., None], 3, axis=2) if above.ndim == 2 else above
    if below.shape[1] != rgb.shape[1]:
        below = cv2.resize(below, (rgb.shape[1], rgb.shape[0]))
    return np.concatenate([rgb, below], axis=0)


# block weights -----------------------------------------------------------------------------------


def weight_panels(weights: pd.DataFrame, face: np.ndarray | None) -> list[Panels]:
    """Return one picture per class and time slice: the blocks' weights over the mean face.

    Each class has its own scale, shared by its slices. Where blocks overlap their mean is drawn.
    """
    slices = sorted({(float(a), float(b)) for a, b in weights[["t_from", "t_to"]].to_numpy()})
    classes = list(importances(weights).columns)[: max(1, MOST_PANELS // max(1, len(slices)))]
    shrink = min(1.0, FULL_PANELS / max(1, len(classes) * len(slices))) ** 0.5
    ground = _ground(face, round(FACE_SIDE * shrink))
    panels = []
    for label in classes:
        maps = [raster(weights, str(label), s, ground.shape) for s in slices]
        top = max(float(m.max()) for m in maps) or 1.0
        panels.append(
            Panels(
                str(label),
                [
                    (slice_name(s, slices), picture(tinted(ground, m / top), _alt(label, m, s)))
                    for s, m in zip(slices, maps, strict=True)
                ],
            )
        )
    return panels


def raster(
    weights: pd.DataFrame, label: str, span: tuple[float, float], shape: tuple[int, ...]
) -> np.ndarray:
    """Return the mean weight at each pixel of one time slice, (y, x) float64."""
    total, cover = np.zeros(shape), np.zeros(shape)
    rows = weights[(weights["t_from"] == span[0]) & (weights["t_to"] == span[1])]
    edges = rows[["y_from", "y_to", "x_from", "x_to"]].to_numpy(dtype=float)
    sides = np.array([shape[0], shape[0], shape[1], shape[1]])
    pixels = np.round(edges * sides).astype(int)
    for (y0, y1, x0, x1), value in zip(pixels, rows[label].to_numpy(dtype=float), strict=True):
        total[y0:y1, x0:x1] += value
        cover[y0:y1, x0:x1] += 1
    return np.divide(total, cover, out=total, where=cover > 0)


def tinted(face: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return a grey face washed with orange by ``share`` (0 to 1), (y, x, 3) RGB uint8.

    The wash also darkens, so the order can be read without colour.
    """
    low, high = np.percentile(face, (1, 99)) if np.ptp(face) else (0.0, 255.0)
    grey = np.clip((face.astype(np.float32) - low) / max(high - low, 1.0), 0, 1)
    pale = 255 - 255 * (1 - grey) * 0.6
    alpha = np.clip(share, 0, 1)[..., None] * 0.92
    mixed = pale[..., None] * (1 - alpha) + np.array([158, 42, 0], np.float32) * alpha
    return np.round(mixed).astype(np.uint8)


def slice_name(span: tuple[float, float], slices: Sequence[tuple[float, float]]) -> str:
    """Return what a stretch of time is called: "whole clip", "first half", "last frame" ..."""
    if span[0] == span[1]:
        named = {0.0: "first frame", 1.0: "last frame"}
        return named.get(span[0], f"frame at {percent(span[0])}")
    if len(slices) == 1:
        return "whole clip" if span == (0.0, 1.0) else f"{percent(span[0])} to {percent(span[1])}"
    if len(slices) in (2, 3) and slices[0][0] == 0.0 and slices[-1][1] == 1.0:
        part = {2: ("first half", "second half"), 3: ("first third", "middle", "last third")}
        return part[len(slices)][list(slices).index(span)]
    return f"{round(100 * span[0])}–{round(100 * span[1])}\u202f%"


def strongest(weights: pd.DataFrame, label: str, most: int = 3) -> str:
    """Return the places of a class's strongest blocks in words, strongest first."""
    slices = sorted({(float(a), float(b)) for a, b in weights[["t_from", "t_to"]].to_numpy()})
    order = weights[label].to_numpy(dtype=float).argsort()[::-1][:most]
    edges = weights[list(PLACE_COLUMNS[1:])].to_numpy(dtype=float)[order]
    places = []
    for t0, t1, y0, y1, x0, x1 in edges:
        where = f"{percent((x0 + x1) / 2)} across, {percent((y0 + y1) / 2)} down"
        places.append(f"{where} ({slice_name((t0, t1), slices)})")
    return "; ".join(places)


def _ground(face: np.ndarray | None, side: int) -> np.ndarray:
    if face is None:
        return np.full((side, side), 235, np.uint8)
    return fitted(np.asarray(face, dtype=np.uint8), side)


def _alt(label: object, values: np.ndarray, span: tuple[float, float]) -> str:
    if values.max() <= 0:
        return f"{label}: no weight in this stretch of time"
    y, x = np.argwhere(values == values.max()).mean(axis=0) / values.shape
    when = f"{percent(span[0])} to {percent(span[1])} of the clip"
    return (
        f"{label}, {slice_name(span, [span]) if span[0] == span[1] else when}: strongest around "
        f"{percent(x)} from the left and {percent(y)} from the top of the face"
    )
