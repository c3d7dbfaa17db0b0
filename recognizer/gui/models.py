"""The models that can be chosen: bundles in folders, and what each says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sttm.errors import InputError

from ..bundle import peek

FOLDERS = (Path("runs"), Path("models"))  # where bundles are looked for unless told
PATTERNS = ("*.sttm", "*/*.sttm")
DRAWN = "drawn (synthetic) faces"
MOST = 200  # bundles that are listed


@dataclass(frozen=True)
class Model:
    """A bundle in a file.

    Attributes
    ----------
    path : Path
    title : str
        What people call it.
    trained : str
        What it was trained on; drawn data are called 'drawn (synthetic) faces'.
    method : str
        Descriptor and classifier.
    classes : tuple of str
    synthetic : bool
    card : str
        The model card, Markdown.
    problem : str
        Why it cannot be used, in a sentence; "" where nothing is known against it.
    """

    path: Path
    title: str
    trained: str = ""
    method: str = ""
    classes: tuple[str, ...] = ()
    synthetic: bool = False
    card: str = ""
    problem: str = ""


def find_models(folders: Iterable[Path] = ()) -> list[Path]:
    """Return the bundles in folders, newest first; without folders those of ``FOLDERS``."""
    found: dict[Path, float] = {}
    for folder in tuple(folders) or FOLDERS:
        for pattern in PATTERNS:
            for path in _matching(folder, pattern):
                found[path] = path.stat().st_mtime
    return sorted(found, key=lambda p: -found[p])[:MOST]


def _matching(folder: Path, pattern: str) -> list[Path]:
    try:
        return [path for path in folder.glob(pattern) if path.is_file()]
    except OSError:
        return []


def describe(path: Path) -> Model:
    """Return what a bundle says of itself; its model is not unpacked.

    A file that cannot be read is a ``Model`` with a ``problem``.
    """
    try:
        head, card = peek(path)
    except InputError as error:
        return Model(path, usual_title(path), problem=str(error))
    said = head.get("provenance")
    known: Mapping[str, Any] = said if isinstance(said, dict) else {}
    classes = head.get("classes")
    names = tuple(str(c) for c in classes) if isinstance(classes, list) else ()
    data = known.get("data")
    facts: Mapping[str, Any] = data if isinstance(data, dict) else {}
    return Model(
        path,
        _text(known.get("title")) or usual_title(path),
        trained_sentence(facts),
        ", ".join(filter(None, (_text(known.get(k)) for k in ("descriptor", "classifier")))),
        names,
        facts.get("synthetic") is True,
        card,
    )


def describe_all(paths: Sequence[Path]) -> list[Model]:
    """Return ``describe`` of each path."""
    return [describe(path) for path in paths]


def trained_sentence(facts: Mapping[str, Any]) -> str:
    """Return what a model was trained on.

    >>> trained_sentence({"synthetic": True, "about": "168 clips of 12 drawn (synthetic) faces"})
    'Trained on 168 clips of 12 drawn (synthetic) faces.'
    >>> trained_sentence({"synthetic": True})
    'Trained on drawn (synthetic) faces.'
    >>> trained_sentence({})
    'It does not say what it was trained on.'
    """
    about = _text(facts.get("about")) or _text(facts.get("kind"))
    if facts.get("synthetic") is True and DRAWN not in about:
        about = f"{DRAWN}: {about}" if about else DRAWN
    return f"Trained on {about}." if about else "It does not say what it was trained on."


def usual_title(path: Path) -> str:
    """Return the name of a bundle that says none: its run's where it is called ``model``.

    >>> usual_title(Path("runs/demo/model.sttm")), usual_title(Path("models/smiles.sttm"))
    ('demo', 'smiles')
    """
    return path.parent.name if path.stem == "model" and path.parent.name else path.stem


def _text(value: Any) -> str:
    """Return a value as one line of text, "" for what is none."""
    return " ".join(value.split())[:300] if isinstance(value, str) else ""
