"""What a run and the training of a model share: clips, their measures, how a model is made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd

from classifiers import make_classifier
from sttm.cluster import check_cluster
from sttm.descriptors.base import Encoder
from sttm.errors import InputError
from sttm.extract import Extraction, extract
from sttm.store import Store

from .config import Config
from .datasets import Dataset, read_dataset
from .datasets.base import reasons
from .fitting.feature_groups import asks_for_blocks, make_on_blocks
from .fitting.models import classifier_parts
from .fitting.search import Recipe
from .join import Joined, join, usable
from .progress import Steps


@dataclass
class Measured:
    """Clips with labels and measures, and what was left out on the way."""

    extraction: Extraction
    joined: Joined
    skipped: pd.DataFrame  # clips that could not be used


def require(cluster: str) -> None:
    """Refuse a cluster that cannot be worked on, before anything is read; "" is this machine.

    Raises
    ------
    InputError
    """
    if cluster:
        check_cluster(cluster)


def find_data(config: Config, jobs: int, steps: Steps) -> Dataset:
    """Return the data set of a config, its clips cut to the phase that is looked at."""
    with steps.step("clips") as said, steps.counting("clips") as progress:
        data = read_dataset(config.data, jobs, progress)
        data.clips, cut = usable(data, config.time.phase)
        data.skipped = pd.concat([data.skipped, cut], ignore_index=True)
        said["detail"] = data.about
    return data


def labels_of(data: Dataset) -> list[str]:
    """Return the label of every clip, blank where there is none."""
    labels = data.labels.set_index("clip")["label"]
    return labels.reindex(data.clips["clip"]).fillna("").tolist()


def measure_data(
    config: Config, data: Dataset, store: Store, steps: Steps, jobs: int, cluster: str = ""
) -> Measured:
    """Return the measures of every clip that can be measured, joined with the labels.

    Raises
    ------
    InputError
        When no clip can be measured.
    """
    with steps.step("features") as said, steps.counting("features") as progress:
        extraction = extract(
            data.clips,
            config.recipe(),
            root=data.root,
            store=store,
            jobs=jobs,
            progress=progress,
            cluster=cluster,
        )
        said["detail"] = _extracted(extraction)
    if not extraction.clips:
        raise InputError(f"no clip could be measured. {reasons(extraction.skipped)}")
    skipped = pd.concat([data.skipped, extraction.skipped], ignore_index=True)
    return Measured(extraction, join(data, extraction), skipped)


def _extracted(extraction: Extraction) -> str:
    eyes = int(extraction.info["eyes_found"].sum()) if len(extraction.info) else 0
    text = f"{len(extraction.clips)} clips ({extraction.computed} new), eyes found in {eyes}"
    return text + (f", {len(extraction.skipped)} skipped" if len(extraction.skipped) else "")


def modelling(config: Config) -> Recipe:
    """Return how a model is made from measures: encoder, classifier, what is searched."""
    name, fixed, grid = classifier_parts(config.classifier)
    on_blocks = asks_for_blocks({**fixed, **grid})
    return Recipe(
        partial(make_on_blocks if on_blocks else make_classifier, name, seed=config.seed, **fixed),
        grid=grid or None,
        encoder=Encoder(config.make_descriptor()),
        scoring=config.protocol.scoring,
        inner_folds=config.protocol.inner,
        seed=config.seed,
        on_blocks=on_blocks,
    )
