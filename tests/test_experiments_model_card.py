"""The model card: says what a model is and how it was judged, for any run and any text."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest
from report_sample import sample, stress

from experiments.config import Config, parse
from experiments.datasets import READERS
from experiments.judging.scores import score_predictions
from experiments.keeping.described import Description, describe_data
from experiments.keeping.model_card import DRAWN, NOT_JUDGED, model_card
from experiments.report.published import MICRO, POSED, POSED_STILLS, WILD, WILD_STILLS

HEADINGS = (
    "What it is", "Trained on", "How it was judged", "What it needs", "For what it is",
    "For what it is not", "Limits", "Made with",
)  # fmt: skip


def card(made, **facts):
    return model_card({**made.run, **facts}, made.scores, made.clips, made.labels, {"C": 10.0})


def section(text: str, heading: str) -> str:
    return text.split(f"## {heading}\n")[1].split("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of all table rows."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_heading_is_there_once_in_order():
    found = re.findall(r"^## (.*)$", card(sample()), re.MULTILINE)
    assert tuple(found) == HEADINGS


def test_clips_and_subjects_of_each_class_are_counted():
    data = sample(3, 5, per_class=2)
    table = rows(section(card(data), "Trained on"))
    for label in ("anger", "contempt", "disgust"):
        assert [label, "10", "5"] in table
    assert ["all", "30", "5"] in table
    data.clips["subject"] = ""
    assert ["all", "30", "not known"] in rows(section(card(data), "Trained on"))


def test_scores_stand_with_protocol_interval_and_chance():
    data = sample()
    text = section(card(data), "How it was judged")
    assert data.run["protocol"]["sentence"] in text
    for key, name in (("accuracy", "accuracy"), ("uar", "UAR"), ("uf1", "UF1")):
        entry = data.scores[key]
        line = next(r for r in rows(text) if r[0].startswith(name))
        low, high = (f"{100 * entry[k]:.1f} %" for k in ("low", "high"))
        assert line[1:] == [f"{100 * entry['value']:.1f} %", f"{low} to {high}"]
    assert "subject-independent" not in text
    assert "this one was fitted on the 84 clips" in text


def test_scores_may_come_as_they_are_or_as_json():
    data = sample()
    scores = score_predictions(data.predictions, replicates=50)
    args = data.clips, data.labels
    assert model_card(data.run, scores, *args) == model_card(data.run, scores.as_json(), *args)


def test_a_model_that_was_not_judged_says_so_and_states_no_score():
    data = sample()
    text = model_card(data.run, None, data.clips, data.labels)
    assert section(text, "How it was judged").strip() == NOT_JUDGED
    assert "%" not in text


@pytest.mark.parametrize(
    ("known", "words"),
    [(False, "**Not subject-independent:**"), (None, "**Not shown to be subject-independent:**")],
)
def test_doubts_about_independence_are_in_bold(known, words):
    protocol = {"sentence": "Somehow.", "subject_independent": known}
    assert words in section(card(sample(), protocol=protocol), "How it was judged")


def test_several_data_sets_have_a_row_each():
    text = section(card(stress()), "How it was judged")
    assert {"casme2", "samm", "smic"} <= {r[0] for r in rows(text)}


def test_drawn_data_are_said_to_be_drawn_and_others_are_not():
    assert DRAWN in card(sample()) and "posed" not in section(card(sample()), "Limits")
    real = card(sample(), data={"kind": "folder", "synthetic": False})
    assert DRAWN not in real and "posed" in section(real, "Limits")


@pytest.mark.parametrize(
    ("kinds", "word"),
    [
        (POSED | POSED_STILLS, "posed on request"),
        (MICRO, "micro-expressions"),
        (WILD, "acted in films"),
        (WILD_STILLS, "come from the web"),
    ],
)
def test_limits_depend_on_how_the_expressions_came_about(kinds, word):
    for kind in kinds:
        text = section(card(sample(), data={"kind": kind, "synthetic": False}), "Limits")
        assert word in text, kind
        others = {"posed on request", "acted in films", "come from the web"} - {word}
        assert not any(other in text for other in others)


def test_what_a_clip_must_be_like_is_told_from_the_config():
    config = parse(
        Config,
        {
            "name": "a",
            "data": {"kind": "drawn"},
            "faces": {"size": 96, "align": "box"},
            "time": {"frames": 12, "phase": "onset-apex"},
        },
    )
    text = section(card(sample(), config=config.model_dump(mode="json")), "What it needs")
    for words in ("96 x 96", "aligned by box", "12 frames", "onset to apex", "clips of a face"):
        assert words in text
    assert "To be cited" in card(sample(), config=config.model_dump(mode="json"))


def test_notes_and_leaks_are_limits_once():
    text = section(card(sample(), leaks=["a leak"], warnings=["a leak", "a note"]), "Limits")
    assert text.count("- a leak") == 1 and text.count("- a note") == 1


def test_versions_and_digest_of_the_config_are_there():
    one, other = (card(sample(), config_text=t) for t in ("a: 1", "a: 2"))
    assert ["numpy", "2.4.1"] in rows(section(one, "Made with"))
    digests = [re.search(r"`(\w{64})`", text).group(1) for text in (one, other)]
    assert digests[0] != digests[1]


NASTY = "<script>x</script> | a\n# b `c` [d](e) & ü 笑 \\"


def test_any_text_stays_one_line_of_text():
    data = sample(2, 2)
    data.labels["label"] = data.labels["label"].replace({"anger": NASTY})
    plain = card(dataclasses.replace(data, scores={}))
    facts = {
        "title": NASTY, "name": NASTY, "command": NASTY, "classifier": NASTY, "descriptor": NASTY,
        "warnings": [NASTY], "versions": {NASTY: NASTY},
        "data": {"kind": NASTY, "about": NASTY, "source": NASTY},
    }  # fmt: skip
    text = model_card({**data.run, **facts}, None, data.clips, data.labels, {NASTY: NASTY})
    assert "<script" not in re.sub(r"`[^`]*`", "", text)  # but as it is in a command
    assert re.findall(r"^#+ ", text, re.MULTILINE) == re.findall(r"^#+ ", plain, re.MULTILINE)
    widths = {tuple(len(r) for r in rows(part)) for part in text.split("\n\n") if rows(part)}
    assert all(len(set(w)) == 1 for w in widths)


def test_a_run_that_says_nothing_still_has_a_card():
    empty = pd.DataFrame({"clip": [], "subject": [], "label": []})
    text = model_card({}, None, empty, empty)
    assert text.startswith("# Model card: model") and "None" not in text


# what is known of the data ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", READERS)
def test_a_card_is_found_for_every_kind(kind):
    found = describe_data({"kind": kind, "path": "somewhere"})
    assert (found.title, found.licence) == (READERS[kind].card.title, READERS[kind].card.licence)
    assert all(isinstance(n, int) for n in found.published.values())


@pytest.mark.parametrize("section", [{}, {"kind": "of the future"}, {"kind": None}])
def test_nothing_is_known_of_a_kind_that_is_none(section):
    assert describe_data(section) == Description()


def test_published_counts_follow_the_chosen_classes():
    section = {"kind": "drawn", "subjects": 3, "takes": 2}
    plain = describe_data(section).published
    assert plain["clips"] == 6 * (len(plain) - 2) and plain["subjects"] == 3
    merged = {"glad": ["happiness"], "other": ["anger", "fear"]}
    chosen = describe_data({**section, "classes": merged}).published
    assert chosen == {"glad": 6, "other": 12, "clips": 18}
    listed = describe_data({**section, "classes": ["anger", "fear"]}).published
    assert listed == {"anger": 6, "fear": 6, "clips": 12}
    labels = [k for k in plain if k not in ("clips", "subjects")]
    assert describe_data({**section, "classes": labels}).published == plain


def test_a_section_of_another_version_still_has_its_title():
    assert describe_data({"kind": "drawn", "subjects": "many"}).title == "Drawn (synthetic) faces"
