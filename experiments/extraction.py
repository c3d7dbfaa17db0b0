"""`sttm extract`: a video, a folder or a clips table becomes a features table with provenance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from labeling.hand_csv import read_hand_csv
from labeling.tables import from_csv
from sttm.atomic import check_place
from sttm.descriptors import spec_of
from sttm.errors import InputError
from sttm.export import write_features
from sttm.extract import Extraction, Recipe, extract
from sttm.faces import boxes_from, read_boxes
from sttm.frames import IMAGE_SUFFIXES, list_clips
from sttm.parallel import worker_count
from sttm.reading import read_yaml
from sttm.tables import check_clips, named

from .config import RecipeConfig, parse
from .datasets.base import reasons, reasons_table, sort_out
from .join import narrow
from .keeping.provenance import command, now, versions
from .measuring import require
from .progress import Steps
from .settings import apply_settings
from .workplace import lock_of, locked, opened

UNITS = {"features": "histogram values without a unit, float32", "seconds": "s", "fps": "1/s"}


@dataclass
class Extracted:
    """What `sttm extract` did."""

    features: pd.DataFrame
    passed: pd.DataFrame  # files that are no clips
    skipped: pd.DataFrame  # clips that could not be measured
    notes: list[str]
    sidecar: Path
    sentence: str


def load_recipe(config: Path | None, settings: list[str], descriptors: list[str] | None) -> Recipe:
    """Return the recipe that a config, ``--set`` and ``--descriptor`` state.

    Of an experiment's config only the sections that shape features are read.
    """
    return _recipe_config(config, settings, descriptors).recipe()


def _recipe_config(
    config: Path | None, settings: list[str], descriptors: list[str] | None
) -> RecipeConfig:
    values = read_yaml(config) if config else {}
    if "data" in values:  # an experiment: its other sections say nothing about features
        values = {k: v for k, v in values.items() if k in RecipeConfig.model_fields}
    if descriptors:
        members = [{"name": d} for d in descriptors]
        values["descriptor"] = members if len(members) > 1 else members[0]
    where = config.name if config else "settings"
    return parse(RecipeConfig, apply_settings(values, settings), where)


@dataclass
class Found:
    """What lies at a source: clips below ``root``, clips that cannot be used, what is no clip."""

    clips: pd.DataFrame
    root: Path
    skipped: pd.DataFrame
    passed: pd.DataFrame


def find_clips(source: Path) -> Found:
    """Return the clips that a video, a folder or a CSV stands for.

    Raises
    ------
    InputError
        When there is nothing at ``source``, or no clip in it.
    """
    if source.suffix.lower() == ".csv":
        return Found(_read_clips(source), source.parent, reasons_table([]), reasons_table([]))
    if source.is_dir() and not _is_sequence(source):
        paths, failed, strays = sort_out(*list_clips(source), source)
        if not paths:
            why = reasons(reasons_table([*failed, *strays])) or "it holds no file"
            raise InputError(f"no clip was found in {source} ({why}).")
        clips = _clips_below(paths, source)
        return Found(clips, source, reasons_table(failed), reasons_table(strays))
    if not source.exists():
        raise InputError(f"there is nothing at {source}.")
    name = source.resolve().name if source.is_dir() else source.stem
    table = pd.DataFrame({"clip": [name], "source": [str(source.resolve())]})
    return Found(check_clips(table), source.parent, reasons_table([]), reasons_table([]))


def _is_sequence(folder: Path) -> bool:
    files = [p for p in folder.iterdir() if not p.name.startswith(".")]
    images = [p for p in files if p.suffix.lower() in IMAGE_SUFFIXES]
    return len(images) >= 2 and not any(p.is_dir() for p in files)


def _clips_below(paths: list[Path], root: Path) -> pd.DataFrame:
    sources = [p.relative_to(root).as_posix() for p in paths]
    bare = [
        s if p.is_dir() else s.removesuffix(p.suffix) for s, p in zip(sources, paths, strict=True)
    ]
    unique = len(set(bare)) == len(bare)
    return check_clips(pd.DataFrame({"clip": bare if unique else sources, "source": sources}))


def _read_clips(path: Path) -> pd.DataFrame:
    known = ("source", "path", "subject", "dataset", "first", "last", "fps")
    table = read_hand_csv(path, {"clip": "clip"}, known)
    if "source" not in table and "path" in table:
        table = table.rename(columns={"path": "source"})
    clips = check_clips(table)
    blank = clips.loc[clips["source"] == "", "clip"]
    if len(blank):
        raise InputError(f"{path.name} gives no path for clip {named(blank)}; add it.")
    return clips


def extract_to(
    source: Path,
    out: Path,
    *,
    descriptors: list[str] | None = None,
    config: Path | None = None,
    settings: list[str] | None = None,
    labels: Path | None = None,
    boxes: Path | None = None,
    jobs: int = -1,
    store: Path | None = None,
    cluster: str = "",
    quiet: bool = False,
) -> Extracted:
    """Measure the clips at ``source`` and write their features table with its sidecar.

    Raises
    ------
    InputError
        When nothing can be measured or written; the table of an earlier call then stays.
    """
    if out.suffix.lower() != ".parquet":
        raise InputError(
            f"--out must end in .parquet, not {out.name!r}; `sttm export` writes other formats."
        )
    worker_count(jobs)
    require(cluster)
    chosen = _recipe_config(config, settings or [], descriptors)
    recipe = chosen.recipe()
    found = find_clips(source)
    clips, cut = _in_phase(found.clips, chosen.time.phase, labels)
    given = _boxes_within(read_boxes(boxes), found.clips, clips) if boxes else None
    check_place(out)
    steps = Steps(quiet=quiet)
    kept = opened(store)
    with locked(lock_of(kept, out), out):
        with steps.step("features") as said, steps.counting("features") as progress:
            done = extract(
                clips,
                recipe,
                root=found.root,
                boxes=given,
                store=kept,
                jobs=jobs,
                progress=progress,
                cluster=cluster,
            )
            said["detail"] = f"{len(done.clips)} clips ({done.computed} new)"
        skipped = pd.concat([found.skipped, cut, done.skipped], ignore_index=True)
        if not done.clips:
            raise InputError(f"no clip could be measured. {reasons(skipped)}")
        features = done.features(recipe.descriptor)
        provenance = _provenance(recipe, done, skipped)
        written = write_features(features, out, provenance)
    notes = [*done.losses, *written.notes]
    sentence = _sentence(features, recipe)
    return Extracted(features, found.passed, skipped, notes, written.sidecar, sentence)


def _in_phase(
    clips: pd.DataFrame, phase: str, labels: Path | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if phase == "whole":
        return clips, reasons_table([])
    if labels is None:
        raise InputError(f"time.phase {phase!r} needs the labels' marks; name them by --labels.")
    return narrow(clips, from_csv(labels), phase)


def _boxes_within(boxes: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return boxes counted from the first frames of ``after``, clips that begin later."""
    begins = before.set_index("clip")["first"].fillna(0)
    starts = (after.set_index("clip")["first"].fillna(0) - begins).dropna()
    moved = starts[starts > 0].astype(int)
    if moved.empty:
        return boxes
    if "clip" not in boxes:  # of the only clip
        return boxes_from(boxes, int(moved.iloc[0]))
    parts = [boxes_from(rows, int(moved.get(str(clip), 0))) for clip, rows in boxes.groupby("clip")]
    return pd.concat(parts, ignore_index=True)


def _sentence(features: pd.DataFrame, recipe: Recipe) -> str:
    learned = recipe.descriptor.learns
    note = " (bin edges learned from all of them; `sttm run` learns them per fold)"
    rows, columns = features.shape
    clips = "clip" if rows == 1 else "clips"
    return f"{rows} {clips}, {columns - 1} features each{note if learned else ''}"


def _provenance(recipe: Recipe, done: Extraction, skipped: pd.DataFrame) -> dict[str, Any]:
    info = done.info.astype(object).where(done.info.notna(), None)
    return {
        "made": now(),
        "command": command(),
        "versions": versions(),
        "descriptor": spec_of(recipe.descriptor),
        **{k: v for k, v in recipe.crop_part().items() if k in ("faces", "time")},
        "units": UNITS,
        "clips": info.to_dict(orient="records"),
        "skipped": skipped.to_dict(orient="records"),
    }
