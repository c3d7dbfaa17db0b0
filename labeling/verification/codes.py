"""The codes of findings: what each stands for, how grave it is, and what to do.

Codes never change their meaning: F files, I intervals, V vocabulary, C coverage, D duplicates,
S subjects, B balance, A agreement, X suspects, M mutes.
"""

from __future__ import annotations

from dataclasses import dataclass

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
        "Run `sttm label new` on the clips again, which reads them all; until then a change cannot "
        "be noticed.",
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
    "S03": Rule(
        "subject not stated",
        "warning",
        "Name the subjects in the clips table, or by `sttm label new FOLDER --subject PATTERN`.",
    ),
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
