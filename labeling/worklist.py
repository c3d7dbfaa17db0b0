"""The work list: which clips an annotator is shown, in which order, and which of them twice.

Everything here is a function of the scheme, the clips' names and the annotator's name: the same
tomorrow, and the same in every copy of a study. Chance is a hash that is keyed with the seed.

- Order ``file`` is the order of adding. ``random`` ranks clips by their hash, so that a clip that
  is added later moves no other.
- A repeat follows its first showing after at least ``gap`` tasks, at a place that the hash
  chooses. Repeats for which too few tasks are left come at the end, in the order of their first
  showing; one that would follow its first showing at once is left out.
- In order ``file`` a repeat is due one to three gaps after its first showing; in a random order
  anywhere behind it.
- With ``per_clip``, every clip goes to that many of the named annotators. Somebody who is not
  named (a guest, a reviewer) gets all clips.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import pandas as pd

from .scheme import Scheme, Work

SLACK = 0.02  # an annotator gets at most 2 % more or fewer clips than the mean, about


class Task(NamedTuple):
    """One showing of a clip: turn 0 is the first, turn 1 the hidden repeat.

    >>> Task("smile1")
    Task(clip='smile1', turn=0)
    """

    clip: str
    turn: int = 0


def work_list(clips: pd.DataFrame | Sequence[str], scheme: Scheme, annotator: str) -> list[Task]:
    """Return an annotator's tasks in order.

    Parameters
    ----------
    clips : DataFrame or sequence of str
        A clips table, or the clips' names, in the order of adding.
    scheme : Scheme
        Its ``work`` says how.
    annotator : str

    Examples
    --------
    >>> from labeling.scheme import parse_scheme
    >>> scheme = parse_scheme("{name: s, labels: [joy], work: {repeats: 1, gap: 2}}")
    >>> [f"{clip} {turn}" for clip, turn in work_list(["a", "b", "c"], scheme, "ann")]
    ['a 0', 'b 0', 'c 0', 'a 1', 'b 1', 'c 1']
    """
    names = [str(c) for c in (clips["clip"] if isinstance(clips, pd.DataFrame) else clips)]
    work = scheme.work
    share = names
    if work.per_clip is not None and annotator in work.annotators:
        assigned = assign(names, work.annotators, work.per_clip, work.seed)
        share = [clip for clip in names if annotator in assigned[clip]]
    places = _places(names, work, annotator)
    firsts = sorted((places[clip], clip) for clip in share)
    again = _chance(work.seed, "again", annotator)
    when = _chance(work.seed, "when", annotator)
    due = {}
    for place, clip in firsts:
        if again(clip) < work.repeats:
            due[clip] = place + _later(work, place, when(clip))
    return _with_repeats(firsts, due, work.gap)


def _places(clips: list[str], work: Work, annotator: str) -> dict[str, float]:
    if work.order == "file":
        return {clip: float(i) for i, clip in enumerate(clips)}
    draw = _chance(work.seed, "order", annotator)
    return {clip: draw(clip) for clip in clips}


def _later(work: Work, place: float, chance: float) -> float:
    """Return how far behind its first showing a repeat is due; adding clips changes nothing."""
    if work.order == "file":
        return work.gap * (1.0 + 2.0 * chance)
    return (1.0 - place) * chance  # places of a random order run from 0 to 1


def assign(
    clips: Iterable[str], annotators: Sequence[str], per_clip: int, seed: int = 0
) -> dict[str, tuple[str, ...]]:
    """Share clips out: each to ``per_clip`` distinct annotators, all with about as many.

    Each clip ranks the annotators by hash and goes to the first that have room, which is the mean
    load and 2 % more (highest random weight: Thaler and Ravishankar 1998,
    https://doi.org/10.1109/90.663936; bounded loads: Mirrokni et al. 2018,
    https://doi.org/10.1137/1.9781611975031.39). So hardly any clip changes hands when clips are
    added, and few more than must when somebody joins or leaves. The order of ``clips`` does not
    matter.

    Parameters
    ----------
    clips : iterable of str
    annotators : sequence of str
    per_clip : int
        At most the number of annotators.
    seed : int

    Returns
    -------
    dict
        Clip -> its annotators, in the order given.

    Examples
    --------
    >>> sorted(len(people) for people in assign("abc", ["ann", "bo", "cy"], 2).values())
    [2, 2, 2]
    """
    people = list(annotators)
    draws = [_chance(seed, "share", person) for person in people]
    turn = _chance(seed, "turn", "")
    names = sorted((turn(clip), clip) for clip in clips)
    mean = len(names) * per_clip / max(len(people), 1)
    most, least = math.ceil((1 + SLACK) * mean), math.floor((1 - SLACK) * mean)
    load = [0] * len(people)
    found = {}
    for done, (_, clip) in enumerate(names):
        order = []
        for i, person in enumerate(people):
            over = max(load[i] - most + 1, 0)  # who is full comes last, the least loaded first
            behind = least - load[i] >= len(names) - done  # who needs every clip that is left
            order.append((over, not behind, draws[i](clip), person, i))
        chosen = sorted(place[-1] for place in sorted(order)[:per_clip])
        for i in chosen:
            load[i] += 1
        found[clip] = tuple(people[i] for i in chosen)
    return found


def _chance(seed: int, use: str, name: str) -> Callable[[str], float]:
    """Return a function from texts to [0, 1), another one for each seed, use and name."""
    said = "\0".join((str(seed), use, name))
    base = hashlib.blake2b(
        key=hashlib.blake2b(_bytes(said), digest_size=32).digest(), digest_size=8
    )

    def draw(text: str) -> float:
        hashed = base.copy()
        hashed.update(_bytes(text))
        return (int.from_bytes(hashed.digest(), "big") >> 11) * 2.0**-53

    return draw


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with_repeats(firsts: list[tuple[float, str]], due: dict[str, float], gap: int) -> list[Task]:
    """Return the first showings in order, with each repeat once it is due and the gap is kept."""
    out: list[Task] = []
    shown: dict[str, int] = {}
    waiting: list[tuple[float, str]] = []  # a heap of repeats: when due, clip
    ready: list[tuple[int, str]] = []  # a heap of those that are due: after how many tasks, clip
    for place, clip in firsts:
        while waiting and waiting[0][0] <= place:
            old = heapq.heappop(waiting)[1]
            heapq.heappush(ready, (shown[old] + gap, old))
        while ready and ready[0][0] <= len(out):
            out.append(Task(heapq.heappop(ready)[1], 1))
        shown[clip] = len(out)
        out.append(Task(clip))
        if clip in due:
            heapq.heappush(waiting, (due[clip], clip))
    left = [clip for _, clip in [*waiting, *ready]]
    for old in sorted(left, key=shown.__getitem__):
        if len(out) - shown[old] > 1:
            out.append(Task(old, 1))
    return out
