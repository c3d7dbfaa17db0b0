"""labeling: what people say of clips. Reading order: tables (opinions, consensus), hand_csv.

>>> from labeling import published
>>> published(["smile1"], ["happiness"])["status"].tolist()
['published']
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "check_consensus": "tables",
    "check_opinions": "tables",
    "from_csv": "tables",
    "published": "tables",
    "read_hand_csv": "hand_csv",
    "work_list": "worklist",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'labeling' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
