"""The configs that come with the toolkit."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from sttm.errors import InputError, unknown_name


def shipped_configs() -> dict[str, Path]:
    """Return name -> path of every config that comes with the toolkit."""
    folder = Path(str(resources.files("experiments.configs")))
    return {p.stem: p for p in sorted(folder.glob("*.yaml"))}


def shipped_config(name: str) -> Path:
    """Return the path of a shipped config, or refuse the name."""
    names = shipped_configs()
    if name not in names:
        raise InputError(unknown_name("shipped config", name, names))
    return names[name]


def find_config(path: Path) -> Path:
    """Return the file that a command's argument names: a file, or a shipped config by its name."""
    bare = path.suffix == "" and path.parent == Path() and not path.exists()
    return shipped_configs().get(path.name, path) if bare else path
