"""Typed, documented options from the signature and docstring of what they configure.

A descriptor, a settings class or a classifier says its parameters once, in its ``__init__`` and
its docstring; the config, its checks and the template are made from that.
"""

from __future__ import annotations

import inspect
import re
import typing
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model


class Section(BaseModel):
    """A part of a config: unknown keys are refused, values cannot be changed afterwards."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, coerce_numbers_to_str=True
    )


def parameter_docs(kind: type) -> dict[str, str]:
    """Return the description of each parameter in a numpydoc docstring, one line each.

    A set of choices in braces goes before it: "viola-jones, yunet or whole. Haar cascades ...".
    """
    text = inspect.getdoc(kind) or ""
    found = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-{3,}|\Z)", text, re.S | re.M)
    docs: dict[str, str] = {}
    names: list[str] = []
    for line in (found.group(1) if found else "").splitlines():
        head = re.match(r"^(\w[\w, ]*?)\s*(?::(.*))?$", line)
        if head:
            names = [n.strip() for n in head.group(1).split(",")]
            docs.update(dict.fromkeys(names, _choices(head.group(2) or "")))
        elif line.strip():
            docs.update({n: f"{docs[n]} {line.strip()}".strip() for n in names})
    return {name: _plain(text) for name, text in docs.items()}


def _plain(text: str) -> str:
    """Return a description without the signs of reStructuredText."""
    return re.sub(r"(?::[\w:]+:)?`+([^`]+)`+", r"\1", text)


def _choices(kind: str) -> str:
    found = re.search(r"\{(.+?)\}", kind)
    words = re.findall(r"[\w.-]+", found.group(1)) if found else []
    return f"{', '.join(words[:-1])} or {words[-1]}." if len(words) > 1 else ""


def option_model(kind: type, name: str, leave_out: tuple[str, ...] = ()) -> type[Section]:
    """Return a model whose fields are the parameters of ``kind``, typed, with their defaults.

    Parameters
    ----------
    kind : type
        A class with annotated parameters.
    name : str
        Name of the model, for messages.
    leave_out : tuple of str
        Parameters that a config does not set.
    """
    hints = typing.get_type_hints(vars(kind)["__init__"])
    docs = parameter_docs(kind)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(kind).parameters.values():
        if parameter.name in leave_out or parameter.kind is parameter.VAR_KEYWORD:
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        field = Field(default, description=docs.get(parameter.name, ""))
        fields[parameter.name] = (hints.get(parameter.name, Any), field)
    return create_model(name, __base__=Section, **fields)
