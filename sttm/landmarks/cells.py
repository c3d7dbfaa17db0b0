"""What a picture looks like around points: oriented-gradient cells, sampled from channel images.

The picture is brought to the frame of the shape first (eyes level, ``UNIT`` pixels apart), so that
cells mean the same on every face. Smoothed maps of the gradient by direction are made once, and a
cell is then one look-up: the maps of DAISY (Tola, Lepetit, Fua 2010, DOI 10.1109/TPAMI.2009.77) in
the square grid of SIFT (Lowe 2004, DOI 10.1023/B:VISI.0000029664.99615.94), which Xiong and De la
Torre used.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

UNIT = 40.0  # pixels between the eyes in the frame
BOUNDS = (-1.4, -0.95, 1.4, 2.15)  # of the frame: left, top, right, bottom in eye distances
MOST = 0.2  # of a patch's length that one of its entries may have, as in SIFT
FAINT = 8.0  # grey levels: patches whose gradients are together weaker fade to zero


@dataclass(frozen=True)
class Cells:
    """How a point's surroundings are described.

    Parameters
    ----------
    across : int
        Cells along a side of the patch.
    size : float
        Width of a cell, in pixels of the frame.
    orientations : int
        Of gradients, over the full circle.
    """

    across: int = 3
    size: float = 6.0
    orientations: int = 8

    @property
    def length(self) -> int:
        """Return the numbers per point."""
        return self.across**2 * self.orientations


def frame_size() -> tuple[int, int]:
    """Return width and height of the frame in pixels."""
    left, top, right, bottom = BOUNDS
    return round((right - left) * UNIT), round((bottom - top) * UNIT)


def to_frame() -> np.ndarray:
    """Return the transform (2, 3) from eye distances to pixels of the frame."""
    return np.array([[UNIT, 0.0, -BOUNDS[0] * UNIT], [0.0, UNIT, -BOUNDS[1] * UNIT]])


def framed(grey: np.ndarray, transform: np.ndarray) -> np.ndarray:
    """Return the picture in the frame, float32; ``transform`` (2, 3) takes pixels to the frame.

    What lies beyond the picture repeats its border. A picture that is larger is smoothed first.
    """
    scale = float(np.hypot(transform[0, 0], transform[1, 0]))
    if scale < 0.7:
        widest = max(grey.shape) / 2  # beyond, the picture is one grey level
        grey = cv2.GaussianBlur(grey, (0, 0), min(0.4 / max(scale, 1e-9), widest))
    return cv2.warpAffine(
        grey, transform, frame_size(), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)


def channels(picture: np.ndarray, cells: Cells) -> np.ndarray:
    """Return how much brighter it becomes along each direction, (orientations, y, x) float32.

    ``max(dI/do, 0)``, smoothed by two boxes of a cell's width (Tola, Lepetit, Fua 2010, their
    equation 1, has Gaussians).
    """
    dx = cv2.Sobel(picture, cv2.CV_32F, 1, 0, ksize=1)
    dy = cv2.Sobel(picture, cv2.CV_32F, 0, 1, ksize=1)
    angles = np.arange(cells.orientations) * (2 * np.pi / cells.orientations)
    out = np.empty((cells.orientations, *picture.shape), np.float32)
    width = 2 * round((cells.size - 1) / 2) + 1
    for plane, angle in zip(out, angles.tolist(), strict=True):
        along = cv2.addWeighted(dx, np.cos(angle), dy, np.sin(angle), 0.0)
        risen = np.maximum(along, 0)
        cv2.blur(cv2.blur(risen, (width, width)), (width, width), dst=plane)
    return out


def describe(grey: np.ndarray, points: np.ndarray, frame: np.ndarray, cells: Cells) -> np.ndarray:
    """Return what surrounds points, (n * cells.length,) float32.

    Parameters
    ----------
    grey : ndarray (y, x) uint8
    points : ndarray (n, 2)
        In pixels of the frame.
    frame : ndarray (2, 3)
        From pixels of the picture to those of the frame.
    cells : Cells
    """
    maps = channels(framed(grey, frame), cells)
    offsets = (np.arange(cells.across) - (cells.across - 1) / 2) * cells.size
    down, right = np.meshgrid(offsets, offsets, indexing="ij")
    at = points[:, None, :] + np.stack([right.ravel(), down.ravel()], axis=1)
    height, width = maps.shape[1:]
    x = np.clip(np.rint(at[..., 0]), 0, width - 1).astype(int)
    y = np.clip(np.rint(at[..., 1]), 0, height - 1).astype(int)
    patches = maps[:, y, x].transpose(1, 0, 2).reshape(len(points), -1)  # (n, length)
    lengths = np.sqrt((patches**2).sum(axis=1, keepdims=True) + FAINT**2)
    patches = np.minimum(patches / lengths, MOST)
    lengths = np.sqrt((patches**2).sum(axis=1, keepdims=True)) + 0.1
    return (patches / lengths).ravel()
