"""What EAF 3.0 asks of a document, from the published schema: an independent checker."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

# element -> (children in their order, required attributes, optional attributes)
SCHEMA: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "ANNOTATION_DOCUMENT": (
        (
            *("LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE"),
            *("CONSTRAINT", "CONTROLLED_VOCABULARY", "LEXICON_REF", "REF_LINK_SET"),
            "EXTERNAL_REF",
        ),
        ("DATE", "AUTHOR", "VERSION"),
        ("FORMAT", "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"),
    ),
    "HEADER": (
        ("MEDIA_DESCRIPTOR", "LINKED_FILE_DESCRIPTOR", "PROPERTY"),
        (),
        ("MEDIA_FILE", "TIME_UNITS"),
    ),
    "MEDIA_DESCRIPTOR": (
        (),
        ("MEDIA_URL", "MIME_TYPE"),
        ("RELATIVE_MEDIA_URL", "TIME_ORIGIN", "EXTRACTED_FROM"),
    ),
    "PROPERTY": ((), (), ("NAME",)),
    "TIME_ORDER": (("TIME_SLOT",), (), ()),
    "TIME_SLOT": ((), ("TIME_SLOT_ID",), ("TIME_VALUE",)),
    "TIER": (
        ("ANNOTATION",),
        ("TIER_ID", "LINGUISTIC_TYPE_REF"),
        ("PARTICIPANT", "ANNOTATOR", "DEFAULT_LOCALE", "PARENT_REF", "EXT_REF", "LANG_REF"),
    ),
    "ANNOTATION": (("ALIGNABLE_ANNOTATION", "REF_ANNOTATION"), (), ()),
    "ALIGNABLE_ANNOTATION": (
        ("ANNOTATION_VALUE",),
        ("ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2"),
        ("SVG_REF", "EXT_REF", "LANG_REF", "CVE_REF"),
    ),
    "REF_ANNOTATION": (
        ("ANNOTATION_VALUE",),
        ("ANNOTATION_ID", "ANNOTATION_REF"),
        ("PREVIOUS_ANNOTATION", "EXT_REF", "LANG_REF", "CVE_REF"),
    ),
    "ANNOTATION_VALUE": ((), (), ()),
    "LINGUISTIC_TYPE": (
        (),
        ("LINGUISTIC_TYPE_ID",),
        (
            *("TIME_ALIGNABLE", "CONSTRAINTS", "GRAPHIC_REFERENCES"),
            *("CONTROLLED_VOCABULARY_REF", "EXT_REF", "LEXICON_REF"),
        ),
    ),
    "LANGUAGE": ((), ("LANG_ID",), ("LANG_DEF", "LANG_LABEL")),
    "CONSTRAINT": ((), ("STEREOTYPE",), ("DESCRIPTION",)),
    "CONTROLLED_VOCABULARY": (("DESCRIPTION", "CV_ENTRY_ML"), ("CV_ID",), ("EXT_REF",)),
    "DESCRIPTION": ((), ("LANG_REF",), ()),
    "CV_ENTRY_ML": (("CVE_VALUE",), ("CVE_ID",), ("EXT_REF",)),
    "CVE_VALUE": ((), ("LANG_REF",), ("DESCRIPTION",)),
}
STEREOTYPES = {"Time_Subdivision", "Symbolic_Subdivision", "Symbolic_Association", "Included_In"}


def faults(root: ElementTree.Element) -> list[str]:
    """Return what is wrong with an EAF document, one text each."""
    found = [fault for element in root.iter() for fault in _shape(element)]
    return found + _ids(root) + _references(root) + _times(root)


def _shape(element: ElementTree.Element) -> list[str]:
    if element.tag not in SCHEMA:
        return [f"unknown element {element.tag}"]
    children, required, optional = SCHEMA[element.tag]
    tags = [child.tag for child in element]
    found = [f"{element.tag} holds {t}" for t in tags if t not in children]
    places = [children.index(t) for t in tags if t in children]
    if places != sorted(places):
        found.append(f"children of {element.tag} are out of order")
    found += [f"{element.tag} lacks {a}" for a in required if a not in element.attrib]
    found += [f"{element.tag} has {a}" for a in element.attrib if a not in (*required, *optional)]
    single = {"ANNOTATION": 1, "ALIGNABLE_ANNOTATION": 1, "REF_ANNOTATION": 1}
    if element.tag in single and len(tags) != 1:
        found.append(f"{element.tag} holds {len(tags)} elements")
    if element.tag == "ANNOTATION_DOCUMENT":
        found += [f"{tags.count(t)} x {t}" for t in ("HEADER", "TIME_ORDER") if tags.count(t) != 1]
    return found


def _ids(root: ElementTree.Element) -> list[str]:
    found = []
    shared = [e.get("TIME_SLOT_ID") or e.get("ANNOTATION_ID") for e in root.iter()]
    for kind, values in (
        ("xsd:ID", [v for v in shared if v]),
        ("TIER_ID", [t.get("TIER_ID") for t in root.iter("TIER")]),
        ("type", [t.get("LINGUISTIC_TYPE_ID") for t in root.iter("LINGUISTIC_TYPE")]),
        ("CV_ID", [t.get("CV_ID") for t in root.iter("CONTROLLED_VOCABULARY")]),
        ("CVE_ID", [t.get("CVE_ID") for t in root.iter("CV_ENTRY_ML")]),
    ):
        if len(set(values)) != len(values):
            found.append(f"{kind} is not unique")
        if kind == "xsd:ID" and not all(re.fullmatch(r"[A-Za-z_][\w.-]*", v) for v in values):
            found.append(f"{kind} is no name")
    return found


def _references(root: ElementTree.Element) -> list[str]:
    def all_of(name: str) -> set[str]:
        return {e.attrib[name] for e in root.iter() if name in e.attrib}

    pairs = (
        ("TIME_SLOT_REF1", "TIME_SLOT_ID"),
        ("TIME_SLOT_REF2", "TIME_SLOT_ID"),
        ("ANNOTATION_REF", "ANNOTATION_ID"),
        ("PARENT_REF", "TIER_ID"),
        ("LINGUISTIC_TYPE_REF", "LINGUISTIC_TYPE_ID"),
        ("CONTROLLED_VOCABULARY_REF", "CV_ID"),
        ("LANG_REF", "LANG_ID"),
    )
    found = [f"{a} {v} is not there" for a, b in pairs for v in all_of(a) - all_of(b)]
    found += [f"constraint {v}" for v in all_of("CONSTRAINTS") - STEREOTYPES]
    owner = {a.get("ANNOTATION_ID"): t for t in root.iter("TIER") for a in t.iter()}
    types = {t.get("LINGUISTIC_TYPE_ID"): t for t in root.iter("LINGUISTIC_TYPE")}
    for tier in root.iter("TIER"):
        aligned = types[tier.get("LINGUISTIC_TYPE_REF")].get("TIME_ALIGNABLE") == "true"
        wrong = "REF_ANNOTATION" if aligned else "ALIGNABLE_ANNOTATION"
        if next(tier.iter(wrong), None) is not None:
            found.append(f"tier {tier.get('TIER_ID')} holds {wrong}")
        parents = [r.get("ANNOTATION_REF") for r in tier.iter("REF_ANNOTATION")]
        if len(set(parents)) != len(parents):
            found.append("a symbolic association is one to one")
        if any(owner[p].get("TIER_ID") != tier.get("PARENT_REF") for p in parents if p in owner):
            found.append("an annotation hangs on another tier than the parent")
    return found


def _times(root: ElementTree.Element) -> list[str]:
    slots = [
        (s.attrib["TIME_SLOT_ID"], int(s.attrib["TIME_VALUE"])) for s in root.iter("TIME_SLOT")
    ]
    values = [value for _, value in slots]
    found = [] if values == sorted(values) else ["time slots do not ascend"]
    at = dict(slots)
    for tier in root.iter("TIER"):
        spans = sorted(
            (at[a.attrib["TIME_SLOT_REF1"]], at[a.attrib["TIME_SLOT_REF2"]])
            for a in tier.iter("ALIGNABLE_ANNOTATION")
        )
        found += ["an annotation ends before it begins" for b, e in spans if b >= e]
        found += ["annotations overlap" for a, b in pairwise(spans) if a[1] > b[0]]
    words = {v.text for v in root.iter("CVE_VALUE")}
    used = {
        v.text
        for t in root.iter("TIER")
        if t.get("LINGUISTIC_TYPE_REF") == "label"
        for v in t.iter("ANNOTATION_VALUE")
    }
    return found + [f"{word!r} is not in the vocabulary" for word in used - words]
