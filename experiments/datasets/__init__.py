"""Data-set readers: each has a settings model with its ``kind``, a function and a card.

A new data set is one file and one line in ``READERS``; the contract test of the family then runs
for it. Reading order: base (what a reader gives), card (what it is), classes, vocabulary, disk,
then the members.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from sttm.extract import Progress

from . import (
    afew,
    affectnet,
    builtin,
    casme2,
    ckplus,
    ckplus48,
    composite,
    fer2013,
    ferplus,
    folder,
    jaffe,
    kdef,
    megc2019,
    mmi,
    oulu_casia,
    rafdb,
    samm,
    smic,
    study,
    table,
)
from .afew import AFEWData
from .affectnet import AffectNetData
from .base import Dataset
from .builtin import DrawnData, planned
from .card import Card, Reader
from .casme2 import CASME2Data
from .ckplus import CKPlusData
from .ckplus48 import CKPlus48Data
from .classes import choose_classes
from .composite import CompositeData
from .fer2013 import Fer2013Data
from .ferplus import FerPlusData
from .folder import FolderData
from .jaffe import JaffeData
from .kdef import KdefData
from .megc2019 import MEGC2019Data
from .mmi import MMIData
from .oulu_casia import OuluCasiaData
from .rafdb import RafDbData
from .samm import SAMMData
from .smic import SMICData
from .study import StudyData
from .table import TableData

READERS: dict[str, Reader] = {
    r.kind: r
    for r in (
        builtin.READER,
        folder.READER,
        table.READER,
        study.READER,
        ckplus.READER,
        ckplus48.READER,
        mmi.READER,
        oulu_casia.READER,
        afew.READER,
        casme2.READER,
        smic.READER,
        samm.READER,
        megc2019.READER,
        composite.READER,
        jaffe.READER,
        kdef.READER,
        fer2013.READER,
        ferplus.READER,
        rafdb.READER,
        affectnet.READER,
    )
}
DataSettings = Annotated[
    DrawnData
    | FolderData
    | TableData
    | StudyData
    | CKPlusData
    | CKPlus48Data
    | MMIData
    | OuluCasiaData
    | AFEWData
    | CASME2Data
    | SMICData
    | SAMMData
    | MEGC2019Data
    | CompositeData
    | JaffeData
    | KdefData
    | Fer2013Data
    | FerPlusData
    | RafDbData
    | AffectNetData,
    Field(discriminator="kind"),
]


def read_dataset(settings: Any, jobs: int = 1, progress: Progress | None = None) -> Dataset:
    """Return the data set that ``settings`` name; ``jobs`` workers where something is made.

    Raises
    ------
    InputError
        When there is no such data set at the path, or nothing of it can be used.
    """
    reader = READERS[settings.kind]
    data = reader.read(settings, jobs, progress) if reader.makes else reader.read(settings)
    return choose_classes(data, settings)


__all__ = ["READERS", "Card", "DataSettings", "Dataset", "Reader", "planned", "read_dataset"]
