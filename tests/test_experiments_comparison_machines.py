"""What machines keep, side by side: sparsity, likelihood, calibration and time in one table."""

from __future__ import annotations

import html
import io
import json
import re

import pytest
from run_material import guesses, made_up, write_json, write_run

from experiments import compare_runs
from experiments.comparison.machines import MOST_TOGETHER, seconds, share
from experiments.comparison.page import render_comparison
from experiments.comparison.tables import run_table
from experiments.comparison.terminal import print_comparison
from experiments.keeping.runs import read_run

LABELS, SUBJECTS = made_up(1)
STATED = {
    "svm": {"fit_seconds": 0.05, "samples_used": 145.0, "samples": 154.0},
    "rvm": {"fit_seconds": 1.25, "samples_used": 12.25, "samples": 154.0, "evidence": -99.5},
    "rsfm": {
        "fit_seconds": 30.0,
        "samples_used": 9.0,
        "samples": 154.0,
        "features_used": 5.5,
        "features": 200.0,
        "evidence": -80.0,
    },
}


def runs_in(place, stated):
    """Write a run per name, with what it states of its classifiers."""
    out = []
    for number, (name, training) in enumerate(stated.items()):
        folder = write_run(place / name, LABELS, guesses(LABELS, 0.6, number), SUBJECTS)
        facts = json.loads((folder / "run.json").read_text("utf-8"))
        if training is not None:
            write_json(folder / "run.json", {**facts, "training": training})
        out.append(folder)
    return out


def words(comparison):
    stream = io.StringIO()
    print_comparison(comparison, stream)
    return stream.getvalue()


def page_text(comparison):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", render_comparison(comparison))).split())


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    return compare_runs(runs_in(tmp_path_factory.mktemp("runs"), STATED), replicates=20)


def test_the_terminal_has_one_table_of_all(compared):
    text = words(compared)
    line = next(row for row in text.splitlines() if re.search(r"^3\s+rsfm\b.*5\.5 of 200", row))
    run = compared.runs[2]
    figures = [f"{100 * run.total('accuracy').value:.1f}", "9 of 154", "5.5 of 200"]
    figures += [f"{run.scores[k]:.2f}" for k in ("log_loss", "calibration_error")] + ["30"]
    assert re.sub(r" {2,}", "|", line).split("|")[2:] == figures
    assert "depend on the machine" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 120


def test_the_page_has_the_table_and_all_curves_in_one_diagram(compared):
    page = render_comparison(compared)
    text = page_text(compared)
    for said in ("145 of 154", "12.2 of 154", "5.5 of 200", "0.050", "1.2", "30"):
        assert said in text
    diagram = page[page.index('id="machines"') : page.index('id="pairs"')]
    assert diagram.count('<svg class="reliability"') == 1
    for number, run in enumerate(compared.runs):
        group = re.search(rf'<g class="k{number}">(.*?)</g>', diagram, re.S).group(1)
        assert group.count("<circle") == len(run.scores["reliability"])
    assert diagram.count('<li class="k') == 3


def test_the_table_of_runs_has_the_numbers(compared):
    table = run_table(compared).set_index("run")
    assert table.loc["rvm", "samples_used"] == 12.25 and table.loc["rsfm", "features"] == 200
    assert table.loc["rsfm", "evidence"] == -80
    assert table.loc["svm", ["features_used", "evidence"]].isna().all()


def test_runs_of_an_older_version_are_still_compared(tmp_path):
    old = runs_in(tmp_path / "old", {"a": None, "b": None})
    found = compare_runs(old, replicates=20)
    assert "samples" not in words(found) and "samples used" not in page_text(found)
    assert run_table(found)["samples_used"].isna().all()
    mixed = compare_runs([old[0], *runs_in(tmp_path / "new", {"c": STATED["rsfm"]})], replicates=20)
    assert re.search(r"^1\s+a\s+[\d.]+\s+–\s+–\s", words(mixed), re.M)
    assert "5.5 of 200" in page_text(mixed)


@pytest.mark.parametrize("training", [[], "fast", {"samples_used": "many"}, {"fit_seconds": None}])
def test_what_is_no_number_is_not_stated(training, tmp_path):
    folder = runs_in(tmp_path, {"a": training})[0]
    assert read_run(folder).training == {}


def test_scores_without_a_diagram_have_no_curve(tmp_path):
    folders = runs_in(tmp_path, {"a": None, "b": None})
    scores = json.loads((folders[0] / "scores.json").read_text("utf-8"))
    for broken in (None, "none", [{"confidence": 0.5}]):
        write_json(folders[0] / "scores.json", {**scores, "reliability": broken})
        page = render_comparison(compare_runs(folders, replicates=20))
        assert page.count('<li class="k') == 1


def test_many_runs_have_a_diagram_each(tmp_path):
    names = [f"r{i}" for i in range(MOST_TOGETHER + 1)]
    found = compare_runs(runs_in(tmp_path, dict.fromkeys(names)), replicates=20)
    page = render_comparison(found)
    assert page.count('<svg class="reliability"') == MOST_TOGETHER + 1
    assert '<li class="k' not in page


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        ({}, "–"),
        ({"u": 3.0}, "3"),
        ({"u": 3.0, "of": 10.0}, "3 of 10"),
        ({"u": 2.55, "of": 10.0}, "2.5 of 10"),
        ({"u": 1234.4, "of": 2000.0}, "1\u202f234 of 2\u202f000"),
    ],
)
def test_shares_are_short(stated, text):
    assert share(stated, "u", "of") == text


def test_seconds_have_two_digits_that_count():
    assert [seconds(v) for v in (0.0, 0.0123, 9.99, 1e4)] == [
        "0.0000",
        "0.012",
        "10.0",
        "10\u202f000",
    ]
