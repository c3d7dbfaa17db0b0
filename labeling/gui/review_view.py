"""The review without its decisions: list, picture, timeline with everybody's tiers, cards."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from sttm.gui.buttons import Pill, chip_colour
from sttm.gui.column import fill_page, picture_column
from sttm.gui.flow import flowing
from sttm.gui.notice import StatusLine, Toast
from sttm.gui.player import Player
from sttm.gui.theme import Theme, current

from ..keys import Bindings
from ..statement import Statement
from ..study import Study
from .header import Header
from .label_panel import LabelPanel
from .picker import Picker
from .playing import Playing
from .review_cards import Cards
from .review_history import History
from .review_list import CaseList
from .review_reason import ReasonLine
from .timeline import Span, Tier, Timeline

if TYPE_CHECKING:
    from .window import LabelWindow

LEFT, RIGHT = 15.5, 22.0  # usual widths of list and cards, in lines of text
LARGEST = 0.43  # of the width, that the cards take at most
LOW = 32  # lines of text down, below which the timeline gives its room to the reason
NARROW = 54  # lines of text across, below which the list gives its room to the picture
ACTIONS = (
    ("overrule", "overrule"),
    ("send back", "send back"),
    ("reopen", "reopen"),
    ("history", "history"),
)
_SHEET = Template("""
QFrame#caselist { background: $panel; border-right: 1px solid $rule; }
QFrame#caselist QListView { background: transparent; border: none; }
QScrollArea#cards > QWidget > QWidget { background: transparent; }
QFrame#opinion { background: $paper; border: 1px solid $rule; border-radius: 8px; }
QFrame#opinion[looked="true"] { border: 2px solid $accent; }
QFrame#decision { background: $accent_ground; border: 1px solid $accent; border-radius: 8px; }
QFrame#decision[verdict="sent back"], QFrame#decision[verdict="answered"] {
    background: $paper; border: 1px solid $orange;
}
QFrame#model { background: $well; border: 1px dashed $edge; border-radius: 8px; }
QFrame#reason { background: $panel; border: 2px solid $accent; border-radius: 8px; }
""")


def review_sheet(theme: Theme) -> str:
    """Return the review's own style sheet in a theme's colours."""
    return _SHEET.substitute({name: getattr(theme, name) for name in theme.__dataclass_fields__})


class ReviewView(QWidget):
    """The parts of the review page, and how a clip with its opinions is shown in them."""

    def __init__(self, study: Study, window: LabelWindow) -> None:
        super().__init__(window)
        self.study, self._window = study, window
        self.list, self.header, self.player = CaseList(), Header(), Player()
        self.timeline, self.status, self.reason = Timeline(), StatusLine(), ReasonLine()
        self.cards, self.panel = Cards(), LabelPanel(study.root)
        self.playing, self.picker = Playing(self.player), Picker(window)
        self.over = History(window)
        self.toast = Toast(self.player.view)
        self.right, self.split = QStackedWidget(), QSplitter(Qt.Orientation.Horizontal)
        self.pills = {action: Pill(words) for action, words in ACTIONS}
        self.finish, self.cancel = Pill("done"), Pill("leave it")
        self.fps: float | None = None
        self._unit = 0
        self._lay_out()
        self.timeline.asked.connect(self.player.seek)
        self.player.looped.connect(self.timeline.set_loop)
        self.player.frame_shown.connect(self.timeline.set_frame)
        self.player.thumbnail_made.connect(self._thumbnail)

    def _lay_out(self) -> None:
        below = (self.timeline, self.reason, self.status)
        middle = picture_column(self.header, self.player, *below)
        self.right.addWidget(self._opinions_side())
        self.right.addWidget(self._own_side())
        self.split.setChildrenCollapsible(False)
        for place, widget in enumerate((self.list, middle, self.right)):
            self.split.addWidget(widget)
            self.split.setStretchFactor(place, int(place == 1))
        fill_page(self, self.split, self.player)

    def _opinions_side(self) -> QWidget:
        side = QFrame()
        side.setProperty("role", "side")
        layout = QVBoxLayout(side)
        layout.setContentsMargins(14, 12, 8, 10)
        layout.setSpacing(8)
        self.buttons = flowing([*self.pills.values()])
        layout.addWidget(self.buttons)
        layout.addWidget(self.cards, 1)
        return side

    def _own_side(self) -> QWidget:
        side = QFrame()
        side.setProperty("role", "side")
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(6)
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 12, 0)
        title = QLabel("Your own opinion")
        title.setProperty("role", "heading")
        head.addWidget(title, 1)
        layout.addLayout(head)
        buttons = flowing([self.finish, self.cancel])
        buttons.setContentsMargins(14, 0, 12, 0)
        layout.addWidget(buttons)
        layout.addWidget(self.panel, 1)
        return side

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the list's room to the picture where there is little."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self.fit)

    def fit(self) -> None:
        """Show the list only where the window is wide enough for its text."""
        unit = self.fontMetrics().height()
        wide = self.width() >= NARROW * unit
        for widget in (self.list, self.header.bar, self.header.done):
            widget.setVisible(wide)
        low = self.height() < LOW * unit
        self.timeline.setVisible(not (low and not self.reason.isHidden()))
        if unit != self._unit and self.isVisible():  # new, or text of another size
            self._unit = unit
            left = round(LEFT * unit) if wide else 0
            right = round(min(RIGHT * unit, LARGEST * self.width()))
            self.split.setSizes([left, max(self.width() - left - right, 1), right])

    # showing ------------------------------------------------------------------------------------

    def show_keys(self, keys: Bindings, overrule: Bindings) -> None:
        """Show these keys on everything that has one."""
        for action, pill in self.pills.items():
            _give_key(pill, keys.key_of(action))
        _give_key(self.finish, overrule.key_of("finish"))
        _give_key(self.cancel, overrule.key_of("cancel"))
        known = {action.name for action in overrule.actions}
        self.panel.set_scheme(
            self.study.scheme, lambda action: overrule.key_of(action) if action in known else ""
        )
        self.setStyleSheet(review_sheet(current()))

    def show_hints(self, hints: list[tuple[str, str]]) -> None:
        """Show a few keys beside the status line."""
        self.status.show_hints(hints)

    def _thumbnail(self, frame: int, image: QImage) -> None:
        self.timeline.set_thumbnail(frame, image)

    def tier_of(self, name: str, statement: Statement, own: bool) -> Tier:
        """Return a row of the timeline for what somebody says; ``own`` is drawn stronger."""
        places = {rule.name: (i, rule.colour) for i, rule in enumerate(self.study.scheme.labels)}
        spans = []
        for one in statement.intervals:
            index, colour = places.get(one.label, (0, ""))
            shade = chip_colour(colour, index).name()
            spans.append(Span(one.onset, one.offset, one.label, shade, one.apex))
        return Tier(name, spans, own=own)

    def open_clip(self, row: dict[str, Any]) -> None:
        """Open a clip of the clips table."""
        first, last, fps = (row.get(name) for name in ("first", "last", "fps"))
        self.fps = float(fps) if fps else None
        self.timeline.clear()
        self.player.open(
            self.study.source_of(str(row["source"])),
            None if first is None else int(first),
            None if last is None else int(last),
            self.fps,
        )


def _give_key(pill: Pill, key: str) -> None:
    pill.key = key
    pill.set_value(pill.value)


def clip_rows(study: Study) -> dict[str, dict[str, Any]]:
    """Return clip -> its row of the clips table, None for what is not known."""
    table = study.clips()
    plain = table.astype(object).where(table.notna(), None)
    return {
        str(row["clip"]): {str(name): value for name, value in row.items()}
        for row in plain.to_dict("records")
    }
