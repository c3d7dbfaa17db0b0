"""The features table on disk, and reading it back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sttm import atomic
from sttm.errors import InputError
from sttm.export import export_table, read_features, write_features
from sttm.export.names import NameRule, changed, cut_bytes, fit_names
from sttm.export.numerals import numerals
from sttm.tables import features_table

PROVENANCE = {"descriptor": {"name": "sttm", "params": {"grid": [2, 8, 8]}}, "unit": "ä"}


def table(rows: int = 3, columns: int = 4) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(rows, columns))
    return features_table(
        [f"c{i:02d}" for i in range(rows)], [f"t0.y0.x0.b{i:02d}" for i in range(columns)], values
    )


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("shape", [(3, 4), (1, 1), (0, 2), (2, 0)])
def test_native_round_trip(shape: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    made = table(*shape)
    write_features(made, path, PROVENANCE)
    for _ in ("with the sidecar", "without"):
        back, provenance = read_features(path)
        pd.testing.assert_frame_equal(back, made)
        assert provenance == PROVENANCE
        (tmp_path / "f.parquet.json").unlink(missing_ok=True)
    kinds = {f.type for f in pq.read_schema(path) if f.name != "clip"}
    assert {str(k) for k in kinds} <= {"float"}


def test_native_is_parquet_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"kept as \.parquet, not 'f\.csv'"):
        write_features(table(), tmp_path / "f.csv")


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".parquet", {}),
        (".csv", {}),
        (".tsv", {}),
        (".csv", {"locale": "de"}),
        (".csv", {"bom": True}),
        (".csv", {"encoding": "utf-16"}),
        (".csv", {"guard": False}),
        (".csv", {"sep": "|"}),
    ],
)
def test_exported_tables_read_back_with_labels(suffix: str, options: dict, tmp_path: Path) -> None:
    made = table().assign(clip=["=a", "b;c\n,d", "Ä"])
    labels = pd.DataFrame({"clip": ["Ä", "=a"], "label": ["1", "joy"], "n": [1.5, None]})
    path = export_table(
        made, tmp_path / f"f{suffix}", labels=labels, provenance=PROVENANCE, **options
    ).path
    back, provenance = read_features(path)
    pd.testing.assert_frame_equal(back, made)
    assert provenance == PROVENANCE


@pytest.mark.parametrize(
    "text",
    [
        "clip,v,w\nNA,0.5,1\n007,-2,1e3\n",
        "clip;v;w\nNA;0,5;1\n007;-2;1e3\n",
        '\ufeff"clip";"v";"w"\r\n"NA";"0.5";1\r\n"007";-2;1e3\r\n',
        "clip\tv\tw\nNA\t0.5\t1\n007\t-2\t1e3",
    ],
)
def test_csv_from_elsewhere(text: str, tmp_path: Path) -> None:
    back, provenance = read_features(write(tmp_path / "f.csv", text))
    assert back["clip"].tolist() == ["NA", "007"]
    assert back[["v", "w"]].to_numpy().tolist() == [[0.5, 1], [-2, 1000]]
    assert set(back.dtypes[1:]) == {np.dtype(np.float32)}
    assert provenance == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("name,v\na,1\n", "needs a column 'clip'"),
        ("clip,v\na,1\na,2\n", "a clip twice: a"),
        ("clip,v\na,x\n", "must be numbers; v"),
        ("clip,v\na,\n", "finite.*clip a"),
        ("clip,v\na,nan\n", "finite.*clip a"),
        ("clip,v\na,1e99\n", "finite.*clip a"),
        ("clip,v,v\na,1,2\n", "a column twice: v"),
        ("clip,v\na,1,2\n", "cannot be read"),
        ("clip,v\n,1\n", "without a clip"),
        ('clip,v\n"a,1\n', "cannot be read|column"),
    ],
)
def test_bad_csv(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        read_features(write(tmp_path / "f.csv", text))


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        read_features(tmp_path / "f.parquet")
    with pytest.raises(InputError, match=r"\.parquet or \.csv"):
        read_features(write(tmp_path / "f.txt", "x"))
    with pytest.raises(InputError, match="cannot be read"):
        read_features(write(tmp_path / "f.parquet", "clip,v\n"))
    (tmp_path / "f.csv").write_bytes(b"clip,v\n\xff\xfe\x00,1\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_features(tmp_path / "f.csv")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.integers(0, 1500), change=st.binary(max_size=8))
def test_damaged_parquet_is_refused_or_read(cut: int, change: bytes, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    if not path.exists():
        write_features(table(), path)
        (tmp_path / "keep").write_bytes(path.read_bytes())
    whole = (tmp_path / "keep").read_bytes()
    (tmp_path / "f.parquet.json").unlink(missing_ok=True)
    path.write_bytes(whole[:cut] + change + whole[cut + len(change) :])
    try:
        back, _ = read_features(path)
    except InputError:
        return
    assert "clip" in back


def test_foreign_parquet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"w": [1, 2], "clip": pd.Categorical(["a", "b"]), "v": [0.5, 1e-9]})
    frame.to_parquet(tmp_path / "f.parquet")
    back, provenance = read_features(tmp_path / "f.parquet")
    assert list(back) == ["clip", "w", "v"]
    assert provenance == {}
    frame.assign(v=[0.5, None]).to_parquet(tmp_path / "f.parquet")
    with pytest.raises(InputError, match="finite; they are not for clip b"):
        read_features(tmp_path / "f.parquet")


def test_sidecars_from_elsewhere(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", "clip,v\na,1\n")
    write(tmp_path / "f.csv.json", '{"camera": "x"}')
    assert read_features(path)[1] == {"camera": "x"}
    write(tmp_path / "f.csv.json", '{"beside": 3, "options": [1], "provenance": 5}')
    assert read_features(path)[1] == {"provenance": 5}
    for text, words in [("{", "mend it or remove it"), ("[1]", "JSON object")]:
        write(tmp_path / "f.csv.json", text)
        with pytest.raises(InputError, match=words):
            read_features(path)


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = export_table(table(), tmp_path / "f.csv", provenance=PROVENANCE).path
    path.write_text(path.read_text() + "new,1,2,3,4\n")
    with pytest.warns(UserWarning, match="changed after its sidecar"):
        back, provenance = read_features(path)
    assert back["clip"].tolist()[-1] == "new"
    assert provenance == PROVENANCE


def test_the_sidecar_can_be_checked(tmp_path: Path) -> None:
    import hashlib

    made = write_features(table(), tmp_path / "f.parquet")
    side = json.loads(made.sidecar.read_text())
    assert side["sha256"] == hashlib.sha256(made.path.read_bytes()).hexdigest()


# names and numerals ---------------------------------------------------------------------------

RULES = [
    NameRule("A-Za-z", "A-Za-z0-9_", 8),
    NameRule("A-Za-z", "A-Za-z0-9_.", 6, frozenset({"by", "with"}), fold=True, last="._"),
    NameRule("A-Za-z0-9_", "A-Za-z0-9_.\\-", 1000),
]


@settings(max_examples=150, deadline=None)
@given(
    rule=st.sampled_from(RULES),
    names=st.lists(
        st.text("aAbBy._ -é1", min_size=1, max_size=12) | st.sampled_from(["by", "BY", "with"]),
        unique=True,
        max_size=30,
    ),
)
def test_fitted_names(rule: NameRule, names: list[str]) -> None:
    fitted = fit_names(names, rule, taken=["a"])
    seen = [f.lower() if rule.fold else f for f in fitted]
    assert len(set(seen)) == len(names) and "a" not in seen
    for new, old in zip(fitted, names, strict=True):
        assert rule.allows(new), new
        if old != new and rule.allows(old):  # only a clash may take a good name away
            assert rule.fold or old == "a"
    back = changed(fitted, names)
    assert [back.get(f, f) for f in fitted] == names


def test_many_clashing_names() -> None:
    names = ["long name " * 5 + str(i) for i in range(20_000)]
    fitted = fit_names(names, NameRule("A-Za-z", "A-Za-z0-9_", 32))
    assert len(set(fitted)) == 20_000


def test_cut_bytes() -> None:
    assert [cut_bytes("aé", n) for n in range(4)] == ["", "a", "a", "aé"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=50))
def test_numerals_are_exact_and_short(bits: list[int]) -> None:
    values = np.array(bits, np.uint32).view(np.float32)
    values = values[np.isfinite(values)]
    texts = numerals(values)
    back = np.array([float(t) for t in texts], np.float64).astype(np.float32)
    np.testing.assert_array_equal(back.view(np.uint32), values.view(np.uint32))
    for text, value in zip(texts, values, strict=True):
        digits = text.lstrip("-").split("e")[0].replace(".", "").strip("0")
        assert len(digits) <= 9 or np.float32(float(str(value))) != value


def test_the_float32_that_double_rounding_breaks() -> None:
    value = np.array([0x15AE43FD], np.uint32).view(np.float32)
    assert np.float32(float("7.038531e-26")) != value[0]  # the shortest text of that float32
    assert np.float32(float(numerals(value)[0])) == value[0]


def test_numerals_with_a_comma() -> None:
    assert numerals(np.array([0.5, -0.0, 1e30, 2], np.float32), ",") == [
        "0,5",
        "-0,0",
        "1e+30",
        "2",
    ]


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    """Leave out the wait for the disk."""
    monkeypatch.setattr(atomic, "_flush", lambda path: None)
