"""XML from anywhere, read without entities, document types or endless nesting."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from sttm.errors import InputError

from .base import read_raw

DEEPEST = 50
LARGEST_XML = 64 << 20  # bytes


def read_xml(path: str | Path, root: str) -> ElementTree.Element:
    """Return the root of an XML file.

    Raises
    ------
    InputError
        When it cannot be read, is no XML, declares a document type (where entities come from),
        is nested more than 50 deep, or its root is another element.
    """
    name = Path(path).name
    raw = read_raw(path, LARGEST_XML)
    try:
        _guard(raw)
        element = ElementTree.fromstring(raw)
    except _Refused as error:
        raise InputError(f"{name} {error}; such a file is not read.") from None
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise InputError(f"{name} is no whole XML file: {error}.") from None
    if element.tag != root:
        raise InputError(f"{name} must hold {root}; it holds {element.tag[:80]}.")
    return element


class _Refused(Exception):
    pass


def _guard(raw: bytes) -> None:
    """Look through the file once and refuse what could cost memory or read other files."""
    depth = 0

    def begin(tag: str, _: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise _Refused(f"is nested more than {DEEPEST} deep")

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> NoReturn:
        raise _Refused("declares a document type or entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.Parse(raw, True)
