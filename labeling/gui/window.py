"""The window: a bar on top, the notice below it, and the pages start, label and review."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QStackedWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from sttm.errors import InputError
from sttm.gui import theme
from sttm.gui.background import Background
from sttm.gui.keystrokes import key_name
from sttm.gui.legend import Legend
from sttm.gui.notice import NoticeBar
from sttm.gui.overlay import Overlay
from sttm.gui.text_size import apply_size
from sttm.gui.window_sheet import window_sheet

from ..keys import Bindings
from ..learning import learn_study
from ..opening import PlaceNeeded, Prepared, Request, prepare
from ..scheme import load_scheme
from ..study import Study, open_study
from .bar import TopBar
from .deeds import ONCE, PAGE_DEEDS
from .label_page import LabelPage
from .preferences import Preferences, load_preferences
from .remap import Remap
from .start_page import StartPage
from .window_actions import window_bindings
from .window_deeds import WINDOW_DEEDS

if TYPE_CHECKING:
    from .review_page import ReviewPage

WATCH = 2000  # ms between looks for what other processes changed
TYPED_IN = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox)


class LabelWindow(QMainWindow):
    """The labelling window.

    Parameters
    ----------
    preferences : Preferences, optional
        Read from the user's own file unless given.
    theme_name : {"light", "dark", "system"}, optional
        Goes before the remembered one.
    """

    def __init__(
        self, preferences: Preferences | None = None, theme_name: str | None = None
    ) -> None:
        super().__init__()
        self.preferences = preferences if preferences is not None else load_preferences()
        if theme_name:
            self.preferences.theme = theme_name
        self.study: Study | None = None
        self.page: LabelPage | None = None
        self.review: ReviewPage | None = None
        self._worker: Background | None = None
        self._learner: Background | None = None
        self._open_review = False
        self._theme: theme.Theme | None = None
        self.keys = window_bindings(load_scheme("basic"))
        self.setWindowTitle("Label clips")
        self.setMinimumSize(640, 420)
        self.resize(1366, 768)
        self.bar, self.notice, self.stack = TopBar(), NoticeBar(), QStackedWidget()
        self._lay_out()
        self.legend, self.remap = Legend(self), Remap(self)
        self._connect()
        self.use_theme()
        self.start = StartPage(self.preferences)
        self.start.begun.connect(self.open_request)
        self.stack.addWidget(self.start)
        self.bar.show_study("", "")
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH)
        self._watch.timeout.connect(self.look_for_changes)

    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.bar, self.notice):
            column.addWidget(widget)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(middle)

    def _connect(self) -> None:
        self.bar.asked.connect(self.perform)
        self.remap.changed.connect(self._keys_changed)
        self.remap.reset.connect(self._keys_reset)
        the_app().focusChanged.connect(self._focus_changed)

    # opening ------------------------------------------------------------------------------------

    def show_start(self, request: Request, annotator: str = "") -> None:
        """Show the start page with what is known already."""
        self.stack.setCurrentWidget(self.start)
        self.start.show_request(request, annotator)

    def open_review_first(self) -> None:
        """Show the review, not the label page, once a study is open."""
        self._open_review = True

    def open_request(self, request: Request, annotator: str, *, review: bool = False) -> None:
        """Find or make the study in the background, then open it."""
        if self._worker is not None and self._worker.running:
            return
        self.preferences.name = annotator
        if isinstance(request.scheme, str):
            self.preferences.scheme = request.scheme
        self._open_review = review or self._open_review
        self._worker = Background(lambda tell, stop: _prepared(request, tell, stop), self)
        self._worker.progressed.connect(self.start.show_progress)
        self._worker.finished.connect(lambda found: self._prepared(found, annotator))
        self._worker.failed.connect(self._not_prepared)
        self._worker.start()

    def _not_prepared(self, sentence: str) -> None:
        self.start.show_progress("", 0, 0)
        self.start.tell(sentence)

    def _prepared(self, found: Prepared | PlaceNeeded, annotator: str) -> None:
        self.start.show_progress("", 0, 0)
        if isinstance(found, PlaceNeeded):
            self.start.ask_place(str(found))
            return
        try:
            self.open_study(open_study(found.study), annotator)
        except InputError as error:
            self.start.tell(str(error))
            return
        for note in found.notes:
            self.tell(note, "note")

    def open_study(self, study: Study, annotator: str) -> None:
        """Show a study's label page; the study is closed with the window."""
        self.close_study()
        try:
            annotator = study.add_annotator(annotator)
            self.study = study
            self._read_keys(annotator)
            self.page = LabelPage(study, annotator, self.keys, self)
        except InputError:
            self.study = None
            study.close()
            raise
        self.page.told.connect(self.tell)
        self.page.scheme_changed.connect(self._scheme_changed)
        self.stack.addWidget(self.page)
        self.stack.setCurrentWidget(self.page)
        self.bar.show_study(study_title(study.path), annotator)
        self.setWindowTitle(f"{study_title(study.path)} – label clips")
        self.preferences.add_recent(study.path)
        self.preferences.save()
        self._restore_view()
        self.bar.show_page(False)
        self.page.show_all()
        self.page.player.setFocus()
        self._watch.start()
        self._learn()
        if self._open_review:
            self._open_review = False
            self.perform("review")

    def close_study(self) -> None:
        """Let go of the study that is open; everything is on the disk already."""
        self._watch.stop()
        if self._learner is not None:
            self._learner.stop(0.2)
            self._learner = None
        for page in (self.page, self.review):
            if page is not None:
                page.close_page()
                self.stack.removeWidget(page)
                page.deleteLater()
        self.page = self.review = None
        if self.study is not None:
            self.study.close()
            self.study = None

    def _learn(self) -> None:
        assert self.study is not None and self.page is not None
        path, page = self.study.path, self.page
        self._learner = Background(lambda tell, stop: learn_study(path, tell, stop), self)
        self._learner.finished.connect(page.clips_learnt)
        self._learner.start()

    # keys ---------------------------------------------------------------------------------------

    def _read_keys(self, annotator: str) -> None:
        assert self.study is not None
        own = self.study.place(annotator).get("keys")
        self.keys = window_bindings(self.study.scheme, own if isinstance(own, dict) else {})

    def keep(self, **values: Any) -> None:
        """Write something down beside the place in the study."""
        if self.page is not None and self.page.session.tasks:
            self.page.session.keep(**values)

    def _keys_changed(self, keys: Bindings) -> None:
        self.keys = keys
        self.keep(keys=dict(keys.changed))
        if self.page is not None:
            self.page.use_keys(keys)
        if self.review is not None:
            self.review.use_keys(keys)

    def _keys_reset(self) -> None:
        assert self.study is not None
        self._keys_changed(window_bindings(self.study.scheme))
        self.remap.show_keys(self.keys)

    def _scheme_changed(self) -> None:
        assert self.study is not None
        self.keys = window_bindings(self.study.scheme, self.keys.changed)
        if self.page is not None:
            self.page.use_keys(self.keys)

    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        """Look at keys before the widget that has the focus does."""
        if old is not None:
            old.removeEventFilter(self)
        if new is not None and new.window() is self:
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Turn a key press into its action."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._pressed(event, watched)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that no widget has taken."""
        if not self._pressed(event, self.focusWidget() or self):
            super().keyPressEvent(event)

    def _pressed(self, event: QKeyEvent, where: QObject) -> bool:
        """Do what the key stands for here; return whether it stood for anything."""
        key = key_name(event)
        if not key:
            return False
        card = self.open_card()
        if card is not None:
            return self._pressed_in_card(card, key)
        action = self.keys.action_of(key)
        verb = action.partition(":")[0]
        if self.page is not None and where is self.page.panel.comment and key in ("Esc", "Return"):
            self.page.leave_comment()
            return True
        if isinstance(where, TYPED_IN) or self.stack.currentWidget() is self.start:
            special = key.startswith(("Ctrl+", "F")) and key not in ("F",)
            if special and verb in WINDOW_DEEDS:
                self.perform(action)
                return True
            return False
        if key in ("Tab", "Shift+Tab"):
            return False
        if key == "Esc":
            self.escape()
            return True
        if isinstance(where, QAbstractButton) and key in ("Space", "Return"):
            return False
        if self.review is not None and self.on_review():
            return self.review.pressed(key, repeated=event.isAutoRepeat())
        if action and not (event.isAutoRepeat() and verb in ONCE):
            self.perform(action)
        return bool(action)

    def _pressed_in_card(self, card: Overlay, key: str) -> bool:
        again = {self.legend: "legend", self.remap: "keys"}.get(card)
        if card is not self.remap and again and self.keys.action_of(key) == again:
            card.put_away()
            return True
        return False

    def escape(self) -> None:
        """Put the message away and go back to the picture."""
        self.notice.put_away()
        if self.page is not None and self.stack.currentWidget() is self.page:
            self.page.player.setFocus()
        elif self.review is not None and self.on_review():
            self.review.escape()

    def open_card(self) -> Overlay | None:
        """Return the card that lies over the page."""
        cards: list[Overlay] = [self.legend, self.remap]
        if self.page is not None:
            cards.append(self.page.picker)
        if self.review is not None:
            cards += self.review.cards_over
        return next((card for card in cards if not card.isHidden()), None)

    # doing --------------------------------------------------------------------------------------

    def perform(self, action: str) -> None:
        """Do an action by its name, wherever it belongs."""
        verb, _, value = action.partition(":")
        if verb in WINDOW_DEEDS:
            WINDOW_DEEDS[verb](self, value)
        elif verb in PAGE_DEEDS and self.page is not None:
            self.page.perform(action)

    def tell(self, sentence: str, level: str = "error") -> None:
        """Show a sentence in the notice bar; "" puts it away."""
        if sentence:
            self.notice.tell(sentence, level=level)
        else:
            self.notice.hide()

    def on_review(self) -> bool:
        return self.review is not None and self.stack.currentWidget() is self.review

    # looks --------------------------------------------------------------------------------------

    def use_theme(self) -> None:
        """Apply theme and size of text, here and to what draws itself."""
        app = the_app()
        apply_size(app, self.preferences.scale)
        theme.apply_theme(app, self.preferences.theme)
        self._theme_changed()
        self.preferences.save()

    def _theme_changed(self) -> None:
        self._theme = theme.current()
        self.setStyleSheet(window_sheet(self._theme))
        self.legend.forget()
        self.bar.show_theme(self._theme.name == "dark")
        if self.page is not None:
            self.page.use_keys(self.keys)
        if self.review is not None:
            self.review.use_keys(self.keys)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop where it turns dark or light.

        Not at once: Qt is going through all widgets then, and none may be replaced.
        """
        if event.type() == QEvent.Type.PaletteChange and self._theme is not None:
            QTimer.singleShot(0, self, self._follow)
        super().changeEvent(event)

    def _follow(self) -> None:
        if self._theme is not theme.current():
            self._theme_changed()

    def _restore_view(self) -> None:
        assert self.study is not None and self.page is not None
        values = self.study.place(self.page.annotator)
        known, scale = values.get("theme"), values.get("scale")
        before = (self.preferences.theme, self.preferences.scale)
        if known in theme.NAMES:
            self.preferences.theme = known
        if isinstance(scale, int | float) and 0.5 <= scale <= 3:
            self.preferences.scale = float(scale)
        if before != (self.preferences.theme, self.preferences.scale):
            self.use_theme()

    # other processes, and the end ---------------------------------------------------------------

    def look_for_changes(self) -> None:
        """Show what another window or a merge has changed since."""
        learning = self._learner is not None and self._learner.running
        if self.study is None or self.page is None or self.page.player.playing or learning:
            return
        shown = self.review if self.review is not None and self.on_review() else self.page
        try:
            shown.refresh()
        except InputError as error:
            self.tell(str(error), "error")

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once: nothing is left to be saved."""
        if self._worker is not None:
            self._worker.stop(0.2)
        self.hide()
        self.close_study()
        self.preferences.save()
        the_app().focusChanged.disconnect(self._focus_changed)
        super().closeEvent(event)


def _prepared(
    request: Request, tell: Callable[[str, int, int], None], stop: Callable[[], bool]
) -> Prepared | PlaceNeeded:
    try:
        return prepare(request, tell, stop)
    except PlaceNeeded as needed:
        return needed


def study_title(path: Path) -> str:
    """Return what a study is called: its folder where its own name says nothing.

    >>> study_title(Path("/data/smiles/labels.sttm-study"))
    'smiles'
    """
    own = path.absolute()
    return own.parent.name if own.stem == "labels" and own.parent.name else own.stem


def the_app() -> QApplication:
    """Return the application."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
