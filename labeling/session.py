"""One annotator at work: where they are, what they say, and the way back.

Reading order: editing (what an action makes of a statement), undoing (the steps), ledger (tasks
and what holds of them), standing (which task is shown), then here.
``Session`` puts each action on the disk before it returns. It knows no window.
"""

from __future__ import annotations

from dataclasses import dataclass

from sttm.errors import InputError

from . import editing
from .editing import Edit
from .ledger import sent_back
from .standing import JUMPS, Done, Standing
from .statement import Statement
from .study import StudyChanged
from .worklist import Task

__all__ = ["JUMPS", "Done", "Progress", "Session"]


@dataclass(frozen=True)
class Progress:
    """How much is done: tasks, and clips per label (hidden repeats aside)."""

    done: int
    total: int
    labels: dict[str, int]

    @property
    def left(self) -> int:
        """Tasks that are not done."""
        return self.total - self.done


class Session(Standing):
    """One annotator's work in a study.

    Parameters
    ----------
    study : Study
    annotator : str
        Added where new.
    clock : callable, optional
        Returns the time of what is said, ISO 8601; the study's clock unless told.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> from labeling.study import create_study
    >>> place = tempfile.TemporaryDirectory()
    >>> study = create_study(f"{place.name}/a.sttm-study", "smic")
    >>> study.add_clips(pd.DataFrame({"clip": ["a", "b"], "source": ["a.avi", "b.avi"]}))
    (2, 0)
    >>> session = Session(study, "ann")
    >>> session.label("positive").sentence, session.mark("onset", 3).sentence
    ('positive.', 'onset at frame 3.')
    >>> session.undo().sentence
    'undone; now positive.'
    >>> study.close(); place.cleanup()
    """

    # what is said -----------------------------------------------------------------------------

    def label(self, name: str) -> Done:
        """Choose a label; the same again takes it away. A free scheme learns new ones."""
        known = editing.known_label(self.scheme, name)
        if known is None and self.scheme.free:
            with self._own():
                self.study.add_label(name)
            self._ledger.scheme = self.scheme
            known = editing.known_label(self.scheme, name)
        return self._do(
            editing.put_label(self.scheme, self._said, self.active, known or name, self.stage)
        )

    def choose(self, index: int) -> Done:
        """Make an interval the active one."""
        count = len(self.statement.intervals)
        if not 0 <= index < count:
            raise InputError(f"this clip has {count} labels; there is no number {index + 1}.")
        self.active = index
        return Done(f"{self.statement.intervals[index].label} is active.", False)

    def drop(self) -> Done:
        """Take the active interval away."""
        return self._do(editing.drop(self._said, self.active))

    def mark(self, which: str, frame: int) -> Done:
        """Set a mark of the active interval; marks that contradict it are taken away."""
        self._refuse_early_marks()
        return self._do(editing.put_mark(self.scheme, self._said, self.active, which, frame))

    def unmark(self, which: str) -> Done:
        """Take a mark of the active interval away."""
        return self._do(editing.take_mark(self.scheme, self._said, self.active, which))

    def intensity(self, level: int) -> Done:
        """Give the active interval an intensity, from 1; the same again takes it away."""
        return self._do(editing.put_intensity(self.scheme, self._said, self.active, level))

    def side(self, name: str) -> Done:
        """Put the active interval on one side; the same again means both."""
        return self._do(editing.put_side(self.scheme, self._said, self.active, name))

    def sure(self, level: int) -> Done:
        """Say how sure one is, from 1; the same again takes it away."""
        return self._do(editing.put_sure(self.scheme, self._said, self.active, level))

    def flag(self, name: str) -> Done:
        """Raise a flag, or lower it."""
        return self._do(editing.put_flag(self.scheme, self._said, self.active, name))

    def comment(self, text: str) -> Done:
        """Write a comment in place of the one before."""
        return self._do(editing.put_comment(self._said, self.active, text))

    def clear(self) -> Done:
        """Take back all that was said of this clip."""
        return self._do(Edit(Statement(), None, "nothing is said of this clip any more."))

    # back and forth ---------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        """Something can be undone."""
        return bool(self._ledger.steps.undo)

    @property
    def can_redo(self) -> bool:
        """Something can be redone."""
        return bool(self._ledger.steps.redo)

    def undo(self) -> Done:
        """Restore what held before the newest step, and show its clip."""
        if not self.can_undo:
            return Done("there is nothing to undo.", False)
        step = self._ledger.steps.undo[-1]
        return self._restore("undo", step.task, step.before, step.opinion)

    def redo(self) -> Done:
        """Say again what was undone last, and show its clip."""
        if not self.can_redo:
            return Done("there is nothing to redo.", False)
        step = self._ledger.steps.redo[-1]
        return self._restore("redo", step.task, step.after, step.opinion)

    def _restore(self, action: str, task: Task, said: Statement, target: str) -> Done:
        before = self.at
        self._say(task, editing.fitting(self.scheme, said), action, target)
        self.at = self._ledger.index[task]
        self._arrive(fresh=self.at != before)
        now = ", ".join(self.statement.labels) or "no label"
        where = f" in {self.name_of(task)}" if self.at != before else ""
        past = {"undo": "undone", "redo": "redone"}[action]
        return Done(f"{past}; now {now}{where}.", True, self.at != before)

    # how far ----------------------------------------------------------------------------------

    def done(self, task: Task) -> bool:
        """Return whether a task is done, in the stage that the work is in."""
        return task in self._ledger.ready

    def progress(self) -> Progress:
        """Return how much is done, and of how many clips each label was said."""
        labels = {name: self._ledger.labels[name] for name in self.scheme.label_names}
        return Progress(len(self._ledger.ready), len(self.tasks), labels)

    def reason(self, task: Task) -> str:
        """Return why a reviewer sent a task's clip back, "" where that is not so or answered."""
        return sent_back(self.study, self._ledger).get(task, "")

    # inside -----------------------------------------------------------------------------------

    @property
    def _said(self) -> Statement:
        """What holds, without what a changed scheme has lost."""
        return editing.allowed(self.scheme, self.statement)

    def _do(self, edit: Edit) -> Done:
        """Put an edit on the disk, and go on where that completes the task."""
        task, before, stage = self.task, self.statement, self.stage
        if edit.statement in (before, self._said):
            self.active = edit.active
            return Done(edit.sentence, False)
        self._say(task, edit.statement, "say", "")
        self.active = edit.active
        completed = editing.is_complete(self.scheme, edit.statement, stage)
        if not (self.scheme.work.advance and completed):
            return Done(edit.sentence, True)
        if editing.is_complete(self.scheme, before, stage):
            return Done(edit.sentence, True)
        return self._advance(edit.sentence, stage)

    def _advance(self, sentence: str, stage: str) -> Done:
        before, flipped = self.at, self.stage != stage
        start = len(self.tasks) - 1 if flipped else self.at  # marks begin at the beginning
        target = self._ledger.after(start, self._ledger.left)
        if target is None:
            return Done(f"{sentence} Every clip is done.", True)
        self.at = self._ledger.index[target]
        self._arrive(fresh=self.at != before)
        more = " Every clip has a label; now the marks." if flipped else ""
        return Done(sentence + more, True, self.at != before)

    def _say(self, task: Task, said: Statement, action: str, target: str) -> None:
        try:
            with self._own():
                opinion = self.study.say(
                    task.clip,
                    self.annotator,
                    said,
                    turn=task.turn,
                    action=action,
                    target=target,
                    time=self._clock() if self._clock else None,
                    base=self._ledger.steps.base(task),
                )
        except StudyChanged:
            self.refresh()
            raise
        self._ledger.take(opinion)

    def _refuse_early_marks(self) -> None:
        if self.stage == "label":
            left = len(self._ledger.left)
            raise InputError(f"marks come once every clip has a label; {left} are left.")
