"""One case of the review: its picture, cards and tiers, and what the reviewer says of it instead.

The list of cases and the decisions are in ``review_page``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from sttm.errors import InputError
from sttm.gui.buttons import shown_key
from sttm.gui.overlay import Overlay

from ..keys import Bindings
from ..review import Case, Review
from ..session import Done
from ..statement import Interval, Statement
from ..study import Study
from .review_cards import Shown
from .review_deeds import ONCE, REVIEW_DEEDS, WINDOW, overrule_bindings, perform, review_bindings
from .review_draft import Draft
from .review_history import history_rows
from .review_list import TITLES
from .review_view import ReviewView
from .review_words import Names, labels_text, state_text

if TYPE_CHECKING:
    from .review_page import ReviewPage
    from .window import LabelWindow

SWITCHED = ("overrule", "finish", "cancel")


class ReviewCase(ReviewView):
    """Shows the case of ``clip`` as it is on the disk, with keys for all that can be done."""

    def __init__(self, study: Study, reviewer: str, window: LabelWindow) -> None:
        super().__init__(study, window)
        self.review = Review(study, reviewer)
        self.names = Names(study, self.review.reviewer, [])
        self.which = "disputed"
        self.clip: str | None = None
        self.case: Case | None = None
        self.looked: int | None = None
        self.draft: Draft | None = None
        self._rows: dict[str, dict[str, Any]] = {}
        self._row = 0
        self._seen: int | None = None

    # keys ---------------------------------------------------------------------------------------

    def use_keys(self, keys: Bindings) -> None:
        """Take over the window's keys, and its theme."""
        self.base = keys
        self.deciding, self.overruling = review_bindings(keys), overrule_bindings(keys)
        self.show_keys(self.deciding, self.overruling)
        self._hint_keys()
        if self.draft is not None:
            self._count_votes()
        if self._seen is not None:
            self.show_case()
        self.fit()

    @property
    def keys(self) -> Bindings:
        """The keys that hold now."""
        return self.overruling if self.draft is not None else self.deciding

    def key_of(self, action: str) -> str:
        """Return the key of an action; "" where it has none now."""
        try:
            return self.keys.key_of(action)
        except InputError:
            return ""

    def legend(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the keys that hold now, for the legend."""
        return [group for group in self.keys.legend() if group[0]]

    def _hint_keys(self) -> None:
        shown = [("legend", "all keys"), ("finish", "done"), ("undo", "undo")]
        if self.draft is None:
            shown = [("legend", "all keys"), ("case:+1", "next case")]
        self.status.show_hints([(self.key_of(a), what) for a, what in shown])

    def pressed(self, key: str, *, repeated: bool = False) -> bool:
        """Do what a key stands for here; return whether it stood for anything."""
        action = self.keys.action_of(key)
        verb = action.partition(":")[0]
        if not self.reason.isHidden() and (key == "Return" or verb in SWITCHED):
            self.reason.line.setFocus()
            return True
        if action and not (repeated and verb in ONCE):
            self.perform(action)
        return bool(action)

    def escape(self) -> None:
        """Leave what was begun: the reason, else the own opinion."""
        if self.picker.isVisible():
            self.picker.put_away()
        elif not self.reason.isHidden():
            self.reason.leave()
        elif self.draft is not None:
            self._end_draft()
            self.status.say("left; nothing was decided")
        else:
            self.player.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Enter and Escape leave the comment, and do nothing else."""
        leaving = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        pressed = event.type() == QEvent.Type.KeyPress and watched is self.panel.comment
        if pressed and isinstance(event, QKeyEvent) and event.key() in leaving:
            self.player.setFocus()
            return True
        return super().eventFilter(watched, event)

    @property
    def cards_over(self) -> list[Overlay]:
        """What may lie over the page."""
        return [self.over, self.picker]

    def perform(self, action: str) -> None:
        """Do an action by its name; what cannot be is told and changes nothing."""
        verb = action.partition(":")[0]
        if verb in WINDOW:
            self._window.perform(action)
            return
        if self.draft is not None and verb in REVIEW_DEEDS and verb not in SWITCHED:
            self._end_draft()
        try:
            self._say(perform(cast("ReviewPage", self), action))
        except InputError as error:
            self._failed(error)

    def _say(self, sentence: str) -> None:
        if sentence:
            self.status.say(sentence)
            self._window.tell("")

    def _failed(self, error: InputError) -> None:
        self._window.tell(self._hidden(str(error)), "error")
        self.refresh()

    def refresh(self) -> None:
        """Show what another process changed; the page knows how."""

    def _hidden(self, sentence: str) -> str:
        """Return a sentence without names of clips and files where work is blind."""
        if not self.names.blind or self.clip is None:
            return sentence
        source = str(self._rows.get(self.clip, {}).get("source", self.clip))
        path = self.study.root / source
        for secret in (str(path), source, path.name, path.stem, self.clip):
            sentence = sentence.replace(secret, self.names.clip(self.clip))
        return sentence

    # a case -------------------------------------------------------------------------------------

    def show_case(self) -> None:
        """Show the clip that is chosen, as it is on the disk."""
        shown = self.case.clip if self.case is not None else None
        row = self.list.row_of(self.clip or "")
        known = self.list.cases.cases[row] if row is not None else None
        self.case = known or (self.review.case(self.clip) if self.clip else None)
        self._row = row if row is not None else self._row
        self.list.choose(row)
        if self.clip is None:
            self.player.close_clip()
            self.timeline.clear()
            self.player.view.show_message(self.list.empty.text())
        elif shown != self.clip:
            self.looked = None
            self.open_clip(self._rows[self.clip])
        count = len(self.case.opinions) if self.case is not None else 0
        self.looked = min(self.looked or 0, count - 1) if count else None
        self._show_header(row)
        self._show_cards()
        self.show_statement()

    def _show_header(self, row: int | None) -> None:
        case, count = self.case, len(self.list.cases.cases)
        badges = ["blind"] if self.names.blind else []
        if case is not None:
            badges += ["suspect"] if case.suspect is not None else []
            badges += [state] if (state := state_text(case)) else []
        name = self.names.clip(case.clip) if case is not None else TITLES[self.which]
        self.header.show_clip(name, row or 0, count, badges)
        place = f"{row + 1:,} of {count:,}" if row is not None else f"{count:,} left"
        self.header.place.setText(f"{TITLES[self.which].lower()}: {place}")
        self.pills["overrule"].setEnabled(case is not None)
        self.pills["send back"].setEnabled(case is not None and bool(case.opinions))
        self.pills["reopen"].setEnabled(case is not None and case.decision is not None)
        self.pills["history"].setEnabled(case is not None)

    def _show_cards(self) -> None:
        case = self.case
        hint = self.review.hint(case.clip) if case is not None and case.suspect else None
        shown = Shown(self.study.scheme, self.names, self.fps)
        known = {action.name for action in self.deciding.actions}
        self.cards.show_case(
            case, hint, shown, lambda a: self.deciding.key_of(a) if a in known else ""
        )
        self.cards.look_at(self.looked)

    def look_at(self, number: int) -> None:
        """Look at one opinion: its marks are those of the timeline, of loop and difference."""
        self.looked = number
        self.cards.look_at(number)
        self.show_statement()

    def step_opinion(self, step: int) -> str:
        """Look at the next opinion, or the one before."""
        opinions = self.case.opinions if self.case is not None else ()
        if not opinions or self.looked is None:
            return "there is no opinion to look at."
        self.look_at((self.looked + step) % len(opinions))
        opinion = opinions[self.looked]
        return f"{self.names.person(opinion.annotator)}: {labels_text(opinion.statement)}"

    def active_interval(self) -> Interval | None:
        """Return the interval that loop, difference and marks are about."""
        if self.draft is not None:
            return self.draft.interval
        if self.case is None or self.looked is None or self.looked >= len(self.case.opinions):
            return None
        return next(iter(self.case.opinions[self.looked].statement.intervals), None)

    def show_statement(self) -> None:
        """Show everybody's intervals, and the draft's marks or those of the opinion looked at."""
        draft, case = self.draft, self.case
        tiers = [self.tier_of("your own", draft.statement, True)] if draft is not None else []
        for place, opinion in enumerate(case.opinions if case is not None else ()):
            name = self.names.person(opinion.annotator) + (" (again)" if opinion.turn else "")
            strong = draft is None and place == self.looked
            tiers.append(self.tier_of(name, opinion.statement, strong))
        self.timeline.set_tiers(tiers)
        interval = self.active_interval()
        letters = {
            str(m): shown_key(self.base.key_of(f"mark:{m}")) for m in self.study.scheme.marks
        }
        self.timeline.movable = draft is not None
        self.timeline.set_marks(interval.marks if interval is not None else {}, letters)
        self.player.set_onset(interval.onset if interval is not None else None)
        if draft is not None:
            self.panel.show_statement(draft.statement, draft.active, "marks")
            self.panel.stage.hide()
            self.panel.show_guidance()

    def _opened(self, facts: dict[str, Any]) -> None:
        self.timeline.set_clip(facts["first"], facts["last"], facts["fps"])
        if facts["fps"] and facts["fps"] != self.fps:
            self.fps = facts["fps"]
            self._show_cards()
        self.show_statement()

    def _unreadable(self, sentence: str) -> None:
        hidden = self._hidden(sentence)
        self.player.view.show_message(hidden)
        self._window.tell(hidden, "error")

    def show_history(self) -> str:
        """Show who said what when, and every decision."""
        if self.clip is None:
            return "there is no clip whose history could be shown."
        rows = history_rows(self.review.history(self.clip), self.study.scheme, self.fps, self.names)
        key = shown_key(self.key_of("history"))
        self.over.show_rows(self.names.clip(self.clip), rows, key)
        return ""

    # the reviewer's own statement ---------------------------------------------------------------

    @property
    def session(self) -> Draft:
        """What the deeds of the label page speak to."""
        if self.draft is None:
            raise InputError(f"press {shown_key(self.key_of('overrule'))} first to overrule.")
        return self.draft

    def begin_overrule(self) -> str:
        """Let the reviewer say something of their own, from what they said last."""
        if self.case is None:
            return "there is no clip to overrule."
        mine = [
            opinion.statement
            for opinion in self.case.opinions
            if opinion.annotator == self.review.reviewer and opinion.turn == 0
        ]
        self.reason.hide()
        self.draft = Draft(self.study.scheme, mine[0] if mine else Statement())
        self._count_votes()
        self.right.setCurrentIndex(1)
        self._hint_keys()
        self.show_statement()
        self.player.setFocus()
        return f"say it yourself, then {shown_key(self.key_of('finish'))}"

    def _count_votes(self) -> None:
        """Show how many annotators chose each label."""
        opinions = self.case.opinions if self.case is not None else ()
        said = (label for opinion in opinions for label in opinion.statement.labels)
        self.panel.show_counts(Counter(said))

    def _end_draft(self) -> None:
        if self.draft is not None:
            self.draft = None
            self.reason.hide()
            self.right.setCurrentIndex(0)
            self._hint_keys()
            self.show_statement()
            self.player.setFocus()

    def speak(self, act: Callable[[Draft], Done]) -> str:
        """Let the draft say something; return the sentence about it."""
        done = act(self.session)
        self.show_statement()
        return done.sentence

    travel = speak

    def _commented(self, text: str) -> None:
        if self.draft is not None and text.strip() != self.draft.statement.comment:
            self._say(self.speak(lambda draft: draft.comment(text)))

    def _mark_moved(self, mark: str, frame: int) -> None:
        if self.draft is not None:
            try:
                self._say(self.speak(lambda draft: draft.mark(mark, frame)))
            except InputError as error:
                self._failed(error)

    def find_label(self) -> None:
        """Choose a label by typing."""
        choices = [
            (rule.name, f"{rule.name}   {rule.guidance}".strip())
            for rule in self.study.scheme.labels
        ]
        self.picker.ask("Find a label", choices, lambda name: self.perform(f"label:{name}"))
