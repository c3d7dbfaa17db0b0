"""The config: one YAML file that states an experiment, typed, checked before anything starts.

Reading order: ``Config`` (what can be said), ``load_config`` (from a file and ``--set``),
``ConfigError`` (one sentence per mistake). Relative paths are below the current folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from sttm.descriptors import DESCRIPTORS, Descriptor, build, descriptor_class
from sttm.descriptors.sttm import PRESETS
from sttm.errors import InputError, unknown_name
from sttm.extract import Recipe
from sttm.faces import FaceSettings
from sttm.temporal import TimeSettings

from .datasets import DataSettings
from .mistakes import ConfigError, sentences
from .options import Section, option_model

FacesSection: Any = option_model(FaceSettings, "faces")
_Time: Any = option_model(TimeSettings, "time")


class TimeSection(_Time):
    """Which frames are looked at."""

    phase: Literal["whole", "onset-apex", "onset-offset"] = Field(
        "whole",
        description="The stretch of each clip: all of it, or from the onset to the apex or to the "
        "offset that its label names.",
    )


class ProtocolSection(Section):
    """How clips are divided into training and test."""

    name: Literal["loso", "grouped-kfold", "sample-kfold"] = Field(
        "loso",
        description="loso (leave one subject out), grouped-kfold (no subject on both sides) or "
        "sample-kfold (subjects on both sides: not subject-independent, and the report says so).",
    )
    folds: int = Field(10, ge=2, le=1000, description="Number of folds of the k-fold protocols.")
    inner: int = Field(
        3, ge=2, le=100, description="Folds of the inner search, grouped by subject like the outer."
    )
    scoring: Literal["uar", "accuracy", "uf1"] = Field(
        "uar", description="What the inner search maximises."
    )


class ReportSection(Section):
    """What the report shows."""

    examples: int = Field(
        6, ge=0, le=60, description="Clips shown with their map, right and wrong ones."
    )
    bootstrap: int = Field(
        2000, ge=100, le=100_000, description="Resamples of subjects behind the 95 % intervals."
    )


class RecipeConfig(Section):
    """What shapes the features of a clip; all that `sttm extract` and `sttm show` need."""

    faces: FacesSection = Field(default_factory=FacesSection)
    time: TimeSection = Field(default_factory=TimeSection)
    descriptor: dict[str, Any] | list[dict[str, Any]] = Field(
        default_factory=lambda: {"name": "sttm"},
        description="One descriptor (name and options), or a list of them, put side by side.",
    )

    @field_validator("descriptor")
    @classmethod
    def _known_descriptor(cls, value: Any) -> Any:
        members = value if isinstance(value, list) else [value]
        if not members:
            raise ValueError("name at least one descriptor")
        checked = [check_descriptor(dict(m)) for m in members]
        return checked if isinstance(value, list) else checked[0]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        self.recipe().descriptor.places()
        return self

    def recipe(self) -> Recipe:
        """Return what shapes the measures of a clip."""
        time = {k: v for k, v in self.time.model_dump().items() if k != "phase"}
        return Recipe(
            self.make_descriptor(), FaceSettings(**self.faces.model_dump()), TimeSettings(**time)
        )

    def make_descriptor(self) -> Descriptor:
        """Return the descriptor that the config names, not fitted."""
        return build(descriptor_spec(self.descriptor))


# the reading order of a config; other settings follow
FIRST = ("name", "title", "data", "faces", "time", "descriptor", "classifier", "protocol")


class Config(RecipeConfig):
    """One experiment."""

    name: str = Field(
        "experiment",
        pattern=r"^[\w][\w.-]{0,79}$",
        description="Short name; the run's folder is called like it.",
    )
    title: str = Field("", description="One line for the report's head.")
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of everything random but the data.")
    jobs: int = Field(-1, ge=-1, description="Worker processes; -1 is one per core.")
    data: Annotated[DataSettings, Field(discriminator="kind")]
    classifier: dict[str, Any] = Field(
        default_factory=lambda: {"name": "svm"},
        description="Name and options; an option given as a list is searched inside the training "
        "part of each fold.",
    )
    protocol: ProtocolSection = Field(default_factory=ProtocolSection)
    report: ReportSection = Field(default_factory=ReportSection)
    output: Path | None = Field(None, description="Folder of the run; runs/<name> unless told.")

    @field_validator("jobs")
    @classmethod
    def _no_zero(cls, value: int) -> int:
        if value == 0:
            raise ValueError("jobs must be at least 1, or -1 for one per core, not 0")
        return value

    @field_validator("classifier")
    @classmethod
    def _known_classifier(cls, value: dict[str, Any]) -> dict[str, Any]:
        check_classifier(value)
        return value

    def folder(self) -> Path:
        """Return the run's folder."""
        return self.output or Path("runs") / self.name

    def as_yaml(self) -> str:
        """Return the config as YAML, with every option that was not said filled in."""
        values = self.model_dump(mode="json")
        ordered = {k: values.pop(k) for k in FIRST} | values
        return yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True)


def descriptor_spec(value: Any) -> Any:
    """Return a config's descriptor entry in the form of ``sttm.descriptors.build``."""
    if isinstance(value, list):
        names = [str(m.get("as", m["name"])) for m in value]
        if len(set(names)) < len(names):
            raise InputError(f"descriptors side by side need different names ('as'): {names}.")
        return [
            {"as": n, **descriptor_spec({k: v for k, v in m.items() if k != "as"})}
            for n, m in zip(names, value, strict=True)
        ]
    params = {k: v for k, v in value.items() if k != "name"}
    return {"name": value["name"], "params": params}


def descriptor_options(name: str) -> type[Section]:
    """Return the model of a descriptor's options."""
    return option_model(descriptor_class(name), name)


def check_descriptor(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a descriptor entry with its preset spelled out and its options typed."""
    name = entry.pop("name", None)
    if name is None:
        raise ValueError(f"a descriptor needs a name, one of {', '.join(DESCRIPTORS)}")
    label = {"as": str(entry.pop("as"))} if "as" in entry else {}
    model = descriptor_options(str(name))
    preset = entry.pop("preset", None)
    if preset is not None:
        presets = PRESETS if name == "sttm" else {}
        if str(preset) not in presets:
            raise InputError(unknown_name(f"preset of {name}", preset, presets))
        entry = {**presets[str(preset)], **entry}
    try:
        options = model(**entry)
    except ValidationError as error:
        raise ValueError("; ".join(sentences(error, model, name))) from error
    return {"name": name, **label, **options.model_dump(mode="json")}


def check_classifier(entry: dict[str, Any]) -> None:
    """Refuse a classifier entry whose name, options or values are wrong, by a tiny fit."""
    from .models import try_classifier

    try_classifier(entry)


# reading ------------------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise ConfigError(f"line {key.start_mark.line + 1}: {key.value!r} is given twice.")
        seen.add(key.value)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file; nothing in it is executed.

    Raises
    ------
    ConfigError
        When the file is missing, is no text, is no YAML, or holds no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        values = yaml.load(text, _Loader)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} must be text in UTF-8, and it is not.") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" (line {where.line + 1})" if where else ""
        problem = getattr(error, "problem", None) or "it is not plain YAML"
        raise ConfigError(f"{path} cannot be read as YAML{line}: {problem}.") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path} must hold keys and values such as 'data:', not {values!r:.60}.")
    return {str(k): v for k, v in values.items()}


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
            value = yaml.load(text, _Loader)
        except yaml.YAMLError as error:
            raise ConfigError(f"--set {setting}: the value cannot be read.") from error
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


Model = TypeVar("Model", bound=Section)


def parse(model: type[Model], values: dict[str, Any], where: str = "config") -> Model:
    """Return the config of a model that ``values`` state.

    Raises
    ------
    ConfigError
        With every mistake, one sentence each.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(f"{where}: {s}" for s in sentences(error, model))) from error


def load_config(path: Path, settings: list[str] | None = None) -> Config:
    """Return the checked config in a YAML file, changed by ``--set`` assignments."""
    values = read_yaml(path)
    values.setdefault("name", path.stem)
    return parse(Config, apply_settings(values, settings or []), path.name)
