"""`sttm label` and `sttm verify`: where labels meet data sets, runs and the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from labeling.keys import bindings
from labeling.scheme import READY, Scheme, load_scheme
from labeling.study import SUFFIX, Study, merge_study, open_study
from sttm.atomic import check_place
from sttm.errors import InputError
from sttm.tables import named

from .progress import Steps
from .studies import CONFIGS, data_of


@dataclass
class Done:
    """What a command did: a sentence, what is to be told beside it, and whether all is well."""

    sentence: str
    notes: list[str] = field(default_factory=list)
    wrong: bool = False


def open_labels(
    target: Path | None,
    *,
    annotator: str = "",
    scheme: str | None = None,
    study: Path | None = None,
    root: Path | None = None,
    review: bool = False,
    theme: str = "system",
) -> int:
    """Open the window on what ``target`` names, and return its exit code.

    ``root`` is where a study's clips are on this machine; the study remembers it.

    Raises
    ------
    InputError
        When the window cannot be opened here, or the target is nothing to label.
    """
    run_window = _window()
    if root is not None:
        _move_root(study or target, root)
    if target is not None and target.suffix.lower() in CONFIGS:
        data = data_of(target)
        return run_window(
            None,
            annotator=annotator,
            scheme=scheme,
            study=study or target.with_suffix(SUFFIX),
            review=review,
            theme=theme,
            clips=data.clips,
            root=data.root,
            about=data.about,
        )
    return run_window(
        target, annotator=annotator, scheme=scheme, study=study, review=review, theme=theme
    )


def _move_root(study: Path | None, root: Path) -> None:
    """Note in a study where its clips are now."""
    if study is None or not study.is_file() or study.suffix != SUFFIX:
        raise InputError("--root is for a study that is there; name its file.")
    if not root.is_dir():
        raise InputError(f"--root must be a folder; {root} is none.")
    open_study(study, root=root).close()


def _window() -> Callable[..., int]:
    """Return what opens the window; PySide6 and what it needs of the system are loaded now."""
    try:
        from labeling.gui.app import run_window
    except ImportError as error:
        raise InputError(
            f"the window needs PySide6, which cannot be loaded: {error}; `make setup` installs it, "
            "and docs/howto/label.md names the libraries that a bare Debian lacks."
        ) from None
    return run_window


def scheme_text(source: str | None) -> str:
    """Return the list of ready schemes, or the text of one.

    Raises
    ------
    InputError
        When there is no such scheme.
    """
    if source is None:
        return "".join(f"{name:<12} {title}\n" for name, title in READY.items())
    return _scheme_of(source).to_yaml()


def _scheme_of(source: str) -> Scheme:
    if source.endswith(SUFFIX):
        with open_study(source, read_only=True) as study:
            return study.scheme
    return load_scheme(source)


def take_scheme(source: str, into: Path) -> str:
    """Give a study another scheme, and return a sentence about it.

    Raises
    ------
    InputError
        When labels that are in use would go.
    """
    rules = _scheme_of(source)
    bindings(rules)  # refuses keys that clash
    with open_study(into) as study:
        study.set_scheme(rules)
    return f"{into.name} now has the scheme '{rules.name}' with {len(rules.labels)} labels"


def status_lines(study: Study) -> list[str]:
    """Return what `sttm label status` prints."""
    clips, latest = study.clips(), study.latest()
    standing = study.standing()
    lines = [f"{len(clips)} clips, scheme '{study.scheme.name}'"]
    for person in study.annotators():
        mine = [o for o in latest if o.annotator == person and o.turn == 0]
        labels = pd.Series([label for o in mine for label in o.statement.labels], dtype=object)
        counts = ", ".join(f"{k} {v}" for k, v in labels.value_counts().items())
        labelled = sum(bool(o.statement.labels) for o in mine)
        lines.append(f"{person:<16} {labelled} of {len(clips)} clips  {counts}".rstrip())
    said = {o.clip for o in latest if o.statement.labels}
    sent = sum(d.verdict == "sent back" for d in standing.values())
    lines.append(f"without a label: {len(clips) - len(said)}")
    lines.append(f"decided: {len(standing) - sent}, sent back: {sent}")
    return lines


def format_options(words: Sequence[str]) -> dict[str, Any]:
    """Return the options of a format from words such as ``fps=25``.

    Raises
    ------
    InputError
        When a word is not of that form.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (equals and name.isidentifier() and value):
            raise InputError(f"--option is NAME=VALUE such as fps=25, not {word!r}.")
        try:
            number = float(value)
        except ValueError:
            found[name] = value
        else:
            found[name] = int(number) if number.is_integer() else number
    return found


def import_files(
    study: Study,
    files: Sequence[Path],
    annotator: str = "",
    kind: str | None = None,
    options: Sequence[str] = (),
) -> Done:
    """Import files one after the other; one that cannot be read does not stop the others."""
    from labeling.exchange import import_opinions

    added, known, done, more = 0, 0, Done(""), format_options(options)
    for path in files:
        try:
            found = import_opinions(study, path, annotator=annotator, to=kind, **more)
        except InputError as error:
            told = str(error)
            done.notes.append(told if path.name in told else f"{path.name}: {told}")
            done.wrong = True
            continue
        added, known = added + len(found.opinions), known + found.known
        done.notes += [f"{path.name}: {line}" for line in [*found.notes, *found.skipped]]
        done.wrong |= bool(found.skipped)
    done.sentence = f"{added} opinions imported, {known} were there already"
    return done


def write_consensus(study: Study, out: Path, method: str) -> str:
    """Write the consensus table of a study, and return a sentence about it.

    Raises
    ------
    InputError
        For an unknown method, or a file that cannot be written.
    """
    from labeling.consensus import consensus_of
    from sttm.atomic import replacing

    if out.suffix.lower() != ".csv":
        raise InputError(f"--out must end in .csv, not {out.name!r}.")
    table = consensus_of(study, method)
    with replacing(out) as scratch:
        table.to_csv(scratch, index=False)
    counts = table["status"].value_counts()
    said = ", ".join(f"{count} {status}" for status, count in counts.items())
    left = len(study.clips()) - len(table)
    return f"{len(table)} clips ({said or 'none'}), {left} without a label; {method}"


def merge_files(study: Study, others: Sequence[Path]) -> Done:
    """Merge copies one after the other; one that cannot be read does not stop the others."""
    done, added, known, clips = Done(""), 0, 0, 0
    for path in others:
        try:
            merged = merge_study(study, path)
        except InputError as error:
            done.notes.append(str(error))
            done.wrong = True
            continue
        added, known, clips = added + merged.added, known + merged.known, clips + merged.clips
        done.notes += [f"{path.name}: {conflict}" for conflict in merged.conflicts]
    done.sentence = f"{added} opinions and {clips} clips added, {known} opinions were there already"
    return done


def note_suspects(study: Study, run: Path) -> str:
    """Note the clips that a run's predictions doubt, and return a sentence about them.

    Raises
    ------
    InputError
        When the predictions cannot be read, or name no clip of the study.
    """
    from labeling.predicted import read_predictions
    from labeling.suspects import suspects_in

    predictions = read_predictions(run)
    if not set(predictions["clip"]) & set(study.clips()["clip"]):
        raise InputError(
            f"{run} and {study.path.name} have no clip in common; the predictions must be of the "
            "study's clips."
        )
    found = suspects_in(predictions)
    found = found[found["issue"]]
    count = study.set_suspects(found, run.name)
    first = named(study.suspects()["clip"])
    return f"{count} suspects" + (
        f", first {first}; `sttm label {study.path} --review`" * bool(count)
    )


@dataclass
class Verified:
    """What a verification found, as the command line tells it."""

    lines: list[str]
    report: Path
    worst: str

    def at_least(self, level: str) -> bool:
        """Return whether something at or above a level was found."""
        order = ("note", "warning", "error")
        if level not in order or self.worst not in order:
            return False
        return order.index(self.worst) >= order.index(level)


def verify_to(
    path: Path,
    out: Path | None = None,
    *,
    root: Path | None = None,
    slow: bool = False,
    predictions: Path | None = None,
    folds: int = 5,
    replicates: int = 1000,
    seed: int = 0,
    jobs: int = -1,
    quiet: bool = False,
) -> Verified:
    """Verify a study and write the report.

    Raises
    ------
    InputError
        When the study or the predictions cannot be read, or the report cannot be written.
    """
    from labeling.predicted import read_predictions
    from labeling.verification import (
        terminal_lines,
        verify_study,
        worst_level,
        write_verification,
    )

    read = read_predictions(predictions) if predictions is not None else None
    report = out or path.with_name(f"{path.stem}-verification.html")
    check_place(report)
    steps = Steps(quiet=quiet)
    opened = open_study(path, read_only=True, root=root)
    with opened as study, steps.counting("clips") as progress:
        found = verify_study(
            study,
            slow=slow,
            folds=folds,
            predictions=read,
            seed=seed,
            replicates=replicates,
            jobs=jobs,
            progress=lambda done, total: progress("", done, total),
        )
    report = write_verification(found, report)
    return Verified(terminal_lines(found), report, worst_level(found))
