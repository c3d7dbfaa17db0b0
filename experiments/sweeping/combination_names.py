"""What swept settings, their values and their combinations are called in folders and tables."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 60  # characters of a combination's name


def short_keys(keys: Sequence[str]) -> dict[str, str]:
    """Return for each dotted path its shortest end that no other path has.

    >>> short_keys(["descriptor.name", "classifier.name", "time.frames"])
    {'descriptor.name': 'descriptor.name', 'classifier.name': 'classifier.name', \
'time.frames': 'frames'}
    """
    out = {}
    for key in keys:
        parts = key.split(".")
        ends = [".".join(parts[-n:]) for n in range(1, len(parts) + 1)]
        others = [k for k in keys if k != key]
        clear = [e for e in ends if not any(o == e or o.endswith(f".{e}") for o in others)]
        out[key] = clear[0] if clear else key
    return out


def value_text(value: Any) -> str:
    """Return a swept value as a person would write it, short.

    >>> value_text([2, 8, 8]), value_text({"name": "lda"}), value_text(None), value_text(True)
    ('2 x 8 x 8', 'lda', 'none', 'true')
    """
    if isinstance(value, Mapping):
        name = value.get("name", value.get("kind"))
        rest = {k: v for k, v in value.items() if k not in ("name", "kind")}
        said = ", ".join(f"{k} {value_text(v)}" for k, v in rest.items())
        return f"{name} ({said})" if name and rest else str(name) if name else said
    if isinstance(value, (list, tuple)):
        numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
        return (" x " if numbers else ", ").join(value_text(v) for v in value)
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def combination_names(keys: Sequence[str] | Mapping[str, Any], rows: Sequence[Any]) -> list[str]:
    """Return a folder name for each combination, all different, whatever the values.

    >>> combination_names(["time.frames"], [{"time.frames": 12}, {"time.frames": 20}])
    ['frames-12', 'frames-20']
    """
    short = short_keys(list(keys))
    names = []
    for row in rows:
        text = "_".join(f"{short[k]}-{_slug(v)}" for k, v in row.items())
        plain = re.sub(r"[^\w.-]+", "-", text).strip("-.")
        fits = len(plain) <= LONGEST and re.match(r"\w", plain)
        names.append(plain if fits else f"{plain[: LONGEST - 9].strip('-.')}-{_digest(row)}")
    folded = [n.casefold() for n in names]  # some disks do not tell a from A
    return [
        n if folded.count(n.casefold()) == 1 else f"{n[: LONGEST - 9]}-{_digest(row)}"
        for n, row in zip(names, rows, strict=True)
    ]


def _slug(value: Any) -> str:
    text = value_text(value).replace(" x ", "x")
    if isinstance(value, Mapping) and len(value) > 1:
        name = value.get("name", value.get("kind", ""))
        text = f"{name}-{_digest(value)[:4]}"
    return re.sub(r"[^\w.-]+", "-", text).strip("-.") or "empty"


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
