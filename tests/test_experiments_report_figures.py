"""Figures, pictures, colours and words of the report, by their properties."""

from __future__ import annotations

import doctest
import importlib
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import EMOTIONS, drawn_face, sample

from experiments.datasets import READERS
from experiments.folding.protocols import PROTOCOLS
from experiments.keeping.described import Description
from experiments.report import (
    Example,
    counts,
    figures,
    palette,
    pictures,
    render_report,
    sections,
    words,
)
from experiments.report.published import ALIASES, PUBLISHED, kind_of, published_for, same_protocol
from experiments.report.scored import read_scores

fractions = st.floats(0, 1)
STILL_TO_COME = {
    "ck+",
    "ck+48",
    "casme2",
    "smic",
    "samm",
    "mmi",
    "oulu-casia",
    "afew",
    "megc2019",
    "fer2013",
    "raf-db",
}


@pytest.mark.parametrize("name", ["words", "figures", "published", "sections"])
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(f"experiments.report.{name}")
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0


# confusion ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 3, 7, 12, 15])
def test_every_count_and_share_of_the_confusion_matrix_is_on_the_page(k):
    data = sample(k, 3)
    counts = np.arange(k * k).reshape(k, k) + 1000  # all cells differ
    data.scores["confusion"] = counts.tolist()
    html = render_report(data)
    table = html[html.index('<section id="confusion">') : html.index('<section id="classes">')]
    cells = re.findall(r'<td class="q(\d+)( diagonal)?( zero)?" title="[^"]*"><b>(\d+)</b>', table)
    assert [int(c[3]) for c in cells] == counts.ravel().tolist()
    assert [i for i, c in enumerate(cells) if c[1]] == [i * (k + 1) for i in range(k)]
    assert [int(t) for t in re.findall(r'<td class="total">(\d+)', table)] == counts.sum(1).tolist()
    assert table.count('<th scope="col" title') == table.count('<th scope="row" title') == k


@given(st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4))
def test_shade_follows_the_share_of_the_row(counts):
    for row in figures.confusion_rows("abcd", counts):
        order = sorted(row.cells, key=lambda c: c.count)
        levels = [c.level for c in order]
        assert levels == sorted(levels)
        assert row.total == sum(c.count for c in row.cells)
        assert all((c.level == 0) == (c.count == 0) for c in row.cells)
        assert all(bool(c.text) == (c.count > 0) for c in row.cells)


def test_the_most_confused_pair_is_named_in_its_order():
    counts = [[5, 0, 2], [7, 1, 0], [0, 0, 9]]
    assert figures.most_confused("abc", counts) == ("b", "a", 7)
    assert figures.most_confused("abc", np.diag([1, 2, 3])) is None
    assert figures.most_confused([], np.zeros((0, 0))) is None


# subjects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 12, 24, 25, 200])
def test_the_strip_has_one_mark_per_subject_from_best_to_worst(n):
    data = sample(3, n)
    subjects = read_scores(data.scores).per_subject
    strip = figures.subject_strip(subjects, 1 / 3)
    assert len(strip.marks) == n
    assert [m.y for m in strip.marks] == sorted(m.y for m in strip.marks)
    assert all(a.x < b.x for a, b in zip(strip.marks, strip.marks[1:], strict=False))
    assert all(0 < m.x < 100 and 0 <= m.y <= strip.height for m in strip.marks)
    said = {m.title.split(":")[0] for m in strip.marks}
    assert said == {s["subject"] for s in subjects}
    html = render_report(data)
    drawn = html[html.index('<svg class="strip"') : html.index("<figcaption>Accuracy of each")]
    assert drawn.count("<circle") == n


@given(fractions, fractions)
def test_names_of_the_two_lines_never_collide(mean, chance):
    subject = {"subject": "a", "clips": 4, "correct": 0, "accuracy": mean}
    lines = figures.subject_strip([subject], chance).lines
    assert {line.kind for line in lines} == {"mean", "chance"}
    if abs(lines[0].y - lines[1].y) > 0.01:
        assert abs(lines[0].text_y - lines[1].text_y) >= 13


def test_names_under_the_strip_are_cut_but_whole_in_the_title():
    name = "participant-of-the-second-session"
    strip = figures.subject_strip(
        [{"subject": name, "clips": 2, "correct": 1, "accuracy": 0.5}], None
    )
    assert strip.marks[0].name == "particip…" and name in strip.marks[0].title


# scores and calibration --------------------------------------------------------------------------


@given(st.tuples(fractions, fractions, fractions, fractions))
def test_positions_on_a_track_keep_the_order_of_the_values(values):
    t = figures.track(*values)
    positions = [t.value, t.low, t.high, t.chance]
    for a, p in zip(values, positions, strict=True):
        assert 2 <= p <= 98
        assert all(p <= q for b, q in zip(values, positions, strict=True) if a <= b)


def test_reliability_shows_every_bin_that_holds_clips():
    bins = [
        {"confidence": 0.9, "accuracy": 1.0, "clips": 4},
        {"confidence": 0.3, "accuracy": 0.25, "clips": 16},
        {"confidence": 0.5, "accuracy": 0.0, "clips": 0},
    ]
    curve = figures.reliability(bins)
    side = figures.RELIABILITY_SIDE
    assert [(p[0], p[1]) for p in curve.points] == [(0.3 * side, 0.75 * side), (0.9 * side, 0.0)]
    assert curve.points[0][2] > curve.points[1][2]
    assert curve.path.startswith("M66.0 165.0 L198.0 ")


@pytest.mark.parametrize(
    ("said", "held", "verdict"),
    [(0.9, 0.5, "too sure"), (0.4, 0.9, "too modest"), (0.6, 0.61, "about right")],
)
def test_calibration_is_judged_in_words(said, held, verdict):
    scored = read_scores({"reliability": [{"confidence": said, "accuracy": held, "clips": 3}]})
    assert verdict in sections.calibration_sentence(scored)


# pictures ----------------------------------------------------------------------------------------


def blocks(values: np.ndarray, label: str = "fear") -> pd.DataFrame:
    """Return a weights table of a grid (t, y, x) without overlap."""
    rows = []
    for (t, y, x), v in np.ndenumerate(values):
        edges = [(i / n, (i + 1) / n) for i, n in zip((t, y, x), values.shape, strict=True)]
        rows.append([f"t{t}.y{y}.x{x}", *(e for pair in edges for e in pair), v])
    names = ["block", "t_from", "t_to", "y_from", "y_to", "x_from", "x_to", label]
    return pd.DataFrame(rows, columns=names)


def test_a_block_weight_lands_on_its_place_and_nowhere_else():
    values = np.zeros((2, 4, 4))
    values[1, 2, 3] = 5.0
    table = blocks(values)
    early = pictures.raster(table, "fear", (0.0, 0.5), (8, 8))
    late = pictures.raster(table, "fear", (0.5, 1.0), (8, 8))
    assert not early.any()
    assert np.argwhere(late == 5.0).tolist() == [[4, 6], [4, 7], [5, 6], [5, 7]]
    assert late.sum() == 20.0


def test_overlapping_blocks_show_their_mean():
    table = blocks(np.array([[[2.0]]]))
    table = pd.concat([table, table.assign(fear=4.0, x_to=0.5)])
    shown = pictures.raster(table, "fear", (0.0, 1.0), (2, 4))
    assert shown.tolist() == [[3, 3, 2, 2]] * 2


def test_panels_are_one_per_class_and_slice_and_say_where_the_strongest_block_is():
    values = np.zeros((2, 4, 4))
    values[0, 0, 3] = 1.0
    (panel,) = pictures.weight_panels(blocks(values), drawn_face(0.2))
    assert [name for name, _ in panel.slices] == ["first half", "second half"]
    first, second = (image.alt.replace("\u202f", " ") for _, image in panel.slices)
    assert "strongest around 87 % from the left and 12 % from the top" in first
    assert "no weight" in second
    said = pictures.strongest(blocks(values), "fear", 1).replace("\u202f", " ")
    assert said == "88 % across, 12 % down (first half)"


def test_more_weight_is_darker_and_no_weight_is_the_face():
    face = np.full((1, 5), 160, np.uint8)
    wash = pictures.tinted(face, np.linspace(0, 1, 5)[None])
    luminance = (wash @ np.array([0.2126, 0.7152, 0.0722])).ravel()
    assert (np.diff(luminance) < -10).all()
    assert len(set(wash[0, 0].tolist())) == 1
    plain = pictures.tinted(drawn_face(0.5), np.zeros((128, 128)))[..., 0].astype(int)
    assert np.corrcoef(plain.ravel(), drawn_face(0.5).ravel())[0, 1] > 0.98


@pytest.mark.parametrize(
    ("spans", "named"),
    [
        ([(0.0, 1.0)], ["whole clip"]),
        ([(0.0, 0.5), (0.5, 1.0)], ["first half", "second half"]),
        (
            [(0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0)],
            ["0–25 %", "25–50 %", "50–75 %", "75–100 %"],
        ),
    ],
)
def test_slices_of_time_have_names(spans, named):
    assert [pictures.slice_name(s, spans).replace("\u202f", " ") for s in spans] == named


def test_a_film_strip_holds_first_and_last_frame_and_its_map_below():
    frames = np.stack([np.full((64, 64), 10 * i, np.uint8) for i in range(20)])
    strip = pictures.film_strip(Example("c", "a", "a", 1.0, frames, np.ones((20, 64, 64))))
    assert len(strip) == pictures.MOST_FRAMES
    assert all(p.height == 2 * p.width for p in strip)
    plain = pictures.film_strip(Example("c", "a", "a", 1.0, frames))
    assert all(p.height == p.width for p in plain)
    assert "Frame 1 of 8 of c" in strip[0].alt


@given(st.integers(1, 60), st.integers(1, 30))
def test_more_examples_never_make_bigger_strips(examples, frames):
    example = Example("c", "a", "a", 1.0, np.zeros((frames, 12, 12), np.uint8))
    strip = pictures.film_strip(example, examples)
    assert 1 <= len(strip) <= min(frames, pictures.MOST_FRAMES)
    budget = max(3 * examples, pictures.FRAME_BUDGET)
    assert len(strip) * examples <= budget
    assert all(pictures.SMALLEST_SIDE <= p.width <= pictures.FRAME_SIDE for p in strip)


def test_scaling_of_a_map_is_free_of_units_and_of_single_spikes():
    values = np.random.default_rng(0).random((3, 40, 40)).astype(np.float32)
    spiked = values.copy()
    spiked[0, 0, 0] = 1e6
    once, scaled = pictures.unit_scaled(values), pictures.unit_scaled(1e-9 * values)
    np.testing.assert_allclose(once, scaled, rtol=1e-4)
    assert abs(pictures.unit_scaled(spiked)[1] - once[1]).max() < 0.01
    assert not pictures.unit_scaled(np.zeros((2, 3, 3))).any()
    assert np.isfinite(pictures.unit_scaled(np.array([np.nan, np.inf, 1.0]))).all()


# colours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", [palette.LIGHT_ENDS, palette.DARK_ENDS])
def test_the_ramp_has_even_steps_of_lightness_and_readable_text(ends):
    colours = palette.ramp(*ends)
    assert (colours[0], colours[-1]) == ends and len(set(colours)) == palette.LEVELS
    steps = np.diff([palette.oklab(c)[0] for c in colours])
    assert np.allclose(steps, steps.mean(), atol=0.004)
    assert all(palette.contrast(c, palette.readable_on(c)) >= 4.5 for c in colours)


def test_oklab_of_white_black_and_red():
    # B. Ottosson 2020: white is (1, 0, 0); red of sRGB is (0.628, 0.225, 0.126)
    np.testing.assert_allclose(palette.oklab("#ffffff"), [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(palette.oklab("#000000"), [0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(palette.oklab("#ff0000"), [0.628, 0.225, 0.126], atol=1e-3)
    assert palette.hex_colour(palette.oklab("#1d5a9c")) == "#1d5a9c"


def test_inks_of_both_themes_are_readable():
    html = render_report(sample(2, 2))
    themes = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in html.split("@media screen")[:2]
    ]
    for colours in themes:
        for ink in ("ink", "quiet", "blue", "orange", "red"):
            assert palette.contrast(colours[ink], colours["paper"]) >= 4.5, ink
        assert palette.contrast(colours["quiet"], colours["panel"]) >= 4.5
        for banner in ("red", "amber"):
            assert palette.contrast(colours[banner], colours[f"{banner}-ground"]) >= 4.5


@given(fractions)
def test_only_nothing_has_the_colour_of_nothing(share):
    assert (palette.level(share) == 0) == (share == 0)
    assert 0 <= palette.level(share) < palette.LEVELS


# published ---------------------------------------------------------------------------------------


def test_every_published_figure_is_reached_by_some_name():
    reached = {p for name in ALIASES for p in published_for(name)}
    assert reached == set(PUBLISHED)
    assert {p.fits <= set(ALIASES.values()) for p in PUBLISHED} == {True}


def test_names_are_the_kinds_of_configs():
    assert set(ALIASES.values()) <= set(READERS)
    assert {kind_of(k) for k in ALIASES.values()} == set(ALIASES.values())
    assert {kind_of(k) for k in ("folder", "csv", "drawn", "composite", "")} == {""}


def test_the_same_protocol_is_claimed_only_where_a_paper_states_one():
    assert {p.protocol for p in PUBLISHED if p.alike} == {"leave one subject out", "official split"}
    assert {a for p in PUBLISHED for a in p.alike} <= set(PROTOCOLS)
    baseline = next(p for p in PUBLISHED if "63.41" in p.value)
    assert same_protocol(baseline, "loso", 5)
    assert not same_protocol(baseline, "loso", 4)  # another task
    assert not same_protocol(baseline, "sample-kfold", 5)
    unknown = [p for p in PUBLISHED if p.alike and not p.classes]
    assert unknown and not any(same_protocol(p, "loso", n) for p in unknown for n in range(1, 9))
    sttm = next(p for p in PUBLISHED if "98.56" in p.value)
    assert not any(same_protocol(sttm, protocol, 5) for protocol in PROTOCOLS)


@pytest.mark.parametrize("name", ["CASME II", "casme2", "casme_ii", "CASME-II", "Casme2"])
def test_spelling_of_a_data_set_does_not_matter(name):
    assert published_for(name) == published_for("CASME II") != []


# sections ----------------------------------------------------------------------------------------


def test_the_answer_names_the_method_shortly():
    run = {"descriptor": "sttm (oriented) + lbp-top", "classifier": "svm (kernel linear, C 1)"}
    data = sample(3, 2, **run)
    said = sections.answer(data, read_scores(data.scores))["before"]
    assert said.endswith("STTM (oriented) + LBP-TOP with SVM recognised ")


def test_chosen_settings_are_counted():
    folds = pd.DataFrame({"fold": range(5), "chosen": [{"C": 1.0}] * 3 + [{"C": 10.0}] * 2})
    said = sections.chosen_summary(folds).replace("\u00a0", " ")
    assert said == "Of 5 folds, the inner search chose C = 1 in 3 and C = 10 in 2."
    assert sections.chosen_summary(folds.assign(chosen=[{}] * 5)) == ""
    assert sections.chosen_summary(folds.drop(columns="chosen")) == ""


def test_data_table_keeps_the_order_of_the_confusion_matrix_and_sorts_subjects_as_people_do():
    data = sample(4, 11, per_class=2)
    data.clips["subject"] = data.clips["subject"].str.replace("S0", "S")
    found = counts.data_counts(data, order=EMOTIONS[3::-1])
    assert tuple(found.classes) == EMOTIONS[3::-1]
    assert [r.label for r in found.rows] == [f"S{i}" for i in range(1, 12)]
    assert found.total.total == sum(r.total for r in found.rows) == 88
    assert (found.subjects, found.left) == (11, 0)


def test_more_subjects_than_a_page_can_hold_are_counted_but_not_listed(monkeypatch):
    monkeypatch.setattr(counts, "MOST_SUBJECTS", 5)
    found = counts.data_counts(sample(2, 12))
    assert (len(found.rows), found.left, found.total.total) == (5, 7, 24)
    assert "7 subjects more" in render_report(sample(2, 12)).replace("\xa0", " ")


def test_clips_without_subjects_are_one_sum():
    data = sample(3, 4)
    data.clips["subject"] = ""
    found = counts.data_counts(data)
    assert (found.rows, found.subjects, found.total.total) == ([], 0, 12)
    assert found.sentence.replace("\xa0", " ") == "12 labelled clips, 3 classes."


def test_classes_stand_beside_published_counts_and_parts():
    data = sample(2, 6)
    assert counts.class_table(data) == ([], [])
    data.described = Description(published={"clips": 40, "subjects": 9, "anger": 21, "fear": 3})
    columns, rows = counts.class_table(data, ["contempt", "anger"])
    assert columns == ["in this run", "published"]
    assert dict(rows) == {
        "contempt": ["6", "–"], "anger": ["6", "21"], "fear": ["0", "3"], "all": ["12", "40"],
        "subjects": ["6", "9"],
    }  # fmt: skip
    data.clips["part"] = ["train"] * 8 + ["test"] * 4
    data.described = Description()
    columns, rows = counts.class_table(data, ["contempt", "anger"])
    assert columns == ["train", "test", "in this run"]
    assert dict(rows) == {
        "contempt": ["4", "2", "6"], "anger": ["4", "2", "6"], "all": ["8", "4", "12"],
        "subjects": ["4", "2", "6"],
    }  # fmt: skip


def test_skipped_clips_are_grouped_by_reason():
    data = sample(2, 2)
    rows, left = counts.skipped_rows(data)
    assert [(r["reason"], r["clips"], r["alike"]) for r in rows] == [
        ("no face was found", 2, False),
        ("the clip has 1 frame", 1, False),
    ]
    assert left == 0


def test_reasons_that_differ_in_names_and_numbers_only_are_one():
    data = sample(2, 2)
    pixels = ["its pixels run from -1 to 227", "its pixels run from 16 to 256.5"]
    data.skipped = pd.DataFrame({"clip": ["a", "b"], "reason": pixels})
    assert [r["clips"] for r in counts.skipped_rows(data)[0]] == [2]
    reasons = [f"frame {i} of '/a/b{i}.avi' cannot be decoded (clip{i})" for i in range(50)]
    reasons += ["no face was found"] * 3 + [f"because of {c * 3}" for c in "abcdefghijklmno"]
    data.skipped = pd.DataFrame({"clip": [f"clip{i}" for i in range(68)], "reason": reasons})
    rows, left = counts.skipped_rows(data)
    assert [(r["clips"], r["alike"]) for r in rows[:3]] == [(50, True), (3, False), (1, False)]
    assert len(rows) == 12 and left == 5


def test_intervals_are_explained():
    few, many, one = (sections.interval_note(read_scores(sample(3, n).scores)) for n in (5, 30, 1))
    assert "too narrow" in few and "too narrow" not in many and "one subject" in one


@given(st.one_of(st.none(), st.floats(), st.integers(), st.booleans(), st.text()))
def test_any_value_has_words(value):
    assert isinstance(words.plain(value), str) and "nan" not in words.plain([float("nan"), 1.0])
    assert isinstance(words.moment(value), str)
    if not isinstance(value, str):
        for say in (words.number, words.percent, words.duration):
            assert isinstance(say(value), str)
