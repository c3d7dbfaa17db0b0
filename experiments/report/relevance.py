"""What a sparse machine kept and why it decided so: pictures and words for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sttm.pictures.blocks import draw_blocks

from .data import PLACE_COLUMNS, Carrier, Decision, ReportData
from .pictures import Panels, Picture, fitted, picture, slice_name, weight_panels
from .words import counted, listed, number, percent

MAP_SIDE, THUMB_SIDE = 150, 64  # pixels


@dataclass(frozen=True, slots=True)
class ShownCarrier:
    """A training clip of a decision: its frames and what is said of it."""

    carrier: Carrier
    frames: list[Picture]
    part: str
    speaks_for: bool


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """A decision: its blocks, one picture per stretch of time, and its training clips."""

    example: Any
    slices: list[tuple[str, Picture]]
    words: str
    carriers: list[ShownCarrier]


def relevance_context(data: ReportData) -> dict[str, Any]:
    """Return what the template needs for the blocks that were chosen and for the decisions."""
    selected = data.selected
    panels: list[Panels] = []
    if selected is not None and len(selected):
        panels = weight_panels(selected, data.mean_face)
    return {
        "selected_panels": panels,
        "selected_said": selected_sentence(selected),
        "refitted": selected is not None and bool(selected.attrs.get("refitted")),
        "decisions": [shown_decision(d) for d in data.decisions],
    }


def selected_sentence(selected: pd.DataFrame | None) -> str:
    """Return how many blocks of how many a machine kept."""
    if selected is None:
        return ""
    if not len(selected):
        return "The machine kept no block: nothing that it was shown tells the classes apart."
    of = selected.attrs.get("of")
    among = f" of {number(of)}" if of else ""
    return f"The machine kept {counted(len(selected), 'block')}{among}."


def shown_decision(decision: Decision) -> ShownDecision:
    """Return a decision with its pictures."""
    return ShownDecision(
        decision.example,
        decision_slices(decision),
        part_words(decision.blocks, decision.example.predicted),
        [_shown_carrier(c) for c in decision.carriers],
    )


def decision_slices(decision: Decision) -> list[tuple[str, Picture]]:
    """Return each stretch of time with its blocks drawn on a frame of the clip."""
    blocks, frames = decision.blocks, np.asarray(decision.example.frames)
    if not len(blocks):
        return []
    spans = sorted({(float(a), float(b)) for a, b in blocks[["t_from", "t_to"]].to_numpy()})
    top = float(blocks["part"].abs().max())
    out = []
    for span in spans:
        rows = blocks[(blocks["t_from"] == span[0]) & (blocks["t_to"] == span[1])]
        frame = frames[round((span[0] + span[1]) / 2 * (len(frames) - 1))]
        edges = rows[["y_from", "y_to", "x_from", "x_to"]].to_numpy(dtype=float)
        face = fitted(np.asarray(frame, dtype=np.uint8), MAP_SIDE)
        drawn = draw_blocks(face, edges, rows["part"].to_numpy(dtype=float), top)
        name = slice_name(span, spans)
        out.append((name, picture(drawn, _alt(decision, rows, name))))
    return out


def _alt(decision: Decision, rows: pd.DataFrame, name: str) -> str:
    pro, against = int((rows["part"] > 0).sum()), int((rows["part"] < 0).sum())
    return (
        f"{decision.example.clip}, {name}: {counted(pro, 'block')} for "
        f"{decision.example.predicted}, {number(against)} against"
    )


def part_words(blocks: pd.DataFrame, label: str, most: int = 3) -> str:
    """Return the places of the strongest blocks of a decision, and the sum of all."""
    if not len(blocks):
        return ""
    spans = sorted({(float(a), float(b)) for a, b in blocks[["t_from", "t_to"]].to_numpy()})
    order = blocks["part"].abs().to_numpy().argsort()[::-1][:most]
    said = []
    for row in blocks.iloc[order][[*PLACE_COLUMNS[1:], "part"]].to_numpy(dtype=float):
        t0, t1, y0, y1, x0, x1, part = row
        place = f"{percent((x0 + x1) / 2)} across, {percent((y0 + y1) / 2)} down"
        said.append(f"{_signed(part)} at {place} ({slice_name((t0, t1), spans)})")
    total = _signed(float(blocks["part"].sum()))
    return (
        f"All blocks together add {total} to the score of {label}; the strongest: {listed(said)}."
    )


def _signed(value: float) -> str:
    text = number(abs(value), 2)
    return ("+" if value > 0 else "\u2212" if value < 0 else "") + text


def _shown_carrier(carrier: Carrier) -> ShownCarrier:
    frames = [] if carrier.frames is None else list(carrier.frames)
    names = ("first frame", "apex or middle")
    shown = [
        picture(
            fitted(np.asarray(f, dtype=np.uint8), THUMB_SIDE), f"{carrier.clip}, {names[i % 2]}"
        )
        for i, f in enumerate(frames)
    ]
    return ShownCarrier(carrier, shown, _signed(carrier.part), carrier.part > 0)
