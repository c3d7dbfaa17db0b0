"""``sweep``: every combination of a plan run as an experiment of its own, then compared.

Combinations that are finished (same config, same data, same versions) are not repeated, so a sweep
that was killed goes on, and one that grew computes what is new. ``sweep.json`` in the sweep's
folder says which are.
"""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sttm.atomic import replacing
from sttm.atomic import sweep as remove_parts
from sttm.digests import Digests
from sttm.errors import InputError, ToolkitError, UnreadableClip
from sttm.parallel import worker_count
from sttm.store import Store, content_digest, key_of

from ..comparison import Comparison, compare_finished
from ..comparison.tables import write_comparison
from ..config import Config
from ..datasets import Dataset, read_dataset
from ..fitting.finished import MODELLING
from ..keeping.provenance import versions
from ..keeping.run_folder import OF_A_SWEEP, UNFINISHED
from ..keeping.runs import FinishedRun, read_run
from ..progress import Steps, duration
from ..run import Run, run_experiment
from ..stopping import asked_to_stop
from ..workplace import DEFAULT_STORE, locked
from .combination_names import value_text
from .combinations import Combination, Plan, check_plan, load_plan, shaping

FORMAT = 1  # of sweep.json
OPTIMISTIC = (
    "Picking the best combination by these test scores gives an optimistic estimate: it is chosen "
    "on the clips that it is judged by. Let the inner search choose (a list under classifier), or "
    "judge the chosen one on data that had no part in the choice."
)


@dataclass
class Sweep:
    """What became of a sweep.

    Attributes
    ----------
    folder : Path
        Holds a folder per combination, the tables and comparison.html.
    finished : dict
        Name of a combination -> its folder.
    repeated : list of str
        Combinations that were run now; the other finished ones had been before.
    failed : dict
        Name of a combination -> why it could not be run.
    skipped : dict
        Name of a combination -> how many clips could not be used.
    notes : list of str
        What weakens the results.
    comparison : Comparison or None
        The finished combinations side by side.
    page : Path or None
    """

    folder: Path
    finished: dict[str, Path] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    comparison: Comparison | None = None
    page: Path | None = None


def sweep(
    source: str | Path | Mapping[str, Any],
    over: Mapping[str, Sequence[Any]] | None = None,
    *,
    settings: Sequence[str] = (),
    store: Store | Path | None = None,
    steps: Steps | None = None,
    cluster: str = "",
) -> Sweep:
    """Run every combination of the values that a config lists, and compare them.

    Parameters
    ----------
    source : path or mapping
        A YAML file with a ``sweep`` section, the name of a shipped config, or a config's values.
    over : mapping, optional
        Lists of values by dotted path, besides those of the section.
    settings : sequence of str
        ``a.b=c`` assignments that hold for every combination.
    store : Store or path, optional
        Where finished clips and folds are kept; ``.cache/store`` unless told. For a path, crops are
        kept as well where the combinations differ in descriptors.
    steps : Steps, optional
        Says what happens.
    cluster : str
        Address of a Dask scheduler.

    Raises
    ------
    InputError
        When a combination is not a good config or could not be run on its data, before any starts;
        one that fails later is reported in ``failed``.

    Examples
    --------
    >>> done = sweep("my.yaml", {"time.frames": [12, 20]})  # doctest: +SKIP
    """
    plan = load_plan(source, over, settings)
    check_plan(plan)
    if (plan.folder / "run.json").exists() or (plan.folder / UNFINISHED).exists():
        raise InputError(
            f"{plan.folder} is the folder of a single run; choose another name (or output) for the "
            "sweep."
        )
    steps = steps or Steps(quiet=True)
    kept = store if isinstance(store, Store) else _store(store, plan)
    with locked(plan.folder / ".lock", plan.folder):
        remove_parts(plan.folder)
        done = _go_through(plan, kept, steps, cluster)
        if done.finished:
            done.comparison = _compare(plan, done)
            done.page = write_comparison(done.comparison, plan.folder)[-1]
    return done


def _store(place: Path | None, plan: Plan) -> Store:
    descriptors = [json.dumps(c.config.descriptor, sort_keys=True) for c in plan.combinations]
    return Store(place or DEFAULT_STORE, crops=len(set(descriptors)) > 1)


def _go_through(plan: Plan, store: Store, steps: Steps, cluster: str) -> Sweep:
    keys = _keys(plan, store, steps)
    ledger = Ledger(plan.folder / OF_A_SWEEP)
    known = [c for c in plan.combinations if ledger.holds(c, keys[c.name])]
    waiting = [c for c in plan.combinations if c not in known]
    if known:
        total = len(plan.combinations)
        steps.say(f"{len(known)} of {total} combinations were finished before")
    done = Sweep(plan.folder, {c.name: c.config.folder() for c in known})
    begun = time.monotonic()
    for number, c in enumerate(waiting):
        steps.say(f"[{number + 1} of {len(waiting)}] {c.name}{_left(begun, number, len(waiting))}")
        try:
            run = run_experiment(
                c.config, store=store, steps=Steps(steps.stream, steps.quiet), cluster=cluster
            )
        except Exception as error:  # one strange combination must not end a night's work
            if asked_to_stop():  # a library made an error of its own of it
                raise
            done.failed[c.name] = _why(error, steps)
            steps.say(f"{c.name} failed: {done.failed[c.name]}")
        else:
            done.finished[c.name] = run.folder
            done.repeated.append(c.name)
            ledger.add(c, keys[c.name], run)
    done.finished = {c.name: done.finished[c.name] for c in plan.combinations
                     if c.name in done.finished}  # fmt: skip
    for name in done.finished:
        entry = ledger.done[name]
        done.skipped |= {name: entry["skipped"]} if entry["skipped"] else {}
        done.notes += [n for n in entry["notes"] if n not in done.notes]
    return done


def _why(error: Exception, steps: Steps) -> str:
    if isinstance(error, ToolkitError):
        return str(error)
    steps.say(traceback.format_exc())
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{what} (a fault of the toolkit or of a library; please report it)."


def _left(begun: float, done: int, total: int) -> str:
    if not done:
        return ""
    return f", about {duration((time.monotonic() - begun) / done * (total - done))} left"


# what is finished -------------------------------------------------------------------------------


class Ledger:
    """Which combinations are finished, and by which config, data and versions; a file of JSON."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: dict[str, dict[str, Any]] = {}
        with suppress(OSError, ValueError, RecursionError, AttributeError, TypeError, LookupError):
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["format"] == FORMAT:  # anything else means that nothing is known
                self.done = {str(k): _entry(v) for k, v in values["done"].items()}

    def holds(self, combination: Combination, key: str) -> bool:
        """Return whether the combination was finished so, and its folder is whole and still its."""
        entry = self.done.get(combination.name, {})
        if entry.get("key") != key:
            return False
        try:
            run = read_run(combination.config.folder())
        except InputError:
            return False
        if entry["made"] != _made(run.folder):  # by a run of another config in the same folder
            return False
        return (run.folder / "report.html").is_file() and (run.folder / "model.sttm").is_file()

    def add(self, combination: Combination, key: str, run: Run) -> None:
        """Write down that a combination is finished."""
        notes = [str(n) for n in run.notes]
        entry = {"key": key, "skipped": len(run.skipped), "notes": notes}
        self.done[combination.name] = {**entry, "made": _made(run.folder)}
        text = json.dumps({"format": FORMAT, "done": self.done}, indent=1)
        with replacing(self.path) as scratch:
            scratch.write_text(text, encoding="utf-8")


def _entry(values: Any) -> dict[str, Any]:
    notes = [str(n) for n in values["notes"]]
    texts = {name: str(values[name]) for name in ("key", "made")}
    return {**texts, "skipped": int(values["skipped"]), "notes": notes}


def _made(folder: Path) -> str:
    """Return what tells a run in a folder from any other that was made there."""
    return key_of({name: content_digest(folder / name) for name in ("run.json", "predictions.csv")})


def _keys(plan: Plan, store: Store, steps: Steps) -> dict[str, str]:
    """Return for every combination the digest of what shapes its results."""
    keys = {}
    contents: dict[str, Any] = {}
    with store.digests() as digests:
        for c in plan.combinations:
            source = c.config.data.model_dump_json()
            if source not in contents:
                contents[source] = _content(_data(c.config, steps), digests)
            parts = {
                "config": shaping(c.config),
                "data": contents[source],
                "recipe": c.config.recipe().measure_part(),
                "model": _model(c.config, digests),
                "modelling": MODELLING,
                "versions": versions(),
            }
            keys[c.name] = key_of(parts)
    return keys


def _model(config: Config, digests: Digests) -> str:
    """Return the digest of the face finder's own file, blank where it has none."""
    path = config.faces.settings().model
    try:
        return digests.of(Path(path)) if path else ""
    except UnreadableClip as error:  # the run will say so
        return str(error)


def _data(config: Config, steps: Steps) -> Dataset:
    with steps.counting("clips") as progress:
        return read_dataset(config.data, worker_count(config.jobs), progress)


def _content(data: Dataset, digests: Digests) -> str:
    """Return the digest of a data set: its tables, and what its files hold."""
    files = []
    for source in data.clips["source"]:
        try:
            files.append(digests.of(data.root / source))
        except UnreadableClip as error:  # it will be skipped; once it can be read, that is news
            files.append(str(error))
    tables = [data.clips.to_csv(index=False), data.labels.to_csv(index=False)]
    return key_of({"tables": tables, "files": files})


# afterwards -------------------------------------------------------------------------------------


def _compare(plan: Plan, done: Sweep) -> Comparison:
    combinations = [c for c in plan.combinations if c.name in done.finished]
    runs: list[FinishedRun] = [read_run(done.finished[c.name]) for c in combinations]
    out = compare_finished(runs, names=[c.name for c in combinations], strict=False)
    out.columns = {
        plan.column(key): [value_text(c.values[key]) for c in combinations] for key in plan.over
    }
    out.title = f"Sweep {plan.title or plan.name}"
    out.warnings.append(OPTIMISTIC)
    failed = [f"{name} failed, and is not among them: {why}" for name, why in done.failed.items()]
    out.notes += failed + done.notes
    return out
