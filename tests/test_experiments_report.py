"""The report page: whole, self-contained, escaped, and truthful about what is missing."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_sample import drawn_face, sample, stress

from experiments.folding.leaks import leaks_in
from experiments.folding.protocols import Fold
from experiments.judging.scores import score_predictions
from experiments.keeping.described import Description
from experiments.report import Example, ReportData, render_report, sections, write_report
from sttm.errors import InputError

SECTIONS = (
    "answer", "scores", "published", "confusion", "classes", "subjects", "calibration", "blocks",
    "examples", "data", "skipped", "folds", "timings", "repeat",
)  # fmt: skip
VOID = {"meta", "img", "br", "input", "link", "hr"}
SVG_LEAVES = {"line", "circle", "path", "rect"}
MEGABYTE = 1_000_000


class Page(HTMLParser):
    """A parsed page: its tags, attributes and text; refuses tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    @property
    def ids(self) -> set[str]:
        return {a["id"] for _, a in self.tags if a.get("id")}

    def having(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        """Return the attributes of ``tag`` elements whose classes hold what is wanted."""
        names = set(wanted.get("cls", "").split())
        found = [a for t, a in self.tags if t == tag]
        return [a for a in found if names <= set((a.get("class") or "").split())]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_report(sample()))


def bare(data: ReportData) -> ReportData:
    """Return ``data`` without anything that may be missing."""
    return ReportData(
        run={},
        clips=data.clips,
        labels=pd.DataFrame({"clip": []}),
        skipped=pd.DataFrame(),
        predictions=pd.DataFrame(),
        scores={},
        folds=pd.DataFrame(),
    )


# whole -------------------------------------------------------------------------------------------


def test_every_section_is_there_in_reading_order(page):
    order = [a["id"] for _, a in page.tags if a.get("id")]
    assert order == list(SECTIONS)


def test_answer_in_one_sentence_agrees_with_scores():
    data = sample()
    accuracy = data.scores["accuracy"]
    text = Page(render_report(data)).text
    value, low, high = (f"{100 * accuracy[k]:.0f}" for k in ("value", "low", "high"))
    assert (
        "On 84 drawn clips of 12 subjects, STTM (oriented) with linear SVM recognised "
        f"{value} % (95 % interval {low}–{high}) of clips of people it had never seen; "
        "chance is 14 %."
    ) in text.replace("\u202f", " ")


def test_headings_never_skip_a_level(page):
    levels = [int(t[1]) for t, _ in page.tags if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_pictures_and_drawings_have_words(page):
    assert all(a.get("alt") for a in page.having("img"))
    assert all(
        a.get("aria-label") or a.get("aria-hidden") for a in page.having("svg") if "x" not in a
    )
    assert len(page.having("caption")) == len(page.having("table"))


def test_scores_command_config_versions_and_steps_are_printed():
    data = sample()
    text = Page(render_report(data)).text.replace("\u202f", " ")
    for key in ("accuracy", "uar", "uf1"):
        assert f"{100 * data.scores[key]['value']:.1f} %" in text
    for step in data.run["steps"]:
        assert step["name"] in text and step["detail"] in text
    for package, version in data.run["versions"].items():
        assert package in text and version in text
    assert data.run["command"] in text
    assert "kind: drawn" in text
    assert "S03_fear_9, S07_anger_9" in text and "the clip has 1 frame" in text


# self-contained ----------------------------------------------------------------------------------


def loads(page: Page) -> list[str]:
    return [
        v
        for _, a in page.tags
        for k, v in a.items()
        if k in ("src", "href", "srcset", "data") and v
    ]


def test_nothing_is_loaded_and_nothing_runs():
    data = sample(data={"kind": "CASME II", "synthetic": False})
    html = render_report(data)
    page = Page(html)
    assert page.having("img")
    assert all(v.startswith("data:image/png;base64,") for v in loads(page))
    assert not {t for t, _ in page.tags} & {"script", "link", "iframe", "object", "embed", "base"}
    assert not [k for _, a in page.tags for k in a if k.startswith("on")]
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style and "@import" not in style
    assert "://" not in html


def test_pictures_are_readable_png(page):
    for a in page.having("img"):
        raw = base64.b64decode(a["src"].split(",", 1)[1])
        image = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image.shape[:2] == (int(a["height"]), int(a["width"]))


@pytest.mark.parametrize("examples", [6, 60])
def test_file_stays_small_even_with_noise_for_pictures(examples):
    rng = np.random.default_rng(1)
    data = sample(15, 10)
    frames = rng.integers(0, 256, (20, 128, 128), dtype=np.uint8)
    response = rng.random((20, 128, 128)).astype(np.float32)
    data.mean_face = frames[0]
    data.examples = [
        Example(f"c{i}", "fear", "fear" if i % 2 else "anger", 0.5, frames, response)
        for i in range(examples)
    ]
    html = render_report(data)
    assert len(html) < 3.5 * MEGABYTE
    assert len(Page(html).having("figure", cls="film")) == examples


def test_usual_file_is_well_below_three_megabytes():
    assert len(render_report(sample()).encode()) < 1.5 * MEGABYTE


# truthful ----------------------------------------------------------------------------------------


def test_banners_only_where_they_apply():
    real = {"kind": "folder", "synthetic": False}
    loose = {"name": "10-fold over clips", "subject_independent": False}
    cases = [(sample(), True, False), (sample(data=real), False, False)]
    cases += [
        (sample(protocol=loose), True, True),
        (sample(data=real, protocol=loose), False, True),
    ]
    for data, drawn, dependent in cases:
        html = render_report(data)
        page = Page(html)
        assert bool(page.having("p", cls="banner drawn")) is drawn
        assert bool(page.having("p", cls="banner dependent")) is dependent
        assert ("drawn clips" in page.text) is drawn
        assert ("people it had never seen" in page.text) is not dependent


@pytest.mark.parametrize("protocol", [{}, {"subject_independent": None}, {"name": "official"}])
def test_what_is_not_shown_is_said_in_amber_and_not_claimed(protocol):
    page = Page(render_report(sample(protocol=protocol)))
    assert page.text.count("Not shown to be subject-independent.") == 3  # head, scores, foot
    assert page.having("p", cls="banner unshown") and not page.having("p", cls="dependent")
    assert "people it had never seen" not in page.text


def test_what_is_not_independent_is_said_in_red_at_the_head_the_scores_and_the_foot():
    html = render_report(sample(protocol={"subject_independent": False}))
    page = Page(html)
    assert len(page.having("p", cls="dependent")) == 3
    assert not page.having("p", cls="unshown")
    words = "Not subject-independent: the same people may be trained on and tested."
    assert page.text.count(words) == 2
    assert words in html[html.index("@bottom-left") : html.index("</style>")]  # on every sheet
    assert "subject-independent" not in Page(render_report(sample())).text


def test_what_the_leak_finder_says_counts_as_a_leak():
    clips = pd.DataFrame(
        {"clip": list("abcd"), "subject": ["S1", "s01", "S2", "S3"], "source": list("wxyy")}
    ).assign(first=pd.NA, last=pd.NA)
    folds = [Fold("f", np.array([0, 2]), np.array([1, 3]))]
    equal = np.array([[0.0], [0.0], [1.0], [2.0]])
    said = leaks_in(clips, ["joy", "joy", "joy", "fear"], folds, equal)
    leaks, notes = sections.notes({"warnings": said})
    assert len(leaks) == 3 and len(notes) == 1  # two names, a recording, equal measures; labels
    nature = (
        "sample-kfold is not subject-independent: the same person may be trained on and tested."
    )
    assert sections.notes({"warnings": [nature]}) == ([], [nature])


def test_leaks_come_first_and_other_notes_after():
    leak = "clips a and b are the same file, on both sides of a fold."
    page = Page(render_report(sample(warnings=["class 'fear' has one subject.", leak])))
    assert len(page.having("div", cls="banner dependent")) == 1
    assert page.text.index("Leaks were found.") < page.text.index(leak)
    assert page.text.index(leak) < page.text.index("class 'fear' has one subject.")
    assert page.text.count(leak) == 1
    assert "Leaks were found" not in Page(render_report(sample(warnings=["one subject"]))).text


@pytest.mark.parametrize("kind", ["drawn", "folder", "csv", "", "kdef"])
def test_no_published_figure_where_none_fits(kind):
    page = Page(render_report(sample(data={"kind": kind, "synthetic": kind == "drawn"})))
    assert "98.56" not in page.text and "No published figure is shown" in page.text


def test_published_figures_come_with_protocols_and_the_run_itself():
    loso = {"name": "loso", "subject_independent": True}
    data = sample(5, data={"kind": "casme2", "synthetic": False}, protocol=loso)
    page = Page(render_report(data))
    for words in ("98.56 %", "63.41 %", "leave one subject out", "not stated", "Protocols differ"):
        assert words in page.text
    assert len(page.having("tr", cls="own")) == 1
    assert "52.11" not in page.text  # SMIC's figure
    assert len(page.having("tr", cls="alike")) == 1 == page.text.count("✓ as here")
    data.run["protocol"] = {"name": "sample-kfold", "subject_independent": False}
    page = Page(render_report(data))
    assert not page.having("tr", cls="alike") and "None of them is known" in page.text


# several sets, large sets ------------------------------------------------------------------------


def test_every_data_set_of_several_has_a_row_and_one_alone_has_none(page):
    large = Page(render_report(stress()))
    assert "Data set by data set" in large.text and "Data set by data set" not in page.text
    order = [large.text.index(w) for w in ("casme2312", "samm312", "smic320", "all together944")]
    assert order == sorted(order)


def test_the_largest_run_stays_small_and_its_long_tables_are_folded():
    data = stress()
    html = render_report(data)
    page = Page(html)
    assert len(html.encode()) < 2.5 * MEGABYTE
    assert {"Clips of each subject and class", "All 118 folds", "All subjects"} <= summaries(html)
    assert "<b>S01" not in html and "<b>S01" in page.text
    assert page.text.count("cannot be decoded") == 1  # of 2,000
    assert "4 026 clips and files" in page.text and "16 other reasons" in page.text
    for words in ("A made-up set", "For research only", "never recorded, 2026", "593", "123"):
        assert words in page.text
    for heading in ("train", "validation", "test", "in this run", "published"):
        assert f'<th scope="col" class="n">{heading}</th>' in html


def test_stills_without_subjects_make_a_small_page():
    clips = 36_000
    random = np.random.default_rng(0)
    labels = random.choice(["anger", "fear", "happiness"], clips)
    names = [f"{i:05d}" for i in range(clips)]
    p = np.full((clips, 3), 1 / 3)
    table = pd.DataFrame({"clip": names, "fold": "official", "label": labels})
    table["predicted"] = random.choice(["anger", "fear", "happiness"], clips)
    table[["p:anger", "p:fear", "p:happiness"]] = p
    data = bare(sample(2, 2))
    data.run = {"protocol": {"name": "official-split", "subject_independent": None}}
    data.clips = pd.DataFrame({"clip": names, "subject": "", "part": "train"})
    data.clips.loc[28_000:, "part"] = "test"
    data.labels = pd.DataFrame({"clip": names, "label": labels})
    tested = table.iloc[28_000:].reset_index(drop=True)
    data.predictions, data.scores = tested, score_predictions(tested).as_json()
    data.described = Description("Stills", stills=True)
    html = render_report(data)
    assert len(html) < 100_000
    text = Page(html).text.replace("\u202f", " ").replace("\xa0", " ")
    assert "8 000 of 36 000" in text and "36 000 labelled clips, 3 classes." in text
    assert "all28 0008 00036 000" in text
    assert "name no subjects" in text and "of pictures that it was not trained on" in text


def summaries(html: str) -> set[str]:
    return set(re.findall(r"<summary>(.*?)</summary>", html))


def test_every_table_has_headings_of_columns_and_rows(page):
    for html in (render_report(stress()), render_report(sample())):
        tables = re.findall(r"<table.*?</table>", html, re.DOTALL)
        assert len(tables) >= 6
        for table in tables:
            head, body = table.split("</thead>")
            assert 'scope="col"' in head
            wanted = [w for w in ("fold", "reason") if w in head]
            assert wanted or 'scope="row"' in body or "strongest" in head, table[:200]


# missing parts -----------------------------------------------------------------------------------


def test_a_run_with_nothing_still_makes_a_page():
    page = Page(render_report(bare(sample())))
    for words in (
        "This run has no scores.", "There is no confusion matrix", "name no subjects",
        "has no weights", "No example clips", "No clip was skipped.", "No clip has a label.",
        "No folds are recorded.", "No timings are recorded.",
    ):  # fmt: skip
        assert words in page.text
    assert "calibration" not in page.ids
    assert "None" not in page.text and "nan" not in page.text.lower().split()


@pytest.mark.parametrize("field", [f.name for f in dataclasses.fields(ReportData)])
def test_each_part_may_be_missing_alone(field):
    data = sample()
    empty = getattr(bare(data), field)
    page = Page(render_report(dataclasses.replace(data, **{field: empty})))
    assert set(SECTIONS) - page.ids <= {"calibration", "published"}


def test_weights_without_a_mean_face_and_a_face_without_weights():
    data = sample()
    assert (
        "No mean face is at hand"
        in Page(render_report(dataclasses.replace(data, mean_face=None))).text
    )
    page = Page(render_report(dataclasses.replace(data, weights=None)))
    assert "has no weights" in page.text and not page.having("figure", cls="panel")


def test_how_blocks_were_weighed_is_said():
    data = sample(3, 3)
    assert "weigh in the decision" in Page(render_report(data)).text
    data.weights.attrs["how"] = "occlusion"
    text = Page(render_report(data)).text
    assert "each block was covered" in text and "weigh in the decision" not in text


def test_why_no_block_is_drawn_is_said():
    data = sample(3, 3)
    why = pd.DataFrame()
    why.attrs["why"] = "It would take too long with 9 clips."
    page = Page(render_report(dataclasses.replace(data, weights=why)))
    assert "It would take too long with 9 clips." in page.text
    data.weights[["anger", "contempt", "disgust"]] = 0.0
    page = Page(render_report(data))
    assert "No block of the face moves" in page.text and not page.having("figure", cls="panel")


def test_examples_without_maps_say_nothing_of_maps():
    data = sample()
    data.examples = [dataclasses.replace(e, map=None) for e in data.examples]
    assert "texture map where it is above zero" not in Page(render_report(data)).text


# sizes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("classes", "subjects"), [(1, 3), (2, 1), (7, 12), (15, 2), (4, 200)])
def test_any_number_of_classes_and_subjects(classes, subjects):
    data = sample(classes, subjects)
    page = Page(render_report(data))
    assert len(page.having("figure", cls="panel")) == classes
    titles = re.findall(r"\d+ of [\d\u202f]+\u00a0clips? of|S\d+: \d+ of", page.text)
    assert len(titles) >= subjects
    intervals = "no intervals: the clips come from one subject" in page.text
    assert intervals is (subjects == 1)


def test_long_tables_are_folded_and_short_ones_open():
    assert "All 200 folds" in Page(render_report(sample(3, 200))).text
    assert "All 12 folds" not in Page(render_report(sample(3, 12))).text


def test_data_table_counts_every_labelled_clip():
    data = sample(5, 8, per_class=3)
    data.labels.loc[0, "label"] = None
    page = Page(render_report(data))
    assert "119 labelled clips, 5 classes, 8 subjects" in page.text.replace("\u00a0", " ")


# user text ---------------------------------------------------------------------------------------

NASTY = '<script>alert("1")</script> & <img src=x onerror=y> \'"{{ 7*7 }} ü 笑 \u202e'


def nasty() -> ReportData:
    data = sample(3, 2)
    swap = {"anger": NASTY}
    data.run = dict(data.run, title=NASTY, command=NASTY, config_text=NASTY, warnings=[NASTY],
                    platform=NASTY, versions={NASTY: NASTY}, descriptor=NASTY, classifier=NASTY,
                    steps=[{"name": NASTY, "seconds": 1.0, "detail": {NASTY: NASTY}}],
                    data={"kind": NASTY, "about": NASTY, "source": NASTY},
                    protocol={"name": NASTY, "sentence": NASTY})  # fmt: skip
    data.clips["subject"] = data.clips["subject"].replace({"S01": NASTY})
    data.labels["label"] = data.labels["label"].replace(swap)
    data.skipped = pd.DataFrame({"clip": [NASTY], "reason": [NASTY]})
    data.described = Description(NASTY, NASTY, NASTY, published={NASTY: 3})
    data.clips["part"] = NASTY
    data.scores["per_dataset"] = [
        {"name": NASTY, "clips": 1, "subjects": 0}
        | {k: {"value": 0.5, "low": None, "high": None} for k in ("accuracy", "uar", "uf1")}
    ]
    data.scores["classes"][0] = NASTY
    data.scores["per_class"][0]["name"] = NASTY
    data.scores["per_subject"][0]["name"] = NASTY
    data.folds = data.folds.rename(columns={"held_out": NASTY}).assign(chosen=NASTY)
    data.weights = data.weights.rename(columns=swap).assign(block=NASTY)
    data.examples[0] = dataclasses.replace(data.examples[0], clip=NASTY, label=NASTY)
    return data


def test_all_user_text_is_escaped():
    html = render_report(nasty())
    page = Page(html)
    assert "<script" not in html and "<img src=x" not in html
    assert page.text.count(" ".join(NASTY.split())) >= 20
    assert not [k for _, a in page.tags for k in a if k.startswith("on")]


def test_nasty_classes_and_subjects_do_not_reach_the_style_sheet():
    html = render_report(nasty())
    style = html[html.index("<style>") : html.index("</style>")]
    assert "alert" not in style


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40))
def test_any_text_survives_as_text(text):
    data = bare(sample(2, 2))
    data.run = {"title": text, "command": f"[{text}]"}
    data.clips = pd.DataFrame({"clip": ["a"], "subject": [text]})
    data.skipped = pd.DataFrame({"clip": [text], "reason": [text]})
    page = Page(render_report(data))
    wanted = " ".join(f"[{text}]".replace("\x00", "\ufffd").split())
    assert wanted in page.text.replace("\x00", "\ufffd")


# writing -----------------------------------------------------------------------------------------


def test_written_file_is_the_page_and_leaves_nothing_else(tmp_path):
    data = sample(3, 3)
    path = tmp_path / "new" / "Bericht 笑.html"
    assert write_report(data, path) == path
    assert path.read_text("utf-8") == render_report(data)
    assert write_report(data, path) == path
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_text_that_is_no_unicode_is_written_all_the_same(tmp_path):
    data = sample(2, 2, title="file-\udcff")
    assert "file-?" in write_report(data, tmp_path / "r.html").read_text("utf-8")


def test_failed_write_keeps_the_old_report(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="disk is full"):
        write_report(sample(2, 2), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


# refused -----------------------------------------------------------------------------------------


FRAMES = np.zeros((2, 4, 4), np.uint8)
REFUSED = [
    ({"clips": pd.DataFrame({"name": []})}, "needs a column 'clip'"),
    ({"skipped": pd.DataFrame({"clip": ["a"]})}, "lacks reason"),
    ({"weights": pd.DataFrame({"block": ["b"], "fear": [1.0]})}, "lacks t_from"),
    ({"mean_face": np.zeros((3, 4, 3), np.uint8)}, "mean face must be"),
    ({"examples": [Example("c", "a", "a", 1.0, FRAMES[0])]}, "must be (k, y, x)"),
    ({"examples": [Example("c", "a", "a", 1.0, FRAMES, FRAMES[:1])]}, "one image per frame"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_what_cannot_be_shown_truthfully_is_refused(change, words):
    with pytest.raises(InputError, match=re.escape(words)):
        render_report(dataclasses.replace(sample(2, 2), **change))


@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_weights_below_zero_or_not_finite_are_refused(value):
    data = sample(2, 2)
    data.weights.loc[3, "anger"] = value
    with pytest.raises(InputError, match="at least 0"):
        render_report(data)


def test_odd_frames_are_shown():
    data = sample(2, 2)
    face = drawn_face(0.5)
    data.examples = [
        Example("one", "a", "a", 0.9, face[None], np.zeros((1, 128, 128), np.float32)),
        Example("tall", "a", "b", 0.9, face[None, :, :20]),
        Example("tiny", "a", "b", float("nan"), face[None, :1, :1], np.full((1, 2, 3), np.nan)),
    ]
    assert len(Page(render_report(data)).having("figure", cls="film")) == 3
