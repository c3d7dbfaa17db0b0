"""What a study gives back: opinions, decisions, and the error for what another process did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sttm.errors import InputError

from ..statement import Statement

ACTIONS = ("say", "undo", "redo", "import")
VERDICTS = {
    "accepted": "an annotator's opinion holds",
    "overruled": "the reviewer's own opinion holds",
    "sent back": "the annotators shall look again",
    "reopened": "no decision holds any more",
}


class StudyChanged(InputError):
    """Another process said something since; look again before saying more."""


@dataclass(frozen=True)
class Opinion:
    """What an annotator said of a clip, once.

    Attributes
    ----------
    seq : int
        Order of arrival in this file.
    id : str
        The same in every copy of the study.
    clip, annotator : str
    turn : int
        0, or higher for a hidden repeat.
    action : str
        ``say``, ``undo``, ``redo`` or ``import``.
    target : str
        ``id`` of the opinion that an undo or redo is about.
    statement : Statement
    time : str
        ISO 8601 with its offset from UTC.
    arrived : str
        Name of the file that a merge brought it from, or nothing.
    step : int
        Counts this annotator's opinions of this clip and turn.
    """

    seq: int
    id: str
    clip: str
    annotator: str
    turn: int
    action: str
    target: str
    statement: Statement
    time: str
    arrived: str = ""
    step: int = 1

    @property
    def order(self) -> tuple[int, str, str]:
        """What the newest is found by: the same in every copy of a study."""
        return self.step, self.time, self.id


@dataclass(frozen=True)
class Decision:
    """What a reviewer decided of a clip; see ``VERDICTS``.

    ``opinion`` is the ``id`` of the opinion that holds, or nothing. ``heard`` is the step that each
    annotator's first showing of the clip had reached by then.
    """

    seq: int
    id: str
    clip: str
    reviewer: str
    verdict: str
    reason: str
    opinion: str
    time: str
    arrived: str = ""
    step: int = 1
    heard: Mapping[str, int] = field(default_factory=dict, hash=False)

    def precedes(self, opinion: Opinion) -> bool:
        """Return whether an opinion was given after this decision, whatever the clocks say."""
        return opinion.turn == 0 and opinion.step > self.heard.get(opinion.annotator, 0)

    @property
    def order(self) -> tuple[int, str, str]:
        """What the newest is found by: the same in every copy of a study."""
        return self.step, self.time, self.id
