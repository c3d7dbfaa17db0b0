"""`sttm template`: a config with every option, its default and what it means."""

from __future__ import annotations

import re
import textwrap
import types
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sttm.descriptors import DESCRIPTORS, descriptor_class
from sttm.errors import InputError, unknown_name

from .config import FIRST, Config, descriptor_options
from .datasets import READERS
from .options import parameter_docs

WIDTH = 96
EXAMPLES = {"path": " PATH", "members": "\n    - kind: folder\n      path: PATH"}
SAID_ELSEWHERE = ("random_state", "n_jobs")  # by seed and jobs
SCALING = "none, standard, minmax or unit-length. Learned from the training rows."
ORDER = (*FIRST, *(f for f in Config.model_fields if f not in FIRST))


def kinds() -> dict[str, type[BaseModel]]:
    """Return the settings model of every kind of data."""
    return {kind: reader.settings for kind, reader in READERS.items()}


def template_text(kind: str, descriptor: str, classifier: str) -> str:
    """Return YAML with every option of a config, commented.

    Raises
    ------
    InputError
        For an unknown kind of data, descriptor or classifier.
    """
    if kind not in kinds():
        raise InputError(unknown_name("kind of data", kind, kinds()))
    blocks = ["# An experiment. Every option is here with its default; leave out what you keep."]
    for name in ORDER:
        field = Config.model_fields[name]
        if name == "data":
            blocks.append(_section("data", kinds()[kind]))
        elif name == "descriptor":
            blocks.append(_descriptor(descriptor))
        elif name == "classifier":
            blocks.append(_classifier(classifier))
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            blocks.append(_section(name, field.annotation))
        else:
            blocks.append(_option(name, field, ""))
    return "\n\n".join(blocks) + "\n"


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        value = list(value)
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000).strip()
    return text.removesuffix("...").strip()


def _option(name: str, field: FieldInfo, indent: str) -> str:
    lines = _comment(field.description or "", indent)
    if field.is_required() or name in EXAMPLES:
        return "\n".join([*lines, f"{indent}{name}:{EXAMPLES.get(name, ' VALUE')}"])
    return "\n".join([*lines, f"{indent}{name}: {_value(field.get_default())}"])


def _section(name: str, model: type[BaseModel]) -> str:
    head = (model.__doc__ or "").strip().splitlines()[:1]
    fields = [_option(n, f, "  ") for n, f in model.model_fields.items()]
    return "\n".join([*_comment(head[0] if head else "", ""), f"{name}:", *fields])


def _descriptor(name: str) -> str:
    options = descriptor_options(name)
    fields = [_option(n, f, "  ") for n, f in options.model_fields.items()]
    head = _comment(f"One of {', '.join(DESCRIPTORS)}; a list of them is put side by side.", "")
    about = _comment((descriptor_class(name).__doc__ or "").splitlines()[0], "  ")
    if name == "sttm":
        about += _comment("preset: '2016' sets the literal reading of the 2016 paper.", "  ")
    return "\n".join([*head, "descriptor:", *about, f"  name: {name}", *fields])


def _classifier(name: str) -> str:
    from classifiers.registry import CLASSIFIERS, classifier_class, parameters

    try:
        known = parameters(name)
    except ValueError as error:
        raise InputError(str(error)) from error
    docs = {"scaling": SCALING, **parameter_docs(classifier_class(name))}
    lines = _comment(
        f"One of {', '.join(CLASSIFIERS)}. An option given as a list, such as C: [0.1, 1, 10], is "
        "searched inside the training part of each fold.",
        "",
    )
    lines += ["classifier:", f"  name: {name}"]
    for key, value in known.items():
        plain = isinstance(value, bool | int | float | str | list | tuple | types.NoneType)
        if plain and key not in SAID_ELSEWHERE:
            lines += [*_comment(_short(docs.get(key, "")), "  "), f"  {key}: {_value(value)}"]
    return "\n".join(lines)


def _short(text: str) -> str:
    """Return the first sentence of a description, and the second after a list of choices."""
    parts = re.split(r"(?<=[.:]) ", text)
    choices = re.fullmatch(r"[\w, -]+ or [\w-]+\.", parts[0])
    return " ".join(parts[: 2 if choices else 1]).rstrip(":")
