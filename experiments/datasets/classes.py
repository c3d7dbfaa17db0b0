"""``data.classes``: keep some labels of a data set, or merge them under new names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from pydantic import Field, field_validator

from sttm.errors import InputError, unknown_name

from ..options import Section
from ..shares import merge_shares
from .base import Dataset, reasons_table


class DataSection(Section):
    """What every kind of data may say."""

    classes: dict[str, list[str]] | list[str] | None = Field(
        None,
        description="Labels that are kept, as a list, or a new name with the labels merged under "
        "it, such as {negative: [anger, fear], positive: [happiness]}; clips of all other labels "
        "are left out.",
    )

    @field_validator("classes", mode="before")
    @classmethod
    def _labels_in_lists(cls, value: Any) -> Any:
        lists = list(value.values()) if isinstance(value, dict) else [value]
        if value is not None and not all(_is_labels(words) for words in lists):
            raise ValueError(
                "it must be a list of labels, or a list of labels for each new name, such as "
                f"{{negative: [anger, fear], positive: [happiness]}}, not {value!r:.60}; labels "
                "that YAML reads as something else, such as 1 or no, go in quotes"
            )
        return value

    @field_validator("classes")
    @classmethod
    def _each_label_once(
        cls, value: dict[str, list[str]] | list[str] | None
    ) -> dict[str, list[str]] | list[str] | None:
        if value is None:
            return None
        merged = new_names(value)
        listed = (
            value if isinstance(value, list) else [w for words in value.values() for w in words]
        )
        doubled = sorted({w for w in listed if listed.count(w) > 1})
        if doubled:
            raise ValueError(f"label {doubled[0]!r} is named twice; a label has one class")
        if len(set(merged.values())) < 2:
            raise ValueError("an experiment needs at least two classes")
        return value


def _is_labels(words: Any) -> bool:
    return isinstance(words, list) and all(isinstance(w, str) for w in words)


def new_names(classes: dict[str, list[str]] | list[str]) -> dict[str, str]:
    """Return label -> class of what ``data.classes`` says.

    >>> new_names({"negative": ["anger", "fear"], "positive": ["happiness"]})
    {'anger': 'negative', 'fear': 'negative', 'happiness': 'positive'}
    """
    if isinstance(classes, list):
        return {label: label for label in classes}
    return {label: name for name, labels in classes.items() for label in labels}


def choose_classes(data: Dataset, section: DataSection) -> Dataset:
    """Return the data set with only the classes that a config asks for.

    Raises
    ------
    InputError
        When a label is named that no clip has.
    """
    if section.classes is None:
        return data
    names = new_names(section.classes)
    labels = data.labels["label"]
    refuse_unknown(names, labels)
    kept = labels.isin(list(names))
    chosen = data.labels[kept].assign(label=labels[kept].map(names)).reset_index(drop=True)
    clips = data.clips[data.clips["clip"].isin(chosen["clip"])].reset_index(drop=True)
    left = data.labels.loc[~kept, ["clip", "label"]].itertuples(index=False)
    passed = reasons_table([(c, f"label {w!r} is not among data.classes") for c, w in left])
    data.labels, data.clips = chosen, clips
    if data.shares is not None:
        data.shares = merge_shares(data.shares, names, chosen["clip"])
    data.passed = pd.concat([data.passed, passed], ignore_index=True)
    if (~kept).any():
        data.about += f"; {len(clips)} of them in the chosen classes"
    return data


def refuse_unknown(names: Iterable[str], labels: Iterable[str]) -> None:
    """Refuse class settings that name a label which no clip has.

    Raises
    ------
    InputError
    """
    known = sorted({str(w) for w in labels} - {""})
    for name in names:
        if name not in known:
            raise InputError(unknown_name("label in data.classes", name, known))
