"""Which clip and which label a file means: names as others write them, found in the study's."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import pandas as pd

from sttm.errors import InputError, nearest
from sttm.tables import named

if TYPE_CHECKING:
    from ..scheme import Scheme
    from .base import Said

MOST_HINTS = 100  # unknown clips of one file for which a likely name is looked up


class Facts(NamedTuple):
    """What is known of a clip; ``first`` 0 and ``last`` None where nobody said."""

    clip: str
    source: str
    subject: str
    first: int
    last: int | None
    fps: float | None

    def holds(self, onset: int, offset: int | None = None) -> bool:
        """Say whether frames ``onset`` to ``offset`` lie within the clip."""
        end = onset if offset is None else offset
        return self.first <= onset <= end and (self.last is None or end <= self.last)


class ClipNames:
    """The clips of a table, found by name, file name or stem of the source.

    Parameters
    ----------
    clips : DataFrame
        A clips table; a column ``frames`` (frames of the clip) gives ``last`` where that is blank.
    fps : float, optional
        Frames per second of clips that do not say.

    Examples
    --------
    >>> table = pd.DataFrame({"clip": ["a"], "source": ["videos/S1 joy.mp4"]})
    >>> ClipNames(table).find("file:///C:/data/S1%20joy.mp4")
    ('a', '')
    """

    def __init__(self, clips: pd.DataFrame, fps: float | None = None) -> None:
        self.facts = {f.clip: f for f in (_facts(row, fps) for row in _records(clips))}
        self._by: dict[str, list[str]] = defaultdict(list)
        self._named: dict[str, list[str]] = defaultdict(list)
        self._hints = MOST_HINTS
        for facts in self.facts.values():
            self._named[facts.clip.casefold()].append(facts.clip)
            whole = facts.source.replace("\\", "/").casefold()
            base = base_name(facts.source)
            for key in dict.fromkeys((whole, base, _stem(base))):
                self._by[key].append(facts.clip)

    def candidates(self, name: str) -> list[str]:
        """Return the clips that a name may mean: by clip, path, file name, then stem."""
        text = str(name).strip()
        if text in self.facts:
            return [text]
        whole, base = text.replace("\\", "/").casefold(), base_name(text)
        keys = dict.fromkeys((whole, base, _stem(base)))
        folded = [clip for key in keys for clip in self._named.get(key, ())]
        for found in (self._by.get(whole), self._by.get(base), folded, self._by.get(_stem(base))):
            if found:
                return list(found)
        return []

    def find(
        self, name: str, onset: int | None = None, offset: int | None = None
    ) -> tuple[str, str]:
        """Return (clip, "") or ("", reason).

        Where several clips come from one source, the one that holds frames ``onset`` to
        ``offset`` is meant, if just one does.
        """
        found = self.candidates(name)
        if len(found) > 1 and onset is not None:
            found = [c for c in found if self.facts[c].holds(onset, offset)]
            if not found:
                return ("", f"no clip of {name!r} holds frame {onset} to {offset}")
        if len(found) == 1:
            return (found[0], "")
        if found:
            return ("", f"{name!r} may be any of the clips {named(found)}")
        self._hints -= 1  # a look at all names, for each of a file's many unknown ones, takes hours
        near = nearest(name, self.facts) if self._hints >= 0 else None
        hint = f" (did you mean {near!r}?)" if near is not None else ""
        return ("", f"no clip is called {name!r}{hint}")


class LabelNames:
    """The labels of a scheme, found whatever their case; what is unknown is counted.

    Parameters
    ----------
    scheme : Scheme
        Where it is ``free``, every text is a label.
    labels : mapping, optional
        Their word -> ours.
    """

    def __init__(self, scheme: Scheme, labels: Mapping[str, str] | None = None) -> None:
        self.names = [rule.name for rule in scheme.labels]
        self.free = scheme.free
        self.unknown: Counter[str] = Counter()
        self._folded = {name.casefold(): name for name in self.names}
        self._theirs = {t.strip().casefold(): ours for t, ours in (labels or {}).items()}

    def knows(self, text: str) -> bool:
        """Say whether a text is one of the scheme's labels, without counting it."""
        return self._look(text) is not None

    def find(self, text: str) -> str | None:
        """Return our name of a label, or None and count it as unknown."""
        found = self._look(text)
        if found is None and self.free and text.strip():
            return text.strip()
        if found is None:
            self.unknown[text.strip()] += 1
        return found

    def _look(self, text: str) -> str | None:
        word = text.strip()
        word = self._theirs.get(word.casefold(), word)
        return word if word in self.names else self._folded.get(word.casefold())

    def sentences(self, most: int = 20) -> list[str]:
        """Return one sentence per unknown label, with the nearest one of the scheme."""
        out = []
        for label, count in self.unknown.most_common(most):
            near = nearest(label, self.names)
            hint = f"; did you mean {near!r}?" if near is not None else "."
            out.append(f"label {label[:80]!r} ({count} x) is not in the scheme{hint}")
        if len(self.unknown) > most:
            out.append(f"{len(self.unknown) - most} more labels are not in the scheme.")
        return out


def level_of(text: str, levels: Sequence[str]) -> float | None:
    """Return the rank of a level from its number or its name, None for a blank.

    Raises
    ------
    ValueError
        When it is neither.

    >>> level_of("2", ["A", "B"]), level_of("b", ["A", "B"]), level_of("", [])
    (2.0, 2.0, None)
    """
    word = text.strip()
    if not word:
        return None
    names = [level.casefold() for level in levels]
    if word.casefold() in names and not word[0].isdigit():
        return float(names.index(word.casefold()) + 1)
    return number_of(word)


def level_text(rank: float | None, levels: Sequence[str]) -> str:
    """Return the name of a level, or its number where the name is a number or missing.

    >>> level_text(2, ["A", "B"]), level_text(1, ["0", "1"]), level_text(None, [])
    ('B', '1', '')
    """
    if rank is None:
        return ""
    if rank % 1 == 0 and 1 <= rank <= len(levels):
        name = levels[int(rank) - 1]
        if not name[0].isdigit() and level_of(name, levels) == rank:
            return name
    return str(int(rank)) if rank % 1 == 0 else repr(float(rank))


def number_of(text: str) -> float | None:
    """Return a number, with a decimal point or a decimal comma; None for a blank.

    Raises
    ------
    ValueError
        When it is none, or not finite.

    >>> number_of("0,5"), number_of(" 3 "), number_of("")
    (0.5, 3.0, None)
    """
    word = text.strip()
    if not word:
        return None
    value = float(word.replace(",", ".") if word.count(",") == 1 and "." not in word else word)
    if not math.isfinite(value) or "_" in word:
        raise ValueError(f"{word!r} is no number")
    return value


def base_name(path: str) -> str:
    """Return the file name of a path or URL of any system, in lower case.

    >>> base_name(r"C:\\videos\\A.MP4"), base_name("file:///data/a%20b.mp4")
    ('a.mp4', 'a b.mp4')
    """
    text = unquote(path) if "://" in path or path.startswith("file:") else path
    text = PureWindowsPath(text).name if "\\" in text else PurePosixPath(text).name
    return text.casefold()


def _stem(base: str) -> str:
    return base.rpartition(".")[0] or base


def _records(clips: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in clips.to_dict("records")]


def _facts(row: dict[str, Any], fps: float | None) -> Facts:
    first, last, frames = (_whole(row.get(k)) for k in ("first", "last", "frames"))
    if last is None and frames:
        last = (first or 0) + frames - 1
    rate = row.get("fps")
    rate = fps if rate is None or pd.isna(rate) else float(rate)
    source, subject = (_text(row.get(k)) for k in ("source", "subject"))
    return Facts(str(row["clip"]), source, subject, first or 0, last, rate)


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def by_timed_clip(
    opinions: Sequence[Said], facts: Mapping[str, Facts], what: str
) -> dict[str, list[Said]]:
    """Return clip -> its opinions, in order of the clips; for formats that count time.

    Raises
    ------
    InputError
        When a clip that somebody spoke of has no frames per second; ``what`` counts time.
    """
    by: dict[str, list[Said]] = {}
    for opinion in opinions:
        by.setdefault(opinion.clip, []).append(opinion)
    order = [clip for clip in facts if clip in by]
    blank = [clip for clip in order if facts[clip].fps is None]
    if blank:
        raise InputError(f"{what}, and clip {named(blank)} has no frames per second; give fps=...")
    return {clip: by[clip] for clip in order}
