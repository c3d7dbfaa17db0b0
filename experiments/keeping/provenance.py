"""What a result was made with: versions, settings, when and by which command."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.parallel import worker_count

from ..config import Config
from ..datasets import Dataset
from ..fitting.models import classifier_parts, takes
from ..folding.folds import Fold, plain_texts
from ..folding.leaks import shown_independent
from ..folding.protocols import PROTOCOLS, settings_of

SENTENCES = {
    "loso": "Leave one subject out: each subject's clips are tested by a model that never saw "
    "that subject.",
    "grouped-kfold": "{folds} folds by subject: no subject is trained on and tested in one fold.",
    "leave-one-dataset-out": "Leave one data set out: each data set is tested by a model of all "
    "the others.",
    "sample-kfold": "{folds} folds over clips: the same person may be trained on and tested.",
}
FORMAT = 1  # of a run's folder; raised whenever its files change so that readers must know
VERSIONED = ("sttm-toolkit", "numpy", "scipy", "scikit-learn", "opencv-python-headless")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape results."""
    out = {"python": platform.python_version()}
    for name in VERSIONED:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            out[name] = "not installed"
    return out


def now() -> str:
    """Return the time of day in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def command() -> str:
    """Return the command that is running, as one would type it, or that it is a program."""
    program = Path(sys.argv[0] if sys.argv else "")
    if program.stem == "sttm" or program.parts[-2:] == ("experiments", "__main__.py"):
        return shlex.join(["sttm", *sys.argv[1:]])
    return f"a Python program ({program.name or 'interactive'})"


def run_facts(config: Config, data: Dataset, started: str) -> dict[str, Any]:
    """Return what run.json and the report say of a run before its results."""
    workers = worker_count(config.jobs)
    return {
        "format": FORMAT,
        "name": config.name,
        "title": config.title or config.name,
        "command": command(),
        "started": started,
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}, {workers} workers",
        "config": config.model_dump(mode="json"),
        "config_text": config.as_yaml(),
        "data": {
            "kind": config.data.kind,
            "about": data.about,
            "synthetic": data.synthetic,
            "source": data.source or str(getattr(config.data, "path", data.root)),
        },
        "protocol": protocol_facts(config, data.clips),
        "classifier": _named(config.classifier),
        "descriptor": " + ".join(_descriptor_names(config)),
        **column_facts(config),
    }


def column_facts(config: Config) -> dict[str, Any]:
    """Return how many columns a config's descriptor has, and whether that is only the most."""
    descriptor = config.make_descriptor()
    return {"columns": len(descriptor.places()), "columns_at_most": descriptor.sized_by_training}


def protocol_facts(
    config: Config, clips: pd.DataFrame, folds: Sequence[Fold] | None = None
) -> dict[str, Any]:
    """Return name, sentence and ``subject_independent`` of a protocol on these clips.

    The last is True, False, or None where nobody can say; without ``folds`` it is what the protocol
    says of itself.
    """
    chosen = config.protocol
    if chosen.name == "official-split":
        parts = plain_texts(clips.get("part", []))
        settings = settings_of(chosen, config.seed)
        name, _, grid = classifier_parts(config.classifier)
        stops = takes(name, "validation")
        sentence = settings.settled(parts).sentence(chosen.refit, bool(grid), stops)
    else:
        sentence = SENTENCES[chosen.name].format(folds=chosen.folds)
    claim = PROTOCOLS[chosen.name].subject_independent
    shown = claim if folds is None else shown_independent(chosen.name, folds, clips)
    return {"name": chosen.name, "sentence": sentence, "subject_independent": shown}


def _named(entry: dict[str, Any]) -> str:
    rest = ", ".join(f"{k} {_choice(v)}" for k, v in entry.items() if k != "name")
    return f"{entry.get('name', 'svm')} ({rest})" if rest else str(entry.get("name", "svm"))


def _choice(value: Any) -> str:
    return "one of " + "/".join(map(str, value)) if isinstance(value, list) else str(value)


def _descriptor_names(config: Config) -> list[str]:
    members = config.descriptor if isinstance(config.descriptor, list) else [config.descriptor]
    return [f"{m['name']} ({m['coding']})" if "coding" in m else str(m["name"]) for m in members]
