"""MMI: emotions, views and action units from XML of all kinds."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sequence_material import empty, grown, packs, read, rows  # noqa: F401 (packs is a fixture)
from trees_sequences import (
    SHEET,
    TREES,
    mmi_session,
)

from experiments.datasets import READERS


def test_mmi_labels_subjects_and_action_units(tmp_path):
    data = grown("mmi", tmp_path)
    both = data.clips.merge(data.labels, on="clip")
    assert both["subject"].tolist() == [c.split("-")[0] for c in both["clip"]]
    labels = dict(zip(both["clip"], both["label"], strict=True))
    assert labels.pop("S001-020") == "happiness"  # prefixes, spaces
    assert labels.pop("S002-021") == "surprise"  # Latin-1 that says UTF-8
    assert labels.pop("S053-022") == "happiness"  # both views in one picture
    assert labels.pop("S053-031") == "happiness" and labels.pop("S053-032") == "anger"
    assert list(labels.values()) == ["anger", "happiness", "surprise"] * 3
    units = dict(zip(both["clip"], both["aus"], strict=True))
    assert units.pop("S001-001") == "4+R12" and set(units.values()) == {""}


def test_mmi_what_is_left_out_and_why(tmp_path):
    data = grown("mmi", tmp_path)
    assert rows(data.skipped) == {
        "S001-024.avi": "the emotion 8 in its xml is none of the codes 1 to 6",
        "S001-026.avi": "its xml is broken: unclosed token",
        "S001-027.avi": "its xml declares a document type (DOCTYPE), as none of the set does",
        "S001-029.avi": "its xml names 2 emotions: 1, 2",
        "holiday.avi": "not called like S001-001.avi, so its subject is not known",
        "S001-001.avi": "another clip is called S001-001, too: Sessions/1/S001-001.avi",
    }
    assert rows(data.passed) == {
        "S001-001.jpg": "no video",
        "S001-002-oao_aucs.xml": "its xml is broken: unclosed token",
        "S053-023.avi": "a profile view, which is not among data.views",
        "S001-025.avi": "no emotion label in its xml",
        "S001-028.avi": "no emotion label: no xml of its name beside it",
        "33": "a session without a video",
    }


def test_mmi_views_are_chosen(tmp_path):
    TREES["mmi"](tmp_path)
    frontal = set(read("mmi", tmp_path, views=["frontal"]).clips["clip"])
    profile = set(read("mmi", tmp_path, views=["profile"]).clips["clip"])
    dual = set(read("mmi", tmp_path, views=["dual"]).clips["clip"])
    # of two videos in a session nobody tells of the first
    assert profile == {"S053-023", "S053-031"} and dual == {"S053-022", "S053-031"}
    assert frontal == set(read("mmi", tmp_path).clips["clip"]) - {"S053-022"}
    with pytest.raises(ValueError, match="at least one view"):
        READERS["mmi"].settings(path=tmp_path, views=[])


@pytest.mark.parametrize("layout", ["Sessions/1", "1", "."])
def test_mmi_sessions_lie_wherever(layout, tmp_path):
    folder = mmi_session(tmp_path / "made", 1, "S001-001")
    (tmp_path / "new" / layout).mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        shutil.copy(path, tmp_path / "new" / layout / path.name)
    assert read("mmi", tmp_path / "new").clips["clip"].tolist() == ["S001-001"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "klingon"])
@pytest.mark.parametrize("declared", ["UTF-8", "UTF-16", "ISO-8859-1", "KLINGON"])
def test_mmi_sheets_in_whatever_encoding_they_say(encoding, declared, tmp_path):
    """A wrong statement is no hurdle, save one that no reader could see through."""
    text = SHEET.format(encoding=declared, tags='<Metatag Name="Emotion" Value="5.0"/>')
    sheet = text.encode(encoding if encoding != "klingon" else "ascii")
    mmi_session(tmp_path, 1, "S001-001")
    mmi_session(tmp_path, 2, "S002-002", sheet=sheet)
    data = read("mmi", tmp_path)
    if encoding == "utf-16" and declared not in ("UTF-16",):
        assert len(data.clips) + len(data.skipped) == 2
    else:
        assert data.labels["label"].tolist() == ["happiness", "sadness"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_mmi_a_bomb_of_entities_is_refused_before_it_goes_off(encoding, tmp_path):
    lines = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(20))
    bomb = f'<!DOCTYPE d [<!ENTITY e0 "ha">{lines}]><d><Metatag Name="Emotion" Value="4"/>&e20;</d>'
    mmi_session(tmp_path, 1, "S001-001")
    mmi_session(tmp_path, 2, "S002-002", sheet=bomb.encode(encoding))
    data = read("mmi", tmp_path)
    assert data.clips["clip"].tolist() == ["S001-001"]
    assert "DOCTYPE" in rows(data.skipped)["S002-002.avi"]


@settings(max_examples=40, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=80),
        st.text('<Metatag Name="Emotion" Value="4"/>&!?[]', max_size=80).map(str.encode),
    )
)
def test_mmi_a_sheet_of_any_bytes_is_read_or_said(content):
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "1"
        good = SHEET.format(encoding="UTF-8", tags='<Metatag Name="Emotion" Value="4"/>').encode()
        for name, data in (("S001-001", good), ("S002-002", content)):
            empty(place / f"{name}.avi")
            (place / f"{name}.xml").write_bytes(data)
            (place / f"{name}-oao_aucs.xml").write_bytes(content)
        (place / "session.xml").write_bytes(content)
        found = read("mmi", Path(folder))
    said = [*found.clips["clip"], *found.skipped["clip"], *found.passed["clip"]]
    assert found.clips["clip"].tolist()[0] == "S001-001"
    assert any("S002-002" in name for name in said)
