"""The size of text, beside what the desktop says: Ctrl and plus, Ctrl and minus."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from .theme import SMALLEST_TEXT

SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5)


def larger(scale: float) -> float:
    """Return the next larger size.

    >>> larger(1.0), larger(2.5)
    (1.1, 2.5)
    """
    return next((s for s in SCALES if s > scale + 1e-9), SCALES[-1])


def smaller(scale: float) -> float:
    """Return the next smaller size.

    >>> smaller(1.0), smaller(0.8)
    (0.9, 0.8)
    """
    return next((s for s in reversed(SCALES) if s < scale - 1e-9), SCALES[0])


def apply_size(app: QApplication, scale: float) -> None:
    """Set the application's font to ``scale`` times the desktop's; the theme takes it from there.

    The theme never goes below 10 points, so small text stays readable.
    """
    usual = app.property("sttm_usual_points")
    if usual is None:
        usual = max(app.font().pointSizeF(), SMALLEST_TEXT)
        app.setProperty("sttm_usual_points", usual)
    font = app.font()
    font.setPointSizeF(float(usual) * scale)
    app.setFont(font)
