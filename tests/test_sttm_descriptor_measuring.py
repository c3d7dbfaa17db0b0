"""Which options shape measures: changing any other leaves stored measures valid, to the last bit.

A new member of DESCRIPTORS, or a new option of one, is tested without a line here as long as OTHER
names a value for the option.
"""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from samples import textured

from sttm.codings import CODINGS
from sttm.descriptors import DESCRIPTORS, build, descriptor_class, measuring_of, spec_of
from sttm.descriptors.concatenation import Concatenation
from sttm.descriptors.hog_top import HOGTOP
from sttm.descriptors.still import StaticHOG, StaticLBP
from sttm.descriptors.sttm import STTM

CLIP = textured(9, 36, 40, 3).astype(np.uint8)
SMALL = {"grid": (1, 3, 3)}
REDUCED = {"side": 12}  # of those that look at pixels, which have no grid
# another value for every option; where several members disagree, by member
OTHER = {
    "azimuths": 6,
    "bins": 7,
    "clip": 0.1,
    "coding": "signed",
    "components": 7,
    "edges": "uniform",
    "elevations": (-0.3, 0.5),
    "frame": "first",
    "full": True,
    "grid": (1, 2, 4),
    "integration": 3.0,
    "interval": 2,
    "k": 0.01,
    "kept": 7,
    "mapping": "uniform",
    "most_columns": 2,
    "normalisation": {
        **dict.fromkeys(DESCRIPTORS, "hellinger"),
        **dict.fromkeys(("pixels", "eigenfaces", "fisherfaces"), "equalise"),
    },
    "orientations": 4,
    "overlap": 0.25,
    "points": {"lbp-top": (8, 4, 4), "vlbp": 4, "static-lbp": 6},
    "polyhedron": "dodecahedron",
    "radii": (2, 1, 2),
    "radius": 2,
    "ratio": 1.5,
    "scales": {"sttm": [(1.0, 1.0), (2.0, 1.0)], "gabor": 2},
    "shrinkage": 0.5,
    "side": 10,
    "sigma": 1.5,
    "signed": True,
    "spread": True,
    "subblocks": 2,
    "tau": 1.5,
    "wavelength": 5.0,
    "whiten": True,
}


def cases(encode_only):
    """Every option of every descriptor that is, or is not, declared as looked at by encode only."""
    for name in DESCRIPTORS:
        if name == "geometry":  # measures faces; see test_sttm_landmarks_geometry.py
            continue
        kind = descriptor_class(name)
        for option in inspect.signature(kind).parameters:
            if (option in kind.encode_only) == encode_only:
                yield pytest.param(name, option, id=f"{name}-{option}")


def two(name, option, **fixed):
    """A small descriptor, and the same with another value of the option."""
    if option == "signed":
        fixed["bins"] = 8  # an even number
    kind = descriptor_class(name)
    value = OTHER[option]
    other = value[name] if isinstance(value, dict) else value
    fixed = {**(SMALL if "grid" in inspect.signature(kind).parameters else REDUCED), **fixed}
    plain = kind(**fixed)
    assert getattr(plain, option) != other
    return plain, kind(**{**fixed, option: other})


@pytest.mark.parametrize(("name", "option"), [*cases(encode_only=True)])
def test_what_only_encoding_looks_at_leaves_measures_and_key(name, option):
    plain, other = two(name, option)
    assert plain.measure(CLIP).tobytes() == other.measure(CLIP).tobytes()
    assert measuring_of(plain) == measuring_of(other)


@pytest.mark.parametrize(("name", "option"), [*cases(encode_only=False)])
def test_what_measuring_looks_at_changes_measures_and_key(name, option):
    """So nothing is in the key for nothing, and nothing that matters is left out."""
    plain, other = two(name, option)
    assert not np.array_equal(plain.measure(CLIP), other.measure(CLIP))
    assert measuring_of(plain) != measuring_of(other)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("option", STTM.encode_only)
def test_every_coding_measures_the_same_whatever_encoding_does(coding, option):
    plain, other = two("sttm", option, coding=coding)
    assert plain.measure(CLIP).tobytes() == other.measure(CLIP).tobytes()


def test_only_options_that_exist_are_declared():
    for name in DESCRIPTORS:
        kind = descriptor_class(name)
        assert set(kind.encode_only) < set(inspect.signature(kind).parameters)


def test_a_version_is_part_of_what_is_measured(monkeypatch):
    before = measuring_of(StaticHOG())
    monkeypatch.setattr(StaticHOG, "version", 99)
    assert measuring_of(StaticHOG()) != before


# concatenations ---------------------------------------------------------------------------------


def nested():
    inner = Concatenation([("lbp", StaticLBP(**SMALL)), ("hog", StaticHOG(**SMALL))])
    return Concatenation([("top", HOGTOP(**SMALL)), ("still", inner), ("map", STTM(**SMALL))])


def test_a_concatenation_is_measured_one_by_one():
    whole = nested()
    singles = whole.singles()
    assert [type(s) for s in singles] == [HOGTOP, StaticLBP, StaticHOG, STTM]
    parts = [single.measure(CLIP) for single in singles]
    assert whole.combine(parts).tobytes() == whole.measure(CLIP).tobytes()


def test_a_nested_concatenation_encodes_names_and_describes_itself():
    whole = nested()
    clips = [CLIP, CLIP[::-1], CLIP[1:]]
    features = whole.fit_transform(clips)
    names = list(whole.get_feature_names_out())
    assert features.shape == (3, len(names)) and len(set(names)) == len(names)
    flat = Concatenation([(str(i), single) for i, single in enumerate(whole.singles())])
    np.testing.assert_array_equal(features, flat.fit_transform(clips))
    hog = names.index("still:hog:t0.y0.x0.n00.b00")
    alone = StaticHOG(**SMALL).fit_transform(clips)
    np.testing.assert_array_equal(features[:, hog : hog + alone.shape[1]], alone)
    for versions in (False, True):
        spec = spec_of(whole, versions)
        assert spec[1]["as"] == "still" and [m["as"] for m in spec[1]["members"]] == ["lbp", "hog"]
        again = build(spec)
        assert spec_of(again, versions) == spec
        assert again.measure(CLIP).tobytes() == whole.measure(CLIP).tobytes()
