"""Mistakes in a config as sentences: where, what must hold, what came, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from sttm.errors import InputError


class ConfigError(InputError):
    """A config cannot be used; each line of the message is one mistake."""


def sentences(error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[str]:
    """Return one sentence per mistake that pydantic found in a config."""
    return list(dict.fromkeys(_sentence(item, model, prefix) for item in error.errors()))


def _sentence(item: Any, model: type[BaseModel], prefix: str) -> str:
    place = [p for p in item["loc"] if not _is_tag(p)]
    where = ".".join([prefix, *map(str, place)] if prefix else map(str, place)) or "the config"
    kind, got = item["type"], item.get("input")
    if kind == "extra_forbidden":
        known = sorted(_known_keys(model, list(item["loc"][:-1])))
        near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return f"{where} is not a setting; {hint}Known here: {', '.join(known)}."
    if kind == "missing":
        return f"{where} is missing; it must be given."
    if kind == "union_tag_invalid":
        expected = item["ctx"]["expected_tags"].replace("'", "")
        tag = str(item["ctx"]["tag"])
        near = difflib.get_close_matches(tag, expected.split(", "), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return f"{where}.kind {tag!r} is unknown: {hint}Known: {expected}."
    if kind == "union_tag_not_found":
        return f"{where} must be a mapping that says its 'kind', not {_short(got)}."
    message = item["msg"].removeprefix("Value error, ")
    if kind == "value_error":
        return f"{where}: {message.rstrip('.')}."
    return f"{where}: {message[0].lower()}{message[1:]}, not {_short(got)}."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_tag(part: Any) -> bool:
    return isinstance(part, str) and ("[" in part or part in _TAGS)


# names that pydantic puts into a location to say which member of a union it tried
_TAGS = {"function-after", "function-wrap"}


def _known_keys(model: type[BaseModel], path: list[Any]) -> Iterator[str]:
    node: Any = model
    for part in path:
        node = _step(node, part)
    if isinstance(node, type) and issubclass(node, BaseModel):
        yield from node.model_fields


def _step(node: Any, part: Any) -> Any:
    if isinstance(node, type) and issubclass(node, BaseModel) and part in node.model_fields:
        return node.model_fields[part].annotation
    for member in getattr(node, "__args__", ()):
        fields = getattr(member, "model_fields", {})
        if "kind" in fields and fields["kind"].default == part:
            return member
    return node
