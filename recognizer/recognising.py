"""Many sources through one model: answers, a table that grows, and annotated copies.

A source that cannot be used is named with its reason, and the others go on.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sttm.errors import InputError, ToolkitError
from sttm.parallel import WorkerDied, as_finished, worker_count

from .analysis import Analysis, Shot
from .annotate import Mark, annotate, marks_of, place_of
from .bundle import Bundle, load_bundle
from .engine import Engine, Window
from .inputs import Source, find_inputs, open_feed
from .settings import Settings, is_still, trained_length, wants_stills
from .tables import Pooled, Row, answer_columns, rows_of
from .whole import whole_clip
from .writing import AnswerFile, alone, check_suffix

Progress = Callable[[str, int, int], None]
Took = Callable[[Sequence[Row]], None]


@dataclass
class Recognised:
    """What became of all sources.

    Attributes
    ----------
    sources : int
        Those that were looked at, now or by an earlier call that was stopped.
    known : int
        Those of the earlier call.
    rows : int
        Rows that were written now.
    skipped : list of (str, str)
        Sources without an answer, with the reason.
    strays : list of (str, str)
        What lay beside them and is no picture, with the reason.
    notes : list of str
    files : list of Path
        Table, table of clips, sidecar.
    """

    sources: int = 0
    known: int = 0
    rows: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    strays: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)


@dataclass
class Answered:
    """What became of one source: its pooled rows, how many answers it has, and what was odd."""

    clips: list[dict[str, object]]
    rows: int
    reason: str = ""
    note: str = ""


def recognise(
    paths: Sequence[str | Path],
    model: Path,
    settings: Settings,
    table: Path,
    annotated: Path | None = None,
    *,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Recognised:
    """Apply a model to many sources and write the answers as they come.

    Parameters
    ----------
    paths : sequence of path
        Videos, images, folders of them.
    model : Path
        The bundle.
    settings : Settings
    table : Path
        The table of answers, .csv or .parquet; see ``tables`` and ``writing``.
    annotated : Path, optional
        Folder for copies with the answers drawn on them.
    jobs : int
        Processes, each with a source of its own; threads, where there is one source. -1 is one per
        core.
    progress : callable, optional
        ``(source, done, total)`` after each source.

    Raises
    ------
    InputError
        For a bundle or a file that cannot be used, where there is nothing to recognise, and for
        copies that would lie beside their sources.
    """
    check_suffix(table)
    cores = worker_count(jobs)
    bundle = load_bundle(model)
    inputs = find_inputs(paths, wants_stills(bundle, settings))
    sources = inputs.sources
    if annotated is not None:
        for source in sources:
            place_of(source, annotated)
    made = {
        "model": _digest(model),
        "settings": asdict(settings),
        "annotated": str(annotated or ""),
    }
    out = Recognised(len(sources), skipped=inputs.failed, strays=inputs.strays)
    out.notes = notes_on(bundle, settings)
    with alone(table):
        file = AnswerFile(table, answer_columns(bundle.classes), made, sources)
        complete = False
        try:
            waiting = [s for s in sources if s.name not in file.finished]
            out.known = len(sources) - len(waiting)
            for source, done in _each(waiting, model, bundle, settings, annotated, cores, file):
                out.rows += done.rows
                file.finish(source, done.clips)
                _tell(out, source, done)
                if progress is not None:
                    progress(source.name, len(file.finished), len(sources))
            complete = True
        finally:
            out.files = file.close(complete, bundle.classes)
    return out


def _each(
    sources: Sequence[Source],
    model: Path,
    bundle: Bundle,
    settings: Settings,
    annotated: Path | None,
    cores: int,
    file: AnswerFile,
) -> Iterator[tuple[Source, Answered]]:
    """Yield what became of each source; its rows are in the file by then."""
    workers = min(cores, len(sources))
    if workers <= 1:
        for source in sources:
            yield source, one_source(source, bundle, settings, annotated, file.add, cores)
        return
    work = [(source,) for source in sources]
    shared = (model, settings, annotated)
    for number, result in as_finished(_in_worker, work, workers, shared=shared):
        if isinstance(result, WorkerDied):
            reason = "it ended the process that looked at it (a crash in the decoder, or no memory)"
            rows: list[Row] = []
            done = Answered(
                Pooled(bundle.classes, reason=reason).rows(sources[number].name), 0, reason
            )
        else:
            rows, done = result
        file.add(rows)
        yield sources[number], done


_loaded: dict[tuple[Path, int], Bundle] = {}  # of a worker process


def _in_worker(
    model: Path, settings: Settings, annotated: Path | None, source: Source
) -> tuple[list[Row], Answered]:
    key = (model, model.stat().st_mtime_ns)
    if key not in _loaded:
        _loaded[key] = load_bundle(model)
    rows: list[Row] = []
    return rows, one_source(source, _loaded[key], settings, annotated, rows.extend)


def one_source(
    source: Source,
    bundle: Bundle,
    settings: Settings,
    annotated: Path | None,
    take: Took,
    threads: int = 1,
) -> Answered:
    """Recognise one source, giving rows to ``take`` as they come; never raises for its faults."""
    pooled = Pooled(bundle.classes)
    marks: dict[int, list[Mark]] = {}
    rows, note, reason = 0, "", ""
    try:
        passing = Passing(source, bundle, settings, threads)
        for found in passing:
            new = rows_of(source.name, found, passing.timed)
            take(new)
            rows += len(new)
            pooled.add(found)
            if annotated is not None:
                marks.update(marks_of(found))
        note = passing.note
        if annotated is not None and pooled.frames:
            annotate(source, marks, bundle.classes, annotated, trained_on(bundle))
    except ToolkitError as error:
        reason = str(error)
    except Exception as error:  # one strange file must not end a night's work
        what = " ".join(f"{type(error).__name__}: {error}".split())
        reason = f"{source.path} could not be recognised ({what})."
    if not rows:
        reason = reason or pooled.reason or "it has no frame"
        pooled.reason = reason
    return Answered(pooled.rows(source.name), rows, reason, note)


class Passing:
    """The answers of one source from beginning to end, in order.

    Parameters
    ----------
    source : Source
    bundle : Bundle
    settings : Settings
    threads : int
        Windows that are looked at at once; the answers do not depend on it.

    Attributes
    ----------
    timed : bool
        Whether the source says its rate; known once the first answer came.
    note : str
        What was odd, known at the end.
    """

    def __init__(
        self, source: Source, bundle: Bundle, settings: Settings, threads: int = 1
    ) -> None:
        self.source = source
        self.bundle = bundle
        self.settings = settings
        self.threads = threads
        self.timed = False
        self.note = ""

    def __iter__(self) -> Iterator[Analysis]:
        feed = open_feed(self.source)
        self.timed = feed.fps is not None
        if self.settings.whole:
            yield whole_clip(self.source.path, self.bundle, self.settings)
            return
        engine = Engine(self.bundle, self.settings, feed.fps)
        if self.threads > 1:
            yield from _several(engine, feed.shots, self.threads)
        else:
            yield from map(engine.settle, map(engine.look, _windows(engine, feed.shots)))
        lost = feed.lost()
        if lost:
            self.note = f"{lost} announced frames could not be decoded; those before were used"


def _windows(engine: Engine, shots: Iterator[Shot]) -> Iterator[Window]:
    """Yield the windows of a source, the last, shorter step included."""
    for shot in shots:
        engine.push(shot)
        if engine.due and (window := engine.window()) is not None:
            yield window
    if (window := engine.window()) is not None:
        yield window


def _several(engine: Engine, shots: Iterator[Shot], threads: int) -> Iterator[Analysis]:
    """Yield the answers in order; at most ``threads`` windows are under way beside the next."""
    waiting: deque[Future[Window]] = deque()
    with ThreadPoolExecutor(threads, "looking at windows") as pool:
        for window in _windows(engine, shots):
            waiting.append(pool.submit(engine.look, window))
            if len(waiting) > threads:
                yield engine.settle(waiting.popleft().result())
        while waiting:
            yield engine.settle(waiting.popleft().result())


def _tell(out: Recognised, source: Source, done: Answered) -> None:
    if done.reason:
        out.skipped.append((source.name, done.reason))
    if done.note:
        out.notes.append(f"{source.name}: {done.note}")


def trained_on(bundle: Bundle) -> str:
    """Return in a few words what a model was trained on; drawn data are called so."""
    data = bundle.provenance.get("data")
    facts: dict[str, Any] = data if isinstance(data, dict) else {}
    if facts.get("synthetic"):
        return "trained on drawn (synthetic) faces"
    kind = facts.get("kind") or bundle.provenance.get("name")
    return f"trained on {kind}" if kind else "training data unknown"


def notes_on(bundle: Bundle, settings: Settings) -> list[str]:
    """Return what one should know before one believes the answers."""
    notes = []
    if "synthetic" in trained_on(bundle):
        notes.append("the model was trained on drawn (synthetic) faces; its answers show the way.")
    if bundle.faces.finder == "whole" and not settings.finder:
        notes.append(
            "the model was trained on pictures cropped before; here faces are found by Viola-Jones "
            "(--finder whole takes pictures as they are)."
        )
    frames, _ = trained_length(bundle)
    if settings.window is None and frames is None and not is_still(bundle.recipe.descriptor):
        notes.append(
            "the model does not say how long its clips were; windows of 1 s are looked at."
        )
    return notes


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, partial(hashlib.blake2b, digest_size=20)).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read the bundle {path}: {error.strerror or error}.") from error
