"""What a sweep would run: every combination of the listed values, checked before anything starts.

    sweep:
      descriptor.coding: [oriented, signed, response]
      time.frames: [12, 20]

Keys are dotted paths as in ``--set``; the combinations are the product of all lists. Each has a
short readable name, which is its folder and stays the same when values are added or taken away.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from sttm.errors import InputError
from sttm.mistakes import ConfigError
from sttm.reading import parse_yaml, read_yaml
from sttm.tables import named

from ..config import Config, parse
from ..datasets import DrawnData, planned, read_dataset
from ..fitting.models import check_weighted
from ..folding.feasible import check_folds
from ..folding.protocols import ProtocolWarning, folds_of
from ..join import usable
from ..preview import preview
from ..settings import apply_settings
from ..shipped import find_config
from .combination_names import combination_names, short_keys, value_text

MOST = 1000  # combinations
# of a forest: a whole number counts, a fraction is a share of all
SHARES = ("max_features", "max_samples", "min_samples_leaf", "min_samples_split")
FIXED = ("name", "output", "title", "jobs", "sweep", "report")  # these shape no result


@dataclass(frozen=True, eq=False)
class Combination:
    """One experiment of a sweep: its short name, the swept values, its config."""

    name: str
    values: Mapping[str, Any]
    config: Config


@dataclass(frozen=True, eq=False)
class Plan:
    """A sweep: the folder that its runs lie in, and the combinations in order."""

    name: str
    title: str
    folder: Path
    over: Mapping[str, list[Any]]
    combinations: list[Combination]

    def column(self, key: str) -> str:
        """Return what a swept key is called in names and tables: the shortest end that is clear."""
        return short_keys(list(self.over))[key]


def load_plan(
    source: str | Path | Mapping[str, Any],
    over: Mapping[str, Sequence[Any]] | None = None,
    settings: Sequence[str] = (),
) -> Plan:
    """Return the combinations of a config with a ``sweep`` section, each checked as a config.

    Parameters
    ----------
    source : path or mapping
        A YAML file, the name of a shipped config, or a config's values.
    over : mapping, optional
        Lists of values by dotted path; they go before those of the section.
    settings : sequence of str
        ``a.b=c`` assignments that hold for every combination.

    Raises
    ------
    ConfigError
        When nothing is swept, a list is none, or a combination is not a good config.
    """
    values, where, stem = _read(source)
    stated = _section(values.pop("sweep", None), where)
    lists = {**stated, **{k: _values_of(k, v, where) for k, v in (over or {}).items()}}
    _check_lists(lists, where)
    base = apply_settings(values, list(settings))
    name, title = str(base.get("name") or stem), str(base.get("title") or "")
    folder = Path(str(base.get("output") or Path("runs") / name))
    chosen = [dict(zip(lists, row, strict=True)) for row in product(*lists.values())]
    names = combination_names(lists, chosen)
    found = [
        Combination(n, c, _config({**base, "output": str(folder / n)}, n, title or name, c, where))
        for n, c in zip(names, chosen, strict=True)
    ]
    _refuse_twins(found, where)
    return Plan(name, title, folder, lists, found)


def states_sweep(path: Path) -> bool:
    """Return whether a config file states a sweep."""
    return "sweep" in read_yaml(find_config(path))


def parse_over(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Return the lists that ``--over KEY=[A,B]`` options give.

    >>> parse_over(["time.frames=[12, 20]"])
    {'time.frames': [12, 20]}
    """
    out: dict[str, list[Any]] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if key.strip() in out:
            raise ConfigError(f"--over names {key.strip()} twice; put all its values in one list.")
        if not sign or not key.strip():
            raise ConfigError(f"--over takes key=[a,b] such as time.frames=[12,20], not {text!r}.")
        try:
            values = parse_yaml(value)
        except ConfigError as error:
            raise ConfigError(f"--over {text:.60}: {error}") from error
        out[key.strip()] = _values_of(key.strip(), values, f"--over {text:.60}")
    return out


# reading ----------------------------------------------------------------------------------------


def _read(source: str | Path | Mapping[str, Any]) -> tuple[dict[str, Any], str, str]:
    if isinstance(source, Mapping):
        return dict(source), "config", "sweep"
    path = find_config(Path(source))
    return read_yaml(path), path.name, path.stem


def _section(section: Any, where: str) -> dict[str, list[Any]]:
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise ConfigError(
            f"{where}: sweep must be a mapping of settings and lists, such as "
            f"'time.frames: [12, 20]', not {section!r:.60}."
        )
    return {str(k): _values_of(str(k), v, where) for k, v in section.items()}


def _values_of(key: str, values: Any, where: str) -> list[Any]:
    if isinstance(values, (str, Mapping)) or not isinstance(values, Sequence) or not len(values):
        raise ConfigError(
            f"{where}: sweep.{key} must be a list of the values to try, such as [12, 20], not "
            f"{values!r:.60}."
        )
    texts = [json.dumps(v, sort_keys=True, default=str) for v in values]
    twice = [t for i, t in enumerate(texts) if t in texts[:i]]
    if twice:
        raise ConfigError(f"{where}: sweep.{key} names {twice[0]} twice; take one out.")
    return list(values)


def _check_lists(lists: Mapping[str, list[Any]], where: str) -> None:
    if not lists:
        raise ConfigError(
            f"{where} sweeps over nothing; add a section 'sweep' with lists, or give --over "
            "time.frames=[12,20]."
        )
    for key in lists:
        if key.split(".")[0] in FIXED:
            raise ConfigError(
                f"{where}: {key} cannot be swept over, for it shapes no result; every combination "
                "gets a folder and a name of its own."
            )
    count = prod(len(v) for v in lists.values())
    if count > MOST:
        raise ConfigError(
            f"{where}: a sweep has at most {MOST} combinations, and these lists make {count}; "
            "take values out."
        )


def _config(
    base: dict[str, Any], name: str, title: str, values: Mapping[str, Any], where: str
) -> Config:
    keys = sorted(values, key=lambda k: k.count("."))  # descriptor before descriptor.coding
    said = ", ".join(f"{k} {value_text(v)}" for k, v in values.items())
    try:
        changed = apply_settings(base, [f"{k}={json.dumps(values[k], default=str)}" for k in keys])
    except ConfigError as error:
        raise ConfigError(f"{where}: {str(error).replace('--set', 'sweep')}") from error
    return parse(Config, {**changed, "name": name, "title": f"{title}: {said}"}, where)


def _refuse_twins(combinations: Sequence[Combination], where: str) -> None:
    seen: dict[str, str] = {}
    for c in combinations:
        other = seen.setdefault(shaping(c.config), c.name)
        if other != c.name:
            raise ConfigError(
                f"{where}: {other} and {c.name} are the same experiment; take one out."
            )


def shaping(config: Config) -> str:
    """Return what of a config shapes its results, as text."""
    values = config.model_dump(mode="json", exclude={"name", "title", "output", "jobs"})
    return json.dumps(_whole(values), sort_keys=True)


def _whole(value: Any) -> Any:
    """Return plain values with 1.0 as 1: whoever writes the one means the other.

    Not so in options in which 1 is a count and 1.0 a share.
    """
    if isinstance(value, dict):
        return {k: v if k in SHARES else _whole(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_whole(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


# checking ---------------------------------------------------------------------------------------


def check_plan(plan: Plan) -> None:
    """Refuse a sweep in which some combination could not be run on its data; nothing is computed.

    Raises
    ------
    InputError
        With the name of the first such combination.
    """
    tables: dict[str, tuple[Any, list[str]]] = {}
    good: set[str] = set()
    for c in plan.combinations:
        key = c.config.data.model_dump_json() + c.config.time.phase
        how = c.config.model_dump_json(include={"protocol", "seed", "classifier"})
        if key + how in good:
            continue
        try:
            if key not in tables:
                tables[key] = _clips_of(c.config)
            _check_folds(c.config, *tables[key])
        except InputError as error:
            raise InputError(f"{c.name}: {error}") from error
        good.add(key + how)


def _check_folds(config: Config, clips: Any, labels: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProtocolWarning)
        folds = folds_of(config.protocol, clips, labels, config.seed)
    check_folds(config, folds, labels, clips["subject"].tolist())
    check_weighted(config.classifier, labels)


def _clips_of(config: Config) -> tuple[Any, list[str]]:
    if isinstance(config.data, DrawnData):
        table = planned(config.data)
        return table, table["label"].tolist()
    data = read_dataset(config.data)
    clips, _ = usable(data, config.time.phase)
    labels = data.labels.set_index("clip")["label"].reindex(clips["clip"]).fillna("")
    return clips, labels.tolist()


def preview_sweep(plan: Plan) -> list[str]:
    """Return what a sweep would do, line by line, after checking every combination.

    Raises
    ------
    InputError
        As ``check_plan``.
    """
    check_plan(plan)
    shown = preview(plan.combinations[0].config)
    return [
        f"name        {plan.name}, runs in {plan.folder}",
        *(f"sweep       {k}: {', '.join(map(value_text, v))}" for k, v in plan.over.items()),
        f"runs        {named([c.name for c in plan.combinations], 12)}",
        *(line for line in shown if line.split(" ")[0] in ("data", "classes", "note", "protocol")),
        f"the sweep is good: {len(plan.combinations)} combinations",
    ]
