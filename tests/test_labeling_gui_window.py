"""The labelling window, through the keyboard: what is pressed is on the disk, and comes back."""

from __future__ import annotations

import gui_support  # noqa: F401
import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from window_material import EVERYTHING, MARKS, WAIT, Desk, desk, press, texts

from labeling.gui.deeds import PAGE_DEEDS
from labeling.gui.window import LabelWindow
from labeling.gui.window_actions import window_bindings
from labeling.gui.window_deeds import WINDOW_DEEDS
from labeling.scheme import load_scheme, parse_scheme
from labeling.statement import Interval, Statement
from labeling.study import open_study
from sttm.errors import InputError

__all__ = ["desk"]


def test_a_whole_session_with_keys_alone(desk: Desk) -> None:
    window = desk.window()
    desk.press(window, "1")
    assert desk.said("c00")[0].statement.labels == ("joy",)  # on the disk as soon as it is shown
    assert "saved" in window.page.status.said.text()
    for _ in range(3):
        press(window, "Right")
    desk.at_frame(window, 3)
    press(window, "I")
    press(window, "Shift+Right")
    desk.at_frame(window, 11)
    press(window, "O")
    for _ in range(4):
        press(window, "Left")
    desk.at_frame(window, 7)
    desk.press(window, "A", "Ctrl+3", "C")
    assert window.focusWidget() is window.page.panel.comment
    for key in "slow":
        press(window, key)
    press(window, "Return")
    assert window.focusWidget() is window.page.player
    (said,) = desk.said("c00")
    assert said.statement == Statement((Interval("joy", 3, 7, 11),), (), 1.0, "slow")
    press(window, "Return")
    assert window.page.session.task.clip == "c01"
    desk.press(window, "3", "N", "2", "P")
    assert [o.statement.labels for o in desk.said()] == [("joy",), ("neutral",), ("anger",)]
    assert window.page.session.task.clip == "c01"
    assert window.page.header.place.text() == "2 of 4"
    assert window.page.header.done.text() == "3 done"
    assert window.page.panel.labels.rows["anger"].count == 1


def test_a_restart_stands_where_it_stopped(desk: Desk) -> None:
    window = desk.window()
    desk.press(window, "1", "N", "2")
    desk.wait_shown(window)
    desk.press(window, "Right", "Right", "Right", "Right", "+", "Z", "Z", "Shift+Up", "G", "Ctrl++")
    desk.at_frame(window, 4)
    window.close()
    window = desk.window()
    page = window.page
    assert page.session.task.clip == "c01"
    desk.at_frame(window, 4)
    assert page.player.speed == 2.0
    assert page.playing.zoom == "actual"
    assert page.playing.light == {"brightness": 10, "contrast": 0}
    assert not page.panel.guidance.isHidden()
    assert window.preferences.scale == 1.1
    assert page.panel.labels.rows["anger"].isChecked()


def test_undo_and_redo_reach_over_clips_and_restarts(desk: Desk) -> None:
    window = desk.window()
    desk.press(window, "1", "N", "2", "N")
    window.close()
    window = desk.window()
    press(window, "Ctrl+Z")
    assert window.page.session.task.clip == "c01"
    assert not window.page.panel.labels.rows["anger"].isChecked()
    press(window, "Ctrl+Z")
    assert window.page.session.task.clip == "c00"
    assert desk.said() == []
    desk.press(window, "Ctrl+Y", "Ctrl+Shift+Z")
    assert [o.statement.labels for o in desk.said()] == [("joy",), ("anger",)]
    desk.press(window, "Ctrl+Y")
    assert "nothing to redo" in window.page.status.said.text()


def test_it_goes_on_by_itself_and_says_so(desk: Desk) -> None:
    window = desk.window(
        MARKS.replace("advance: false", "advance: true").replace(
            "marks: [onset, apex, offset]", "marks: []"
        )
    )
    press(window, "1")
    assert window.page.session.task.clip == "c01"
    assert window.page.toast.isVisible()
    assert "c00" in window.page.toast.text() and "joy; saved" in window.page.toast.text()


# every action ----------------------------------------------------------------


def look(window: LabelWindow) -> tuple[object, ...]:
    """All that an action can be seen by."""
    page, player = window.page, window.page.player
    session, card = page.session, window.open_card()
    return (
        len(window.study.history()),
        *(session.at, session.active, session.statement, page.status.said.text()),
        *(player.frame, player._target, player.speed, player.loop, player.difference),
        *(player.playing, page.playing.zoom, tuple(page.playing.light.items())),
        *(type(card), page.panel.guidance.isHidden(), window.preferences.theme),
        *(window.preferences.scale, window.isFullScreen(), window.notice.sentence),
        *(window.stack.currentWidget(), window.isVisible(), window.focusWidget()),
    )


def actions_of(scheme: str) -> list[str]:
    return [action.name for action in window_bindings(parse_scheme(scheme)).actions]


def test_every_action_does_something_that_can_be_seen(desk: Desk) -> None:
    window = desk.window(EVERYTHING)
    page = window.page
    desk.press(window, "N")
    desk.wait_shown(window)
    last = ("open", "quit")
    for action in [a for a in actions_of(EVERYTHING) if a not in last]:
        window.perform("clear")
        window.perform("label:AU2")
        window.perform("label:AU1")
        for mark, frame in (("onset", 2), ("apex", 5), ("offset", 9)):
            page.player.seek(frame)
            desk.at_frame(window, frame)
            window.perform(f"mark:{mark}")
        page.player.set_loop(None)
        page.player.set_difference(None)
        page.playing.set_light(20, 20)
        page.player.set_speed(2.0 if action != "speed:+" else 1.0)
        page.playing.to_frame(4)
        desk.at_frame(window, 4)
        if action == "redo":
            window.perform("undo")
        page.player.setFocus()
        window.preferences.scale = 1.25
        page.status.say("")
        window.notice.hide()
        before, key = look(window), page.key_of(action)
        press(window, key) if key else window.perform(action)
        desk.qtbot.waitUntil(lambda b=before: look(window) != b, timeout=WAIT)
        press(window, "Esc")
        if window.page.isHidden():
            window.perform("review")
        assert window.open_card() is None, action
    for action in last:
        press(window, page.key_of(action)) if action == "open" else window.perform(action)
        assert window.study is None
    assert not window.isVisible()


def test_each_word_of_an_action_is_done_in_one_place() -> None:
    words = {action.partition(":")[0] for action in actions_of(EVERYTHING)}
    assert not set(PAGE_DEEDS) & set(WINDOW_DEEDS)
    assert words <= set(PAGE_DEEDS) | set(WINDOW_DEEDS)
    assert set(PAGE_DEEDS) | set(WINDOW_DEEDS) <= words


# focus ----------------------------------------------------------------


def test_the_focus_is_never_stuck(desk: Desk) -> None:
    window = desk.window()
    stops = []
    for _ in range(80):
        press(window, "Tab")
        stops.append(QApplication.focusWidget() or window.focusWidget())
        if stops.count(stops[0]) == 2:
            break
    assert stops.count(stops[0]) == 2, "Tab never came round"
    assert window.page.panel.comment in stops
    assert window.page.panel.labels.rows["joy"] in stops
    assert all(widget.accessibleName() or getattr(widget, "text", str)() for widget in stops[:-1])
    window.page.panel.labels.rows["anger"].setFocus()
    press(window, "Return")  # presses the row, and does not go to the next clip
    assert window.page.session.task.clip == "c00"
    assert desk.said("c00")[0].statement.labels == ("anger",)
    press(window, "Esc")
    assert window.focusWidget() is window.page.player
    desk.press(window, "C", "x", "Esc")
    assert window.focusWidget() is window.page.player
    assert desk.said("c00")[0].statement.comment == "x"


def test_a_comment_that_is_being_written_is_kept_when_the_window_closes(desk: Desk) -> None:
    window = desk.window()
    desk.press(window, "1", "C", "h", "i")
    window.close()
    assert desk.said("c00")[0].statement.comment == "hi"


# what is shown ----------------------------------------------------------------


def test_blind_work_shows_no_names(desk: Desk) -> None:
    window = desk.window(MARKS.replace("work: {", "work: {blind: true, "))
    (desk.folder / "c02.npy").unlink()
    seen = []
    for _ in range(4):
        desk.qtbot.wait(30)
        desk.press(window, "1", "Ctrl+G")
        seen.append(texts(window))
        press(window, "Esc")
        seen.append(texts(window))
        press(window, "N")
        desk.qtbot.waitUntil(
            lambda: window.page.player.facts is not None or bool(window.notice.sentence),
            timeout=WAIT,
        )
    everything = "\n".join(seen)
    assert "clip 2" in everything
    for name in ("c00", "c01", "c02", "c03", "npy"):
        assert name not in everything, name


def test_a_long_list_of_labels_scrolls_to_what_is_chosen(desk: Desk) -> None:
    window = desk.window(load_scheme("facs"))
    labels = window.page.panel.labels
    assert len(labels.rows) > 44
    desk.qtbot.wait(30)
    bar = labels.verticalScrollBar()
    assert bar.maximum() > 0 and bar.value() == 0
    press(window, window.page.key_of("label:AU64"))
    assert bar.value() > 0
    row = labels.rows["AU64"]
    assert labels.viewport().rect().contains(row.mapTo(labels.viewport(), row.rect().center()))
    heights = (labels.height(), window.page.panel._lower.height())
    assert min(heights) > 0.25 * sum(heights)


def test_two_stages_ask_for_labels_first(desk: Desk) -> None:
    window = desk.window(MARKS.replace("advance: false", "advance: true, stages: two"))
    panel = window.page.panel
    assert "1 of 2" in panel.stage.text() and panel.stage.isVisible()
    assert not panel.pills["mark:onset"].isEnabled()
    press(window, "I")
    assert "marks come" in window.notice.sentence
    desk.press(window, "1", "1", "2", "3")
    assert "2 of 2" in panel.stage.text() and panel.pills["mark:onset"].isEnabled()
    assert window.page.session.task.clip == "c00"


def test_guidance_tells_of_the_chosen_label_and_shows_its_picture(desk: Desk) -> None:
    import cv2

    cv2.imwrite(str(desk.folder / "joy.png"), np.full((40, 60, 3), 200, np.uint8))
    window = desk.window(MARKS.replace("corners up", "corners up, picture: joy.png"))
    guidance = window.page.panel.guidance
    desk.press(window, "G")
    assert guidance.title.text() == "small"
    desk.press(window, "1")
    assert guidance.text.text() == "corners up" and not guidance.picture.pixmap().isNull()
    desk.press(window, "2")
    assert guidance.title.text() == "anger" and guidance.picture.isHidden()
    desk.press(window, "G")
    assert guidance.isHidden()


def test_a_label_of_ones_own(desk: Desk) -> None:
    window = desk.window(EVERYTHING)
    press(window, "/")
    picker = window.page.picker
    assert picker.isVisible() and window.focusWidget() is picker.line
    for key in ("s", "m", "i", "r", "k", "Return"):
        press(window, key)
    assert desk.said("c00")[0].statement.labels == ("smirk",)
    assert window.page.panel.labels.rows["smirk"].isChecked()
    assert window.page.key_of("label:smirk")


def test_theme_and_size_of_text_change_at_once(desk: Desk) -> None:
    window = desk.window()
    before = window.page.panel.labels.rows["joy"].sizeHint().height()
    for _ in range(3):
        press(window, "Ctrl++")
    assert window.page.panel.labels.rows["joy"].sizeHint().height() > before
    press(window, "Ctrl+0")
    assert window.page.panel.labels.rows["joy"].sizeHint().height() == before
    dark = window.palette().window().color().lightness()
    press(window, "Ctrl+T")
    assert window.palette().window().color().lightness() < dark
    assert window.bar.buttons["theme"].text() == "Light"


# what goes wrong ----------------------------------------------------------------


def test_a_clip_that_vanished_is_told_and_the_rest_goes_on(desk: Desk) -> None:
    window = desk.window()
    (desk.folder / "c01.npy").unlink()
    press(window, "N")
    desk.qtbot.waitUntil(lambda: "c01" in window.notice.sentence, timeout=WAIT)
    desk.press(window, "N", "2")
    assert window.notice.sentence == ""
    assert desk.said("c02")[0].statement.labels == ("anger",)


def test_a_clip_that_was_replaced_is_told(desk: Desk) -> None:
    window = desk.window()
    np.save(desk.folder / "c01.npy", np.zeros((12, 48, 64), np.uint8))
    press(window, "N")
    desk.qtbot.waitUntil(lambda: "replaced" in window.notice.sentence, timeout=WAIT)
    press(window, "1")
    assert desk.said("c01")[0].statement.labels == ("joy",)


def test_another_window_on_the_same_clip_is_seen(desk: Desk) -> None:
    window = desk.window()
    with open_study(desk.path) as other:
        other.say("c00", "ann", Statement((Interval("anger"),)))
    press(window, "1")
    assert "another window" in window.notice.sentence
    assert window.page.panel.labels.rows["anger"].isChecked()
    assert desk.said("c00")[0].statement.labels == ("anger",)
    with open_study(desk.path) as other:
        other.say("c00", "ann", Statement((Interval("neutral"),)))
    window.look_for_changes()
    assert window.page.panel.labels.rows["neutral"].isChecked()


def test_a_full_disk_is_told_and_nothing_is_shown_as_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = desk.window()

    def full(*_: object, **__: object) -> None:
        raise InputError("labels.sttm-study could not be written: the disk is full.")

    monkeypatch.setattr(window.study, "say", full)
    press(window, "1")
    assert "disk is full" in window.notice.sentence
    assert not window.page.panel.labels.rows["joy"].isChecked()
    monkeypatch.undo()
    press(window, "1")
    assert window.page.panel.labels.rows["joy"].isChecked() and window.notice.sentence == ""


def test_a_key_that_is_held_down_says_one_thing(desk: Desk) -> None:
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QKeyEvent

    window = desk.window()
    for repeated in (False, True, True):
        event = QKeyEvent(
            QEvent.Type.KeyPress, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier, "1", repeated
        )
        QApplication.sendEvent(window.page.player, event)
    assert desk.said("c00")[0].statement.labels == ("joy",)
    assert len(window.study.history()) == 1
