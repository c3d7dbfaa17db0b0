"""The review page through the keyboard: what is decided is on the disk, with its reason."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import gui_support
import pandas as pd
import pytest
from gui_support import shot
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from study_material import clips_table
from window_material import WAIT, Desk, desk, press

from labeling.gui.review_deeds import overrule_bindings, review_bindings
from labeling.gui.review_page import ReviewPage
from labeling.gui.review_words import letters
from labeling.gui.window import LabelWindow
from labeling.gui.window_actions import window_bindings
from labeling.keys import bindings
from labeling.review import QUEUES, Review
from labeling.scheme import READY, load_scheme, parse_scheme
from labeling.statement import Interval, Statement
from labeling.study import Decision, create_study, open_study
from sttm.errors import InputError

__all__ = ["desk", "gui_support"]
SCHEME = """
name: small
labels:
  - {name: joy, colour: "#c47f00", guidance: corners up}
  - {name: anger, guidance: brows down}
  - {name: neutral}
marks: [onset, apex, offset]
intensity: [weak, strong]
sides: true
sure: [a guess, sure]
flags: [{name: unsure}]
work: {advance: false}
"""
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
PEOPLE = ("ann", "bo", "cy")
VOTES = {  # most disagreement first: c02, c00, c01; c03 is agreed on
    "c00": ("joy", "joy", "anger"),
    "c01": ("joy", "joy", "anger"),
    "c02": ("joy", "anger", "neutral"),
    "c03": ("neutral", "neutral", "neutral"),
}


def fill(path: Path, text: str = SCHEME) -> None:
    """Make a study of four clips that three annotators have labelled."""
    with create_study(path, parse_scheme(text)) as study:
        study.add_clips(clips_table(4, 12))
        for clip, labels in VOTES.items():
            for place, (who, label) in enumerate(zip(PEOPLE, labels, strict=True)):
                marks = {"onset": 1 + place, "apex": 4, "offset": 9 + (clip == "c00") * place}
                study.say(clip, who, Statement((Interval(label, **marks),), sure=0.5))


def suspect(path: Path, *clips: str) -> None:
    """Let a model doubt clips, the first of them most; it says ``neutral`` of all."""
    rows = {
        "clip": clips,
        "label": "joy",
        "predicted": "neutral",
        "probability": [0.9173 - 0.1 * i for i in range(len(clips))],
        "doubt": [0.8642 - 0.1 * i for i in range(len(clips))],
        "rank": range(1, len(clips) + 1),
    }
    with open_study(path) as study:
        study.set_suspects(pd.DataFrame(rows), "run-7")


class Table(Desk):
    """A desk with a filled study, and what a second process sees of it."""

    def open(self, text: str = SCHEME, name: str = "rev") -> LabelWindow:
        """Return a window that shows the review."""
        if not self.path.exists():
            fill(self.path, text)
        window = self.window(text, name)
        press(window, "Ctrl+R")
        assert window.on_review()
        return window

    def decisions(self, clip: str | None = None) -> list[Decision]:
        """Return what is on the disk."""
        with closing(open_study(self.path, read_only=True)) as study:
            return study.decisions(clip)

    def wait_frame(self, window: LabelWindow) -> None:
        """Wait until the review shows a frame."""
        player = window.review.player
        self.qtbot.waitUntil(lambda: player._shown is not None, timeout=WAIT)


@pytest.fixture
def table(desk: Desk) -> Iterator[Table]:
    """A table whose windows are closed in the end."""
    desk.__class__ = Table
    yield desk


def why(window: LabelWindow, words: str) -> None:
    """Type a reason and confirm it."""
    assert window.focusWidget() is window.review.reason.line
    QTest.keyClicks(window.review.reason.line, words)
    press(window, "Return")


def go_to(window: LabelWindow, clip: str) -> None:
    """Go to a case by typing its name."""
    press(window, "/")
    QTest.keyClicks(window.focusWidget(), clip)
    press(window, "Return")
    assert window.review.clip == clip


def texts(window: QWidget) -> str:
    """Return all that can be read in a window: texts, tool tips, accessible names, its title."""
    found = [window.windowTitle()]
    for widget in [window, *window.findChildren(QWidget)]:
        found += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        for read in ("text", "toPlainText"):
            words = getattr(widget, read, None)
            found.append(str(words()) if callable(words) else "")
        found += [str(getattr(widget, "message", "")), str(widget.property("value") or "")]
    return "\n".join(found)


def names(page: ReviewPage) -> list[str]:
    return [case.clip for case in page.list.cases.cases]


# deciding ----------------------------------------------------------------


def test_a_whole_review_with_keys_alone(table: Table) -> None:
    window = table.open()
    page = window.review
    assert names(page) == ["c02", "c00", "c01"] and page.clip == "c02"

    press(window, "2")
    assert table.decisions() == []  # not before there is a reason
    why(window, "the brows come down")
    (first,) = table.decisions("c02")
    assert (first.verdict, first.reviewer, first.reason) == (
        *("accepted", "rev", "the brows come down"),
    )
    assert first.opinion == next(o.id for o in table.said("c02", "bo"))
    assert page.clip == "c00" and names(page) == ["c00", "c01"]
    assert "c02: accepted bo: anger; saved." in page.status.said.text()

    press(window, "B")
    why(window, "see the mouth again")
    assert [d.verdict for d in table.decisions("c00")] == ["sent back"]
    assert page.clip == "c01"

    table.wait_frame(window)
    press(window, "O")
    assert page.right.currentIndex() == 1
    press(window, "3")
    for key, frame in (("I", 1), ("A", 2), ("O", 3)):
        press(window, "Right")
        table.qtbot.waitUntil(lambda f=frame: page.player.frame == f, timeout=WAIT)
        press(window, key)
    for key in ("Alt+2", ",", "Ctrl+2"):
        press(window, key)
    assert [d.verdict for d in table.decisions("c01")] == []
    press(window, "Return")
    why(window, "all three are wrong")
    (overruled,) = table.decisions("c01")
    (own,) = table.said("c01", "rev")
    assert overruled.verdict == "overruled" and overruled.opinion == own.id
    assert own.statement == Statement((Interval("neutral", 1, 2, 3, 2.0, "left"),), sure=1.0)
    assert page.right.currentIndex() == 0
    assert page.clip is None and "empty now" in page.status.said.text()
    assert "Nothing is disputed" in texts(window)
    assert page.player.view.message and window.focusWidget() is page.player


def test_reopening_stays_at_the_clip(table: Table) -> None:
    window = table.open()
    press(window, "1")
    why(window, "clear")
    page = window.review
    for _ in range(4):
        press(window, "Q")
    assert page.which == "all" and len(names(page)) == 4
    go_to(window, "c02")
    assert page.pills["reopen"].isEnabled()
    press(window, "R")
    why(window, "a second look")
    assert [d.verdict for d in table.decisions("c02")] == ["accepted", "reopened"]
    assert page.clip == "c02" and page.case.decision is None
    press(window, "R")
    assert page.reason.isHidden() and "no decision" in page.status.said.text()


@pytest.mark.parametrize("key", ["1", "B", "Return"])
def test_a_reason_is_never_blank(table: Table, key: str) -> None:
    window = table.open()
    reason = window.review.reason
    press(window, key)
    QTest.keyClicks(reason.line, "   ")
    press(window, "Return")
    assert not reason.isHidden() and "A reason is needed" in reason.hint.text()
    press(window, "Esc")
    assert reason.isHidden() and window.focusWidget() is window.review.player
    assert table.decisions() == []
    press(window, key)
    why(window, "now  with a reason ")
    assert [d.reason for d in table.decisions()] == ["now with a reason"]


def test_reasons_given_before_are_offered(table: Table) -> None:
    window = table.open()
    press(window, "1")
    why(window, "brows")
    press(window, "B")
    why(window, "mouth")
    reason = window.review.reason
    press(window, "1")
    assert reason.recent == ["brows", "mouth"]  # those of the same verdict first
    press(window, "Up")
    assert reason.line.text() == "brows"
    press(window, "Up")
    press(window, "Up")
    assert reason.line.text() == "mouth"
    reason.pills[0].click()
    press(window, "Return")
    assert [d.reason for d in table.decisions()] == ["brows", "mouth", "brows"]


def test_overruling_can_be_left_and_says_something(table: Table) -> None:
    window = table.open()
    page = window.review
    press(window, "O")
    press(window, "Return")
    assert page.reason.isHidden() and "choose a label" in page.status.said.text()
    for key in ("1", "2", "Ctrl+Z", "Ctrl+Y"):
        press(window, key)
    assert page.draft.statement.labels == ("anger",)
    press(window, "C")
    QTest.keyClicks(window.focusWidget(), "mine")
    press(window, "Return")
    assert page.draft.statement.comment == "mine" and page.reason.isHidden()
    press(window, "Return")
    assert "Overrule with anger" in page.reason.title.text()
    press(window, "Esc")
    assert page.draft is not None
    press(window, "Esc")
    assert page.draft is None and page.right.currentIndex() == 0
    assert table.decisions() == [] and table.said(name="rev") == []


def test_overruling_begins_with_what_one_said_last(table: Table) -> None:
    fill(table.path)
    mine = Statement((Interval("joy", 2, 5, 8),), comment="hm")
    with open_study(table.path) as study:
        study.say("c02", "rev", mine)
    window = table.open()
    press(window, "O")
    assert window.review.draft.statement == mine


# looking ----------------------------------------------------------------


def test_cards_tell_all_that_was_said(table: Table) -> None:
    fill(table.path)
    with open_study(table.path) as study:
        said = Statement((Interval("joy", 1, 4, 9, 2.0, "left"),), ("unsure",), 1.0, "late corners")
        study.say("c02", "ann", said)
    window = table.open()
    shown = texts(window.review.cards).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        *("ann", "bo", "cy", "joy", "anger", "neutral", "strong, left", "unsure,  sure"),
        *("onset 1 (40 ms)", "apex 4 (160 ms)", "offset 9 (360 ms)", "“late corners”"),
    ):
        assert words in shown, words
    tiers = window.review.timeline.tiers
    assert [tier.name for tier in tiers] == list(PEOPLE)
    assert [tier.own for tier in tiers] == [True, False, False]
    press(window, "Down")
    assert [tier.own for tier in window.review.timeline.tiers] == [False, True, False]
    assert window.review.timeline.marks == {"onset": 2, "apex": 4, "offset": 9}


def test_the_history_names_undo_import_and_decisions(table: Table) -> None:
    fill(table.path)
    with open_study(table.path) as study:
        (old,) = study.latest("c02", "ann")
        study.say("c02", "ann", Statement((Interval("anger"),)))
        study.say("c02", "ann", old.statement, action="undo", target=old.id)
        study.say("c02", "FER", Statement((Interval("joy"),)), action="import")
        study.say("c02", "cy", Statement())
    window = table.open()
    go_to(window, "c02")
    press(window, "2")
    why(window, "brows & <b>lids</b>")
    for _ in range(4):
        press(window, "Q")
    go_to(window, "c02")
    press(window, "H")
    history = window.review.over
    assert window.open_card() is history
    lines = history.body.toPlainText()
    for words in (
        *("undid; what holds: joy", "imported: joy", "took everything back", "FER", "you"),
        "brows & <b>lids</b>",
    ):
        assert words in lines, words
    assert lines.index("imported") < lines.index("accepted")
    press(window, "H")
    assert window.open_card() is None and window.focusWidget() is window.review.player


def test_pictures_are_moved_as_on_the_label_page(table: Table) -> None:
    window = table.open()
    page = window.review
    table.wait_frame(window)
    table.qtbot.waitUntil(lambda: page.player.facts is not None, timeout=WAIT)
    for key, frame in (("Right", 1), ("Shift+Right", 11), ("Home", 0), ("Ctrl+A", 4)):
        press(window, key)
        table.qtbot.waitUntil(lambda f=frame: page.player.frame == f, timeout=WAIT)
    press(window, "L")
    assert page.player.loop == (1, 9)
    press(window, "Space")
    press(window, "D")
    assert page.player.difference == 1
    press(window, "+")
    assert page.player.speed == 2.0


def test_cases_are_walked_through_and_found(table: Table) -> None:
    window = table.open()
    page = window.review
    seen = [page.clip]
    for key in ("J", "N", "J", "K", "P", "P"):
        press(window, key)
        seen.append(page.clip)
    assert seen == ["c02", "c00", "c01", "c01", "c00", "c02", "c02"]
    assert "first case" in page.status.said.text()
    press(window, "/")
    QTest.keyClicks(window.focusWidget(), "c01")
    press(window, "Return")
    assert page.clip == "c01" and page.list.view.currentIndex().row() == 2
    page.list.pills["all"].click()
    assert page.clip == "c01" and page.header.place.text().startswith("all: ")


# suspects ----------------------------------------------------------------


def test_a_model_is_heard_only_after_the_reviewer(table: Table) -> None:
    fill(table.path)
    suspect(table.path, "c03", "c00")
    window = table.open()
    page = window.review
    page.list.pills["suspect"].click()
    assert names(page) == ["c03", "c00"] and page.clip == "c03"
    hidden = ("0.92", "0.86", "0.9173", "0.8642", "run-7", "The model's opinion")
    for key in ("H", "Esc", "?", "Esc", "1"):
        press(window, key)
        seen = texts(window) + page.over.body.toPlainText()
        assert "shown after your own" in seen
        assert not [words for words in hidden if words in seen]
    why(window, "nothing moves")
    assert page.clip == "c03"  # stays, so that it can be read
    seen = texts(window)
    for words in ("The model's opinion", "neutral", "0.92", "doubted the label joy", "0.86"):
        assert words in seen, words
    press(window, "J")
    assert page.clip == "c00" and "The model's opinion" not in texts(page.cards)


def test_sending_back_is_no_opinion(table: Table) -> None:
    fill(table.path)
    suspect(table.path, "c03", "c00")
    window = table.open()
    window.review.list.pills["suspect"].click()
    press(window, "B")
    why(window, "look again")
    seen = texts(window)
    assert window.review.clip == "c00" and "Model" not in seen and "0.92" not in seen


# who and what may be seen ----------------------------------------------------------------


def test_blind_review_shows_no_names(table: Table) -> None:
    text = SCHEME.replace("work: {", "work: {blind: true, ")
    fill(table.path, text)
    (table.folder / "c01.npy").unlink()
    window = table.open(text)
    page, seen = window.review, []
    for key in ("1", "Esc", "J", "H", "Esc", "/", "Esc", "K", "O", "Esc", "Q", "Q", "Q", "Q"):
        press(window, key)
        table.qtbot.wait(30)
        rows = range(page.list.cases.rowCount())
        seen += [texts(window), page.over.body.toPlainText()]
        seen += [tier.name for tier in page.timeline.tiers]
        for row in rows:
            index = page.list.cases.index(row, 0)
            seen += [
                str(index.data()),
                str(index.data(SPOKEN)),
                str(index.data(Qt.ItemDataRole.ToolTipRole)),
            ]
    everything = "\n".join(seen)
    assert "annotator A" in everything and "clip 3" in everything
    for name in ("c00", "c01", "c02", "c03", "npy"):
        assert name not in everything, name
    people = everything.replace("annotator", "")
    for name in PEOPLE:
        assert not [line for line in people.splitlines() if name in line.split()], name


def test_letters_go_on_after_z() -> None:
    found = [letters(i) for i in range(800)]
    assert found[:3] == ["A", "B", "C"] and found[25:28] == ["Z", "AA", "AB"]
    assert len(set(found)) == 800


# what others do, and what goes wrong ----------------------------------------------------------


def test_what_another_window_does_is_seen(table: Table) -> None:
    window = table.open()
    page = window.review
    table.wait_frame(window)
    with open_study(table.path) as other:
        Review(other, "dora").accept("c01", other.latest("c01")[0].id, "hers")
    window.look_for_changes()
    assert names(page) == ["c02", "c00"] and "changed in another window" in page.status.said.text()
    press(window, "1")
    with open_study(table.path) as other:
        other.say("c02", "ann", Statement((Interval("neutral"),)))
    why(window, "too late")  # what was looked at is no longer what she says
    assert table.decisions("c02") == []
    assert "look again" in window.notice.sentence and not page.reason.isHidden()
    window.look_for_changes()
    assert page.reason.isHidden() and "shown now" in window.notice.sentence
    row = page.list.cases.index(page.list.row_of("c02"), 0)
    assert "neutral 2, anger 1" in row.data(SPOKEN)
    press(window, "1")
    why(window, "now")
    assert [d.reason for d in table.decisions("c02")] == ["now"]


def test_a_full_disk_is_told_and_the_words_stay(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = table.open()

    def full(*_: object, **__: object) -> None:
        raise InputError("labels.sttm-study could not be written: the disk is full.")

    monkeypatch.setattr(window.study, "decide", full)
    press(window, "1")
    why(window, "brows")
    page = window.review
    assert "disk is full" in window.notice.sentence and page.reason.line.text() == "brows"
    assert page.clip == "c02" and page.case.decision is None
    monkeypatch.undo()
    press(window, "Return")
    assert [d.reason for d in table.decisions("c02")] == ["brows"] and not window.notice.sentence


def test_a_restart_stands_where_it_stopped(table: Table) -> None:
    window = table.open()
    press(window, "1")
    why(window, "clear")
    press(window, "Q")
    press(window, "Q")
    press(window, "Q")
    assert window.review.which == "undecided"
    press(window, "J")
    clip = window.review.clip
    window.close()
    window = table.open()
    assert window.review.which == "undecided" and window.review.clip == clip
    assert window.review.recent("accepted") == ["clear"]
    assert window.review.header.done.text() == "1 decided"
    press(window, "Ctrl+R")
    assert not window.on_review() and window.focusWidget() is window.page.player


def test_a_study_that_nobody_labelled_says_what_to_do(table: Table) -> None:
    with create_study(table.path, parse_scheme(SCHEME)) as study:
        study.add_clips(clips_table(4, 12))
    window = table.open()
    assert window.review.which == "all"  # the only list with something in it
    assert "Nobody has labelled this clip yet" in texts(window.review.cards)
    for key in ("1", "B", "R", "Return", "Down"):
        press(window, key)
        assert window.review.reason.isHidden() and window.review.status.said.text()
    for name in set(QUEUES) - {"all"}:
        window.review.list.pills[name].click()
        assert "Label some first" in texts(window)
    for key in ("1", "O", "B", "R", "H", "J", "K", "Space", "Right", "L", "D", "Down", "/", "Esc"):
        press(window, key)
    assert window.review.draft is None and window.open_card() is None


def test_five_thousand_cases_are_no_burden(table: Table) -> None:
    with create_study(table.path, parse_scheme(SCHEME)) as study:
        study.add_clips(clips_table(5000, 12))
    window = table.open()
    page = window.review
    assert page.list.cases.rowCount() == 5000
    assert not page.list.view.findChildren(object, "opinion")  # rows are no widgets
    page.go_row(4999)
    assert page.header.place.text() == "all: 5,000 of 5,000"


# keys ----------------------------------------------------------------


@pytest.mark.parametrize("name", READY)
def test_in_every_scheme_each_key_does_one_thing(name: str) -> None:
    known = window_bindings(load_scheme(name))
    for found in (review_bindings(known), overrule_bindings(known)):
        given = [key for keys in found.keys.values() for key in keys]
        assert len(given) == len(set(given))
    review, overrule = review_bindings(known), overrule_bindings(known)
    needed = ("accept:9", "accept", "overrule", "send back", "reopen", "history", "play")
    assert all(review.key_of(action) for action in (*needed, "case:+1", "queue:+1", "legend"))
    for rule in load_scheme(name).labels:
        action = f"label:{rule.name}"
        assert overrule.key_of(action) == known.key_of(action)
    assert overrule.key_of("finish") and overrule.key_of("cancel")


def test_a_key_of_ones_own_goes_first() -> None:
    changed = bindings(parse_scheme(SCHEME)).with_key("play", "J")
    found = review_bindings(changed)
    assert found.action_of("J") == "play" and found.key_of("case:+1") == "N"


def test_the_legend_shows_the_keys_that_hold_now(table: Table) -> None:
    window = table.open()
    press(window, "?")
    seen = texts(window.legend)
    assert "send back to the annotators" in seen and "onset at this frame" not in seen
    press(window, "Esc")
    press(window, "O")
    press(window, "?")
    seen = texts(window.legend)
    assert "onset at this frame" in seen and "send back to the annotators" not in seen


def test_every_key_of_the_legend_does_something(table: Table) -> None:
    window = table.open()
    page = window.review
    leaving = {"open", "quit", "review", "fullscreen", "keys"}
    for mode in ("deciding", "overruling"):
        for action in [a.name for a in getattr(page, mode).actions if a.name not in leaving]:
            if mode == "overruling" and page.draft is None:
                page.begin_overrule()
            page.status.say("")
            window.perform(action) if action in ("legend",) else page.perform(action)
            for _ in range(3):
                if window.open_card() is not None:
                    window.open_card().put_away()
            page.reason.leave()
            assert "something went wrong" not in window.notice.sentence
    assert table.decisions() == []


# pictures ----------------------------------------------------------------


def test_pictures_of_every_view(table: Table, tmp_path: Path) -> None:
    folder = None if gui_support.SHOTS in os.environ else tmp_path / "shots"
    fill(table.path)
    suspect(table.path, "c03", "c00")
    window = table.open()
    page, taken = window.review, []

    def picture(name: str) -> None:
        if page.clip is not None:
            table.wait_frame(window)
        table.qtbot.wait(30)
        taken.append(shot(window, f"review {name}", folder))

    picture("disputed")
    press(window, "1")
    picture("reason")
    why(window, "the brows come down")
    press(window, "O")
    press(window, "2")
    press(window, "I")
    picture("overrule")
    press(window, "?")
    picture("overrule legend")
    press(window, "Esc")
    press(window, "Esc")
    page.list.pills["suspect"].click()
    picture("suspect hidden")
    press(window, "1")
    why(window, "nothing moves")
    picture("suspect revealed")
    press(window, "H")
    picture("history")
    press(window, "Esc")
    page.list.pills["sent back"].click()
    picture("empty")
    page.list.pills["all"].click()
    press(window, "Ctrl+T")
    picture("dark")
    window.preferences.scale = 2.0
    window.use_theme()
    picture("dark at 200 percent")
    press(window, "1")
    picture("dark reason at 200 percent")
    assert page.list.isHidden() and window.width() <= 1366
    assert len({path.read_bytes() for path in taken}) == len(taken) == 11
