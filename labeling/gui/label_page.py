"""The label page: picture, timeline, panel. It shows what the session holds, and nothing else.

Each action goes to the session first, which has it on the disk when it returns; then the page
shows what is stored now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSplitter, QWidget

from sttm.errors import InputError
from sttm.gui.background import Background
from sttm.gui.buttons import chip_colour, shown_key
from sttm.gui.column import fill_page, picture_column
from sttm.gui.notice import StatusLine, Toast
from sttm.gui.player import Player

from ..keys import Bindings
from ..learning import changed
from ..session import Done, Session
from ..statement import Interval
from ..study import Study
from .deeds import PAGE_DEEDS
from .header import Header
from .label_panel import LabelPanel
from .picker import Picker
from .playing import Playing
from .timeline import Span, Tier, Timeline

KEPT = 800  # ms after which a changed view is remembered


class LabelPage(QWidget):
    """One annotator at work.

    ``told(sentence, level)`` is for the notice bar, "" takes it away.
    """

    told = Signal(str, str)
    scheme_changed = Signal()

    def __init__(self, study: Study, annotator: str, keys: Bindings, parent: QWidget) -> None:
        super().__init__(parent)
        self.study, self.annotator = study, annotator
        self.session = Session(study, annotator)
        self.header, self.player, self.timeline = Header(), Player(), Timeline()
        self.panel, self.status = LabelPanel(study.root), StatusLine()
        self.playing, self.picker = Playing(self.player), Picker(parent)
        self.toast = Toast(self.player.view)
        self._shown_task: Any = None
        self._wanted_frame: int | None = None
        self._check: Background | None = None
        self._keep = QTimer(self)
        self._lay_out()
        self._connect()
        self.use_keys(keys)
        self._restore()
        self.show_all()

    # building -----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        left = picture_column(self.header, self.player, self.timeline, self.status)
        self.panel.setProperty("role", "side")
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(left)
        self.split.addWidget(self.panel)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 0)
        fill_page(self, self.split, self.player)

    def _connect(self) -> None:
        self.panel.asked.connect(self.perform)
        self.panel.interval_asked.connect(
            lambda index: self._say(self.speak(lambda s: s.choose(index)))
        )
        self.panel.commented.connect(self._commented)
        self.timeline.asked.connect(self.player.seek)
        self.timeline.mark_moved.connect(self._mark_moved)
        self.player.looped.connect(self.timeline.set_loop)
        self.player.frame_shown.connect(self._frame_shown)
        self.player.opened.connect(self._opened)
        self.player.failed.connect(self._unreadable)
        self.player.thumbnail_made.connect(self._thumbnail)
        self._keep.setSingleShot(True)
        self._keep.timeout.connect(self.keep_place)

    def use_keys(self, keys: Bindings) -> None:
        """Show the labels, with these keys."""
        self.keys = keys
        self.panel.set_scheme(self.study.scheme, self.key_of)
        shown = [("legend", "all keys"), ("undo", "undo"), ("next", "next clip")]
        self.status.show_hints([(self.key_of(a), what) for a, what in shown])
        if self._shown_task is not None:
            self.show_statement()

    def key_of(self, action: str) -> str:
        """Return the key of an action; "" where it has none or is not there."""
        try:
            return self.keys.key_of(action)
        except InputError:
            return ""

    # doing --------------------------------------------------------------------------------------

    def perform(self, action: str) -> None:
        """Do an action by its name; what cannot be is told and changes nothing."""
        verb, _, value = action.partition(":")
        try:
            self._say(PAGE_DEEDS[verb](self, value))
        except InputError as error:
            self._failed(error)

    def _failed(self, error: InputError) -> None:
        self.told.emit(self._hidden(str(error)), "error")
        try:
            self.session.refresh()
        except InputError as worse:
            self.told.emit(self._hidden(str(worse)), "error")
        self.show_all()

    def _say(self, sentence: str) -> None:
        if sentence:
            self.status.say(sentence)
            self.told.emit("", "")

    def speak(self, act: Callable[[Session], Done]) -> str:
        """Let the session say something of this clip; return the sentence about it.

        Where that finishes the clip, the session may have gone on: a note over the picture says
        what was said of which clip.
        """
        name = self.session.name_of(self.session.task)
        done = act(self.session)
        sentence = saved(done.sentence) if done.changed else done.sentence
        if done.moved:
            self.player.pause()
            self.show_all()
            self.toast.say(f"{name}:  {sentence}")
            return f"{name}: {sentence}"
        self.show_statement()
        if done.changed:
            self.show_progress()
        return sentence

    def travel(self, act: Callable[[Session], Done]) -> str:
        """Let the session go somewhere, or take something back; show what is there then."""
        self.player.pause()
        done = act(self.session)
        self.show_all()
        return done.sentence

    def _commented(self, text: str) -> None:
        if text.strip() == self.session.statement.comment:
            return
        try:
            self._say(self.speak(lambda session: session.comment(text)))
        except InputError as error:
            self._failed(error)

    def _mark_moved(self, mark: str, frame: int) -> None:
        try:
            self._say(self.speak(lambda session: session.mark(mark, frame)))
        except InputError as error:
            self._failed(error)

    def leave_comment(self) -> None:
        """Keep the comment and go back to the picture."""
        self.player.setFocus()

    def find_label(self) -> None:
        """Choose a label by typing; in a free scheme also a new one."""
        choices = [
            (rule.name, f"{rule.name}   {rule.guidance}".strip())
            for rule in self.study.scheme.labels
        ]
        new = "add the label" if self.study.scheme.free else ""
        self.picker.ask("Find a label", choices, self._found_label, new=new)

    def _found_label(self, name: str) -> None:
        try:
            if name not in self.study.scheme.label_names:
                self.study.add_label(name)
                self.scheme_changed.emit()
        except InputError as error:
            self._failed(error)
            return
        self.perform(f"label:{name}")

    def find_clip(self) -> None:
        """Go to a clip by its number or, where it may be seen, its name."""
        names = [self.session.name_of(task) for task in self.session.tasks]
        choices = [(str(i), f"{i + 1}   {name}") for i, name in enumerate(names)]
        self.picker.ask("Go to a clip", choices, self._found_clip)

    def _found_clip(self, index: str) -> None:
        try:
            self._say(self.travel(lambda session: session.go(int(index))))
        except InputError as error:
            self._failed(error)

    # showing ------------------------------------------------------------------------------------

    def active_interval(self) -> Interval | None:
        """Return the interval that marks go to."""
        active = self.session.active
        return None if active is None else self.session.statement.intervals[active]

    def show_all(self) -> None:
        """Show the clip that the session stands at."""
        if not self.session.tasks:
            self.told.emit("no clip is assigned to you in this study.", "note")
            return
        self.show_progress()
        session = self.session
        self.header.show_clip(
            session.name_of(session.task), session.at, len(session.tasks), self._badges()
        )
        if self._shown_task != session.task:
            self._shown_task = session.task
            self._open_clip()
            self._tell_reason()
        self.show_statement()

    def _tell_reason(self) -> None:
        reason = self.session.reason(self.session.task)
        if reason:
            self.told.emit(f"A reviewer sent this clip back: {reason}", "note")

    def _badges(self) -> list[str]:
        work = self.study.scheme.work
        found = ["blind"] if work.blind else []
        if self.session.done(self.session.task):
            found.append("done")
        return found

    def _open_clip(self) -> None:
        row = self.session.clip
        self.told.emit("", "")
        first, last, fps = (_number(row.get(k)) for k in ("first", "last", "fps"))
        self.timeline.clear()
        self.player.open(
            self.study.source_of(str(row["source"])),
            None if first is None else int(first),
            None if last is None else int(last),
            fps,
        )
        if self._wanted_frame is not None:
            self.player.seek(self._wanted_frame)
            self._wanted_frame = None
        self._check_content(dict(row))
        self._keep.start(KEPT)

    def _check_content(self, row: dict[str, Any]) -> None:
        """See in the background whether the clip is still the one that was added."""
        if self._check is not None:
            self._check.stop(0)
        source, task = self.study.source_of(str(row["source"])), self.session.task
        digest = str(row["digest"])
        self._check = Background(lambda *_: changed(source, digest), self)
        self._check.finished.connect(lambda other: self._content_checked(task, bool(other)))
        self._check.start()

    def _content_checked(self, task: Any, other: bool) -> None:
        if other and task == self.session.task:
            self.told.emit(
                f"{self.session.name_of(task)} is not the file that it was when it was added: "
                "it was replaced or changed; earlier labels may not fit it.",
                "error",
            )

    def _hidden(self, sentence: str) -> str:
        """Return a sentence without the clip's name and path where work is blind."""
        if not self.study.scheme.work.blind or not self.session.tasks:
            return sentence
        row = self.session.clip
        path = self.study.source_of(str(row["source"]))
        shown = self.session.name_of(self.session.task)
        for secret in (str(path), str(row["source"]), path.name, path.stem, str(row["clip"])):
            sentence = sentence.replace(secret, shown)
        return sentence

    def _unreadable(self, sentence: str) -> None:
        hidden = self._hidden(sentence)
        self.player.view.show_message(hidden)
        self.told.emit(hidden, "error")

    def _opened(self, facts: dict[str, Any]) -> None:
        self.timeline.set_clip(facts["first"], facts["last"], facts["fps"])
        self._show_tiers()

    def _frame_shown(self, frame: int) -> None:
        self.timeline.set_frame(frame)
        if not self.player.playing:
            self._keep.start(KEPT)

    def _thumbnail(self, frame: int, image: QImage) -> None:
        self.timeline.set_thumbnail(frame, image)

    def show_statement(self) -> None:
        """Show what is stored of this clip."""
        session = self.session
        self.panel.show_statement(session.statement, session.active, session.stage)
        interval = self.active_interval()
        self.player.set_onset(interval.onset if interval is not None else None)
        self.panel.show_guidance()
        self._show_tiers()

    def _show_tiers(self) -> None:
        labels = self.study.scheme.labels
        places = {rule.name: (i, rule.colour) for i, rule in enumerate(labels)}
        found: dict[str, list[Span]] = {}
        for one in self.session.statement.intervals:
            index, colour = places.get(one.label, (0, ""))
            shade = chip_colour(colour, index).name()
            span = Span(one.onset, one.offset, one.label, shade, one.apex)
            found.setdefault(one.label, []).append(span)
        active = self.active_interval()
        chosen = active.label if active is not None else ""
        self.timeline.set_tiers([Tier(n, spans, own=n == chosen) for n, spans in found.items()])
        marks = self.study.scheme.marks
        letters = {str(mark): shown_key(self.key_of(f"mark:{mark}")) for mark in marks}
        self.timeline.set_marks(active.marks if active is not None else {}, letters)

    def show_progress(self) -> None:
        """Show how much is done."""
        progress = self.session.progress()
        self.header.show_progress(progress.done, progress.total)
        self.panel.show_counts(progress.labels)

    def clips_learnt(self, wrong: list[tuple[str, str]]) -> None:
        """Take over what was found out; tell which clips could not be read."""
        self.refresh()
        if not wrong:
            return
        clip, sentence = wrong[0]
        more = f" ({len(wrong) - 1} more like this)" if len(wrong) > 1 else ""
        names = {t.clip: self.session.name_of(t) for t in reversed(self.session.tasks)}
        if self.study.scheme.work.blind:
            sentence = f"{names.get(clip, 'a clip')} cannot be read."
        self.told.emit(f"{sentence}{more}", "error")

    def refresh(self) -> None:
        """Show what another process changed; nothing where nothing did."""
        done = self.session.refresh()
        if done.sentence:
            self.show_all()
        if done.changed and "this clip" in done.sentence:
            self.told.emit(done.sentence, "note")

    # the place ----------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return where the page stands, as plain values."""
        return {
            "frame": self.player.frame,
            "guidance": not self.panel.guidance.isHidden(),
            "split": self.split.sizes(),
            **self.playing.state(),
        }

    def keep_place(self) -> None:
        """Write down where the page stands."""
        self._keep.stop()
        if self.session.tasks:
            self.session.keep(**self.state())

    def _restore(self) -> None:
        values = self.session.kept
        self.playing.restore(values)
        frame = values.get("frame")
        self._wanted_frame = frame if isinstance(frame, int) else None
        sizes = values.get("split")
        if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(s, int) for s in sizes):
            self.split.setSizes(sizes)
        if values.get("guidance") is True:
            self.panel.toggle_guidance()

    def close_page(self) -> None:
        """Keep the comment and the place, and let go of the clip."""
        self._commented(self.panel.comment.text())
        self.keep_place()
        if self._check is not None:
            self._check.stop(0)
        self.player.close_clip()
        self._keep.stop()


def _number(value: Any) -> float | None:
    """Return a cell of the clips table as a number, None where it is missing."""
    if value is None or value != value or str(value) in ("", "<NA>"):
        return None
    return float(value)


def saved(sentence: str) -> str:
    """Return a sentence about an action with word that it is on the disk.

    >>> saved("happiness."), saved("happiness. Every clip is done.")
    ('happiness; saved.', 'happiness; saved. Every clip is done.')
    """
    first, _, rest = sentence.partition(". ")
    return f"{first.rstrip('.')}; saved." + (f" {rest}" if rest else "")
