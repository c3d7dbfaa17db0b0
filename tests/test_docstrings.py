"""The examples in docstrings run, and give what they say."""

from __future__ import annotations

import doctest
import importlib
import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).parents[1]
PACKAGES = ("sttm", "labeling", "classifiers", "recognizer", "experiments")


def modules(package: str) -> list[str]:
    """Names of the modules whose text holds an example."""
    files = sorted((ROOT / package).rglob("*.py"))
    with_examples = [f for f in files if ">>> " in f.read_text("utf-8")]
    parts = [f.relative_to(ROOT).with_suffix("").parts for f in with_examples]
    return [".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_example_gives_what_it_says(package):
    tried = 0
    for name in modules(package):
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            if (error.name or "").startswith(("PySide6", "keras", "torch")):
                continue  # an extra that is not installed
            raise
        result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
        assert not result.failed, name
        tried += result.attempted
    assert tried > 0 or not modules(package)
