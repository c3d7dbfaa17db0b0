"""``groups: blocks`` of a classifier: the columns of one block of the face are one feature.

A config cannot name the columns, for they are known when the encoder is. So the word ``blocks``
stands in the config, and every fit puts one label per column in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from classifiers import make_classifier
from sttm.descriptors.base import Place
from sttm.errors import InputError, unknown_name

KEY, WORD = "groups", "blocks"


def asks_for_blocks(params: Mapping[str, Any]) -> bool:
    """Return whether a parameter, or one of its choices, is ``groups: blocks``.

    >>> asks_for_blocks({"groups": [None, "blocks"]}), asks_for_blocks({"C": 1.0})
    (True, False)
    """
    return any(value == WORD for value in _choices(params.get(KEY)) if isinstance(value, str))


def split_blocks(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as a classifier may check them: ``blocks`` is None until columns are known.

    Raises
    ------
    InputError
        For another word than ``blocks``.
    """
    out = dict(params)
    for value in _choices(params.get(KEY)):
        if isinstance(value, str) and value != WORD:
            raise InputError(unknown_name("groups", value, [WORD]))
    if asks_for_blocks(params):
        value = params[KEY]
        out[KEY] = [None if v == WORD else v for v in value] if isinstance(value, list) else None
    return out


def _choices(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def make_on_blocks(
    name: str, *, blocks: Sequence[str] | None = None, seed: int | None = None, **params: Any
) -> Any:
    """Return a new classifier; ``groups="blocks"`` becomes ``blocks``, one label per column.

    Raises
    ------
    InputError
        When it asks for blocks and none are known, or there is only one.
    """
    if params.get(KEY) == WORD:
        params[KEY] = check_blocks(blocks)
    return make_classifier(name, seed=seed, **params)


def check_blocks(blocks: Sequence[str] | None) -> np.ndarray:
    """Return the labels (columns,), or refuse what leaves nothing to choose from."""
    if blocks is None:
        raise InputError(
            "groups: blocks needs a descriptor whose columns have places on the face; leave groups "
            "out, and every column is a feature."
        )
    if len(set(blocks)) < 2:
        raise InputError(
            "groups: blocks needs at least two blocks to choose from, and this descriptor has one; "
            "give it a grid, or leave groups out."
        )
    return np.asarray(blocks, dtype=str)


def block_labels(places: Sequence[Place]) -> np.ndarray:
    """Return the name of each column's block, (columns,), such as ``t0.y3.x5``.

    The numbers count the blocks that begin at different places. Where blocks of several grids begin
    at one place, the second and later ones have ``~2`` and so on.
    """
    keys, block = blocks_at(places)
    return np.array(block_names(keys))[block]


def blocks_at(places: Sequence[Place]) -> tuple[np.ndarray, np.ndarray]:
    """Return the different blocks (blocks, 6), and the number of each column's block (columns,).

    A block is ``t_from, t_to, y_from, y_to, x_from, x_to``.
    """
    spans = np.array([(*p.t, *p.y, *p.x) for p in places])
    keys, block = np.unique(spans, axis=0, return_inverse=True)
    return keys, np.ravel(block)


def block_table(keys: np.ndarray) -> pd.DataFrame:
    """Return different blocks (blocks, 6) as a table: ``block``, ``t_from`` ... ``x_to``."""
    out = pd.DataFrame(keys, columns=["t_from", "t_to", "y_from", "y_to", "x_from", "x_to"])
    out.insert(0, "block", block_names(keys))
    return out


def block_names(keys: np.ndarray) -> list[str]:
    """Return the name of each different block (blocks, 6), its place among those that begin."""
    numbers = [np.unique(keys[:, column], return_inverse=True)[1] for column in (0, 2, 4)]
    seen: dict[str, int] = {}
    out = []
    for t, y, x in zip(*numbers, strict=True):
        name = f"t{t}.y{y}.x{x}"
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}~{seen[name]}")
    return out


def labels_of_encoder(encoder: Any) -> tuple[str, ...] | None:
    """Return the block of each column of a fitted encoder, or None where columns have no places."""
    descriptor = getattr(encoder, "descriptor_", None)
    if descriptor is None:
        return None
    return tuple(block_labels(descriptor.places()).tolist())
