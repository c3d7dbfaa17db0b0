"""MEGC 2019, the composite database: CASME II, SMIC (HS) and SAMM in three classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from sttm.errors import InputError
from sttm.tables import named

from .base import Dataset, reasons_table
from .card import Card, Reader
from .casme2 import CASME2Data, read_casme2
from .classes import DataSection
from .composite import put_together
from .samm import SAMMData, read_samm
from .smic import SMICData, read_smic

Name = Literal["casme2", "smic", "samm"]
SETS: tuple[Name, ...] = ("casme2", "smic", "samm")
CLASSES = {
    "negative": (
        "anger",
        "contempt",
        "disgust",
        "sadness",
        "fear",
        "repression",
        "negative",
    ),
    "positive": ("happiness", "positive"),
    "surprise": ("surprise",),
}
CLASS_OF = {label: name for name, labels in CLASSES.items() for label in labels}
# See et al. 2019, doi:10.1109/FG.2019.8756611
PUBLISHED = {
    "casme2": {"clips": 145, "subjects": 24, "negative": 88, "positive": 32, "surprise": 25},
    "smic": {"clips": 164, "subjects": 16, "negative": 70, "positive": 51, "surprise": 43},
    "samm": {"clips": 133, "subjects": 28, "negative": 92, "positive": 26, "surprise": 15},
}
# The clips of CASME II in the challenge, by their names: no published rule gives them (none of
# fear and sadness, and two fewer of disgust and repression than the coding table has). The names
# are those in video442Names.txt beside STSTNet (Liong et al. 2019, arXiv:1902.03634).
LISTED = {
    "sub01": "EP02_01f EP19_05f EP19_06f",
    "sub02": "EP01_11f EP02_04f EP03_02f EP06_01f EP06_02f EP09_01 EP11_01 EP13_04 EP14_01",
    "sub03": "EP01_2 EP07_04 EP09_03 EP18_06 EP19_08",
    "sub04": "EP12_02f EP13_06f",
    "sub05": "EP02_07 EP03_01 EP03_06 EP04_05 EP04_06 EP12_03f",
    "sub06": "EP01_01 EP02_31 EP15_02 EP16_05",
    "sub07": "EP01_01 EP06_02_01 EP06_02_02 EP08_02 EP15_01",
    "sub08": "EP13_01f",
    "sub09": "EP02_01f EP05_05 EP06_01f EP06_02f EP09_04 EP09_05 EP09f EP13_01 EP15_05 EP17_08",
    "sub11": "EP08_01f EP13_02f EP13_03f EP13_05f",
    "sub12": "EP01_02 EP02_05 EP03_04 EP04_16 EP06_06 EP08_01 EP08_03 EP08_07 EP09_02 EP09_06 "
    "EP16_02",
    "sub13": "EP03_01 EP09_10",
    "sub14": "EP09_03 EP09_04 EP09_06",
    "sub15": "EP03_02 EP04_02 EP08_02",
    "sub16": "EP01_05 EP01_08 EP04_02f",
    "sub17": "EP01_06 EP01_13 EP01_15 EP02_01 EP02_03 EP02_11 EP02_18f EP03_02 EP03_09 EP05_02 "
    "EP05_03 EP05_03f EP05_04 EP05_09 EP05_10 EP06_04 EP06_07 EP06_08 EP07_01 EP08_02 EP10_06 "
    "EP11_01 EP11_02 EP12_03 EP13_03 EP13_04 EP13_06 EP13_09 EP15_04 EP16_01f EP18_07",
    "sub19": "EP01_01f EP01_02f EP02_01 EP06_01f EP08_02 EP11_04f EP13_01 EP16_01 EP16_02 "
    "EP19_02 EP19_03",
    "sub20": "EP01_03 EP06_03",
    "sub21": "EP05_02",
    "sub22": "EP01_12 EP13_08",
    "sub23": "EP02_01 EP03_14f EP04_03f EP05_24f EP05_25f EP12_02f EP12_03 EP13_04",
    "sub24": "EP01_08 EP02_02f EP18_03",
    "sub25": "EP09_02 EP10_01 EP10_10 EP12_01 EP18_04f",
    "sub26": "EP03_10 EP09_04 EP09_09 EP13_02 EP13_11 EP16_01 EP18_44 EP18_47 EP18_49 EP18_50 "
    "EP18_51",
}
CHALLENGE = {f"{s}/{c}".casefold() for s, clips in LISTED.items() for c in clips.split()}


class MEGC2019Data(DataSection):
    """The composite database of the second micro-expression challenge."""

    kind: Literal["megc2019"] = "megc2019"
    path: Path | None = Field(
        None, description="Folder that holds CASME II, SMIC and SAMM below it, under any names."
    )
    casme2: Path | None = Field(None, description="Folder of CASME II, where it lies elsewhere.")
    smic: Path | None = Field(None, description="Folder of SMIC, where it lies elsewhere.")
    samm: Path | None = Field(None, description="Folder of SAMM, where it lies elsewhere.")
    sets: list[Name] = Field(
        list(SETS),
        min_length=1,
        description="Which of the three data sets are taken; the challenge takes all.",
    )
    form: Literal["raw", "cropped"] = Field("raw", description="Which frames of CASME II.")
    clips: Literal["challenge", "all"] = Field(
        "challenge",
        description="challenge: of CASME II only the 145 clips that the challenge lists; all: "
        "every clip whose label belongs to one of the three classes.",
    )

    @model_validator(mode="after")
    def _each_has_a_place(self) -> Self:
        if len(set(self.sets)) < len(self.sets):
            raise ValueError("sets names a data set twice")
        homeless = [s for s in self.sets if not (getattr(self, s) or self.path)]
        if homeless:
            raise ValueError(f"give path, or a folder for {named(homeless)}")
        return self


def read_megc2019(settings: MEGC2019Data) -> Dataset:
    """Return the clips of the challenge in its three classes.

    Raises
    ------
    InputError
        When one of the data sets is missing or cannot be used; the sentence names it.
    """
    members = [_classed(name, _read(name, settings), settings) for name in settings.sets]
    data = put_together(members)
    subjects = data.clips["subject"].nunique()
    counts = ", ".join(f"{len(m.clips)} {s}" for s, m in zip(settings.sets, members, strict=True))
    data.about = f"{len(data.clips)} clips of MEGC 2019 ({counts}), {subjects} subjects"
    return data


def _read(name: Name, settings: MEGC2019Data) -> Dataset:
    path = getattr(settings, name) or settings.path
    try:
        if name == "casme2":
            return read_casme2(CASME2Data(path=path, form=settings.form))
        return read_smic(SMICData(path=path)) if name == "smic" else read_samm(SAMMData(path=path))
    except InputError as error:
        others = [s for s in settings.sets if s != name]
        choice = f", or take the others alone by data.sets: [{', '.join(others)}]" if others else ""
        raise InputError(
            f"megc2019 needs {name}, which cannot be used: {str(error).rstrip('.')}. Mend that, "
            f"name its folder as data.{name}{choice}."
        ) from error


def _classed(name: Name, data: Dataset, settings: MEGC2019Data) -> Dataset:
    """Return a data set with the labels of the challenge, and only its clips."""
    labels = data.labels["label"]
    listed = pd.Series(True, index=labels.index)
    if name == "casme2" and settings.clips == "challenge":
        listed = data.labels["clip"].str.casefold().isin(CHALLENGE)
    kept = labels.isin(list(CLASS_OF)) & listed
    if not kept.any():
        raise InputError(f"megc2019 finds no clip of the challenge in {name} ({data.about}).")
    data.passed = pd.concat([data.passed, _left_out(data.labels[~kept])], ignore_index=True)
    data.labels = data.labels[kept].assign(label=labels[kept].map(CLASS_OF)).reset_index(drop=True)
    data.clips = data.clips[kept.to_numpy()].reset_index(drop=True)
    return data


def _left_out(labels: pd.DataFrame) -> pd.DataFrame:
    def reason(label: str) -> str:
        if label in CLASS_OF:
            return "not among the clips that the challenge lists"
        return f"label {label!r} belongs to none of the three classes"

    named_so = labels[["clip", "label"]].itertuples(index=False)
    return reasons_table([(c, reason(w)) for c, w in named_so])


def published(settings: MEGC2019Data) -> dict[str, int]:
    """Return the counts of the challenge for the chosen data sets."""
    if settings.clips == "all" and "casme2" in settings.sets:
        return {}
    out: dict[str, Any] = {}
    for name in settings.sets:
        for key, count in PUBLISHED[name].items():
            out[key] = out.get(key, 0) + count
    return out


READER = Reader(
    MEGC2019Data,
    read_megc2019,
    Card(
        title="MEGC 2019, composite of CASME II, SMIC (HS) and SAMM",
        layout="<any>/CASME2_RAW_selected/sub01/...   as kind casme2, with its coding table\n"
        "<any>/HS/s1/micro/...                 as kind smic\n"
        "<any>/006/006_1_2/...                 as kind samm, with its coding table",
        licence="Those of CASME II, SMIC and SAMM, each of which must be asked for.",
        citation="See, Yap, Li, Hong, Wang: MEGC 2019 - The Second Facial Micro-Expressions Grand "
        "Challenge. IEEE FG 2019. doi:10.1109/FG.2019.8756611; and those of the three sets",
    ),
    published,
)
