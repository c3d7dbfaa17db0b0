"""The timeline: every frame has its place, clicks and drags ask for frames, all tiers fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frames_material import drawn, real_clips
from gui_support import shot
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from labeling.gui import timeline_drawing
from labeling.gui.timeline import Span, Tier, Timeline
from sttm.gui import theme
from sttm.gui.player import Player
from sttm.gui.ruler import Axis, frame_step, second_step, second_text, whole_steps
from sttm.gui.thumbnails import thumbnail

TIERS = [
    Tier("you", [Span(12, 37, "happiness", apex=24), Span(50, None, "surprise")], own=True),
    Tier("anna", [Span(15, 40, "happiness", "#11897a")]),
    Tier("an annotator with a very long name", [Span(None, 20, "fear"), Span(None, None, "?")]),
]


@pytest.fixture
def line(qtbot: Any) -> Iterator[Timeline]:
    widget = Timeline()
    qtbot.addWidget(widget)
    widget.resize(700, 260)
    widget.set_clip(0, 74, 25.0)
    widget.show()
    yield widget


def at(line: Timeline, frame: int, down: float | None = None) -> QPoint:
    y = timeline_drawing.Rows.of(line).ruler + 5 if down is None else down
    return QPointF(line.axis().x(frame), y).toPoint()


@given(
    st.integers(0, 10_000),
    st.integers(1, 5_000),
    st.floats(0, 300),
    st.floats(1, 4000),
)
def test_frame_and_place_are_inverse(first: int, count: int, left: float, width: float) -> None:
    axis = Axis(first, first + count - 1, left, width)
    for frame in {first, first + count // 2, axis.last}:
        assert axis.frame(axis.x(frame)) == frame
        assert axis.edge(frame) <= axis.x(frame) <= axis.edge(frame + 1)
    assert axis.frame(-1e9) == first and axis.frame(1e9) == axis.last


@given(st.floats(0.001, 200), st.floats(5, 120), st.floats(1, 240))
def test_numbers_on_the_ruler_have_room(cell: float, room: float, fps: float) -> None:
    step = frame_step(cell, room)
    assert step * cell >= room or step >= 5 * 10**8
    assert str(step)[0] in "125" and set(str(step)[1:]) <= {"0"}
    assert step == 1 or step * cell < 2.5 * room + 1e-6, "a smaller step would have room too"
    seconds = second_step(cell, fps, room)
    assert seconds * fps * cell >= room or seconds == 3600


def test_ruler_writes_seconds_with_the_digits_of_its_step() -> None:
    assert [second_text(k * 0.1, 0.1) for k in (0, 3, 12)] == ["0.0 s", "0.3 s", "1.2 s"]
    assert [second_text(s, 30.0) for s in (30.0, 90.0, 600.0)] == ["30 s", "1:30", "10:00"]
    assert whole_steps(10, 30, 10) == [1, 2, 3] and whole_steps(1, 9, 10) == []


def test_click_and_drag_ask_for_frames(qtbot: Any, line: Timeline) -> None:
    asked: list[int] = []
    line.asked.connect(asked.append)
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=at(line, 20))
    qtbot.mouseMove(line, at(line, 30))
    qtbot.mouseMove(line, QPoint(5000, 10))
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=at(line, 74))
    qtbot.mouseMove(line, at(line, 40))
    assert asked == [20, 30, 74]
    assert line.hover == 40


def test_every_frame_can_be_clicked(qtbot: Any, line: Timeline) -> None:
    asked: list[int] = []
    line.asked.connect(asked.append)
    for frame in range(75):
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=at(line, frame))
    assert asked == list(range(75))


def test_marks_are_dragged_by_their_handles(qtbot: Any, line: Timeline) -> None:
    moved: list[tuple[str, int]] = []
    asked: list[int] = []
    line.mark_moved.connect(lambda name, frame: moved.append((name, frame)))
    line.asked.connect(asked.append)
    line.set_marks({"onset": 12, "apex": None, "offset": 40})
    assert set(timeline_drawing.handles(line)) == {"onset", "offset"}
    handle = timeline_drawing.handles(line)["offset"].center().toPoint()
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=handle)
    assert asked == [40], "the mark's own frame is shown"
    qtbot.mouseMove(line, at(line, 55))
    assert not moved
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=at(line, 55))
    assert moved == [("offset", 55)] and asked == [40, 55]
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=handle)
    assert moved == [("offset", 55)], "nothing is there any more"


def test_click_on_a_mark_moves_nothing(qtbot: Any, line: Timeline) -> None:
    moved: list[Any] = []
    line.mark_moved.connect(lambda *what: moved.append(what))
    line.set_marks({"apex": 33})
    handle = timeline_drawing.handles(line)["apex"].center().toPoint()
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=handle)
    assert not moved


@pytest.mark.parametrize("frames", [(30, 30, 30), (30, 30, 31), (0, 37, 74), (10, 11, 12)])
def test_handles_never_cover_each_other(line: Timeline, frames: tuple[int, int, int]) -> None:
    line.set_marks(dict(zip(("onset", "apex", "offset"), frames, strict=True)))
    boxes = list(timeline_drawing.handles(line).values())
    for place, box in enumerate(boxes):
        for other in boxes[place + 1 :]:
            shared = box.intersected(other)
            assert shared.width() * shared.height() < 0.1 * box.width() * box.height()


def test_letters_follow_the_keys(line: Timeline) -> None:
    line.set_marks({"onset": 3}, {"onset": "F"})
    assert line.letters == {"onset": "F", "apex": "A", "offset": "O"}


def test_many_tiers_are_scrolled(line: Timeline) -> None:
    line.set_tiers(TIERS)
    few = line.sizeHint().height()
    line.set_tiers([Tier(f"person {i}", [Span(i, i + 20, "fear")]) for i in range(40)])
    assert line.sizeHint().height() < few + 6 * timeline_drawing.Rows.of(line).tier
    assert line.most_scroll() > 0
    for _ in range(200):
        wheel(line, -120)
    assert line.scrolled == line.most_scroll()
    wheel(line, 120)
    assert 0 < line.scrolled < line.most_scroll()
    line.set_tiers(TIERS)
    assert line.scrolled == line.most_scroll()


def wheel(line: Timeline, turned: int) -> None:
    middle = QPointF(line.width() / 2, line.height() - 5)
    event = QWheelEvent(
        middle,
        middle,
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(line, event)


def test_names_take_a_fifth_of_the_width_at_most(line: Timeline) -> None:
    assert line.axis().left < 20
    line.set_tiers([Tier("x" * 500, [])])
    assert line.axis().left <= 0.2 * line.width() + 1


def test_nearest_thumbnail_is_shown_and_their_number_bounded(line: Timeline) -> None:
    assert line.thumbnail_near(3) is None
    frame = drawn(1)[0]
    for number in range(0, 1000, 4):
        line.set_thumbnail(number, thumbnail(frame))
    assert len(line.thumbnails) <= 130
    kept = sorted(line.thumbnails)
    for wanted in (-5, 0, 333, 700, 5000):
        nearest = min(kept, key=lambda n: abs(n - wanted))
        assert line.thumbnail_near(wanted) is line.thumbnails[nearest]


def test_new_clip_forgets_the_old_one(line: Timeline) -> None:
    line.set_tiers(TIERS)
    line.set_marks({"onset": 3})
    line.set_loop((3, 9))
    line.clear()
    assert not (line.tiers or line.marks or line.thumbnails or line.loop)
    line.set_clip(100, 120, None)
    assert (line.fps, line.frame) == (25.0, 100)
    assert line.axis().frame(1e9) == 120


@pytest.mark.parametrize(
    "clip", [(0, -1), (0, 0), (7, 7), (0, 1), (5, 100_004), (10**8, 10**8 + 3)]
)
def test_any_clip_is_drawn(line: Timeline, clip: tuple[int, int], tmp_path: Path) -> None:
    line.set_clip(*clip, 29.97)
    line.set_tiers(TIERS)
    line.set_marks({"onset": clip[0], "apex": clip[1], "offset": clip[1]})
    line.set_loop(clip)
    line.set_frame(clip[1])
    for size in ((700, 260), (60, 40), (2500, 900)):
        line.resize(*size)
        shot(line, f"timeline-{clip[0]}-{clip[1]}-{size[0]}", tmp_path)


def test_odd_colours_and_texts_are_drawn(line: Timeline, tmp_path: Path) -> None:
    spans = [Span(-20, 500, "\n<b>", "no colour"), Span(40, 30, ""), Span(10, 11, "a" * 10_000)]
    line.set_tiers([Tier("", spans, True), Tier("‮\u0000名前", spans)])
    shot(line, "timeline-odd", tmp_path)


def test_frame_is_where_the_playhead_is_drawn(line: Timeline) -> None:
    """The accent is brightest in the column of the current frame."""
    from test_labeling_gui_player import pixels

    app = QApplication.instance()
    theme.apply_theme(app, "light")
    accent = theme.current().colour("accent")
    want = np.array([accent.red(), accent.green(), accent.blue()])
    for frame in (0, 31, 74):
        line.set_frame(frame)
        picture = pixels(line.grab().toImage()).astype(int)
        rows = timeline_drawing.Rows.of(line)
        row = picture[int(rows.tiers) + 10]
        columns = np.flatnonzero(np.abs(row - want).sum(axis=1) < 30)
        assert abs(columns.mean() - line.axis().x(frame)) <= 1.5
    app.setStyleSheet("")


@pytest.mark.parametrize("name", ["light", "dark"])
def test_player_and_timeline_are_pictured(qtbot: Any, name: str, tmp_path: Path) -> None:
    """Screenshots on a real clip, for people to look at."""
    clip = next(path for path in real_clips() if path.suffix == ".mpg")
    app = QApplication.instance()
    theme.apply_theme(app, name)
    window, player, line = QWidget(), Player(), Timeline()
    layout = QVBoxLayout(window)
    layout.addWidget(player, 1)
    layout.addWidget(line)
    qtbot.addWidget(window)
    player.thumbnail_made.connect(line.set_thumbnail)
    player.frame_shown.connect(line.set_frame)
    player.opened.connect(lambda facts: line.set_clip(facts["first"], facts["last"], facts["fps"]))
    window.resize(900, 640)
    window.show()
    player.open(clip)
    qtbot.waitUntil(lambda: len(line.thumbnails) > 60, timeout=20_000)
    line.set_tiers(TIERS)
    line.set_marks({"onset": 12, "apex": 24, "offset": 37})
    player.set_onset(12)
    for frame, difference in ((37, None), (24, 12)):
        player.set_difference(difference)
        player.seek(frame)
        qtbot.waitUntil(lambda f=frame: player.frame == f and line.frame == f, timeout=20_000)
        qtbot.waitUntil(lambda: line.most_scroll() == 0, timeout=20_000)
        path = shot(window, f"player-{name}-{'difference' if difference else 'plain'}", None)
        assert path.stat().st_size > 20_000
    player.close_clip()
    assert player.wait_closed(20)
    app.setStyleSheet("")
