"""The tables of a study, as the statements that make them, and the steps from version to version.

Opinions are snapshots: a row of ``opinions`` with its ``intervals`` and ``raised`` flags is all
that an annotator says of a clip at that moment. Nothing is changed or deleted; an undo is one more
row. ``step`` counts within one annotator's opinions of one clip, in every copy of the study alike,
so that two copies agree on the newest after a merge, whatever their clocks say. ``heard`` of a
decision is how far everybody had come by then, as JSON: annotator -> step.

A new version is one more tuple in ``STEPS``. Those before it are never edited: they are what
studies out there were made with.
"""

from __future__ import annotations

import sqlite3

APPLICATION = 0x5354544D  # "STTM": tells a study from any other SQLite file
OLDEST_SQLITE = (3, 37, 0)  # the first with STRICT tables


def _fixed(table: str) -> tuple[str, str]:
    """Return triggers that refuse every change of a table's rows."""
    what = f"SELECT RAISE(ABORT, 'nothing in {table} is ever changed')"
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {what}; END",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {what}; END",
    )


_END = "coalesce(c.first + c.frames - 1, c.last, 9223372036854775807)"

_FIRST = (
    """CREATE TABLE facts (
    name TEXT PRIMARY KEY CHECK (length(name) <= 80),
    value TEXT NOT NULL CHECK (length(value) <= 100000)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE schemes (
    version INTEGER PRIMARY KEY,
    text TEXT NOT NULL CHECK (length(text) <= 1048576),
    time TEXT NOT NULL CHECK (length(time) <= 40)
) STRICT""",
    """CREATE TABLE labels (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 80),
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1))
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE flags (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 80),
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1))
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE clips (
    number INTEGER PRIMARY KEY,
    clip TEXT NOT NULL UNIQUE CHECK (length(clip) BETWEEN 1 AND 1000),
    source TEXT NOT NULL CHECK (length(source) BETWEEN 1 AND 4096),
    subject TEXT NOT NULL DEFAULT '' CHECK (length(subject) <= 1000),
    dataset TEXT NOT NULL DEFAULT '' CHECK (length(dataset) <= 1000),
    first INTEGER NOT NULL DEFAULT 0 CHECK (first BETWEEN 0 AND 1000000000),
    last INTEGER CHECK (last BETWEEN first AND 1000000000),
    fps REAL CHECK (fps > 0 AND fps < 1e9),
    frames INTEGER CHECK (frames BETWEEN 1 AND 1000000000),
    digest TEXT NOT NULL DEFAULT '' CHECK (length(digest) <= 100),
    width INTEGER CHECK (width > 0),
    height INTEGER CHECK (height > 0),
    added TEXT NOT NULL CHECK (length(added) <= 40)
) STRICT""",
    "CREATE INDEX clips_digest ON clips (digest)",
    """CREATE TABLE annotators (
    name TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 80)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE opinions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 80),
    clip TEXT NOT NULL REFERENCES clips (clip),
    annotator TEXT NOT NULL REFERENCES annotators (name),
    turn INTEGER NOT NULL CHECK (turn BETWEEN 0 AND 1000),
    step INTEGER NOT NULL CHECK (step BETWEEN 1 AND 1000000000),
    action TEXT NOT NULL CHECK (action IN ('say', 'undo', 'redo', 'import')),
    target TEXT NOT NULL DEFAULT '' CHECK (length(target) <= 80),
    sure REAL CHECK (sure BETWEEN 0 AND 1),
    comment TEXT NOT NULL DEFAULT '' CHECK (length(comment) <= 10000),
    time TEXT NOT NULL CHECK (length(time) BETWEEN 1 AND 40),
    arrived TEXT NOT NULL DEFAULT '' CHECK (length(arrived) <= 1000)
) STRICT""",
    "CREATE INDEX opinions_of_clip ON opinions (clip, annotator, turn, step)",
    "CREATE INDEX opinions_of_annotator ON opinions (annotator, seq)",
    """CREATE TABLE intervals (
    opinion INTEGER NOT NULL REFERENCES opinions (seq),
    number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 2000),
    label TEXT NOT NULL REFERENCES labels (name),
    onset INTEGER CHECK (onset >= 0),
    apex INTEGER CHECK (apex >= 0),
    offset INTEGER CHECK (offset >= 0),
    intensity REAL CHECK (intensity BETWEEN 0 AND 1000),
    side TEXT NOT NULL DEFAULT '' CHECK (side IN ('', 'left', 'right')),
    PRIMARY KEY (opinion, number),
    CHECK (onset <= apex), CHECK (apex <= offset), CHECK (onset <= offset)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE raised (
    opinion INTEGER NOT NULL REFERENCES opinions (seq),
    flag TEXT NOT NULL REFERENCES flags (name),
    PRIMARY KEY (opinion, flag)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 80),
    clip TEXT NOT NULL REFERENCES clips (clip),
    reviewer TEXT NOT NULL REFERENCES annotators (name),
    step INTEGER NOT NULL CHECK (step BETWEEN 1 AND 1000000000),
    verdict TEXT NOT NULL CHECK (verdict IN ('accepted', 'overruled', 'sent back', 'reopened')),
    reason TEXT NOT NULL CHECK (length(trim(reason)) BETWEEN 1 AND 10000),
    opinion TEXT REFERENCES opinions (id),
    heard TEXT NOT NULL DEFAULT '{}' CHECK (length(heard) <= 100000),
    time TEXT NOT NULL CHECK (length(time) BETWEEN 1 AND 40),
    arrived TEXT NOT NULL DEFAULT '' CHECK (length(arrived) <= 1000),
    CHECK ((verdict IN ('accepted', 'overruled')) = (opinion IS NOT NULL))
) STRICT""",
    "CREATE INDEX decisions_of_clip ON decisions (clip, step)",
    """CREATE TABLE places (
    annotator TEXT PRIMARY KEY CHECK (length(annotator) <= 80),
    value TEXT NOT NULL CHECK (length(value) <= 100000)
) STRICT, WITHOUT ROWID""",
    *_fixed("schemes"),
    *_fixed("opinions"),
    *_fixed("intervals"),
    *_fixed("raised"),
    *_fixed("decisions"),
    "CREATE TRIGGER clips_no_delete BEFORE DELETE ON clips"
    " BEGIN SELECT RAISE(ABORT, 'a clip is never deleted'); END",
    "CREATE TRIGGER clips_stay BEFORE UPDATE OF clip, source, first, last ON clips"
    " BEGIN SELECT RAISE(ABORT, 'a clip is never changed'); END",
    f"""CREATE TRIGGER marks_in_clip BEFORE INSERT ON intervals
WHEN EXISTS (
    SELECT 1 FROM opinions o JOIN clips c ON c.clip = o.clip WHERE o.seq = NEW.opinion AND (
        coalesce(NEW.onset, NEW.apex, NEW.offset, c.first) < c.first
        OR coalesce(NEW.offset, NEW.apex, NEW.onset, c.first) > {_END}))
BEGIN SELECT RAISE(ABORT, 'the marks must lie in the clip'); END""",
    """CREATE TRIGGER frames_hold_marks BEFORE UPDATE OF frames ON clips
WHEN EXISTS (
    SELECT 1 FROM opinions o JOIN intervals i ON i.opinion = o.seq WHERE o.clip = OLD.clip
    AND coalesce(i.offset, i.apex, i.onset, 0) > OLD.first + NEW.frames - 1)
BEGIN SELECT RAISE(ABORT, 'marks lie beyond the last frame'); END""",
    """CREATE TRIGGER whole_opinions BEFORE INSERT ON intervals
WHEN NEW.opinion <> (SELECT max(seq) FROM opinions)
BEGIN SELECT RAISE(ABORT, 'nothing is added to an old opinion'); END""",
    """CREATE TRIGGER whole_flags BEFORE INSERT ON raised
WHEN NEW.opinion <> (SELECT max(seq) FROM opinions)
BEGIN SELECT RAISE(ABORT, 'nothing is added to an old opinion'); END""",
    """CREATE TRIGGER retired_labels BEFORE INSERT ON intervals
WHEN (SELECT retired FROM labels WHERE name = NEW.label)
    AND (SELECT arrived FROM opinions WHERE seq = NEW.opinion) = ''
BEGIN SELECT RAISE(ABORT, 'the label has been taken out of the scheme'); END""",
)

_SECOND = (
    """CREATE TABLE suspects (
    clip TEXT PRIMARY KEY REFERENCES clips (clip),
    rank INTEGER NOT NULL CHECK (rank >= 1),
    label TEXT NOT NULL CHECK (length(label) <= 1000),
    predicted TEXT NOT NULL CHECK (length(predicted) <= 1000),
    probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    doubt REAL NOT NULL,
    run TEXT NOT NULL CHECK (length(run) <= 1000)
) STRICT""",
)

STEPS = (_FIRST, _SECOND)
VERSION = len(STEPS)


def raise_version(connection: sqlite3.Connection, version: int) -> None:
    """Carry out the steps from ``version`` on, inside the transaction that is open."""
    for step in STEPS[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def shape_of(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Return what a file's tables, indices and triggers are."""
    rows = connection.execute(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
    )
    return {(str(kind), str(name), str(sql)) for kind, name, sql in rows}


def expected_shape(version: int) -> set[tuple[str, str, str]]:
    """Return what the tables, indices and triggers of a version are."""
    with sqlite3.connect(":memory:") as connection:
        for step in STEPS[:version]:
            for statement in step:
                connection.execute(statement)
        found = shape_of(connection)
    connection.close()
    return found
