"""Between a file and a study: imports become opinions of a named annotator, nothing is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sttm.errors import InputError, unknown_name
from sttm.tables import named

from ..scheme import check_label_name
from ..statement import Statement
from ..study.saying import Said
from .base import FORMATS, Format, Import, format_of, options_of
from .cells import write_cells
from .matching import ClipNames

if TYPE_CHECKING:
    from ..study import Opinion, Study


@dataclass(frozen=True)
class Imported:
    """What became of a file.

    Attributes
    ----------
    opinions : list of Opinion
        What was added.
    known : int
        How many statements the study had already.
    skipped : list of str
        One sentence per thing that was not taken over, with the reason.
    notes : list of str
        Sentences about what was read otherwise than it stands there.
    """

    opinions: list[Opinion] = field(default_factory=list)
    known: int = 0
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_opinions(
    study: Study, path: str | Path, *, annotator: str = "", to: str | None = None, **options: Any
) -> Imported:
    """Add what a file says as opinions (action ``import``); all of it or, on an error, nothing.

    A statement is not added again when it is the annotator's newest, or came by an import before.

    Parameters
    ----------
    study : Study
    path : path
        A file, or with ``to`` a folder of files of that format.
    annotator : str
        Whose opinions they are, where the file names nobody or a single person by another name.
    to : str, optional
        Name of the format (``FORMATS``), where suffix and content do not show it.
    **options
        Of the reader, such as ``fps``, ``tier``, ``labels``.

    Returns
    -------
    Imported

    Raises
    ------
    InputError
        When the file cannot be read, its format cannot be told or only be written, an option is
        unknown, or nobody knows whose opinions they are.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from labeling.study import create_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = create_study(Path(folder, "a.sttm-study"), "smic")
    ...     _ = study.add_clips(pd.DataFrame({"clip": ["a"], "source": ["a.mp4"]}))
    ...     file = Path(folder, "labels.csv")
    ...     _ = file.write_text("clip,label\\na,positive\\n")
    ...     found = import_opinions(study, file, annotator="Ann")
    ...     study.close()
    >>> [opinion.statement.labels for opinion in found.opinions]
    [('positive',)]
    """
    found = _read(study, Path(path), to, options)
    rows = _named(found, annotator, Path(path).name)
    usable, refused = _usable(study, rows)
    fresh, known = _fresh(study, usable)
    said = study.say_many(fresh, labels=_new_labels(study, fresh))
    notes = list(found.notes)
    if not found.rows and not found.skipped:
        notes.append(f"{Path(path).name} says nothing of these clips.")
    return Imported(said, known, [*found.skipped, *refused], notes)


def export_opinions(
    study: Study,
    path: str | Path,
    *,
    to: str | None = None,
    annotator: str = "",
    consensus: str = "",
    history: bool = False,
    **options: Any,
) -> list[Path]:
    """Write opinions to a file, or to a folder where a format has one file per clip.

    Parameters
    ----------
    study : Study
    path : path
        Replaced where it is there.
    to : str, optional
        Name of the format (``FORMATS``), where the suffix does not show it.
    annotator : str
        Only this one's opinions; everybody's unless told.
    consensus : str
        Name of a method (``labeling.consensus.CONSENSUS``): writes the consensus table as CSV
        instead.
    history : bool
        All that was ever said instead of what holds; for our CSV.
    **options
        Of the writer, such as ``fps``.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    InputError
        When the annotator, the format or an option is unknown, the format can only be read, or
        the place cannot be written to.
    """
    path = Path(path)
    _spare(study, path)
    if annotator and annotator not in study.annotators():
        raise InputError(unknown_name("annotator", annotator, study.annotators()))
    if consensus:
        return _write_consensus(study, path, consensus, annotator, to, options)
    form = format_of(path, to)
    write = _able(form, form.write, "written", [f.name for f in FORMATS.values() if f.write])
    if "root" in options_of(write):
        options.setdefault("root", study.root)
    _check_options(form, write, options)
    if history and form.name != "csv":
        raise InputError(f"only csv holds the history; {form.name} holds what was said last.")
    opinions = study.history(annotator=annotator or None) if history else None
    if opinions is None:
        opinions = study.latest(annotator=annotator or None)
    return list(write(path, opinions, study.clips(), study.scheme, **options))


# in ---------------------------------------------------------------------------------------------


def _read(study: Study, path: Path, to: str | None, options: dict[str, Any]) -> Import:
    if not path.is_dir():
        return _read_file(study, path, to, options)
    if to is None:
        raise InputError(f"{path} is a folder; name the format of the files in it.")
    suffixes = format_of(path, to).suffixes
    files = sorted(p for p in path.iterdir() if p.name.lower().endswith(suffixes))
    if not files:
        raise InputError(f"{path} holds no file that ends in {' or '.join(suffixes)}.")
    whole = Import()
    for file in files:
        try:
            one = _read_file(study, file, to, options)
        except InputError as error:
            whole.skipped.append(str(error))
            continue
        turns, times = one.turns or [0] * len(one.rows), one.times or [""] * len(one.rows)
        whole.rows.extend((c, a or one.annotator, s) for c, a, s in one.rows)
        whole.turns.extend(turns)
        whole.times.extend(times)
        whole.notes.extend(f"{file.name}: {note}" for note in one.notes)
        whole.skipped.extend(f"{file.name}: {reason}" for reason in one.skipped)
    return whole


def _read_file(study: Study, path: Path, to: str | None, options: dict[str, Any]) -> Import:
    if not path.exists():
        raise InputError(f"there is no file {path}.")
    form = format_of(path, to)
    read = _able(form, form.read, "read", [f.name for f in FORMATS.values() if f.read])
    if "root" in options_of(read):
        options = {"root": study.root, **options}
    _check_options(form, read, options)
    found = read(path, study.clips(), study.scheme, **options)
    assert isinstance(found, Import)
    return found


def _able(
    form: Format, function: Callable[..., Any] | None, done: str, names: list[str]
) -> Callable[..., Any]:
    if function is None:
        raise InputError(f"{form.name} cannot be {done}; these can: {', '.join(names)}.")
    return function


def _check_options(form: Format, function: Callable[..., Any], options: Iterable[str]) -> None:
    known = options_of(function)
    for option in options:
        if option not in known:
            raise InputError(unknown_name(f"option of {form.name}", option, known))


def _named(found: Import, annotator: str, name: str) -> list[Said]:
    """Return the rows with a turn, and an annotator in each."""
    people = sorted({a or found.annotator for _, a, _ in found.rows} - {""})
    if annotator and len(people) > 1:
        raise InputError(
            f"{name} holds opinions of {named(people)}; leave the annotator's name away."
        )
    turns = found.turns or [0] * len(found.rows)
    times = found.times or [""] * len(found.rows)
    rows = [
        Said(clip, _who(annotator or own or found.annotator, name), said, turn, "import", "", time)
        for (clip, own, said), turn, time in zip(found.rows, turns, times, strict=True)
    ]
    return [row if row.time else replace(row, time=None) for row in rows]


def _who(annotator: str, name: str) -> str:
    if not annotator.strip():
        raise InputError(f"{name} does not say whose opinions these are; give the annotator.")
    return check_label_name(annotator)


def _usable(study: Study, rows: list[Said]) -> tuple[list[Said], list[str]]:
    """Return the rows that the study can hold, and why not the others."""
    facts, scheme = ClipNames(study.clips()).facts, study.scheme
    for label in _new_labels(study, rows):
        scheme = scheme.with_label(label)
    usable, refused = [], []
    for row in rows:
        if row.clip not in facts:
            refused.append(f"the study has no clip {row.clip!r}.")
            continue
        try:
            row.statement.check(scheme, facts[row.clip].first, facts[row.clip].last)
            usable.append(row)
        except InputError as error:
            refused.append(f"clip {row.clip!r}, {row.annotator}: {error}")
    return usable, refused


def _new_labels(study: Study, rows: list[Said]) -> list[str]:
    if not study.scheme.free:
        return []
    labels = dict.fromkeys(i.label for row in rows for i in row.statement.intervals)
    return [label for label in labels if label not in study.scheme.label_names]


def _fresh(study: Study, rows: list[Said]) -> tuple[list[Said], int]:
    """Return the rows that are news, and how many are not.

    What was imported before counts in its order, so that a history that comes back to an earlier
    statement is taken over in full the first time, and not at all the second.
    """
    imported: dict[tuple[str, str, int], list[Statement]] = {}
    for opinion in study.history():
        if opinion.action == "import":
            key = (opinion.clip, opinion.annotator, opinion.turn)
            imported.setdefault(key, []).append(opinion.statement)
    newest = {(o.clip, o.annotator, o.turn): o.statement for o in study.latest()}
    fresh, known = [], 0
    for row in rows:
        key, statement = (row.clip, row.annotator, row.turn), row.statement
        before = imported.get(key, [])
        if statement in before:
            del before[: before.index(statement) + 1]
            known += 1
        elif newest.get(key) == statement:
            known += 1
        else:
            newest[key] = statement
            fresh.append(row)
    return fresh, known


# out --------------------------------------------------------------------------------------------


def _spare(study: Study, path: Path) -> None:
    """Refuse to write over the study itself."""
    own = study.path.resolve()
    beside = {own, *(own.with_name(own.name + end) for end in ("-wal", "-shm", "-journal"))}
    if path.resolve() in beside:
        raise InputError(f"{path.name} is the study itself; name another file.")


def _write_consensus(
    study: Study,
    path: Path,
    method: str,
    annotator: str,
    to: str | None,
    options: dict[str, Any],
) -> list[Path]:
    from ..consensus import CONSENSUS, consensus_of

    if method not in CONSENSUS:
        raise InputError(unknown_name("consensus", method, CONSENSUS))
    if annotator:
        raise InputError("a consensus is of all annotators; leave the annotator's name away.")
    if to not in (None, "csv") or path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise InputError(f"a consensus is written as CSV; {path.name} is to be something else.")
    table = consensus_of(study, method, **options)
    records = table.to_dict("records")
    rows = ({str(k): _plain(v) for k, v in row.items()} for row in records)
    write_cells(path, [str(c) for c in table.columns], rows, guard=False)
    return [path]


def _plain(value: Any) -> object:
    """Return a cell as Python has it; None where it is missing."""
    if value is None or value != value or repr(value) == "<NA>":
        return None
    return value.item() if hasattr(value, "item") else value
