"""Label Studio's JSON, written: a task per clip, and beside it the labelling configuration.

What ``label_studio`` reads is what is written here: a label with frames is a region of the
timeline, its apex, intensity, side and the marks that nobody set are results about that region;
labels without frames are choices. Label Studio ignores the two further keys of an annotation,
``annotator`` and ``turn``, so that the file can be imported there and read back here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from sttm.atomic import replacing
from sttm.errors import InputError

from ..statement import Interval, Statement
from .base import Said, newest
from .matching import ClipNames, Facts

if TYPE_CHECKING:
    import pandas as pd

    from ..scheme import Scheme

MEDIA = "video"  # name of the object, and of its place in a task's data
CONFIG = ".xml"


def write_label_studio(
    path: str | Path,
    opinions: Sequence[Said],
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    predictions: bool = False,
    people: Mapping[str, str] | None = None,
    prefix: str = "",
) -> list[Path]:
    """Write tasks that Label Studio imports, and the configuration of the project they belong to.

    Parameters
    ----------
    path : str or Path
        The JSON file; the configuration goes beside it, with the suffix ``.xml``.
    opinions : sequence of opinions
        The newest of each annotator about a clip is written.
    clips : DataFrame
        A clips table.
    scheme : Scheme
    predictions : bool
        Write as predictions (suggestions that annotators see) instead of annotations.
    people : mapping, optional
        Annotator -> e-mail address of a user of Label Studio; others' annotations belong to
        whoever imports them.
    prefix : str
        Goes before a clip's source, such as ``/data/local-files/?d=``.

    Returns
    -------
    list of Path
        The two files.

    Raises
    ------
    InputError
        When a file cannot be written, or an opinion is about a clip that is not in the table.
    """
    path = Path(path)
    known = ClipNames(clips).facts
    tasks: dict[str, dict[str, Any]] = {}
    for opinion in newest(opinions):
        if opinion.clip not in known:
            raise InputError(
                f"an opinion is about clip {opinion.clip!r}, which is not in the table."
            )
        facts = known[opinion.clip]
        task = tasks.setdefault(opinion.clip, _task(facts, prefix))
        result = _results(opinion.statement, facts)
        if predictions:
            entry = {"model_version": opinion.annotator, "result": result}
            task.setdefault("predictions", []).append(entry)
        else:
            task["annotations"].append(_annotation(opinion, result, people or {}))
    if path.suffix.lower() == CONFIG:
        raise InputError(
            f"the tasks go into a .json file; {path.name} is the configuration's name."
        )
    beside = path.with_suffix(CONFIG)
    with replacing(path) as part:
        body = json.dumps(list(tasks.values()), ensure_ascii=False, indent=1, allow_nan=False)
        part.write_text(body + "\n", encoding="utf-8")
    with replacing(beside) as part:
        rated = all(known[c].fps for c in tasks)
        part.write_text(labelling_config(scheme, rated=rated), encoding="utf-8")
    return [path, beside]


def _task(facts: Facts, prefix: str) -> dict[str, Any]:
    data: dict[str, Any] = {MEDIA: prefix + facts.source, "clip": facts.clip}
    if facts.fps:
        data["fps"] = facts.fps
    return {"data": data, "annotations": []}


def _annotation(
    opinion: Said, result: list[dict[str, Any]], people: Mapping[str, str]
) -> dict[str, Any]:
    out: dict[str, Any] = {"annotator": opinion.annotator, "result": result}
    if opinion.annotator in people:
        out["completed_by"] = {"email": people[opinion.annotator]}
    if opinion.turn:
        out["turn"] = opinion.turn
    if opinion.time:
        out |= {"created_at": opinion.time, "updated_at": opinion.time}
    return out


# results ----------------------------------------------------------------------------------------


def _results(statement: Statement, facts: Facts) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    plain = all(i == Interval(i.label) for i in statement.intervals)
    if statement.intervals and plain:
        words = [i.label for i in statement.intervals]
        out.append(_result("whole", "choices", {"choices": words}))
    elif statement.intervals:
        for position, interval in enumerate(statement.intervals):
            out += _region(interval, position, facts)
    if statement.flags:
        out.append(_result("flags", "choices", {"choices": list(statement.flags)}))
    if statement.sure is not None:
        out.append(_result("sure", "number", {"number": statement.sure}))
    if statement.comment:
        out.append(_result("comment", "textarea", {"text": [statement.comment]}))
    return out


def _result(control: str, kind: str, value: dict[str, Any], region: str = "") -> dict[str, Any]:
    name = region or f"clip-{control}"
    return {"id": name, "from_name": control, "to_name": MEDIA, "type": kind, "value": value}


def _region(interval: Interval, position: int, facts: Facts) -> list[dict[str, Any]]:
    """Return a region of the timeline and what is said of it; they share their id."""
    name = hashlib.sha256(f"{facts.clip}\n{position}".encode()).hexdigest()[:10]
    known = list(interval.marks.values())
    first = facts.first if interval.onset is None else interval.onset
    last = interval.offset
    if last is None:
        last = max([facts.last if facts.last is not None else first, first, *known])
    span = {"ranges": [{"start": first + 1, "end": last + 1}]}  # counted from 1, the end included
    about = {**span, "timelinelabels": [interval.label]}
    out = [_result("label", "timelinelabels", about, name)]
    missing = [m for m in ("onset", "offset") if m not in interval.marks]
    if missing:
        out.append(_result("missing", "choices", {**span, "choices": missing}, name))
    if interval.apex is not None:
        out.append(_result("apex", "number", {**span, "number": interval.apex + 1}, name))
    if interval.intensity is not None:
        out.append(_result("intensity", "number", {**span, "number": interval.intensity}, name))
    if interval.side:
        out.append(_result("side", "choices", {**span, "choices": [interval.side]}, name))
    return out


# the configuration ------------------------------------------------------------------------------


def labelling_config(scheme: Scheme, *, rated: bool = True) -> str:
    """Return the labelling configuration of a scheme, as XML.

    Parameters
    ----------
    scheme : Scheme
    rated : bool
        Every task says its frames per second, as ``$fps``.
    """
    view = ElementTree.Element("View")
    video = ElementTree.SubElement(view, "Video", name=MEDIA, value=f"${MEDIA}")
    if rated:
        video.set("frameRate", "$fps")
    words = scheme.label_names
    spans = _control(view, "TimelineLabels", "label")
    for rule in scheme.labels:
        label = ElementTree.SubElement(spans, "Label", value=rule.name)
        if rule.colour:
            label.set("background", rule.colour)
    _choices_control(view, "whole", words, scheme.several)
    _choices_control(view, "missing", ("onset", "offset"), True, perRegion="true")
    _control(view, "Number", "apex", perRegion="true", min="1", step="1")
    if scheme.intensity:
        most = str(len(scheme.intensity))
        _control(view, "Number", "intensity", perRegion="true", min="1", max=most, step="1")
    if scheme.sides:
        _choices_control(view, "side", ("left", "right"), False, perRegion="true")
    if scheme.flags:
        _choices_control(view, "flags", scheme.flag_names, True)
    if scheme.sure:
        _control(view, "Number", "sure", min="0", max="1", step="0.01")
    _control(view, "TextArea", "comment", maxSubmissions="1")
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _control(view: ElementTree.Element, tag: str, name: str, **more: str) -> ElementTree.Element:
    return ElementTree.SubElement(view, tag, {"name": name, "toName": MEDIA, **more})


def _choices_control(
    view: ElementTree.Element, name: str, words: Sequence[str], several: bool, **more: str
) -> None:
    choice = "multiple" if several else "single"
    group = _control(view, "Choices", name, choice=choice, **more)
    for word in words:
        ElementTree.SubElement(group, "Choice", value=word)
