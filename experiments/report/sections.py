"""ReportData -> what each section says, in words and plain rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..folding.protocols import PROTOCOLS
from .counts import subject_names
from .data import ReportData
from .figures import sizes, spread
from .published import published_for, same_protocol
from .scored import Scored
from .words import counted, duration, interval, listed, number, percent, plain

MOST_OPEN_ROWS = 24  # longer tables are folded
ABBREVIATIONS = {"sttm", "svm", "rvm", "rsfm", "irsfm", "mlp", "lbp", "vlbp", "hog"}
ABBREVIATIONS |= {"lbp-top", "hog-top", "hog3d"}
# words that a warning about a leak has (folding/leaks.py); a protocol that leaks by its
# nature has a banner of its own
LEAKS = re.compile(r"\bleak|both sides|trained on and (some )?tested|same (file|picture)", re.I)
BY_NATURE = re.compile(r"\bis not subject-independent")
NO_CHOICE = {"", "–", "fixed"}  # what a fold says that searched nothing


# the answer --------------------------------------------------------------------------------------


def answer(data: ReportData, scored: Scored) -> dict[str, str]:
    """Return the parts of the sentence that says how it went."""
    accuracy = scored.measure("accuracy")
    if accuracy is None:
        return {"before": "This run has no scores.", "figure": "", "after": ""}
    how = " with ".join(_method(data.run))
    stretch = interval(accuracy.low, accuracy.high)
    after = f" (95 % interval {stretch})" if accuracy.low is not None else ""
    after += f" of {_whose_clips(data)}"
    after += f"; chance is {percent(scored.chance)}." if scored.chance is not None else "."
    before = f"On {_what_clips(data)}, {how or 'the model'} recognised "
    return {"before": before, "figure": percent(accuracy.value), "after": after}


def independent(run: Mapping[str, Any]) -> bool | None:
    """Whether no person is on both sides of any split; None where that is not shown."""
    said = (run.get("protocol") or {}).get("subject_independent")
    return said if isinstance(said, bool) else None


@dataclass(frozen=True)
class Doubt:
    """What a page must say of figures that are not shown to hold for new people."""

    style: str  # of the banner
    title: str
    text: str
    short: str


DOUBTS = {
    False: Doubt(
        "dependent",
        "Not subject-independent.",
        "People in the test clips were also in the training clips, or may have been. The figures "
        "below say nothing about people whom the model has never seen, and are usually far too "
        "high for them.",
        "Not subject-independent: the same people may be trained on and tested.",
    ),
    None: Doubt(
        "unshown",
        "Not shown to be subject-independent.",
        "Nothing shows whether people in the test clips were also in the training clips. If they "
        "were, the figures below are too high for people whom the model has never seen.",
        "Not shown to be subject-independent.",
    ),
}


def doubt(run: Mapping[str, Any]) -> Doubt | None:
    """Return what the page must say of its figures, or None where no person is on both sides."""
    return DOUBTS.get(independent(run))


def footing(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what must stand on every printed page: style and words."""
    said = doubt(run)
    drawn = [("drawn", "Drawn faces: this says nothing about people.")] if synthetic(run) else []
    return drawn + ([(said.style, said.short)] if said else [])


def notes(run: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the warnings of a run that are about leaks, and the others."""
    said = [str(w) for w in run.get("warnings") or []]
    leaks = [str(w) for w in run.get("leaks") or []]
    found = [w for w in said if LEAKS.search(w) and not BY_NATURE.search(w)]
    leaks += [w for w in found if w not in leaks]
    return leaks, [w for w in said if w not in leaks]


def _method(run: Mapping[str, Any]) -> list[str]:
    """Return descriptor and classifier as a sentence names them: abbreviations in capitals."""
    descriptor = str(run.get("descriptor") or "")
    classifier = str(run.get("classifier") or "").split(" (")[0]  # its settings are listed below
    return [" ".join(map(_named, text.split(" "))) for text in (descriptor, classifier) if text]


def _named(word: str) -> str:
    """Return a word as sentences write it.

    >>> [_named(w) for w in ("sttm", "(lbp-top)", "static-hog", "forest")]
    ['STTM', '(LBP-TOP)', 'static-HOG', 'forest']
    """
    if word.strip("()+,") in ABBREVIATIONS:
        return word.upper()
    return "-".join(p.upper() if p in ABBREVIATIONS else p for p in word.split("-"))


def _what_clips(data: ReportData) -> str:
    tested = len(data.predictions) or len(data.clips)
    drawn = f"drawn {_noun(data)}" if synthetic(data.run) else _noun(data)
    subjects = len(subject_names(data))
    people = f" of {counted(subjects, 'subject')}" if subjects else ""
    return f"{counted(tested, drawn)}{people}"


def _whose_clips(data: ReportData) -> str:
    return (
        f"{_noun(data)}s "
        + {
            True: "of people it had never seen",
            False: "that it was not trained on, though perhaps of people that it was trained on",
            None: "that it was not trained on",
        }[independent(data.run)]
    )


def _noun(data: ReportData) -> str:
    return "picture" if data.described.stills else "clip"


def synthetic(run: Mapping[str, Any]) -> bool:
    """Whether the faces are drawn."""
    return bool((run.get("data") or {}).get("synthetic"))


def score_rows(scored: Scored) -> list[dict[str, Any]]:
    """Return the headline scores as text with their numbers."""
    return [
        {
            "name": m.name,
            "meaning": m.meaning,
            "value": percent(m.value, 1),
            "interval": interval(m.low, m.high, 1) if m.low is not None else "–",
            "measure": m,
        }
        for m in scored.measures
    ]


def interval_note(scored: Scored) -> str:
    """Return how the intervals were made, or why there are none."""
    if not scored.measures:
        return ""
    if scored.measures[0].low is None:
        return "There are no intervals: the clips come from one subject."
    subjects = len(scored.per_subject)
    unit = "whole subjects with all their clips" if subjects else "single clips"
    note = f"Intervals: {number(scored.replicates)} bootstrap draws of {unit}."
    if 1 < subjects < 20:
        note += " With fewer than about 20 subjects such intervals are somewhat too narrow."
    return note


def chance_note(scored: Scored) -> str:
    """Return what chance is, and its value for each score."""
    known = [f"{m.name} {percent(m.chance, 1)}" for m in scored.measures if m.chance is not None]
    if not known:
        return ""
    return f"The dashed line is chance, always answering the most frequent class: {listed(known)}."


def published_rows(data: ReportData, scored: Scored) -> tuple[list[tuple[Any, bool]], str]:
    """Return the published figures that fit the data, or the sentence for when there are none.

    Each comes with whether it was found by the protocol of this run.
    """
    if synthetic(data.run):
        return [], "No published figure is shown beside these: nobody else uses these drawn faces."
    rows = published_for(str((data.run.get("data") or {}).get("kind", "")))
    if not rows:
        return [], "No published figure is shown beside these: none is known for these clips."
    protocol = str((data.run.get("protocol") or {}).get("name", ""))
    return [(p, same_protocol(p, protocol, len(scored.classes))) for p in rows], ""


def own_row(data: ReportData, scored: Scored) -> dict[str, Any] | None:
    """Return this run as a row of the table of published figures."""
    measures = [scored.measure(k) for k in ("accuracy", "uar", "uf1")]
    if measures[0] is None:
        return None
    run = data.run
    about, protocol = run.get("data") or {}, run.get("protocol") or {}
    return {
        "method": " + ".join(_method(run)),
        "data": f"{about.get('kind', '')}, {counted(len(scored.classes), 'class', 'classes')}",
        "protocol": _protocol_words(str(protocol.get("name", ""))),
        "figures": [
            f"{m.name} {number(m.value, 3)}"
            if m.key == "uf1"
            else f"{m.name} {percent(m.value, 1)}"
            for m in measures
            if m is not None
        ],
    }


def _protocol_words(name: str) -> str:
    return PROTOCOLS[name].about if name in PROTOCOLS else name


def dataset_rows(scored: Scored) -> list[dict[str, Any]]:
    """Return the scores of each data set of several as text, with the pooled ones last."""
    rows = [
        {
            "name": str(r["name"]),
            "clips": number(r["clips"]),
            "subjects": number(r["subjects"]) if r["subjects"] else "–",
            "scores": [_with_interval(r[k]) for k in ("accuracy", "uar", "uf1")],
        }
        for r in scored.per_dataset
    ]
    if not rows:
        return []
    pooled = [_with_interval(vars(m)) for m in scored.measures]
    clips = number(int(scored.counts.sum())) if scored.counts.size else "–"
    subjects = number(len(scored.per_subject)) if scored.per_subject else "–"
    return [*rows, {"name": "all together", "clips": clips, "subjects": subjects, "scores": pooled}]


def _with_interval(entry: Mapping[str, Any]) -> tuple[str, str]:
    low, high = entry["low"], entry["high"]
    return percent(entry["value"], 1), interval(low, high, 1) if low is not None else ""


# calibration -------------------------------------------------------------------------------------


def calibration_sentence(scored: Scored) -> str:
    """Return whether the model is too sure of itself or too modest, on average."""
    clips = sum(b["clips"] for b in scored.bins)
    if not clips:
        return ""
    said = sum(b["confidence"] * b["clips"] for b in scored.bins) / clips
    right = sum(b["accuracy"] * b["clips"] for b in scored.bins) / clips
    verdict = (
        "Its probabilities are about right on average"
        if abs(said - right) < 0.05
        else "It is too sure of itself"
        if said > right
        else "It is too modest"
    )
    stated, held = percent(said), percent(right)
    return f"{verdict}: it states {stated} on average and is right {held} of the time."


def calibration_facts(scored: Scored) -> list[tuple[str, str]]:
    """Return the summary numbers of calibration."""
    names = {
        "calibration_error": "Expected calibration error",
        "brier": "Brier score (0 to 2)",
        "log_loss": "Log loss (nats)",
    }
    return [(names[k], number(v, 3)) for k, v in scored.calibration.items()]


# classes -----------------------------------------------------------------------------------------


def class_rows(scored: Scored) -> list[dict[str, str]]:
    """Return precision, recall and F1 of each class as text."""
    return [
        {
            "label": str(r["name"]),
            "clips": number(r["support"]),
            **{k: percent(r.get(k)) for k in ("recall", "precision", "f1")},
        }
        for r in scored.per_class
    ]


# what was run ------------------------------------------------------------------------------------


def facts(data: ReportData) -> list[tuple[str, str]]:
    """Return name and value of what was run, for a short list."""
    run = data.run
    about, protocol = run.get("data") or {}, run.get("protocol") or {}
    values = [
        ("Data set", data.described.title),
        ("Data", about.get("about") or about.get("kind")),
        ("Source", about.get("source")),
        ("Descriptor", _descriptor(run)),
        ("Classifier", run.get("classifier")),
        ("Protocol", protocol.get("sentence") or protocol.get("name")),
        ("Clips tested", f"{number(len(data.predictions))} of {number(len(data.clips))}"),
    ]
    return [(name, str(value)) for name, value in values if value]


def _descriptor(run: Mapping[str, Any]) -> str:
    name, columns = str(run.get("descriptor") or ""), run.get("columns")
    most = "at most " if run.get("columns_at_most") else ""
    return f"{name}, {most}{counted(int(columns), 'column')} per clip" if name and columns else name


# folds and steps ---------------------------------------------------------------------------------


def fold_table(folds: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return the folds as they are, headings and cells as text; accuracies as percentages."""
    headings = [str(c).replace("_", " ") for c in folds.columns]
    rows = [
        [
            percent(v) if str(c) == "accuracy" else plain(v)
            for c, v in zip(folds.columns, line, strict=True)
        ]
        for line in folds.itertuples(index=False, name=None)
    ]
    return headings, rows


def chosen_summary(folds: pd.DataFrame) -> str:
    """Return how often each setting was chosen, or nothing where no search was made."""
    column = next((c for c in folds.columns if "chosen" in str(c) or "param" in str(c)), None)
    if column is None or folds.empty:
        return ""
    votes = Counter(plain(v) for v in folds[column])
    if not set(votes) - NO_CHOICE:
        return ""
    said = [f"{what} in {n}" for what, n in votes.most_common(4)]
    more = f" ({len(votes) - 4} other settings in the rest)" if len(votes) > 4 else ""
    return f"Of {counted(len(folds), 'fold')}, the inner search chose {listed(said)}{more}."


def kept_sentence(data: ReportData) -> str:
    """Return what the classifier of a fold keeps, on average; blank where nothing is stated."""
    stated = data.run.get("training") or {}
    parts = []
    for used, of, noun in (
        ("samples_used", "samples", f"training {_noun(data)}s"),
        ("features_used", "features", "features"),
    ):
        if used in stated and of in stated:
            digits = 0 if stated[used] >= 100 else 1
            parts.append(f"{number(stated[used], digits)} of {number(stated[of])} {noun}")
    text = f"On average the classifier of a fold uses {listed(parts)}. " if parts else ""
    if "fit_seconds" in stated:
        text += f"Fitting it took {duration(stated['fit_seconds'])} (this depends on the machine)."
    return text.strip()


def step_rows(steps: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], str]:
    """Return the steps with their times and bar lengths, and the total in words."""
    seconds = [float(s.get("seconds") or 0.0) for s in steps]
    rows = [
        {
            "name": str(s.get("name", "")),
            "seconds": duration(t),
            "bar": bar,
            "detail": plain(s.get("detail") or ""),
        }
        for s, t, bar in zip(steps, seconds, sizes(seconds), strict=True)
    ]
    return rows, duration(sum(seconds)) if steps else ""


def per_subject_sentence(scored: Scored, data: ReportData) -> str:
    """Return clips per subject, and who was recognised least."""
    subjects = scored.per_subject
    if not subjects:
        return ""
    each = spread([s["clips"] for s in subjects])
    worst = min(subjects, key=lambda s: s["accuracy"])
    text = f"{counted(len(subjects), 'subject')}, {each} clips each."
    if len(subjects) > 1:
        text += (
            f" Lowest: {worst['subject']} with {worst['correct']} of "
            f"{counted(worst['clips'], 'clip')}."
        )
    return text
