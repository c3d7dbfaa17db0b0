"""The acceptance test of verification: every planted fault is found, and nothing else.

The faults are listed in ``verification_material.PLANTED``.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import verification_material as material
from study_material import small_study
from verification_material import PLANTED, marked, open_study, scheme

from labeling import CODES, Verification, krippendorff_alpha, verify_study, worst_level
from labeling.statement import Interval, Statement
from labeling.study import create_study
from sttm.errors import InputError


@functools.cache
def _folder(make: str) -> tuple[tempfile.TemporaryDirectory, Path]:
    place = tempfile.TemporaryDirectory(prefix="verified-")
    return place, getattr(material, make)(Path(place.name))


def faulty() -> Path:
    return _folder("faulty_study")[1]


@functools.cache
def found(slow: bool) -> Verification:
    with open_study(faulty(), read_only=True) as study:
        predictions = material.predictions() if slow else None
        return verify_study(study, slow=slow, predictions=predictions, replicates=100)


def by_code(verification: Verification) -> dict[str, set[str]]:
    clips: dict[str, set[str]] = {}
    for finding in verification.findings:
        clips.setdefault(finding.code, set()).update(finding.clips)
    return clips


@pytest.mark.parametrize("code", sorted(PLANTED))
def test_planted_fault_is_found_with_its_clips(code):
    clips = by_code(found(slow=True))
    assert code in clips
    if PLANTED[code] is not None:
        assert clips[code] == PLANTED[code]


def test_nothing_else_is_found():
    assert set(by_code(found(slow=True))) == set(PLANTED)
    assert len(found(slow=True).findings) == len(PLANTED) + 1  # two idle mutes


def test_every_code_is_planted_or_has_a_test_of_its_own():
    apart = {"F06", "A02", "A07"}  # they exclude others; see below
    assert set(CODES) == set(PLANTED) | apart


def test_fast_checks_find_all_but_what_needs_the_contents():
    slow_only = {c for c, rule in CODES.items() if not rule.always} | {"D03"}  # of a near-duplicate
    clips = by_code(found(slow=False))
    assert set(clips) - {"F06"} == set(PLANTED) - slow_only
    assert clips["F02"] == {"empty"}


WORDS = {
    "A03": "carl",
    "A04": "carl",
    "A05": "carl 10 of 24",
    "A06": "ann and carl",
    "B01": "fear (3)",
    "B02": "happiness 76, fear 3",
    "C02": "waits for carl",
    "F05": "25, not 20",
    "S01": "'S06' and 's6'",
    "V02": "sadness",
    "V05": "surprise (52) and suprise (5)",
    "X01": "the model disgust",
    "X02": "elsewhere",
}


@pytest.mark.parametrize("code", WORDS)
def test_sentences_name_who_and_how_many(code):
    sentences = [f.sentence for f in found(slow=True).findings if f.code == code]
    assert len(sentences) == 1 and WORDS[code] in sentences[0]
    others = [name for name in ("ann", "bob") if f" {name} " in sentences[0]]
    assert code == "A06" or not others


def test_a_sound_study_has_no_findings():
    with open_study(_folder("sound_study")[1], read_only=True) as study:
        clean = verify_study(study, slow=True, replicates=100)
    assert clean.findings == []
    assert worst_level(clean) == ""
    assert clean.figures[0].value > 0.9
    assert clean.facts["labelled"] == 40


def test_verification_changes_nothing():
    with open_study(faulty()) as study:
        before = study.version(), faulty().read_bytes()
        verify_study(study, replicates=0)
        assert (study.version(), faulty().read_bytes()) == before


def test_results_do_not_depend_on_the_number_of_processes():
    with open_study(faulty(), read_only=True) as study:
        seen: list[tuple[int, int]] = []
        again = verify_study(
            study,
            slow=True,
            jobs=2,
            replicates=100,
            predictions=material.predictions(),
            progress=lambda done, total: seen.append((done, total)),
        )
    assert again.findings == found(slow=True).findings
    assert seen[-1][0] == seen[-1][1] == len(seen)


# codes that exclude others ------------------------------------------------------------------------


@pytest.fixture
def sound(tmp_path) -> Path:
    folder = tmp_path / "sound"
    shutil.copytree(_folder("sound_study")[1].parent, folder)
    return folder / "sound.sttm-study"


def test_sources_written_later_are_noticed_without_reading_them(sound):
    os.utime(sound.parent / "b003.npy", (4e9, 4e9))
    with open_study(sound) as study:
        assert by_code(verify_study(study, replicates=0)) == {"F06": {"b003"}}
        assert verify_study(study, slow=True, replicates=0).findings == []


def test_middling_agreement_is_a_note(sound):
    with open_study(sound) as study:
        for k, who in enumerate(material.PEOPLE):
            for i in range(10 * k, 10 * k + 3):
                word = ("surprise", "disgust", "contempt")[k]
                study.say(f"b{i:03d}", who, material.Statement((marked(word),)))
        result = verify_study(study, replicates=0)
    assert [f.code for f in result.findings] == ["A02"]
    assert 0.667 <= result.figures[0].value < 0.8


def test_few_clips_are_not_warned_of(tmp_path):
    rules = scheme(("joy", "fear"), name="x", work={})
    with create_study(tmp_path / "a.sttm-study", rules) as study:
        plant = material.Planting(tmp_path, study)
        for i in range(9):
            plant.clip(f"c{i}", f"P{i}")
            for who, label in (("ann", "joy"), ("bob", "fear")):
                plant.say(f"c{i}", who, marked(label))
        result = verify_study(study, replicates=0)
    assert result.figures[0].value < 0
    assert set(by_code(result)) == {"C04"}


def test_one_annotator_cannot_disagree(tmp_path):
    with create_study(
        tmp_path / "a.sttm-study", scheme(("happiness",), name="x", work={})
    ) as study:
        plant = material.Planting(tmp_path, study)
        for i in range(6):
            plant.clip(f"c{i}", f"P{i}")
            plant.say(f"c{i}", "ann", marked("happiness"))
        result = verify_study(study)
    assert [f.code for f in result.findings] == ["A07"]
    assert result.figures == []


def test_an_empty_study_is_no_error(tmp_path):
    with create_study(tmp_path / "a.sttm-study", "basic") as study:
        assert verify_study(study, slow=True).findings == []


def test_only_the_one_who_drifts_is_named(tmp_path):
    """Ann and Bob come to agree less with the others too, because Carl is one of them."""
    with create_study(tmp_path / "a.sttm-study", scheme()) as study:
        material.base_clips(material.Planting(tmp_path, study))
        result = verify_study(study, replicates=0)
    assert (result.tables["drift"]["high"] < 0).all()
    said = [f.sentence for f in result.findings if f.code == "A04"]
    assert len(said) == 1 and said[0].startswith("1 annotator came") and "carl" in said[0]


def test_clips_that_share_most_frames_are_told_once(tmp_path):
    with create_study(tmp_path / "a.sttm-study", scheme(("joy",), name="x", work={})) as study:
        plant = material.Planting(tmp_path, study)
        np.save(tmp_path / "long.npy", material.pictures(3, frames=60))
        for name, first in (("early", 0), ("late", 1)):
            plant.clip(name, "P1", "long.npy", first=first, last=first + 58, frames=59)
            plant.say(name, "ann", marked("joy"))
        clips = by_code(verify_study(study, slow=True))
    assert clips["D04"] == {"early", "late"}
    assert "D02" not in clips


def test_a_reviewer_who_overrules_is_no_independent_rater(sound):
    with open_study(sound) as study:
        before = verify_study(study, replicates=0).figures[0]
        for i in range(20):
            study.overrule(f"b{i:03d}", "dora", material.Statement((marked("disgust"),)), "clearer")
        after = verify_study(study, replicates=0)
        for i in range(20):
            study.decide(f"b{i:03d}", "dora", "reopened", "not so clear")
        reopened = verify_study(study, replicates=0)
    assert after.figures[0] == before
    assert (after.tables["consensus"]["status"] == "decided").sum() == 20
    assert reopened.figures[0] == before and "dora" not in reopened.tables["annotators"].to_string()


def test_answered_and_decided_clips_are_not_told_again(sound):
    with open_study(sound) as study:
        study.decide("b001", "dora", "sent back", "look again")
        assert by_code(verify_study(study, replicates=0)) == {"C03": {"b001"}}
        study.say("b001", "ann", material.Statement((marked("happiness"),)))
        assert verify_study(study, replicates=0).findings == []


def test_a_flag_that_is_enough_counts_as_done(tmp_path):
    flags = [{"name": "not visible", "enough": True}, {"name": "unsure"}]
    with create_study(tmp_path / "a.sttm-study", scheme(("joy",), flags=flags, work={})) as study:
        plant = material.Planting(tmp_path, study)
        for name, flag in (("dark", "not visible"), ("odd", "unsure")):
            plant.clip(name, "P1")
            plant.say(name, "ann", flags=(flag,))
        assert by_code(verify_study(study))["C01"] == {"odd"}


# suspects -----------------------------------------------------------------------------------------


def test_suspects_that_the_study_keeps_are_told_until_they_are_decided(sound):
    row = {"clip": "b002", "label": "happiness", "predicted": "disgust"}
    table = pd.DataFrame([row | {"probability": 0.9, "doubt": 0.8, "rank": 1}])
    with open_study(sound) as study:
        study.set_suspects(table, "a run")
        assert by_code(verify_study(study, replicates=0)) == {"X01": {"b002"}}
        said = study.latest("b002", "ann")[0]
        study.decide("b002", "dora", "accepted", "looked again", said.id)
        assert verify_study(study, replicates=0).findings == []


def test_predictions_of_old_labels_are_named(sound):
    rows = [
        {"clip": f"b{i:03d}", "label": "disgust" if i < 2 else "happiness", "p:happiness": 0.6}
        for i in range(10)
    ]
    table = pd.DataFrame(rows)
    table["p:disgust"] = np.where(table["label"] == "disgust", 0.7, 0.4)
    table["p:happiness"] = 1 - table["p:disgust"]
    with open_study(sound) as study:
        result = verify_study(study, predictions=table, replicates=0)
    assert by_code(result) == {"X02": {"b000", "b001"}}


@pytest.mark.parametrize("text", ["", "clip\na", "\0\xff", "clip,label,p:a\nb000,a,2"])
def test_bad_predictions_are_refused_in_a_sentence(sound, tmp_path, text):
    path = tmp_path / "predictions.csv"
    path.write_text(text, encoding="latin-1")
    with open_study(sound) as study, pytest.raises(InputError, match=r"\.$"):
        verify_study(study, predictions=path)


def test_impossible_settings_are_refused(sound):
    with open_study(sound) as study:
        with pytest.raises(InputError, match="folds"):
            verify_study(study, folds=1)
        with pytest.raises(InputError, match="replicates"):
            verify_study(study, replicates=3)


@pytest.mark.parametrize("silent", [0, 1])
def test_the_intensity_is_compared_also_where_not_everybody_spoke(tmp_path, silent):
    said = {"ann": [1, 2, 2, 1, 2], "bob": [1, 2, 1, 1, 2], "eve": [1, 2, 2, 2, 2]}
    with small_study(tmp_path) as study:
        for who, levels in said.items():
            for clip, level in enumerate(levels):
                if who != "eve" or clip >= silent:
                    interval = Interval("anger", intensity=level)
                    study.say(f"c{clip:02d}", who, Statement((interval,)))
        figures = {f.name: f for f in verify_study(study, replicates=0).figures}
    table = pd.DataFrame(said, dtype=object)
    table.loc[: silent - 1, "eve"] = None
    expected = krippendorff_alpha(table, "ordinal", order=[1, 2])
    found = figures["Krippendorff's alpha (ordinal) of the intensity"]
    assert (found.value, found.n) == (expected.value, 5)


def test_a_reviewer_may_decide_that_nothing_is_seen(tmp_path):
    with small_study(tmp_path) as study:
        for who, label in (("ann", "anger"), ("bob", "surprise")):
            study.say("c00", who, Statement((Interval(label),)))
            study.say("c01", who, Statement((Interval(label),)))
        study.overrule("c00", "dora", Statement(flags=("not visible",)), "a hand before the face")
        assert by_code(verify_study(study, replicates=0))["C04"] == {"c01"}
