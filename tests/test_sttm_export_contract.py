"""What every export format keeps: values, names, clips and labels, read by its users' libraries."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from export_readers import READERS, restore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sttm import atomic
from sttm.errors import InputError
from sttm.export import FORMATS, export_table, format_for
from sttm.export.registry import format_class
from sttm.tables import features_table

UNSIGNED_ZERO = {"svmlight", "sav"}  # no room for the sign of zero
DATED = {"mat", "sav", "dta"}  # the file itself holds the time at which it was made
SUFFIX = {name: suffix for name, suffix, _ in READERS}
IDS = [f"{name}-{reader.__name__}" for name, _, reader in READERS]

NASTY = [
    "=1+1", "'=x", "''@y", "-1", "+A1", "@SUM(1)", "＝1", "\t=1", "a,b;c\td", "line\nbreak",
    "cr\rx", "crlf\r\n.", '"quoted"', "it's", "100 %", "#hash", "% no comment", "{a}", "?", "驚き",
    "Ärger", "Arger", "arger", "x" * 300, "é" * 300, "NA", "nan", "None", "null", "true", " lead",
    "trail ", "\ufeffbom", "\x1a", "\x85y", "\u2028z", "1e5", "with", "class", "X", "a\\b", "a/b",
    "\U0001f600", "_under", "0digit", "label_1", "\\", "'", ".", "-", "a_", "a.", "e\u0301",
]  # fmt: skip
TEXT = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
).filter(lambda t: bool(t.strip()))
VALUES = st.floats(width=32, allow_nan=False, allow_infinity=False) | st.sampled_from(
    [
        0.0,
        -0.0,
        1e-45,
        -1e-45,
        3.4028234663852886e38,
        7.038530691851209e-26,
        1.8e38,
        -1.8e38,
        16777216.0,
    ]
).map(lambda v: float(np.float32(v)))


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    clips = draw(st.lists(TEXT, min_size=1, max_size=4, unique=True))
    names = draw(
        st.lists(
            TEXT.filter(lambda t: t not in ("clip", "label")), min_size=1, max_size=4, unique=True
        )
    )
    values = draw(
        st.lists(VALUES, min_size=len(clips) * len(names), max_size=len(clips) * len(names))
    )
    found = draw(st.lists(st.none() | TEXT, min_size=len(clips), max_size=len(clips)))
    features = features_table(clips, names, np.array(values).reshape(len(clips), len(names)))
    return features, pd.DataFrame({"clip": clips, "label": pd.Series(found, dtype=object)})


def small() -> tuple[pd.DataFrame, pd.DataFrame]:
    values = np.array([[0.1, 0, 3], [1e-45, -2.5, 3.4e38], [7, 8, 9]])
    features = features_table(["a", "b", "c"], ["t0.y0.x0.b00", "t0.y0.x0.b01", "n"], values)
    labels = pd.DataFrame(
        {
            "subject": ["s1", None, "s3"],
            "label": ["joy", None, "sad"],
            "clip": ["a", "b", "elsewhere"],
            "onset": [3, 4, 5],
        }
    )
    return features, labels


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """Leave out the wait for the disk, most of the time of hundreds of small files."""
    monkeypatch.setattr(atomic, "_flush", lambda path: None)


def test_every_format_has_a_reader() -> None:
    assert set(SUFFIX) == set(FORMATS)


@pytest.mark.parametrize(("name", "suffix", "reader"), READERS, ids=IDS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=tables())
def test_all_comes_back(name, suffix, reader, made, tmp_path_factory) -> None:
    features, labels = made
    path = tmp_path_factory.mktemp("x") / f"f{suffix}"
    export_table(features, path, to=name, labels=labels)
    back = restore(reader(path), path)
    names = list(features.columns[1:])
    assert back.names == names
    real = features[names].to_numpy(np.float32)
    np.testing.assert_array_equal(back.values, real)
    if name in UNSIGNED_ZERO:
        assert "-0" in format_class(name).limits
    else:
        np.testing.assert_array_equal(np.signbit(back.values), np.signbit(real))
    cut = (lambda t: t.rstrip(" ")) if name == "sav" else str  # as its limits say
    assert back.clips == [cut(c) for c in features["clip"]]
    assert (back.labels or [None] * len(features)) == labels["label"].to_list()


@pytest.mark.parametrize("name", FORMATS)
def test_sidecar_says_what_it_must(name: str, tmp_path: Path) -> None:
    features, labels = small()
    provenance = {"config": {"grid": (2, 1, 1)}, "hashes": {"a": "0f"}, "path": Path("x")}
    result = export_table(
        features, tmp_path / f"f{SUFFIX[name]}", labels=labels, provenance=provenance
    )
    side = json.loads(result.sidecar.read_text("utf-8"))
    assert result.sidecar == tmp_path / f"f{SUFFIX[name]}.json"
    assert side["provenance"] == {
        "config": {"grid": [2, 1, 1]},
        "hashes": {"a": "0f"},
        "path": "x",
    }
    assert (side["format"], side["rows"], side["features"]) == (name, 3, 3)
    assert side["beside"] == ["label", "subject", "onset"]
    assert (side["labels"], side["without_label"]) == ({"joy": 1}, 2)
    assert side["limits"] == format_class(name).limits
    assert side["bytes"] == result.path.stat().st_size
    assert any(f"f{SUFFIX[name]}" in line for line in side["reading"].values())
    assert side["created"].endswith("+00:00")
    assert side["notes"] == list(result.notes)
    assert "units" in side


@pytest.mark.parametrize("name", FORMATS)
def test_unmatched_labels_are_named(name: str, tmp_path: Path) -> None:
    features, labels = small()
    notes = " ".join(export_table(features, tmp_path / "f", to=name, labels=labels).notes)
    assert "elsewhere" in notes
    assert "without a label: b, c" in notes


@pytest.mark.parametrize("name", FORMATS)
def test_works_without_labels(name: str, tmp_path: Path) -> None:
    features, _ = small()
    path = tmp_path / f"f{SUFFIX[name]}"
    assert export_table(features.iloc[:1, :2], path).notes == ()
    reader = next(r for n, _, r in READERS if n == name)
    back = restore(reader(path), path)
    assert (back.names, back.clips, back.labels) == (["t0.y0.x0.b00"], ["a"], None)
    assert back.values.tolist() == [[float(np.float32(0.1))]]


@pytest.mark.parametrize("name", [n for n in FORMATS if n not in DATED])
def test_same_bytes_each_time(name: str, tmp_path: Path) -> None:
    features, labels = small()
    first, second = (
        export_table(features, tmp_path / str(i) / "f", to=name, labels=labels).path.read_bytes()
        for i in range(2)
    )
    assert first == second


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39])
def test_values_must_be_finite(name: str, bad: float, tmp_path: Path) -> None:
    features = pd.DataFrame({"clip": ["fine", "broken"], "v": [1.0, bad]})
    with pytest.raises(InputError, match=r"finite.*broken"):
        export_table(features, tmp_path / "f", to=name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("code", "words"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only")]
)
def test_a_failed_write_leaves_the_old_files(name, code, words, tmp_path, monkeypatch) -> None:
    features, labels = small()
    path = tmp_path / f"f{SUFFIX[name]}"
    old = export_table(features, path, labels=labels)
    before = (old.path.read_bytes(), old.sidecar.read_bytes())
    member = format_class(name)
    write = member.write

    def breaks(self, sheet, part, provenance):
        write(self, sheet, part, provenance)
        part.write_bytes(part.read_bytes()[:10])  # half of it is there when the disk is full
        raise OSError(code, "from the test")

    monkeypatch.setattr(member, "write", breaks)
    with pytest.raises(InputError, match=words):
        export_table(features.iloc[:1], path, labels=labels)
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, path.name + ".json"]
    assert (old.path.read_bytes(), old.sidecar.read_bytes()) == before


ON_A_FULL_DISK = """
import os, resource, sys
import numpy as np
from sttm.errors import InputError
from sttm.export import FORMATS, export_table
from sttm.tables import features_table

values = np.random.default_rng(0).random((100, 500))
features = features_table([f"c{i}" for i in range(100)], [f"v{i}" for i in range(500)], values)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
for name in FORMATS:
    try:
        export_table(features, os.path.join(sys.argv[1], "f"), to=name)
    except InputError as error:
        assert "could not be written" in str(error), error
        print(name, os.listdir(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_no_room_is_one_sentence_in_every_library(tmp_path: Path) -> None:
    """The libraries' own writers fail in the middle; one of them used to crash the process."""
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=root,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{name} []" for name in FORMATS]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("name", "library"), [("hdf5", "h5py"), ("sav", "pyreadstat")])
def test_a_missing_library_is_named(name: str, library: str, tmp_path: Path, monkeypatch) -> None:
    from sttm.export import base

    def missing(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr(base, "import_module", missing)
    with pytest.raises(InputError, match=f"pip install {library}"):
        export_table(small()[0], tmp_path / "f", to=name)
    assert list(tmp_path.iterdir()) == []


def test_choice_of_format() -> None:
    for name, suffix in SUFFIX.items():
        assert format_for(f"x{suffix.upper()}") == name
        assert format_for("x.txt", name) == name
    with pytest.raises(InputError, match="did you mean 'parquet'"):
        format_for("x.csv", "parqet")
    with pytest.raises(InputError, match=r"did you mean '\.arff'"):
        format_for("x.arf")
    with pytest.raises(InputError, match="no suffix"):
        format_for("x")


def test_suffixes_belong_to_one_format() -> None:
    suffixes = [s for name in FORMATS for s in format_class(name).suffixes]
    assert len(suffixes) == len(set(suffixes))


def test_unknown_option(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="option of csv 'decimals': did you mean 'decimal'"):
        export_table(small()[0], tmp_path / "f.csv", decimals=",")
