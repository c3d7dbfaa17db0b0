"""Light and dark: two sets of colours and one style sheet for the whole application.

Text and the accent reach contrast 4.5 on paper and panel, lines that one must see and label
colours 3 (WCAG 2.2, AA). Sizes of text are points, spaces follow the size of the text.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from ..errors import InputError, unknown_name
from .sheet import SHEET


@dataclass(frozen=True)
class Theme:
    """Colours by their use.

    ``paper`` is the ground of the window, ``panel`` of bars and lists, ``well`` of pictures and
    fields; ``ink`` and ``quiet`` are text; ``rule`` separates, ``edge`` surrounds what can be
    pressed; ``accent`` is the one blue; ``orange``, ``red`` and ``green`` say warning, mistake and
    success; ``labels`` are twelve colours for labels, told apart with the usual kinds of colour
    blindness too.
    """

    name: str
    paper: str
    panel: str
    well: str
    ink: str
    quiet: str
    rule: str
    edge: str
    hover: str
    accent: str
    on_accent: str
    accent_ground: str
    orange: str
    red: str
    green: str
    labels: tuple[str, ...]

    def colour(self, name: str) -> QColor:
        """Return one of the colours by its name."""
        return QColor(getattr(self, name))

    def label(self, index: int) -> QColor:
        """Return the colour of the label with this place in the scheme; they recur after twelve."""
        return QColor(self.labels[index % len(self.labels)])


LIGHT = Theme(
    name="light",
    paper="#ffffff",
    panel="#f5f6f7",
    well="#eceef1",
    ink="#1a1f27",
    quiet="#59626f",
    rule="#d8dce1",
    edge="#868e99",
    hover="#e6ebf2",
    accent="#1d5a9c",
    on_accent="#ffffff",
    accent_ground="#dce8f5",
    orange="#a8470b",
    red="#a61b1b",
    green="#1b6b3a",
    labels=(
        *("#1d5a9c", "#c2570c", "#11897a", "#660000", "#7788ee", "#664455"),
        *("#222288", "#dd7733", "#992200", "#442244", "#aa88bb", "#8866bb"),
    ),
)
DARK = Theme(
    name="dark",
    paper="#12161c",
    panel="#1b2129",
    well="#0b0e12",
    ink="#e4e8ee",
    quiet="#9fa9b6",
    rule="#333c48",
    edge="#6d7887",
    hover="#27303b",
    accent="#84b9f5",
    on_accent="#0d1420",
    accent_ground="#203750",
    orange="#f0a36b",
    red="#ff9d94",
    green="#7fd19b",
    labels=(
        *("#84b9f5", "#f0a36b", "#3fae97", "#ffdd55", "#aa4488", "#bbeeff"),
        *("#5566cc", "#cc8800", "#9988ee", "#22eebb", "#997755", "#7d7d2b"),
    ),
)
THEMES = {"light": LIGHT, "dark": DARK}
NAMES = ("light", "dark", "system")
FALLBACK_FONTS = ("Noto Sans", "Segoe UI", "Helvetica Neue", "DejaVu Sans", "Liberation Sans")
SMALLEST_TEXT = 10.0  # points

_current = LIGHT
_following = False


def current() -> Theme:
    """Return the theme in use."""
    return _current


def apply_theme(app: QApplication, name: str = "system") -> Theme:
    """Give the whole application its colours, font and style sheet; return the theme.

    Parameters
    ----------
    app : QApplication
    name : {"light", "dark", "system"}
        "system" does as the desktop does, also when that changes later.

    Raises
    ------
    InputError
        For another name.
    """
    global _current, _following
    if name not in NAMES:
        raise InputError(unknown_name("theme", name, NAMES))
    _following = name == "system"
    if app.property("sttm_theme_watched") is None:
        app.setProperty("sttm_theme_watched", True)
        app.styleHints().colorSchemeChanged.connect(_follow)
        app.setStyle("Fusion")  # once: every window is drawn anew each time
    _current = system_theme() if _following else THEMES[name]
    app.setFont(text_font(app.font()))
    app.setPalette(palette(_current))
    app.setStyleSheet(style_sheet(_current, app.font().pointSizeF()))
    return _current


def _follow() -> None:
    app = QApplication.instance()
    if _following and isinstance(app, QApplication):
        apply_theme(app, "system")


def system_theme() -> Theme:
    """Return the theme that the desktop asks for; light where it does not say."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return DARK if scheme == Qt.ColorScheme.Dark else LIGHT


def text_font(font: QFont) -> QFont:
    """Return the desktop's font, never below 10 points, with others to fall back on."""
    known = list(dict.fromkeys([*font.families(), *FALLBACK_FONTS]))
    out = QFont(font)
    out.setFamilies(known)
    out.setPointSizeF(max(SMALLEST_TEXT, font.pointSizeF()))
    return out


def palette(theme: Theme) -> QPalette:
    """Return a Qt palette of a theme's colours."""
    role = QPalette.ColorRole
    out = QPalette()
    for name, roles in {
        "paper": (role.Window, role.Base),
        "panel": (role.AlternateBase, role.Button, role.ToolTipBase),
        "ink": (role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText),
        "quiet": (role.PlaceholderText,),
        "accent": (role.Highlight, role.Link, role.Accent),
        "on_accent": (role.HighlightedText,),
        "rule": (role.Mid, role.Midlight),
        "edge": (role.Dark,),
    }.items():
        for one in roles:
            out.setColor(one, theme.colour(name))
    for one in (role.WindowText, role.Text, role.ButtonText):
        out.setColor(QPalette.ColorGroup.Disabled, one, theme.colour("edge"))
    return out


def style_sheet(theme: Theme, points: float) -> str:
    """Return the style sheet of the application for text of ``points``."""
    values = {f.name: getattr(theme, f.name) for f in fields(theme)}
    sizes = {"small": 0.88, "large": 1.2, "title": 1.5}
    values |= {name: f"{points * share:.2f}pt" for name, share in sizes.items()}
    spaces = {"thin": 0.2, "gap": 0.4, "pad": 0.7, "wide": 1.1, "radius": 0.45}
    values |= {name: f"{points * share * 4 / 3:.0f}px" for name, share in spaces.items()}
    grip = 2 * round(points * 0.9)  # a slider's handle: even, so that it is a circle
    handle = {"grip": grip, "grip_inner": grip - 4, "grip_over": grip // 2 - 2}
    values |= {name: f"{pixels}px" for name, pixels in (handle | {"round": grip // 2}).items()}
    return SHEET.substitute(values)


def contrast(one: str | QColor, other: str | QColor) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance).

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((luminance(QColor(one)), luminance(QColor(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: QColor) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def text_on(ground: str | QColor) -> QColor:
    """Return black or white, whichever is easier to read on a colour.

    >>> text_on("#ffdd55").name()
    '#000000'
    """
    dark, white = QColor("#000000"), QColor("#ffffff")
    return dark if contrast(dark, ground) >= contrast(white, ground) else white
