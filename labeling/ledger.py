"""What one annotator has before them: tasks, what holds of each, and how much is done.

``Ledger`` is read from the study in one go and then kept up to date opinion by opinion, so that
no action takes longer in a study of 10,000 clips. Below it, where ``Session.jump`` goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from datetime import UTC, datetime
from typing import Any

from .disagreement import disagreement
from .editing import is_done
from .statement import Statement
from .study import Study
from .study.records import Decision, Opinion
from .undoing import Steps, steps_of
from .worklist import Task, work_list


class Ledger:
    """An annotator's tasks and statements as they are now.

    What an annotator has spoken of stays in their list, also when the scheme now gives the clip
    to others: it is at the end then.

    Attributes
    ----------
    tasks : list of Task
    index : dict
        Task -> place in the list.
    rows : dict
        Clip -> its row of the clips table, None for what is not known.
    steps : Steps
    labelled, finished : set of Task
        Those with a label, and those that have the marks they need too.
    labels : Counter
        Label -> clips, hidden repeats aside.
    """

    def __init__(self, study: Study, annotator: str) -> None:
        self.scheme = study.scheme
        self._annotator = annotator
        self._others: dict[str, list[Statement]] | None = None
        table = study.clips()
        plain = table.astype(object).where(table.notna(), None)
        self.rows: dict[str, dict[str, Any]] = {
            str(row["clip"]): {str(name): value for name, value in row.items()}
            for row in plain.to_dict("records")
        }
        self.steps: Steps = steps_of(study.history(annotator=annotator))
        self.tasks = work_list(table, self.scheme, annotator)
        self.index = {task: i for i, task in enumerate(self.tasks)}
        self.labelled: set[Task] = set()
        self.finished: set[Task] = set()
        self.labels: Counter[str] = Counter()
        for task in sorted(self.steps.newest):
            said = self.steps.said(task)
            if task in self.index or not said.empty:
                self._count(task, Statement(), said)

    @property
    def stage(self) -> str:
        """``label`` until every task has one, then ``marks``; "" where work has no stages."""
        if not self._two:
            return ""
        return "label" if len(self.labelled) < len(self.tasks) else "marks"

    @property
    def ready(self) -> set[Task]:
        """The tasks that are done, in the stage that the work is in."""
        return self.labelled if self.stage == "label" else self.finished

    @property
    def left(self) -> set[Task]:
        """The tasks that are not."""
        return set(self.tasks) - self.ready

    @property
    def _two(self) -> bool:
        return self.scheme.work.stages == "two" and bool(self.scheme.marks)

    def take(self, opinion: Opinion) -> None:
        """Take in what the annotator has just said."""
        task = Task(opinion.clip, opinion.turn)
        before = self.steps.said(task)
        self.steps.take(opinion)
        self._count(task, before, self.steps.said(task))

    def after(self, at: int, wanted: Container[Task]) -> Task | None:
        """Return the first of ``wanted`` behind a place of the list, round the end."""
        count = len(self.tasks)
        for step in range(1, count + 1):
            task = self.tasks[(at + step) % count]
            if task in wanted:
                return task
        return None

    def others(self, study: Study) -> dict[str, list[Statement]]:
        """Return clip -> what the others say of it; read once, which takes a moment."""
        if self._others is None:
            self._others = {}
            for opinion in study.latest():
                if opinion.turn == 0 and opinion.annotator != self._annotator:
                    self._others.setdefault(opinion.clip, []).append(opinion.statement)
        return self._others

    def _count(self, task: Task, before: Statement, after: Statement) -> None:
        if task not in self.index:
            self.index[task] = len(self.tasks)
            self.tasks.append(task)
        last = "marks" if self._two else ""
        for ready, stage in ((self.labelled, "label"), (self.finished, last)):
            if is_done(self.scheme, after, stage):
                ready.add(task)
            else:
                ready.discard(task)
        if task.turn == 0:
            self.labels.subtract(before.labels)
            self.labels.update(after.labels)


# where to jump ----------------------------------------------------------------------------------


def answered(decision: Decision, opinion: Opinion | None) -> bool:
    """Return whether an annotator has spoken since a clip was sent back."""
    return opinion is not None and decision.precedes(opinion)


def moment(time: str) -> datetime:
    """Return an ISO 8601 time; the earliest one for what is none.

    >>> moment("2024-05-31T12:00:00+02:00") == moment("2024-05-31T10:00:00")
    True
    """
    try:
        found = datetime.fromisoformat(time)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def sent_back(study: Study, ledger: Ledger) -> dict[Task, str]:
    """Return the tasks that a reviewer sent back and that are not answered yet, with the reason."""
    found = {}
    for clip, decision in study.standing().items():
        task = Task(clip)
        newest = ledger.steps.newest.get(task)
        back = decision.verdict == "sent back" and not answered(decision, newest)
        if back and task in ledger.index:
            found[task] = decision.reason
    return found


def disputed(study: Study, ledger: Ledger, at: int) -> Task | None:
    """Return the next task of which annotators disagree, and that no reviewer decided."""
    decided = {c for c, d in study.standing().items() if d.verdict in ("accepted", "overruled")}
    others = ledger.others(study)
    count = len(ledger.tasks)
    for step in range(1, count + 1):
        task = ledger.tasks[(at + step) % count]
        if task.turn == 0 and task.clip in others and task.clip not in decided:
            all_said = [*others[task.clip], ledger.steps.said(task)]
            if disagreement(ledger.scheme, all_said) > 0:
                return task
    return None


def next_suspect(study: Study, ledger: Ledger, task: Task) -> Task | None:
    """Return the suspect that follows ``task`` in the order of doubt, or the most doubtful one."""
    found = [Task(str(clip)) for clip in study.suspects()["clip"]]
    mine = [suspect for suspect in found if suspect in ledger.index]
    if not mine:
        return None
    place = mine.index(task) + 1 if task in mine else 0
    return mine[place % len(mine)]
