"""The recognizer's window: menus, bar, notices, the start page and the working page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from sttm.errors import InputError
from sttm.gui import theme
from sttm.gui.background import Background
from sttm.gui.keystrokes import key_name
from sttm.gui.legend import Legend
from sttm.gui.notice import NoticeBar
from sttm.gui.preferences import Preferences
from sttm.gui.text_size import apply_size
from sttm.gui.window_sheet import window_sheet

from .actions import ACTIONS, BREAKS, MENUS, Action
from .card import Card
from .deeds import DEEDS
from .listening import dropped_paths, needs_key, the_app
from .models import Model
from .page import WorkPage
from .permitted import permitted
from .session import Session
from .start_page import StartPage
from .toolbar import ToolBar

LabelClip = Callable[[Path], object]
TITLE = "Recognise expressions"


class RecognizerWindow(QMainWindow):
    """The window.

    Parameters
    ----------
    preferences : Preferences
    folders : sequence of Path
        Where models are looked for.
    label_clip : callable, optional
        Opens a clip in the labelling window; without it nothing offers that.
    theme_name : {"light", "dark", "system"}, optional
        Goes before the remembered one.
    """

    def __init__(
        self,
        preferences: Preferences,
        folders: Sequence[Path] = (),
        label_clip: LabelClip | None = None,
        theme_name: str | None = None,
    ) -> None:
        super().__init__()
        self.preferences = preferences
        if theme_name:
            preferences.theme = theme_name
        self.label_clip = label_clip
        self.saver: Background | None = None
        self.camera_number = 0
        self._camera_first = False
        self._choosing = False  # whether a model was asked for already
        self._wanted: list[Path] | None = None
        self._theme: theme.Theme | None = None
        self.setWindowTitle(TITLE)
        self.setMinimumSize(640, 420)
        self.resize(1366, 768)
        self.setAcceptDrops(True)
        self.use_theme_only()
        self.session = Session(folders, self)
        self.hidden = set() if label_clip is not None else {"label"}
        self.bar, self.notice, self.stack = (
            ToolBar(sorted(self.hidden)),
            NoticeBar(),
            QStackedWidget(),
        )
        self.page, self.start = WorkPage(self.session), StartPage(preferences)
        self.actions_by_name = self._make_menus()
        self._lay_out()
        self.legend, self.card = Legend(self), Card(self)
        self._connect()
        self._theme_changed()
        self.page.panel.show_layers(sorted(self.page.layers))
        self.refresh()
        self.session.look_for_models()
        self.start.buttons["open files"].setFocus()

    def _make_menus(self) -> dict[str, QAction]:
        out = {}
        for name in MENUS:
            menu = self.menuBar().addMenu(f"&{name}")
            for action in ACTIONS:
                if action.menu != name or action.name in self.hidden:
                    continue
                if action.name in BREAKS:
                    menu.addSeparator()
                made = menu.addAction(action.text)
                made.setCheckable(action.checkable)
                made.setShortcuts([QKeySequence(key) for key in action.keys])
                made.triggered.connect(partial(self._triggered, action.name))
                self.addAction(made)
                out[action.name] = made
        return out

    def _triggered(self, name: str, checked: bool = False) -> None:
        self.perform(name)

    def _lay_out(self) -> None:
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.bar, self.notice):
            column.addWidget(widget)
        for page in (self.start, self.page):
            self.stack.addWidget(page)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(middle)

    def _connect(self) -> None:
        session, panel = self.session, self.page.panel
        self.bar.asked.connect(self.perform)
        the_app().focusChanged.connect(self._focus_changed)
        self.start.asked.connect(self.perform)
        panel.asked.connect(self.perform)
        self.start.recent_asked.connect(lambda path: self.open_paths([path]))
        self.start.model_asked.connect(self.use_model)
        panel.model_asked.connect(self.use_model)
        self.page.source_asked.connect(session.use_source)
        self.page.player.played.connect(lambda _: self.refresh())
        self.page.player.failed.connect(self.tell)
        self.page.cancel.clicked.connect(self.cancel_saving)
        session.models_found.connect(self._models_found)
        session.loading.connect(self._loading)
        session.model_changed.connect(self._model_changed)
        session.sources_changed.connect(self._sources_changed)
        session.source_changed.connect(self._source_changed)
        session.finished.connect(self.refresh)
        session.grew.connect(self._grew)
        session.told.connect(self.tell)

    # models -------------------------------------------------------------------------------------

    def use_model(self, model: Model | Path | None) -> None:
        """Load a model; None asks for a file."""
        if model is None:
            self.page.panel.show_models(self.session.models, self.session.model)
            self.perform("open model")
            return
        path = model.path if isinstance(model, Model) else model
        self.tell("")
        self.session.use_model(path)

    def _models_found(self, models: list[Model]) -> None:
        session = self.session
        self.page.panel.show_models(models, session.model)
        self.start.show_models(models, session.model)
        usable = [m for m in models if not m.problem]
        if self._camera_first and not usable and not self._choosing:
            self._camera_first = False
            self.tell("a camera needs a model; `sttm demo` makes one.")
        if session.model is None and not self._choosing and usable:
            self._choosing = True
            session.use_model(usable[0].path)

    def _loading(self, loading: bool) -> None:
        """Show that a model is being loaded; afterwards the one that is in use, old or new."""
        if not loading:
            self.page.panel.show_models(self.session.models, self.session.model)
        self.page.panel.show_loading(loading)

    def choose_first(self, path: Path) -> None:
        """Begin with this model, not with the newest one."""
        self._choosing = True
        self.session.use_model(path)

    def begin_with_camera(self, number: int) -> None:
        """Start a camera as soon as a model is loaded."""
        self.camera_number, self._camera_first = number, True

    def hidden_actions(self) -> list[Action]:
        """Return the actions that this window does not offer."""
        return [action for action in ACTIONS if action.name in self.hidden]

    def _model_changed(self) -> None:
        session = self.session
        if self._camera_first:
            self._camera_first = False
            QTimer.singleShot(0, self, lambda: self.perform("camera"))
        self.page.panel.show_models(session.models, session.model)
        self.start.show_models(session.models, session.model)
        self.refresh()

    # opening ------------------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[Path], *, stills: bool = False) -> None:
        """Open what lies at paths; a bundle among them becomes the model."""
        bundles = [path for path in paths if path.suffix.lower() == ".sttm"]
        others = [path for path in paths if path not in bundles]
        self.tell("")
        if bundles:
            self._choosing = True
            self.use_model(bundles[0])
        if others:
            self._wanted = others
            self.session.open_paths(others, stills=stills)

    def _sources_changed(self) -> None:
        for path in reversed(self._wanted or []):
            self.preferences.add_recent(path)
        self._wanted = None
        self.preferences.save()
        self.start.fill_recent()

    def _source_changed(self) -> None:
        session = self.session
        working = session.source is not None or bool(session.camera)
        if working:
            self.tell("")
        self.stack.setCurrentWidget(self.page if working else self.start)
        name = session.source.name if session.source is not None else session.camera
        self.setWindowTitle(f"{name} – {TITLE}" if name else TITLE)
        self.refresh()
        if working:
            self.page.player.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if dropped_paths(event.mimeData()):
            self.start.drop.set_over(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing is held over the window any more."""
        self.start.drop.set_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.start.drop.set_over(False)
        paths = dropped_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.open_paths(paths)

    # doing --------------------------------------------------------------------------------------

    def perform(self, name: str) -> None:
        """Do an action by its name; what goes wrong is a sentence."""
        try:
            DEEDS[name](self)
        except InputError as error:
            self.tell(str(error))
        self.refresh()

    def _focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        """Look at keys before the shortcuts of the menus do."""
        if old is not None:
            old.removeEventFilter(self)
        if new is not None and new.window() is self:
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave keys to the widget that has the focus, where it has a use for them."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            over = next((c for c in (self.legend, self.card) if not c.isHidden()), None)
            if over is not None and key_name(event) not in ("F1", "?", "Ctrl+Q"):
                event.accept()
                return True
            if needs_key(watched, key_name(event)):
                event.accept()
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the message away and goes back to the picture."""
        if key_name(event) == "Esc":
            self.notice.put_away()
            self.page.player.setFocus()
        else:
            super().keyPressEvent(event)

    def tell(self, sentence: str, level: str = "error") -> None:
        """Show a sentence in the notice bar; "" puts it away."""
        if sentence:
            self.notice.tell(sentence, level=level)
        else:
            self.notice.hide()

    def say(self, sentence: str) -> None:
        """Show for a moment what was done."""
        self.page.toast.say(sentence)

    def refresh(self) -> None:
        """Let be pressed what can be done now."""
        session = self.session
        can = permitted(self)
        for name, enabled in can.items():
            if name in self.actions_by_name:
                self.actions_by_name[name].setEnabled(enabled)
            self.bar.enable(name, enabled)
        for layer in ("box", "crop", "landmarks", "map"):
            self.actions_by_name[f"layer {layer}"].setChecked(layer in self.page.layers)
        every = session.settings.faces == "all"
        self.actions_by_name["all faces"].setChecked(every)
        self.page.panel.all_faces.setChecked(every)

    def _grew(self) -> None:
        """Let results be saved as soon as there are any."""
        if not self.actions_by_name["save table"].isEnabled() and self.session.record.answers:
            self.refresh()

    # saving -------------------------------------------------------------------------------------

    def save(
        self, work: Callable[[Callable[[str, int, int], None], Callable[[], bool]], str]
    ) -> None:
        """Write files in the background; ``work`` returns what was done, as a sentence."""
        if self.saver is not None and self.saver.running:
            self.tell("something is being written already; wait for it, or cancel it.", "note")
            return
        self.saver = Background(work, self)
        self.saver.progressed.connect(self._saving)
        self.saver.finished.connect(self._saved)
        self.saver.failed.connect(self._not_saved)
        self.page.cancel.show()
        self.saver.start()
        self.refresh()

    def _saving(self, sentence: str, done: int, total: int) -> None:
        self.page.state.setText(f"{sentence}…")
        self.page.progress.setVisible(total > 0)
        self.page.progress.set_share(done / total if total else 0.0)

    def _saved(self, sentence: str) -> None:
        self._saving_over()
        self.tell(sentence, "note")

    def _not_saved(self, sentence: str) -> None:
        self._saving_over()
        self.tell(sentence)

    def cancel_saving(self) -> None:
        """Call off what is being written."""
        if self.saver is not None:
            self.saver.stop(0.0)
        self._saving_over()
        self.tell("writing was called off; nothing was left half written.", "note")

    def _saving_over(self) -> None:
        self.page.cancel.hide()
        self.page.progress.hide()
        self.page.show_state()
        QTimer.singleShot(0, self, self.refresh)

    # looks --------------------------------------------------------------------------------------

    def use_theme_only(self) -> None:
        """Apply theme and size of text to the application."""
        app = the_app()
        apply_size(app, self.preferences.scale)
        theme.apply_theme(app, self.preferences.theme)

    def use_theme(self) -> None:
        """Apply theme and size of text, here and to what draws itself."""
        self.use_theme_only()
        self._theme_changed()
        self.preferences.save()

    def _theme_changed(self) -> None:
        self._theme = theme.current()
        self.setStyleSheet(window_sheet(self._theme))
        self.legend.forget()
        self.bar.draw_icons()
        self.start.draw_icons()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the desktop where it turns dark or light, a moment later."""
        if event.type() == QEvent.Type.PaletteChange and self._theme is not None:
            QTimer.singleShot(0, self, self._follow)
        super().changeEvent(event)

    def _follow(self) -> None:
        if self._theme is not theme.current():
            self._theme_changed()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Free the camera, end all threads, keep what was chosen."""
        self.hide()
        the_app().focusChanged.disconnect(self._focus_changed)
        if self.saver is not None:
            self.saver.stop(3.0)
        self.session.end()
        self.page.close_page()
        self.preferences.save()
        super().closeEvent(event)
