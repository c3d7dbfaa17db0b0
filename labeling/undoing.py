"""Undo and redo without limit, rebuilt from the history, so that a restart changes nothing.

What an annotator said here (not what a merge or an import brought) is a row of steps. An undo
appends what held before the step, a redo what the step said; both name the step in ``target``.
Saying something new ends what could be redone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .statement import Statement
from .study.records import Opinion
from .worklist import Task


@dataclass(frozen=True)
class Step:
    """Something said that can be undone: its ``id``, where, and what held before and after."""

    opinion: str
    task: Task
    before: Statement
    after: Statement


@dataclass
class Steps:
    """What can be undone and redone, the next at the end; and what holds now, per task."""

    undo: list[Step] = field(default_factory=list)
    redo: list[Step] = field(default_factory=list)
    newest: dict[Task, Opinion] = field(default_factory=dict)

    def take(self, opinion: Opinion) -> None:
        """Take in the next opinion of the history."""
        task = Task(opinion.clip, opinion.turn)
        before = self.newest.get(task)
        if before is None or before.order < opinion.order:
            self.newest[task] = opinion
        if opinion.arrived or opinion.action == "import":
            return
        held = before.statement if before is not None else Statement()
        step = Step(opinion.id, task, held, opinion.statement)
        if opinion.action == "say":
            self.redo.clear()
            self.undo.append(step)
        elif opinion.action == "undo":
            self.redo.append(_popped(self.undo, opinion.target) or step)
        else:
            self.undo.append(_popped(self.redo, opinion.target) or step)

    def said(self, task: Task) -> Statement:
        """Return what holds of a task now."""
        opinion = self.newest.get(task)
        return opinion.statement if opinion is not None else Statement()

    def base(self, task: Task) -> str:
        """Return the ``id`` of the newest opinion of a task, or nothing."""
        opinion = self.newest.get(task)
        return opinion.id if opinion is not None else ""


def steps_of(history: Iterable[Opinion]) -> Steps:
    """Return the steps of one annotator's history, oldest first."""
    steps = Steps()
    for opinion in history:
        steps.take(opinion)
    return steps


def _popped(steps: list[Step], opinion: str) -> Step | None:
    for index in range(len(steps) - 1, -1, -1):
        if steps[index].opinion == opinion:
            return steps.pop(index)
    return None
