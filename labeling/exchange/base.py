"""What every format promises: a reader and a writer that know clips and a scheme, and no study."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sttm.errors import InputError, unknown_name

if TYPE_CHECKING:
    from ..statement import Statement

LARGEST_FILE = 256 << 20  # bytes
HEAD = 1 << 16  # bytes that are looked at to tell a format
_PORTS = [f"{kind}{n}" for kind in ("COM", "LPT") for n in range(1, 10)]
RESERVED = frozenset(["CON", "PRN", "AUX", "NUL", *_PORTS])  # no file names on Windows


class Said(Protocol):
    """What a writer looks at in an opinion (``labeling.study.Opinion`` has all of it)."""

    @property
    def id(self) -> str: ...
    @property
    def clip(self) -> str: ...
    @property
    def annotator(self) -> str: ...
    @property
    def turn(self) -> int: ...
    @property
    def time(self) -> str: ...
    @property
    def statement(self) -> Statement: ...


@dataclass(frozen=True)
class Import:
    """What a reader found in a file.

    Attributes
    ----------
    rows : list of (clip, annotator, Statement)
        Clips by their names in the study; annotator "" where the file does not say.
    annotator : str
        The name for rows without one, where the file has one for all of them.
    notes : list of str
        Sentences about what was read otherwise than it stands there.
    skipped : list of str
        One sentence per thing that was not read, with the reason.
    turns : list of int
        The turn of each row; empty where all are 0.
    times : list of str
        When each row was said, ISO 8601 or ""; empty where the file does not say.
    """

    rows: list[tuple[str, str, Statement]] = field(default_factory=list)
    annotator: str = ""
    notes: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    times: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Format:
    """One form of file.

    ``read(path, clips, scheme, **options) -> Import`` and
    ``write(path, opinions, clips, scheme, **options) -> list[Path]``; either may be None.
    ``clue`` is a pattern for the beginning of a file that tells this format from others of the
    same suffix; ``folder`` says that it writes one file per clip into a folder.
    """

    name: str
    suffixes: tuple[str, ...]
    title: str
    read: Callable[..., Import] | None = None
    write: Callable[..., list[Path]] | None = None
    clue: str = ""
    folder: bool = False


def later(module: str, function: str) -> Callable[..., Any]:
    """Return a function that imports ``module`` of this package only when it is called."""

    def call(*args: Any, **options: Any) -> Any:
        return getattr(import_module(f".{module}", __package__), function)(*args, **options)

    call.__name__ = call.__qualname__ = function
    call.__dict__["where"] = (module, function)
    return call


def options_of(function: Callable[..., Any]) -> list[str]:
    """Return the names of a reader's or a writer's options.

    >>> options_of(FORMATS["webvtt"].write)
    ['fps', 'turn']
    """
    module, name = getattr(function, "where", ("", ""))
    real = getattr(import_module(f".{module}", __package__), name) if module else function
    parameters = inspect.signature(real).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            "csv",
            (".csv", ".tsv"),
            "our table, one row per interval, nothing lost",
            later("own_csv", "read_own_csv"),
            later("own_csv", "write_own_csv"),
            clue=r"(?i)\A(?=[^\n]*\bclip\b)(?=[^\n]*\blabel\b)(?![^\n]*\bframe\b)",
        ),
        Format(
            "frames",
            (".frames.csv",),
            "one row per frame of every clip",
            later("frame_csv", "read_frame_csv"),
            later("frame_csv", "write_frame_csv"),
            clue=r"(?i)\A[^\n]*\bclip\b[\"']?[;,\t][\"']?frame\b",
        ),
        Format(
            "elan",
            (".eaf",),
            "ELAN 3.0, one file per clip",
            later("elan_reading", "read_elan"),
            later("elan", "write_elan"),
            clue=r"<ANNOTATION_DOCUMENT\b",
            folder=True,
        ),
        Format(
            "webvtt",
            (".vtt",),
            "subtitles, one file per clip",
            None,
            later("webvtt", "write_webvtt"),
            clue=r"\AWEBVTT\b",
            folder=True,
        ),
        Format(
            "boris",
            (".boris",),
            "BORIS project",
            later("boris", "read_boris"),
        ),
        Format(
            "label-studio",
            (".json",),
            "Label Studio, with the configuration of its project beside it",
            later("label_studio", "read_label_studio"),
            later("label_studio_write", "write_label_studio"),
        ),
        Format(
            "via",
            (".csv",),
            "VIA 3 (VGG Image Annotator)",
            later("via", "read_via"),
            clue=r"(?m)^\W*(?:CSV_HEADER = )?metadata_id,file_list,",
        ),
        Format(
            "casme2",
            (".xlsx", ".csv"),
            "coding table in the form of CASME II",
            later("coding_tables", "read_coding_table"),
            later("coding_tables_write", "write_casme2_table"),
            clue=r"(?im)^\W*Subject[\W_]+Filename\W+OnsetFrame\b",
        ),
        Format(
            "samm",
            (".xlsx", ".csv"),
            "coding table in the form of SAMM",
            later("coding_tables", "read_coding_table"),
            later("coding_tables_write", "write_samm_table"),
            clue=r"(?im)^\W*Subject\W+Filename\W+Inducement Code\W",
        ),
        Format(
            "ferplus",
            (".csv",),
            "votes of FERPlus, as ten annotators",
            later("ferplus_votes", "read_ferplus_votes"),
            clue=r"(?i)\A\W*Usage,Image name,neutral\b",
        ),
    )
}


def format_of(path: str | Path, to: str | None = None) -> Format:
    """Return the format that is named, or else the one that a file's content and suffix show.

    Raises
    ------
    InputError
        For an unknown name, or a file that no format or several fit.

    Examples
    --------
    >>> format_of("labels.eaf").name, format_of("labels.txt", "csv").name
    ('elan', 'csv')
    """
    if to is not None:
        if to not in FORMATS:
            raise InputError(unknown_name("format", to, FORMATS))
        return FORMATS[to]
    fits = _by_suffix(Path(path).name.lower())
    head = _head(path)
    shown = [f for f in FORMATS.values() if f.clue and re.search(f.clue, head)]
    found = [f for f in fits if f in shown] or shown or fits
    readers = {getattr(f.read, "where", f.read) for f in found}
    if len(found) > 1 and (not head or len(readers) == 1):
        return found[0]  # a file to be, or forms that one reader tells apart
    if len(found) != 1:
        names = ", ".join(f.name for f in found) or ", ".join(FORMATS)
        raise InputError(f"cannot tell the format of {Path(path).name}; name it: {names}.")
    return found[0]


def _by_suffix(name: str) -> list[Format]:
    """Return the formats with the longest suffix that the name ends with."""
    ends = [(len(s), f) for f in FORMATS.values() for s in f.suffixes if name.endswith(s)]
    longest = max((n for n, _ in ends), default=0)
    return [f for n, f in ends if n == longest]


def _head(path: str | Path) -> str:
    try:
        with Path(path).open("rb") as file:
            return decode(file.read(HEAD), errors="replace")
    except (OSError, ValueError):
        return ""


def decode(raw: bytes, errors: str = "strict") -> str:
    """Return bytes as text: UTF-8 with or without a byte order mark, UTF-16 with one."""
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    return raw.decode("utf-16" if wide else "utf-8-sig", errors)


def read_raw(path: str | Path, most: int = LARGEST_FILE) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    InputError
        When it cannot be read, is no file, is empty, or has more than ``most`` bytes.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"a file is needed; {path} is a folder or a device.")
        if path.stat().st_size > most:
            raise InputError(
                f"{path.name} has more than {most >> 20} MB, too much for a file of labels; "
                "divide it into several."
            )
        raw = path.read_bytes()
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read {path}: {reason}.") from None
    if not raw.strip():
        raise InputError(f"{path.name} is empty; nothing can be read from it.")
    return raw


def read_text(path: str | Path, most: int = LARGEST_FILE) -> str:
    """Return a file's text: UTF-8 with or without a byte order mark, UTF-16 with one.

    Raises
    ------
    InputError
        As ``read_raw`` does, and for other encodings.
    """
    raw = read_raw(path, most)
    try:
        return decode(raw)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{Path(path).name} must be UTF-8 text; byte {error.start} is not. Save it as UTF-8."
        ) from None


def newest(opinions: Sequence[Said]) -> list[Said]:
    """Return the last opinion per clip, annotator and turn, without empty ones, in their order."""
    kept = {(o.clip, o.annotator, o.turn): o for o in opinions}
    chosen = {id(o) for o in kept.values()}
    return [o for o in opinions if id(o) in chosen and not o.statement.empty]


def places(path: str | Path, clips: Sequence[str], suffix: str) -> dict[str, Path]:
    """Return one file per clip: in a folder, or, for a single clip, the file that is named.

    What a file name may not hold becomes ``_``; names that would then be the same get a number.

    Raises
    ------
    InputError
        When one file is named for several clips, or a file lies where the folder should be.

    Examples
    --------
    >>> [p.name for p in places("out", ["a/1", "a:1"], ".vtt").values()]
    ['a_1.vtt', 'a_1-2.vtt']
    """
    path = Path(path)
    if path.suffix.lower() == suffix and not path.is_dir():
        if len(clips) > 1:
            raise InputError(
                f"{suffix} holds one clip per file, and there are {len(clips)}; name a folder "
                f"such as {path.with_suffix('').name}."
            )
        return dict.fromkeys(clips, path)
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file; name a folder for one {suffix} file per clip.")
    out: dict[str, Path] = {}
    taken: set[str] = set()
    for clip in clips:
        stem = re.sub(r"[^\w.+ -]", "_", clip)[:100].strip(" .") or "_"
        stem = f"_{stem}" if stem.split(".")[0].upper() in RESERVED else stem
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        out[clip] = path / f"{name}{suffix}"
    return out
