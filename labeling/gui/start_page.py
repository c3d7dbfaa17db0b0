"""The first page: which clips, which words, and who you are; everything has a sensible default."""

from __future__ import annotations

import getpass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from sttm.errors import InputError
from sttm.gui.start_parts import card, group, heading, key_line

from ..opening import Request, study_path
from ..scheme import READY, Scheme, load_scheme
from ..study import SUFFIX, open_study
from .preferences import Preferences
from .scheme_preview import SchemePreview

NARROW = 66  # lines of text; a narrower window has one column
FIRST_KEYS = (
    ("1", "says the first label; 2 the second, and so on"),
    ("Space", "plays and pauses"),
    ("Return", "goes to the next clip"),
    ("Ctrl+Z", "takes back what you did last"),
    ("?", "shows all keys"),
)
FROM_FILE = "from a file…"


def usual_name(preferences: Preferences) -> str:
    """Return the name given last, or else the one that the computer knows."""
    if preferences.name:
        return preferences.name
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


class StartPage(QWidget):
    """Choose clips, a scheme and a name; ``begun`` carries a ``Request`` and the name."""

    begun = Signal(object, str)

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._request = Request()
        self._own_scheme: Scheme | None = None
        self._make_parts()
        self._lay_out()
        self._connect()
        self._fill_recent()
        self.schemes.setCurrentRow(max(0, list(READY).index(_known(preferences.scheme))))

    # building -----------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        self.path, self.place, self.name = QLineEdit(), QLineEdit(), QLineEdit()
        self.path.setPlaceholderText("a folder of clips, a study, or a clips table")
        self.name.setPlaceholderText("as it shall stand beside your labels")
        self.name.setText(usual_name(self._preferences))
        self.path.setAccessibleName("clips")
        self.place.setAccessibleName("where the study shall lie")
        self.name.setAccessibleName("your name")
        self.folder_button, self.file_button = (
            QPushButton("Choose a &folder…"),
            QPushButton("Open a &study or table…"),
        )
        self.place_button, self.begin_button = (
            QPushButton("Choose…"),
            QPushButton("Start labelling"),
        )
        self.begin_button.setProperty("role", "main")
        for button in (self.folder_button, self.file_button, self.begin_button, self.place_button):
            button.setAutoDefault(True)
        self.recent, self.schemes = QListWidget(), QListWidget()
        self.recent.setAccessibleName("recent studies")
        self.schemes.setAccessibleName("schemes")
        for name, title in READY.items():
            item = QListWidgetItem(load_scheme(name).name)
            item.setToolTip(title)
            self.schemes.addItem(item)
        self.schemes.addItem(FROM_FILE)
        self.preview = SchemePreview()
        self.problem, self.busy, self.bar = QLabel(), QLabel(), QProgressBar()
        self.problem.setProperty("role", "mistake")
        self.problem.setWordWrap(True)
        self.busy.setProperty("role", "quiet")
        self.bar.setTextVisible(False)
        for widget in (self.problem, self.busy, self.bar):
            widget.hide()

    def _lay_out(self) -> None:
        inner = QWidget()
        grid = QGridLayout(inner)
        unit = self.fontMetrics().height()
        grid.setContentsMargins(2 * unit, int(1.4 * unit), 2 * unit, 0)
        grid.setHorizontalSpacing(2 * unit)
        grid.setVerticalSpacing(int(0.8 * unit))
        title = QLabel("Label clips")
        title.setProperty("role", "title")
        about = QLabel("Every key is saved at once. Nothing you say is ever lost.")
        about.setProperty("role", "quiet")
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(title)
        head.addWidget(about)
        grid.addLayout(head, 0, 0, 1, 2)
        self._grid, self._cards = grid, (self._left(unit), self._right(unit))
        grid.addWidget(self._cards[0], 1, 0)
        grid.addWidget(self._cards[1], 1, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 5)
        grid.setRowStretch(1, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area, 1)
        whole.addLayout(self._foot())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the two cards below each other where the window is narrow for its text."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW * self.fontMetrics().height()
        self._grid.addWidget(self._cards[0], 1, 0, 1, 2 if narrow else 1)
        place = (2, 0, 1, 2) if narrow else (1, 1, 1, 1)
        self._grid.addWidget(self._cards[1], *place)

    def _left(self, unit: int) -> QWidget:
        box, layout = card(unit)
        layout.addWidget(heading("Clips"))
        layout.addWidget(self.path)
        layout.addWidget(self.folder_button)
        layout.addWidget(self.file_button)
        layout.addSpacing(unit // 4)
        self.place_row = QWidget()
        row = QGridLayout(self.place_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(group("The study shall lie in"), 0, 0, 1, 2)
        row.addWidget(self.place, 1, 0)
        row.addWidget(self.place_button, 1, 1)
        self.place_row.hide()
        layout.addWidget(self.place_row)
        layout.addSpacing(unit // 2)
        layout.addWidget(heading("Your name"))
        layout.addWidget(self.name)
        layout.addSpacing(unit // 2)
        self._recent_title = heading("Recent studies")
        layout.addWidget(self._recent_title)
        layout.addWidget(self.recent, 1)
        layout.addStretch(0 if self._preferences.recent_studies() else 1)
        layout.addWidget(heading("Five keys to begin with"))
        for key, what in FIRST_KEYS:
            layout.addLayout(key_line(key, what))
        return box

    def _right(self, unit: int) -> QWidget:
        box, layout = card(unit)
        self._scheme_title = heading("Words to choose from")
        layout.addWidget(self._scheme_title)
        row = QHBoxLayout()
        row.setSpacing(unit)
        self.schemes.setFixedWidth(15 * unit)
        self.schemes.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row.addWidget(self.schemes)
        row.addWidget(self.preview, 1)
        layout.addLayout(row, 1)
        return box

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(14)
        unit = self.fontMetrics().height()
        foot.setContentsMargins(2 * unit, unit // 2, 2 * unit, unit)
        left = QVBoxLayout()
        left.addWidget(self.problem)
        left.addWidget(self.busy)
        left.addWidget(self.bar)
        foot.addLayout(left, 1)
        foot.addWidget(self.begin_button, 0, Qt.AlignmentFlag.AlignRight)
        return foot

    def _connect(self) -> None:
        self.folder_button.clicked.connect(self.choose_folder)
        self.file_button.clicked.connect(self.choose_file)
        self.place_button.clicked.connect(self.choose_place)
        self.begin_button.clicked.connect(self.begin)
        self.path.editingFinished.connect(self._path_changed)
        self.path.returnPressed.connect(self.name.setFocus)
        self.name.returnPressed.connect(self.begin)
        self.place.returnPressed.connect(self.begin)
        self.schemes.currentRowChanged.connect(self._scheme_chosen)
        self.schemes.itemActivated.connect(lambda item: self._scheme_activated(item.text()))
        self.recent.itemActivated.connect(self._open_recent)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for study in self._preferences.recent_studies():
            item = QListWidgetItem(f"{study.parent.name or study.parent}  ·  {study.stem}")
            item.setToolTip(str(study))
            item.setData(Qt.ItemDataRole.UserRole, str(study))
            self.recent.addItem(item)
        shown = self.recent.count() > 0
        self.recent.setVisible(shown)
        self._recent_title.setVisible(shown)

    # what is chosen -----------------------------------------------------------------------------

    def show_request(self, request: Request, annotator: str) -> None:
        """Fill in what is known already."""
        self._request = request
        if annotator:
            self.name.setText(annotator)
        known = request.target or (request.root if request.clips is not None else request.study)
        self.path.setText(str(known) if known is not None else "")
        if isinstance(request.scheme, str) and request.scheme in READY:
            self.schemes.setCurrentRow(list(READY).index(request.scheme))
        elif request.scheme is not None:
            self.use_scheme(request.scheme)
        self._path_changed()
        self.focus_next()

    def focus_next(self) -> None:
        """Put the focus where Enter goes on."""
        if not self.path.text().strip():
            first: QWidget = self.recent if self.recent.count() else self.folder_button
            if self.recent.count():
                self.recent.setCurrentRow(0)
        elif not self.name.text().strip():
            first = self.name
        else:
            first = self.begin_button
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose_folder(self) -> None:
        """Ask for a folder of clips."""
        found = QFileDialog.getExistingDirectory(self, "A folder of clips", self._start())
        self._take(found)

    def choose_file(self) -> None:
        """Ask for a study or a clips table."""
        kinds = f"Studies and clips tables (*{SUFFIX} *.csv *.tsv);;All files (*)"
        found, _ = QFileDialog.getOpenFileName(self, "A study or table", self._start(), kinds)
        self._take(found)

    def choose_place(self) -> None:
        """Ask where the study shall lie."""
        found, _ = QFileDialog.getSaveFileName(
            self, "The study shall lie in", self.place.text(), f"Studies (*{SUFFIX})"
        )
        if found:
            self.place.setText(found if found.endswith(SUFFIX) else found + SUFFIX)

    def _start(self) -> str:
        return self.path.text().strip() or str(Path.home())

    def _take(self, path: str) -> None:
        if path:
            self.path.setText(path)
            self._path_changed()
            self.focus_next()

    def ask_place(self, sentence: str) -> None:
        """Say that the study cannot lie beside the clips, and ask for another place."""
        self.tell(sentence)
        self.place_row.show()
        self.place.setText(str(Path.home() / f"labels{SUFFIX}"))
        self.place.setFocus()

    def use_scheme(self, scheme: Scheme | str | Path) -> None:
        """Show a scheme that is none of the ready ones."""
        try:
            self._own_scheme = scheme if isinstance(scheme, Scheme) else load_scheme(scheme)
        except InputError as error:
            self.tell(str(error))
            return
        self.schemes.setCurrentRow(len(READY))
        self.preview.show_scheme(self._own_scheme)

    def request(self) -> Request:
        """Return what is chosen now."""
        text = self.path.text().strip()
        target = Path(text).expanduser() if text else None
        clips, root = self._request.clips, self._request.root
        if clips is not None:
            target = self._request.target
        place = self.place.text().strip() if not self.place_row.isHidden() else ""
        study = Path(place).expanduser() if place else self._request.study
        return Request(target, study, self._scheme(), clips, root)

    def _scheme(self) -> str | Scheme:
        row = self.schemes.currentRow()
        if row >= len(READY) and self._own_scheme is not None:
            return self._own_scheme
        return list(READY)[min(max(row, 0), len(READY) - 1)]

    def _path_changed(self) -> None:
        """A study that is there has its own scheme; show that one."""
        self.tell("")
        text = self.path.text().strip()
        found = None
        if text:
            try:
                path = study_path(self.request())
                if path.is_file():
                    with open_study(path, read_only=True) as study:
                        found = study.scheme
            except InputError as error:
                self.tell(str(error))
        self.schemes.setVisible(found is None)
        self._scheme_title.setText(
            "Words to choose from" if found is None else "This study's words"
        )
        self.begin_button.setText("Start labelling" if found is None else "Go on labelling")
        if found is not None:
            self.preview.show_scheme(found)
        else:
            self._scheme_chosen(self.schemes.currentRow())

    def _scheme_chosen(self, row: int) -> None:
        if 0 <= row < len(READY):
            self.preview.show_scheme(load_scheme(list(READY)[row]))
        elif self._own_scheme is not None:
            self.preview.show_scheme(self._own_scheme)
        else:
            self.preview.show_text("Press Enter to choose a YAML file of your own.")

    def _scheme_activated(self, text: str) -> None:
        if text != FROM_FILE:
            self.begin_button.setFocus()
            return
        kinds = "Schemes (*.yaml *.yml);;All files (*)"
        found, _ = QFileDialog.getOpenFileName(self, "A scheme", self._start(), kinds)
        if found:
            self.use_scheme(Path(found))

    def _open_recent(self, item: QListWidgetItem) -> None:
        self._request = Request()
        self.path.setText(str(item.data(Qt.ItemDataRole.UserRole)))
        self._path_changed()
        if not self.problem.text():
            self.begin()

    # going on -----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Go on with what is chosen, or say what is missing."""
        name = self.name.text().strip()
        if not self.path.text().strip() and self._request.clips is None:
            self.tell("Choose a folder of clips first.")
            self.folder_button.setFocus()
        elif not name:
            self.tell("Type your name: it stands beside what you say.")
            self.name.setFocus()
        else:
            self.tell("")
            self.begun.emit(self.request(), name)

    def tell(self, sentence: str) -> None:
        """Show what is wrong; "" for nothing."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def show_progress(self, sentence: str, done: int, total: int) -> None:
        """Show that clips are looked for or added; "" when that is over."""
        self.busy.setText(sentence + ("…" if sentence else ""))
        self.busy.setVisible(bool(sentence))
        self.bar.setVisible(bool(sentence))
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.begin_button.setEnabled(not sentence)


def _known(scheme: str) -> str:
    return scheme if scheme in READY else "basic"
