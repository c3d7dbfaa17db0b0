"""`sttm extract`: a video, a folder or a clips table becomes a features table with provenance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from labeling.tables import from_csv
from sttm.descriptors import spec_of
from sttm.errors import InputError
from sttm.export import write_features
from sttm.extract import Extraction, Recipe, extract
from sttm.faces import read_boxes
from sttm.frames import IMAGE_SUFFIXES, list_clips
from sttm.store import Store, key_of
from sttm.tables import check_clips, named

from .config import RecipeConfig, parse
from .join import narrow
from .progress import Steps
from .provenance import command, now, versions
from .reading import apply_settings, read_yaml
from .workplace import DEFAULT_STORE, locked

UNITS = {"features": "histogram values without a unit, float32", "seconds": "s", "fps": "1/s"}


@dataclass
class Extracted:
    """What `sttm extract` did."""

    features: pd.DataFrame
    passed: pd.DataFrame  # files that are no clips
    skipped: pd.DataFrame  # clips that could not be measured
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


def find_clips(source: Path) -> tuple[pd.DataFrame, Path, pd.DataFrame]:
    """Return (clips table, root, what was passed over) of a video, a folder or a CSV.

    Raises
    ------
    InputError
        When there is nothing at ``source``, or no clip in it.
    """
    if source.suffix.lower() == ".csv":
        return _read_clips(source), source.parent, _skipped([])
    if source.is_dir() and not _is_sequence(source):
        paths, passed = list_clips(source)
        skipped = _skipped([(p.relative_to(source).as_posix(), why) for p, why in passed])
        if not paths:
            raise InputError(f"no clip was found in {source}.")
        return _clips_below(paths, source), source, skipped
    if not source.exists():
        raise InputError(f"there is nothing at {source}.")
    table = pd.DataFrame({"clip": [source.stem], "source": [source.name]})
    return check_clips(table), source.parent, _skipped([])


def _is_sequence(folder: Path) -> bool:
    files = [p for p in folder.iterdir() if not p.name.startswith(".")]
    images = [p for p in files if p.suffix.lower() in IMAGE_SUFFIXES]
    return len(images) >= 2 and not any(p.is_dir() for p in files)


def _skipped(rows: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["clip", "reason"])


def _clips_below(paths: list[Path], root: Path) -> pd.DataFrame:
    sources = [p.relative_to(root).as_posix() for p in paths]
    bare = [
        s if p.is_dir() else s.removesuffix(p.suffix) for s, p in zip(sources, paths, strict=True)
    ]
    unique = len(set(bare)) == len(bare)
    return check_clips(pd.DataFrame({"clip": bare if unique else sources, "source": sources}))


def _read_clips(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, sep=None, engine="python", dtype=str, encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}.") from error
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as CSV: {error}.") from error
    if "source" not in table and "path" in table:
        table = table.rename(columns={"path": "source"})
    return check_clips(table)


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
    chosen = _recipe_config(config, settings or [], descriptors)
    recipe = chosen.recipe()
    clips, root, passed = find_clips(source)
    clips, cut = _in_phase(clips, chosen.time.phase, labels)
    given = read_boxes(boxes) if boxes else None
    if given is not None and "clip" not in given:
        given = given.assign(clip=clips["clip"].iloc[0]) if len(clips) == 1 else given
    steps = Steps(quiet=quiet)
    kept = Store(store or DEFAULT_STORE)
    with locked(kept.folder / "locks" / f"{key_of({'out': str(out.resolve())})}.lock", out):
        with steps.step("features") as said, steps.counting("features") as progress:
            done = extract(
                clips,
                recipe,
                root=root,
                boxes=given,
                store=kept,
                jobs=jobs,
                progress=progress,
            )
            said["detail"] = f"{len(done.clips)} clips ({done.computed} new)"
        skipped = pd.concat([cut, done.skipped], ignore_index=True)
        if not done.clips:
            raise InputError(f"no clip could be measured. {_reasons(skipped)}")
        features = done.features(recipe.descriptor)
        provenance = _provenance(recipe, done, skipped)
        written = write_features(features, out, provenance)
    return Extracted(features, passed, skipped, written.sidecar, _sentence(features, recipe))


def _in_phase(
    clips: pd.DataFrame, phase: str, labels: Path | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if phase == "whole":
        return clips, _skipped([])
    if labels is None:
        raise InputError(f"time.phase {phase!r} needs the labels' marks; name them by --labels.")
    return narrow(clips, from_csv(labels), phase)


def _reasons(skipped: pd.DataFrame) -> str:
    return named([f"{c}: {r}" for c, r in skipped.itertuples(index=False)], 2)


def _sentence(features: pd.DataFrame, recipe: Recipe) -> str:
    learned = getattr(recipe.descriptor, "coding", "oriented") in LEVELLED
    note = " (bin edges learned from all of them; `sttm run` learns them per fold)"
    rows, columns = features.shape
    return f"{rows} clips, {columns - 1} features each{note if learned else ''}"


LEVELLED = ("response", "root", "signed", "temporal")


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
