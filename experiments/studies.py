"""`sttm label new`: the clips of a folder, a table or a data set become a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from labeling.consensus.votes import JOINT
from labeling.finding import find_clips, subjects_in
from labeling.learning import learn_clips
from labeling.opening import Request, prepare, study_path
from labeling.scheme import MARKS, Scheme, load_scheme
from labeling.statement import Interval, Statement
from labeling.study import SUFFIX, Study, open_study
from sttm.errors import InputError
from sttm.reading import read_yaml
from sttm.tables import named

from .catalogue import DataAlone
from .config import parse
from .datasets import Dataset, read_dataset
from .progress import Steps, left_out

CONFIGS = (".yaml", ".yml")
PUBLISHED = "published"  # the annotator that a data set's own labels are opinions of


@dataclass
class Made:
    """A study that was made: a sentence, what is to be told beside it, whether clips are left."""

    sentence: str
    notes: list[str] = field(default_factory=list)
    wrong: bool = False
    path: Path = Path()


def data_of(config: Path) -> Dataset:
    """Return the data set that a config names; its other sections say nothing about labels."""
    values = read_yaml(config)
    if "data" not in values:
        raise InputError(f"{config.name} names no data; give it a section 'data'.")
    chosen = parse(DataAlone, {"data": values["data"]}, config.name)
    return read_dataset(chosen.data)


def make_study(
    source: Path,
    *,
    scheme: str = "basic",
    out: Path | None = None,
    subject: str | None = None,
    published: bool = False,
    jobs: int = -1,
    quiet: bool = False,
) -> Made:
    """Make a study of the clips at ``source``, or add to it those that are new.

    Raises
    ------
    InputError
        When there is no clip, or the study cannot be written.
    """
    rules = load_scheme(scheme)
    data = data_of(source) if source.suffix.lower() in CONFIGS else None
    if published and data is None:
        raise InputError("--published needs a config, whose data come with labels.")
    clips, root, notes = _clips_of(source, data)
    if subject is not None:
        clips["subject"] = subjects_in(clips["source"], subject)
    place = out or (source.with_suffix(SUFFIX) if data else study_path(Request(source)))
    done = prepare(Request(None, place, rules, clips, root), lambda *_: None, lambda: False)
    steps = Steps(quiet=quiet)
    with open_study(done.study) as study:
        _learn_subjects(study, clips)
        with steps.step("clips") as said, steps.counting("clips") as progress:
            wrong = learn_clips(study, jobs, progress)
            said["detail"] = f"{len(study.clips())} clips looked at"
        if published and data is not None:
            _say_published(study, data)
        count, name = len(study.clips()), study.scheme.name
    left = bool(notes)
    notes += [*done.notes, *(f"{clip}: {reason}" for clip, reason in wrong)]
    if name != rules.name:
        notes.append(f"the study is there already and keeps its scheme, not '{rules.name}'")
    sentence = f"{count} clips, scheme '{name}'"
    return Made(sentence, notes, left or bool(wrong), done.study)


def _clips_of(source: Path, data: Dataset | None) -> tuple[pd.DataFrame, Path, list[str]]:
    """Return the clips table, the folder below which its sources are, and what was left out."""
    if data is not None:
        return data.clips.copy(), data.root, left_out("skipped", data.skipped)
    if source.name.endswith(SUFFIX):
        raise InputError(f"{source.name} is a study already; `sttm label {source}` opens it.")
    found = find_clips(source)
    return found.clips, found.root, [f"{clip}: {why}" for clip, why in found.failed]


def _learn_subjects(study: Study, clips: pd.DataFrame) -> None:
    """Note subjects of clips that were added without one."""
    known = study.clips().set_index("clip")["subject"]
    for clip, subject in clips[["clip", "subject"]].itertuples(index=False):
        if subject and known.get(clip) == "":
            study.learn_clip(clip, subject=subject)


def _say_published(study: Study, data: Dataset) -> None:
    """Let a data set's own labels be opinions, of those clips that have none of them yet."""
    known = {o.clip for o in study.latest(annotator=PUBLISHED)}
    new = data.labels[~data.labels["clip"].isin(known) & (data.labels["label"] != "")]
    scheme = study.scheme
    sayings = [
        (str(row["clip"]), PUBLISHED, _published(row, scheme)) for row in new.to_dict("records")
    ]
    used = dict.fromkeys(label for _, _, said in sayings for label in said.labels)
    strange = [label for label in used if label not in scheme.label_names]
    if strange and not scheme.free:
        raise InputError(
            f"the scheme must hold every label of the data; {scheme.name!r} lacks "
            f"{named(strange)}. Choose another with --scheme, or map them with data.classes."
        )
    study.say_many(sayings, labels=strange)


def _published(row: Mapping[Any, Any], scheme: Scheme) -> Statement:
    """Return a data set's label of a clip, its marks where it is a single one."""
    label = str(row["label"])
    labels = label.split(JOINT) if scheme.several else [label]
    if len(labels) > 1:
        return Statement(tuple(map(Interval, labels)))
    onset, apex, offset = (_frame(row.get(mark)) for mark in MARKS)
    return Statement((Interval(labels[0], onset, apex, offset),))


def _frame(value: Any) -> int | None:
    return None if value is None or value is pd.NA or value != value else int(value)
