"""The split that a data set's authors published: which parts are trained on, chosen on, tested.

A clips table says of each clip to which ``part`` it belongs: train, validation, test, or whatever
the set calls them. What a config leaves open is settled here, in sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sttm.errors import InputError, unknown_name
from sttm.tables import named

from .folds import Fold, one_out

TRAIN, VALIDATION, TEST = "train", "validation", "test"
USES = ("train", "choose", "test")


@dataclass(frozen=True)
class Parts:
    """Which parts are used for what; without ``test`` every part is tested once."""

    train: tuple[str, ...]
    choose: tuple[str, ...]
    test: tuple[str, ...]
    notes: list[str] = field(default_factory=list)

    def sentence(self, refit: bool, searched: bool = True, stopped: bool = False) -> str:
        """Return what a report says of them.

        ``searched`` is whether there was anything to choose, ``stopped`` whether the classifier
        ended its training by what it reached on the parts to choose on.

        >>> Parts(("train",), ("validation",), ("test",)).sentence(refit=False)[-48:]
        'parameters chosen on validation, tested on test.'
        """
        if not self.test:
            return "Each part of the data set's own split is tested by a model of all the others."
        choose, test = "+".join(self.choose), "+".join(self.test)
        stopped = bool(choose) and stopped and not refit
        deeds = ["parameters chosen"] * searched + ["training stopped"] * stopped
        chosen = f"{' and '.join(deeds)} on {choose}, " if choose and deeds else ""
        train = "+".join((*self.train, *(self.choose if refit else ())))
        idle = choose and not deeds and not refit
        unused = f"; nothing was to be chosen, so {choose} is not used" if idle else ""
        return f"The data set's own split: trained on {train}, {chosen}tested on {test}{unused}."


def settle_parts(
    parts: Sequence[str] | np.ndarray,
    train: Sequence[str] | None = None,
    choose: Sequence[str] | None = None,
    test: Sequence[str] | None = None,
) -> Parts:
    """Return which parts are used for what, the open ones settled by what the clips have.

    Parameters
    ----------
    parts : sequence (n,)
        The part of each clip, blank where it has none.
    train, choose, test : sequence of str, optional
        None is open: ``train`` trains, ``test`` is tested, and parameters are chosen on
        ``validation`` where there is one. A set without ``test`` is tested on ``validation``.

    Raises
    ------
    InputError
        When no clip has a part, a part is named that no clip has, or one is used twice.
    """
    known = sorted({str(p) for p in parts} - {""})
    if not known:
        raise InputError(
            "official-split needs the part of each clip (train, validation, test), and these "
            "clips name none; give a column 'part', or choose another protocol."
        )
    notes: list[str] = []
    if test is None:
        test = (TEST,)
        if TEST not in known and VALIDATION in known and VALIDATION not in (train or ()):
            test = (VALIDATION,)
            notes.append(
                "these data have no part 'test', so 'validation' is tested, and parameters are "
                "chosen within the training clips."
            )
    train = (TRAIN,) if train is None else train
    if choose is None:
        free = VALIDATION in known and VALIDATION not in (*train, *test) and len(test) > 0
        choose = (VALIDATION,) if free else ()
    _check({"train": train, "choose": choose, "test": test}, known)
    unused = sorted(set(known) - {*train, *choose, *test}) if test else []
    if unused:
        notes.append(f"the clips of part {named(unused)} are not used.")
    return Parts(tuple(train), tuple(choose), tuple(test), notes)


def _check(used: dict[str, Sequence[str]], known: list[str]) -> None:
    if not used["test"]:
        if used["choose"]:
            raise InputError("protocol.choose needs protocol.test; without it every part is tested")
        return
    if not used["train"]:
        raise InputError("protocol.train must name at least one part of the official split.")
    everything = [part for parts in used.values() for part in parts]
    for part in everything:
        if part not in known:
            raise InputError(unknown_name("part of the official split", part, known))
    doubled = sorted({p for p in everything if everything.count(p) > 1})
    if doubled:
        raise InputError(
            f"part {named(doubled)} cannot be trained on and tested, or chosen on; "
            "protocol.train, choose and test must have no part in common."
        )


def part_folds(values: np.ndarray, parts: Parts, refit: bool) -> list[Fold]:
    """Return the fold of an official split, or one per part where none is named as tested."""
    if not parts.test:
        if len(np.unique(values)) < 2 or (values == "").any():
            raise InputError(
                "testing each part in turn needs the part of every clip, and at least two parts."
            )
        return [Fold(f.name, f.train, f.test, mixed=True) for f in one_out(values)]
    rows = {use: np.flatnonzero(np.isin(values, getattr(parts, use))) for use in USES}
    name = "+".join(parts.test)
    return [Fold(name, rows["train"], rows["test"], rows["choose"], refit=refit, mixed=True)]
