"""Names that fit a program's rules, and the way back to the real ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class NameRule:
    """What a program allows as a name. All names come out in ASCII.

    Parameters
    ----------
    first, rest : str
        The inside of a regular expression's brackets: allowed first and further characters.
    most : int
        Longest name, in characters.
    reserved : frozenset of str
        Words that are no names, in lower case.
    fold : bool
        Whether ``A`` and ``a`` are the same name.
    last : str
        Characters that must not be the last.
    """

    first: str
    rest: str
    most: int
    reserved: frozenset[str] = frozenset()
    fold: bool = False
    last: str = ""

    def allows(self, name: str) -> bool:
        """Return whether ``name`` can stay as it is."""
        pattern = f"[{self.first}][{self.rest}]{{0,{self.most - 1}}}"
        return (
            re.fullmatch(pattern, name) is not None
            and name.lower() not in self.reserved
            and not (self.last and name[-1] in self.last)
        )

    def bend(self, name: str) -> str:
        """Return ``name`` with accents dropped and what is not allowed made ``_``, cut to length.

        >>> NameRule("A-Za-z", "A-Za-z0-9_", 32).bend("t0.y3.x5.b07")
        't0_y3_x5_b07'
        """
        plain = unicodedata.normalize("NFKD", name)
        plain = "".join(c for c in plain if not unicodedata.combining(c))
        plain = re.sub(f"[^{self.rest}]", "_", plain)
        if not re.match(f"[{self.first}]", plain):
            plain = "v" + plain
        plain = plain[: self.most].rstrip(self.last or None)
        return plain if self.allows(plain) else f"{plain[: self.most - 2]}_1"


def words(text: str) -> frozenset[str]:
    """Return the words of ``text``, for ``reserved``."""
    return frozenset(text.split())


def fit_names(names: Sequence[str], rule: NameRule, taken: Iterable[str] = ()) -> list[str]:
    """Return one allowed name per name, all different, in order; a name that fits is kept.

    >>> fit_names(["a.b", "a_b", "a b"], NameRule("a-z", "a-z0-9_", 8))
    ['a_b_2', 'a_b', 'a_b_3']
    """

    def key(name: str) -> str:
        return name.lower() if rule.fold else name

    used = {key(t) for t in taken}
    out: list[str | None] = []
    for name in names:  # first those that may stay
        stays = rule.allows(name) and key(name) not in used
        out.append(name if stays else None)
        if stays:
            used.add(key(name))
    counters: dict[str, int] = {}
    for i, name in enumerate(names):
        if out[i] is None:
            out[i] = _free(rule.bend(name), rule.most, used, counters, rule.fold)
    return [str(n) for n in out]


def _free(wish: str, most: int, used: set[str], counters: dict[str, int], fold: bool) -> str:
    candidate, number = wish, counters.get(wish, 1)
    while (candidate.lower() if fold else candidate) in used:
        number += 1
        tail = f"_{number}"
        candidate = wish[: most - len(tail)] + tail
    counters[wish] = number
    used.add(candidate.lower() if fold else candidate)
    return candidate


def changed(fitted: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return new name -> real name for the names that did change."""
    return {new: old for new, old in zip(fitted, names, strict=True) if new != old}


def cut_bytes(text: str, most: int) -> str:
    """Return ``text`` cut to at most ``most`` bytes of UTF-8, never inside a character."""
    return text.encode()[:most].decode(errors="ignore")
