"""The folder of a run belongs to one experiment, and its files to one run of it.

Running an experiment again replaces what it wrote before. From the first file that is replaced to
the last, ``.unfinished`` stands in the folder and ``run.json`` does not, so that nobody takes a
mixture of two runs for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from sttm.atomic import failure, replacing
from sttm.errors import InputError
from sttm.tables import named

FILES = (
    "run.json",  # the first to go and the last but one to come
    "report.html",
    "scores.json",
    "predictions.csv",
    "folds.csv",
    "skipped.csv",
    "labels.csv",
    "clips.csv",
    "model.md",
    "model.sttm",
    "config.yaml",
)
UNFINISHED = ".unfinished"


def refuse_foreign(folder: Path, name: str) -> None:
    """Refuse a folder whose files are another experiment's, or are no run's at all.

    Raises
    ------
    InputError
        Naming the experiment or the files that would be lost.
    """
    found = [f for f in FILES if (folder / f).exists()]
    if not found and not (folder / UNFINISHED).exists():
        return
    owner = owner_of(folder)
    if owner is None:
        raise InputError(
            f"the run would replace {named(sorted(found))} in {folder}, which no run wrote; choose "
            "another folder by output (or name)."
        )
    if owner != name:
        raise InputError(
            f"{folder} holds the run of {owner!r}, and this is {name!r}; choose another folder by "
            "output, or remove that one."
        )


def owner_of(folder: Path) -> str | None:
    """Return the name of the experiment that a folder's files are of, None where nothing tells."""
    with suppress(OSError, UnicodeDecodeError):
        return (folder / UNFINISHED).read_text(encoding="utf-8").strip()
    with suppress(OSError, ValueError, RecursionError):
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if isinstance(facts, dict) and isinstance(facts.get("config"), dict) and "name" in facts:
            return str(facts["name"])
    if not (folder / "predictions.csv").exists():
        return None
    with suppress(OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError):
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        if isinstance(config, dict) and "data" in config and "name" in config:
            return str(config["name"])
    return None


@contextmanager
def rewriting(folder: Path, name: str) -> Iterator[None]:
    """Remove the files of a former run, let the new ones be written, and say when that is done.

    Raises
    ------
    InputError
        When the folder cannot be written to.
    """
    with replacing(folder / UNFINISHED) as scratch:
        scratch.write_text(name, encoding="utf-8")
    try:
        for file in FILES:
            (folder / file).unlink(missing_ok=True)
        yield
        (folder / UNFINISHED).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(failure(error, folder)) from error
