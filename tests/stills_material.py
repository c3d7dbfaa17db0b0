"""What the tests of still pictures share: the forms of the sets, and short ways to read them."""

from __future__ import annotations

import pytest
from trees_stills import TREES, affectnet_sets, fer2013_folders

from experiments.datasets import READERS, packing, read_dataset
from sttm.frames import open_frames

KINDS = list(TREES)
FORMS = {
    **{kind: (kind, tree) for kind, tree in TREES.items()},
    "fer2013 folders": ("fer2013", fer2013_folders),
    "affectnet sets": ("affectnet", affectnet_sets),
}
OF_FILES = ["jaffe", "kdef", "raf-db", "affectnet", "fer2013 folders", "affectnet sets"]


@pytest.fixture(autouse=True)
def packs(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(packing, "PACKS", tmp_path_factory.mktemp("packs"))


def read(kind, path, **options):
    return read_dataset(READERS[kind].settings(path=path, **options))


def grown(form, root):
    kind, tree = FORMS[form]
    return read(kind, tree(root)["path"])


def reasons(table):
    """Return what was left out: last part of the name -> reason."""
    assert table["clip"].is_unique
    return {name.split("/")[-1]: reason for name, reason in table.itertuples(index=False)}


def frame_of(data, number):
    row = data.clips.iloc[number]
    with open_frames(data.root / row["source"], first=row["first"], last=row["last"]) as frames:
        assert len(frames) == 1
        return frames[0]
