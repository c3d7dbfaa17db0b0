"""The model bundle: one file that holds all that is needed to recognise expressions in a clip.

A bundle is a zip file of ``bundle.json`` (what it is: face settings, time settings, classes,
provenance) and ``model.skops`` (the fitted encoder of the descriptor and the fitted classifier).
Loading executes nothing: skops rebuilds known types only, and a bundle that names any other is
refused by the name of that type.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from classifiers.registry import STORED_TYPES
from sttm.atomic import replacing
from sttm.descriptors import DESCRIPTORS
from sttm.descriptors.base import Encoder
from sttm.errors import InputError
from sttm.extract import Recipe
from sttm.faces import FaceSettings
from sttm.temporal import TimeSettings

FORMAT = 1
LARGEST = 4 << 30  # bytes that a part of a bundle may unpack to
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
    """

    encoder: Encoder
    classifier: Any
    faces: FaceSettings
    time: TimeSettings
    provenance: dict[str, Any] = field(default_factory=dict)

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


def trusted_types() -> set[str]:
    """Return the names of our own types that a bundle may hold besides skops' own list."""
    descriptors = {f"sttm.descriptors.{w.replace(':', '.')}" for w in DESCRIPTORS.values()}
    return descriptors | set(STORED_TYPES) | set(HELPERS)


def save_bundle(bundle: Bundle, path: Path) -> Path:
    """Write a bundle to ``path``, at once or not at all.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    from skops import io as skops_io

    head = {
        "format": FORMAT,
        "classes": bundle.classes,
        "faces": asdict(bundle.faces),
        "time": asdict(bundle.time),
        "provenance": bundle.provenance,
    }
    model = skops_io.dumps({"encoder": bundle.encoder, "classifier": bundle.classifier})
    with replacing(path) as scratch, zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", json.dumps(head, indent=1, default=str))
        archive.writestr("model.skops", model)
    return path


def load_bundle(path: Path) -> Bundle:
    """Return the bundle in a file; nothing in the file is executed.

    Raises
    ------
    InputError
        When the file is missing, is no bundle, was written by a newer toolkit, holds a type that
        is not known, or its parts do not fit.
    """
    head, model = _unpack(Path(path))
    if head.get("format") != FORMAT:
        raise InputError(
            f"{path} is a bundle of format {head.get('format')!r}; this version reads {FORMAT}."
        )
    parts = _rebuild(model, Path(path))
    try:
        bundle = Bundle(
            parts["encoder"],
            parts["classifier"],
            FaceSettings(**head["faces"]),
            TimeSettings(**head["time"]),
            dict(head["provenance"]),
        )
        fits = bundle.classes == head["classes"] and isinstance(bundle.encoder, Encoder)
        columns = len(bundle.encoder.descriptor_.places())
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{path} is no whole bundle: {error}.") from error
    expected = getattr(bundle.classifier, "n_features_in_", columns)
    if not fits or expected != columns:
        raise InputError(
            f"{path} does not fit together: its descriptor gives {columns} columns and classes "
            f"{head['classes']}, its classifier takes {expected} and knows {bundle.classes}."
        )
    return bundle


def _unpack(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {i.filename: i.file_size for i in archive.infolist()}
            if max(sizes.values(), default=0) > LARGEST:
                raise InputError(f"{path} unpacks to more than {LARGEST >> 30} GiB; refused.")
            head = json.loads(archive.read("bundle.json"))
            model = archive.read("model.skops")
    except OSError as error:
        raise InputError(f"cannot read the bundle {path}: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError) as error:
        raise InputError(f"{path} is not a model bundle ({error}).") from error
    if not isinstance(head, dict):
        raise InputError(f"{path} is not a model bundle (its head is no mapping).")
    return head, model


def _rebuild(model: bytes, path: Path) -> dict[str, Any]:
    from skops import io as skops_io

    try:
        unknown = set(skops_io.get_untrusted_types(data=model)) - trusted_types()
        if unknown:
            raise InputError(
                f"{path} holds {', '.join(sorted(unknown)[:5])}, which this toolkit does not know; "
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
