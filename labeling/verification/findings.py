"""Findings: what is said of a study, under a stable code, with what to do; and muting them.

Codes never change their meaning: F files, I intervals, V vocabulary, C coverage, D duplicates,
S subjects, B balance, A agreement, X suspects, M mutes. A check collects ``Item`` s under a code;
``told`` makes one ``Finding`` of them, or several where some are muted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sttm.errors import unknown_name
from sttm.tables import named

from ..scheme import Muted

LEVELS = ("note", "warning", "error")


@dataclass(frozen=True)
class Rule:
    """What a code stands for.

    Attributes
    ----------
    title : str
    level : str
        ``error``: the labels cannot be used like this; ``warning``: results may suffer;
        ``note``: good to know.
    advice : str
        What to do.
    always : bool
        False where the check needs more than a study: ``slow=True``, or predictions.
    """

    title: str
    level: str
    advice: str
    always: bool = True


CODES: dict[str, Rule] = {
    "F01": Rule(
        "source missing",
        "error",
        "Put the files back, or open the study with the folder (root) that they are in.",
    ),
    "F02": Rule(
        "source unreadable", "error", "Copy the file again from where it came, or leave it out."
    ),
    "F03": Rule(
        "source changed",
        "error",
        "Put the old file back; opinions were about that one. If only the container was repaired, "
        "mute this with the reason.",
        always=False,
    ),
    "F04": Rule(
        "other number of frames",
        "error",
        "Frame numbers of marks may be wrong: put the old file back, or mark these clips again.",
        always=False,
    ),
    "F05": Rule(
        "other frame rate",
        "warning",
        "Milliseconds of marks may be wrong: correct the rate in the clips table.",
        always=False,
    ),
    "F06": Rule(
        "written since it was added",
        "note",
        "The content may be the same: verify slowly to compare it.",
    ),
    "F07": Rule(
        "content not recorded",
        "note",
        "Let the study learn the digests (open the clips once in the window); until then a change "
        "cannot be noticed.",
        always=False,
    ),
    "I01": Rule(
        "mark outside the clip", "error", "Mark these clips again; the frames do not exist."
    ),
    "I02": Rule("needed mark missing", "warning", "Set the missing marks."),
    "I03": Rule(
        "same label twice at one time",
        "warning",
        "Join the two intervals, or shorten one of them.",
    ),
    "I04": Rule(
        "too long for a micro-expression",
        "warning",
        "Look at the offsets again, or use a label for longer expressions.",
    ),
    "V01": Rule(
        "label outside the scheme",
        "error",
        "Bring the label back into the scheme, or label these clips again.",
    ),
    "V02": Rule(
        "label that nobody used",
        "note",
        "Fine if rare; otherwise ask whether its guidance is understood.",
    ),
    "V03": Rule(
        "flag, intensity or side outside the scheme",
        "error",
        "Bring it back into the scheme, or say it again.",
    ),
    "V04": Rule(
        "several labels where one is allowed",
        "error",
        "Say which one holds, or set several: true in the scheme.",
    ),
    "V05": Rule(
        "labels that look alike",
        "warning",
        "If they mean the same, keep one spelling.",
    ),
    "C01": Rule("unlabelled clips", "warning", "Label them, or leave them out of the study."),
    "C02": Rule(
        "too few opinions",
        "warning",
        "Let the annotators who share these clips finish, or lower per_clip.",
    ),
    "C03": Rule("sent back, not answered", "warning", "Ask the annotators to look again."),
    "C04": Rule(
        "no label holds",
        "warning",
        "Decide these clips in the review, or ask for one more opinion.",
    ),
    "D01": Rule("same content twice", "warning", "Keep one of each group."),
    "D02": Rule(
        "nearly the same content",
        "warning",
        "Look at them side by side; keep one of each group.",
        always=False,
    ),
    "D03": Rule(
        "duplicates with different labels",
        "error",
        "Decide which label holds, and keep one of the clips.",
    ),
    "D04": Rule(
        "clips share frames",
        "warning",
        "Cut them apart, or keep both on one side of every fold.",
    ),
    "S01": Rule(
        "subjects' names look alike",
        "warning",
        "If it is one person, use one name; folds by subject would leak otherwise.",
    ),
    "S02": Rule(
        "same content under two subjects",
        "error",
        "Find out who it is; folds by subject would leak.",
    ),
    "S03": Rule("subject not stated", "warning", "Name the subjects in the clips table."),
    "S04": Rule(
        "one recording under two subjects",
        "note",
        "Fine if two people were filmed together; otherwise use one name.",
    ),
    "B01": Rule(
        "fewer subjects than folds",
        "warning",
        "Use fewer folds, join the class with another, or collect more people.",
    ),
    "B02": Rule(
        "imbalance",
        "note",
        "Report UAR or UF1 rather than accuracy, and weigh the classes.",
    ),
    "A01": Rule(
        "agreement too low",
        "warning",
        "Talk about the disputed clips, sharpen the guidance, label again.",
    ),
    "A02": Rule(
        "agreement only good enough for tentative conclusions",
        "note",
        "Say so where you report results; decide the disputed clips.",
    ),
    "A03": Rule(
        "an annotator differs",
        "warning",
        "Look at the confusion table together; train, weigh (Dawid-Skene) or leave out.",
    ),
    "A04": Rule(
        "drift",
        "warning",
        "Go through the guidance again, and look at the later clips once more.",
    ),
    "A05": Rule(
        "an annotator disagrees with themselves",
        "warning",
        "Ask for breaks and clearer guidance; trust this annotator's single opinions less.",
    ),
    "A06": Rule(
        "intervals overlap little",
        "warning",
        "Agree in words on what onset and offset are, and mark a few clips together.",
    ),
    "A07": Rule(
        "agreement cannot be told",
        "note",
        "Have a share of the clips labelled by a second person.",
    ),
    "X01": Rule(
        "label in doubt",
        "warning",
        "Review them in order of doubt; the model may be wrong too.",
        always=False,
    ),
    "X02": Rule(
        "predictions do not fit the study",
        "note",
        "Use the predictions.csv of a run on this study's labels.",
        always=False,
    ),
    "M01": Rule(
        "mute that mutes nothing", "note", "Remove it from the scheme, or correct its code."
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    code : str
        Key of ``CODES``.
    level : str
        ``error``, ``warning`` or ``note``.
    sentence : str
        What was found, with numbers and the first clips.
    clips : tuple of str
        All clips concerned; none where it is about the whole study.
    muted : str
        Reason in the scheme for which it is not counted; blank where it is.
    """

    code: str
    level: str
    sentence: str
    clips: tuple[str, ...] = ()
    muted: str = ""

    @property
    def title(self) -> str:
        """Title of the code."""
        return CODES[self.code].title

    @property
    def advice(self) -> str:
        """What to do."""
        return CODES[self.code].advice


@dataclass(frozen=True)
class Item:
    """One case under a code: the clips concerned, and the words that name it in the sentence.

    ``key`` is what a mute names instead of a clip: an annotator, a subject, a label.
    """

    clips: tuple[str, ...]
    words: str = ""
    key: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What a mute may name."""
        return (self.key,) if self.key else self.clips


Items = Sequence[Item]
Sentence = Callable[[Items], str]


@dataclass(frozen=True)
class Case:
    """What a check found under one code, and how it is said of any part of it."""

    code: str
    items: tuple[Item, ...]
    say: Sentence = field(compare=False)


def case(code: str, items: Iterable[Item], say: Sentence) -> list[Case]:
    """Return one case, or none where there are no items."""
    kept = tuple(items)
    return [Case(code, kept, say)] if kept else []


def of_clips(clips: Iterable[str]) -> list[Item]:
    """Return an item per clip."""
    return [Item((clip,), clip) for clip in clips]


def words_of(items: Sequence[Item]) -> str:
    """Return the first items as readable text."""
    return named([item.words for item in items])


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "clip"), counted(2000, "clip")
    ('1 clip', '2,000 clips')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def told(cases: Sequence[Case], muted: Sequence[Muted], thorough: bool) -> list[Finding]:
    """Return the findings of all cases, worst first, and a note for mutes that mute nothing.

    Parameters
    ----------
    cases : sequence of Case
    muted : sequence of Muted
        From the scheme. Without clips it mutes the code altogether; the first that fits counts.
    thorough : bool
        Every check was made, so that a mute of any code can be judged.
    """
    out, used = [], set()
    for each in cases:
        parts: dict[int, list[Item]] = {}
        for item in each.items:
            parts.setdefault(_mute_of(each.code, item, muted), []).append(item)
        used |= set(parts)
        for mute, items in parts.items():
            out.append(_finding(each, items, muted[mute].reason if mute >= 0 else ""))
    idle = [m for i, m in enumerate(muted) if i not in used and _judged(m, thorough)]
    out += [Finding("M01", CODES["M01"].level, _idle(mute)) for mute in idle]
    order = list(CODES)
    return sorted(out, key=lambda f: (-LEVELS.index(f.level), order.index(f.code), f.muted))


def _mute_of(code: str, item: Item, muted: Sequence[Muted]) -> int:
    for number, mute in enumerate(muted):
        if mute.code == code and (not mute.clips or set(mute.clips) & set(item.names)):
            return number
    return -1


def _finding(each: Case, items: Sequence[Item], reason: str) -> Finding:
    clips = tuple(dict.fromkeys(clip for item in items for clip in item.clips))
    return Finding(each.code, CODES[each.code].level, each.say(items), clips, reason)


def _judged(mute: Muted, thorough: bool) -> bool:
    return mute.code not in CODES or thorough or CODES[mute.code].always


def _idle(mute: Muted) -> str:
    if mute.code not in CODES:
        return f"The scheme mutes an {unknown_name('code', mute.code, CODES)}"
    whom = f" for {named(mute.clips)}" if mute.clips else ""
    return (
        f"The scheme mutes {mute.code} ({CODES[mute.code].title}){whom}; nothing of it was found."
    )
