"""Finished runs side by side: what may be compared, what is said, what is written."""

from __future__ import annotations

import html
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from run_material import CLASSES, guesses, made_up, write_json, write_run

from experiments import compare_runs
from experiments.cli import main
from experiments.comparison import compare_finished
from experiments.comparison.page import render_comparison
from experiments.comparison.tables import pair_table, rank_table, run_table, write_comparison
from experiments.comparison.terminal import print_comparison
from experiments.judging.predictions import read_predictions, write_predictions
from experiments.judging.scores import score_predictions
from experiments.keeping.runs import read_run
from sttm.errors import InputError

LABELS, SUBJECTS = made_up(1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Five runs on the same clips, of rising skill."""
    place = tmp_path_factory.mktemp("runs")
    return [
        write_run(place / f"skill{n}", LABELS, guesses(LABELS, n / 5, n), SUBJECTS)
        for n in range(5)
    ]


def run_on(place, folder, seed=1, skill=0.5, **more):
    labels, subjects = made_up(seed)
    return write_run(place / folder, labels, guesses(labels, skill, len(folder)), subjects, **more)


def said(comparison):
    stream = io.StringIO()
    print_comparison(comparison, stream)
    return " ".join(stream.getvalue().split())


def test_names_are_told_apart_by_as_much_of_the_folder_as_it_takes(tmp_path):
    runs = [run_on(tmp_path / d, f, name="same") for d, f in (("a", "x"), ("b", "x"), ("b", "y"))]
    assert compare_runs(runs, replicates=20).names == ["a/x", "b/x", "y"]


# pairs ------------------------------------------------------------------------------------------


def test_every_pair_is_tested_on_its_clips(runs):
    found = compare_runs(runs, replicates=50)
    assert [(p.first, p.second) for p in found.pairs] == [
        (i, j) for i in range(5) for j in range(i + 1, 5)
    ]
    table = pair_table(found)
    for row in table.itertuples():
        one, other = (read_run(runs[found.names.index(n)]) for n in (row.first, row.second))
        right = [(r.predictions["label"] == r.predictions["predicted"]) for r in (one, other)]
        assert row.only_first_right == int((right[0] & ~right[1]).sum())
        assert row.only_second_right == int((right[1] & ~right[0]).sum())
        assert row.accuracy_difference == pytest.approx(right[0].mean() - right[1].mean())
        assert row.accuracy_low <= row.accuracy_difference <= row.accuracy_high
        assert row.clips == len(LABELS) and row.left_out == 0 and row.subjects == 6
        assert row.mcnemar_p <= row.holm_p <= 1


def test_a_baseline_is_paired_with_every_other_and_need_not_be_named_twice(runs):
    inside = compare_runs(runs, runs[2], replicates=50)
    assert [(p.first, p.second) for p in inside.pairs] == [(i, 2) for i in (0, 1, 3, 4)]
    added = compare_runs(runs[:2], runs[2], replicates=50)
    assert added.names[0] == "skill2" and [(p.first, p.second) for p in added.pairs] == [
        (1, 0),
        (2, 0),
    ]
    both = pair_table(inside), pair_table(added)
    pd.testing.assert_frame_equal(
        both[0].drop(columns="holm_p")[:2], both[1].drop(columns="holm_p")
    )


def test_a_run_beside_itself_differs_in_nothing(runs):
    found = compare_runs([runs[1], runs[1], runs[1]], replicates=50)
    assert found.names == ["skill1", "skill1 (2)", "skill1 (3)"]
    for pair in found.pairs:
        assert pair.mcnemar.p == pair.holm == 1
        assert all((d.value, d.low, d.high) == (0, 0, 0) for d in pair.differences.values())
    assert found.ranking.friedman.p == 1 and len(found.ranking.groups) == 1


@settings(max_examples=4, deadline=None)
@given(st.permutations(range(5)))
def test_permuting_runs_permutes_the_table(runs, order):
    straight, mixed = compare_runs(runs, replicates=50), compare_runs(
        [runs[i] for i in order], replicates=50
    )  # fmt: skip
    one, other = run_table(straight), run_table(mixed)
    pd.testing.assert_frame_equal(other, one.iloc[list(order)].reset_index(drop=True))
    ranks = dict(zip(straight.ranking.runs, straight.ranking.mean_ranks, strict=True))
    assert ranks == dict(zip(mixed.ranking.runs, mixed.ranking.mean_ranks, strict=True))
    there = {(r.first, r.second): r for r in pair_table(straight).itertuples()}
    for row in pair_table(mixed).itertuples():
        turned = (row.first, row.second) not in there
        known = there[(row.second, row.first) if turned else (row.first, row.second)]
        assert row.uar_difference == (-1 if turned else 1) * known.uar_difference
        assert row.holm_p == known.holm_p


def test_only_clips_that_both_tested_count_and_the_others_are_numbered(tmp_path):
    said_by_all = guesses(LABELS, 0.7, 1)
    names = [f"clip{i}" for i in range(len(LABELS))]
    whole = write_run(tmp_path / "whole", LABELS, guesses(LABELS, 0.3, 2), SUBJECTS)
    part = write_run(
        tmp_path / "part", LABELS[:-7], said_by_all[:-7], SUBJECTS[:-7], clips=names[:-7]
    )
    other = write_run(
        tmp_path / "other", LABELS[5:], said_by_all[5:], SUBJECTS[5:], clips=names[5:]
    )
    found = compare_runs([whole, part, other], replicates=50)
    assert [(p.clips, p.left_out) for p in found.pairs] == [(23, 7), (25, 5), (18, 12)]
    assert "18 clips" not in found.notes and len(found.ranking.blocks) == 6


def test_runs_without_subjects_draw_clips_and_are_not_ranked(tmp_path):
    runs = [
        write_run(tmp_path / f"r{n}", LABELS, guesses(LABELS, n / 3, n), [""] * len(LABELS))
        for n in range(3)
    ]
    found = compare_runs(runs, replicates=50)
    assert {p.subjects for p in found.pairs} == {len(LABELS)}
    assert found.ranking is None and "name no subjects" in found.no_ranking
    assert any("single clips" in c for c in found.caveats())


def test_one_subject_gives_no_intervals_and_no_conclusion(tmp_path):
    runs = [
        write_run(tmp_path / f"r{n}", LABELS, guesses(LABELS, n / 3, n), ["S1"] * len(LABELS))
        for n in range(3)
    ]
    found = compare_runs(runs, replicates=50)
    assert all(np.isnan(p.differences["uar"].low) for p in found.pairs)
    assert "nothing can be concluded" in said(found)
    assert "nothing can be concluded" in render_comparison(found)


# what may be compared ---------------------------------------------------------------------------


def test_a_clip_with_two_labels_or_two_subjects_is_refused_by_name(runs, tmp_path):
    changed = [CLASSES[1] if LABELS[4] == CLASSES[0] else CLASSES[0]]
    labels = [*LABELS[:4], *changed, *LABELS[5:]]
    other = write_run(tmp_path / "other", labels, LABELS, SUBJECTS)
    with pytest.raises(InputError, match=r"one label; clip clip4 is .* in .* Run both"):
        compare_runs([runs[0], other])
    moved = write_run(tmp_path / "moved", LABELS, LABELS, ["S9", *SUBJECTS[1:-1], "S9"])
    with pytest.raises(InputError, match=r"one subject; clip clip0 is 'S0' .* \(also clip29\)"):
        compare_runs([runs[0], moved])
    lenient = compare_finished([read_run(runs[0]), read_run(other)], strict=False)
    assert not lenient.pairs and lenient.untested == [(0, 1, "different labels for the same clips")]


def test_runs_on_different_data_share_a_table_and_no_test(tmp_path):
    here, there = run_on(tmp_path, "here"), run_on(tmp_path, "there", 2, content="other files")
    found = compare_runs([here, there])
    assert found.groups == [0, 1] and not found.pairs
    assert len(run_table(found)) == 2
    for text in (said(found), html.unescape(render_comparison(found))):
        assert "without a clip in common (here | there)" in text
        assert "so there is none between these groups" in text


def test_the_same_names_of_other_files_are_other_data(tmp_path):
    """Data sets number their clips alike; the content of the files tells them apart."""
    runs = [run_on(tmp_path, "a"), run_on(tmp_path, "b", content="x")]
    assert compare_runs(runs).groups == [0, 1]


@pytest.mark.parametrize("others", [1, 3])
def test_a_leaky_protocol_beside_honest_ones_is_no_ranking(runs, tmp_path, others):
    leaky = run_on(tmp_path, "leaky", skill=1, protocol="sample-kfold", independent=False)
    found = compare_runs([leaky, *runs[:others]], replicates=50)
    assert all(0 not in (p.first, p.second) for p in found.pairs)
    assert {(i, j) for i, j, _ in found.untested} == {(0, n + 1) for n in range(others)}
    assert any("this is not a ranking" in w for w in found.warnings)
    assert any("leaky" in w and "subject-independent" in w for w in found.warnings)
    if others == 3:
        assert "leaky" not in found.ranking.runs
        assert any("Not ranked" in n and "leaky" in n for n in found.notes)
    page, printed = render_comparison(found), said(found)
    assert page.count('class="banner dependent"') == 2
    assert "Not shown to be subject-independent; not comparable with the runs above" in page
    assert printed.index("not comparable with the above") < printed.rindex("leaky 30")


def test_leaky_runs_of_one_protocol_may_be_compared_in_red(tmp_path):
    runs = [
        run_on(tmp_path, f"leak{n}", skill=n / 3, protocol="sample-kfold", independent=False)
        for n in range(3)
    ]
    found = compare_runs(runs, replicates=50)
    assert len(found.pairs) == 3 and found.ranking is not None
    assert len(found.warnings) == 1 and "far too high" in found.warnings[0]


def test_honest_protocols_that_differ_are_compared_with_a_warning(runs, tmp_path):
    grouped = run_on(tmp_path, "grouped", protocol="grouped-kfold")
    found = compare_runs([runs[2], grouped], replicates=50)
    assert len(found.pairs) == 1
    assert "grouped-kfold, 3 folds: grouped" in found.warnings[0]


def test_versions_that_differ_are_noted(runs, tmp_path):
    import json

    other = run_on(tmp_path, "other")
    facts = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**facts, "versions": {"numpy": "1.9"}}))
    assert any("different versions of numpy" in n for n in compare_runs([runs[0], other]).notes)


def test_runs_on_other_classes_of_the_same_clips_are_noted(runs, tmp_path):
    fewer = run_on(tmp_path, "fewer", skill=1.0)
    table = read_predictions(fewer / "predictions.csv")
    table = table[table["label"] != "anger"].drop(columns="p:anger")
    table[["p:joy", "p:fear"]] = table[["p:joy", "p:fear"]] / 0.8
    write_predictions(table, fewer / "predictions.csv")
    write_json(fewer / "scores.json", score_predictions(table, replicates=10).as_json())
    found = compare_runs([runs[0], runs[1], fewer], replicates=20)
    [note] = [n for n in found.notes if "different classes" in n]
    assert "skill0, skill1: 3 classes; fewer: 2 classes" in note
    assert not any("different classes" in n for n in compare_runs(runs, replicates=20).notes)


# ranks ------------------------------------------------------------------------------------------


def test_runs_are_ranked_over_subjects(runs):
    ranking = compare_runs(runs, replicates=50).ranking
    table = {}
    for folder in runs:
        run = read_run(folder)
        right = run.predictions.set_index("clip").eval("label == predicted")
        table[run.name] = right.groupby(run.clips["subject"]).mean()
    expected = pd.DataFrame(table).rank(axis=1, ascending=False).mean()
    assert dict(zip(ranking.runs, ranking.mean_ranks, strict=True)) == pytest.approx(dict(expected))
    assert ranking.unit == "subjects" and list(ranking.blocks) == sorted(set(SUBJECTS))


def several_sets(place, methods=("svm", "lda", "knn"), sets=(1, 2, 3, 4)):
    return [
        run_on(place, f"set{s}-{m}", s, i / len(methods), content=str(s), classifier=m)
        for s in sets
        for i, m in enumerate(methods)
    ]


def test_methods_are_ranked_over_data_sets(tmp_path):
    found = compare_runs(several_sets(tmp_path), replicates=50)
    ranking = found.ranking
    assert ranking.runs == ("sttm + svm", "sttm + lda", "sttm + knn")
    assert ranking.unit == "data sets" and len(ranking.blocks) == 4
    uar = run_table(found)["uar"].to_numpy().reshape(4, 3)
    ranks = pd.DataFrame(uar).rank(axis=1, ascending=False).mean().tolist()
    assert list(ranking.mean_ranks) == pytest.approx(ranks)
    assert len(found.pairs) == 4 * 3


def test_data_sets_with_other_methods_are_not_ranked(tmp_path):
    runs = several_sets(tmp_path)
    assert "not every method" in compare_runs(runs[:-1], replicates=50).no_ranking
    twin = run_on(tmp_path, "twin", 1, content="1", classifier="svm")
    assert "are the same method" in compare_runs([*runs, twin], replicates=50).no_ranking


def test_many_runs_are_paired_with_a_baseline_only(tmp_path):
    runs = [run_on(tmp_path, f"run{n}", skill=n / 24) for n in range(22)]
    found = compare_runs(runs, replicates=20)
    assert not found.pairs and any("name a baseline" in n for n in found.notes)
    assert len(compare_runs(runs, runs[3], replicates=20).pairs) == 21


# what is written --------------------------------------------------------------------------------


def test_the_tables_and_the_page_are_written(runs, tmp_path):
    found = compare_runs(runs, replicates=50)
    files = write_comparison(found, tmp_path / "out")
    assert [f.name for f in files] == ["runs.csv", "pairs.csv", "ranks.csv", "comparison.html"]
    table = pd.read_csv(files[0])
    assert table["run"].tolist() == found.names and table["seconds"].tolist() == [3.5] * 5
    for number, folder in enumerate(runs):
        total = read_run(folder).total("uf1")
        assert table.loc[number, ["uf1", "uf1_low", "uf1_high"]].tolist() == pytest.approx(
            [total.value, total.low, total.high]
        )
    assert len(pd.read_csv(files[1])) == 10
    ranks = pd.read_csv(files[2])
    assert ranks["mean_rank"].is_monotonic_increasing
    pd.testing.assert_frame_equal(ranks["run"].to_frame(), rank_table(found)[["run"]])


@pytest.mark.parametrize("count", [2, 3, 20])
def test_the_page_says_everything_and_loads_nothing(tmp_path, count):
    names = [f"an_experiment-with-a-rather-long-name-and-number-{n}" for n in range(count)]
    runs = [run_on(tmp_path, name, skill=n / count) for n, name in enumerate(names)]
    page = render_comparison(compare_runs(runs, replicates=20))
    text = html.unescape(re.sub(r"<wbr>|<[^>]+>", "", page))
    assert all(name in text for name in names)
    assert "takes clips as independent" in text and "it is optimistic" not in text.split("Mc")[0]
    assert ("Holm's correction is over" in text) == (count > 2)
    assert ("Friedman's test" in text) == (count > 2)
    assert page.count("<details>") == (count > 8) * 2
    assert "src=" not in page and "href=" not in page and "@import" not in page
    assert "prefers-color-scheme: dark" in page and "@media print" in page
    assert 'name="viewport"' in page


def test_names_and_notes_are_escaped(tmp_path):
    hostile = run_on(tmp_path, "a<script>b", name="a<script>alert(1)</script>", descriptor="<b>")
    page = render_comparison(compare_runs([hostile, run_on(tmp_path, "b")], replicates=20))
    assert "<script" not in page and "&lt;script&gt;" in page


def test_the_terminal_keeps_to_80_columns(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    names = [f"[bold]an_experiment-with-a-rather-long-name-{n}" for n in range(4)]
    runs = [run_on(tmp_path, name, skill=n / 4) for n, name in enumerate(names)]
    stream = io.StringIO()
    print_comparison(compare_runs(runs, replicates=20), stream)
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in stream.getvalue()
    assert "[bold]" in stream.getvalue()  # a name is no markup


def test_the_order_and_the_differences_are_stated_with_signs(tmp_path):
    better = write_run(tmp_path / "better", LABELS, LABELS, SUBJECTS)
    worse = write_run(tmp_path / "worse", LABELS, [LABELS[0]] * len(LABELS), SUBJECTS)
    wrong = sum(label != LABELS[0] for label in LABELS)
    points = f"{100 * wrong / len(LABELS):+.1f}"
    assert points in said(compare_runs([better, worse]))
    assert points.replace("+", "-") in said(compare_runs([worse, better]))
    assert points.replace("+", "\u2212") in render_comparison(compare_runs([worse, better]))


# the command ------------------------------------------------------------------------------------


def test_the_command_prints_writes_and_ends_well(runs, monkeypatch, capsys):
    monkeypatch.chdir(runs[0].parent)
    assert main(["compare", "skill0", "skill1", "skill2", "--out", "out"]) == 0
    told = capsys.readouterr().out
    assert "mean rank" in told and "written  out/comparison.html" in told
    assert main(["compare", "skill0", "--baseline", "skill1"]) == 0
    assert "\n- skill1 " in capsys.readouterr().out


@pytest.mark.parametrize("count", [0, 1])
def test_the_command_wants_two_runs(runs, count, capsys):
    code = main(["compare", *map(str, runs[:count])])
    assert code == (2 if count == 0 else 1)
    if count:
        assert capsys.readouterr().err == "sttm: name at least two runs to compare; 1 came.\n"
