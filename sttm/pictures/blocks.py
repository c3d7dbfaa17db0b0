"""Blocks of a face with what each adds to a decision: orange speaks for a class, blue against it.

Outlines are whole for and dashed against, so that the sign can be read without colour.
"""

from __future__ import annotations

import cv2
import numpy as np

FOR, AGAINST = (196, 78, 0), (0, 84, 168)  # RGB
STRONGEST = 0.8  # opacity of the largest part
FAINTEST = 0.12  # opacity of any part that is not 0
DASH = 4  # pixels


def draw_blocks(
    face: np.ndarray, edges: np.ndarray, parts: np.ndarray, top: float | None = None
) -> np.ndarray:
    """Return a face with blocks laid over it, (y, x, 3) RGB uint8.

    Parameters
    ----------
    face : array (y, x) uint8
    edges : array (blocks, 4)
        ``y_from, y_to, x_from, x_to`` as fractions of the face.
    parts : array (blocks,)
        What each block adds; its sign chooses the colour. 0 leaves the face as it is.
    top : float, optional
        The part that is drawn at full strength; the largest here unless told. Where blocks overlap,
        parts are added first.

    Examples
    --------
    >>> import numpy as np
    >>> face = np.full((4, 4), 128, np.uint8)
    >>> drawn = draw_blocks(face, np.array([[0.0, 0.5, 0.0, 0.5]]), np.array([0.0]))
    >>> bool((drawn == 255 - (255 - 128) * 0.6 // 1).all())
    True
    """
    pale = 255 - 255 * (1 - face.astype(np.float32) / 255) * 0.6
    out = np.repeat(np.round(pale)[..., None], 3, axis=2)
    boxes = _pixels(np.asarray(edges, dtype=float).reshape(-1, 4), face.shape)
    total = np.zeros(face.shape)
    for (y0, y1, x0, x1), part in zip(boxes, parts, strict=True):
        total[y0:y1, x0:x1] += part
    top = float(np.abs(total).max()) if top is None else top
    if top > 0:
        share = np.clip(np.abs(total) / top, 0, 1)
        opacity = np.where(total != 0, FAINTEST + (STRONGEST - FAINTEST) * share, 0.0)[..., None]
        colour = np.where((total > 0)[..., None], np.array(FOR), np.array(AGAINST))
        out = out * (1 - opacity) + colour * opacity
    drawn = np.ascontiguousarray(np.round(out).astype(np.uint8))
    for box, part in zip(boxes, parts, strict=True):
        if part:
            _outline(drawn, box, part > 0)
    return drawn


def _pixels(edges: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return edges in whole pixels, (blocks, 4), each block one pixel wide at least."""
    sides = np.array([shape[0], shape[0], shape[1], shape[1]])
    out = np.round(edges * sides).astype(int)
    out[:, 1::2] = np.maximum(out[:, 1::2], out[:, ::2] + 1)
    return out


def _outline(picture: np.ndarray, box: np.ndarray, solid: bool) -> None:
    y0, y1, x0, x1 = (int(v) for v in box)
    colour = FOR if solid else AGAINST
    if solid:
        cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), colour, 1)
        return
    for x in range(x0, x1, 2 * DASH):
        picture[[y0, y1 - 1], x : min(x + DASH, x1)] = colour
    for y in range(y0, y1, 2 * DASH):
        picture[y : min(y + DASH, y1), [x0, x1 - 1]] = colour
