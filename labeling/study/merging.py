"""Two copies of a study become one: what the other file holds is taken over, nothing is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

from ..editing import known_label
from ..statement import Statement
from .clips import CLIP_FACTS, clip_rows, fact, insert_clips
from .opening import now, open_file, write_scheme
from .records import Decision, Opinion
from .rows import insert_decision, insert_opinion, newest
from .saying import is_time
from .study import Study, open_study


@dataclass
class Merged:
    """What a merge did.

    Attributes
    ----------
    added : int
        Opinions that are new here.
    known : int
        Opinions that were here already.
    decisions, clips : int
        New decisions and clips.
    conflicts : list of str
        What a person should look at, one sentence each.
    """

    added: int = 0
    known: int = 0
    decisions: int = 0
    clips: int = 0
    conflicts: list[str] = field(default_factory=list)


def merge_study(into: Study, source: str | Path) -> Merged:
    """Take over what another copy of a study holds; a second time changes nothing.

    Clips are matched by name, and by content where the names differ. Where one person spoke of
    one clip in both files, both are kept, and in both files alike the one that took more steps
    holds, whatever the clocks say; of equally many, the later one.

    Parameters
    ----------
    into : Study
        Open for writing.
    source : path
        The other file; it is not changed.

    Raises
    ------
    InputError
        When the other file is no study, or the result cannot be written.
    """
    source = Path(source)
    if source.exists() and source.samefile(into.path):
        raise InputError(f"{source.name} cannot be merged into itself.")
    with _opened(source) as other:
        found = Merged()
        with into._writing() as connection:
            _merge(connection, into, other, source.name, found)
    into._read_scheme()
    return found


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[Study]:
    """Open the other file as it is; a copy of it where it must be migrated."""
    as_it_is: Study | None = None
    with contextlib.suppress(InputError):
        as_it_is = open_study(source, read_only=True)
    if as_it_is is not None:
        with as_it_is as study:
            yield study
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / source.name
        for suffix in ("", "-wal"):
            part = source.with_name(source.name + suffix)
            if part.is_file():
                shutil.copyfile(part, copy.with_name(copy.name + suffix))
        open_file(copy if copy.exists() else source, read_only=False).close()
        with open_study(copy, read_only=True) as study:
            study.root = source.parent / os.path.relpath(study.root, copy.parent)
            yield study


def _merge(
    connection: sqlite3.Connection, into: Study, other: Study, name: str, found: Merged
) -> None:
    if other.id != into.id:
        found.conflicts.append(
            f"{name} was not copied from this study but made separately; clips are matched by "
            "content and name."
        )
    names = _merge_clips(connection, into, other, found)
    here = {o.id for o in into.history()}
    there = other.history()
    arriving = [o for o in there if o.id not in here and o.clip in names]
    found.known = sum(o.id in here for o in there)
    _report_both(into, there, arriving, names, found)
    spelt = _merge_labels(connection, into, other, arriving, found)
    for person in other.annotators():
        connection.execute("INSERT INTO annotators VALUES (?) ON CONFLICT DO NOTHING", (person,))
    refused: dict[str, list[str]] = {}
    arrived: set[str] = set()
    for opinion in arriving:
        said = _respelt(opinion.statement, spelt)
        moved = replace(opinion, clip=names[opinion.clip], arrived=name, statement=said)
        if _kept(connection, moved, refused):
            found.added += 1
            arrived |= {interval.label for interval in said.intervals}
    for reason, clips in refused.items():
        found.conflicts.append(
            f"{len(clips)} opinions were left out, {reason}: {named(dict.fromkeys(clips))}."
        )
    _report_retired(connection, arrived, found)
    _merge_decisions(connection, into, other, names, name, found)


def _merge_clips(
    connection: sqlite3.Connection, into: Study, other: Study, found: Merged
) -> dict[str, str]:
    """Add the clips that are new; return the other file's name -> ours."""
    ours, theirs = into.clips(), other.clips()
    by_name = ours.set_index("clip").to_dict("index")
    unnamed = ours[~ours["clip"].isin(theirs["clip"]) & (ours["digest"] != "")]
    by_content: dict[tuple[Any, ...], list[str]] = {}
    for row in unnamed.to_dict("records"):
        by_content.setdefault(_content(row), []).append(row["clip"])
    names: dict[str, str] = {}
    new = []
    for row in theirs.to_dict("records"):
        clip = row["clip"]
        if clip in by_name:
            if other_one := _other_one(by_name[clip], row):
                found.conflicts.append(
                    f"clip {clip!r} is another {other_one} in the two studies; what was said of "
                    "it there was left out."
                )
            else:
                names[clip] = clip
                _learn(connection, clip, by_name[clip], row)
        elif by_content.get(_content(row)):
            names[clip] = by_content[_content(row)].pop(0)
            found.conflicts.append(
                f"clip {clip!r} has the same content as {names[clip]!r} here and was taken for it."
            )
        else:
            names[clip] = clip
            new.append(row)
    if new:
        found.clips = _add(connection, into, other, pd.DataFrame(new))
    return names


def _content(row: dict[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("digest", "first", "last"))


def _other_one(mine: dict[Any, Any], theirs: dict[Any, Any]) -> str:
    """Return in what two clips of one name differ, where that is known; else nothing."""
    ends = [(mine[name], theirs[name]) for name in ("first", "last")]
    if mine["digest"] and theirs["digest"] and mine["digest"] != theirs["digest"]:
        return "file"
    differ = any(not pd.isna(a) and not pd.isna(b) and a != b for a, b in ends)
    return "part of its file" if differ else ""


def _learn(
    connection: sqlite3.Connection, clip: str, mine: dict[Any, Any], theirs: dict[Any, Any]
) -> None:
    """Take over facts of a clip that were not known here."""
    for name in CLIP_FACTS:
        value = fact(name, theirs[name])
        if fact(name, mine[name]) in (None, "") and value not in (None, ""):
            with contextlib.suppress(sqlite3.IntegrityError):  # marks here lie beyond
                connection.execute(f"UPDATE clips SET {name} = ? WHERE clip = ?", (value, clip))


def _add(connection: sqlite3.Connection, into: Study, other: Study, table: pd.DataFrame) -> int:
    """Add clips with sources that lead to the files from here, as far as that can be seen."""
    copied = other.id == into.id
    rows = []
    for number, source in enumerate(table["source"]):
        there = os.path.exists(other.source_of(source))  # noqa: PTH110 - Path.exists may raise
        here = os.path.exists(into.source_of(source))  # noqa: PTH110
        same = not there and (here or copied or not os.path.exists(other.root))  # noqa: PTH110
        row = table.iloc[number : number + 1]
        rows += clip_rows(row, into.root, None if same else other.root, now())
    return insert_clips(connection, rows)


def _merge_labels(
    connection: sqlite3.Connection,
    into: Study,
    other: Study,
    arriving: list[Opinion],
    found: Merged,
) -> dict[str, str]:
    """Let a free scheme take over the labels that arrive; return theirs -> how it is spelt here."""
    scheme, spelt = into.scheme, {}
    if not scheme.free:
        return {}
    used = {i.label for o in arriving for i in o.statement.intervals}
    for label in (name for name in other.scheme.label_names if name in used):
        known = known_label(scheme, label)
        if known is None:
            with contextlib.suppress(InputError):  # one too many: those opinions are left out
                scheme = scheme.with_label(label)
        elif known != label:
            spelt[label] = known
            found.conflicts.append(
                f"the label {label!r} is spelt {known!r} here; what was said with it is kept so."
            )
    if scheme != into.scheme:
        write_scheme(connection, scheme)
    return spelt


def _respelt(said: Statement, spelt: dict[str, str]) -> Statement:
    intervals = tuple(replace(i, label=spelt.get(i.label, i.label)) for i in said.intervals)
    return replace(said, intervals=intervals)


def _report_retired(connection: sqlite3.Connection, arrived: set[str], found: Merged) -> None:
    """Name the labels that came although they were taken out of the scheme here."""
    rows = connection.execute("SELECT name FROM labels WHERE retired")
    if gone := sorted(arrived & {name for (name,) in rows}):
        found.conflicts.append(
            f"opinions came with {named(gone)}, which the scheme here has no more; bring it back, "
            "or label those clips again."
        )


def _kept(connection: sqlite3.Connection, opinion: Opinion, refused: dict[str, list[str]]) -> bool:
    if not is_time(opinion.time):  # the opinions table of this study could not be read any more
        refused.setdefault("because their time is none", []).append(opinion.clip)
        return False
    connection.execute("SAVEPOINT opinion")
    try:
        insert_opinion(connection, opinion)
    except sqlite3.IntegrityError as error:
        connection.execute("ROLLBACK TO opinion")
        refused.setdefault(_why(connection, opinion, error), []).append(opinion.clip)
        return False
    finally:
        connection.execute("RELEASE opinion")
    return True


def _why(connection: sqlite3.Connection, opinion: Opinion, error: sqlite3.Error) -> str:
    known = {name for (name,) in connection.execute("SELECT name FROM labels")}
    for interval in opinion.statement.intervals:
        if interval.label not in known:
            return f"because the scheme here lacks {interval.label!r}; add it and merge again"
    flags = {name for (name,) in connection.execute("SELECT name FROM flags")}
    for flag in opinion.statement.flags:
        if flag not in flags:
            return f"because the scheme here lacks the flag {flag!r}; add it and merge again"
    return f"because this study refuses them ({error})"


def _report_both(
    into: Study,
    there: list[Opinion],
    arriving: list[Opinion],
    names: dict[str, str],
    found: Merged,
) -> None:
    """Name the clips of which one person said different things in the two files."""
    ids = {o.id for o in there}
    mine = {_key(o): o for o in newest(into.history())}
    alone = {_key(o) for o in into.history() if o.id not in ids}
    arrived = {_key(o, names) for o in arriving}
    for opinion in newest(there):
        if opinion.clip not in names:
            continue
        key = _key(opinion, names)
        own = mine.get(key)
        if key not in arrived or key not in alone or own is None:
            continue
        if own.statement != opinion.statement:
            holds = "there" if own.order < opinion.order else "here"
            found.conflicts.append(
                f"{key[1]} spoke of clip {key[0]!r} in both files and said different things; "
                f"what was said {holds} holds, the other is in the history."
            )


def _key(opinion: Opinion, names: dict[str, str] | None = None) -> tuple[str, str, int]:
    clip = names[opinion.clip] if names else opinion.clip
    return clip, opinion.annotator, opinion.turn


def _merge_decisions(
    connection: sqlite3.Connection,
    into: Study,
    other: Study,
    names: dict[str, str],
    name: str,
    found: Merged,
) -> None:
    here = {d.id for d in into.decisions()}
    opinions = {i for (i,) in connection.execute("SELECT id FROM opinions")}
    lost = []
    for decision in other.decisions():
        if decision.id in here or decision.clip not in names:
            continue
        if decision.opinion and decision.opinion not in opinions:
            lost.append(decision.clip)
            continue
        moved: Decision = replace(decision, clip=names[decision.clip], arrived=name)
        insert_decision(connection, moved)
        found.decisions += 1
    if lost:
        found.conflicts.append(
            f"{len(lost)} decisions were left out, because the opinions that they accept were: "
            f"{named(lost)}."
        )
