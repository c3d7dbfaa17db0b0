"""ReportData -> what each section says, in words and plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sttm.tables import named

from .data import ReportData
from .figures import Row, heat_rows, sizes, spread
from .published import published_for
from .scored import Scored
from .words import counted, duration, interval, listed, number, percent, plain

MOST_OPEN_ROWS = 24  # longer tables are folded
ABBREVIATIONS = {"sttm", "svm", "rvm", "rsfm", "irsfm", "mlp", "lbp", "vlbp", "hog"}
ABBREVIATIONS |= {"lbp-top", "hog-top", "hog3d"}
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
    after += f" of {_whose_clips(data.run)}"
    after += f"; chance is {percent(scored.chance)}." if scored.chance is not None else "."
    before = f"On {_what_clips(data)}, {how or 'the model'} recognised "
    return {"before": before, "figure": percent(accuracy.value), "after": after}


def independent(run: Mapping[str, Any]) -> bool:
    """Whether no person is on both sides of any split; only a clear yes counts."""
    return bool((run.get("protocol") or {}).get("subject_independent"))


def _method(run: Mapping[str, Any]) -> list[str]:
    """Return descriptor and classifier as a sentence names them: abbreviations in capitals."""
    descriptor = str(run.get("descriptor") or "")
    classifier = str(run.get("classifier") or "").split(" (")[0]  # its settings are listed below
    return [
        " ".join(w.upper() if w.strip("()+,") in ABBREVIATIONS else w for w in text.split(" "))
        for text in (descriptor, classifier)
        if text
    ]


def _what_clips(data: ReportData) -> str:
    tested = len(data.predictions) or len(data.clips)
    drawn = "drawn clip" if synthetic(data.run) else "clip"
    subjects = len(subject_names(data))
    people = f" of {counted(subjects, 'subject')}" if subjects else ""
    return f"{counted(tested, drawn)}{people}"


def _whose_clips(run: Mapping[str, Any]) -> str:
    if independent(run):
        return "clips of people it had never seen"
    return "clips that it was not trained on, though of people that it may have been trained on"


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


def published_rows(data: ReportData) -> tuple[list[Any], str]:
    """Return the published figures that fit the data, and the sentence for when there are none."""
    kind = str((data.run.get("data") or {}).get("kind", ""))
    if synthetic(data.run):
        return [], "No published figure is shown beside these: nobody else uses these drawn faces."
    rows = published_for(kind)
    return rows, "" if rows else (
        "No published figure is shown beside these: there are none for these clips."
    )


def own_row(data: ReportData, scored: Scored) -> dict[str, str] | None:
    """Return this run as a row of the table of published figures."""
    accuracy, uf1 = scored.measure("accuracy"), scored.measure("uf1")
    if accuracy is None:
        return None
    run = data.run
    about, protocol = run.get("data") or {}, run.get("protocol") or {}
    return {
        "method": " + ".join(_method(run)),
        "data": f"{about.get('kind', '')}, {counted(len(scored.classes), 'class', 'classes')}",
        "protocol": str(protocol.get("name", "")),
        "accuracy": percent(accuracy.value, 1),
        "uf1": "" if uf1 is None else number(uf1.value, 2),
    }


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


# data --------------------------------------------------------------------------------------------


def subject_names(data: ReportData) -> list[str]:
    """Return the subjects of the clips that were tested, in order of their names."""
    table = _tested(data)
    return sorted({s for s in table["subject"].fillna("").astype(str) if s}, key=_natural)


def data_table(
    data: ReportData, order: Sequence[str] = ()
) -> tuple[list[str], list[Row], Row | None]:
    """Return classes (as in ``order``, then the others), a row per subject, and their sum."""
    if "label" not in data.labels.columns:
        return [], [], None
    table = data.clips.merge(data.labels[["clip", "label"]], on="clip").dropna(subset=["label"])
    table = table[table["label"].astype(str) != ""]
    if table.empty:
        return [], [], None
    subject = table["subject"] if "subject" in table else pd.Series("", index=table.index)
    who = subject.fillna("").astype(str).replace("", "(no subject)")
    counts = pd.crosstab(who, table["label"].astype(str))
    classes = sorted(
        counts.columns, key=lambda c: (order.index(c) if c in order else len(order), c)
    )
    counts = counts.loc[sorted(counts.index, key=_natural), classes]
    rows = heat_rows(list(counts.index), list(counts.columns), counts.to_numpy())
    total = heat_rows(["all subjects"], list(counts.columns), counts.to_numpy().sum(0)[None])[0]
    return [str(c) for c in counts.columns], rows, total


def skipped_rows(data: ReportData) -> list[dict[str, Any]]:
    """Return the skipped clips grouped by reason, most frequent first."""
    if data.skipped.empty:
        return []
    groups = data.skipped.assign(reason=data.skipped["reason"].astype(str)).groupby("reason")
    rows = [
        {"reason": reason, "clips": len(g), "names": named(g["clip"], 6)} for reason, g in groups
    ]
    return sorted(rows, key=lambda r: (-r["clips"], r["reason"]))


def facts(data: ReportData) -> list[tuple[str, str]]:
    """Return name and value of what was run, for a short list."""
    run = data.run
    about, protocol = run.get("data") or {}, run.get("protocol") or {}
    values = [
        ("Data", about.get("about") or about.get("kind")),
        ("Source", about.get("source")),
        ("Descriptor", _descriptor(run)),
        ("Classifier", run.get("classifier")),
        ("Protocol", protocol.get("sentence") or protocol.get("name")),
        ("Clips used", f"{number(len(data.predictions))} of {number(len(data.clips))}"),
    ]
    return [(name, str(value)) for name, value in values if value]


def _descriptor(run: Mapping[str, Any]) -> str:
    name, columns = str(run.get("descriptor") or ""), run.get("columns")
    return f"{name}, {counted(int(columns), 'column')} per clip" if name and columns else name


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


def _tested(data: ReportData) -> pd.DataFrame:
    if "subject" not in data.clips.columns:
        return data.clips.assign(subject="")
    if data.predictions.empty:
        return data.clips
    return data.clips[data.clips["clip"].isin(data.predictions["clip"])]


def _natural(text: str) -> tuple[Any, ...]:
    """Return a key that sorts S2 before S10."""
    digits = "".join(c if c.isdigit() else " " for c in text).split()
    return (text.rstrip("0123456789"), int(digits[-1]) if digits else -1, text)
