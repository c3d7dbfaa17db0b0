"""FER+: the pictures of FER2013 with the votes of ten people each, and a rule that makes labels."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from labeling.tables import check_consensus
from sttm.errors import InputError

from .base import Dataset, build_dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import find_files
from .fer2013 import USAGE, row_names, say_drawn
from .pictures import in_parts, still_packed
from .pixels import needed_pixel_file, read_pixels

VOTES = "fer2013new.csv"
WORDS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
OTHERS = ("unknown", "NF")  # the face's expression is unclear; there is no face
COLUMNS = (*WORDS, *OTHERS)
OUTSIDE = {"unknown": "most votes say unknown", "NF": "most votes say no face"}


class FerPlusData(DataSection):
    """FER+ (FERPlus): new labels for FER2013, voted by ten people."""

    kind: Literal["ferplus"] = "ferplus"
    path: Path = Field(description="fer2013.csv, or the folder with it.")
    votes: Path | None = Field(
        None, description="fer2013new.csv; looked for beside fer2013.csv unless told."
    )
    rule: Literal["majority", "plurality"] = Field(
        "majority",
        description="majority: single votes are dropped, and the label needs more than half of "
        "the others, as the authors do; plurality: most votes, a tie has no label. In both, "
        "pictures that are voted unknown or no face are left out.",
    )
    soft: bool = Field(
        False,
        description="Train on the shares of the votes (those that the rule counts, for the eight "
        "expressions) instead of on the label alone; needs a classifier that can, such as "
        "mobilenetv2. Scores are of the label either way.",
    )


def read_ferplus(settings: FerPlusData) -> Dataset:
    """Return the pictures of FER2013 that the rule gives a label.

    The labels table keeps the votes as columns ``votes:<label>``; ``agreement`` is the winner's
    share of all votes, ``opinions`` their number.

    Raises
    ------
    InputError
        When one of the two files is missing, or they do not agree row by row.
    """
    file = needed_pixel_file(settings.path)
    votes_file = settings.votes or _beside(file, settings.path)
    votes = _read_votes(votes_file)
    pixels = read_pixels(file)
    _refuse_unaligned(votes, pixels.rows, votes_file, file)
    rows = _labelled(votes, settings.rule)
    rows["clip"], rows["source"] = row_names(len(rows)), pixels.pack.name
    rows["first"] = rows["last"] = range(len(rows))
    broken = pixels.rows["reason"]
    rows["reason"] = broken.where(broken != "", rows["reason"])
    good = rows[rows["reason"] == ""].reset_index(drop=True)
    skipped = rows.loc[broken.to_numpy() != "", ["clip", "reason"]]
    passed = rows.loc[(broken.to_numpy() == "") & (rows["reason"] != ""), ["clip", "reason"]]
    about = f"{len(good)} pictures of {file.name} labelled by {settings.rule}{in_parts(good)}"
    if settings.soft:
        about += "; trained on the shares of the votes"
    lists = [list(zip(t["clip"], t["reason"], strict=True)) for t in (skipped, passed)]
    data = build_dataset(good, pixels.pack.parent, about, "ferplus", *lists)
    status = np.where(good["agreement"] == 1, "agreed", "majority")
    counts = {f"votes:{c}": good[c].to_numpy() for c in COLUMNS}
    data.labels = check_consensus(data.labels.assign(status=status, **counts))
    if settings.soft:
        data.shares = soft_labels(good, settings.rule)
    return say_drawn(data, file.parent)


def _beside(file: Path, path: Path) -> Path:
    root = path if path.is_dir() else file.parent
    found = next(find_files(root, VOTES.replace(".", r"\."), 2), None)
    if found is None:
        raise InputError(
            f"ferplus needs {VOTES} beside {file.name}, or data.votes to name it; there is none in "
            f"{root}{still_packed(root)}."
        )
    return found


def _read_votes(file: Path) -> pd.DataFrame:
    """Return the votes as written, columns by their names in lower case.

    Raises
    ------
    InputError
        When the file is no such table.
    """
    try:
        table = pd.read_csv(
            file, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig"
        )
    except OSError as error:
        raise InputError(f"data.votes must be {VOTES}; {file}: {error.strerror}.") from None
    except ValueError as error:  # no UTF-8, or no table
        why = " ".join(str(error).split())
        raise InputError(f"{file.name} must be {VOTES} as UTF-8 text ({why}).") from None
    table.columns = [str(c).strip().casefold() for c in table.columns]
    lacking = [c for c in ("usage", *COLUMNS) if c.casefold() not in table]
    if lacking:
        raise InputError(f"{file.name} needs a column {lacking[0]!r}; is it {VOTES}?")
    header = table["usage"].str.strip().str.casefold() == "usage"
    return table[~header].reset_index(drop=True)


def _refuse_unaligned(
    votes: pd.DataFrame, rows: pd.DataFrame, votes_file: Path, file: Path
) -> None:
    """Refuse files whose rows are not the same pictures: only their order joins them."""
    if len(votes) != len(rows):
        raise InputError(
            f"{votes_file.name} and {file.name} must have the same rows in the same order; they "
            f"have {len(votes)} and {len(rows)}."
        )
    theirs = rows["usage"].str.casefold()
    ours = votes["usage"].str.strip().str.casefold()
    wrong = theirs.isin(list(USAGE)) & (theirs != ours)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"{votes_file.name} and {file.name} must have the same rows in the same order; row "
            f"{row} is {ours[row]!r} in one and {theirs[row]!r} in the other."
        )


# the rule ---------------------------------------------------------------------------------------


def _labelled(votes: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Return label, agreement, opinions, part, the votes, and why a row has no label."""
    counts, wrong = _counts(votes)
    labels, reasons = decide(counts, rule)
    out = pd.DataFrame(counts, columns=list(COLUMNS))
    out["label"] = labels
    out["part"] = votes["usage"].str.strip().str.casefold().map(USAGE)
    out["opinions"] = counts.sum(axis=1)
    out["agreement"] = counts.max(axis=1, initial=0) / np.maximum(out["opinions"], 1)
    reason = pd.Series(reasons, dtype=object)
    reason = reason.mask(wrong, "its votes are not all whole numbers from 0")
    reason = reason.mask(out["part"].isna(), "its Usage names no part")
    if "image name" in votes:
        reason = reason.mask(votes["image name"].str.strip() == "", "its image name is blank")
    out["reason"] = reason
    return out


def _counts(votes: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the votes, (rows, 10) int, and which rows hold something else."""
    named = votes[[c.casefold() for c in COLUMNS]].apply(pd.to_numeric, errors="coerce")
    values = named.to_numpy(dtype=float)
    wrong = (~np.isfinite(values) | (values < 0) | (values % 1 != 0)).any(axis=1)
    return np.where(wrong[:, None], 0, values).astype(int), wrong


def decide(counts: np.ndarray, rule: str) -> tuple[list[str], list[str]]:
    """Return label and reason of every row; exactly one of the two is blank.

    Parameters
    ----------
    counts : array (n, 10) int
        Votes in the order of ``COLUMNS``.
    rule : {"majority", "plurality"}

    References
    ----------
    Barsoum, Zhang, Canton Ferrer, Zhang 2016, doi:10.1145/2993148.2993165 (majority).
    """
    counted = _counted(counts, rule)
    most = counted.max(axis=1, initial=0)
    if rule == "majority":
        decided = most > 0.5 * counted.sum(axis=1)
        why = "no label has more than half of the votes"
    else:
        decided = (most > 0) & ((counted == most[:, None]).sum(axis=1) == 1)
        why = "no label has the most votes"
    labels, reasons = [], []
    for place, clear in zip(counted.argmax(axis=1), decided, strict=True):
        reason = OUTSIDE.get(COLUMNS[place], "") if clear else why
        labels.append("" if reason else COLUMNS[place])
        reasons.append(reason)
    return labels, reasons


def soft_labels(rows: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Return the shares of the expressions among the votes that the rule counts.

    Parameters
    ----------
    rows : DataFrame
        ``clip`` and the votes; each row has a label.
    rule : {"majority", "plurality"}

    References
    ----------
    Barsoum, Zhang, Canton Ferrer, Zhang 2016, doi:10.1145/2993148.2993165 (the distribution of
    the votes as the target of the cross-entropy).
    """
    counts = _counted(rows[list(WORDS)].to_numpy(dtype=int), rule)
    shares = pd.DataFrame(counts / counts.sum(axis=1, keepdims=True), columns=list(WORDS))
    shares.insert(0, "clip", rows["clip"].to_numpy())
    return shares


def _counted(counts: np.ndarray, rule: str) -> np.ndarray:
    """Return the votes that count: of ``majority`` those that are not the only one."""
    return np.where(counts > 1, counts, 0) if rule == "majority" else counts


def published(settings: FerPlusData) -> dict[str, int]:
    """Return no counts: the authors publish those of the votes, not of a rule's labels."""
    return {}


READER = Reader(
    FerPlusData,
    read_ferplus,
    Card(
        title="FER+ (FERPlus)",
        layout="fer2013.csv (of FER2013)\n"
        "fer2013new.csv (Usage,Image name,neutral,happiness, ... ,unknown,NF), row by row the same",
        licence="Votes under the MIT licence (github.com/microsoft/FERPlus), pictures of FER2013.",
        citation="Barsoum, Zhang, Canton Ferrer, Zhang, Training deep networks for facial "
        "expression recognition with crowd-sourced label distribution, ICMI 2016, "
        "doi:10.1145/2993148.2993165",
        stills=True,
    ),
    published,
)
