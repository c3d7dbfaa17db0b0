"""Leaks that row numbers do not show: one person under two names, one recording under two clips.

Everything here is said, nothing refused: published sets have such slips, and their users cannot
mend them. Where a recording is on both sides of a split, a run no longer claims independence of
subjects (``shown_independent``).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from sttm.tables import named

from .folds import Fold
from .protocols import independence

PERSON = re.compile(r"^(?:s|sub|subj|subject)(?=\d)")  # S01, sub01 and 01 are written for one


def leaks_in(
    clips: pd.DataFrame,
    labels: Sequence[str] | np.ndarray,
    folds: Sequence[Fold],
    measures: np.ndarray | None = None,
) -> list[str]:
    """Return what looks like a leak, one sentence each.

    Parameters
    ----------
    clips : DataFrame
        A clips table, rows as in ``folds``; with ``content`` (digest of what a source holds) copies
        under another name are found too.
    labels : sequence (n,)
    folds : sequence of Fold
    measures : array (n, m), optional
        Clips with the same measures to the last bit are counted.
    """
    subjects = clips["subject"].astype(str).to_numpy()
    return [
        *similar_subjects(subjects),
        *similar_labels(labels),
        *shared_names(clips),
        *repeated_recordings(clips, labels, folds),
        *([] if measures is None else equal_measures(clips, measures, folds)),
    ]


def shown_independent(protocol: str, folds: Sequence[Fold], clips: pd.DataFrame) -> bool | None:
    """Return whether results hold for new people: True, False, or None where nobody can say.

    False where a recording is on both sides of a split, whoever is said to be in it.
    """
    found = independence(protocol, folds, clips["subject"].tolist())
    same = recordings(clips)
    return False if any(len(_on_both_sides(fold, same)) for fold in folds) else found


# names ------------------------------------------------------------------------------------------


def similar_subjects(subjects: Iterable[str]) -> list[str]:
    """Return a sentence on subjects that may be one person in two spellings.

    >>> similar_subjects(["S1", "s01", "S2"])[0][:42]
    "subjects 'S1' and 's01' may be one person "
    """
    pairs = _similar(subjects, _person)
    if not pairs:
        return []
    return [
        f"subjects {named(pairs)} may be one person in two spellings, who could then be on both "
        "sides of a split; give one person one name."
    ]


def similar_labels(labels: Iterable[str]) -> list[str]:
    """Return a sentence on labels that may be one class in two spellings."""
    pairs = _similar(labels, lambda text: "".join(re.findall(r"\w+", text.casefold())).rstrip("s"))
    if not pairs:
        return []
    return [f"labels {named(pairs)} may be one class in two spellings; merge them by data.classes."]


def _similar(values: Iterable[str], key: Callable[[str], str]) -> list[str]:
    by_key: dict[str, list[str]] = defaultdict(list)
    for value in sorted({str(v) for v in values} - {""}):
        by_key[key(value)].append(value)
    return [
        " and ".join(repr(v) for v in same) for name, same in by_key.items() if name and same[1:]
    ]


def _person(text: str) -> str:
    """Return what remains of a subject's name without case, signs, zeros and the word for subject.

    >>> {_person(t) for t in ("S1", "s01", " S-001", "1", "sub01")}, _person("casme2/01")
    ({'1'}, 'casme.2.1')
    """
    parts = re.findall(r"[^\W\d_]+|\d+", text.casefold())
    plain = [str(int(p)) if p.isdecimal() else p for p in parts]
    joined = ".".join(plain)
    return PERSON.sub("", joined.replace(".", "", 1)) if len(plain) == 2 else joined


def shared_names(clips: pd.DataFrame) -> list[str]:
    """Return a sentence on subjects of the same name in several data sets."""
    if "dataset" not in clips:
        return []
    known = clips[clips["subject"].astype(str) != ""]
    sets = known.groupby("subject")["dataset"].nunique()
    shared = [str(s) for s in sets.index[sets > 1]]
    if not shared:
        return []
    return [
        f"subject {named(shared)} is in several data sets and counts as one person; if these are "
        "different people, write the set before the name."
    ]


# recordings -------------------------------------------------------------------------------------


def recordings(clips: pd.DataFrame) -> np.ndarray:
    """Return a number for each clip, (n,): equal where clips show the same frames of one video.

    Clips are of one video when they have the same ``content``, or without that column the same
    ``source``; they show the same frames when their stretches overlap, directly or through others.
    """
    video = clips["content" if "content" in clips else "source"].astype(str).to_numpy()
    begin, end = (
        pd.to_numeric(clips[c]).astype("Float64").fillna(limit).to_numpy(dtype=float)
        for c, limit in (("first", 0.0), ("last", np.inf))
    )
    out = np.zeros(len(clips), dtype=int)
    number, previous, reach = -1, None, -1.0
    for row in np.lexsort((end, begin, video)):
        if video[row] != previous or begin[row] > reach:
            number, previous, reach = number + 1, video[row], -1.0
        out[row], reach = number, max(reach, end[row])
    return out


def repeated_recordings(
    clips: pd.DataFrame, labels: Sequence[str] | np.ndarray, folds: Sequence[Fold]
) -> list[str]:
    """Return sentences on clips that show the same frames: on both sides, or of two labels."""
    same = recordings(clips)
    names, subjects = (clips[c].astype(str).to_numpy() for c in ("clip", "subject"))
    repeated = _repeated(same)
    if not repeated:
        return []
    split = _split(folds, same)
    out = []
    if split:
        text = named([_pair(repeated[n], names, subjects) for n in split])
        out.append(
            f"the same frames are trained on and tested ({_count(split)}: {text}); the "
            "scores of these clips say nothing about new people. Leave one of each out, or "
            "correct their subjects."
        )
    rest = [n for n in repeated if n not in split]
    if rest:
        text = named([_pair(repeated[n], names, subjects) for n in rest])
        out.append(f"clips that show the same frames count several times: {text}.")
    said = np.asarray(labels, dtype=str)
    torn = [n for n, rows in repeated.items() if len(set(said[rows])) > 1]
    if torn:
        text = named([_pair(repeated[n], names, said) for n in torn])
        out.append(f"the same frames have different labels: {text}; one of them is wrong.")
    return out


def equal_measures(clips: pd.DataFrame, measures: np.ndarray, folds: Sequence[Fold]) -> list[str]:
    """Return a sentence on other clips that cannot be told apart: equal to the last bit."""
    rows = np.ascontiguousarray(measures)
    numbers: dict[bytes, int] = {}
    same = np.array([numbers.setdefault(r.tobytes(), len(numbers)) for r in rows], dtype=int)
    recording = recordings(clips)  # the same frames are said by ``repeated_recordings``
    repeated = {n: r for n, r in _repeated(same).items() if len(set(recording[r])) > 1}
    if not repeated:
        return []
    split = [n for n in _split(folds, same) if n in repeated]
    names = clips["clip"].astype(str).to_numpy()
    text = named([_pair(r, names, None) for r in (repeated[n] for n in split or repeated)])
    both = f"; of {len(split)} of them some are trained on and some tested" if split else ""
    count = sum(len(r) - 1 for r in repeated.values())
    what = "clip repeats" if count == 1 else "clips repeat"
    return [f"{count} {what} the measures of another one to the last bit{both}: {text}."]


def _count(found: Sequence[int]) -> str:
    return f"{len(found)} recording{'' if len(found) == 1 else 's'}"


def _repeated(same: np.ndarray) -> dict[int, np.ndarray]:
    """Return the rows of every number that several rows have."""
    order = np.argsort(same, kind="stable")
    numbers, starts, counts = np.unique(same[order], return_index=True, return_counts=True)
    return {
        int(n): order[s : s + c] for n, s, c in zip(numbers, starts, counts, strict=True) if c > 1
    }


def _on_both_sides(fold: Fold, same: np.ndarray) -> np.ndarray:
    return np.intersect1d(same[fold.seen], same[fold.test])


def _split(folds: Sequence[Fold], same: np.ndarray) -> list[int]:
    """Return the numbers that some fold has on both sides, in order."""
    return sorted({int(n) for fold in folds for n in _on_both_sides(fold, same)})


def _pair(rows: np.ndarray, names: np.ndarray, what: np.ndarray | None) -> str:
    shown = [names[r] if what is None or not what[r] else f"{names[r]} ({what[r]})" for r in rows]
    return " and ".join(shown[:3]) + (f" and {len(rows) - 3} more" if len(rows) > 3 else "")
