"""The configs that come with the toolkit."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from sttm.errors import InputError, unknown_name


def shipped_config(name: str) -> Path:
    """Return the path of a shipped config, or refuse the name."""
    folder = Path(str(resources.files("experiments.configs")))
    names = {p.stem: p for p in folder.glob("*.yaml")}
    if name not in names:
        raise InputError(unknown_name("shipped config", name, names))
    return names[name]
