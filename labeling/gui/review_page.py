"""The review page: one case after the other, each decided with a reason that is kept.

A decision is on the disk before anything of it is shown. Of a suspect, the model's opinion is
shown only once the reviewer has given their own; the page then stays, so that it can be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from sttm.errors import InputError

from ..keys import Bindings
from ..review import QUEUES, Case, Review
from ..session import Done
from ..statement import Interval, Statement
from ..study import Study
from ..study.records import Decision
from .buttons import shown_key
from .overlay import Overlay
from .review_cards import Shown
from .review_deeds import ONCE, REVIEW_DEEDS, WINDOW, overrule_bindings, perform, review_bindings
from .review_draft import Draft
from .review_history import history_rows
from .review_list import TITLES
from .review_view import ReviewView, clip_rows
from .review_words import EMPTY, NOBODY, Names, labels_text, state_text

if TYPE_CHECKING:
    from .window import LabelWindow

ORDER = tuple(QUEUES)
SWITCHED = ("overrule", "finish", "cancel")


class ReviewPage(ReviewView):
    """A reviewer at work.

    Parameters
    ----------
    study : Study
    reviewer : str
    parent : LabelWindow
        Gives keys, notice bar and the place that is kept.
    """

    def __init__(self, study: Study, reviewer: str, parent: LabelWindow) -> None:
        super().__init__(study, parent)
        self.review = Review(study, reviewer)
        self.which = "disputed"
        self.clip: str | None = None
        self.case: Case | None = None
        self.looked: int | None = None
        self.draft: Draft | None = None
        self._row = 0
        self._known: list[Case] = []
        self._seen: int | None = None
        self._reasons: list[tuple[str, str]] = []  # verdict and reason, newest first
        self._connect()
        self.use_keys(parent.keys)

    def _connect(self) -> None:
        self.list.queue_asked.connect(lambda name: self._say(self.show_queue(name)))
        self.list.case_asked.connect(self._row_asked)
        self.cards.accept_asked.connect(lambda number: self._say(self.ask_accept(number)))
        self.cards.looked_at.connect(self.look_at)
        for action, pill in self.pills.items():
            pill.clicked.connect(lambda _=False, action=action: self.perform(action))
        self.finish.clicked.connect(lambda: self.perform("finish"))
        self.cancel.clicked.connect(lambda: self.perform("cancel"))
        self.panel.asked.connect(self.perform)
        self.panel.interval_asked.connect(lambda i: self._say(self.speak(lambda d: d.choose(i))))
        self.panel.commented.connect(self._commented)
        self.panel.comment.installEventFilter(self)
        self.timeline.mark_moved.connect(self._mark_moved)
        self.player.opened.connect(self._opened)
        self.player.failed.connect(self._unreadable)

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
            shown = [("legend", "all keys"), ("queue:+1", "next list"), ("case:+1", "next case")]
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
            self._say(perform(self, action))
        except InputError as error:
            self._failed(error)

    def _say(self, sentence: str) -> None:
        if sentence:
            self.status.say(sentence)
            self._window.tell("")

    def _failed(self, error: InputError) -> None:
        self._window.tell(self._hidden(str(error)), "error")
        self.refresh()

    def _hidden(self, sentence: str) -> str:
        """Return a sentence without names of clips and files where work is blind."""
        if not self.names.blind or self.clip is None:
            return sentence
        source = str(self._rows.get(self.clip, {}).get("source", self.clip))
        path = self.study.root / source
        for secret in (str(path), source, path.name, path.stem, self.clip):
            sentence = sentence.replace(secret, self.names.clip(self.clip))
        return sentence

    # coming and going ---------------------------------------------------------------------------

    def come(self) -> None:
        """Show the cases as they are now; the first time where the reviewer stopped."""
        fresh = self._seen is None
        self.load()
        if fresh:
            self._begin()
        self.reload()
        if self.clip is None and self.list.cases.cases:
            self.clip = self.list.cases.cases[0].clip
        self.show_case()
        self.fit()
        self.player.setFocus()

    def _begin(self) -> None:
        page = self._window.page
        kept = page.session.kept if page is not None else {}
        if page is not None:
            self.playing.restore(page.playing.state())
        place = kept.get("review")
        place = place if isinstance(place, dict) else {}
        which, clip = place.get("list"), place.get("clip")
        first = next((name for name in ORDER if self.review.queue(name)), "disputed")
        self.which = which if which in QUEUES and self.review.queue(which) else first
        self.clip = clip if isinstance(clip, str) and clip in self._rows else None

    def load(self) -> None:
        """Read what belongs to the whole study: clips, names, reasons given before."""
        page = self._window.page
        self.review.queue(self.which)
        self._rows = clip_rows(self.study)
        tasks = page.session.tasks if page is not None else []
        self.names = Names(self.study, self.review.reviewer, tasks)
        mine = [d for d in self.study.decisions() if d.reviewer == self.review.reviewer]
        self._reasons = [(d.verdict, d.reason) for d in reversed(mine)]
        self._seen = self.study.version()

    def leave(self) -> None:
        """Stop, and keep the place."""
        self.player.pause()
        self.reason.hide()
        self._end_draft()
        self._keep()

    def _keep(self) -> None:
        page = self._window.page
        if page is not None and page.session.tasks and self._seen is not None:
            page.session.keep(review={"list": self.which, "clip": self.clip})

    def close_page(self) -> None:
        """Keep the place and let go of the clip."""
        if self.isVisible() or self._window.stack.currentWidget() is self:
            self._keep()
        self.player.close_clip()
        for card in self.cards_over:
            card.deleteLater()

    def refresh(self) -> None:
        """Show what another process changed; nothing where nothing did."""
        if self._seen is None or self.study.version() == self._seen or self.player.playing:
            return
        case, cases = self.case, {case.clip: case for case in self._known}
        self.load()
        self.reload()
        self.show_case()
        if case is not None and case != self.case:
            self.reason.leave()
            self._window.tell("this clip was changed in another window; it is shown now.", "note")
        elif changed := sum(cases.get(case.clip) != case for case in self.review.queue("all")):
            clips = "1 clip was" if changed == 1 else f"{changed:,} clips were"
            self.status.say(f"{clips} changed in another window; the lists are up to date")

    # lists --------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Show the list that is chosen, and how many each has."""
        found = {name: self.review.queue(name) for name in QUEUES}
        self._known = found["all"]
        cases = found[self.which]
        nobody = not any(case.opinions for case in found["all"]) and bool(found["all"])
        empty = NOBODY if nobody else EMPTY[self.which]
        self.list.show_counts({name: len(some) for name, some in found.items()})
        self.list.show_cases(self.which, cases, self.names.clip, empty)
        spoken = sum(bool(case.opinions) for case in found["all"])
        decided = sum(case.decided for case in found["all"])
        self.header.show_progress(decided, max(spoken, decided))
        self.header.done.setText(f"{decided:,} decided")

    def show_queue(self, name: str) -> str:
        """Show another list, from its first case."""
        self._end_draft()
        self.reason.hide()
        self.which, self._row = name, 0
        self.reload()
        cases = self.list.cases.cases
        if self.clip not in self.list.cases.rows:
            self.clip = cases[0].clip if cases else None
        self.show_case()
        self.player.setFocus()
        return f"{TITLES[name]}: {len(cases):,}" if cases else ""

    def step_queue(self, step: int) -> str:
        """Show the list after this one, or before."""
        return self.show_queue(ORDER[(ORDER.index(self.which) + step) % len(ORDER)])

    def _row_asked(self, row: int) -> None:
        self._end_draft()
        self.go_row(row)
        self.player.setFocus()

    def go_row(self, row: int) -> None:
        """Show a case by its place in the list."""
        self.reason.hide()
        self.clip = self.list.cases.cases[row].clip
        self.show_case()

    def step_case(self, step: int) -> str:
        """Show the next case of the list, or the one before."""
        count = len(self.list.cases.cases)
        row = self.list.row_of(self.clip or "")
        after = self._row + (step if step < 0 else 0) if row is None else row + step
        if not count:
            self.clip = None
            self.show_case()
            return self.list.empty.text()
        if not 0 <= after < count and row is not None:
            return "this is the last case." if step > 0 else "this is the first case."
        self.go_row(min(max(after, 0), count - 1))
        return f"{self.names.clip(self.clip or '')}"

    def find_case(self) -> str:
        """Choose a case by typing a part of its name."""
        cases = self.list.cases.cases
        choices = [
            (str(i), f"{i + 1}   {self.names.clip(case.clip)}") for i, case in enumerate(cases)
        ]
        self.picker.ask("Go to a case", choices, lambda row: self._row_asked(int(row)))
        return ""

    def find_clip(self) -> None:
        """Choose a case (as ``find_case``)."""
        self.find_case()

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
        place = f"{row + 1:,} of {count:,}" if row is not None else f"{count:,}"
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
        if self.draft is not None:
            return self.ask_overrule()
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

    # deciding -----------------------------------------------------------------------------------

    def ask_accept(self, number: int | None) -> str:
        """Ask why an opinion shall hold: the ``number``-th, or the one looked at."""
        opinions = self.case.opinions if self.case is not None else ()
        place = self.looked if number is None else number
        if self.case is None or place is None or place >= len(opinions):
            return f"there is no opinion {(place or 0) + 1} here."
        self.look_at(place)
        clip, opinion = self.case.clip, opinions[place]
        whose = f"{self.names.person(opinion.annotator)}: {labels_text(opinion.statement)}"
        self._ask(
            *("accepted", f"Accept {whose}. Why?", f"accepted {whose}"),
            lambda reason: self.review.accept(clip, opinion.id, reason),
        )
        return ""

    def ask_overrule(self) -> str:
        """Ask why the reviewer's own statement shall hold."""
        draft, case = self.session, self.case
        if not draft.statement.intervals and not draft.statement.flags:
            return "to overrule, choose a label or a flag first."
        assert case is not None
        own = labels_text(draft.statement)
        self._ask(
            *("overruled", f"Overrule with {own}. Why?", f"overruled with {own}"),
            lambda reason: self.review.overrule(case.clip, draft.statement, reason),
        )
        return ""

    def ask_send_back(self) -> str:
        """Ask why the annotators shall look again; they will read it."""
        if self.case is None or not self.case.opinions:
            return "nobody has labelled this clip yet, so it cannot go back."
        clip = self.case.clip
        self._ask(
            *("sent back", "Send back to the annotators, who read why. Why?", "sent back"),
            lambda reason: self.review.send_back(clip, reason),
        )
        return ""

    def ask_reopen(self) -> str:
        """Ask why the decision shall no longer hold."""
        if self.case is None or self.case.decision is None:
            return "this clip has no decision that could be reopened."
        clip = self.case.clip
        self._ask(
            *("reopened", f"Reopen what was {self.case.decision.verdict}. Why?", "reopened"),
            lambda reason: self.review.reopen(clip, reason),
        )
        return ""

    def _ask(self, verdict: str, question: str, told: str, act: Callable[[str], Decision]) -> None:
        self.player.pause()
        self.reason.ask(
            question,
            self.recent(verdict),
            lambda reason: self._decide(act, told, reason),
            self.player.setFocus,
        )

    def recent(self, verdict: str) -> list[str]:
        """Return reasons that this reviewer gave before, those of the same verdict first."""
        same = [reason for known, reason in self._reasons if known == verdict]
        return list(dict.fromkeys([*same, *(reason for _, reason in self._reasons)]))[:50]

    def _decide(self, act: Callable[[str], Decision], told: str, reason: str) -> bool:
        """Put a decision on the disk, then show it and go on; return whether that went well."""
        changed = self.study.version() != self._seen
        try:
            decision = act(reason)
        except InputError as error:
            self._window.tell(self._hidden(str(error)), "error")
            return False
        self._reasons.insert(0, (decision.verdict, decision.reason))
        if changed:
            self.load()
        self._seen = self.study.version()
        self.draft = None
        self.right.setCurrentIndex(0)
        self._hint_keys()
        self._go_on(decision, told)
        return True

    def _go_on(self, decision: Decision, told: str) -> None:
        """Show the next case; stay where something new is to be seen here."""
        name, row = self.names.clip(decision.clip), self.list.row_of(decision.clip)
        self._window.tell("")
        hint = self.review.hint(decision.clip) if self.case and self.case.suspect else None
        revealed = hint is not None and self.which == "suspect"
        self.reload()
        cases = self.list.cases.cases
        if decision.verdict != "reopened" and not revealed and row is not None:
            still = self.list.row_of(decision.clip)
            after = row if still is None else still + 1
            self.clip = cases[min(after, len(cases) - 1)].clip if cases else None
        self.show_case()
        self.player.setFocus()
        sentence = f"{name}: {told}; saved."
        if revealed:
            sentence += f" {shown_key(self.key_of('case:+1'))} goes on."
        elif hint is not None:
            sentence += f" The model says {hint.predicted}, {hint.probability:.2f}."
        elif not cases:
            sentence += " The list is empty now."
        self.status.say(sentence)
        self.toast.say(f"{name}:  {told}; saved.")
