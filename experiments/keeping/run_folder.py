"""The folder of a run belongs to one experiment, and its files to one run of it.

Running an experiment again replaces what it wrote before. The new files are written in full into a
hidden folder beside the old ones and then moved into place: whatever stops the writing, the former
run stays. For the moment of moving, ``.unfinished`` stands in the folder and ``run.json`` does not,
so that nobody takes a mixture of two runs for one.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import yaml

from sttm.atomic import PART, failure, replacing
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
OF_A_SWEEP = "sweep.json"


def refuse_foreign(folder: Path, name: str) -> None:
    """Refuse a folder whose files are another experiment's, a sweep's, or no run's at all.

    Raises
    ------
    InputError
        Naming the experiment or the files that would be lost.
    """
    if (folder / OF_A_SWEEP).exists():
        raise InputError(
            f"{folder} is the folder of a sweep; choose another name (or output) for the run."
        )
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
def rewriting(folder: Path, name: str) -> Iterator[Path]:
    """Yield the place to write a run's files to; at the end they replace those of a former run.

    When anything goes wrong before the end, the former run is as it was.

    Parameters
    ----------
    folder : Path
        The folder of the run; made if need be.
    name : str
        The experiment's name.

    Raises
    ------
    InputError
        When the folder cannot be written to.
    """
    staged = folder / f"{PART}{secrets.token_hex(6)}"
    try:
        staged.mkdir(parents=True)
        yield staged
        _move(staged, folder, name)
    except InputError as error:  # names the file where the user looks for it
        raise InputError(str(error).replace(f"{os.sep}{staged.name}", "")) from error
    except OSError as error:
        raise InputError(failure(error, folder)) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _move(staged: Path, folder: Path, name: str) -> None:
    """Put a run's files in place of a former one's, ``run.json`` last."""
    with replacing(folder / UNFINISHED) as scratch:
        scratch.write_text(name, encoding="utf-8")
    for file in FILES:
        (folder / file).unlink(missing_ok=True)
    for file in reversed(FILES):
        if (staged / file).exists():
            (staged / file).replace(folder / file)
    (folder / UNFINISHED).unlink(missing_ok=True)
