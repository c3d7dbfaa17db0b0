"""Where an annotator stands: the tasks, the one that is shown, and the way from one to another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sttm.errors import InputError, unknown_name

from . import editing
from .ledger import Ledger, disputed, next_suspect, sent_back
from .scheme import Scheme
from .statement import Statement
from .study import Study
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


class Standing:
    """Before which task an annotator stands; kept in the study, so that a restart changes nothing.

    Parameters
    ----------
    study : Study
    annotator : str
        Added where new.
    clock : callable, optional
        Returns the time of what is said, ISO 8601; the study's clock unless told.

    Attributes
    ----------
    at : int
        Place of the task that is shown, from 0.
    active : int or None
        The interval that marks go to.
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
