"""Parts of the recognizer's window by themselves: record, chart, bars, models, actions, looks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gui_support  # noqa: F401
import numpy as np
import pytest
from gui_support import shot
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from recognizer.gui.bars import Bars
from recognizer.gui.card import Page, card_text
from recognizer.gui.chart import Chart, thinned
from recognizer.gui.models import Model, describe, find_models, trained_sentence
from recognizer.gui.page import as_rgb
from recognizer.gui.record import Answer, Curve, Growing, Look, Record
from recognizer.gui.window import RecognizerWindow
from sttm.gui.buttons import Pill
from sttm.gui.preferences import Preferences

CLASSES = ("anger", "joy", "neutral")


def look(identity: int, shares: tuple[float, ...], frames: int, size: int = 0) -> Look:
    volume = np.zeros(size // 2, np.uint8)
    seen: Any = SimpleNamespace(volume=volume, face=SimpleNamespace(volume=volume))
    best = int(np.argmax(shares))
    boxes = np.tile([1.0, 2.0, 30.0, 40.0], (frames, 1))
    none = np.full((frames, 2, 2), np.nan)
    corners = np.zeros((frames, 4, 2))
    return Look(identity, CLASSES[best], shares[best], np.array(shares), boxes, none, corners, seen)


def answer(since: int, last: int, *looks: Look) -> Answer:
    return Answer(since, last, last / 25, 0.01, "" if looks else "no face was found.", [*looks])


def record_of(*spans: tuple[int, int]) -> Record:
    record = Record()
    for since, last in spans:
        record.add(answer(since, last, look(1, (0.2, 0.7, 0.1), last - since + 1)))
    return record


def test_a_frame_has_the_answer_that_holds_for_it_and_no_other():
    record = record_of((0, 9), (10, 14), (20, 24))
    for frame in range(30):
        found = record.at(frame)
        if frame < 15 or 20 <= frame < 25:
            assert found is not None and found.since <= frame <= found.last
        else:
            assert found is None
    assert record.last == 24 and record.faces() == [1]


def test_crops_go_when_the_budget_is_used_and_answers_stay():
    record = Record(budget=1000)
    for n in range(10):
        record.add(answer(n, n, look(1, (0.2, 0.7, 0.1), 1, size=400)))
    kept = [a.looks[0].seen is not None for a in record.answers]
    assert kept == [False] * 8 + [True] * 2
    assert len(record.curve(1).ends) == 10


def test_the_mean_counts_frames_and_the_largest_face_alone():
    record = Record()
    record.add(answer(0, 8, look(2, (1.0, 0.0, 0.0), 9), look(1, (0.0, 0.0, 1.0), 9)))
    record.add(answer(9, 9, look(1, (0.0, 1.0, 0.0), 1)))
    assert np.allclose(record.mean(), [0.9, 0.1, 0.0])
    assert record.curve(1).ends.tolist() == [8, 9] and record.curve(3).ends.tolist() == []
    assert Record().mean() is None


@given(count=st.integers(1, 400), most=st.integers(2, 60))
def test_thinning_keeps_the_ends_and_the_peaks(count, most):
    grown = Growing(2)
    shares = np.random.default_rng(count).random((count, 2))
    for n in range(count):
        grown.add(2 * n, 2 * n + 1, shares[n])
    starts, ends, kept = thinned(grown.curve(), most)
    assert len(ends) <= max(most, 1) and starts[0] == 0 and ends[-1] == 2 * count - 1
    assert np.allclose(kept.max(axis=0), shares.max(axis=0))
    assert (starts <= ends).all() and (ends[:-1] < starts[1:]).all()


def test_a_click_on_the_chart_asks_for_the_frame_under_it(qtbot):
    chart = Chart()
    qtbot.addWidget(chart)
    chart.resize(640, 120)
    chart.set_classes(CLASSES)
    chart.set_clip(10, 59, 25.0)
    asked: list[int] = []
    chart.asked.connect(asked.append)
    for frame in (10, 30, 59):
        QTest.mouseClick(
            chart, Qt.MouseButton.LeftButton, pos=QPoint(round(chart.axis().x(frame)), 40)
        )
    assert asked == [10, 30, 59]
    curve = Curve(np.array([10, 20]), np.array([19, 29]), np.array([[0.1, 0.8, 0.1]] * 2))
    chart.set_curve(curve, 29)
    assert chart.words_at(25) == "1.00 s: joy 80%, neutral 10%, anger 10%" or "joy 80%" in (
        chart.words_at(25)
    )
    assert "no answer" in chart.words_at(40)
    assert not chart.grab().isNull()


def test_bars_say_in_words_what_they_show(qtbot):
    bars = Bars()
    qtbot.addWidget(bars)
    bars.set_classes(CLASSES)
    assert bars.accessibleDescription() == "" or bars.words() == "no answer"
    bars.show_shares(np.array([0.2, 0.7, 0.1]))
    assert bars.accessibleDescription() == "joy 70%, anger 20%, neutral 10%"
    bars.show_shares(np.array([0.5, 0.5]))  # of another model
    assert bars.words() == "no answer"


def test_models_are_found_in_folders_and_bad_ones_named(tmp_path: Path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "model.sttm").write_bytes(b"no zip")
    (tmp_path / "own.sttm").write_bytes(b"")
    found = find_models([tmp_path, tmp_path / "missing"])
    assert {p.name for p in found} == {"model.sttm", "own.sttm"}
    for path in found:
        model = describe(path)
        assert "not a whole model bundle" in model.problem and model.title in ("demo", "own")


@pytest.mark.parametrize("about", ["", "12 clips", "12 clips of drawn (synthetic) faces"])
def test_drawn_data_are_always_called_so(about):
    assert "drawn (synthetic) faces" in trained_sentence({"synthetic": True, "about": about})
    assert "synthetic" not in trained_sentence({"about": "CK+"})


def test_a_card_fetches_nothing(qtbot):
    page = Page()
    qtbot.addWidget(page)
    page.setMarkdown("![x](file:///etc/hostname) [y](http://example.org)")
    assert page.loadResource(2, "file:///etc/hostname") is None
    assert "carries no model card" in card_text(Model(Path("a.sttm"), "a"))


def test_pictures_of_a_camera_become_rgb():
    blue = np.zeros((4, 4, 3), np.uint8)
    blue[..., 0] = 255
    assert as_rgb(blue)[0, 0].tolist() == [0, 0, 255]
    assert as_rgb(np.full((4, 4), 9, np.uint8)).shape == (4, 4, 3)


@pytest.mark.parametrize(("theme", "scale"), [("light", 1.0), ("dark", 1.0), ("light", 2.0)])
def test_nothing_is_cut_off(qtbot: Any, tmp_path: Path, theme: str, scale: float) -> None:
    window = RecognizerWindow(Preferences(theme=theme, scale=scale), [tmp_path], print)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    for page in (window.start, window.page):
        window.stack.setCurrentWidget(page)
        qtbot.wait(60)
        path = shot(window, f"recognizer-{type(page).__name__}-{theme}-{scale:g}")
        image = QImage(str(path))
        assert len({image.pixel(x, y) for x in range(0, 1366, 9) for y in range(0, 760, 9)}) > 10
        for widget in (*page.findChildren(QPushButton), *page.findChildren(Pill)):
            if widget.isVisible():
                assert widget.width() >= widget.minimumSizeHint().width(), widget.text()
        for label in page.findChildren(QLabel):
            if (
                label.isVisible()
                and type(label) is QLabel
                and label.text()
                and not label.wordWrap()
            ):
                assert label.width() >= label.minimumSizeHint().width(), label.text()
    for widget in window.bar.buttons.values():
        assert widget.accessibleName() and widget.toolTip()
    window.close()
