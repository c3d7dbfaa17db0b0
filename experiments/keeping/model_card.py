"""A model card: what a trained model is, how it was judged, for what it is and for what not.

The headings follow Mitchell et al., "Model cards for model reporting", FAT* 2019,
doi:10.1145/3287560.3287596. The card is stored in the bundle and written beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..judging.scores import Scores
from ..report.published import MICRO, POSED, POSED_STILLS, WILD, WILD_STILLS, kind_of
from .described import Description, describe_data

MOST_CLASSES = 40  # rows of the table of classes
NOT_JUDGED = (
    "**Not judged.** It was fitted on all clips by `sttm train`, without cross-validation: nothing "
    "is known of how often it is right. `sttm run` with the same config judges it."
)
DRAWN = (
    "**Trained on drawn faces.** It shows that the toolkit works. It knows nothing of people; do "
    "not use it on any."
)
WHERE_FROM = (
    (POSED | POSED_STILLS, "The expressions were posed on request. Real ones are weaker, shorter, "
     "mixed, and often absent where they are expected."),
    (MICRO, "The expressions are micro-expressions, brought about in a laboratory by films, with "
     "the head still and good light. Of other places nothing is known."),
    (WILD, "The expressions were acted in films: cast, lit and cut by professionals."),
    (WILD_STILLS, "The pictures come from the web, labelled by others than the people shown, from "
     "one moment without context; the labels are what viewers said."),
)  # fmt: skip
NOBODY_KNOWS = (
    "Whether the expressions were posed, acted or spontaneous is not in the tables that it was "
    "trained from; posed ones are stronger and clearer than those of everyday life."
)
USES = (
    "Research on facial expressions: comparing descriptors, classifiers and data sets; describing "
    "clips recorded like those it was trained on; teaching.",
)
NOT_USES = (
    "Decisions about a person: hiring, school, credit, insurance, policing, borders, health.",
    "Telling what somebody feels or means, or whether somebody lies. It names the look of a face "
    "as annotators of its training data would; a look is not a feeling.",
    "Watching people who have not agreed to it.",
)
LIMITS = (
    "It always answers with one of its classes, also for faces that show none of them.",
    "Its probabilities hold for clips like those it was trained on, in the same mix of classes.",
    "Age, sex, skin and culture of its subjects are not in the tables that it was trained from, so "
    "nothing is known of how it differs between groups of people.",
)


def model_card(
    facts: Mapping[str, Any],
    scores: Scores | Mapping[str, Any] | None,
    clips: pd.DataFrame,
    labels: pd.DataFrame,
    params: Mapping[str, Any] | None = None,
) -> str:
    """Return the card of a model in Markdown.

    Parameters
    ----------
    facts : mapping
        What ``provenance.run_facts`` gives, as in ``run.json``.
    scores : Scores, mapping or None
        Of its cross-validation, also as ``scores.json`` has them; None where there was none.
    clips, labels : DataFrame
        The clips that it was fitted on, and their labels.
    params : mapping, optional
        The parameters that the search chose for the stored model.
    """
    config = facts.get("config") or {}
    known = describe_data(config.get("data") or {})
    said = scores.as_json() if isinstance(scores, Scores) else scores
    parts = [
        f"# Model card: {_plain(facts.get('title') or facts.get('name') or 'model')}",
        *([DRAWN] if _drawn(facts) else []),
        *_section("What it is", _what(facts, labels, params)),
        *_section("Trained on", _trained_on(facts, known, clips, labels)),
        *_section("How it was judged", _judged(facts, said, len(clips))),
        *_section("What it needs", _needs(config, known)),
        *_section("For what it is", _bullets(USES)),
        *_section("For what it is not", _bullets(NOT_USES)),
        *_section("Limits", _limits(facts)),
        *_section("Made with", _made_with(facts)),
    ]
    return "\n\n".join(parts) + "\n"


# sections ---------------------------------------------------------------------------------------


def _what(
    facts: Mapping[str, Any], labels: pd.DataFrame, params: Mapping[str, Any] | None
) -> list[str]:
    classes = sorted({str(v) for v in labels["label"]})
    most = "at most " if facts.get("columns_at_most") else ""
    rows = {
        "Tells apart": ", ".join(classes),
        "Descriptor": f"{facts.get('descriptor', '')}, {most}{facts.get('columns', '?')} columns",
        "Classifier": facts.get("classifier"),
        "Chosen by the search": ", ".join(f"{k} {v}" for k, v in (params or {}).items()),
        "Run": facts.get("name"),
        "Made": facts.get("started"),
    }
    return [_table(("", ""), [(k, v) for k, v in rows.items() if v])]


def _trained_on(
    facts: Mapping[str, Any], known: Description, clips: pd.DataFrame, labels: pd.DataFrame
) -> list[str]:
    about = facts.get("data") or {}
    rows = {
        "Data set": known.title or about.get("kind"),
        "What": about.get("about"),
        "Source": about.get("source"),
        "Licence of the data": known.licence,
        "To be cited": known.citation,
    }
    table = clips[["clip", "subject"]].merge(labels[["clip", "label"]], on="clip")
    table["subject"] = table["subject"].fillna("").astype(str)
    groups = list(table.groupby(table["label"].astype(str), sort=True))
    lines = [(str(label), str(len(g)), _subjects(g)) for label, g in groups[:MOST_CLASSES]]
    if len(groups) > MOST_CLASSES:
        lines.append((f"{len(groups) - MOST_CLASSES} classes more", "", ""))
    lines.append(("all", str(len(table)), _subjects(table)))
    return [
        _table(("", ""), [(k, v) for k, v in rows.items() if v]),
        _table(("class", "clips", "subjects"), lines),
    ]


def _subjects(table: pd.DataFrame) -> str:
    return str(len(set(table["subject"]) - {""}) or "not known")


def _judged(facts: Mapping[str, Any], scores: Mapping[str, Any] | None, fitted: int) -> list[str]:
    if not scores:
        return [NOT_JUDGED]
    protocol = facts.get("protocol") or {}
    config = (facts.get("config") or {}).get("protocol") or {}
    independent = protocol.get("subject_independent")
    out = [_plain(protocol.get("sentence") or protocol.get("name") or "")]
    if independent is False:
        out.append("**Not subject-independent:** the same people may be in training and test, and "
                   "the scores are usually far too high for people it has never seen.")  # fmt: skip
    elif independent is not True:
        out.append("**Not shown to be subject-independent:** the same people may be in training "
                   "and test.")  # fmt: skip
    names = {"accuracy": "accuracy", "uar": "UAR (mean recall)", "uf1": "UF1 (mean F1)"}
    rows = [(names[k], *_score(scores[k])) for k in names if scores.get(k)]
    chance = (scores.get("chance") or {}).get("accuracy")
    if chance is not None:
        rows.append(("accuracy of always answering the most frequent class", _percent(chance), ""))
    out.append(_table(("score", "value", "95 % interval"), rows))
    if scores.get("per_class"):
        recalls = [(r["name"], r["support"], _percent(r["recall"])) for r in scores["per_class"]]
        out.append(_table(("class", "clips tested", "recall"), recalls[:MOST_CLASSES]))
    sets = scores.get("per_dataset") or []
    if sets:
        rows = [(r["name"], *(_percent(r[k]["value"]) for k in names)) for r in sets]
        out.append(_table(("data set", "accuracy", "UAR", "UF1"), rows))
    whose = (
        "The scores are of this very model; none of the clips that tested it shaped it, and it"
        if protocol.get("name") == "official-split" and config.get("test") != []
        else "The scores are of models like this one, each fitted without the clips that tested "
        "it; this one"
    )
    out.append(f"{whose} was fitted on the {fitted} clips of the table above.")
    return out


def _score(entry: Mapping[str, Any]) -> tuple[str, str]:
    low, high = entry.get("low"), entry.get("high")
    known = low is not None and high is not None
    return _percent(entry.get("value")), f"{_percent(low)} to {_percent(high)}" if known else "none"


def _needs(config: Mapping[str, Any], known: Description) -> list[str]:
    faces, time = config.get("faces") or {}, config.get("time") or {}
    finder, size = faces.get("finder", "viola-jones"), faces.get("size", "?")
    still = "single pictures of a face" if known.stills else "clips of a face, not single pictures"
    frames = (
        f"Each clip is brought to {time.get('frames')} frames."
        if time.get("mode", "resample") == "resample" and time.get("frames")
        else f"Frames are taken as they come ({time.get('mode', 'none')})."
    )
    phase = time.get("phase")
    lines = [
        f"It was trained on {still}.",
        f"Faces are found with {finder}, aligned by {faces.get('align', 'eyes')}, and cropped to "
        f"{size} x {size} grey pixels. The bundle does so by itself.",
        frames,
    ]
    if phase and phase != "whole":
        lines.append(f"It was trained on the part from {str(phase).replace('-', ' to ')} of clips.")
    return _bullets(lines)


def _limits(facts: Mapping[str, Any]) -> list[str]:
    kind = str((facts.get("data") or {}).get("kind", ""))
    kind = kind_of(kind) or kind
    own = [text for kinds, text in WHERE_FROM if kind in kinds] or [NOBODY_KNOWS]
    found = [str(w) for key in ("leaks", "warnings") for w in facts.get(key) or []]
    return _bullets([*([] if _drawn(facts) else own), *LIMITS, *dict.fromkeys(found)])


def _made_with(facts: Mapping[str, Any]) -> list[str]:
    versions = (facts.get("versions") or {}).items()
    out = [_table(("package", "version"), list(versions))] if versions else []
    text = facts.get("config_text")
    if text:
        digest = hashlib.sha256(str(text).encode("utf-8", "replace")).hexdigest()
        out.append(f"Config, SHA-256 of its text: `{digest}`")
    if facts.get("command"):
        command = " ".join(str(facts["command"]).replace("`", "'").split())
        out.append(f"Command: `{command}`")
    return out


# Markdown ---------------------------------------------------------------------------------------


def _section(title: str, parts: Sequence[str]) -> list[str]:
    return [f"## {title}", *parts] if parts else []


def _bullets(lines: Sequence[str]) -> list[str]:
    return ["\n".join(f"- {_plain(line)}" for line in lines)]


def _table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(_plain(c) for c in line) + " |" for line in lines)


def _plain(value: Any) -> str:
    """Return a value as one line that Markdown and HTML take for text."""
    text = " ".join(str(value).split())
    for sign, safe in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("[", "\\["), ("`", "'")):
        text = text.replace(sign, safe)
    return text


def _percent(value: Any) -> str:
    return "none" if value is None else f"{100 * float(value):.1f} %"


def _drawn(facts: Mapping[str, Any]) -> bool:
    return bool((facts.get("data") or {}).get("synthetic"))
