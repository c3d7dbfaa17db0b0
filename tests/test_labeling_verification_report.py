"""The report of a verification: complete, self-contained, and safe with hostile names."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
import verification_material as material
from test_labeling_verification import found
from verification_material import marked, scheme

from labeling import Finding, Verification, verify_study, write_verification
from labeling.study import create_study
from labeling.verification.page import NAME, render_verification
from labeling.verification.verdict import verdict
from sttm.errors import InputError

VOID = {"meta", "br", "line", "circle", "link", "img", "input", "hr", "polyline", "polygon", "rect"}
HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}<img src=x onerror=alert(2)>"


class Reader(HTMLParser):
    """Collects tags, attributes and text, and refuses tags that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def words(reader: Reader) -> str:
    return re.sub(r"\s+", " ", " ".join(reader.text))


def check_safe(reader: Reader) -> None:
    for tag, attributes in reader.tags:
        assert tag not in {"script", "iframe", "object", "embed", "link", "img", "form", "base"}
        for name, value in attributes.items():
            assert not name.startswith("on") and name != "src"
            assert name != "href" or str(value).startswith("#")


def test_report_tells_everything_and_loads_nothing():
    text = render_verification(found(slow=True))
    reader = read(text)
    check_safe(reader)
    assert not re.search(r"url\(|@import|https?://", text)
    said = words(reader)
    for finding in found(slow=True).findings:
        assert finding.sentence in said and finding.advice in said
        assert all(clip in said for clip in finding.clips)
    for figure in found(slow=True).figures:
        assert figure.definition in said and f"{figure.value:.3f}" in said
    links = {a["href"][1:] for tag, a in reader.tags if tag == "a"}
    assert links <= {a.get("id") for _, a in reader.tags}


def test_verdict_comes_first():
    said = words(read(render_verification(found(slow=True))))
    assert said.index("Not ready to be used: 10 errors") < said.index("Source missing")


@pytest.mark.parametrize("word", ["nan", "NaN", "None", "NaT", "<NA>", "inf"])
def test_no_missing_value_is_shown(word):
    said = words(read(render_verification(found(slow=True))))
    assert not re.search(rf"(?<![\w]){re.escape(word)}(?![\w])", said)


def test_hostile_names_are_shown_as_text(tmp_path):
    name = HOSTILE[:70]
    rules = scheme((name, "joy"), name=name, work={})
    with create_study(tmp_path / "a.sttm-study", rules) as study:
        plant = material.Planting(tmp_path, study)
        for i in range(12):
            clip = plant.clip(f"{HOSTILE}{i}", f"{HOSTILE}{i % 3}", f"c{i}.npy")
            for who in (name, "bob", "carl"):
                label = name if i % 2 or who == "bob" else "joy"
                plant.say(clip, who, marked(label), comment=HOSTILE)
        study.decide(f"{HOSTILE}1", name, "sent back", HOSTILE)
        rules = {**rules.model_dump(), "muted": [{"code": "S03", "reason": HOSTILE}]}
        study.set_scheme(type(study.scheme).model_validate(rules))
        text = render_verification(verify_study(study, replicates=50))
    reader = read(text)
    check_safe(reader)
    assert HOSTILE + "1" in " ".join(reader.text)
    assert "<script" not in text and "onerror=alert(2)>" not in text and " 49 " not in text


def test_a_bare_verification_has_a_report():
    said = words(read(render_verification(Verification([]))))
    assert "Nothing was found." in said


def test_muted_findings_are_told_apart_with_their_reason():
    muted = Finding("F01", "error", "1 source is missing: a.", ("a",), "on the old disk")
    said = words(read(render_verification(Verification([muted]))))
    assert "Nothing was found." in said
    assert said.index("Muted in the scheme") < said.index("on the old disk")


def test_long_lists_are_cut_and_counted():
    clips = tuple(f"clip{i}" for i in range(1200))
    finding = Finding("C01", "warning", "1,200 of 1,200 clips have no opinion.", clips)
    said = words(read(render_verification(Verification([finding]))))
    assert "clip499" in said and "clip500" not in said and "and 700 more" in said


def test_many_annotators_and_subjects_fit(tmp_path):
    counts = pd.DataFrame(1, index=[f"S{i}" for i in range(90)], columns=["joy", "fear"])
    people = [f"p{i:02d}" for i in range(40)]
    pairs = pd.DataFrame(
        [(a, b, 9, 0.5, 0.5, None, None, "") for i, a in enumerate(people) for b in people[:i]],
        columns=["first", "second", "n", "percent", "kappa", "low", "high", "reason"],
    )
    said = words(read(render_verification(Verification([], {"counts": counts, "pairs": pairs}))))
    assert "60 more subjects" in said and "S89" in said


def test_files_and_folders(tmp_path):
    empty = Verification([])
    assert write_verification(empty, tmp_path) == tmp_path / NAME
    assert write_verification(empty, tmp_path / "new folder") == tmp_path / "new folder" / NAME
    assert write_verification(empty, tmp_path / "x.html") == tmp_path / "x.html"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new folder", NAME, "x.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        write_verification(empty, tmp_path / "file" / "x.html")


@pytest.mark.parametrize(
    ("labelled", "clips", "words"),
    [
        (0, 0, "The study has no clips."),
        (0, 1, "The only clip has no label that holds."),
        (1, 1, "The only clip has a label that holds."),
        (1, 2, "1 of 2 clips has a label that holds."),
        (2, 2, "All of 2 clips have a label that holds."),
    ],
)
def test_few_clips_are_counted_in_good_words(labelled, clips, words):
    facts = {"labelled": labelled, "clips": clips}
    assert verdict(Verification([], facts=facts)).endswith(words)
