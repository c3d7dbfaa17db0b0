"""Which runs may be compared: what data they share, whether their protocols allow it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

from ..judging.predictions import classes_of
from ..keeping.runs import FinishedRun


def display_names(runs: Sequence[FinishedRun]) -> list[str]:
    """Return one name per run, all different: its own, else as much of its folder as it takes."""
    names = [run.name for run in runs]
    folders = [run.folder.absolute() for run in runs]
    for depth in range(1, 5):
        owners: dict[str, set[Path]] = {}
        for name, folder in zip(names, folders, strict=True):
            owners.setdefault(name, set()).add(folder)
        names = [
            "/".join(folder.parts[-depth:]) if len(owners[name]) > 1 else name
            for name, folder in zip(names, folders, strict=True)
        ]
    return [n if n not in names[:i] else f"{n} ({i + 1})" for i, n in enumerate(names)]


def shared_clips(runs: Sequence[FinishedRun]) -> pd.Index:
    """Return the clips that all runs tested, in the first one's order.

    A clip is the same where its name and the content of its file are.
    """
    first = runs[0].clips["content"]
    common = first.index
    for run in runs[1:]:
        other = run.clips["content"].reindex(common)
        common = common[(other == first.loc[common]).to_numpy()]
    return common


def data_groups(runs: Sequence[FinishedRun]) -> list[int]:
    """Return for every run the number of its data: runs that share clips have the same number."""
    group = list(range(len(runs)))
    for i, j in combinations(range(len(runs)), 2):
        if group[i] != group[j] and len(shared_clips([runs[i], runs[j]])):
            old, new = max(group[i], group[j]), min(group[i], group[j])
            group = [new if g == old else g for g in group]
    order = {g: number for number, g in enumerate(dict.fromkeys(group))}
    return [order[g] for g in group]


def same_kind(first: FinishedRun, second: FinishedRun) -> bool:
    """Return whether two protocols allow a paired test: one name, or both subject-independent."""
    names = {run.facts["protocol"].get("name") for run in (first, second)}
    return len(names) == 1 or (first.independent and second.independent)


def refuse_contradictions(first: FinishedRun, second: FinishedRun, common: pd.Index) -> None:
    """Refuse two runs that say two things about a clip.

    Raises
    ------
    InputError
        Naming clips whose label or subject differs.
    """
    for what in ("label", "subject"):
        one, other = (run.clips[what].reindex(common) for run in (first, second))
        differs = (one != other).to_numpy()
        if differs.any():
            clips = common[differs]
            raise InputError(
                f"runs can be compared only where a clip has one {what}; clip "
                f"{clips[0]} is {one.iloc[np.argmax(differs)]!r} in {first.folder} and "
                f"{other.iloc[np.argmax(differs)]!r} in {second.folder}"
                f"{_more(clips)}. Run both on the same labels and subjects."
            )


def _more(clips: pd.Index) -> str:
    return f" (also {named(clips[1:])})" if len(clips) > 1 else ""


def method_of(run: FinishedRun) -> str:
    """Return what makes a method across data sets: the descriptor and the classifier, as a key."""
    return json.dumps([run.config.get("descriptor"), run.config.get("classifier")], sort_keys=True)


def warnings_of(runs: Sequence[FinishedRun], names: Sequence[str]) -> list[str]:
    """Return what must be said in red: protocols that differ or leak subjects."""
    out = []
    protocols: dict[str, list[str]] = {}
    for run, name in zip(runs, names, strict=True):
        protocols.setdefault(run.protocol, []).append(name)
    if len(protocols) > 1:
        listed = "; ".join(f"{p}: {named(who, 4)}" for p, who in protocols.items())
        out.append(
            f"The protocols differ ({listed}). A difference between such runs may come from the "
            "protocol alone: this is not a ranking."
        )
    leaky = [n for run, n in zip(runs, names, strict=True) if not run.independent]
    if leaky:
        others = (
            ", and they cannot be set against those of the others" if len(leaky) < len(runs) else ""
        )
        out.append(
            f"Not shown to be subject-independent: {named(leaky, 6)}. The same people may have "
            "been trained on and tested, so the scores are usually far too high for people whom "
            f"the model has never seen{others}."
        )
    return out


def notes_of(runs: Sequence[FinishedRun], names: Sequence[str], groups: Sequence[int]) -> list[str]:
    """Return what a reader must know besides: different data, classes, versions."""
    out = []
    if len(set(groups)) > 1:
        sets = [
            [n for n, g in zip(names, groups, strict=True) if g == k] for k in sorted({*groups})
        ]
        listed = " | ".join(named(s, 4) for s in sets)
        out.append(
            f"The runs lie on different data, without a clip in common ({listed}). Their scores "
            "stand side by side, but a paired test needs the same clips, so there is none between "
            "these groups."
        )
    out += _other_classes(runs, names, groups)
    different = sorted(
        {k for run in runs for k, v in run.facts["versions"].items()
         if v != runs[0].facts["versions"].get(k)}
    )  # fmt: skip
    if different:
        out.append(f"The runs were made with different versions of {named(different, 6)}.")
    return out


def _other_classes(
    runs: Sequence[FinishedRun], names: Sequence[str], groups: Sequence[int]
) -> list[str]:
    """Return what to say of runs on the same data that tell apart different classes."""
    out = []
    for k in sorted({*groups}):
        tasks: dict[tuple[str, ...], list[str]] = {}
        for run, name, group in zip(runs, names, groups, strict=True):
            if group == k:
                tasks.setdefault(tuple(sorted(classes_of(run.predictions))), []).append(name)
        if len(tasks) > 1:
            listed = "; ".join(f"{named(who, 4)}: {len(c)} classes" for c, who in tasks.items())
            out.append(
                f"The runs tell apart different classes ({listed}). Fewer classes are easier, also "
                "on the clips that the runs share: a difference may come from the task alone."
            )
    return out
