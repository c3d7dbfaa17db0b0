"""The review page: one case after the other, each decided with a reason that is kept.

A decision is on the disk before anything of it is shown. Of a suspect, the model's opinion is
shown only once the reviewer has given their own; the page then stays, so that it can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sttm.errors import InputError
from sttm.gui.buttons import shown_key

from ..review import QUEUES, Case
from ..study import Study
from ..study.records import Decision
from .review_case import ReviewCase
from .review_list import TITLES
from .review_view import clip_rows
from .review_words import EMPTY, NOBODY, Names, labels_text

if TYPE_CHECKING:
    from .window import LabelWindow

ORDER = tuple(QUEUES)


class ReviewPage(ReviewCase):
    """A reviewer at work.

    Parameters
    ----------
    study : Study
    reviewer : str
    parent : LabelWindow
        Gives keys, notice bar and the place that is kept.
    """

    def __init__(self, study: Study, reviewer: str, parent: LabelWindow) -> None:
        super().__init__(study, reviewer, parent)
        self._known: list[Case] = []
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
        self.reason.shown.connect(lambda _: self.fit())

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
        if name != "all" or self.clip not in self.list.cases.rows:
            self.clip = cases[0].clip if cases else None
        self.show_case()
        self.player.setFocus()
        return f"{TITLES[name]}: {f'{len(cases):,}' if cases else 'nothing here'}"

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
            sentence += f" Model: {hint.predicted}, {hint.probability:.2f}."
        elif not cases:
            sentence += " The list is empty now."
        self.status.say(sentence)
        self.toast.say(f"{name}:  {told}; saved.")
