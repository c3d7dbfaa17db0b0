"""Subjects: is everybody named, and under one name only?"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from itertools import combinations

from sttm.tables import named

from .duplicates import Copies
from .evidence import Evidence
from .findings import Case, Item, Items, case, counted, of_clips, words_of
from .structure import one_slip

SHORTEST_WITH_SLIP = 5  # letters of a word in which one other letter is a typing mistake
MOST_NAMES = 3000  # beyond that, only equal spellings are searched for


def subject_cases(evidence: Evidence, copies: Copies) -> list[Case]:
    """Return S01 to S04."""
    clips_of: dict[str, list[str]] = defaultdict(list)
    for clip, subject in evidence.subject.items():
        clips_of[subject].append(clip)
    blank = clips_of.pop("", [])
    pairs = [
        Item((*clips_of[a], *clips_of[b]), f"{_quoted(a)} and {_quoted(b)}", a)
        for a, b in pairs_alike(sorted(clips_of))
    ]
    return [
        *case("S01", pairs, _alike),
        *case("S02", _under_two(evidence, copies.groups), _doubled),
        *case("S03", of_clips(blank), lambda f: _blank(f, len(evidence.clips))),
        *case("S04", _recordings(evidence, copies.groups), _recording),
    ]


def _quoted(name: str) -> str:
    return f"'{name}'"


def _alike(items: Items) -> str:
    pairs = counted(len(items), "pair")
    verb = "looks" if len(items) == 1 else "look"
    return f"{pairs} of subjects' names {verb} like one person's: {words_of(items)}."


def _doubled(items: Items) -> str:
    return (
        f"One subject under two names is suspected: {counted(len(items), 'group')} of duplicates "
        f"{'has' if len(items) == 1 else 'have'} different subjects: {words_of(items)}."
    )


def _recording(items: Items) -> str:
    return (
        f"{counted(len(items), 'source')} {'holds' if len(items) == 1 else 'hold'} clips of "
        f"several subjects: {words_of(items)}."
    )


def _blank(items: Items, total: int) -> str:
    if len(items) == total:
        return f"None of {counted(total, 'clip')} names its subject."
    verb = "names no subject" if len(items) == 1 else "name no subject"
    return f"{len(items):,} of {counted(total, 'clip')} {verb}: {words_of(items)}."


def _under_two(evidence: Evidence, groups: list[tuple[str, ...]]) -> list[Item]:
    out = []
    for group in groups:
        if len({evidence.subject[c] for c in group} - {""}) > 1:
            words = " = ".join(f"{c} ({evidence.subject[c] or 'no subject'})" for c in group[:4])
            out.append(Item(group, words))
    return out


def _recordings(evidence: Evidence, groups: list[tuple[str, ...]]) -> list[Item]:
    """Return sources with several subjects, unless their clips are duplicates anyway."""
    clips_of: dict[str, list[str]] = defaultdict(list)
    for clip, source in zip(evidence.clips["clip"], evidence.clips["source"], strict=True):
        clips_of[source].append(clip)
    told = [set(group) for group in groups]
    out = []
    for source, clips in clips_of.items():
        people = dict.fromkeys(evidence.subject[c] for c in clips if evidence.subject[c])
        if len(people) > 1 and not any(set(clips) <= group for group in told):
            out.append(Item(tuple(clips), f"{source} ({named(people)})"))
    return out


# names --------------------------------------------------------------------------------------------


def pairs_alike(names: list[str]) -> list[tuple[str, str]]:
    """Return pairs of names that look like one person's.

    Names are alike when they differ only in case, spaces, signs and leading zeros, or by one slip
    in a longer word. Numbers are never slips, nor is another last letter: S01 and S02 are two
    people, and so are Person A and Person B, Maria and Mario.

    >>> pairs_alike(["S01", "S02", "anderson", "andersen", "maria", "mario", "s1", "S-2"])
    [('S01', 's1'), ('S02', 'S-2'), ('anderson', 'andersen')]
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[canonical(name)].append(name)
    out = [pair for group in groups.values() for pair in combinations(group, 2)]
    by_rest: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for first, *_ in groups.values():
        words = re.findall(r"[^\W\d_]+|\d+", canonical(first, " "))
        for i, word in enumerate(words):
            if word.isalpha() and len(word) >= SHORTEST_WITH_SLIP:
                by_rest[(*words[:i], "", *words[i + 1 :])].append((word, first))
    for group in by_rest.values():
        if len(group) <= MOST_NAMES:
            out += [(a[1], b[1]) for a, b in combinations(group, 2) if _slipped(a[0], b[0])]
    place = {name: i for i, name in enumerate(names)}
    return sorted(out, key=lambda pair: (place[pair[0]], place[pair[1]]))


def canonical(name: str, between: str = "") -> str:
    """Return a name without case, spaces, signs and leading zeros.

    ``between`` goes where words were apart; two numbers always stay apart.

    >>> canonical("Sub_007"), canonical("S0"), canonical("1-2"), canonical("12")
    ('sub7', 's0', '1 2', '12')
    """
    parts = re.findall(r"[^\W\d_]+|\d+", unicodedata.normalize("NFKC", name).casefold())
    text = ""
    for part in parts:
        word = str(int(part)) if part.isdecimal() else part
        apart = text[-1:].isdigit() and word[:1].isdigit()
        text += (" " if apart else between if text else "") + word
    return text


def _slipped(one: str, other: str) -> bool:
    """Return whether one slip makes one word of the other, not in its last letter alone."""
    return one[:-1] != other[:-1] and one_slip(one, other)
