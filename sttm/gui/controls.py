"""The bar below the picture: transport, readout, zoom, speed, light, difference.

Buttons never take the keyboard's focus: keys belong to the window.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from . import theme
from .icons import icon
from .rendering import STYLES

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
FACTORS = (2.0, 4.0, 8.0, 16.0)
STEPS = (
    ("fast back", -10, "10 frames back"),
    ("back", -1, "one frame back"),
    ("play", 0, "play or pause"),
    ("forward", 1, "one frame on"),
    ("fast forward", 10, "10 frames on"),
)
STYLE_TITLES = {
    "signed": "Orange brighter, blue darker",
    "absolute": "Strength only",
    "overlay": "Over the picture",
}


class Controls(QWidget):
    """Buttons that ask; the player answers by the ``show_...`` functions.

    Signals
    -------
    stepped(int), play_asked(), speed_asked(float), loop_asked(bool), zoom_asked(str)
    levels_asked(int, int), difference_asked(bool), factor_asked(float), style_asked(str)
    """

    stepped = Signal(int)
    play_asked = Signal()
    speed_asked = Signal(float)
    loop_asked = Signal(bool)
    zoom_asked = Signal(str)
    levels_asked = Signal(int, int)
    difference_asked = Signal(bool)
    factor_asked = Signal(float)
    style_asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: dict[QToolButton, str] = {}
        self._tens: list[QToolButton] = []
        self._transport: list[QToolButton] = []
        self._still = False
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._add_transport()
        self.readout = QLabel()
        self.readout.setAccessibleName("frame and time")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.readout.setIndent(8)
        self._row.addWidget(self.readout, 1)
        self._add_looks()
        self._spare = [*self._tens, self._zooms["actual"], self._light]
        self._draw_icons()

    # building ------------------------------------------------------------------------------------

    def _button(self, picture: str, tip: str, checkable: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(checkable)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if picture:
            self._pictures[button] = picture
        self._row.addWidget(button)
        return button

    def _add_transport(self) -> None:
        for picture, step, tip in STEPS:
            button = self._button(picture, tip)
            self._transport.append(button)
            if abs(step) == 10:
                self._tens.append(button)
            if step:
                button.clicked.connect(lambda _=False, n=step: self.stepped.emit(n))
            else:
                button.clicked.connect(lambda: self.play_asked.emit())
                self._play = button
        self.loop = self._button("loop", "loop the interval, or the clip", checkable=True)
        self.loop.clicked.connect(self.loop_asked)
        self.speed = self._button("", "speed")
        self._speeds = self._choices(
            self.speed, SPEEDS, speed_text, lambda x: self.speed_asked.emit(x)
        )

    def _add_looks(self) -> None:
        self._zooms: dict[str, QToolButton] = {}
        for zoom, tip in (
            ("fit", "whole picture"),
            ("face", "zoom to the face"),
            ("actual", "actual size: a pixel is a pixel"),
        ):
            button = self._button(zoom, tip, checkable=True)
            button.clicked.connect(lambda _=False, z=zoom: self.zoom_asked.emit(z))
            self._zooms[zoom] = button
        light = self._light = self._button("light", "brightness and contrast")
        light.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        light.setMenu(self._levels_menu())
        self.difference = self._button("difference", "difference to the onset", checkable=True)
        self.difference.clicked.connect(self.difference_asked)
        self.factor = self._button("", "how strong and in which way the difference is shown")
        self._factors = self._choices(
            self.factor, FACTORS, factor_text, lambda x: self.factor_asked.emit(x)
        )
        self._add_styles()

    def _choices(
        self,
        button: QToolButton,
        values: tuple[float, ...],
        text: Callable[[float], str],
        chosen: Callable[[float], None],
    ) -> dict[float, QAction]:
        menu, group, actions = QMenu(button), QActionGroup(button), {}
        for value in values:
            action = menu.addAction(text(value))
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _=False, v=value: chosen(v))
            actions[value] = action
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return actions

    def _add_styles(self) -> None:
        menu, group = self.factor.menu(), QActionGroup(self)
        menu.addSeparator()
        self._styles = {}
        for style in STYLES:
            action = menu.addAction(STYLE_TITLES[style])
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _=False, s=style: self.style_asked.emit(s))
            self._styles[style] = action

    def _levels_menu(self) -> QMenu:
        menu, panel = QMenu(self), QWidget()
        grid = QGridLayout(panel)
        self.brightness, self.contrast = QSlider(), QSlider()
        for row, (name, slider) in enumerate(
            (("Brightness", self.brightness), ("Contrast", self.contrast))
        ):
            slider.setOrientation(Qt.Orientation.Horizontal)
            slider.setRange(-100, 100)
            slider.setMinimumWidth(180)
            slider.setAccessibleName(name)
            slider.valueChanged.connect(self._levels_moved)
            grid.addWidget(QLabel(name), row, 0)
            grid.addWidget(slider, row, 1)
        back = QPushButton("As filmed")
        back.clicked.connect(self._as_filmed)
        grid.addWidget(back, 2, 1, Qt.AlignmentFlag.AlignRight)
        action = QWidgetAction(menu)
        action.setDefaultWidget(panel)
        menu.addAction(action)
        return menu

    def _as_filmed(self) -> None:
        self.brightness.setValue(0)
        self.contrast.setValue(0)

    def _levels_moved(self) -> None:
        self.levels_asked.emit(self.brightness.value(), self.contrast.value())

    # what the player says ------------------------------------------------------------------------

    def show_playing(self, playing: bool) -> None:
        """Draw the middle button as pause or as play."""
        self._pictures[self._play] = "pause" if playing else "play"
        self._draw_icons()

    def show_speed(self, speed: float) -> None:
        """Name the speed."""
        self.speed.setText(speed_text(speed))
        for value, action in self._speeds.items():
            action.setChecked(value == speed)

    def show_zoom(self, zoom: str) -> None:
        """Press the button of a zoom; none for a free one."""
        for name, button in self._zooms.items():
            button.setChecked(name == zoom)

    def show_levels(self, brightness: int, contrast: int) -> None:
        """Move the sliders without asking for anything."""
        for slider, value in ((self.brightness, brightness), (self.contrast, contrast)):
            slider.blockSignals(True)
            slider.setValue(value)
            slider.blockSignals(False)

    def show_difference(self, on: bool, factor: float, style: str) -> None:
        """Press the button of the difference and name its strength."""
        self.difference.setChecked(on)
        self.factor.setVisible(on)
        self.factor.setText(factor_text(factor))
        self._make_room()
        for value, action in self._factors.items():
            action.setChecked(value == factor)
        for name, action in self._styles.items():
            action.setChecked(name == style)

    def show_transport(self, shown: bool) -> None:
        """Show the buttons that have to do with time, or hide them: a picture has none."""
        self._still = not shown
        for button in (self.loop, self.speed, *self._transport):
            button.setVisible(shown)
        self._make_room()

    def leave_out(self, *buttons: QToolButton) -> None:
        """Take buttons away for good, where a window has no use for them."""
        for button in buttons:
            self._row.removeWidget(button)
            button.hide()
            self._pictures.pop(button, None)

    def show_readout(self, text: str, notes: str) -> None:
        """Show frame and time, and remarks, which are shortened first."""
        text = "" if self._still else text
        whole = "  ·  ".join(filter(None, (text, notes)))
        room = self.readout.fontMetrics().horizontalAdvance(text) + 16
        if room > self.readout.minimumWidth():
            self.readout.setMinimumWidth(room)
            self._make_room()
        self.readout.setText(whole)
        self.readout.setToolTip(notes)

    def minimumSizeHint(self) -> QSize:
        """Return the width without the buttons that can be spared."""
        return QSize(max(100, self._least()), super().minimumSizeHint().height())

    def _least(self) -> int:
        """Return the width of what is never left out."""
        gap = self._row.spacing()
        kept = [b for b in (*self._pictures, self.speed) if b not in self._spare]
        if self._still:
            kept = [b for b in kept if b not in (*self._transport, self.loop, self.speed)]
        width = sum(button.sizeHint().width() + gap for button in kept)
        return width + self.readout.minimumWidth()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out buttons that have no room."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Leave out buttons until all fits, those that keys replace most easily first."""
        gap = self._row.spacing()
        shown = [*self._pictures, self.speed]
        if self.difference.isChecked():
            shown.append(self.factor)
        need = self.readout.minimumWidth() + gap
        need += sum(button.sizeHint().width() + gap for button in shown)
        for button in self._spare:
            fits = need <= self.width() and not (self._still and button in self._transport)
            button.setVisible(fits)
            need -= 0 if fits else button.sizeHint().width() + gap

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icons in the new theme's colour."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._draw_icons()
        super().changeEvent(event)

    def _draw_icons(self) -> None:
        size = round(self.fontMetrics().height() * 1.35)
        for button, picture in self._pictures.items():
            button.setIcon(
                icon(picture, theme.current().colour("ink"), size, self.devicePixelRatioF())
            )
            button.setIconSize(QSize(size, size))


def speed_text(speed: float) -> str:
    """Return a speed as it is shown.

    >>> speed_text(0.25), speed_text(4.0)
    ('0.25×', '4×')
    """
    return f"{speed:g}×"


def factor_text(factor: float) -> str:
    """Return an amplification as it is shown.

    >>> factor_text(4.0)
    '×4'
    """
    return f"×{factor:g}"
