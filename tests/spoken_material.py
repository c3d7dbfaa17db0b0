"""A scheme, clips and opinions for the tests of what goes in and out."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from labeling.scheme import Scheme, parse_scheme
from labeling.statement import Interval, Statement
from labeling.study.records import Opinion

FRAMES = 200
NASTY = [
    "=1+1",
    "'quoted'",
    "-2",
    "+A1",
    "@sum",
    "a,b;c\td",
    'say "no"',
    "two\nlines",
    "\r\nx\r",
    " spaces ",
    "\\u0041 \\ back",
    "bell\x07",
    "<b>&amp; --> ]]>",
    "üñ漢\U0001f600",
    "'",
    "''=",
    "1,5",
    "sep=;",
]


def scheme() -> Scheme:
    """Several labels with groups, sides, five levels and flags with separators in them."""
    return parse_scheme(
        "name: units\n"
        "several: true\n"
        "sides: true\n"
        "marks: [onset, apex, offset]\n"
        "intensity: [A, B, C, D, E]\n"
        "labels:\n"
        "  - {name: brow <up>, group: upper & face}\n"
        "  - {name: 'lips; apart', group: lower}\n"
        "  - {name: smile, guidance: corners go up}\n"
        "  - {name: '=odd'}\n"
        "flags: [{name: unsure}, {name: 'dark; late'}, {name: talking}]\n"
    )


def clips() -> pd.DataFrame:
    """Two clips of one source, and one of another that is faster."""
    return pd.DataFrame(
        {
            "clip": ["one", "two", "s2/ü clip"],
            "subject": ["s1", "s1", "s2"],
            "source": ["videos/a b.mp4", "videos/a b.mp4", "videos/c.avi"],
            "first": pd.array([0, FRAMES, pd.NA], dtype="Int64"),
            "last": pd.array([FRAMES - 1, 2 * FRAMES - 1, FRAMES - 1], dtype="Int64"),
            "fps": [25.0, 25.0, 59.94],
        }
    )


def first_of(clip: str) -> int:
    """First frame of a clip of ``clips``."""
    return FRAMES if clip == "two" else 0


@st.composite
def intervals(draw: st.DrawFn, first: int = 0) -> Interval:
    """An interval with any of its marks, in a clip of 200 frames from ``first`` on."""
    three = sorted(draw(st.tuples(*[st.integers(first, first + FRAMES - 1)] * 3)))
    onset, apex, offset = (f if draw(st.booleans()) else None for f in three)
    label = draw(st.sampled_from(scheme().label_names))
    rank = draw(st.none() | st.integers(1, 5).map(float))
    return Interval(label, onset, apex, offset, rank, draw(st.sampled_from(["", "left", "right"])))


@st.composite
def statements(draw: st.DrawFn, first: int = 0) -> Statement:
    """Whatever can be said of such a clip, and not nothing."""
    some = draw(st.lists(intervals(first), max_size=4))
    flags = draw(st.lists(st.sampled_from(scheme().flag_names), unique=True, max_size=3))
    sure = draw(st.none() | st.floats(0, 1, allow_nan=False) | st.sampled_from([1 / 3, 1.0]))
    text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    comment = draw(st.sampled_from(["", *NASTY]) | text)
    found = Statement(tuple(some), tuple(flags), sure, comment)
    return Statement(flags=("unsure",)) if found.empty else found


@st.composite
def spoken(draw: st.DrawFn) -> list[Opinion]:
    """Opinions of three annotators about three clips, one each per turn."""
    keys = st.tuples(
        st.sampled_from(list(clips()["clip"])),
        st.sampled_from(["Ann", "=Bo, the 2nd", "Çelik <x@y>"]),
        st.sampled_from([0, 0, 1, 12]),
    )
    chosen = draw(st.lists(keys, unique=True, max_size=4))
    return [
        opinion(clip, who, draw(statements(first_of(clip))), turn=turn, seq=seq)
        for seq, (clip, who, turn) in enumerate(chosen)
    ]


def opinion(
    clip: str, annotator: str, statement: Statement, *, turn: int = 0, seq: int = 0
) -> Opinion:
    """An opinion as a study gives it."""
    time = f"2026-01-01T00:00:{seq % 60:02d}+00:00"
    return Opinion(seq, f"id{seq}", clip, annotator, turn, "say", "", statement, time)


def what(opinions: list[Opinion]) -> dict[tuple[str, str, int], Statement]:
    """Who said what of which clip."""
    return {(o.clip, o.annotator, o.turn): o.statement for o in opinions}
