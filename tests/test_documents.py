"""The documents: their commands run, their links lead somewhere, and nothing is left unsaid.

Conventions of a document, which this file holds it to:

- Every line of an ``sh`` block is a command. It runs in a folder where drawn clips stand for the
  reader's own: see ``material``. Lines that cannot run in a test begin as in ``NOT_RUN``.
- Every ``python`` block runs by itself, in the same folder.
- Every ``yaml`` block is a file whose name is in its first line, ``# my.yaml``.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import test_sttm_codings as codings_tests
import test_sttm_descriptor_sttm as sttm_tests
import typer
import yaml
from landmark_material import small_model
from published_material import write_published
from recognizer_material import bundle_file

from classifiers import CLASSIFIERS, KERNELS
from experiments.cli import app, main
from experiments.config import ProtocolSection, RecipeConfig, parse
from experiments.datasets.drawn import DrawnSettings, draw_clip
from experiments.datasets.drawn.files import save_clip
from experiments.datasets.drawn.stills import (
    MARKER,
    USAGES,
    Still,
    close_up,
    votes_for,
    write_csv,
    write_votes,
)
from experiments.folding.protocols import PROTOCOLS
from experiments.studies import make_study
from labeling.consensus import CONSENSUS
from labeling.exchange import FORMATS as LABEL_FORMATS
from labeling.scheme import READY
from labeling.statement import Interval, Statement
from labeling.study import merge_study, open_study
from labeling.worklist import work_list
from sttm.codings import CODINGS
from sttm.descriptors import DESCRIPTORS
from sttm.export import FORMATS
from sttm.export.delimited import LOCALES
from sttm.export.registry import format_class
from sttm.faces.settings import FINDER_NAMES, LIGHT_NAMES, FaceSettings
from sttm.normalise import NORMALISATIONS
from sttm.temporal import MODES

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NOT_RUN = {
    "make ": "installs or runs everything; .ci/run does",
    "sttm demo": "draws and measures 168 clips; its parts are tested on fewer",
    ".venv/bin/sttm label": "opens a window",
    "cp team.sttm-study": "the copies that annotators have labelled stand there already",
    "sttm label ann.sttm-study --as": "opens a window",
    "sttm label team.sttm-study --as": "opens a window",
    "sttm export features.parquet --to features.h5": "h5py is an extra",
    "sttm export features.parquet --to features.sav": "pyreadstat is an extra",
    ".venv/bin/python -m benchmarks": "measures for minutes",
    "sttm live": "opens a window",
    "sttm datasets draw": "draws for half a minute; test_experiments_drawn_files.py, fewer",
    "sttm landmarks ": "draws and trains for minutes; test_experiments_landmarks.py, on few",
}
EXTRACTED = "sttm extract clips --out features.parquet --jobs 1 --set descriptor.grid=[1,3,3]"
LABELS = ("happiness", "neutral", "surprise")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language, text."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def prose() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def page_name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# the commands -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """Drawn clips that stand for the reader's own files."""
    root = tmp_path_factory.mktemp("material")
    settings = DrawnSettings(subjects=3, takes=1, frames=16, size=160)
    for folder in ("clips", "cropped", *(f"labelled/{label}" for label in LABELS)):
        (root / folder).mkdir(parents=True)
    study, drawn = ["clip,path,label,subject,onset,apex"], []
    for subject in range(3):
        for label in LABELS:
            clip = draw_clip(settings, subject, label, 0)
            path = f"labelled/{label}/S{subject + 1:02d}_1.avi"
            save_clip(clip, root / path, settings.fps)
            _pictures_of(clip, subject, root / "stills" / label)
            drawn.append((subject, clip))
            name = f"S{subject + 1:02d}_{label}"
            study.append(f"{name},{path},{label},S{subject + 1:02d},{clip.onset},{clip.apex}")
            if subject < 2 and label != "neutral":
                shutil.copy(root / path, root / "clips" / f"{name}.avi")
    stills = sorted((root / "stills").rglob("*.png"))
    rows = [f"{p.parent.name}-{p.stem},{p.relative_to(root)}" for p in stills]
    (root / "pictures.csv").write_text("\n".join(["clip,source", *rows]) + "\n")
    (root / "study.csv").write_text("\n".join(study) + "\n", encoding="utf-8")
    marks = [",".join([c[0], c[2], c[4], c[5]]) for c in (r.split(",") for r in study[1:])]
    names = [p.stem for p in sorted((root / "clips").iterdir())]
    wanted = [m for m in marks if m.split(",")[0] in names]
    (root / "labels.csv").write_text("\n".join(["clip,label,onset,apex", *wanted]) + "\n")
    stretches = [f"{n},clips/{n}.avi,0,11" for n in names]
    (root / "clips.csv").write_text("\n".join(["clip,source,first,last", *stretches]) + "\n")
    boxes = [f"{n},0,45,45,72,72" for n in names]
    (root / "boxes.csv").write_text("\n".join(["clip,frame,x,y,w,h", *boxes]) + "\n")
    _labelled_study(root)
    _drawn2013(root / "drawn2013", drawn)
    shutil.copy(small_model(), root / "points.sttm-points")
    (root / "runs" / "demo").mkdir(parents=True)
    bundle_file(root).rename(root / "runs" / "demo" / "model.sttm")
    for number in range(2):
        frames = [cv2.resize(f[40:130, 35:125], (64, 64)) for f in _grey(settings, number)]
        np.save(root / "cropped" / f"face{number}.npy", np.stack(frames))
    return root


def _pictures_of(clip: Any, subject: int, folder: Path) -> None:
    """Write two single pictures of a clip, soon after its onset."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in (1, 2):
        picture = clip.frames[clip.onset + number + 1]
        path = folder / f"S{subject + 1:02d}_{number}.png"
        assert cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


def _drawn2013(folder: Path, clips: list[tuple[int, Any]]) -> None:
    """Write 45 pictures of three drawn people as `sttm datasets draw fer2013` does."""
    folder.mkdir()
    (folder / MARKER).write_text("{}")
    rng, pictures = np.random.default_rng(0), []
    for subject, clip in clips:
        for frame in range(4, 9):
            grey = cv2.cvtColor(clip.frames[frame], cv2.COLOR_RGB2GRAY)
            face = close_up(grey, clip.eyes[frame], rng)
            pictures.append(Still(clip.label, USAGES[subject], subject, face))
    write_csv(pictures, folder / "fer2013.csv")
    write_votes(pictures, votes_for(pictures, 0), folder / "fer2013new.csv")


def _labelled_study(root: Path) -> None:
    """Write the study of the page about teams: empty, as each annotator returns it, and merged."""
    page = ROOT / "docs" / "howto" / "team.md"
    [scheme] = [t for kind, t in blocks(page) if kind == "yaml" and first_line(t) == "team.yaml"]
    (root / "team.yaml").write_text(scheme, encoding="utf-8")
    empty, merged = root / ".empty.sttm-study", root / "team.sttm-study"
    make_study(
        root / "labelled",
        scheme=str(root / "team.yaml"),
        out=empty,
        subject="(S[0-9]+)",
        jobs=1,
        quiet=True,
    )
    shutil.copy(empty, merged)
    for number, name in enumerate(("Ann", "Bo", "Cy")):
        copy = root / f"{name.lower()}.sttm-study"
        shutil.copy(empty, copy)
        with open_study(copy) as study:
            for clip, turn in work_list(study.clips(), study.scheme, name):
                label = "surprise" if clip == "happiness/S02_1" and number else clip.split("/")[0]
                study.say(clip, name, Statement((Interval(label, 2 + number, 9, 14),)), turn=turn)
            if number == 2:  # of the one clip that they disagree on
                said = Statement((Interval("happiness", 3, 9, 14),))
                study.overrule("happiness/S02_1", "Rev", said, "the corners of the mouth rise")
        with open_study(merged) as study:
            merge_study(study, copy)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Tiny trees that stand for the reader's published data sets."""
    root = tmp_path_factory.mktemp("published")
    write_published(root)
    return root


def _grey(settings: DrawnSettings, subject: int) -> np.ndarray:
    frames = draw_clip(settings, subject, "surprise", 0).frames
    return frames.mean(axis=3).astype(np.uint8)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One store for all pages, so that a clip is measured once."""
    return tmp_path_factory.mktemp("store")


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_everything_that_a_page_tells_the_reader_to_type_works(
    page, material, store, tmp_path, monkeypatch, capsys, request
):
    folder = tmp_path / "reader"
    shutil.copytree(material, folder)
    (folder / ".cache").mkdir()
    (folder / ".cache" / "store").symlink_to(store, target_is_directory=True)
    monkeypatch.chdir(folder)
    # one core, so that no page waits for workers to start; --jobs that a page types still holds
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    commands = [c for kind, text in blocks(page) if kind == "sh" for c in lines(text)]
    if any("=data/" in c or " data/" in c for c in commands):
        (folder / "data").symlink_to(request.getfixturevalue("published"))
    if any("label merge" in c for c in commands):  # a page may begin before the annotators do
        shutil.copy(folder / ".empty.sttm-study", folder / "team.sttm-study")
    if any("mobilenetv2" in c and " run " in c for c in commands):
        pytest.importorskip("torch", reason="deep nets need the extra deep")
    if any("features.parquet" in c for c in commands):  # a page may begin after `sttm extract`
        assert run(EXTRACTED, capsys) == 0
    for kind, text in blocks(page):
        if kind == "yaml":
            Path(first_line(text)).write_text(text, encoding="utf-8")
        elif kind == "python":
            exec(compile(text, page_name(page), "exec"), {"__name__": "block"})
        elif kind == "sh":
            for command in lines(text):
                assert run(command, capsys) == 0, command


def lines(text: str) -> list[str]:
    """The commands of a block; a backslash at the end joins two lines."""
    joined = text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and line[0] != "#"]


def first_line(text: str) -> str:
    found = re.match(r"# ([\w.-]+\.yaml)\n", text)
    assert found, f"a yaml block begins with the name of its file, not {text[:40]!r}"
    return found.group(1)


def run(command: str, capsys: pytest.CaptureFixture[str]) -> int:
    """Run a command in this process, as the shell would, and return its exit code."""
    if any(command.startswith(start) for start in NOT_RUN):
        return 0
    command, _, target = command.partition(" > ")
    words = shlex.split(command, comments=True)
    assert words[0] == "sttm", f"{words[0]} is neither sttm nor listed in NOT_RUN"
    words = [found for word in words for found in expanded(word)]
    capsys.readouterr()
    code = main(words[1:])
    said = capsys.readouterr()
    if target:
        Path(target).write_text(said.out, encoding="utf-8")
    assert "Traceback" not in said.err
    return code


def expanded(word: str) -> list[str]:
    """Return the files that a word with a star stands for, as a shell does."""
    found = sorted(map(str, Path().glob(word))) if "*" in word else []
    return found or [word]


def test_what_is_not_run_is_still_in_the_documents():
    text = prose()
    for start, reason in NOT_RUN.items():
        assert reason
        if not start.startswith(".venv"):
            assert start in text, f"{start!r} is in no document; take it off the list"


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_blocks_have_a_known_language_and_yaml_a_name(page):
    for kind, text in blocks(page):
        assert kind in {"", "sh", "python", "yaml", "text", "r", "matlab"}, kind
        if kind == "yaml":
            assert first_line(text) and isinstance(yaml.safe_load(text), dict)


# the words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page):
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"https?://", target):
            path = (page.parent / target.partition("#")[0]).resolve()
            assert path.exists(), f"{target} in {page_name(page)}"
            assert ROOT in [path, *path.parents]


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_no_page_names_a_place_on_one_machine(page):
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"(?<![\w.:/])/(?:home|root|tmp|work|Users|mnt|opt)/\S*", text)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_files_that_a_page_names_exist(page):
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    pattern = r"`((?:sttm|labeling|classifiers|recognizer|experiments|tests|docs)/[\w./-]*)`"
    for path in re.findall(pattern, text):
        new = path == "sttm/codings/sign.py"  # the recipe's
        assert new or (ROOT / path).exists(), f"{path} in {page_name(page)}"


def commands() -> dict[str, Any]:
    """Every command by its words, those of groups included."""
    top: Any = typer.main.get_command(app)
    found = dict(top.commands)
    for name, group in top.commands.items():
        below = getattr(group, "commands", {})
        found |= {f"{name} {word}": command for word, command in below.items()}
    return found


def options() -> list[tuple[str, str]]:
    return [
        (name, max(parameter.opts, key=len))
        for name, command in commands().items()
        for parameter in command.params
        if parameter.opts and parameter.opts[0].startswith("-")
    ]


def test_every_command_and_every_option_is_mentioned():
    text = prose()
    for name in commands():
        assert f"sttm {name}" in text, name
    for name, option in options():
        assert re.search(rf"{option}\b", text), f"{option} of sttm {name}"


def test_every_command_explains_itself(capsys):
    for name in commands():
        assert main([*name.split(), "--help"]) == 0
        assert "--help" in capsys.readouterr().out


FAMILIES: dict[str, Iterable[str]] = {
    "coding": CODINGS,
    "descriptor": DESCRIPTORS,
    "format": FORMATS,
    "kernel": KERNELS,
    "classifier": CLASSIFIERS,
    "normalisation": NORMALISATIONS,
    "finder": FINDER_NAMES,
    "light": LIGHT_NAMES,
    "time mode": MODES,
    "protocol": PROTOCOLS,
    "scheme": READY,
    "format of labels": LABEL_FORMATS,
    "consensus": CONSENSUS,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_name_of_a_family_is_in_the_documents(family):
    text = prose()
    for name in FAMILIES[family]:
        assert f"`{name}`" in text, f"{family} {name}"


def test_suffixes_locales_and_face_settings_are_in_the_documents():
    text = prose()
    for name in FORMATS:
        assert f"`{format_class(name).suffixes[0]}`" in text
    for locale in LOCALES:
        assert re.search(rf"\b{locale}\b", text), locale
    for setting in FaceSettings().to_dict():
        assert re.search(rf"`{setting}\b", text), setting
    for setting in ProtocolSection.model_fields:
        assert re.search(rf"`{setting}\b", text), setting


def test_the_error_sentences_that_are_explained_are_said_somewhere():
    said = [text for package in PACKAGES for path in package.rglob("*.py") for text in texts(path)]
    page = (ROOT / "docs" / "howto" / "trouble.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|", page, re.M)
    assert len(rows) > 20
    for row in rows:
        parts = [re.escape(part.strip()) for part in row.split("…") if part.strip(" .;")]
        pattern = re.compile(".*?".join(parts), re.S)
        assert any(pattern.search(text) for text in said), row


PACKAGES = [ROOT / p for p in ("sttm", "labeling", "classifiers", "recognizer", "experiments")]


def texts(path: Path) -> list[str]:
    """Every text in a file, f-strings with … for what is filled in."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            parts = [str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values]
            found.append("".join(parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found


# the recipe ---------------------------------------------------------------------------------------


def test_the_recipe_for_a_coding_is_enough(monkeypatch):
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    space: dict = {"__name__": "recipe"}
    [code] = [text for kind, text in BLOCK.findall(page) if kind == "python"]
    exec(compile(code, "recipe", "exec"), space)
    [line] = [text for kind, text in BLOCK.findall(page) if kind == "text"]
    for name, make in eval(f"{{{line}}}", space).items():
        monkeypatch.setitem(CODINGS, name, make)
        codings_tests.test_every_voxel_gets_one_known_code(name)
        codings_tests.test_every_coding_says_what_it_keeps_and_loses(name)
        codings_tests.test_a_grey_offset_changes_nothing(name)
        for normalisation in NORMALISATIONS:
            sttm_tests.test_columns_have_names_and_places(name, normalisation)
        sttm_tests.test_a_flat_clip_gives_finite_features(name, 255)
        config = parse(RecipeConfig, {"descriptor": {"name": "sttm", "coding": name}})
        assert len(config.make_descriptor().places()) == 2 * 81 * 4 * 2
