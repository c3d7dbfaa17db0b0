"""The reviewer's own statement while it is being made: nothing of it is on the disk yet.

It answers to the same words as ``labeling.session.Session``, so that panel, keys and deeds of the
label page work on it.
"""

from __future__ import annotations

from .. import editing
from ..editing import Edit
from ..scheme import Scheme
from ..session import Done
from ..statement import Interval, Statement


class Draft:
    """A statement that can be changed, back and forth.

    Parameters
    ----------
    scheme : Scheme
    statement : Statement
        To begin with; what the scheme does not allow any more is left out.

    Examples
    --------
    >>> from labeling.scheme import load_scheme
    >>> draft = Draft(load_scheme("smic"), Statement())
    >>> draft.label("positive").sentence, draft.statement.labels
    ('positive.', ('positive',))
    >>> draft.undo().sentence
    'undone; now no label.'
    """

    def __init__(self, scheme: Scheme, statement: Statement) -> None:
        self.scheme = scheme
        self.statement = editing.fitting(scheme, statement)
        self.active = editing.first_open(scheme, self.statement)
        self._undo: list[tuple[Statement, int | None]] = []
        self._redo: list[tuple[Statement, int | None]] = []

    @property
    def interval(self) -> Interval | None:
        """The interval that marks go to."""
        return None if self.active is None else self.statement.intervals[self.active]

    def label(self, name: str) -> Done:
        """Choose a label; the same again takes it away."""
        known = editing.known_label(self.scheme, name) or name
        return self._do(editing.put_label(self.scheme, self.statement, self.active, known))

    def choose(self, index: int) -> Done:
        """Make an interval the active one."""
        self.active = index
        return Done(f"{self.statement.intervals[index].label} is active.", False)

    def drop(self) -> Done:
        """Take the active interval away."""
        return self._do(editing.drop(self.statement, self.active))

    def mark(self, which: str, frame: int) -> Done:
        """Set a mark of the active interval."""
        return self._do(editing.put_mark(self.scheme, self.statement, self.active, which, frame))

    def unmark(self, which: str) -> Done:
        """Take a mark of the active interval away."""
        return self._do(editing.take_mark(self.scheme, self.statement, self.active, which))

    def intensity(self, level: int) -> Done:
        """Give the active interval an intensity, from 1."""
        return self._do(editing.put_intensity(self.scheme, self.statement, self.active, level))

    def side(self, name: str) -> Done:
        """Put the active interval on one side."""
        return self._do(editing.put_side(self.scheme, self.statement, self.active, name))

    def sure(self, level: int) -> Done:
        """Say how sure one is, from 1."""
        return self._do(editing.put_sure(self.scheme, self.statement, self.active, level))

    def flag(self, name: str) -> Done:
        """Raise a flag, or lower it."""
        return self._do(editing.put_flag(self.scheme, self.statement, self.active, name))

    def comment(self, text: str) -> Done:
        """Write a comment in place of the one before."""
        return self._do(editing.put_comment(self.statement, self.active, text))

    def clear(self) -> Done:
        """Begin again."""
        return self._do(Edit(Statement(), None, "begun again, with nothing."))

    def undo(self) -> Done:
        """Go one step back."""
        return self._restore(self._undo, self._redo, "undo")

    def redo(self) -> Done:
        """Go one step forth again."""
        return self._restore(self._redo, self._undo, "redo")

    def _restore(
        self,
        source: list[tuple[Statement, int | None]],
        other: list[tuple[Statement, int | None]],
        word: str,
    ) -> Done:
        if not source:
            return Done(f"there is nothing to {word}.", False)
        other.append((self.statement, self.active))
        self.statement, self.active = source.pop()
        now = ", ".join(self.statement.labels) or "no label"
        return Done(f"{'undone' if word == 'undo' else 'redone'}; now {now}.", True)

    def _do(self, edit: Edit) -> Done:
        changed = edit.statement != self.statement
        if changed:
            self._undo.append((self.statement, self.active))
            self._redo.clear()
        self.statement, self.active = edit.statement, edit.active
        return Done(edit.sentence, changed)
