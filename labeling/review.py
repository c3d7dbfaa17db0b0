"""The review: opinions side by side, most disagreement first, and what a reviewer decides.

Every decision has a reason and is kept for good; ``reopen`` ends one without erasing it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sttm.errors import InputError, unknown_name

from .disagreement import disagreement, mark_spread
from .ledger import answered, moment
from .statement import Statement
from .study import Study
from .study.deciding import standing_of
from .study.records import Decision, Opinion

QUEUES = {
    "disputed": "annotators disagree on the label, and no decision holds",
    "suspect": "a model doubts the label, and no decision holds; most doubtful first",
    "sent back": "sent back to the annotators; those that somebody has answered first",
    "undecided": "somebody said something, and no decision holds",
    "all": "every clip",
}
HOLDING = ("accepted", "overruled")


@dataclass(frozen=True)
class Case:
    """One clip for the reviewer.

    Attributes
    ----------
    clip : str
    opinions : tuple of Opinion
        The newest of each annotator; hidden repeats behind the first showings.
    disagreement : float
        From 0 to 1; see ``labeling.disagreement``.
    spread : float
        How far the marks lie apart, in frames.
    decision : Decision or None
        The one that holds, or that sent the clip back.
    suspect : int or None
        Rank among the suspects, from 1. What the model thinks is not told here; see ``hint``.
    answered : bool
        Sent back, and somebody has spoken since.
    """

    clip: str
    opinions: tuple[Opinion, ...]
    disagreement: float
    spread: float
    decision: Decision | None
    suspect: int | None
    answered: bool = False

    @property
    def decided(self) -> bool:
        """A decision holds."""
        return self.decision is not None and self.decision.verdict in HOLDING


@dataclass(frozen=True)
class Hint:
    """A model's opinion of a suspect: what it predicted, the label it saw, and how sure it was."""

    predicted: str
    label: str
    probability: float
    doubt: float


class Review:
    """A reviewer's work in a study.

    Parameters
    ----------
    study : Study
    reviewer : str
        Added where new.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> from labeling.statement import Interval
    >>> from labeling.study import create_study
    >>> place = tempfile.TemporaryDirectory()
    >>> study = create_study(f"{place.name}/a.sttm-study", "smic")
    >>> study.add_clips(pd.DataFrame({"clip": ["a", "b"], "source": ["a.avi", "b.avi"]}))
    (2, 0)
    >>> for who, label in (("ann", "negative"), ("bo", "surprise")):
    ...     opinion = study.say("b", who, Statement((Interval(label),)))
    >>> review = Review(study, "cy")
    >>> [(case.clip, case.disagreement) for case in review.queue()]
    [('b', 1.0)]
    >>> review.accept("b", opinion.id, "the brows go up").verdict, review.queue()
    ('accepted', [])
    >>> study.close(); place.cleanup()
    """

    def __init__(self, study: Study, reviewer: str) -> None:
        self.study = study
        self.reviewer = reviewer.strip() if study.read_only else study.add_annotator(reviewer)
        self._known: dict[str, Case] = {}
        self._seen: int | None = None

    def queue(self, which: str = "disputed") -> list[Case]:
        """Return the cases of a queue (see ``QUEUES``).

        Most disagreement comes first, then marks that lie furthest apart, then the order of
        adding; suspects come in order of doubt, and clips sent back with an answer first.

        Raises
        ------
        InputError
            For an unknown queue.
        """
        if which not in QUEUES:
            raise InputError(unknown_name("queue", which, QUEUES))
        if self._seen != self.study.version():
            self._look_again()
        cases = [case for case in self._known.values() if _belongs(case, which)]
        if which == "suspect":
            return sorted(cases, key=lambda case: case.suspect or 0)
        return sorted(cases, key=lambda case: (-case.answered, -case.disagreement, -case.spread))

    def case(self, clip: str) -> Case:
        """Return one clip's case.

        Raises
        ------
        InputError
            When the study has no such clip.
        """
        said = self.study.latest(clip=clip)
        if not said:
            self._check(clip)
        standing = standing_of(self.study.decisions(clip))
        return self._case(clip, said, standing.get(clip), self._ranks().get(clip))

    def accept(self, clip: str, opinion_id: str, reason: str) -> Decision:
        """Decide that an annotator's opinion holds; it must be one that is there now.

        Raises
        ------
        InputError
            When the reason is blank, or the opinion is no newest one of this clip.
        """
        _check_reason(reason)
        if opinion_id not in {opinion.id for opinion in self.study.latest(clip=clip)}:
            self._check(clip)
            raise InputError(
                f"only what an annotator says of clip {clip!r} now can be accepted; look again, "
                "it may have changed."
            )
        return self._decide(clip, "accepted", reason, opinion_id)

    def overrule(self, clip: str, statement: Statement, reason: str) -> Decision:
        """Decide that the reviewer's own statement holds; both are kept, or neither.

        Raises
        ------
        InputError
            When the reason is blank, or the statement says nothing, or cannot be.
        """
        _check_reason(reason)
        if not statement.intervals and not statement.flags:
            raise InputError("to overrule, choose a label or a flag.")
        current = self._seen == self.study.version()
        decision = self.study.overrule(clip, self.reviewer, statement, reason)
        self._note(clip, current)
        return decision

    def send_back(self, clip: str, reason: str) -> Decision:
        """Ask the annotators to look again; they see the reason.

        Raises
        ------
        InputError
            When the reason is blank, or nobody has said anything of the clip.
        """
        _check_reason(reason)
        if not self.study.latest(clip=clip):
            self._check(clip)
            raise InputError(f"nobody has labelled clip {clip!r} yet, so it cannot go back.")
        return self._decide(clip, "sent back", reason)

    def reopen(self, clip: str, reason: str) -> Decision:
        """End the decision that holds.

        Raises
        ------
        InputError
            When the reason is blank, or no decision holds.
        """
        _check_reason(reason)
        if clip not in self.study.standing():
            self._check(clip)
            raise InputError(f"clip {clip!r} has no decision that could be reopened.")
        return self._decide(clip, "reopened", reason)

    def history(self, clip: str) -> list[Opinion | Decision]:
        """Return all that was said and decided of a clip, in order of time."""
        rows: list[Opinion | Decision] = [*self.study.history(clip), *self.study.decisions(clip)]
        if not rows:
            self._check(clip)
        return sorted(rows, key=lambda row: moment(row.time))

    def hint(self, clip: str) -> Hint | None:
        """Return the model's opinion of a suspect.

        None where the clip is no suspect, and until this reviewer has labelled or decided it:
        who knows what a model thinks no longer looks with their own eyes.
        """
        said = self.study.latest(clip=clip, annotator=self.reviewer)
        own = any(opinion.statement.intervals or opinion.statement.flags for opinion in said)
        mine = [d for d in self.study.decisions(clip) if d.reviewer == self.reviewer]
        if not own and not any(d.verdict in HOLDING for d in mine):
            return None
        table = self.study.suspects()
        for row in table[table["clip"] == clip].to_dict("records"):
            return Hint(
                *(str(row["predicted"]), str(row["label"])),
                *(float(row["probability"]), float(row["doubt"])),
            )
        return None

    def _check(self, clip: str) -> None:
        known = self.study.clips()["clip"].tolist()
        if clip not in known:
            raise InputError(f"the study has no clip {clip!r}.")

    def _ranks(self) -> dict[str, int]:
        rows = self.study.suspects().to_dict("records")
        return {str(row["clip"]): int(row["rank"]) for row in rows}

    def _decide(self, clip: str, verdict: str, reason: str, opinion: str = "") -> Decision:
        current = self._seen == self.study.version()
        decision = self.study.decide(clip, self.reviewer, verdict, reason, opinion)
        self._note(clip, current)
        return decision

    def _note(self, clip: str, current: bool) -> None:
        """Look again at one clip only, where nobody else has changed anything."""
        if current:
            self._known[clip] = self.case(clip)
            self._seen = self.study.version()

    def _look_again(self) -> None:
        self._seen = self.study.version()
        said: dict[str, list[Opinion]] = {}
        for opinion in self.study.latest():
            said.setdefault(opinion.clip, []).append(opinion)
        standing, ranks = self.study.standing(), self._ranks()
        self._known = {
            clip: self._case(clip, said.get(clip, []), standing.get(clip), ranks.get(clip))
            for clip in self.study.clips()["clip"]
        }

    def _case(
        self, clip: str, said: list[Opinion], decision: Decision | None, suspect: int | None
    ) -> Case:
        firsts = [opinion.statement for opinion in said if opinion.turn == 0]
        back = decision is not None and decision.verdict == "sent back"
        return Case(
            clip,
            tuple(sorted(said, key=lambda opinion: (opinion.turn, opinion.annotator))),
            disagreement(self.study.scheme, firsts),
            mark_spread(firsts),
            decision,
            suspect,
            back and decision is not None and any(answered(decision, o) for o in said),
        )


def _belongs(case: Case, which: str) -> bool:
    if which == "all":
        return True
    if which == "sent back":
        return case.decision is not None and case.decision.verdict == "sent back"
    if case.decided:
        return False
    waiting = case.decision is not None and not case.answered
    if which == "disputed":
        return case.disagreement > 0 and not waiting
    return case.suspect is not None if which == "suspect" else bool(case.opinions)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise InputError("give a reason, in a few words; it is kept with the decision.")
