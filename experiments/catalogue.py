"""`sttm datasets`: what each kind of data is, and what a folder of it holds."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.errors import InputError, ToolkitError, unknown_name
from sttm.frames import open_frames

from .config import parse
from .datasets import READERS, Dataset, DataSettings, Reader, read_dataset
from .keeping.described import describe_data
from .options import Section
from .settings import apply_settings
from .shipped import shipped_configs

WIDTH = 96
REASONS = 8  # kinds of reasons that are printed


class DataAlone(Section):
    """A data section without an experiment around it."""

    data: DataSettings


def catalogue_lines(kind: str | None = None) -> list[str]:
    """Return what `sttm datasets` prints: layout, licence, citation and settings of each kind.

    Raises
    ------
    InputError
        For an unknown kind.
    """
    readers = list(READERS.values()) if kind is None else [reader_of(kind)]
    out: list[str] = []
    for reader in readers:
        out += [*_entry(reader), ""]
    return out[:-1]


def reader_of(kind: str) -> Reader:
    """Return the reader of a kind of data, or refuse the name."""
    if kind not in READERS:
        raise InputError(unknown_name("kind of data", kind, READERS))
    return READERS[kind]


def _entry(reader: Reader) -> list[str]:
    card = reader.card
    lines = [f"{reader.kind}: {card.title}"]
    lines += ["  layout", *(f"    {line}" for line in card.layout.splitlines())]
    lines += _wrapped(f"licence  {card.licence}", 2, 11)
    lines += _wrapped(f"cite     {card.citation}", 2, 11)
    lines.append("  settings")
    fields = sorted(reader.settings.model_fields.items(), key=lambda f: not f[1].is_required())
    for name, field in fields:
        if name != "kind":
            need = " (needed)" if field.is_required() else ""
            lines += _wrapped(f"{name}{need}: {field.description}", 4, 8)
    fitting = _configs(reader.kind)
    if fitting:
        lines += _wrapped(f"configs  {', '.join(fitting)}", 2, 11)
    return lines


def _wrapped(text: str, indent: int, hanging: int) -> list[str]:
    wrapper = textwrap.TextWrapper(WIDTH, " " * indent, " " * hanging, break_on_hyphens=False)
    return wrapper.wrap(text)


def _configs(kind: str) -> list[str]:
    """Return the names of the shipped configs that are about a kind of data."""
    wanted = re.compile(rf"^\s*(data: \{{)?\s*kind: ['\"]?{re.escape(kind)}['\"]?\s*[,}}#\n]", re.M)
    return [n for n, path in shipped_configs().items() if wanted.search(path.read_text("utf-8"))]


# checking ---------------------------------------------------------------------------------------


@dataclass
class Checked:
    """What lies in a folder, as one reader sees it."""

    reader: Reader
    data: Dataset
    published: dict[str, int]
    unreadable: list[tuple[str, str]]  # clips whose first frame cannot be read, with the reason

    @property
    def good(self) -> bool:
        """Whether every clip that belongs to the set can be used."""
        return not len(self.data.skipped) and not self.unreadable

    def counts(self) -> dict[str, int]:
        """Return what was found: ``clips``, ``subjects`` (where known) and each label."""
        subjects = set(self.data.clips["subject"]) - {""}
        found = {"clips": len(self.data.clips)}
        if subjects:
            found["subjects"] = len(subjects)
        labels = self.data.labels["label"].value_counts().sort_index()
        return found | {str(k): int(n) for k, n in labels.items()}


def check_dataset(
    kind: str, path: str | Path | None = None, settings: Sequence[str] = ()
) -> Checked:
    """Read a data set and look at the first clip of each class; nothing is measured.

    Parameters
    ----------
    kind : str
        A name in ``READERS``.
    path : path, optional
        ``data.path``, for the kinds that have one.
    settings : sequence of str
        Further settings as ``KEY=VALUE``.

    Raises
    ------
    InputError
        When it is no such data set at all.
    """
    reader = reader_of(kind)
    values: dict[str, Any] = {"kind": kind}
    if path is not None:
        if "path" not in reader.settings.model_fields:
            raise InputError(f"{kind} is not read from a path; leave {path} out.")
        values["path"] = str(path)
    values = apply_settings(values, [s.removeprefix("data.") for s in settings])
    section = parse(DataAlone, {"data": values}, "settings").data
    data = read_dataset(section)
    published = describe_data(section.model_dump(mode="json")).published
    return Checked(reader, data, dict(published), list(_unreadable(data)))


def _unreadable(data: Dataset) -> Iterator[tuple[str, str]]:
    both = data.clips.merge(data.labels[["clip", "label"]], on="clip")
    for row in both.groupby("label", sort=True).head(1).to_dict(orient="records"):
        first = None if pd.isna(row["first"]) else int(row["first"])
        try:
            with open_frames(data.root / row["source"], first=first, last=first) as frames:
                next(iter(frames))
        except ToolkitError as error:
            yield str(row["clip"]), str(error).rstrip(".")


def checked_lines(checked: Checked) -> list[str]:
    """Return what `sttm datasets check` prints."""
    card, data = checked.reader.card, checked.data
    lines = [f"{checked.reader.kind}: {card.title}", f"found    {data.about}", ""]
    lines += _table(checked)
    if "part" in data.clips:
        parts = data.clips["part"].value_counts().sort_index()
        lines += ["", "parts    " + ", ".join(f"{k} {n}" for k, n in parts.items())]
    lines += _grouped("skipped", data.skipped)
    lines += _grouped("passed over", data.passed)
    lines += [f"unreadable {clip}: {reason}" for clip, reason in checked.unreadable]
    return lines


def _table(checked: Checked) -> list[str]:
    found, published = checked.counts(), checked.published
    names = [*found, *(n for n in published if n not in found)]
    names.sort(key=lambda n: (n != "clips", n != "subjects", n))
    wide = max(len(n) for n in names)
    head = f"{'':<{wide}}  {'found':>8}" + (f"  {'published':>9}" if published else "")
    return [head, *(_row(n, found, published, wide) for n in names)]


def _row(name: str, found: dict[str, int], published: dict[str, int], wide: int) -> str:
    line = f"{name:<{wide}}  {found.get(name, 0):>8}"
    if not published:
        return line
    if name not in published:
        return f"{line}  {'-':>9}"
    gap = found.get(name, 0) - published[name]
    return f"{line}  {published[name]:>9}" + (f"  {gap:+d}" if gap else "")


def _grouped(head: str, table: pd.DataFrame) -> list[str]:
    """Return how many were left out for each reason, with an example."""
    if table.empty:
        return []
    examples: dict[str, list[str]] = {}
    for clip, reason in table[["clip", "reason"]].to_numpy(dtype=str).tolist():
        examples.setdefault(reason, []).append(clip)
    groups = sorted(examples.items(), key=lambda g: -len(g[1]))
    lines = ["", f"{head}  {len(table)}"]
    for reason, clips in groups[:REASONS]:
        example = clips[0] if len(clips) == 1 else f"such as {clips[0]}"
        lines.append(f"  {len(clips):>6}  {reason} ({example})")
    more = len(groups) - REASONS
    rest = "1 other reason" if more == 1 else f"{more} other reasons"
    return [*lines, f"          and {rest}"] if more > 0 else lines
