"""What the tests of exchange formats share: opinions without a study, and files gone wrong."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from labeling.scheme import Scheme, parse_scheme
from labeling.statement import Interval, Statement
from sttm.errors import InputError

SCHEME = parse_scheme(
    "{name: faces, several: true, labels: [smile, frown, Brow raise], "
    "marks: [onset, apex, offset], intensity: [weak, medium, strong], sides: true}"
)
SINGLE = parse_scheme("{name: faces, labels: [smile, frown], marks: [onset, apex, offset]}")
FREE = parse_scheme("{name: faces, free: true, several: true, marks: [onset, apex, offset]}")
CLIPS = pd.DataFrame(
    {
        "clip": ["a", "b", "early", "late"],
        "subject": ["S1", "S2", "S3", "S3"],
        "source": ["videos/A film.mp4", "videos/b.avi", "videos/long.mp4", "videos/long.mp4"],
        "first": [None, None, 0, 100],
        "last": [None, None, 99, 199],
        "frames": [250, 250, None, None],
        "fps": [25.0, 30000 / 1001, 25.0, 25.0],
    }
).astype({"first": "Int64", "last": "Int64", "frames": "Int64"})


@dataclass(frozen=True)
class Spoken:
    """An opinion, as writers look at it."""

    clip: str
    annotator: str
    statement: Statement
    turn: int = 0
    time: str = ""
    id: str = "x"


def check_found(read: Any, path: Any, clips: pd.DataFrame, scheme: Scheme, **options: Any) -> None:
    """Whatever a file holds: one sentence, or statements that the scheme and the clips allow."""
    try:
        found = read(path, clips, scheme, **options)
    except InputError as error:
        sentence = str(error)
        assert 10 < len(sentence) < 500
        assert (
            sentence.endswith((".", "?")) and "\n" not in sentence and "Traceback" not in sentence
        )
        return
    last = {"a": 249, "b": 249, "early": 99, "late": 199}
    first = {"late": 100}
    for clip, annotator, statement in found.rows:
        assert len(annotator) <= 80 and not statement.empty
        if not scheme.free:
            statement.check(scheme, first.get(clip, 0), last.get(clip))
        for text in (annotator, statement.comment, *statement.labels):
            text.encode("utf-8")
            assert "\x00" not in text
    assert not found.turns or len(found.turns) == len(found.rows)
    assert not found.times or len(found.times) == len(found.rows)
    assert len(found.skipped) <= 530
    assert all(len(sentence) < 500 for sentence in (*found.skipped, *found.notes))


HOSTILE: list[Any] = [
    None,
    True,
    [],
    {},
    "",
    "x" * 70_000,
    "a\x00b",
    "\ud800",
    "NaN",
    math.inf,
    -1,
    0.5,
    1e300,
    10**30,
    2**53,
    "'; DROP TABLE opinion; --",
    [[[[[]]]]],
    {"": None},
]


@st.composite
def mutated_json(draw: st.DrawFn, value: Any) -> Any:
    """A copy of a JSON value in which up to three nodes are something else or gone."""
    whole = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        node, parent, key = whole, None, None
        for _ in range(draw(st.integers(1, 8))):
            if not isinstance(node, dict | list) or not node:
                break
            parent = node
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = draw(st.sampled_from(keys))
            node = node[key]
        if parent is None:
            return draw(st.sampled_from(HOSTILE))
        if draw(st.booleans()):
            parent[key] = copy.deepcopy(draw(st.sampled_from(HOSTILE)))
        else:
            del parent[key]
    return whole


@st.composite
def mutated_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes with a piece cut out, repeated or replaced; or cut off."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 60)))
    piece = draw(
        st.one_of(
            st.just(b""),
            st.binary(max_size=12),
            st.just(data[start:end] * 3),
            st.sampled_from(
                [
                    b'"',
                    b"{" * 3000,
                    b"[" * 90_000,
                    b"NaN",
                    b"1e999",
                    b"9" * 6000,
                    b",",
                    b"\n#",
                    b"-",
                ]
            ),
        )
    )
    rest = b"" if draw(st.integers(0, 5)) == 0 else data[end:]
    return data[:start] + piece + rest


@st.composite
def statements(draw: st.DrawFn, clip: str = "a", marked: bool = False) -> Statement:
    """A statement that SCHEME allows about a clip of CLIPS."""
    first, last = {"early": (0, 99), "late": (100, 199)}.get(clip, (0, 249))
    intervals = []
    for _ in range(draw(st.integers(0, 4))):
        frames = sorted(draw(st.integers(first, last)) for _ in range(3))
        marks = [f if marked or draw(st.booleans()) else None for f in frames]
        label = draw(st.sampled_from(SCHEME.label_names))
        level = draw(st.sampled_from([None, 1.0, 2.0, 3.0]))
        side = draw(st.sampled_from(["", "left", "right"]))
        intervals.append(Interval(label, *marks, level, side))
    words = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
    comment = draw(
        st.text(words, max_size=20) | st.sampled_from(["=1+1", "two\nlines", "007", "AU 4"])
    )
    return Statement(
        tuple(dict.fromkeys(intervals)),
        tuple(draw(st.lists(st.sampled_from(SCHEME.flag_names), unique=True, max_size=2))),
        draw(st.sampled_from([None, 0.0, 1 / 3, 2 / 3, 1.0])),
        comment,
    )
