"""The coding table of a published data set: where it lies. ``labeling.exchange.sheets`` reads it.

Published sets come with a workbook that somebody may have renamed, or saved as text.
"""

from __future__ import annotations

import re
from pathlib import Path

from labeling.exchange.sheets import BOOKS, OLD_BOOKS, ROW, TEXTS, read_sheet, whole_number
from sttm.errors import InputError
from sttm.tables import named

from .disk import find_files

__all__ = ["ROW", "find_table", "read_sheet", "whole_number"]


def find_table(root: Path, pattern: str, what: str, given: Path | None = None) -> Path:
    """Return the coding table of a data set: as given, else in, below or just above ``root``.

    Files that Excel leaves beside an open workbook (``~$...``) are passed over. Of one name with
    several suffixes, a workbook comes before text.

    Parameters
    ----------
    root : Path
        Folder of the data set.
    pattern : str
        Regular expression that the name must match, the suffix aside.
    what : str
        The set and its table, for messages, such as "CASME II has CASME2-coding-20140508.xlsx".
    given : Path, optional
        The table, where a config names it.

    Raises
    ------
    InputError
        When there is none, or several.
    """
    if given is not None:
        return given
    suffixes = "|".join(re.escape(s) for s in (*BOOKS, *TEXTS, *OLD_BOOKS))
    name = rf"(?!~\$)(?:{pattern})(?:{suffixes})"
    found = list(find_files(root, name, 2)) or list(find_files(root.absolute().parent, name, 0))
    if not found:
        raise InputError(
            f"{what}, and no such table is in or near {root}; put it there, or name it as "
            "data.table."
        )
    stems = sorted({p.with_suffix("").as_posix() for p in found})
    if len({Path(s).name.casefold() for s in stems}) > 1:
        raise InputError(
            f"{root} has several coding tables ({named(p.name for p in found)}); name one as "
            "data.table."
        )
    order = [*BOOKS, *TEXTS, *OLD_BOOKS]
    return min(found, key=lambda p: (order.index(p.suffix.lower()), len(p.parts)))
