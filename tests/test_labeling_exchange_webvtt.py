"""WebVTT: what is written is what the standard's grammar asks for, and says what was said."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken_material import FRAMES, clips, opinion, scheme, spoken

from labeling.exchange.webvtt import escaped, stamp, write_webvtt
from labeling.statement import Interval, Statement
from sttm.errors import InputError

TIME = r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"


def cues(text: str) -> list[tuple[int, int, str, str]]:
    """Begin, end, voice and words of each cue, read as the standard's grammar has it."""
    blocks = text.split("\n\n")
    assert blocks[0] == "WEBVTT" and blocks[1].startswith("NOTE ") and "-->" not in blocks[1]
    out = []
    for number, block in enumerate(blocks[2:], 1):
        name, timing, words = block.rstrip("\n").split("\n")
        assert name == str(number)
        found = re.fullmatch(rf"{TIME} --> {TIME}", timing)
        assert found
        h, m, s, ms, *rest = map(int, found.groups())
        begin = ((h * 60 + m) * 60 + s) * 1000 + ms
        end = ((rest[0] * 60 + rest[1]) * 60 + rest[2]) * 1000 + rest[3]
        assert begin < end and "-->" not in words
        voice = re.fullmatch(r"<v ([^<>\n]+)>([^<>\n]+)</v>", words)
        assert voice
        out.append((begin, end, html.unescape(voice[1]), html.unescape(voice[2])))
    assert [c[0] for c in out] == sorted(c[0] for c in out)
    return out


@settings(max_examples=80, deadline=None)
@given(spoken())
def test_every_interval_is_a_cue(tmp_path_factory, opinions) -> None:
    folder = tmp_path_factory.mktemp("vtt")
    files = write_webvtt(folder, opinions, clips(), scheme())
    found = sorted(
        (voice, words.partition(" (")[0])
        for f in files
        for *_, voice, words in cues(f.read_text(encoding="utf-8"))
    )
    said = [(o.annotator, i.label) for o in opinions if not o.turn for i in o.statement.intervals]
    assert found == sorted(said)


def test_a_cue_says_when_who_and_how_much(tmp_path: Path) -> None:
    said = Statement((Interval("smile", 5, 7, 9, 3, "left"), Interval("brow <up>")))
    [path] = write_webvtt(tmp_path / "a.vtt", [opinion("one", "A & B", said)], clips(), scheme())
    assert path == tmp_path / "a.vtt"
    assert path.read_text(encoding="utf-8") == (
        "WEBVTT\n\nNOTE clip one\n\n"
        f"1\n00:00:00.000 --> 00:00:{FRAMES // 25:02d}.000\n<v A &amp; B>brow &lt;up&gt;</v>\n\n"
        "2\n00:00:00.200 --> 00:00:00.400\n<v A &amp; B>smile (C, left)</v>\n"
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_breaks_a_cue(text: str) -> None:
    safe = escaped(text)
    assert not set(safe) & set("<>\n\r") and "-->" not in safe
    assert html.unescape(safe).split() == html.unescape(escaped(text)).split()


@given(st.integers(0, 10**9))
def test_stamps_are_times(ms: int) -> None:
    h, m, s = stamp(ms).split(":")
    assert int(h) * 3_600_000 + int(m) * 60_000 + round(float(s) * 1000) == ms


def test_clips_without_speed_are_named(tmp_path: Path) -> None:
    said = [opinion("one", "Ann", Statement((Interval("smile"),)))]
    with pytest.raises(InputError, match="clip one has no frames per second"):
        write_webvtt(tmp_path, said, clips().assign(fps=float("nan")), scheme())
    assert write_webvtt(tmp_path, said, clips().assign(fps=float("nan")), scheme(), fps=30)
