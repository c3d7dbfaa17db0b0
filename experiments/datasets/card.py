"""What is published about a data set, and what a reader is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..options import Section
from .base import Dataset


@dataclass(frozen=True)
class Card:
    """What a newcomer should know of a data set before a config names it.

    Parameters
    ----------
    title : str
        Full name.
    layout : str
        The tree below ``data.path`` as the set is distributed, a line each.
    licence : str
        One sentence: who may use it, and where one asks.
    citation : str
        Authors, title, year, DOI.
    stills : bool
        Single pictures: descriptors of change refuse them.
    """

    title: str
    layout: str
    licence: str
    citation: str
    stills: bool = False


def nothing_published(settings: Any) -> dict[str, int]:
    """Return no counts: nobody published any."""
    return {}


@dataclass(frozen=True)
class Reader:
    """One member of the family of data sets.

    Parameters
    ----------
    settings : type
        What a config may say; its field ``kind`` is the name.
    read : callable
        ``read(settings)``, or ``read(settings, jobs, progress)`` where ``makes`` is true.
    card : Card
    published : callable
        ``published(settings)`` returns the published counts for these settings: ``clips``,
        ``subjects`` and labels, as far as they are known.
    makes : bool
        The reader makes its clips, which takes time.
    """

    settings: type[Section]
    read: Callable[..., Dataset]
    card: Card
    published: Callable[[Any], Mapping[str, int]] = nothing_published
    makes: bool = False

    @property
    def kind(self) -> str:
        """The name of the data set in configs."""
        return str(self.settings.model_fields["kind"].default)
