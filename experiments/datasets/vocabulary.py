"""One vocabulary for the labels of all data sets.

The codes of published sets clash (happiness is 5, 3, 4, 1 ...) and so do their words; each reader
maps its codes to words, and words come through ``label_of``. A set's own words stay as they are.
"""

from __future__ import annotations

BASIC = (
    "anger",
    "contempt",
    "disgust",
    "fear",
    "happiness",
    "neutral",
    "sadness",
    "surprise",
)
SAME = {
    "angry": "anger",
    "contemptuous": "contempt",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "scared": "fear",
    "happy": "happiness",
    "joy": "happiness",
    "sad": "sadness",
    "surprised": "surprise",
    "other": "others",
}


def label_of(word: str) -> str:
    """Return a data set's word as the one that all sets share.

    >>> label_of(" Happy"), label_of("Disgust"), label_of("Other"), label_of("repression")
    ('happiness', 'disgust', 'others', 'repression')
    """
    plain = word.strip().casefold()
    return SAME.get(plain, plain)
