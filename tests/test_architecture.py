"""The shape of the project: import arrows, light imports, packaging, names that shadow nothing."""

from __future__ import annotations

import ast
import configparser
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("sttm", "labeling", "classifiers", "recognizer", "experiments")
ARROWS = {
    "sttm": set(),
    "classifiers": set(),
    "labeling": {"sttm"},
    "recognizer": {"sttm", "classifiers"},
    "experiments": {"sttm", "labeling", "classifiers", "recognizer"},
}
ONLY_UNDER = {
    "PySide6": ("sttm/gui", "labeling/gui", "recognizer/gui"),
    "torch": ("classifiers/deep",),
    "keras": ("classifiers/deep",),
}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The absolute modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_arrows_between_packages(package):
    for path in sources(package):
        heads = {name.split(".")[0] for name in imports(path)}
        wrong = heads & set(PACKAGES) - ARROWS[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("package", PACKAGES)
def test_heavy_libraries_stay_in_their_folders(package):
    for path in sources(package):
        below = path.relative_to(ROOT).as_posix()
        for library, folders in ONLY_UNDER.items():
            if library in {name.split(".")[0] for name in imports(path)}:
                assert below.startswith(folders), f"{below} imports {library}"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_cycle_between_modules(package):
    """Imports at the top of modules inside a package form no cycle (``__init__`` aside)."""
    graph = {p: _neighbours(p, package) for p in sources(package)}
    state: dict[Path, int] = {}

    def visit(node: Path, trail: list[str]) -> None:
        if state.get(node) == 2:
            return
        assert state.get(node) != 1, f"a cycle: {' -> '.join([*trail, node.name])}"
        state[node] = 1
        for other in graph[node]:
            visit(other, [*trail, node.name])
        state[node] = 2

    for node in graph:
        visit(node, [])


def _neighbours(path: Path, package: str) -> set[Path]:
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ImportFrom) or node.level == 0:
            continue
        base = path.parents[node.level - 1]
        target = base.joinpath(*(node.module or "").split("."))
        names = [target / a.name for a in node.names] if node.module is None else [target]
        for name in names:
            file = name.with_suffix(".py")
            if file.exists() and path.name != "__init__.py":
                found.add(file)
    return found


def test_no_module_is_called_like_one_of_the_standard_library():
    for package in PACKAGES:
        for path in sources(package):
            if path.stem not in ("__init__", "__main__"):
                assert path.stem not in sys.stdlib_module_names, path
                assert path.stem not in ("utils", "helpers", "misc"), path


def test_no_other_distribution_ships_a_package_of_our_name():
    owners = metadata.packages_distributions()
    for package in PACKAGES:
        others = set(owners.get(package, [])) - {"sttm-toolkit"}
        assert not others, f"{package} is also shipped by {others}"


@pytest.mark.parametrize(
    ("package", "heavy"),
    [
        ("sttm", ("cv2", "sklearn", "pandas", "matplotlib", "scipy")),
        ("classifiers", ("sklearn", "pandas", "scipy")),
        ("recognizer", ("cv2", "sklearn", "skops")),
        ("labeling", ("cv2", "sklearn")),
        ("experiments", ("cv2", "sklearn", "matplotlib")),
        ("experiments.cli", ("cv2", "sklearn", "pandas", "matplotlib", "numpy")),
    ],
)
def test_importing_a_package_is_light(package, heavy):
    code = f"import sys, {package}; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_can_be_had():
    code = (
        "import importlib\n"
        f"for p in {PACKAGES!r}:\n"
        "    m = importlib.import_module(p)\n"
        "    [getattr(m, n) for n in getattr(m, '__all__', [])]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def settings() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_setup_lists_every_package_and_no_tests():
    listed = settings()["options"]["packages"].split()
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert set(listed) == found
    assert len(listed) == len(set(listed))


def test_a_wheel_holds_the_code_and_the_data(tmp_path):
    tree = tmp_path / "tree"  # a copy, because the build leaves files in its tree
    tree.mkdir()
    for name in (*PACKAGES, "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tree / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(tmp_path)]
    done = subprocess.run([*command, str(tree)], capture_output=True, text=True)
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip("the build needs setuptools from the package index, which is out of reach")
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    heads = {name.split("/")[0] for name in names}
    assert {h for h in heads if not h.endswith(".dist-info")} == set(PACKAGES)
    assert "experiments/configs/demo.yaml" in names
    assert any(name.startswith("experiments/report/") and "html" in name for name in names)


def test_public_functions_are_annotated_and_documented():
    """Every public function and class of the packages has a docstring and type hints."""
    for package in PACKAGES:
        for path in sources(package):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                _check_definition(node, path)


def _check_definition(node: ast.AST, path: Path) -> None:
    if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
        return
    where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
    assert ast.get_docstring(node), f"{where} has no docstring"
    if isinstance(node, ast.FunctionDef):
        assert node.returns is not None, f"{where} says not what it returns"
        arguments = [*node.args.args, *node.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        assert not bare, f"{where}: {bare} have no type"


def test_no_path_of_a_machine_is_in_a_file():
    marks = ("/ho" + "me/", "/ro" + "ot/", "/wo" + "rk/", "/Us" + "ers/")
    for suffix in ("*.py", "*.md", "*.yaml", "*.cfg", "*.toml", "Makefile"):
        for path in ROOT.rglob(suffix):
            if ".venv" in path.parts or ".cache" in path.parts or "runs" in path.parts:
                continue
            text = path.read_text(encoding="utf-8")
            assert not [m for m in marks if m in text], path
