"""The model bundle: one file that holds all that is needed to recognise expressions in a clip.

A bundle is a zip file of ``bundle.json`` (what it is: face settings, time settings, versions of
what measures a clip, classes, provenance), ``model.skops`` (the fitted encoder of the descriptor
and the fitted classifier) and, where there is one, ``card.md`` (the model card, for people).
Loading executes nothing: skops rebuilds known types only, and a bundle that names any other is
refused by the name of that type.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.registry import STORED_TYPES
from sttm.atomic import replacing
from sttm.descriptors import DESCRIPTORS
from sttm.descriptors.base import Descriptor, Encoder
from sttm.errors import InputError
from sttm.extract import Recipe
from sttm.faces import FaceSettings
from sttm.landmarks.scheme import REST
from sttm.temporal import TimeSettings

FORMAT = 1
LARGEST = 4 << 30  # bytes that a bundle may unpack to
LONGEST_CARD = 1_000_000  # bytes of a model card
LONGEST_HEAD = 16 << 20  # bytes of what a bundle says of itself
# what Python raises for a file that is no zip file, a damaged or an encrypted one
DAMAGE = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError)
HELPERS = (
    "sttm.descriptors.base.Encoder",
    "sttm.descriptors.concatenation.Concatenation",
)


@dataclass
class Bundle:
    """A trained model with everything that stands before it.

    Attributes
    ----------
    encoder : Encoder
        Fitted; ``encoder.descriptor_`` is the descriptor.
    classifier : object
        Fitted scikit-learn classifier over the encoder's columns.
    faces : FaceSettings
    time : TimeSettings
    provenance : dict
        What it was trained on and how, as plain values.
    card : str
        The model card in Markdown; empty where there is none.
    """

    encoder: Encoder
    classifier: Any
    faces: FaceSettings
    time: TimeSettings
    provenance: dict[str, Any] = field(default_factory=dict)
    card: str = ""

    @property
    def classes(self) -> list[str]:
        """The class names, in the order of the probabilities."""
        return [str(c) for c in self.classifier.classes_]

    @property
    def recipe(self) -> Recipe:
        """What turns a clip into measures for this model."""
        return Recipe(self.encoder.descriptor_, self.faces, self.time)

    def predict_proba(self, measures: np.ndarray) -> np.ndarray:
        """Return the probability of every class, measures (n, m) -> (n, classes)."""
        return self.classifier.predict_proba(self.encoder.transform(measures))


def measuring(recipe: Recipe) -> dict[str, Any]:
    """Return the versions of the code that a recipe's measures depend on, as plain values."""
    part = recipe.measure_part()
    specs = part["descriptor"]
    members = specs if isinstance(specs, list) else [specs]
    return {"cropping": part["cropping"], "versions": [m["version"] for m in members]}


def trusted_types() -> set[str]:
    """Return the names of our own types that a bundle may hold besides skops' own list."""
    descriptors = {f"sttm.descriptors.{w.replace(':', '.')}" for w in DESCRIPTORS.values()}
    return descriptors | set(STORED_TYPES) | set(HELPERS)


def save_bundle(bundle: Bundle, path: Path) -> Path:
    """Write a bundle to ``path``, at once or not at all.

    Raises
    ------
    InputError
        When the file cannot be written, or ``load_bundle`` would refuse what it holds.
    """
    from skops import io as skops_io

    card = bundle.card.replace("\0", "\ufffd").encode("utf-8", "replace")
    if len(card) > LONGEST_CARD:
        raise InputError(f"a model card may have {LONGEST_CARD} bytes; this one has {len(card)}.")
    head = {
        "format": FORMAT,
        "classes": bundle.classes,
        "faces": asdict(bundle.faces),
        "time": asdict(bundle.time),
        "measuring": measuring(bundle.recipe),
        "provenance": bundle.provenance,
    }
    model = skops_io.dumps({"encoder": bundle.encoder, "classifier": bundle.classifier})
    unknown = _unknown_types(model)
    if unknown:
        raise InputError(
            f"{path} would hold {', '.join(unknown[:5])}, which `load_bundle` would refuse; list "
            "the type among STORED_TYPES of classifiers/registry.py."
        )
    with replacing(path) as scratch, zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", json.dumps(head, indent=1, default=str))
        archive.writestr("model.skops", model)
        if card:
            archive.writestr("card.md", card)
    return path


def load_bundle(path: Path) -> Bundle:
    """Return the bundle in a file; nothing in the file is executed.

    Raises
    ------
    InputError
        When the file is missing, is no bundle, was written by a newer toolkit or by one that
        measured clips in another way, holds a type that is not known, or its parts do not fit.
    """
    path = Path(path)
    head, model, card = _unpack(path)
    if head.get("format") != FORMAT:
        raise InputError(
            f"{path} is a bundle of format {head.get('format')!s:.20}, and this version reads "
            f"format {FORMAT}; use the version of the toolkit that wrote it, or a newer one."
        )
    text = _read_card(card, path)
    parts = _rebuild(model, path)
    try:
        bundle = Bundle(
            parts["encoder"],
            parts["classifier"],
            FaceSettings(**head["faces"]),
            TimeSettings(**head["time"]),
            dict(head["provenance"]),
            text,
        )
        stated = [str(c) for c in head["classes"]]
        measured = head["measuring"]
    except InputError as error:
        raise InputError(f"{path} is no whole bundle: {error}") from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{path} is no whole bundle ({type(error).__name__}: {error}).") from error
    _check_fit(bundle, stated, path)
    if measured != measuring(bundle.recipe):
        raise InputError(
            f"{path} was trained by a version of the toolkit that measured clips in another way; "
            "train it again, or use that version."
        )
    return bundle


def _check_fit(bundle: Bundle, stated: list[str], path: Path) -> None:
    """Refuse a bundle whose parts do not work on each other, by trying them on a blank clip."""
    try:
        if not isinstance(bundle.encoder, Encoder):
            raise TypeError("its encoder is none of ours")
        if not isinstance(bundle.encoder.descriptor_, Descriptor):
            raise TypeError("its descriptor is none of ours")
        classes = bundle.classes
        if classes != stated:
            raise ValueError(f"it states the classes {stated}, its classifier knows {classes}")
        names = len(bundle.encoder.get_feature_names_out())
        blank = _blank_measures(bundle)
        columns = bundle.encoder.transform(blank).shape[1]
        if columns != names:
            raise ValueError(f"its descriptor names {names} columns and gives {columns}")
        shares = bundle.predict_proba(blank)
        if np.shape(shares) != (1, len(classes)):
            raise ValueError(
                f"it gives probabilities of shape {np.shape(shares)} for {len(classes)} classes"
            )
        if not np.isfinite(shares).all():
            raise ValueError("it gives probabilities that are no numbers")
    except Exception as error:  # a part of any kind can fail in any way
        raise InputError(f"{path} does not fit together: {str(error).rstrip('.')}.") from error


def _blank_measures(bundle: Bundle) -> np.ndarray:
    """Return the measures of a clip that shows nothing but where landmarks would be, (1, m)."""
    descriptor, side = bundle.encoder.descriptor_, bundle.faces.size
    frames = max(2, descriptor.support)
    points = np.tile(REST * side / 3 + side / 2, (frames, 1, 1))
    for single in descriptor.singles():
        if hasattr(single, "check_model"):
            single.check_model()
    return descriptor.measure(np.zeros((frames, side, side), np.uint8), points)[None]


def _read_card(card: bytes, path: Path) -> str:
    """Return the model card as text."""
    if len(card) > LONGEST_CARD:
        raise InputError(f"{path} has a model card of more than {LONGEST_CARD} bytes; refused.")
    try:
        text = card.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InputError(f"{path} has a model card that is no text; take card.md out of it.")
    return text


def peek(path: Path) -> tuple[dict[str, Any], str]:
    """Return what a bundle says of itself, its head and its card, without unpacking its model.

    Raises
    ------
    InputError
        When the file is missing or no bundle.
    """
    head, _, card = _unpack(Path(path), model=False)
    return head, _read_card(card, path)


def _unpack(path: Path, model: bool = True) -> tuple[dict[str, Any], bytes, bytes]:
    """Return the head, the model and the card (empty where there is none) of a bundle."""
    try:
        if not path.is_file():
            raise InputError(f"there is no model bundle {path}; give a file from `sttm run`.")
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(archive, path)
            head = json.loads(_head(archive, path))
            data = archive.read("model.skops") if model else b""
            card = b""
            if "card.md" in archive.namelist():
                card = _beginning(archive, "card.md", LONGEST_CARD + 1)
        if model:
            with zipfile.ZipFile(io.BytesIO(data)) as inner:
                _refuse_bomb(inner, path)
    except OSError as error:
        raise InputError(f"cannot read the bundle {path}: {error.strerror or error}.") from error
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path} unpacks to more than this machine's memory holds.") from error
    except DAMAGE as error:
        raise InputError(f"{path} is not a whole model bundle ({error}).") from error
    if not isinstance(head, dict):
        raise InputError(f"{path} is not a model bundle (its head is no mapping).")
    return head, data, card


def _head(archive: zipfile.ZipFile, path: Path) -> bytes:
    data = _beginning(archive, "bundle.json", LONGEST_HEAD + 1)
    if len(data) > LONGEST_HEAD:
        raise InputError(f"{path} says more than {LONGEST_HEAD >> 20} MiB of itself; refused.")
    return data


def _beginning(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return at most ``most`` bytes of a part; a folder's bundles are looked into unasked."""
    with archive.open(name) as part:
        return part.read(most)


def _refuse_bomb(archive: zipfile.ZipFile, path: Path) -> None:
    if sum(part.file_size for part in archive.infolist()) > LARGEST:
        raise InputError(f"{path} would unpack to more than {LARGEST >> 30} GiB; refused.")


def _unknown_types(model: bytes) -> list[str]:
    from skops import io as skops_io

    return sorted(set(skops_io.get_untrusted_types(data=model)) - trusted_types())


def _rebuild(model: bytes, path: Path) -> dict[str, Any]:
    from skops import io as skops_io

    try:
        unknown = _unknown_types(model)
        if unknown:
            raise InputError(
                f"{path} holds {', '.join(unknown[:5])}, which this toolkit does not know; "
                "nothing in it was executed."
            )
        parts = skops_io.loads(model, trusted=sorted(trusted_types()))
    except InputError:
        raise
    except Exception as error:  # skops raises many kinds for files that are not its own
        raise InputError(f"{path}: its model cannot be rebuilt ({error}).") from error
    if not isinstance(parts, dict):
        raise InputError(f"{path} is not a model bundle (its model is no pair).")
    return parts
