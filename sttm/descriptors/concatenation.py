"""Concatenation: the columns of several descriptors side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone

from ..errors import InputError, unknown_name
from ..tables import named
from .base import Descriptor, Place

Member = tuple[str, Descriptor]


class Concatenation(Descriptor):
    """Several named descriptors as one; columns read ``lbp-top:t0.y3.x5.xt.b07``.

    Parameters
    ----------
    members : list of (str, Descriptor)
        Names must differ, and hold neither ``:`` nor ``__``. A member and its parameters are
        reached as in scikit-learn's FeatureUnion: ``set_params(name__grid=(1, 4, 4))``.

    Attributes
    ----------
    members_ : list of (str, Descriptor)
        Fitted copies.

    Notes
    -----
    Measures begin with one number per member, the length of its measures, so that stored
    measures say by themselves how they are split.

    Examples
    --------
    >>> from sttm.descriptors.still import StaticHOG, StaticLBP
    >>> both = Concatenation([("lbp", StaticLBP()), ("hog", StaticHOG(grid=(1, 4, 4)))])
    >>> both.locate("hog:t0.y3.x0.n10.b05").y
    (0.75, 1.0)
    """

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members

    @property
    def version(self) -> int:  # type: ignore[override]
        """The sum of the members' versions: it rises when any of them does."""
        return 1 + sum(member.version for _, member in self._checked())

    def measure_volume(self, volume: np.ndarray) -> np.ndarray:
        """Return the lengths of the members' measures, then their measures."""
        return self.combine([single.measure(volume) for single in self.singles()])

    def measure_points(self, volume: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return the same for a volume whose landmarks (t, 68, 2) are known."""
        return self.combine([single.measure(volume, points) for single in self.singles()])

    def singles(self) -> list[Descriptor]:
        """Return the members, and those of members that are concatenations themselves.

        Of a fitted one they are the fitted members, which may hold what they measure with.
        """
        members = getattr(self, "members_", self._checked())
        return [single for _, member in members for single in member.singles()]

    def combine(self, measures: Sequence[np.ndarray]) -> np.ndarray:
        """Return the lengths of the members' measures, then their measures."""
        left = iter(measures)
        parts = [
            member.combine([next(left) for _ in member.singles()]) for _, member in self._checked()
        ]
        lengths = np.array([len(part) for part in parts], dtype=np.float32)
        return np.concatenate([lengths, *parts])

    def fit_measures(self, measures: np.ndarray, labels: np.ndarray | None = None) -> None:
        """Fit a copy of each member on its own measures and on the labels."""
        self.members_ = [
            (name, clone(member).learn(part, labels))
            for name, member, part in self._split(measures)
        ]

    @property
    def learns(self) -> bool:
        """Whether any member learns from training clips."""
        return any(member.learns for _, member in self._checked())

    @property
    def needs_labels(self) -> bool:  # type: ignore[override]
        """Whether any member learns from labels."""
        return any(member.needs_labels for _, member in self._checked())

    @property
    def needs_points(self) -> bool:
        """Whether any member needs a clip's own landmarks."""
        return any(member.needs_points for _, member in self._checked())

    @property
    def sized_by_training(self) -> bool:
        """Whether training clips decide how many columns any member has."""
        return any(member.sized_by_training for _, member in self._checked())

    def encode(self, measures: np.ndarray) -> np.ndarray:
        """Return the members' features side by side, (n, measures) -> (n, columns)."""
        fitted = dict(getattr(self, "members_", self._checked()))
        return np.concatenate(
            [fitted[name].encode(part) for name, _, part in self._split(measures)], axis=1
        )

    def places(self) -> list[Place]:
        """Return the members' places, their names and blocks led by the member's name."""
        fitted = getattr(self, "members_", self._checked())
        return [place for name, member in fitted for place in _led(name, member.places())]

    def places_in(self, columns: Sequence[str]) -> list[Place]:
        """Return the members' places of a features table with these ``columns``."""
        out: list[Place] = []
        for name, member in self._checked():
            own = [c.removeprefix(f"{name}:") for c in columns if c.startswith(f"{name}:")]
            out += _led(name, member.places_in(own))
        return out

    def _split(self, measures: np.ndarray) -> Iterator[tuple[str, Descriptor, np.ndarray]]:
        members = self._checked()
        measures = np.asarray(measures, dtype=np.float32)
        lengths = measures[:, : len(members)]
        first = lengths[0].astype(int) if lengths.size else np.zeros(0, int)
        if (lengths != first).any() or measures.shape[1] != len(members) + first.sum():
            raise InputError("these measures were not made by this concatenation's members.")
        borders = np.cumsum([len(members), *first])
        for (name, member), low, high in zip(members, borders[:-1], borders[1:], strict=True):
            yield name, member, measures[:, low:high]

    def _checked(self) -> list[Member]:
        members = list(self.members)
        names = [name for name, _ in members]
        if not members or len(set(names)) < len(names):
            raise InputError(f"members need one name each, all different; they are {named(names)}.")
        wrong = [n for n in names if not n or ":" in n or "__" in n or n == "members"]
        if wrong:
            raise InputError(f"a member's name must hold neither ':' nor '__'; {wrong[0]!r} does.")
        return members

    # scikit-learn's parameters of a composite ---------------------------------------------------

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return ``members`` and, if deep, each member by name and its ``name__parameter``."""
        params: dict[str, Any] = {"members": self.members}
        if deep:
            for name, member in self.members:
                params[name] = member
                params.update({f"{name}__{k}": v for k, v in member.get_params(deep).items()})
        return params

    def set_params(self, **params: Any) -> Concatenation:
        """Set ``members``, a member by its name, or a member's ``name__parameter``."""
        if "members" in params:
            self.members = params.pop("members")
        known = dict(self.members)
        for key in [k for k in params if "__" not in k]:
            if key not in known:
                raise InputError(unknown_name("member", key, ["members", *known]))
            known[key] = params.pop(key)
            self.members = [(name, known[name]) for name, _ in self.members]
        for key, value in params.items():
            name, _, parameter = key.partition("__")
            if name not in known:
                raise InputError(unknown_name("member", name, known))
            known[name].set_params(**{parameter: value})
        return self


def _led(name: str, places: Sequence[Place]) -> list[Place]:
    """Return a member's places, names and blocks led by the member's name."""
    return [replace(p, name=f"{name}:{p.name}", block=f"{name}:{p.block}") for p in places]
