"""`sttm extract`: a video, a folder or a clips table becomes a features table with provenance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from labeling.finding import find_clips
from labeling.tables import from_csv
from sttm.atomic import check_place
from sttm.descriptors import descriptor_name, spec_of
from sttm.errors import InputError
from sttm.export import write_features
from sttm.extract import Extraction, Recipe, extract
from sttm.faces import boxes_from, read_boxes
from sttm.parallel import worker_count
from sttm.reading import read_yaml
from sttm.tables import named

from .config import RecipeConfig, parse
from .datasets.base import reasons, reasons_table
from .join import narrow, undecided
from .keeping.provenance import command, now, versions
from .measuring import require
from .progress import Steps
from .settings import apply_settings
from .workplace import lock_of, locked, opened

UNITS = {
    "features": "without a unit unless the meaning says one, float32",
    "seconds": "s",
    "fps": "1/s",
}


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
    taught = _labels_for(recipe, clips, labels)
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
        skipped = pd.concat([reasons_table(found.failed), cut, done.skipped], ignore_index=True)
        if not done.clips:
            raise InputError(f"no clip could be measured. {reasons(skipped)}")
        features = done.features(recipe.descriptor, taught)
        provenance = _provenance(recipe, done, skipped)
        written = write_features(features, out, provenance)
    notes = [*done.losses, *written.notes]
    sentence = _sentence(features, recipe, taught)
    return Extracted(
        features, reasons_table(found.strays), skipped, notes, written.sidecar, sentence
    )


def _in_phase(
    clips: pd.DataFrame, phase: str, labels: Path | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if phase == "whole":
        return clips, reasons_table([])
    if labels is None:
        raise InputError(f"time.phase {phase!r} needs the labels' marks; name them by --labels.")
    return narrow(clips, from_csv(labels), phase)


def _labels_for(recipe: Recipe, clips: pd.DataFrame, labels: Path | None) -> dict[str, str] | None:
    """Return clip -> label where the descriptor learns from labels, else None."""
    if not recipe.descriptor.needs_labels:
        return None
    names = [descriptor_name(d) for d in recipe.descriptor.singles() if d.needs_labels]
    if labels is None:
        raise InputError(
            f"{named(names)} learns from labels; name a CSV with clip and label by --labels."
        )
    table = from_csv(labels)
    decided = table.loc[~undecided(table)].set_index("clip")["label"].astype(str)
    present = set(clips["clip"])
    known = {str(clip): label for clip, label in decided.items() if clip in present}
    if len(set(known.values())) < 2:
        raise InputError(
            f"{named(names)} learns from labels of at least two classes; {labels} has "
            f"{named(sorted(set(known.values()))) or 'none'} for these clips."
        )
    return known


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


def _sentence(features: pd.DataFrame, recipe: Recipe, taught: dict[str, str] | None) -> str:
    learned = dict.fromkeys(d.lesson for d in recipe.descriptor.singles() if d.learns)
    rows, columns = features.shape
    known = rows if taught is None else int(features["clip"].isin(list(taught)).sum())
    whom = "all of them" if known == rows else f"the {known} that have a label"
    note = f" ({' and '.join(learned)} learned from {whom}; `sttm run` learns them per fold)"
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
