"""What is special to one export format."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sttm import atomic
from sttm.errors import InputError
from sttm.export import export_table
from sttm.export.arff import ARFF
from sttm.export.delimited import guard, unguard
from sttm.export.matlab import MAT
from sttm.export.sheet import Sheet
from sttm.export.stata import DTA
from sttm.tables import features_table


def table(clips=("a", "b"), names=("t0.y0.x0.b00", "t0.y0.x0.b01"), values=None) -> pd.DataFrame:
    if values is None:
        values = np.array([[0.5, 1e-7], [-1234.5, 3]])
    return features_table(list(clips), list(names), np.asarray(values, np.float32))


def labels(*texts: object, clips=("a", "b"), **others: object) -> pd.DataFrame:
    found = pd.Series(list(texts), dtype=object)
    return pd.DataFrame({"clip": list(clips), "label": found, **others})


def sidecar(path: Path) -> dict:
    return json.loads(Path(f"{path}.json").read_text("utf-8"))


# csv ------------------------------------------------------------------------------------------


def test_plain_csv_text(tmp_path: Path) -> None:
    path = export_table(table(), tmp_path / "f.csv", labels=labels("joy", None)).path
    assert path.read_bytes() == (
        b"clip,label,t0.y0.x0.b00,t0.y0.x0.b01\na,joy,0.5,1e-7\nb,,-1234.5,3\n"
    )


def test_german_spreadsheet(tmp_path: Path) -> None:
    made = export_table(table(), tmp_path / "f.csv", labels=labels("Ärger", "x;y"), locale="de")
    assert made.path.read_text("utf-8").splitlines()[1] == "a;Ärger;0,5;1e-7"
    back = pd.read_csv(made.path, sep=";", decimal=",")
    assert back["label"].tolist() == ["Ärger", "x;y"]
    assert back["t0.y0.x0.b00"].tolist() == [0.5, -1234.5]


def test_byte_order_mark_for_excel(tmp_path: Path) -> None:
    path = export_table(table(), tmp_path / "f.csv", bom=True).path
    assert path.read_bytes().startswith(b"\xef\xbb\xbfclip,")
    assert pd.read_csv(path).columns[0] == "clip"


@pytest.mark.parametrize(
    "text", ["=1+1", "+A1", "-A1", "@f", "\t=1", "\r=1", "\n=1", "＝1", "-1-1"]
)
def test_no_text_becomes_a_formula(text: str, tmp_path: Path) -> None:
    made = export_table(
        table([text, "b"]),
        tmp_path / "f.csv",
        labels=labels(text, "x", clips=[text, "b"], **{f"{text}_": [1, 2]}),
    )
    back = pd.read_csv(made.path, dtype=str)
    for cell in (back["clip"][0], back["label"][0], back.columns[2]):
        assert cell.startswith("'")
    assert unguard(back["clip"][0]) == text
    bare = export_table(table([text, "b"]), tmp_path / "g.csv", guard=False).path
    assert pd.read_csv(bare)["clip"][0] == text


@pytest.mark.parametrize("text", ["-1", "+1", "-.5", "+1,5", "-1e-5", "'", "'tis", "'-1", "a=b"])
def test_harmless_text_is_left_alone(text: str) -> None:
    assert guard(text) == text == unguard(text)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sep": ",", "decimal": ","}, "differ from sep"),
        ({"sep": "ab"}, "one character"),
        ({"sep": '"'}, "one character"),
        ({"decimal": "'"}, "decimal must be"),
        ({"locale": "dee"}, "did you mean 'de'"),
        ({"encoding": "utf8x"}, "known text encoding"),
        ({"encoding": "latin-1", "bom": True}, "bom needs"),
    ],
)
def test_csv_options_are_checked(options: dict, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        export_table(table(), tmp_path / "f.csv", **options)
    assert list(tmp_path.iterdir()) == []


def test_csv_encoding_without_a_letter(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no '驚'.*choose utf-8"):
        export_table(table(["a", "驚"]), tmp_path / "f.csv", encoding="latin-1")
    assert list(tmp_path.iterdir()) == []


def test_csv_says_when_spreadsheets_cut(tmp_path: Path) -> None:
    wide = table(["a"], [f"v{i}" for i in range(16_384)], np.zeros((1, 16_384)))
    assert "16,384 of 16,385" in export_table(wide, tmp_path / "f.csv").notes[0]


# arff -----------------------------------------------------------------------------------------


def test_arff_text(tmp_path: Path) -> None:
    made = export_table(
        table(), tmp_path / "f.arff", labels=labels("très gai", None, subject=["s", "s"])
    )
    assert made.path.read_text().splitlines()[1:] == [
        "@RELATION sttm",
        "",
        "@ATTRIBUTE t0.y0.x0.b00 NUMERIC",
        "@ATTRIBUTE t0.y0.x0.b01 NUMERIC",
        "@ATTRIBUTE class {tres_gai}",
        "",
        "@DATA",
        "0.5,1e-7,tres_gai",
        "-1234.5,3,?",
    ]
    assert "left out: subject" in " ".join(made.notes)
    assert sidecar(made.path)["texts"] == {"label": {"tres_gai": "très gai"}}
    assert sidecar(made.path)["clip_of_row"] == ["a", "b"]


def test_arff_with_clips(tmp_path: Path) -> None:
    import arff
    from scipy.io import arff as scipy_arff

    given = labels("joy", "sad", subject=["s 1", None], onset=[3, np.nan])
    path = export_table(table(), tmp_path / "f.arff", labels=given, clips=True).path
    rows = arff.loads(path.read_text())["data"]
    assert [r[:3] for r in rows] == [["a", "s_1", 3.0], ["b", None, None]]
    data, meta = scipy_arff.loadarff(path)
    assert meta.names()[:3] == ["clip", "subject", "onset"]
    assert data["clip"].tolist() == [b"a", b"b"]
    assert "clip_of_row" not in sidecar(path)
    assert ARFF(clips=True).holds_clips


# svmlight -------------------------------------------------------------------------------------


def test_svmlight_text(tmp_path: Path) -> None:
    made = export_table(
        table(values=[[0, 2], [0.5, 0]]), tmp_path / "f.svm", labels=labels("b", "a")
    )
    assert made.path.read_text() == "2 2:2\n1 1:0.5\n"
    assert sidecar(made.path)["codes"] == {"label": {"1": "a", "2": "b"}}
    assert sidecar(made.path)["name_of_column"] == ["t0.y0.x0.b00", "t0.y0.x0.b01"]


def test_svmlight_comments(tmp_path: Path) -> None:
    from sklearn.datasets import load_svmlight_file

    made = export_table(
        table(["a\nb", "c#d"]),
        tmp_path / "f.svm",
        labels=labels("joy", None, clips=["a\nb", "c#d"]),
        comments=True,
    )
    assert made.path.read_text().splitlines()[:2] == ["# 1 = joy", "1 1:0.5 2:1e-7 # a b"]
    assert load_svmlight_file(made.path)[1].tolist() == [1, 0]
    assert any("number 0" in note for note in made.notes)


# npz, mat, hdf5 -------------------------------------------------------------------------------

BESIDE = {"X": [1.5, np.nan], "end": ["u", None], "file": [1, 2], "a b": ["q", "r"]}


def test_npz_columns_beside(tmp_path: Path) -> None:
    made = export_table(table(), tmp_path / "f.npz", labels=labels("j", "s", **BESIDE))
    names = sidecar(made.path)["names"]
    key = {real: new for new, real in names.items()}
    with np.load(made.path, allow_pickle=False) as file:
        assert set(key) == {"X", "file", "a b"}
        np.testing.assert_array_equal(file[key["X"]], [1.5, np.nan])
        assert file["end"].tolist() == ["u", ""]
        assert file[key["a b"]].tolist() == ["q", "r"]
        assert json.loads(str(file["provenance"])) == {}


def test_mat_columns_beside(tmp_path: Path) -> None:
    from scipy.io import loadmat

    made = export_table(
        table(), tmp_path / "f.mat", labels=labels("j", "s", **BESIDE, **{"l" * 80: [1, 2]})
    )
    key = {real: new for new, real in sidecar(made.path)["names"].items()}
    file = loadmat(made.path, simplify_cells=True)
    np.testing.assert_array_equal(file[key["X"]], [1.5, np.nan])
    assert file[key["l" * 80]].tolist() == [1, 2]
    assert all(len(k) <= 63 and k.isidentifier() for k in file)
    assert key["end"] != "end"


def test_mat_refuses_two_gigabytes() -> None:
    huge = np.broadcast_to(np.float32(0), (2**15, 2**14))  # 2 GB that take no memory
    with pytest.raises(InputError, match=r"2.0 GB; export to \.h5"):
        MAT().check(Sheet([], [], huge))
    MAT().check(Sheet([], [], huge[:-1]))


def test_hdf5_columns_beside(tmp_path: Path) -> None:
    import h5py

    made = export_table(
        table(), tmp_path / "f.h5", labels=labels("j", "s", **BESIDE), provenance={"k": "v" * 10**5}
    )
    key = {real: new for new, real in sidecar(made.path)["names"].items()}
    with h5py.File(made.path) as file:
        np.testing.assert_array_equal(file[key["X"]][:], [1.5, np.nan])
        assert file["end"].asstr()[:].tolist() == ["u", ""]
        assert json.loads(file["provenance"].asstr()[()])["k"] == "v" * 10**5


# spss, stata ----------------------------------------------------------------------------------


def test_spss_labels_and_names(tmp_path: Path) -> None:
    import pyreadstat

    given = labels("joy", "é" * 100, subject=["s1", None], onset=[3, np.nan])
    made = export_table(
        table(["a ", "b"], ["t0.y0.x0.b00", "by"]),
        tmp_path / "f.sav",
        labels=given.assign(clip=["a ", "b"]),
    )
    data, meta = pyreadstat.read_sav(made.path)
    assert list(data) == ["clip", "label", "subject", "onset", "t0.y0.x0.b00", "by_1"]
    assert meta.column_names_to_labels["by_1"] == "by"
    assert meta.variable_value_labels == {"label": {1.0: "joy", 2.0: "é" * 60}}
    assert sidecar(made.path)["codes"]["label"]["2"] == "é" * 100
    assert len(made.notes) == 2
    assert data["subject"].tolist() == ["s1", ""]
    assert np.isnan(data["onset"][1])
    assert data["t0.y0.x0.b00"].tolist() == [0.5, -1234.5]


def test_spss_refuses_too_long_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="32,767 bytes"):
        export_table(table(["a", "é" * 16_384]), tmp_path / "f.sav")
    assert list(tmp_path.iterdir()) == []


def test_stata_labels_and_names(tmp_path: Path) -> None:
    names = ["t0.y0.x0.b00", "long" * 40 + "1", "long" * 40 + "2", "float"]
    made = export_table(
        table(["a", "x" * 3000], names, [[1, 2, 3, 4], [5, 6, 7, 3e38]]),
        tmp_path / "f.dta",
        labels=labels("joy", None, clips=["a", "x" * 3000], subject=["s1", None]),
    )
    with pd.read_stata(made.path, iterator=True) as reader:
        real = reader.variable_labels()
        data = reader.read()
    assert data["label"].tolist()[0] == "joy" and data["label"].isna()[1]
    assert data["clip"].tolist() == ["a", "x" * 3000]
    assert real["t0_y0_x0_b00"] == "t0.y0.x0.b00"
    assert data["t0_y0_x0_b00"].dtype == np.float32
    assert np.float32(data["float_1"][1]) == np.float32(3e38)
    short = [n for n in data if n.startswith("long")]
    assert len(short) == 2 and all(len(n) == 32 for n in short)
    assert [sidecar(made.path)["names"][n] for n in short] == names[1:3]


@pytest.mark.parametrize("sign", [1, -1])
def test_stata_keeps_numbers_that_its_float_lacks(sign: int, tmp_path: Path) -> None:
    edge = np.float32(float.fromhex("0x1.fffffep126"))  # the largest number of a Stata float
    beyond = np.nextafter(edge, np.float32(np.inf))
    made = table(["a", "b"], ["in", "out"], np.array([[edge, beyond], [0, 0]]) * sign)
    data = pd.read_stata(export_table(made, tmp_path / "f.dta").path)
    assert data.iloc[0, 1:].tolist() == [sign * float(edge), sign * float(beyond)]
    assert [str(t) for t in data.dtypes[1:]] == ["float32", "float64"]


def test_stata_limits(tmp_path: Path) -> None:
    many = Sheet(["a"], [str(i) for i in range(120_000)], np.zeros((1, 0), np.float32))
    with pytest.raises(InputError, match="120,000 variables; this table has 120,001"):
        DTA().check(many)
    with pytest.raises(InputError, match="32,000 bytes"):
        export_table(table(), tmp_path / "f.dta", labels=labels("é" * 16_001, "b"))
    wide = table(["a"], [f"v{i}" for i in range(2_048)], np.zeros((1, 2_048)))
    assert "Stata/SE" in export_table(wide, tmp_path / "f.dta").notes[0]


@pytest.mark.parametrize(("name", "value"), [("f.parquet", "zst"), ("f.h5", 10), ("f.h5", "x")])
def test_compression_is_checked(name: str, value: object, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="compression"):
        export_table(table(), tmp_path / name, compression=value)
    for good in {"f.parquet": ("gzip", "none"), "f.h5": (0, 9)}[name]:
        assert export_table(table(), tmp_path / name, compression=good).path.is_file()


# the labels table -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (pd.DataFrame({"label": ["x"]}), "needs a column 'clip'"),
        (pd.DataFrame({"clip": ["a"]}), "beside 'clip'"),
        (labels("x", "y", clips=["a", "a"]), "a clip twice: a"),
        (labels("x", "y", clips=["c", "d"]), "labels have c, d, features have a, b"),
        (labels("x", "y", **{"t0.y0.x0.b00": [1, 2]}), "both have a column t0.y0.x0.b00"),
        (labels("x", "y", w=[1, np.inf]), "'w' of the labels must be finite"),
        (labels("x\0", "y"), "NUL"),
        (labels("\ud800", "y"), "valid Unicode"),
    ],
)
def test_labels_are_checked(given: pd.DataFrame, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        export_table(table(), tmp_path / "f.csv", labels=given)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (table().iloc[:0], "empty"),
        (table()[["clip"]], "empty"),
        (table().drop(columns="clip"), "needs a column 'clip'"),
        (table().rename(columns={"t0.y0.x0.b00": 5}), "names that are text; 5"),
        (table().set_axis(["clip", "v", "v"], axis=1), "a column twice: v"),
        (table().assign(v="text"), "must be numbers; v"),
        (table(["a\0", "b"]), "NUL"),
        (table().assign(clip="a"), "a clip twice: a"),
    ],
)
def test_features_are_checked(features: pd.DataFrame, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        export_table(features, tmp_path / "f.csv")
    assert list(tmp_path.iterdir()) == []


def test_kinds_of_label_columns(tmp_path: Path) -> None:
    given = labels(
        2.0,
        np.nan,
        flag=[True, False],
        big=[2**60 + 1, 3],
        whole=pd.array([4, None], dtype="Int64"),
        part=[0.1, np.nan],
        kind=pd.Categorical(["u", None]),
        day=pd.to_datetime(["2026-01-02", None]),
    )
    path = export_table(table(), tmp_path / "f.csv", labels=given).path
    rows = [line.split(",")[1:8] for line in path.read_text().splitlines()]
    assert rows == [
        ["label", "flag", "big", "whole", "part", "kind", "day"],
        ["2", "1", "1152921504606846977", "4", "0.1", "u", "2026-01-02 00:00:00"],
        ["", "0", "3", "", "", "", ""],
    ]


# places ---------------------------------------------------------------------------------------


def test_output_places(tmp_path: Path) -> None:
    made = export_table(table(), tmp_path / "new" / "deep" / "f.csv")
    assert made.path.is_file()
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(InputError, match="must be a file"):
        export_table(table(), tmp_path / "dir.csv")
    with pytest.raises(InputError, match="could not be written"):
        export_table(table(), made.path / "f.csv")  # a file is no folder
    with pytest.raises(InputError, match="File name too long"):
        export_table(table(), tmp_path / ("n" * 252 + ".csv"))
    link = tmp_path / "link.csv"
    link.symlink_to(made.path)
    export_table(table(["c", "d"]), link)
    assert link.is_symlink() and "c," in made.path.read_text()


def test_rights_follow_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        path = export_table(table(), tmp_path / "f.csv").path
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o640


def test_an_interrupt_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    def interrupt(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic, "_flush", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export_table(table(), tmp_path / "f.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_folder_is_named(tmp_path: Path, monkeypatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InputError, match="read-only; choose another"):
        export_table(table(), tmp_path / "f.csv")


def test_provenance_must_be_data(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="plain data; it holds a object"):
        export_table(table(), tmp_path / "f.csv", provenance={"x": object()})
    given = {1: np.float32(0.5), "n": float("nan"), "s": {3, 1}, "a": np.arange(2)}
    path = export_table(table(), tmp_path / "f.csv", provenance=given).path
    assert sidecar(path)["provenance"] == {"1": 0.5, "n": None, "s": [1, 3], "a": [0, 1]}
