"""Several data sets as one: ``members`` names them, each as it would be named alone."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import Field, ValidationError, field_serializer, field_validator

from sttm.errors import InputError, unknown_name
from sttm.extract import Progress
from sttm.mistakes import sentences

from ..options import Section
from .base import OF_CLIPS, OF_LABELS, Dataset, build_dataset
from .card import Card, Reader
from .classes import DataSection

MOST = 50
CALLED_BY_PATH = ("folder", "csv")
# kind -> the sets whose people it shows, under the same names
PEOPLE_OF = {"ck+48": ("ck+",), "megc2019": ("casme2", "smic", "samm")}


class CompositeData(DataSection):
    """Several data sets put together."""

    kind: Literal["composite"] = "composite"
    members: list[Any] = Field(
        min_length=1,
        max_length=MOST,
        description="The data sets, each as in a config of its own, such as {kind: smic, path: "
        "...}. data.classes applies to all of them together; use it to give their labels one "
        "meaning.",
    )

    @field_validator("members")
    @classmethod
    def _known_members(cls, value: list[Any]) -> list[Any]:
        return [check_member(entry, number) for number, entry in enumerate(value, 1)]

    @field_serializer("members")
    def _plain_members(self, value: list[Section]) -> list[dict[str, Any]]:
        return [member.model_dump(mode="json") for member in value]


def check_member(entry: Any, number: int) -> Section:
    """Return the settings of one member.

    Raises
    ------
    ValueError
        With one sentence per mistake, each naming the member.
    """
    from . import READERS  # the family that this is a member of

    where = f"member {number}"
    if isinstance(entry, Section):
        entry = entry.model_dump(mode="json")
    entry = {"kind": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, Mapping) or "kind" not in entry:
        raise ValueError(f"{where} must be a mapping that says its 'kind', not {entry!r:.60}")
    kinds = [k for k in READERS if k != "composite"]
    if entry["kind"] not in kinds:
        raise ValueError(unknown_name(f"kind of {where}", entry["kind"], kinds).rstrip("."))
    model = READERS[entry["kind"]].settings
    try:
        member = model(**{str(k): v for k, v in entry.items()})
    except ValidationError as error:
        prefix = f"{where} ({entry['kind']})"
        raise ValueError(" ".join(sentences(error, model, prefix))) from error
    if getattr(member, "soft", False):
        raise ValueError(f"{where}: soft labels are for a data set that stands alone; take it out")
    return member


def read_composite(
    settings: CompositeData, jobs: int = 1, progress: Progress | None = None
) -> Dataset:
    """Return the clips of all members; see ``put_together``.

    Raises
    ------
    InputError
        Naming the member that cannot be used.
    """
    from . import read_dataset

    members = []
    for number, member in enumerate(settings.members, 1):
        try:
            members.append(read_dataset(member, jobs, progress))
        except InputError as error:
            raise InputError(f"member {number} ({member.kind}): {error}") from error
    _tell_apart(members, [member.kind for member in settings.members])
    return put_together(members)


def _tell_apart(members: Sequence[Dataset], kinds: Sequence[str]) -> None:
    """Give sets that are called by their path another name where that of another set is the same.

    A published set has one name wherever it lies; two folders called ``train`` are two sets.
    """
    taken: dict[str, Path] = {}
    for member, kind in zip(members, kinds, strict=True):
        names = member.clips["dataset"].unique()
        if kind in CALLED_BY_PATH and len(names) == 1:
            name, number = names[0], 1
            while taken.get(name, member.root) != member.root:
                number += 1
                name = f"{names[0]}-{number}"
            member.clips["dataset"] = name
        for name in member.clips["dataset"].unique():
            taken.setdefault(name, member.root)


def put_together(members: Sequence[Dataset]) -> Dataset:
    """Return several data sets as one.

    Subjects are called ``<dataset>/<subject>``, so that ``006`` of two sets is two people, and the
    members of one data set (raw and cropped frames of it) share theirs, as do CK+ and CK+48. Clips
    are called ``<dataset>/<clip>``; a second member of the same name is ``<dataset>-2``. ``part``
    stays where every clip has one.

    Raises
    ------
    InputError
        When there is no clip.
    """
    roots = [member.root.resolve() for member in members]
    root = _common(roots)
    names = _names(members)
    tables, skipped, passed = [], [], []
    for member, place, name in zip(members, roots, names, strict=True):
        tables.append(_rows(member, place, root, name))
        skipped += _left(member.skipped, name)
        passed += _left(member.passed, name)
    rows = pd.concat(tables, ignore_index=True)
    if "part" in rows and (rows["part"].isna() | (rows["part"] == "")).any():
        rows = rows.drop(columns="part")
    if "aus" in rows:
        rows["aus"] = rows["aus"].fillna("")
    counts = ", ".join(f"{len(t)} {n}" for t, n in zip(tables, names, strict=True))
    about = f"{len(rows)} clips of {len(members)} data sets together ({counts})"
    data = build_dataset(rows, root, about, "composite", skipped, passed)
    data.synthetic = any(member.synthetic for member in members)
    data.source = ", ".join(dict.fromkeys(m.source or str(m.root) for m in members))
    return data


def _common(roots: Sequence[Path]) -> Path:
    """Return the folder that holds all roots; on several drives, the first root."""
    try:
        return Path(os.path.commonpath(roots))
    except ValueError:
        return roots[0]


def _names(members: Sequence[Dataset]) -> list[str]:
    """Return a name for each member, from what its clips say their data set is."""
    names: list[str] = []
    for member in members:
        said = list(dict.fromkeys(member.clips["dataset"]))
        name = "+".join(said) if len(said) < 4 else f"{said[0]}+{len(said) - 1} more"
        count = sum(n == name or n.startswith(f"{name}-") for n in names)
        names.append(f"{name}-{count + 1}" if count else name)
    return names


def _rows(member: Dataset, place: Path, root: Path, name: str) -> pd.DataFrame:
    """Return one row per clip of a member, under the names that it has in the whole."""
    labels = member.labels[[c for c in OF_LABELS if c in member.labels]]
    clips = member.clips[[c for c in OF_CLIPS if c in member.clips]]
    rows = clips.merge(labels, on="clip", validate="one_to_one")
    rows["clip"] = name + "/" + rows["clip"]
    pairs = rows[["dataset", "subject"]].itertuples(index=False)
    rows["subject"] = [_subject(*pair) for pair in pairs]
    rows["source"] = [_source(place / source, root) for source in rows["source"]]
    return rows


def _subject(dataset: str, subject: str) -> str:
    people = PEOPLE_OF.get(dataset, (dataset,))[0]
    if not subject or subject.startswith(f"{people}/"):  # a member that is put together itself
        return subject
    return f"{people}/{subject}"


def _source(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _left(table: pd.DataFrame, name: str) -> list[tuple[str, str]]:
    return [(f"{name}/{clip}", reason) for clip, reason in table.itertuples(index=False)]


def published(settings: CompositeData) -> dict[str, int]:
    """Return the sums of what is published of the members, where it is of all of them."""
    from . import READERS

    if any(member.classes for member in settings.members):
        return {}
    counts = [dict(READERS[m.kind].published(m)) for m in settings.members]
    out = {k: sum(c[k] for c in counts) for k in ("clips",) if all(k in c for c in counts)}
    people = [p for m in settings.members for p in PEOPLE_OF.get(m.kind, (m.kind,))]
    if len(set(people)) == len(people) and all("subjects" in c for c in counts):
        out["subjects"] = sum(c["subjects"] for c in counts)
    labels = [{k: n for k, n in c.items() if k not in ("clips", "subjects")} for c in counts]
    if all(labels):
        for label in sorted(set().union(*labels)):
            out[label] = sum(c.get(label, 0) for c in labels)
    return out


READER = Reader(
    CompositeData,
    read_composite,
    Card(
        title="Several data sets together",
        layout="members:\n  - {kind: casme2, path: PATH}\n  - {kind: smic, path: PATH}",
        licence="Those of the members.",
        citation="Those of the members.",
    ),
    published,
    makes=True,
)
