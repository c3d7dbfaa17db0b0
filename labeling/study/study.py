"""``Study``: the one way to a study's file. Whatever returns is on the disk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.errors import InputError, unknown_name
from sttm.tables import check_clips

from ..scheme import Scheme, check_label_name, load_scheme
from ..statement import Statement
from .clips import CLIP_ROW, clip_rows, clips_table, insert_clips, learn
from .deciding import append_decision, standing_of
from .failures import told
from .opened import StudyFile, root_text
from .opening import create_file, now, write_scheme
from .records import Decision, Opinion
from .rows import newest, opinions_table, read_decisions, read_opinions
from .saying import Said, add_person, append_opinion
from .suspected import read_suspects, replace_suspects


def create_study(
    path: str | Path, scheme: Scheme | str, *, root: str | Path | None = None
) -> Study:
    """Make a new study and open it.

    Parameters
    ----------
    path : path
        Where; by custom it ends in ``.sttm-study``. Nothing there is overwritten.
    scheme : Scheme or str
        A scheme, or the name of a ready one.
    root : path, optional
        Folder that the clips' sources are below; the study's own folder unless told.

    Raises
    ------
    InputError
        When the file is there, or cannot be written.
    """
    path = Path(path)
    scheme = load_scheme(scheme) if isinstance(scheme, str) else scheme
    create_file(path, scheme, root_text(path, root))
    return Study(path)


def open_study(
    path: str | Path, *, read_only: bool = False, root: str | Path | None = None
) -> Study:
    """Open a study; an older one is migrated after a backup copy.

    Parameters
    ----------
    path : path
    read_only : bool
        Never write, and need no right to.
    root : path, optional
        Where the clips are on this machine, if not where the study says; it is remembered unless
        ``read_only``.

    Raises
    ------
    InputError
        When it is no study, is damaged, or was made by a newer version.
    """
    return Study(Path(path), read_only=read_only, root=root)


class Study(StudyFile):
    """One study; a context manager. See ``create_study`` and ``open_study``.

    Not to be shared between threads: each opens its own.
    """

    # the scheme --------------------------------------------------------------------------------

    def set_scheme(self, scheme: Scheme) -> None:
        """Make ``scheme`` the one that holds from now on; the earlier ones are kept.

        Raises
        ------
        InputError
            When a label that somebody's newest opinion uses is missing in it.
        """
        with self._writing() as connection:
            used = {i.label for o in self.latest() for i in o.statement.intervals}
            gone = sorted(used.intersection(self.scheme.label_names) - set(scheme.label_names))
            if gone:
                raise InputError(
                    f"the new scheme lacks {gone[0]!r}, which opinions use; keep it, or change "
                    "them."
                )
            write_scheme(connection, scheme)
        self._read_scheme()

    def add_label(self, name: str) -> None:
        """Add a label at the end of a free scheme.

        Raises
        ------
        InputError
            When the scheme is not free, or the name cannot be one.
        """
        with self._writing() as connection:  # what another window adds meanwhile stays
            scheme = self._larger(self.scheme, check_label_name(name))
            if scheme != self._scheme:
                write_scheme(connection, scheme)
        self._read_scheme()

    def _larger(self, scheme: Scheme, name: str) -> Scheme:
        if not scheme.free and name not in scheme.label_names:
            raise InputError(unknown_name("label", name, scheme.label_names))
        return scheme.with_label(name)

    # clips -------------------------------------------------------------------------------------

    def add_clips(self, table: pd.DataFrame, root: str | Path | None = None) -> tuple[int, int]:
        """Add clips; those that are there already stay as they are.

        Parameters
        ----------
        table : DataFrame
            A clips table (sttm/tables.py); further columns ``frames``, ``digest``, ``width`` and
            ``height`` are used.
        root : path, optional
            Folder that relative sources are below; the study's root unless told.

        Returns
        -------
        added, known : int

        Raises
        ------
        InputError
            When the table is none.
        """
        below = None if root is None else Path(root)
        rows = clip_rows(check_clips(table), self.root, below, now())
        with self._writing() as connection:
            added = insert_clips(connection, rows)
        return added, len(rows) - added

    def learn_clip(self, clip: str, **facts: Any) -> None:
        """Note ``frames``, ``fps``, ``digest``, ``width``, ``height``, ``subject`` once known.

        What is known already and the same is passed over.

        Raises
        ------
        InputError
            When something else is known, or marks lie beyond the last frame.
        """
        with self._writing() as connection:
            learn(connection, clip, facts)

    def clips(self) -> pd.DataFrame:
        """Return the clips table with ``frames``, ``digest``, ``width``, ``height``, ``added``."""
        with told(self.path):
            rows = self._connection.execute(
                f"SELECT {', '.join(CLIP_ROW)} FROM clips ORDER BY number"
            ).fetchall()
        return clips_table(rows)

    # people ------------------------------------------------------------------------------------

    def annotators(self) -> list[str]:
        """Return the names of all who said something, or were added, sorted."""
        with told(self.path):
            rows = self._connection.execute("SELECT name FROM annotators ORDER BY name")
            return [str(name) for (name,) in rows]

    def add_annotator(self, name: str) -> str:
        """Add an annotator, and return the name without the spaces around it."""
        with self._writing() as connection:
            return add_person(connection, name)

    # opinions ----------------------------------------------------------------------------------

    def say(
        self,
        clip: str,
        annotator: str,
        statement: Statement,
        *,
        turn: int = 0,
        action: str = "say",
        target: str = "",
        time: str | None = None,
        base: str | None = None,
    ) -> Opinion:
        """Append what an annotator says of a clip; it is on the disk when this returns.

        Parameters
        ----------
        clip, annotator : str
            The annotator is added where new.
        statement : Statement
            All that holds now, also what was said before and still does.
        turn : int
            0, or 1 for a hidden repeat.
        action, target : str
            See ``Opinion``.
        time : str, optional
            ISO 8601; now unless told.
        base : str, optional
            ``id`` of the opinion that the caller saw last, "" for none.

        Raises
        ------
        StudyChanged
            When another opinion than ``base`` is the newest.
        InputError
            When the statement does not fit the scheme or the clip, or cannot be written.
        """
        with self._writing() as connection:
            return append_opinion(
                connection,
                self.scheme,
                Said(clip, annotator, statement, turn, action, target, time),
                base,
            )

    def say_many(
        self,
        sayings: Iterable[Said | tuple[str, str, Statement]],
        *,
        labels: Sequence[str] = (),
    ) -> list[Opinion]:
        """Append many opinions in one transaction: all of them or none.

        Parameters
        ----------
        sayings : iterable of Said, or of (clip, annotator, Statement)
            What is no ``Said`` becomes one whose action is ``import``.
        labels : sequence of str
            New labels of a free scheme, which come or do not come with the opinions.

        Raises
        ------
        InputError
            As ``say`` and ``add_label``.
        """
        new = [check_label_name(name) for name in labels]
        with self._writing() as connection:
            scheme = self.scheme
            for name in new:
                scheme = self._larger(scheme, name)
            if scheme != self._scheme:
                write_scheme(connection, scheme)
            done = [
                append_opinion(
                    connection, scheme, s if isinstance(s, Said) else Said(*s, action="import")
                )
                for s in sayings
            ]
        self._scheme = scheme
        return done

    def history(self, clip: str | None = None, annotator: str | None = None) -> list[Opinion]:
        """Return all that was said, as it arrived in this file."""
        with told(self.path):
            return read_opinions(self._connection, clip, annotator)

    def latest(
        self, clip: str | None = None, annotator: str | None = None, *, rulings: bool = True
    ) -> list[Opinion]:
        """Return the newest opinion per clip, annotator and turn, empty ones left out.

        Without ``rulings``, what reviewers said to overrule others is passed over, also where it
        was reopened: it was said in sight of the others, and is no vote.
        """
        said = self.history(clip, annotator)
        if not rulings:
            ruled = {d.opinion for d in self.decisions(clip) if d.verdict == "overruled"}
            said = [o for o in said if o.id not in ruled]
        return [o for o in newest(said) if not o.statement.empty]

    def opinions(self, history: bool = False, *, rulings: bool = True) -> pd.DataFrame:
        """Return the opinions table, a row per interval; see ``rows.opinions_table``.

        ``rulings`` as of ``latest``; a history has them.
        """
        said = self.history() if history else self.latest(rulings=rulings)
        return opinions_table(said, empty=history)

    # decisions ---------------------------------------------------------------------------------

    def decide(
        self, clip: str, reviewer: str, verdict: str, reason: str, opinion: str = ""
    ) -> Decision:
        """Append a reviewer's decision; see ``VERDICTS``.

        Parameters
        ----------
        clip, reviewer, verdict : str
        reason : str
            In words; never blank.
        opinion : str
            ``id`` of the opinion that holds, for ``accepted`` and ``overruled``.

        Raises
        ------
        InputError
            When the reason is blank, or the verdict or the opinion does not fit.
        """
        with self._writing() as connection:
            return append_decision(connection, clip, reviewer, verdict, reason, opinion)

    def overrule(self, clip: str, reviewer: str, statement: Statement, reason: str) -> Decision:
        """Say something as the reviewer and decide that it holds, both or neither.

        Raises
        ------
        InputError
            As ``say`` and ``decide``.
        """
        with self._writing() as connection:
            said = append_opinion(connection, self.scheme, Said(clip, reviewer, statement))
            return append_decision(connection, clip, reviewer, "overruled", reason, said.id)

    def decisions(self, clip: str | None = None) -> list[Decision]:
        """Return all decisions, as they arrived in this file."""
        with told(self.path):
            return read_decisions(self._connection, clip)

    def standing(self) -> dict[str, Decision]:
        """Return clip -> the decision that holds; ``reopened`` ends one."""
        return standing_of(self.decisions())

    # suspects and places -----------------------------------------------------------------------

    def set_suspects(self, table: pd.DataFrame, run: str) -> int:
        """Replace the suspects by those of a run, and return how many clips of the study they are.

        Parameters
        ----------
        table : DataFrame
            ``clip, label, predicted, probability, doubt, rank``; other clips are passed over.
        run : str
            Where they come from.
        """
        with self._writing() as connection:
            return replace_suspects(connection, table, run)

    def suspects(self) -> pd.DataFrame:
        """Return ``clip, rank, label, predicted, probability, doubt, run``, worst first."""
        with told(self.path):
            return read_suspects(self._connection)

    def keep_place(self, annotator: str, values: Mapping[str, Any]) -> None:
        """Keep where a window stands; plain JSON values."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO places VALUES (?, ?) ON CONFLICT (annotator) DO UPDATE SET "
                "value = excluded.value",
                (annotator, json.dumps(dict(values))),
            )

    def place(self, annotator: str) -> dict[str, Any]:
        """Return what ``keep_place`` kept, or nothing."""
        with told(self.path):
            row = self._connection.execute(
                "SELECT value FROM places WHERE annotator = ?", (annotator,)
            ).fetchone()
        try:
            values = json.loads(row[0]) if row else {}
        except (ValueError, RecursionError):
            values = {}
        return values if isinstance(values, dict) else {}
