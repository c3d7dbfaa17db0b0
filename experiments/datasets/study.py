"""A labelled study: the clips and the consensus of what people said of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field, field_validator

from labeling.consensus import CONSENSUS, consensus_of
from labeling.study import Study, open_study
from labeling.tables import CONSENSUS_COLUMNS, MARKS, check_consensus
from sttm.errors import InputError, unknown_name
from sttm.tables import CLIP_COLUMNS, check_clips, named

from .base import Dataset, reasons_table
from .card import Card, Reader
from .classes import DataSection
from .drawn.files import all_drawn

OF_LABELS = [*CONSENSUS_COLUMNS, *MARKS]


class StudyData(DataSection):
    """A study that was labelled with `sttm label`; its consensus is the labels."""

    kind: Literal["study"] = "study"
    path: Path = Field(description="The study's file (.sttm-study).")
    root: Path | None = Field(
        None, description="Folder that the clips are below; where the study says unless told."
    )
    consensus: str = Field(
        "majority",
        description="How opinions become one label: majority, weighted (annotators by their "
        "agreement with the others) or dawid-skene. A reviewer's decisions go before all of them.",
    )

    @field_validator("consensus")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in CONSENSUS:
            raise ValueError(unknown_name("consensus", name, CONSENSUS))
        return name


def read_study(settings: StudyData) -> Dataset:
    """Return the clips of a study that have a label; the others are skipped by name.

    Raises
    ------
    InputError
        When the file is no study, or nobody has labelled a clip.
    """
    with open_study(settings.path, read_only=True, root=settings.root) as study:
        labels = consensus_of(study, settings.consensus)
        clips, people = study.clips(), study.annotators()
        root = study.root
        skipped = _skipped(study, clips, labels)
    left = {clip for clip, _ in skipped}
    clips = clips[~clips["clip"].isin(left)].reset_index(drop=True)
    if clips.empty:
        raise InputError(_nothing_left(settings, len(labels), root))
    about = (
        f"{len(clips)} clips of the study {settings.path.name}, labelled by {named(people)}; "
        f"consensus: {settings.consensus}"
    )
    clips.loc[clips["dataset"] == "", "dataset"] = settings.path.stem
    data = Dataset(
        check_clips(clips[list(CLIP_COLUMNS)]),
        _labels_of(clips, labels),
        root,
        about,
        reasons_table(skipped),
    )
    data.synthetic = all_drawn(root, data.clips["source"])
    return data


def _nothing_left(settings: StudyData, labelled: int, root: Path) -> str:
    name = settings.path.name
    if labelled:
        return (
            f"no source of the {labelled} labelled clips of {name} is below {root}; name the "
            "folder that they are below as data.root."
        )
    return f"{name} has no clip with a label; `sttm label {name}` is where they are given."


def _labels_of(clips: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the consensus of the clips in their order."""
    wanted = [c for c in OF_LABELS if c in labels]
    return check_consensus(clips[["clip"]].merge(labels[wanted], on="clip", how="left"))


def _skipped(study: Study, clips: pd.DataFrame, labels: pd.DataFrame) -> list[tuple[str, str]]:
    said = set(labels["clip"])
    skipped = []
    for clip, source in clips[["clip", "source"]].itertuples(index=False):
        if clip not in said:
            skipped.append((clip, "nobody has given it a label"))
        elif not os.path.exists(study.source_of(source)):  # noqa: PTH110 - the other may raise
            skipped.append((clip, f"{source} is not there"))
    return skipped


READER = Reader(
    StudyData,
    read_study,
    Card(
        title="A labelled study",
        layout="STUDY.sttm-study, beside the clips that it names",
        licence="Yours to know.",
        citation="Yours to name.",
    ),
)
