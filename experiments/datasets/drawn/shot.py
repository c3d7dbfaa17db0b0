"""One frame: where everything is at that moment, then the picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas
from .eyes import paint_eye
from .glasses import paint_glasses
from .head import MAP_STEP, Head, paint_head
from .identity import Identity
from .mouth import paint_mouth
from .points import brows_of, carried, eye_points, jaw_of, mouth_points, nose_of
from .scene import paint_scene

FACE_UNIT = 0.240  # of the frame's height: half the width of an average head
EYE_LINE = 0.445  # of the frame's height
SHARPER = 1.25  # the head is painted finer than the frames by this factor


@dataclass(frozen=True)
class Stage:
    """All that is painted once for a subject at a frame size; ``unit`` in pixels."""

    who: Identity
    head: Head
    scene: np.ndarray
    unit: float


def set_stage(size: int, who: Identity) -> Stage:
    """Paint head and surroundings of ``who`` for frames of ``size`` pixels squared."""
    unit = FACE_UNIT * size * who.scale
    left, top = -0.5 * size / unit, -EYE_LINE * size / unit
    frame = Canvas(unit, (left, top, left + size / unit, top + size / unit))
    return Stage(who, paint_head(Canvas(SHARPER * unit), who), paint_scene(frame, who), unit)


class Shot:
    """One frame: where everything is, then the picture."""

    def __init__(
        self,
        stage: Stage,
        sheet: tuple[np.ndarray, np.ndarray],
        gains: np.ndarray,
        shifts: np.ndarray,
        units: np.ndarray,
        gaze: np.ndarray,
        pose: np.ndarray,
    ) -> None:
        self.stage, self.gains = stage, gains
        self.sheet, self.alpha = sheet
        self.units, self.gaze = units, gaze
        x, y, turn, scale, yaw, pitch = pose
        self.size = len(stage.scene)
        strengths = np.concatenate([units, [yaw, pitch]]).astype(np.float32)
        self.shift = np.tensordot(strengths, shifts, axes=1)  # (gh, gw, 2) face units
        zoom = stage.unit * scale
        self.pixel = float(1 / zoom)
        c, s = zoom * np.cos(turn), zoom * np.sin(turn)
        self.turn = np.array([[c, -s], [s, c]])  # face -> pixel
        self.back = np.linalg.inv(self.turn)
        self.origin = np.array([0.5 + x, EYE_LINE + y]) * self.size - 0.5

    def picture(self, scene: np.ndarray) -> np.ndarray:
        """Return the frame before exposure, (size, size, 3) float32."""
        maps = self._maps()
        edge = cv2.BORDER_CONSTANT
        head = cv2.remap(self._shaded(), *maps, cv2.INTER_LINEAR, borderMode=edge)
        alpha = cv2.remap(self.alpha, *maps, cv2.INTER_LINEAR, borderMode=edge)
        rest = (255 - alpha) * np.float32(1 / 255)
        picture = np.asarray(
            cv2.add(cv2.multiply(scene, cv2.merge([rest, rest, rest])), head, dtype=cv2.CV_32F)
        )
        self._moving_parts(picture)
        return picture

    def eyes(self) -> np.ndarray:
        """Return the pupils in pixels, (2, 2)."""
        return np.stack(
            [self._to_pixels(self._eye(side) + self.gaze - (0, 0.012)) for side in (-1, 1)]
        )

    def points(self) -> np.ndarray:
        """Return the 68 points of the face in pixels, (68, 2)."""
        who, units = self.stage.who, self.units
        rest = np.concatenate([jaw_of(who), brows_of(who), nose_of(who)])
        parts = [
            carried(rest, lambda q: self._sample(q.astype(np.float32))),
            *(eye_points(who, self._eye(side), side, units) for side in (-1, 1)),
            mouth_points(who, *self._mouth(), units),
        ]
        return np.concatenate(parts) @ self.turn.T + self.origin

    def _shaded(self) -> np.ndarray:
        """Return the sheet with the folds of this frame."""
        window = self.stage.head.window
        active = np.flatnonzero(self.units > 0.004)
        sheet = self.sheet.copy()
        if len(active):
            gain = 1 + np.tensordot(self.units[active], self.gains[active], axes=1)
            gain = np.clip(gain, 0.35, 1.7)
            merged = cv2.merge([gain, gain, gain])
            sheet[window] = cv2.multiply(self.sheet[window], merged, dtype=cv2.CV_8U)
        return sheet

    def _maps(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where on the sheet each pixel comes from, computed on every fourth pixel."""
        few = -(-self.size // 4)
        p = np.arange(few) * 4 + 1.5
        grid = np.stack(np.meshgrid(p, p), axis=-1)
        q = ((grid - self.origin) @ self.back.T).astype(np.float32)
        q = q - self._sample(q)
        bounds = np.array(self.stage.head.canvas.bounds[:2], np.float32)
        at = (q - bounds) * np.float32(self.stage.head.canvas.scale) - np.float32(0.5)
        full = cv2.resize(at, (4 * few, 4 * few), interpolation=cv2.INTER_LINEAR)
        full = full[: self.size, : self.size]
        return np.ascontiguousarray(full[..., 0]), np.ascontiguousarray(full[..., 1])

    def _sample(self, q: np.ndarray) -> np.ndarray:
        """Return the displacement at face coordinates ``q`` (..., 2)."""
        bounds = np.array(self.stage.head.canvas.bounds[:2], np.float32)
        at = ((q - bounds) / np.float32(MAP_STEP) - np.float32(0.5)).astype(np.float32)
        flat = at.reshape(1, -1, 2) if at.ndim < 3 else at
        at_x, at_y = (np.ascontiguousarray(flat[..., i]) for i in (0, 1))
        out = cv2.remap(self.shift, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return out.reshape(q.shape)

    def _moved(self, x: float, y: float) -> np.ndarray:
        point = np.array([[x, y]], np.float32)
        return (point + self._sample(point))[0]

    def _eye(self, side: int) -> np.ndarray:
        """Return the middle of an eye in face coordinates."""
        return self._moved(side * self.stage.who.eye_x, 0.0)

    def _mouth(self) -> tuple[np.ndarray, np.ndarray]:
        """Return corners (2, 2) and middle (2,) of the mouth in face coordinates."""
        who = self.stage.who
        down = who.mouth_y + who.lip_rest
        corners = np.stack([self._moved(side * who.mouth_w, down) for side in (-1, 1)])
        return corners, self._moved(0.0, who.mouth_y)

    def _to_pixels(self, q: np.ndarray) -> np.ndarray:
        return self.turn @ q + self.origin

    def _patch(
        self, centre: np.ndarray, half: tuple[float, float]
    ) -> tuple[tuple[slice, slice], np.ndarray]:
        """Return the slices around a face point and the face coordinates of their pixels."""
        x, y = self._to_pixels(centre)
        dx, dy = (int(np.ceil(h / self.pixel)) for h in half)
        x0, x1 = max(0, int(x) - dx), min(self.size, int(x) + dx + 1)
        y0, y1 = max(0, int(y) - dy), min(self.size, int(y) + dy + 1)
        grid = np.stack(np.meshgrid(np.arange(x0, x1), np.arange(y0, y1)), axis=-1)
        return (slice(y0, y1), slice(x0, x1)), ((grid - self.origin) @ self.back.T).astype(
            np.float32
        )

    def _moving_parts(self, picture: np.ndarray) -> None:
        who = self.stage.who
        for side in (-1, 1):
            centre = self._eye(side)
            place, q = self._patch(centre, (0.36, 0.30))
            light = self._brightness(side * 0.45, 0.0)
            paint_eye(
                picture[place], q, self.pixel, who, centre, side, self.units, self.gaze, light
            )
        corners, middle = self._mouth()
        place, q = self._patch(middle + np.array([0, 0.13]), (0.60, 0.40))
        paint_mouth(picture[place], q, self.pixel, who, corners, middle, self.units,
                    self._brightness(0.0, who.mouth_y))  # fmt: skip
        if who.glasses:
            place, q = self._patch(self._moved(0.0, 0.05), (1.15, 0.45))
            shift = 0.5 * (self._eye(-1) + self._eye(1))
            paint_glasses(picture[place], q, self.pixel, who, shift)

    def _brightness(self, x: float, y: float) -> float:
        """Return how bright the light is near a place on the face, 1 in full light."""
        head = self.stage.head
        (cx, cy), r = np.round(head.canvas.pixels(np.array([[x, y]])))[0].astype(int), 6
        area = slice(cy - r, cy + r), slice(cx - r, cx + r)
        ratio = self.sheet[area].mean() / max(head.albedo[area].mean(), 1.0)
        return float(np.clip(1.12 * ratio, 0.45, 1.08))
