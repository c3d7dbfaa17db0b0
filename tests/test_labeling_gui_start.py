"""From nothing to the first label: the start page, and what is found behind a path."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import gui_support  # noqa: F401
import pandas as pd
import pytest
from PySide6.QtWidgets import QFileDialog
from window_material import MARKS, WAIT, Desk, desk, press

from labeling.gui.app import run_window, show_window
from labeling.gui.preferences import Preferences, load_preferences
from labeling.gui.window import LabelWindow
from labeling.learning import facts_of
from labeling.opening import PlaceNeeded, Request, check_place, prepare, study_path
from labeling.scheme import parse_scheme
from labeling.study import open_study
from sttm.errors import InputError
from sttm.gui import app
from sttm.gui.background import Background
from sttm.gui.preferences import LARGEST

__all__ = ["desk"]


def quiet(*_: object) -> None:
    """No progress."""


def going_on() -> bool:
    """Never stop."""
    return False


def start(
    desk: Desk, request: Request, name: str = "", preferences: Preferences | None = None
) -> LabelWindow:
    window = show_window(request, name, preferences=preferences or Preferences(theme="light"))
    desk.windows.append(window)
    window.activateWindow()
    return window


def test_enter_leads_a_newcomer_to_the_first_label(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "newcomer")
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", staticmethod(lambda *_: str(desk.folder))
    )
    window = start(desk, Request())
    assert window.stack.currentWidget() is window.start
    press(window, "Return")  # on "choose a folder"
    press(window, "Return")  # on "start labelling"
    desk.qtbot.waitUntil(lambda: window.page is not None, timeout=WAIT)
    desk.wait_shown(window)
    press(window, "1")
    assert desk.said("c00", "newcomer")[0].statement.labels == ("happiness",)


def test_a_folder_that_is_given_needs_one_enter(desk: Desk) -> None:
    window = start(desk, Request(target=desk.folder), "ann")
    assert window.start.preview.labels.rows["happiness"].key == "1"
    press(window, "Return")
    desk.qtbot.waitUntil(lambda: window.page is not None, timeout=WAIT)
    desk.wait_shown(window)
    with open_study(desk.path, read_only=True) as study:
        facts = study.clips()
    assert facts["frames"].tolist() == [12] * 4
    assert facts["digest"].str.len().min() == 40
    assert (facts["width"].iloc[0], facts["height"].iloc[0]) == (64, 48)


def test_a_study_opens_at_once_for_a_known_name(desk: Desk) -> None:
    desk.window().close()
    window = start(desk, Request(target=desk.folder), preferences=Preferences(name="ann"))
    desk.qtbot.waitUntil(lambda: window.page is not None, timeout=WAIT)
    assert window.page.annotator == "ann"
    window = start(desk, Request(target=desk.path), preferences=Preferences(name="stranger"))
    assert window.page is None
    assert window.start.begin_button.text() == "Go on labelling"
    assert list(window.start.preview.labels.rows) == ["joy", "anger", "neutral"]
    assert window.start.schemes.isHidden()


def test_the_scheme_is_chosen_and_shown_with_its_keys(desk: Desk) -> None:
    window = start(desk, Request(target=desk.folder), "ann")
    page = window.start
    for row, (first, key) in enumerate([("happiness", "1"), ("happiness", "1")]):
        page.schemes.setCurrentRow(row)
        assert page.preview.labels.rows[first].key == key
    page.schemes.setFocus()
    for _ in range(4):
        press(window, "Down")
    assert "AU12" in page.preview.labels.rows
    assert "intensity A to E" in page.preview.asked.text()
    own = desk.folder / "own.yaml"
    own.write_text("name: mine\nlabels: [up, down]\n", encoding="utf-8")
    page.use_scheme(own)
    assert list(page.preview.labels.rows) == ["up", "down"]
    own.write_text("name: [", encoding="utf-8")
    page.use_scheme(own)
    assert page.problem.text()
    page.begin()
    desk.qtbot.waitUntil(lambda: window.page is not None, timeout=WAIT)
    assert window.study.scheme.label_names == ("up", "down")


def test_recent_studies_are_offered(desk: Desk) -> None:
    desk.window().close()
    known = Preferences(name="a", recent=[str(desk.path), "/nowhere/x.sttm-study"])
    window = start(desk, Request(), preferences=known)
    assert window.start.recent.count() == 1
    press(window, "Return")
    desk.qtbot.waitUntil(lambda: window.page is not None, timeout=WAIT)
    assert window.study.path == desk.path


@pytest.mark.parametrize("kind", ["missing", "empty", "no study", "bad table"])
def test_what_cannot_be_opened_is_said_on_the_page(desk: Desk, tmp_path: Path, kind: str) -> None:
    path = tmp_path / {"no study": "x.sttm-study", "bad table": "t.csv"}.get(kind, kind)
    if kind == "empty":
        path.mkdir()
    elif kind != "missing":
        path.write_text("clip;nothing\n", encoding="utf-8")
    window = start(desk, Request(), "ann")
    window.start.path.setText(str(path))
    window.start.begin()
    desk.qtbot.waitUntil(lambda: bool(window.start.problem.text()), timeout=WAIT)
    assert window.page is None and window.start.problem.text().endswith(".")
    assert window.start.begin_button.isEnabled()


def test_missing_answers_are_asked_for(desk: Desk) -> None:
    window = start(desk, Request(), "")
    window.start.name.setText("ann")
    window.start.begin()
    assert "folder" in window.start.problem.text()
    window.start.path.setText(str(desk.folder))
    window.start.name.setText(" ")
    window.start.begin()
    assert "name" in window.start.problem.text()
    assert window.focusWidget() is window.start.name


def test_a_folder_that_cannot_be_written_to_asks_for_another_place(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch = Path.touch

    def refuse(self: Path, *args: object, **options: object) -> None:
        if self.parent == desk.folder:
            raise PermissionError(13, "Permission denied")
        touch(self)

    monkeypatch.setattr(Path, "touch", refuse)
    window = start(desk, Request(target=desk.folder), "ann")
    window.start.begin()
    desk.qtbot.waitUntil(window.start.place_row.isVisible, timeout=WAIT)
    assert "another place" in window.start.problem.text()
    place = tmp_path / "elsewhere.sttm-study"
    window.start.place.setText(str(place))
    window.start.begin()
    desk.qtbot.waitUntil(lambda: window.page is not None, timeout=WAIT)
    desk.wait_shown(window)
    assert window.study.path == place and not desk.path.exists()
    with pytest.raises(PlaceNeeded):
        check_place(desk.path)
    assert not list(desk.folder.glob("*.try"))


def test_new_clips_join_the_study_and_known_ones_stay(desk: Desk) -> None:
    first = prepare(Request(target=desk.folder, scheme="smic"), quiet, going_on)
    assert first.created and first.study == desk.path
    (desk.folder / "c00.npy").rename(desk.folder / "d00.npy")
    again = prepare(Request(target=desk.folder), quiet, going_on)
    assert not again.created and "1 new clip" in again.notes[0]
    with open_study(desk.path) as study:
        assert study.clips()["clip"].tolist() == ["c00", "c01", "c02", "c03", "d00"]


def test_tables_and_given_clips(desk: Desk, tmp_path: Path) -> None:
    table = pd.DataFrame({"clip": ["one", "two"], "source": ["clips/c00.npy", "clips/c01.npy"]})
    table.to_csv(tmp_path / "t.csv", index=False)
    assert study_path(Request(target=tmp_path / "t.csv")) == tmp_path / "t.sttm-study"
    found = prepare(Request(target=tmp_path / "t.csv"), quiet, going_on)
    with open_study(found.study) as study:
        row = study.clips().to_dict("records")[1]
        assert facts_of(study.source_of(row["source"]))["frames"] == 12
    given = Request(clips=table, root=tmp_path, study=tmp_path / "own.sttm-study", scheme="samm")
    found = prepare(given, quiet, going_on)
    with open_study(found.study) as study:
        assert study.clips()["clip"].tolist() == ["one", "two"]
        assert facts_of(study.source_of(study.clips()["source"][0]))["width"] == 64


def test_nothing_arrives_from_the_background_once_it_is_stopped(qtbot: Any) -> None:
    heard: list[object] = []
    for stopped in (False, True):
        work = Background(lambda tell, _: tell("half", 1, 2) or "done")
        work.progressed.connect(lambda *values: heard.append(values))
        work.finished.connect(heard.append)
        work.start()
        while work.running:
            time.sleep(0.01)
        if stopped:
            work.stop()
        qtbot.wait(50)
    assert heard == [("half", 1, 2), "done"]


def test_preferences_survive_whatever_is_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "label.json"
    wanted = Preferences(name="ann", theme="dark", scale=1.5, recent=["/a"], file=file)
    wanted.save()
    assert load_preferences(file) == wanted
    for text in ("", "{", "[1]", '{"name": 3, "scale": 99, "recent": [1, "/b"]}', "[" * 5000):
        file.write_text(text, encoding="utf-8")
        found = load_preferences(file)
        assert found.name == "" and found.scale == 1.0 and found.theme == "system"
    file.write_text(json.dumps({"name": "x" * LARGEST}), encoding="utf-8")
    assert load_preferences(file).name == ""
    Preferences(file=tmp_path / "deep" / "label.json" / "below").save()  # passed over


def test_run_window_refuses_before_any_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="does not exist"):
        run_window(tmp_path / "nothing")
    monkeypatch.setattr(app.QApplication, "instance", staticmethod(lambda: None))
    monkeypatch.setattr(app.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="needs a screen"):
        run_window(tmp_path)


def test_run_window_runs_until_the_window_is_closed(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    monkeypatch.setenv("STTM_LABEL_PREFERENCES", str(tmp_path / "label.json"))
    seen: list[str] = []

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, LabelWindow) and window.page is not None:
                seen.append(window.windowTitle())
                window.close()
                return
        QTimer.singleShot(50, look)

    QTimer.singleShot(50, look)
    code = run_window(desk.folder, annotator="ann", scheme=parse_scheme(MARKS), theme="dark")
    assert code == 0 and seen
    kept = json.loads((tmp_path / "label.json").read_text(encoding="utf-8"))
    assert kept["name"] == "ann" and kept["recent"] == [str(desk.path)]


def test_the_version_that_crashes_is_refused():
    app.check_version("6.12.0", (3, 12))
    app.check_version("6.11.3", (3, 11))
    with pytest.raises(InputError, match=r"PySide6 6\.12\.0 ends Python 3\.11"):
        app.check_version("6.12.0", (3, 11))
