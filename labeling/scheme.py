"""The scheme: what annotators may say, how they are asked, and with which keys.

Reading order: ``LabelRule``, ``FlagRule``, ``Work``, ``Muted``, ``Scheme`` (what can be said),
``load_scheme`` and ``parse_scheme`` (from YAML), ``READY`` (schemes that come with the toolkit).
"""

from __future__ import annotations

import unicodedata
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sttm.errors import unknown_name
from sttm.mistakes import ConfigError, sentences
from sttm.reading import parse_yaml, read_yaml

MARKS = ("onset", "apex", "offset")
SIDES = ("left", "right")
MOST_LABELS = 500
LONGEST_NAME = 80  # characters
LONGEST_TEXT = 10_000
READY = {
    "basic": "the six basic expressions, contempt and neutral; one key per clip",
    "basic-marks": "the same with onset, apex and offset",
    "casme2": "micro-expressions in the classes of CASME II, with onset, apex and offset",
    "smic": "micro-expressions as negative, positive and surprise, with onset and offset",
    "samm": "micro-expressions in the classes of SAMM, with onset, apex and offset",
    "facs": "FACS action units with intensity A to E and side, each an interval of its own",
    "free": "your own words, added while you work",
}


def _name(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValueError("a name must not be blank")
    if len(text) > LONGEST_NAME:
        raise ValueError(f"a name has at most {LONGEST_NAME} characters, not {len(text)}")
    if any(unicodedata.category(c).startswith("C") for c in text):
        raise ValueError("a name must not hold control characters")
    return text


def _refuse_double(names: Any, kind: str) -> None:
    seen: dict[str, str] = {}
    for name in names:
        folded = unicodedata.normalize("NFKC", name).casefold()
        if folded in seen:
            raise ValueError(f"the {kind} {name!r} is there twice")
        seen[folded] = name


def _below(text: str) -> str:
    path = PurePosixPath(text.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in text:
        raise ValueError(f"a picture lies below the scheme's folder; {text!r} does not")
    return text


def check_label_name(text: str) -> str:
    """Return a label's name without the spaces around it.

    Raises
    ------
    ConfigError
        For a blank, too long or unprintable name.
    """
    try:
        return _name(text)
    except ValueError as error:
        raise ConfigError(f"{error}.") from None


Name = Annotated[str, AfterValidator(_name)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Key = Annotated[str, Field(max_length=40)]
Picture = Annotated[str, Field(max_length=500), AfterValidator(_below)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelRule(_Part):
    """One label: its name, and what helps to choose it."""

    name: Name
    key: Key = Field("", description="Key that chooses it; given by itself unless told.")
    guidance: Text = Field("", description="When to choose it, in words.")
    picture: Picture = Field("", description="Example picture, a path below the study's folder.")
    colour: str = Field("", pattern=r"^(#[0-9a-fA-F]{6})?$", description="Such as #1d5a9c.")
    group: Annotated[str, Field(max_length=LONGEST_NAME)] = Field("", description="Heading.")


class FlagRule(_Part):
    """Something to be said beside the label, such as that the face is not visible."""

    name: Name
    key: Key = ""
    enough: bool = Field(False, description="A clip with this flag is done without a label.")


class Work(_Part):
    """How clips are laid before an annotator."""

    order: Literal["file", "random"] = Field("file", description="Random is seeded per annotator.")
    seed: int = Field(0, ge=0, lt=2**63)
    blind: bool = Field(False, description="Hide file names and subjects.")
    repeats: float = Field(0.0, ge=0.0, le=1.0, description="Share of clips shown a second time.")
    gap: int = Field(10, ge=1, description="Fewest tasks between the two showings.")
    per_clip: int | None = Field(None, ge=1, description="How many of the annotators get a clip.")
    annotators: list[Name] = Field([], max_length=1000, description="Who shares the clips.")
    stages: Literal["together", "two"] = Field("together", description="two: marks in a second go.")
    advance: bool = Field(True, description="Go on by itself once a clip is done.")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _refuse_double(self.annotators, "annotator")
        if self.per_clip is not None and self.per_clip > len(self.annotators):
            raise ValueError(
                f"per_clip is {self.per_clip}, but {len(self.annotators)} annotators are named"
            )
        return self


class Muted(_Part):
    """A finding of the verification that shall not be told again, and why."""

    code: str = Field(max_length=20)
    clips: list[str] = Field([], description="Which clips; all unless told.")
    reason: Annotated[str, Field(min_length=3, max_length=LONGEST_TEXT)]


class Scheme(_Part):
    """What annotators may say of a clip.

    Examples
    --------
    >>> scheme = Scheme(name="smiles", labels=[{"name": "smile"}, {"name": "none"}])
    >>> scheme.label_names
    ('smile', 'none')
    """

    name: Name
    guidance: Text = ""
    labels: list[LabelRule] = Field([], max_length=MOST_LABELS)
    free: bool = Field(False, description="Annotators may add labels while they work.")
    several: bool = Field(False, description="Several labels per clip, each its own interval.")
    marks: list[Literal["onset", "apex", "offset"]] = Field([], description="Frames asked for.")
    needed: list[Literal["onset", "apex", "offset"]] = Field(
        [], description="Marks without which a clip is not done."
    )
    intensity: list[Name] = Field([], max_length=100, description="Levels, lowest first.")
    sides: bool = Field(False, description="A label may be on the left or the right only.")
    sure: list[Name] = Field(
        ["a guess", "fairly sure", "sure"], max_length=20, description="Levels of confidence."
    )
    flags: list[FlagRule] = Field(
        [
            FlagRule(name="unsure"),
            FlagRule(name="not visible", enough=True),
            FlagRule(name="talking"),
        ],
        max_length=50,
    )
    keys: dict[str, Key] = Field({}, description="Action -> key, where it shall differ.")
    work: Work = Work()
    muted: list[Muted] = Field([], max_length=1000)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.labels and not self.free:
            raise ValueError("give at least one label, or free: true")
        for kind, names in (
            ("label", self.label_names),
            ("flag", self.flag_names),
            ("level of intensity", self.intensity),
            ("level of confidence", self.sure),
            ("mark", self.marks),
        ):
            _refuse_double(names, kind)
        missing = [m for m in self.needed if m not in self.marks]
        if missing:
            raise ValueError(f"needed names {missing[0]!r}, which is not among the marks")
        bars = [n for n in self.flag_names if "|" in n]
        if bars:
            raise ValueError(f"a flag must not hold '|'; {bars[0]!r} does")
        plus = [n for n in self.label_names if "+" in n]
        if self.several and plus:
            raise ValueError(
                f"a label must not hold '+' where several are possible; {plus[0]!r} does"
            )
        return self

    @property
    def label_names(self) -> tuple[str, ...]:
        """Names of the labels, in order."""
        return tuple(rule.name for rule in self.labels)

    @property
    def flag_names(self) -> tuple[str, ...]:
        """Names of the flags, in order."""
        return tuple(rule.name for rule in self.flags)

    def label(self, name: str) -> LabelRule:
        """Return the rule of a label.

        Raises
        ------
        ConfigError
            When the scheme has no such label.
        """
        for rule in self.labels:
            if rule.name == name:
                return rule
        raise ConfigError(unknown_name("label", name, self.label_names))

    def with_label(self, name: str) -> Scheme:
        """Return the scheme with one more label at the end; the same if it is there."""
        if name in self.label_names:
            return self
        values = self.model_dump()
        values["labels"].append({"name": name})
        return _checked(values)

    def to_yaml(self) -> str:
        """Return the scheme as YAML; ``parse_scheme`` gives it back."""
        values = self.model_dump(exclude_defaults=True)
        return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)


def parse_scheme(text: str) -> Scheme:
    """Return the scheme in a YAML text.

    >>> parse_scheme("{name: smiles, labels: [{name: smile}]}").marks
    []

    Raises
    ------
    ConfigError
        One line per mistake.
    """
    values = parse_yaml(text)
    if not isinstance(values, dict):
        raise ConfigError("a scheme must hold keys and values such as 'name: smiles'.")
    return _checked(values)


def load_scheme(source: str | Path) -> Scheme:
    """Return a scheme by the name of a ready one (see ``READY``), or from a YAML file.

    >>> load_scheme("smic").label_names
    ('negative', 'positive', 'surprise')

    Raises
    ------
    ConfigError
        When there is no such scheme or file, or it is not one; one line per mistake.
    """
    name = str(source)
    if name in READY:
        return parse_scheme(_ready_text(name))
    path = Path(source)
    if not path.suffix and not path.exists():
        raise ConfigError(unknown_name("scheme", name, READY))
    values = read_yaml(path, "scheme", "name: smiles")
    return _checked(values, f"{path.name}: ")


def _ready_text(name: str) -> str:
    place = resources.files(__package__).joinpath("schemes", f"{name}.yaml")
    return place.read_text(encoding="utf-8")


def _checked(values: dict[str, Any], where: str = "") -> Scheme:
    labels = values.get("labels")
    if isinstance(labels, list):  # `labels: [smile, none]` is what a person writes first
        plain = [{"name": item} if isinstance(item, str) else item for item in labels]
        values = {**values, "labels": plain}
    try:
        return Scheme.model_validate(values)
    except ValidationError as error:
        found = sentences(error, Scheme, whole="the scheme")
        raise ConfigError("\n".join(f"{where}{sentence}" for sentence in found)) from None
