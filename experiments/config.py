"""The config: one YAML file that states an experiment, typed, checked before anything starts.

Reading order: ``Config`` (what can be said), ``load_config`` (from a file and ``--set``),
``ConfigError`` (one sentence per mistake). Relative paths are below the current folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import numpy as np
import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from sttm.descriptors import DESCRIPTORS, Descriptor, build, descriptor_class
from sttm.descriptors.sttm import PRESETS
from sttm.errors import InputError, unknown_name
from sttm.extract import Recipe
from sttm.faces import FaceSettings
from sttm.mistakes import ConfigError, did_you_mean, sentences
from sttm.reading import read_yaml
from sttm.tables import named
from sttm.temporal import TimeSettings

from .datasets import DataSettings
from .options import Section, option_model
from .settings import apply_settings, spelled_out
from .shipped import find_config

_Faces: Any = option_model(FaceSettings, "faces")
_Time: Any = option_model(TimeSettings, "time")
MOST = 4096  # blocks, bins; a slip of the pen must not fill the memory


class FacesSection(_Faces):
    """How faces are found, followed, aligned and cropped."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self.settings()
        return self

    def settings(self) -> FaceSettings:
        """Return the section as the toolkit's settings."""
        return FaceSettings(**self.model_dump())


class TimeSection(_Time):
    """Which frames are looked at."""

    phase: Literal["whole", "onset-apex", "onset-offset"] = Field(
        "whole",
        description="The stretch of each clip: all of it, or from the onset to the apex or to the "
        "offset that its label names.",
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self.settings()
        return self

    def settings(self) -> TimeSettings:
        """Return the section as the toolkit's settings."""
        return TimeSettings(**self.model_dump(exclude={"phase"}))


class ProtocolSection(Section):
    """How clips are divided into training and test."""

    name: Literal[
        "loso", "grouped-kfold", "official-split", "leave-one-dataset-out", "sample-kfold"
    ] = Field(
        "loso",
        description="loso (leave one subject out), grouped-kfold (no subject on both sides), "
        "official-split (the parts that the data set names), leave-one-dataset-out (for several "
        "data sets) or sample-kfold (subjects on both sides: not subject-independent, and the "
        "report says so).",
    )
    folds: int = Field(10, ge=2, le=1000, description="Number of folds of the k-fold protocols.")
    inner: int = Field(
        3, ge=2, le=100, description="Folds of the inner search, grouped by subject like the outer."
    )
    scoring: Literal["uar", "accuracy", "uf1"] = Field(
        "uar", description="What the inner search maximises."
    )
    train: list[str] | None = Field(
        None, description="official-split: the parts that are trained on; train unless told."
    )
    choose: list[str] | None = Field(
        None,
        description="official-split: the parts on which parameters are chosen, instead of the "
        "inner search; validation unless told, where it is not tested. [] searches within train.",
    )
    test: list[str] | None = Field(
        None,
        description="official-split: the parts that are tested; test unless told, or validation "
        "where there is no test. [] tests every part once by a model of all the others.",
    )
    refit: bool = Field(
        False,
        description="official-split: whether the model that is tested is fitted on train and "
        "choose together, once the parameters are chosen.",
    )

    @field_validator("train", "choose", "test", mode="before")
    @classmethod
    def _one_part(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _parts_are_used(self) -> Self:
        words = [w for w in ("train", "choose", "test") if getattr(self, w) is not None]
        words += ["refit"] if self.refit else []
        if words and self.name != "official-split":
            raise ValueError(
                f"only official-split has {', '.join(words)}; {self.name} has no parts. Replace "
                f"the whole section (--set protocol={self.name}), or choose name: official-split"
            )
        return self


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
    descriptor: Any = Field(
        default="sttm",
        validate_default=True,
        description="One descriptor (name and options), or a list of them, put side by side.",
    )

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, values: Any) -> Any:
        """Read ``classifier: svm`` as ``{name: svm}``, as all of ``SHORT``; drop the empty."""
        if not isinstance(values, dict):
            return values
        return spelled_out({k: v for k, v in values.items() if v is not None})

    @field_validator("descriptor")
    @classmethod
    def _known_descriptor(cls, value: Any) -> Any:
        members = value if isinstance(value, list) else [value]
        if not members:
            raise ValueError("name at least one descriptor")
        checked = [check_descriptor(m) for m in members]
        if isinstance(value, list):
            build(descriptor_spec(checked)).places()
            return checked
        return {k: v for k, v in checked[0].items() if k != "as"}

    def recipe(self) -> Recipe:
        """Return what shapes the measures of a clip."""
        return Recipe(self.make_descriptor(), self.faces.settings(), self.time.settings())

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
    data: DataSettings
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
        named = {"name": "svm", **value}
        check_classifier(named)
        return named

    @model_validator(mode="after")
    def _one_face_per_clip(self) -> Self:
        if self.faces.faces == "all":
            raise ValueError("an experiment takes one face per clip; set faces.faces to 'largest'")
        if self.faces.finder == "boxes":
            raise ValueError(
                "an experiment cannot be given boxes; use another faces.finder, or `sttm extract`"
            )
        return self

    @model_validator(mode="after")
    def _soft_labels_can_be_used(self) -> Self:
        if getattr(self.data, "soft", False):
            from .fitting.models import check_soft

            check_soft(self.classifier)
        return self

    def folder(self) -> Path:
        """Return the run's folder."""
        return self.output or Path("runs") / self.name

    def as_yaml(self) -> str:
        """Return the config as YAML, every option spelled out but those of the classifier."""
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


def check_descriptor(entry: Any) -> dict[str, Any]:
    """Return a descriptor entry with its preset spelled out and its options typed.

    Raises
    ------
    ValueError
        When it names no descriptor, an option that the descriptor does not have, or a value that
        it cannot have.
    """
    entry = {"name": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict):
        raise ValueError(f"name a descriptor, such as {{name: sttm}}; {entry!r:.60} is none")
    entry = {str(k): v for k, v in entry.items()}
    name = str(entry.pop("name", "sttm"))
    label = {"as": str(entry.pop("as"))} if "as" in entry else {}
    model = descriptor_options(name)
    preset = entry.pop("preset", None)
    if preset is not None:
        entry = {**_preset(name, str(preset)), **entry}
    strange = [k for k in entry if k not in model.model_fields]
    if strange:
        raise ValueError(_strange_options(name, strange, sorted(model.model_fields)))
    try:
        options = model(**entry).model_dump(mode="json")
    except ValidationError as error:
        raise ValueError("; ".join(sentences(error, model, name))) from error
    _refuse_floods(options)
    _try_once(_try_descriptor, {"name": name, **options})
    return {"name": name, **label, **options}


def _try_descriptor(entry: dict[str, Any]) -> None:
    build(descriptor_spec(entry)).places()


_GOOD: set[str] = set()  # entries that were tried: a sweep has the same ones many times


def _try_once(attempt: Callable[[dict[str, Any]], None], entry: dict[str, Any]) -> None:
    """Call ``attempt`` unless it was content with the same plain values before."""
    key = f"{attempt.__name__} {entry!r}"
    if key not in _GOOD:
        attempt(entry)
        _GOOD.add(key)


def _preset(name: str, preset: str) -> dict[str, Any]:
    if name != "sttm":
        raise InputError(f"{name} has no presets; take {preset!r} out.")
    if preset not in PRESETS:
        raise InputError(unknown_name("preset of sttm", preset, PRESETS))
    return PRESETS[preset]


def _strange_options(name: str, strange: list[str], known: list[str]) -> str:
    """Return what to say of options that a descriptor does not have."""
    owners = [d for d in DESCRIPTORS if set(strange) <= set(descriptor_options(d).model_fields)]
    if owners and len(strange) > 1:
        return (
            f"{named(strange, 20)} are options of {owners[0]}, not of {name}; take them out, or "
            f"change the whole entry (--set descriptor={name}). Options of {name}: "
            f"{', '.join(known)}"
        )
    return " ".join(
        f"{name}.{s} is not a setting; {did_you_mean(s, known)}Known here: {', '.join(known)}."
        for s in strange
    )


def _refuse_floods(options: dict[str, Any]) -> None:
    """Refuse a grid or a number that would make more columns than a memory holds."""
    for key, value in options.items():
        if isinstance(value, int) and value > MOST:
            raise ValueError(f"{key} must be at most {MOST}, not {value}")
    try:
        blocks = np.prod([float(n) for n in options.get("grid") or ()])
    except (TypeError, ValueError):
        return  # no grid at all; the descriptor says so
    if blocks > MOST:
        raise ValueError(f"grid must have at most {MOST} blocks, not {blocks:.0f}")


def check_classifier(entry: dict[str, Any]) -> None:
    """Refuse a classifier entry whose name, options or values are wrong, by a tiny fit."""
    from .fitting.models import try_classifier

    _try_once(try_classifier, entry)


# reading ------------------------------------------------------------------------------------------

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
    """Return the checked config in a YAML file, changed by ``--set`` assignments.

    A bare name is that of a shipped config.

    Raises
    ------
    ConfigError
        With every mistake, one sentence each; also for a file that states a sweep.
    """
    asked, path = path, find_config(path)
    values = read_yaml(path)
    if "sweep" in values:
        raise ConfigError(
            f"{asked} states a sweep, many experiments; run them with `sttm sweep {asked}`."
        )
    values.setdefault("name", path.stem)
    return parse(Config, apply_settings(values, settings or []), path.name)
