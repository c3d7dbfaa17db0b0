"""What the tests of the sequence sets share: reading a tree, and its reasons as a dictionary."""

from __future__ import annotations

import pytest
from trees_sequences import TREES

from experiments.datasets import READERS, packing, read_dataset


@pytest.fixture(autouse=True)
def packs(tmp_path_factory, monkeypatch):
    """Keep packed frames out of the working folder."""
    monkeypatch.setattr(packing, "PACKS", tmp_path_factory.mktemp("packs"))


def read(kind, root, **options):
    return read_dataset(READERS[kind].settings(path=root, **options))


def grown(kind, root):
    TREES[kind](root)
    return read(kind, root)


def rows(table):
    """Return what was left out: last part of the name -> reason."""
    assert table["clip"].is_unique
    return {name.split("/")[-1]: reason for name, reason in table.itertuples(index=False)}


def empty(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path
