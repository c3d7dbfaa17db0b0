"""Protocols: which clips are trained on and which are tested, by name.

The headline protocols never let a subject be on both sides; ``make_folds`` proves it for the folds
that it returns (``refuse_leaks``). The others exist to be compared with published figures and say
of themselves what they do not show.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sttm.errors import InputError, unknown_name
from sttm.tables import named

from .doubts import doubts
from .folds import (
    Fold,
    grouped_splits,
    numbered,
    one_out,
    plain_texts,
    refuse_gaps,
    refuse_leaks,
    sample_splits,
    subject_independent,
)
from .official_split import Parts, part_folds, settle_parts

if TYPE_CHECKING:
    from ..config import ProtocolSection


class ProtocolWarning(UserWarning):
    """The folds are valid, but something about them weakens the result."""


@dataclass(frozen=True)
class ProtocolSettings:
    """How clips are divided.

    Parameters
    ----------
    name : str
        A name in ``PROTOCOLS``.
    folds : int
        Number of folds of the k-fold protocols.
    seed : int
        Of their shuffling.
    train_parts, choose_parts, test_parts : tuple of str or None
        ``official-split`` only: the parts that are trained on, looked at to choose parameters, and
        tested; None leaves it to ``settle_parts``. Without test parts (an empty tuple) every part
        is tested once by a model of all the others.
    refit : bool
        ``official-split`` only: fit the model that is tested on the ``choose_parts`` too.
    """

    name: str = "loso"
    folds: int = 10
    seed: int = 0
    train_parts: tuple[str, ...] | None = None
    choose_parts: tuple[str, ...] | None = None
    test_parts: tuple[str, ...] | None = None
    refit: bool = False

    def __post_init__(self) -> None:
        if self.name not in PROTOCOLS:
            raise InputError(unknown_name("protocol", self.name, PROTOCOLS))
        if isinstance(self.folds, bool) or int(self.folds) != self.folds or self.folds < 2:
            raise InputError(f"folds must be a whole number of at least 2, not {self.folds!r}.")

    def settled(self, parts: Sequence[str] | np.ndarray) -> Parts:
        """Return which parts of an official split are used for what."""
        return settle_parts(parts, self.train_parts, self.choose_parts, self.test_parts)


@dataclass(frozen=True)
class Clips:
    """What a protocol may look at; every array has one entry per clip."""

    labels: np.ndarray
    subjects: np.ndarray
    datasets: np.ndarray
    parts: np.ndarray


@dataclass(frozen=True)
class Protocol:
    """One member of the family.

    Parameters
    ----------
    make : callable
    about : str
    subject_independent : bool or None
        True where it is proven for every fold, False where it does not hold, None where it depends
        on what is known of the clips (``folds.subject_independent`` tells).
    tests_all : bool
        Every clip is tested once.
    needs_subjects : bool
        Clips without a subject are refused.
    """

    make: Callable[[Clips, ProtocolSettings], list[Fold]]
    about: str
    subject_independent: bool | None
    tests_all: bool = True
    needs_subjects: bool = True


def folds_of(
    section: ProtocolSection, clips: pd.DataFrame, labels: Sequence[str], seed: int
) -> list[Fold]:
    """Return the folds that a config's protocol makes of a clips table.

    Parameters
    ----------
    section : ProtocolSection
    clips : DataFrame
        ``subject``, and where a protocol needs them ``dataset`` and ``part``.
    labels : sequence (n,)
    seed : int

    Raises
    ------
    InputError, ProtocolWarning
        As ``make_folds``.
    """
    columns = {
        key: clips[column].tolist() if column in clips else None
        for key, column in (("datasets", "dataset"), ("parts", "part"))
    }
    subjects = clips["subject"].tolist() if "subject" in clips else None
    return make_folds(labels, subjects, settings_of(section, seed), **columns)


def settings_of(section: ProtocolSection, seed: int) -> ProtocolSettings:
    """Return a config's protocol as settings."""
    parts = {
        f"{use}_parts": None if value is None else tuple(value)
        for use, value in (
            ("train", section.train),
            ("choose", section.choose),
            ("test", section.test),
        )
    }
    return ProtocolSettings(section.name, section.folds, seed, **parts, refit=section.refit)


def make_folds(
    labels: Sequence[str],
    subjects: Sequence[str] | None,
    settings: ProtocolSettings | None = None,
    *,
    datasets: Sequence[str] | None = None,
    parts: Sequence[str] | None = None,
) -> list[Fold]:
    """Return the folds of a protocol, checked.

    Parameters
    ----------
    labels : sequence (n,)
    subjects : sequence (n,) or None
        Blank where unknown; the protocols by subject need all of them.
    datasets, parts : sequence (n,), optional
        For ``leave-one-dataset-out`` and ``official-split``.

    Raises
    ------
    InputError
        When the protocol cannot be followed on these clips, before anything is trained.

    Warns
    -----
    ProtocolWarning
        Once per sentence of ``doubts``, and for parts that are not used as their names say.

    Examples
    --------
    >>> [f.name for f in make_folds(["a", "b", "a", "b"], ["s1", "s1", "s2", "s2"])]
    ['s1', 's2']
    """
    settings = settings or ProtocolSettings()
    protocol = PROTOCOLS[settings.name]
    clips = _clips(labels, subjects, datasets, parts)
    if protocol.needs_subjects:
        _refuse_blank(clips.subjects, "subject", settings.name)
    folds = protocol.make(clips, settings)
    refuse_gaps(folds, len(clips.labels), tests_all=protocol.tests_all)
    refuse_leaks([f for f in folds if not f.mixed], clips.subjects)
    _refuse_strangers(folds, clips.labels)
    notes = settings.settled(clips.parts).notes if settings.name == "official-split" else []
    for sentence in [*notes, *_doubts(folds, clips, settings.name)]:
        warnings.warn(sentence, ProtocolWarning, stacklevel=2)
    return folds


def _doubts(folds: Sequence[Fold], clips: Clips, protocol: str) -> list[str]:
    claim = PROTOCOLS[protocol].subject_independent
    return doubts(folds, clips.labels, clips.subjects, protocol, claim)


def _clips(labels: Sequence[str], *others: Sequence[str] | None) -> Clips:
    texts = plain_texts(labels)
    if (texts == "").any():
        raise InputError(f"every clip needs a label; {int((texts == '').sum())} clips have none.")
    if len(np.unique(texts)) < 2:
        raise InputError(
            "an experiment needs clips of at least two classes; these clips have "
            f"{named(repr(str(t)) for t in np.unique(texts)) or 'none'}."
        )
    columns = []
    for kind, values in zip(("subjects", "datasets", "parts"), others, strict=True):
        column = np.full(len(texts), "") if values is None else plain_texts(values)
        if len(column) != len(texts):
            raise InputError(f"there are {len(texts)} labels but {len(column)} {kind}.")
        columns.append(column)
    return Clips(texts, *columns)


def _refuse_blank(values: np.ndarray, kind: str, protocol: str) -> None:
    if (values == "").any():
        raise InputError(
            f"{protocol} needs the {kind} of every clip; {int((values == '').sum())} of "
            f"{len(values)} clips have none. Give a column {kind!r}, or choose another protocol."
        )


def _refuse_strangers(folds: Sequence[Fold], labels: np.ndarray) -> None:
    """Refuse a split whose sides have no class in common: they name classes in two ways."""
    for fold in folds:
        train, test = np.unique(labels[fold.train]), np.unique(labels[fold.test])
        if len(folds) == 1 and not len(np.intersect1d(train, test)):
            raise InputError(
                f"the clips that are trained on ({named(train)}) and those that are tested "
                f"({named(test)}) have no class in common; merge names by data.classes."
            )


# the family -------------------------------------------------------------------------------------


def _one_out(names: np.ndarray, kind: str, protocol: str) -> list[Fold]:
    _refuse_blank(names, kind, protocol)
    if len(np.unique(names)) < 2:
        raise InputError(f"{protocol} needs at least two {kind}s; these clips have one.")
    return one_out(names)


def _loso(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    return _one_out(clips.subjects, "subject", settings.name)


def _leave_one_dataset_out(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    return _one_out(clips.datasets, "dataset", settings.name)


def _grouped_kfold(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    subjects = len(np.unique(clips.subjects))
    if subjects < settings.folds:
        raise InputError(
            f"grouped-kfold with {settings.folds} folds needs at least as many subjects; these "
            f"clips have {subjects}. Use fewer folds, or loso."
        )
    return numbered(grouped_splits(clips.labels, clips.subjects, settings.folds, settings.seed))


def _sample_kfold(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    if len(clips.labels) < settings.folds:
        raise InputError(
            f"sample-kfold with {settings.folds} folds needs at least as many clips; there are "
            f"{len(clips.labels)}."
        )
    return numbered(sample_splits(clips.labels, settings.folds, settings.seed), mixed=True)


def _official_split(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    return part_folds(clips.parts, settings.settled(clips.parts), settings.refit)


PROTOCOLS: dict[str, Protocol] = {
    "loso": Protocol(_loso, "leave one subject out", True),
    "grouped-kfold": Protocol(_grouped_kfold, "k folds, no subject on both sides", True),
    "leave-one-dataset-out": Protocol(
        _leave_one_dataset_out,
        "leave one data set out, no known subject on both sides",
        None,
        needs_subjects=False,
    ),
    "official-split": Protocol(
        _official_split,
        "the split that the data set's authors published",
        None,
        tests_all=False,
        needs_subjects=False,
    ),
    "sample-kfold": Protocol(
        _sample_kfold, "k folds over clips: NOT subject-independent", False, needs_subjects=False
    ),
}


# what follows -----------------------------------------------------------------------------------


def search_groups(protocol: str, subjects: Sequence[object] | np.ndarray) -> np.ndarray | None:
    """Return what the search within training clips keeps together, or None for nothing.

    Subjects, where they are known; a clip without one is a group of its own. Nothing for a
    protocol over clips, whose search is as its folds are, and nothing where there is one subject
    and the protocol does without.
    """
    names = plain_texts(subjects)
    blank = names == ""
    if PROTOCOLS[protocol].subject_independent is False or blank.all():
        return None
    if len(np.unique(names)) == 1 and not PROTOCOLS[protocol].needs_subjects:
        return None
    alone = np.array([f"\0clip {i}" for i in range(len(names))], dtype=object)
    return np.where(blank, alone, names.astype(object)).astype(str)


def independence(protocol: str, folds: Sequence[Fold], subjects: Sequence[object]) -> bool | None:
    """Return whether results on these folds hold for new people; None where nobody can say."""
    if PROTOCOLS[protocol].subject_independent is False:
        return False
    return subject_independent(folds, subjects)


__all__ = [
    "PROTOCOLS",
    "Fold",
    "Protocol",
    "ProtocolSettings",
    "ProtocolWarning",
    "folds_of",
    "grouped_splits",
    "independence",
    "make_folds",
    "refuse_gaps",
    "refuse_leaks",
    "sample_splits",
    "search_groups",
    "settings_of",
    "subject_independent",
]
