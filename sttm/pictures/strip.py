"""A clip as one still picture: crop, map and strongest blocks, each over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import InputError
from .colours import ACCENT, paint
from .maps import Block, Limits, limits_of, one_moment, positions_in
from .text import Colour, Page, fitting, font, wide, wrapped
from .words import Caption

WIDTH = 1600  # of a strip with enough columns
LEAST_WIDTH = 960
MARGIN, GAP = 32, 8
LEFT, RIGHT = 112, 152  # row names; colour bar and remarks
PANEL = (40, 256)  # least and largest side of one panel
MOST_COLUMNS = 24
ROOMY = 100  # side of a panel beside which everything can be said
TITLE, BODY, SMALL = 30, 18, 16
LINE = 26  # from one line of text to the next
PAPER: Colour = (255, 255, 255)
INK: Colour = (28, 30, 34)
GREY: Colour = (96, 101, 110)
FAINT: Colour = (196, 200, 206)
BAR = 16  # width of the colour bar


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things are on a strip, pixels: everything follows from columns and header lines."""

    columns: int
    panel: int
    width: int
    header: int
    footer: int

    @property
    def height(self) -> int:
        """Height of the whole strip."""
        return self.below + 3 * LINE + 10 + self.footer + MARGIN

    @property
    def below(self) -> int:
        """Where the rows of panels end."""
        return self.header + 3 * self.panel + 2 * GAP

    def left(self, column: int) -> int:
        """Left edge of a column."""
        return MARGIN + LEFT + column * (self.panel + GAP)

    def top(self, row: int) -> int:
        """Upper edge of a row."""
        return self.header + row * (self.panel + GAP)


def strip_image(
    volume: np.ndarray,
    signed: np.ndarray,
    blocks: Sequence[Block],
    strongest: Sequence[Block],
    caption: Caption,
    columns: int = 8,
) -> np.ndarray:
    """Return the strip of one face.

    Three rows over time: the crop; the map in colours, one scale for all columns; the crop with
    the strongest blocks of the column's time slice outlined, in fuller colour where stronger.

    Parameters
    ----------
    volume : array (t, y, x) uint8
        The crop in the frames that the descriptor looks at.
    signed : array (t, y, x)
        Signed roots of the response of ``volume``.
    blocks, strongest : sequence of Block
        All blocks of the descriptor, and those to outline.
    caption : Caption
        The words.
    columns : int
        Most frames shown, 1 to 24; a shorter clip has fewer.

    Returns
    -------
    array (h, w, 3) uint8
        RGB, 1600 pixels wide for 5 to 24 columns.
    """
    chosen = chosen_frames(len(volume), blocks, columns)
    note = _notes(blocks, strongest, caption)
    layout = lay_out(len(chosen), caption, note)
    page = Page(layout.height, layout.width, PAPER)
    limits = limits_of(signed)
    _header(page, layout, caption)
    strong = max((b.strength for b in strongest), default=1.0)
    for column, t in enumerate(chosen):
        crop = cv2.cvtColor(volume[t], cv2.COLOR_GRAY2RGB)
        here = _in_slice(strongest, slice_at(blocks, int(t)))
        for row, image in enumerate(
            (
                _fit(crop, layout.panel),
                paint(_fit(signed[t].astype(np.float32), layout.panel), limits),
                outlined(_fit(crop, layout.panel), here, layout.panel / len(crop), strong),
            )
        ):
            page.paste(layout.left(column), layout.top(row), image)
    _row_names(page, layout, strongest)
    _colour_bar(page, layout, limits)
    _times(page, layout, chosen, len(volume), caption)
    _slices(page, layout, chosen, blocks, len(volume), caption)
    _footer(page, layout, note)
    return page.array()


def chosen_frames(length: int, blocks: Sequence[Block], columns: int) -> np.ndarray:
    """Return which frames are shown: evenly spaced, with the moment of a descriptor of one frame.

    >>> chosen_frames(10, [], 4).tolist()
    [0, 3, 6, 9]
    """
    if not 1 <= columns <= MOST_COLUMNS:
        raise InputError(f"columns must be a whole number from 1 to 24, not {columns!r}.")
    if columns == 1:
        chosen = np.array([(length - 1) // 2])
    else:
        chosen = np.unique(np.rint(np.linspace(0, length - 1, min(columns, length))).astype(int))
    moment = one_moment(blocks)
    if moment is not None:
        chosen[np.argmin(np.abs(chosen - moment))] = moment
    return chosen


def slice_at(blocks: Sequence[Block], t: int) -> tuple[int, int] | None:
    """Return the time slice of the blocks that holds frame ``t``, the one about it most evenly."""
    slices = {b.t for b in blocks if b.t[0] <= t < b.t[1]}
    return min(slices, key=lambda s: (abs((s[0] + s[1] - 1) / 2 - t), s), default=None)


def _in_slice(strongest: Sequence[Block], stretch: tuple[int, int] | None) -> list[Block]:
    return [b for b in strongest if b.t == stretch]


def outlined(
    picture: np.ndarray, blocks: Sequence[Block], zoom: float, strong: float
) -> np.ndarray:
    """Return a picture (y, x, 3) with blocks outlined, ``strong`` being the full strength."""
    out = picture.copy()
    thick = max(1, round(len(picture) / 90))
    for block in reversed(blocks):  # the strongest last, on top
        share = block.strength / strong
        low = (round(block.x[0] * zoom), round(block.y[0] * zoom))
        high = (round(block.x[1] * zoom) - 1, round(block.y[1] * zoom) - 1)
        for width, alpha in ((cv2.FILLED, 0.4 * share), (thick, 0.4 + 0.6 * share)):
            drawn = cv2.rectangle(out.copy(), low, high, ACCENT, width)
            out = cv2.addWeighted(drawn, alpha, out, 1 - alpha, 0)
    return out


def lay_out(columns: int, caption: Caption, note: str) -> Layout:
    """Return where things are for so many columns."""
    sides = 2 * MARGIN + LEFT + RIGHT
    room = (WIDTH - sides - GAP * (columns - 1)) // columns
    panel = int(np.clip(room, *PANEL))
    width = max(LEAST_WIDTH, sides + columns * panel + GAP * (columns - 1))
    if room <= PANEL[1]:
        width = max(width, WIDTH)
    lines = sum(
        len(wrapped(line, font(BODY, text=line), width - 2 * MARGIN)) for line in _lines(caption)
    )
    footer = len(wrapped(note, font(SMALL), width - 2 * MARGIN)) * (LINE - 3)
    return Layout(columns, panel, width, MARGIN + 46 + lines * LINE + 16, footer)


def _fit(image: np.ndarray, side: int) -> np.ndarray:
    how = cv2.INTER_AREA if side < len(image) else cv2.INTER_CUBIC
    if image.dtype == np.float32:
        how = cv2.INTER_LINEAR  # no overshoot: black stays black
    return cv2.resize(image, (side, side), interpolation=how)


# words on the page --------------------------------------------------------------------------------


def _lines(caption: Caption) -> list[str]:
    return [caption.note, *caption.lines] if caption.note else list(caption.lines)


def _header(page: Page, layout: Layout, caption: Caption) -> None:
    width, y = layout.width - 2 * MARGIN, MARGIN
    face = font(TITLE, bold=True, text=caption.title)
    page.write(MARGIN, y, fitting(caption.title, face, width), face, INK, "la")
    y += 46
    for line in _lines(caption):
        face = font(BODY, text=line)
        for part in wrapped(line, face, width):
            page.write(MARGIN, y, part, face, GREY, "la")
            y += LINE


def _row_names(page: Page, layout: Layout, strongest: Sequence[Block]) -> None:
    names = ("aligned crop", "texture map", "strongest blocks")
    if layout.panel < ROOMY:
        names = ("crop", "map", "blocks")
    for row, name in enumerate(names):
        lines = name.split(" ")
        y = layout.top(row) + layout.panel / 2 - LINE * (len(lines) - 1) / 2
        for part in lines:
            page.write(MARGIN, y, part, font(BODY), INK, "lm")
            y += LINE
    for row, name in enumerate(("frame", "second")):
        page.write(MARGIN, layout.below + 6 + row * LINE, name, font(SMALL), GREY, "la")
    remark = "fuller colour is stronger" if strongest else "no local change"
    x, y = layout.left(layout.columns - 1) + layout.panel + 16, layout.top(2) + layout.panel / 2
    for part in wrapped(remark, font(SMALL), RIGHT - 16):
        page.write(x, y, part, font(SMALL), GREY, "lm")
        y += LINE - 3


def _colour_bar(page: Page, layout: Layout, limits: Limits) -> None:
    side = layout.panel
    x, y = layout.left(layout.columns - 1) + side + 16, layout.top(1)
    middle = round(side * limits.change / (limits.change + limits.contour))
    ramp = np.concatenate(
        [np.linspace(limits.change, 0, middle), np.linspace(0, -limits.contour, side - middle)]
    ).astype(np.float32)
    page.paste(x, y, np.repeat(paint(ramp[:, None], limits), BAR, axis=1))
    small, x = font(SMALL), x + BAR + 8
    page.write(x, y, f"{limits.change:.3f}", small, INK, "la")
    page.write(x, y + side, f"−{limits.contour:.3f}", small, INK, "ld")
    if side >= ROOMY:
        page.write(x, y + middle, "0", small, INK, "lm")
        page.write(x, y + 20, "change", small, GREY, "la")
        page.write(x, y + side - 20, "contours", small, GREY, "ld")


def _times(page: Page, layout: Layout, chosen: np.ndarray, length: int, caption: Caption) -> None:
    positions = positions_in(length, caption.frames)
    for column, t in enumerate(chosen):
        x, at = layout.left(column) + layout.panel / 2, float(positions[t])
        page.write(x, layout.below + 6, caption.frame(at, length), font(SMALL), INK, "ma")
        page.write(x, layout.below + 6 + LINE, caption.seconds(at), font(SMALL), INK, "ma")


def _slices(
    page: Page,
    layout: Layout,
    chosen: np.ndarray,
    blocks: Sequence[Block],
    length: int,
    caption: Caption,
) -> None:
    """Draw a line under the columns of each time slice of the grid."""
    y = layout.below + 2 * LINE + 10
    numbers = {stretch: i for i, stretch in enumerate(sorted({b.t for b in blocks}))}
    groups: dict[tuple[int, int], list[int]] = {}
    for column, t in enumerate(chosen):
        stretch = slice_at(blocks, int(t))
        if stretch is not None:
            groups.setdefault(stretch, []).append(column)
    page.write(MARGIN, y + 6, "time slice", font(SMALL), GREY, "la")
    for stretch, columns in groups.items():
        low = layout.left(columns[0])
        high = layout.left(columns[-1]) + layout.panel
        page.draw.line((low, y, high - 1, y), fill=FAINT, width=3)
        begin, end = (source_frame(caption, length, border) for border in stretch)
        frames = f"frames {begin} to {end - 1}" if end - 1 > begin else f"frame {begin}"
        long = f"t{numbers[stretch]}, {frames}"
        text = long if wide(long, font(SMALL)) <= high - low else f"t{numbers[stretch]}"
        page.write((low + high) / 2, y + 6, text, font(SMALL), GREY, "ma")


def source_frame(caption: Caption, length: int, border: int) -> int:
    """Return the first source frame on the far side of the border before frame ``border``.

    Frames are looked at ``length`` in number; a source frame belongs to the nearest of them.
    """
    if length == 1:
        return caption.first + (caption.frames if border else 0)
    position = (border - 0.5) * (caption.frames - 1) / (length - 1)
    return caption.first + min(caption.frames, max(0, int(np.ceil(position))))


def _notes(blocks: Sequence[Block], strongest: Sequence[Block], caption: Caption) -> str:
    out = (
        "Texture map: sign(H) |H|^(1/6) of the space-time Harris response H "
        f"{caption.about_map}; one scale for all columns. Warm: H above 0, the picture changes "
        "locally at this moment. Blue: H below 0, contours that rest or move steadily. "
    )
    if not strongest:
        return out + "No block holds any local change."
    most = max(sum(b.t == s for b in strongest) for s in {b.t for b in strongest})
    first = max(strongest, key=lambda b: b.strength).name
    if one_moment(blocks) is not None:
        return out + (
            f"Outlined: the {most} blocks with the strongest map of either sign in the one frame "
            f"that is described; the strongest is {first}."
        )
    return out + (
        f"Outlined: the {most} blocks of each time slice with the most change; the strongest of "
        f"all is {first}."
    )


def _footer(page: Page, layout: Layout, note: str) -> None:
    y = layout.below + 3 * LINE + 22
    for part in wrapped(note, font(SMALL), layout.width - 2 * MARGIN):
        page.write(MARGIN, y, part, font(SMALL), GREY, "la")
        y += LINE - 3
