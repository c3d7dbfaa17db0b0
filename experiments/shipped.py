"""The configs that come with the toolkit."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from sttm.errors import InputError, unknown_name
from sttm.mistakes import ConfigError, did_you_mean


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
    """Return the file that a command's argument names: a file, or a shipped config by its name.

    Raises
    ------
    ConfigError
        For a bare word that is neither.
    """
    if path.suffix or path.parent != Path() or path.exists() or not path.name:
        return path
    names = shipped_configs()
    if path.name not in names:
        raise ConfigError(
            f"cannot read the config {path}: No such file or directory, and no shipped config is "
            f"called so; {did_you_mean(path, names)}`sttm datasets` lists them."
        )
    return names[path.name]
