"""What is published about a run's data: title, licence, citation, counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ..datasets import READERS
from ..datasets.classes import new_names

TOTALS = ("clips", "subjects")  # what published counts name besides labels


@dataclass(frozen=True)
class Description:
    """What a data set's card says; empty where the set is nobody's but the user's.

    Attributes
    ----------
    title, licence, citation : str
    stills : bool
        Single pictures instead of clips.
    published : mapping of str to int
        ``clips``, ``subjects`` and clips per label, as far as anybody published them.
    """

    title: str = ""
    licence: str = ""
    citation: str = ""
    stills: bool = False
    published: Mapping[str, int] = field(default_factory=dict)


def describe_data(section: Mapping[str, Any]) -> Description:
    """Return what is known of the data that a config's ``data`` section names.

    Parameters
    ----------
    section : mapping
        The section as plain values, with its ``kind``; as in ``facts["config"]["data"]``.
    """
    reader = READERS.get(str(section.get("kind", "")))
    if reader is None:
        return Description()
    card = reader.card
    try:
        settings = reader.settings.model_validate(dict(section))
        counts = dict(reader.published(settings))
    except (ValidationError, LookupError, AttributeError):  # a config of another version
        counts = {}
    if section.get("classes"):
        counts = _chosen(counts, new_names(section["classes"]))
    return Description(card.title, card.licence, card.citation, card.stills, counts)


def _chosen(counts: Mapping[str, int], names: Mapping[str, str]) -> dict[str, int]:
    """Return published counts under the names of ``data.classes``; sums of what was merged.

    What was not published of all labels of a class is left out, and so are the subjects where
    labels are left out: nobody published how many have one of the others.
    """
    labels = {label: n for label, n in counts.items() if label not in TOTALS}
    unknown = {name for label, name in names.items() if label not in labels}
    out: dict[str, int] = {}
    for label, name in names.items():
        if name not in unknown:
            out[name] = out.get(name, 0) + labels[label]
    if labels and not unknown:
        out["clips"] = sum(labels[label] for label in names)
    if set(labels) == set(names) and "subjects" in counts:
        out["subjects"] = counts["subjects"]
    return out
