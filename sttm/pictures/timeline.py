"""The panel below the overlay video: who and when, and the change of the face over time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from .text import Colour, Page, fitting, font, wide
from .words import Caption

GROUND: Colour = (20, 22, 26)
INK: Colour = (236, 238, 242)
GREY: Colour = (150, 156, 166)
RULE: Colour = (58, 62, 70)
CURVES: tuple[Colour, ...] = ((255, 176, 32), (96, 190, 255), (150, 220, 120), (232, 140, 220))
CURVE = "local change in the face over time"
FADED = 0.35  # brightness of what is still to come
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


class Timeline:
    """Draws the panel of any frame; everything but cursor and clock is drawn once.

    Parameters
    ----------
    caption : Caption
        Of the largest face.
    change : sequence of array (frames,)
        Mean local change in every source frame, one array per face.
    full : float
        The largest change of all reaches the top, but no change below ``full`` does, so that
        noise stays low.
    size : (int, int)
        Height and width of the panel, pixels.
    unit : float
        How large letters and lines are.
    """

    def __init__(
        self,
        caption: Caption,
        change: Sequence[np.ndarray],
        full: float,
        size: tuple[int, int],
        unit: float,
    ) -> None:
        self.caption = caption
        self.frames = len(change[0])
        self.height, self.width = size
        self.unit = unit
        self.margin = round(14 * self.unit)
        self.small = font(max(9, round(14 * self.unit)))
        self.top = round(36 * self.unit)
        self.bottom = self.height - round(24 * self.unit)
        clock = wide(self._clock(self.frames - 1), self.small)
        self.bright = self._still(change, full, clock)
        self.dim = np.rint(self.bright * FADED + np.array(GROUND) * (1 - FADED)).astype(np.uint8)
        for text in (slice(0, self.top), slice(self.bottom + 1, None)):
            self.dim[text] = self.bright[text]

    def at(self, frame: int) -> np.ndarray:
        """Return the panel at source frame ``frame`` of the clip, (height, width, 3) uint8 RGB."""
        x = round(self._x(frame))
        out = self.dim.copy()
        out[:, :x] = self.bright[:, :x]
        thick = max(1, round(1.5 * self.unit))
        cv2.line(out, (x, self.top), (x, self.bottom), INK, thick)
        return self._written(out, self._clock(frame))

    def _x(self, frame: float) -> float:
        span = self.width - 1 - 2 * self.margin
        return self.margin + span * (frame / max(1, self.frames - 1))

    def _clock(self, frame: int) -> str:
        seconds = self.caption.seconds(frame)
        return f"frame {self.caption.frame(frame)}" + (f", {seconds} s" if seconds else "")

    def _written(self, out: np.ndarray, text: str) -> np.ndarray:
        band = Page(self.top, wide(text, self.small) + self.margin, GROUND)
        band.write(0, round(17 * self.unit), text, self.small, INK, "lm")
        drawn = band.array()
        out[: self.top, self.width - drawn.shape[1] :] = drawn
        return out

    def _still(self, change: Sequence[np.ndarray], full: float, clock: int) -> np.ndarray:
        page = Page(self.height, self.width, GROUND)
        line = round(17 * self.unit)
        room = self.width - 3 * self.margin - clock
        face = font(self.small.size, bold=True, text=self.caption.title)
        title = fitting(self.caption.title, face, round(room * 0.6))
        page.write(self.margin, line, title, face, INK, "lm")
        x = self.margin + wide(title, face) + self.margin
        about = self._about(room + self.margin - x)
        page.write(x, line, about, self.small, GREY, "lm")
        self._ticks(page)
        out = page.array()
        largest = max(full, *(float(c.max()) for c in change))
        for number, curve in reversed(list(enumerate(change))):
            self._curve(out, curve / largest, CURVES[number % len(CURVES)], filled=len(change) == 1)
        return out

    def _about(self, room: int) -> str:
        """Return what stands behind the title: the note, and the curve's meaning if it fits."""
        note = self.caption.note
        both = f"{note} {CURVE[0].upper()}{CURVE[1:]}." if note else CURVE
        if wide(both, self.small) <= room:
            return both
        return fitting(note, self.small, max(0, room)) if note else ""

    def _curve(self, out: np.ndarray, shares: np.ndarray, colour: Colour, filled: bool) -> None:
        x = np.array([self._x(i) for i in range(len(shares))])
        y = self.bottom - shares * (self.bottom - self.top - 2)
        if len(x) == 1:
            x, y = np.array([self.margin, self.width - 1 - self.margin]), np.repeat(y, 2)
        points = np.rint(np.column_stack([x, y]) * 16).astype(np.int32)
        if filled:
            ends = np.array([[x[-1], self.bottom], [x[0], self.bottom]]) * 16
            area = np.concatenate([points, np.rint(ends).astype(np.int32)])
            dark = tuple(round(0.45 * c + 0.55 * g) for c, g in zip(colour, GROUND, strict=True))
            cv2.fillPoly(out, [area], dark, cv2.LINE_AA, 4)
        cv2.polylines(out, [points], False, colour, max(1, round(self.unit)), cv2.LINE_AA, 4)

    def _ticks(self, page: Page) -> None:
        page.draw.line(
            (self.margin, self.bottom, self.width - 1 - self.margin, self.bottom), fill=RULE
        )
        for frame, text in tick_marks(self.caption, self.frames, self.width / (70 * self.unit)):
            x, half = self._x(frame), wide(text, self.small) / 2
            page.draw.line((x, self.bottom, x, self.bottom + round(3 * self.unit)), fill=GREY)
            inside = min(max(x, self.margin + half), self.width - 1 - self.margin - half)
            y = self.bottom + round(4 * self.unit)
            page.write(inside, y, text, self.small, GREY, "ma")


def tick_marks(caption: Caption, frames: int, most: float) -> list[tuple[float, str]]:
    """Return positions in the clip and their labels: round seconds, or frames without a rate."""
    rate = caption.fps or 1.0
    steps = TICKS if caption.fps else [s * 10**p for p in range(7) for s in (1, 2, 5)]
    begin, end = caption.first / rate, (caption.first + frames - 1) / rate
    step = next((s for s in steps if (end - begin) / s <= most), steps[-1])
    marks = np.arange(math.ceil(begin / step - 1e-9), math.floor(end / step + 1e-9) + 1) * step
    unit = " s" if caption.fps else ""
    return [(float(m * rate - caption.first), f"{m:g}{unit}") for m in marks[: 2 * int(most) + 2]]
