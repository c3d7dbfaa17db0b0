"""YAML from a person: plain values only, nothing executed, each mistake a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from .mistakes import ConfigError

LARGEST = 1 << 20  # bytes of text
MOST_VALUES = 20_000  # with every alias written out, so that no small text fills the memory


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice, and reads 1e-3 as the number that it looks like."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _error("a key must be one word", key)
        if key.value in seen:
            raise _error(f"{key.value!r} is given twice", key)
        seen.add(key.value)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


def _error(problem: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)


def parse_yaml(text: str) -> Any:
    """Return the plain values in a YAML text.

    Raises
    ------
    ConfigError
        With the line, where it is known.
    """
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            _refuse_flood(node, {})
            return None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except RecursionError as error:
        raise ConfigError("it is nested too deeply.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        raise ConfigError(f"{line}{_problem(error)}.") from error
    except ConfigError:
        raise
    except Exception as error:  # PyYAML lets through what its parsers of numbers and dates raise
        raise ConfigError("a value does not fit its tag (!!...); write it plainly.") from error


def _problem(error: yaml.YAMLError) -> str:
    problem = str(getattr(error, "problem", None) or "it is not plain text")
    if "could not determine a constructor" in problem:
        tag = problem.rpartition("tag:yaml.org,2002:")[2].strip("'")
        return f"the tag {tag} is refused; give plain values"
    return problem


def _refuse_flood(node: Any, sizes: dict[int, int]) -> int:
    """Return how many values a node has with its aliases written out; refuse too many."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = MOST_VALUES  # what a node that holds itself comes to
    size = 1
    if isinstance(node, yaml.CollectionNode):
        for item in node.value:
            for part in item if isinstance(item, tuple) else (item,):
                size += _refuse_flood(part, sizes)
    if size > MOST_VALUES:
        raise ConfigError(f"it holds more than {MOST_VALUES} values.")
    sizes[id(node)] = size
    return size


def read_yaml(path: Path, kind: str = "config", example: str = "data: drawn") -> dict[str, Any]:
    """Return the mapping in a YAML file; nothing in it is executed.

    Parameters
    ----------
    path : Path
    kind, example : str
        What the file is called in messages, and a line that it could hold.

    Raises
    ------
    ConfigError
        When the file is missing, is no text, is no YAML, or holds no mapping.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"cannot read the {kind} {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} must be text in UTF-8, and it is not.") from error
    if len(raw) > LARGEST:
        raise ConfigError(f"{path} is too long for a {kind}, over {LARGEST >> 20} MiB.")
    try:
        values = parse_yaml(text)
    except ConfigError as error:
        raise ConfigError(f"{path} cannot be read as YAML: {error}") from error
    if not isinstance(values, dict):
        came = "is empty" if values is None else f"holds {values!r:.60}"
        raise ConfigError(f"{path} must hold keys and values such as {example!r}; it {came}.")
    return {str(k): v for k, v in values.items()}
