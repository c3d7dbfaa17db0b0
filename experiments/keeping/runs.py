"""Reading a finished run's folder back, checked: what does not fit is one sentence with its file.

Only the files that state results are read: run.json, config.yaml, clips.csv, predictions.csv and
scores.json (see outputs.py). They must agree with each other, so that a folder that was edited by
hand, half copied or mixed from two runs is refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.errors import InputError
from sttm.mistakes import ConfigError
from sttm.reading import read_yaml
from sttm.tables import check_key, named

from ..judging.predictions import read_predictions
from ..judging.scores import TOTALS, Interval, score_predictions
from .provenance import FORMAT
from .run_folder import UNFINISHED

NEEDED = ("name", "config", "data", "protocol", "classifier", "descriptor", "versions", "steps")
MAPPINGS = ("config", "data", "protocol", "versions")
CALIBRATED = ("log_loss", "calibration_error")
REPAIR = "Put the file back, or run the experiment again"


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """What a run's folder states.

    Attributes
    ----------
    folder : Path
    facts : mapping
        The content of run.json.
    predictions : DataFrame
        See predictions.py.
    clips : DataFrame
        Indexed by clip, a row per prediction in the same order: ``subject`` (blank where unknown),
        ``content`` (digest of what the source holds), ``label``, ``predicted``.
    scores : mapping
        The content of scores.json.
    """

    folder: Path
    facts: Mapping[str, Any]
    predictions: pd.DataFrame
    clips: pd.DataFrame
    scores: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The run's short name."""
        return str(self.facts["name"])

    @property
    def config(self) -> dict[str, Any]:
        """The config with every option spelled out."""
        return dict(self.facts["config"])

    @property
    def data(self) -> str:
        """One sentence about the data."""
        about = self.facts["data"]
        return str(about.get("about") or about.get("kind") or "")

    @property
    def synthetic(self) -> bool:
        """Whether the faces are drawn."""
        return bool(self.facts["data"].get("synthetic"))

    @property
    def independent(self) -> bool:
        """Whether no person is on both sides of any fold; only a clear yes counts."""
        return self.facts["protocol"].get("subject_independent") is True

    @property
    def protocol(self) -> str:
        """The protocol by name, with its number of folds where that is chosen."""
        name = str(self.facts["protocol"].get("name", ""))
        folds = (self.config.get("protocol") or {}).get("folds")
        return f"{name}, {folds} folds" if "kfold" in name and folds else name

    @property
    def seconds(self) -> float:
        """How long all steps took; what was in the store cost nothing."""
        return float(sum(float(s.get("seconds") or 0.0) for s in self.facts["steps"]))

    @property
    def training(self) -> dict[str, float]:
        """What the classifier of a fold keeps and takes, on average; empty of an older run."""
        stated = self.facts.get("training")
        stated = stated if isinstance(stated, dict) else {}
        return {str(k): float(v) for k, v in stated.items() if _number(v)}

    @property
    def reliability(self) -> list[dict[str, float]]:
        """The bins of the reliability diagram; empty where scores.json has none."""
        bins = self.scores.get("reliability")
        wanted = ("confidence", "accuracy", "clips")
        return [
            {k: float(b[k]) for k in wanted}
            for b in (bins if isinstance(bins, list) else [])
            if isinstance(b, dict) and all(_number(b.get(k)) for k in wanted)
        ]

    def known_subjects(self) -> bool:
        """Return whether every clip names its subject."""
        return bool((self.clips["subject"] != "").all())

    def total(self, name: str) -> Interval:
        """Return accuracy, uar or uf1 with its interval, NaN where there is none."""
        entry = self.scores[name]
        ends = (math.nan if entry[k] is None else float(entry[k]) for k in ("low", "high"))
        return Interval(float(entry["value"]), *ends)


def read_run(folder: str | Path) -> FinishedRun:
    """Return what a finished run's folder states.

    Parameters
    ----------
    folder : path
        As ``run_experiment`` leaves it.

    Raises
    ------
    InputError
        When there is no such folder, it is no run's, of another format, half-written, or its files
        contradict each other; the sentence names the file and what to do.
    """
    folder = Path(folder)
    facts = _facts(folder)
    _check_config(folder / "config.yaml", facts["config"])
    predictions = _predictions(folder / "predictions.csv")
    clips = _clips(folder / "clips.csv", predictions["clip"].tolist())
    clips = clips.assign(**{c: predictions[c].to_numpy() for c in ("label", "predicted")})
    scores = _scores(folder / "scores.json", predictions)
    return FinishedRun(folder, facts, predictions, clips, scores)


def _facts(folder: Path) -> dict[str, Any]:
    path = folder / "run.json"
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise InputError(f"a run is the folder that `sttm run` wrote; {folder} {what}.")
    if (folder / UNFINISHED).exists():
        raise InputError(
            f"{folder} is half-written: a run was stopped there, or is at work ({UNFINISHED}). Run "
            "the experiment again, or wait for it."
        )
    if not path.is_file():
        raise InputError(
            f"{folder} is not the folder of a finished run: it has no run.json. Name the folder "
            "that `sttm run` printed, or let the run end."
        )
    facts = _read_json(path)
    again = f"run it again: sttm run {folder / 'config.yaml'}"
    if "format" not in facts:
        raise InputError(f"{path} states no format, so an older version wrote it; {again}.")
    if facts["format"] != FORMAT:
        newer = isinstance(facts["format"], int) and facts["format"] > FORMAT
        do = "update sttm" if newer else again
        raise InputError(
            f"{path} is of format {facts['format']!r}, and this version reads {FORMAT}; {do}."
        )
    lacking = [k for k in NEEDED if k not in facts]
    wrong = [k for k in MAPPINGS if not isinstance(facts.get(k), dict)]
    steps = facts.get("steps")
    if not isinstance(steps, list) or not all(isinstance(s, dict) for s in steps):
        wrong.append("steps")
    if lacking or wrong:
        entry = (lacking or wrong)[0]
        raise InputError(f"{path} must state {entry!r} as a run does, and it does not. {REPAIR}.")
    return facts


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. {REPAIR}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not whole JSON text. {REPAIR}.") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} must hold a mapping of names and values. {REPAIR}.")
    return values


def _check_config(path: Path, config: dict[str, Any]) -> None:
    try:
        stated = json.loads(json.dumps(read_yaml(path), default=str))  # keys as JSON has them
    except ConfigError as error:
        raise InputError(f"{error} {REPAIR}.") from error
    if stated != config:
        keys = sorted(k for k in {*stated, *config} if stated.get(k) != config.get(k))
        raise InputError(
            f"{path} was changed since the run: its {named(keys)} is not what run.json states. "
            f"Run it again (sttm run {path}), or put the old file back."
        )


def _predictions(path: Path) -> pd.DataFrame:
    try:
        table = read_predictions(path)
    except InputError as error:
        said = str(error) if str(path) in str(error) else f"{path}: {error}"
        raise InputError(f"{said} {REPAIR}.") from error
    if table.empty:
        raise InputError(f"{path} holds no prediction. {REPAIR}.")
    return table


def _clips(path: Path, tested: list[str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        check_key(table, "clips")
    except FileNotFoundError:
        raise InputError(f"{path} is not there. {REPAIR}.") from None
    except InputError as error:
        raise InputError(f"{path}: {error} {REPAIR}.") from error
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"{path} is not a clips table: {error}. {REPAIR}.") from error
    lacking = [c for c in ("subject", "content") if c not in table]
    if lacking:
        raise InputError(f"{path} needs a column {lacking[0]!r}, and it has none. {REPAIR}.")
    unknown = sorted(set(tested) - set(table["clip"]))
    if unknown:
        raise InputError(
            f"{path} must name every clip that was tested; {named(unknown)} is missing. {REPAIR}."
        )
    return table.set_index("clip").loc[tested, ["subject", "content"]]


def _scores(path: Path, predictions: pd.DataFrame) -> dict[str, Any]:
    scores = _read_json(path)
    found = score_predictions(predictions, replicates=1).as_json()
    for name in (*TOTALS, *CALIBRATED):
        stated = _total(scores.get(name)) if name in TOTALS else scores.get(name)
        if stated is None or not _number(stated) or abs(stated - _value(found[name])) > 1e-9:
            raise InputError(
                f"{path} does not state the {name.replace('_', ' ')} of predictions.csv beside "
                f"it, so one of the two was changed or belongs to another run. {REPAIR}."
            )
    return scores


def _value(entry: Any) -> float:
    return float(entry["value"] if isinstance(entry, dict) else entry)


def _total(entry: Any) -> Any:
    """Return the value of a score with its interval, or None where it is no such thing."""
    if not isinstance(entry, dict) or not {"value", "low", "high"} <= set(entry):
        return None
    ends = (entry["low"], entry["high"])
    whole = all(e is None or _number(e) for e in ends)
    return entry["value"] if whole else None


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
