"""Settings on top of a config: ``--set a.b=c``, and sections given by their name alone."""

from __future__ import annotations

from typing import Any

from sttm.mistakes import ConfigError
from sttm.reading import parse_yaml

# what a section is called by where only its name is given
SHORT = {"data": "kind", "descriptor": "name", "classifier": "name", "protocol": "name"}


def spelled_out(values: dict[str, Any]) -> dict[str, Any]:
    """Return a config's values with ``classifier: svm`` as ``classifier: {name: svm}``."""
    short = {k: {SHORT[k]: v} for k, v in values.items() if k in SHORT and isinstance(v, str)}
    return {**values, **short}


def apply_settings(values: dict[str, Any], settings: list[str]) -> dict[str, Any]:
    """Return ``values`` changed by ``a.b=c`` assignments; c is read as YAML.

    >>> apply_settings({"a": {"b": 1}}, ["a.b=2", "a.c=[x, y]"])
    {'a': {'b': 2, 'c': ['x', 'y']}}
    """
    for setting in settings:
        key, sign, text = setting.partition("=")
        if not sign or not key.strip():
            raise ConfigError(f"--set takes key=value such as time.frames=12, not {setting!r}.")
        try:
            value = parse_yaml(text)
        except ConfigError as error:
            raise ConfigError(f"--set {setting:.60}: {error}") from error
        if "." in key:
            values = spelled_out(values)
        values = _assign(values, key.strip().split("."), value, setting)
    return values


def _assign(node: Any, keys: list[str], value: Any, setting: str) -> Any:
    if not keys:
        return value
    head, rest = keys[0], keys[1:]
    if isinstance(node, list):
        if not head.isdigit() or int(head) >= len(node):
            raise ConfigError(f"--set {setting}: {head!r} is not one of 0 to {len(node) - 1}.")
        changed = _assign(node[int(head)], rest, value, setting)
        return [changed if i == int(head) else item for i, item in enumerate(node)]
    if node is not None and not isinstance(node, dict):
        raise ConfigError(f"--set {setting}: {head!r} is below a single value, {node!r}.")
    branch = node or {}
    return {**branch, head: _assign(branch.get(head), rest, value, setting)}
