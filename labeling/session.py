"""One annotator at work: where they are, what they say, and the way back.

Reading order: editing (what an action makes of a statement), undoing (the steps), ledger (tasks
and what holds of them), then here.
``Session`` puts each action on the disk before it returns. It knows no window.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sttm.errors import InputError, unknown_name

from . import editing
from .editing import Edit
from .ledger import Ledger, disputed, next_suspect, sent_back
from .scheme import Scheme
from .statement import Statement
from .study import Study, StudyChanged
from .worklist import Task

JUMPS = {
    "unlabelled": "the next clip that is not done",
    "disputed": "a clip that a reviewer sent back, then one of which annotators disagree",
    "suspect": "the clip whose label a model doubts most, then the next",
}


@dataclass(frozen=True)
class Done:
    """What an action did.

    Attributes
    ----------
    sentence : str
        To be shown.
    changed : bool
        Something new is on the disk.
    moved : bool
        Another task is shown than before.
    """

    sentence: str
    changed: bool
    moved: bool = False


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


class Session:
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
    'undone: positive.'
    >>> study.close(); place.cleanup()
    """

    def __init__(
        self, study: Study, annotator: str, *, clock: Callable[[], str] | None = None
    ) -> None:
        self.study = study
        self.annotator = annotator.strip() if study.read_only else study.add_annotator(annotator)
        self._clock = clock
        self._kept = study.place(self.annotator)
        self.at = 0
        self.active: int | None = None
        self._load()
        self._resume()

    # where ------------------------------------------------------------------------------------

    @property
    def scheme(self) -> Scheme:
        """What may be said now."""
        return self.study.scheme

    @property
    def tasks(self) -> list[Task]:
        """All tasks, in order."""
        return self._ledger.tasks

    @property
    def task(self) -> Task:
        """The task that is shown."""
        if not self.tasks:
            raise InputError("there are no clips to label; add some to the study.")
        return self.tasks[self.at]

    @property
    def clip(self) -> dict[str, Any]:
        """The row of the clips table that is shown; None for what is not known."""
        return self._ledger.rows[self.task.clip]

    @property
    def statement(self) -> Statement:
        """What this annotator says of the clip now."""
        return self._ledger.steps.said(self.task)

    @property
    def stage(self) -> str:
        """``label`` until every task has one, then ``marks``; "" where work has no stages."""
        return self._ledger.stage

    def go(self, index: int) -> Done:
        """Show the task at a place of the list, from 0."""
        if not 0 <= index < len(self.tasks):
            raise InputError(f"clips are numbered from 1 to {len(self.tasks)}, not {index + 1}.")
        moved = index != self.at
        self.at = index
        self._arrive(fresh=moved)
        return Done(f"{self.name_of(self.task)}, {index + 1} of {len(self.tasks)}.", False, moved)

    def next(self) -> Done:
        """Show the next task."""
        if self.at + 1 >= len(self.tasks):
            return Done("this is the last clip.", False)
        return self.go(self.at + 1)

    def previous(self) -> Done:
        """Show the task before."""
        if self.at == 0:
            return Done("this is the first clip.", False)
        return self.go(self.at - 1)

    def jump(self, where: str) -> Done:
        """Show the next task of a kind (see ``JUMPS``), round the end of the list."""
        if where not in JUMPS:
            raise InputError(unknown_name("place to jump to", where, JUMPS))
        ledger = self._ledger
        if not self.tasks:
            found = None
        elif where == "suspect":
            found = next_suspect(self.study, ledger, self.task)
        elif where == "disputed":
            back = ledger.after(self.at, sent_back(self.study, ledger))
            found = back or disputed(self.study, ledger, self.at)
        else:
            found = ledger.after(self.at, ledger.left)
        if found is None:
            nothing = {"unlabelled": "every clip is done.", "disputed": "no clip is disputed."}
            return Done(nothing.get(where, "no clip is suspected."), False)
        return self.go(self._ledger.index[found])

    def name_of(self, task: Task) -> str:
        """Return what may be shown of a task's name: its number where work is blind."""
        return f"clip {self._ledger.index[task] + 1}" if self.scheme.work.blind else task.clip

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
        where = f" of {self.name_of(task)}" if self.at != before else ""
        past = {"undo": "undone", "redo": "redone"}[action]
        return Done(f"{past}: {now}{where}.", True, self.at != before)

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

    # this file, this window -------------------------------------------------------------------

    @property
    def kept(self) -> dict[str, Any]:
        """What ``keep`` kept, also before a restart; ``frame`` is of the clip that is shown."""
        return {k: v for k, v in self._kept.items() if k not in ("clip", "turn")}

    def keep(self, **values: Any) -> None:
        """Keep plain JSON values (frame, speed, keys, ...) for the next start; None forgets."""
        self._kept = {k: v for k, v in {**self._kept, **values}.items() if v is not None}
        self._keep()

    def learn(self, **facts: Any) -> None:
        """Note ``frames``, ``fps``, ``digest``, ``width`` or ``height`` of the clip shown."""
        name = self.task.clip
        with self._own():
            self.study.learn_clip(name, **facts)
        self._ledger.rows[name].update({k: v for k, v in facts.items() if v not in (None, "")})

    def refresh(self) -> Done:
        """Look again, where this or another process has changed the study."""
        if self.study.version() == self._seen:
            return Done("", False)
        shown = self.task if self.tasks else None
        said = self.statement if shown else None
        self._load()
        self.at = self._ledger.index.get(shown, 0) if shown else 0
        if said != (self.statement if self.tasks else None):
            self._arrive(fresh=False)
            return Done("this clip was labelled in another window; it is shown now.", True)
        return Done("the study was changed meanwhile.", True)

    # inside -----------------------------------------------------------------------------------

    def _load(self) -> None:
        self._seen = self.study.version()
        self._ledger = Ledger(self.study, self.annotator)

    def _resume(self) -> None:
        """Stand where the annotator stopped, or at the first task that is not done."""
        turn = self._kept.get("turn")
        shown = Task(str(self._kept.get("clip", "")), turn if isinstance(turn, int) else 0)
        if shown in self._ledger.index:
            self.at = self._ledger.index[shown]
        elif self.tasks:
            first = self._ledger.after(len(self.tasks) - 1, self._ledger.left)
            self.at = self._ledger.index[first] if first else 0
        if self.tasks:
            self._arrive(fresh=shown not in self._ledger.index)

    def _arrive(self, fresh: bool) -> None:
        self.active = editing.first_open(self.scheme, self.statement, self.stage)
        if fresh:
            self._kept.pop("frame", None)
            self._keep()

    def _keep(self) -> None:
        place = dict(self._kept)
        if self.tasks:
            place |= {"clip": self.task.clip, "turn": self.task.turn}
        self._kept = place
        with self._own(), contextlib.suppress(InputError):  # what is not kept must stop nobody
            self.study.keep_place(self.annotator, place)

    @contextlib.contextmanager
    def _own(self) -> Iterator[None]:
        """What is written within is this session's, and no news to it."""
        stale = self.study.version() != self._seen
        yield
        if not stale:
            self._seen = self.study.version()

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
