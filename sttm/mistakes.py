"""Mistakes in a config as sentences: where, what must hold, what came, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from .errors import InputError, nearest

# what pydantic calls a mistake -> what must hold
MUST = {
    "dict_type": "must be a mapping of keys and values",
    "model_type": "must be a mapping of keys and values",
    "model_attributes_type": "must be a mapping of keys and values",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "is_instance_of": "must be a list",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text (in quotes where YAML would read something else)",
    "path_type": "must be a path",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
}


class ConfigError(InputError):
    """A config cannot be used; each line of the message is one mistake."""


def sentences(
    error: ValidationError, model: type[BaseModel], prefix: str = "", whole: str = "the config"
) -> list[str]:
    """Return one sentence per mistake that pydantic found in a config, or in ``whole``."""
    found = [_sentence(item, model, prefix, whole) for item in error.errors()]
    return list(dict.fromkeys(" ".join(sentence.split()) for sentence in found))


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return "did you mean 'x'? " where a known name is near, else nothing."""
    near = nearest(name, known, 0.5)
    return f"did you mean {near!r}? " if near is not None else ""


def _sentence(item: Any, model: type[BaseModel], prefix: str, whole: str) -> str:
    node, place = _walk(model, item["loc"])
    where = ".".join([prefix, *place] if prefix else place) or whole
    kind, got, context = item["type"], item.get("input"), item.get("ctx", {})
    if kind == "extra_forbidden":
        known = sorted(node.model_fields) if _is_model(node) else []
        hint = did_you_mean(place[-1], known)
        return f"{where} is not a setting; {hint}Known here: {', '.join(known)}."
    if kind == "missing":
        return f"{where} is missing; it must be given."
    if kind == "union_tag_invalid":
        tag, expected = str(context["tag"]), context["expected_tags"].replace("'", "")
        hint = did_you_mean(tag, expected.split(", "))
        return f"{where}.kind {tag!r} is unknown: {hint}Known: {expected}."
    if kind == "union_tag_not_found":
        return f"{where} must be a mapping that says its 'kind', not {_short(got)}."
    if kind == "literal_error":
        expected = context["expected"].replace(" or ", ", ").replace("'", "")
        hint = did_you_mean(got, expected.split(", "))
        return f"{where} {_short(got)} is unknown: {hint}Known: {expected}."
    if kind == "string_pattern_mismatch":
        return f"{where} must be one word of letters, digits, '_', '.' and '-', not {_short(got)}."
    if kind == "value_error":
        return f"{where}: {item['msg'].removeprefix('Value error, ').rstrip('.')}."
    if kind in MUST:
        return f"{where} {MUST[kind].format(**context)}, not {_short(got)}."
    return f"{where}: {item['msg'][:1].lower()}{item['msg'][1:]}, not {_short(got)}."


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_model(node: Any) -> bool:
    return isinstance(node, type) and issubclass(node, BaseModel)


def _walk(model: type[BaseModel], location: tuple[Any, ...]) -> tuple[Any, list[str]]:
    """Return the model that holds the last part of a location, and the location as one writes it.

    pydantic names the chosen member of a union in a location; nobody writes that.
    """
    node: Any = model
    holder: Any = model
    place = []
    for part in location:
        member = _member(node, part)
        if member is not None:
            holder = node = member
            continue
        place.append(str(part))
        holder = node
        known = _is_model(node) and part in node.model_fields
        node = node.model_fields[part].annotation if known else None
    return holder, place


def _member(node: Any, tag: Any) -> Any:
    """Return the member of a union of data sets that calls itself ``tag``."""
    for member in getattr(node, "__args__", ()):
        fields = getattr(member, "model_fields", {})
        if "kind" in fields and fields["kind"].default == tag:
            return member
    return None
