"""Geometry: named measures of 68 landmarks, and how they change over the clip.

The local, geometric features of a face: distances, angles, areas and ratios, after what people
have measured since Kobayashi and Hara. Tian, Kanade, Cohn, Recognizing action units for facial
expression analysis, TPAMI 23(2), 2001, DOI 10.1109/34.908962, track such measures from the neutral
first frame.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..landmarks import landmarks_class
from ..landmarks.base import Landmarks
from ..landmarks.measures import Measure, measures_of, needed_points, take_measures
from ..landmarks.scheme import PARTS, POINTS
from .base import Descriptor, Place
from .still import moment

FEW = 0.25  # share of a clip's frames in which a point may be missing; they are filled in
KINDS = ("", ", change since the first frame", ", range over the clip")


class Geometry(Descriptor):
    """Distances, angles, areas and ratios of landmarks, over the distance of the eyes.

    Parameters
    ----------
    landmarks : {"cascades", "regressor", "mediapipe", "given"}
        What finds the points: classical search without a model; a trained regressor named by
        ``model``; MediaPipe (an extra); or the points that come with the clips.
    model : str
        The file of "regressor" (from ``sttm landmarks train``), or of a "mediapipe" that carries
        no model of its own; empty for the others.
    groups : list of {"mouth", "eyes", "brows", "nose", "jaw"}
        What is measured. The usual crop ends above the chin: with "jaw", lower faces.eye_distance
        to 0.38.
    frame : {"last", "middle", "first"} or float
        Which frame the values are of: the last is the apex of a sequence from neutral to peak. A
        number is a fraction of the clip, 0 to 1; the nearest frame is taken.
    change : bool
        Also each measure's change since the first frame, and its range over the clip.

    Notes
    -----
    A point that is missing in up to a quarter of the frames is filled in from its neighbours in
    time; a clip that lacks more is refused, and named among the skipped ones.

    Examples
    --------
    >>> Geometry(change=False, groups=["mouth"]).get_feature_names_out()[:2].tolist()
    ['mouth.width.b00', 'mouth.height.b00']
    """

    lesson = ""

    def __init__(
        self,
        *,
        landmarks: str = "cascades",
        model: str = "",
        groups: Sequence[str] = ("mouth", "eyes", "brows", "nose"),
        frame: str | float = "last",
        change: bool = True,
    ) -> None:
        self.landmarks = landmarks
        self.model = model
        self.groups = groups
        self.frame = frame
        self.change = change

    # measuring ----------------------------------------------------------------------------------

    @property
    def needs_points(self) -> bool:
        """Whether a clip must come with landmarks of its own."""
        self._check()
        return self.landmarks == "given"

    def measuring(self) -> dict[str, Any]:
        """Return the options that shape the measures; the model's content in place of its path.

        Raises
        ------
        InputError
            When the model cannot be read.
        """
        params = super().measuring()
        params["groups"] = sorted({measure.group for measure in self._measures()})
        params["model"] = self._finder().identity
        return params

    def points(self, volume: np.ndarray) -> np.ndarray:
        """Return the landmarks of every frame in crop pixels, (t, 68, 2).

        NaN is what cannot be told, and all of it where landmarks come with the clips.
        """
        from ..landmarks.base import find_all

        self._check()
        if self.landmarks == "given":
            return np.full((len(volume), POINTS, 2), np.nan)
        return find_all(self._finder().backend, volume)

    def measure_volume(self, volume: np.ndarray) -> np.ndarray:
        """Return the measures of a volume, its landmarks found first."""
        if self.needs_points:
            raise InputError(
                "geometry with landmarks 'given' needs the clip's own points: a column 'landmarks' "
                "in the clips table, or measure(clip, points). Or choose another back end."
            )
        return self.measure_points(volume, self.points(volume))

    def measure_points(self, volume: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return the measures of a volume whose landmarks (t, 68, 2) are known."""
        at = int(np.floor(moment(self.frame) * (len(volume) - 1) + 0.5))
        measures = self._measures()
        values = take_measures(self._filled(points, measures), measures)  # (t, measures)
        rows = [values[at]]
        if self.change:
            rows += [values[at] - values[0], values.max(axis=0) - values.min(axis=0)]
        return np.stack(rows, axis=1).ravel()

    def _filled(self, points: np.ndarray, measures: Sequence[Measure]) -> np.ndarray:
        """Return points without gaps: what is missing in a few frames comes from those beside."""
        needed = needed_points(measures)
        told = np.isfinite(points).all(axis=2)[:, needed]  # (t, points)
        missing = (~told).mean(axis=0)
        if missing.max() > FEW:
            raise InputError(self._lacking(np.asarray(needed)[missing > FEW], told, missing))
        out, times = points.copy(), np.arange(len(points))
        for column, number in enumerate(needed):
            known = told[:, column]
            if not known.all():
                for axis in (0, 1):
                    values = points[known, number, axis]
                    out[:, number, axis] = np.interp(times, times[known], values)
        return out

    def _lacking(self, numbers: np.ndarray, told: np.ndarray, missing: np.ndarray) -> str:
        parts = [name for name, own in PARTS.items() if set(own) & set(numbers.tolist())]
        frames = round(float(missing.max()) * len(told))
        return (
            f"landmarks {self.landmarks!r} could not tell the {', '.join(parts)} in {frames} of "
            f"{len(told)} frames, and a quarter at most may lack; take another back end, or leave "
            "groups out."
        )

    # the columns --------------------------------------------------------------------------------

    def encode(self, measures: np.ndarray) -> np.ndarray:
        """Return the measures themselves, (n, d)."""
        measures = np.asarray(measures, dtype=np.float32)
        columns = len(self._measures()) * self._kinds()
        if measures.ndim != 2 or measures.shape[1] != columns:
            raise InputError(
                f"measures of this geometry have {columns} columns; these have shape "
                f"{measures.shape}."
            )
        return measures

    def places(self) -> list[Place]:
        """Return one place per column: the whole crop, at the moment or over the time it is of."""
        at = moment(self.frame)
        times = ((at, at), (0.0, at), (0.0, 1.0))
        whole = (0.0, 1.0)
        return [
            Place(
                f"{m.name}.b{kind:02d}",
                m.name,
                kind,
                times[kind],
                whole,
                whole,
                f"{m.what}, {m.unit}{KINDS[kind]}",
            )
            for m in self._measures()
            for kind in range(self._kinds())
        ]

    def _kinds(self) -> int:
        return len(KINDS) if self.change else 1

    def _measures(self) -> list[Measure]:
        return measures_of(self.groups)

    # the model ----------------------------------------------------------------------------------

    def fit_measures(self, measures: np.ndarray, labels: np.ndarray | None = None) -> None:
        """Take the model in, so that a bundle needs no second file; nothing is learned."""
        self._check()
        self.model_head_, self.model_arrays_ = self._finder().kept()

    @property
    def learns(self) -> bool:
        """Whether training clips make a difference: they do not."""
        return False

    def _check(self) -> None:
        landmarks_class(self.landmarks)
        if not isinstance(self.model, str):
            raise InputError(f"model must be the path of a file as text, not {self.model!r}.")
        if self.landmarks == "regressor" and not self.model:
            raise InputError(
                "landmarks 'regressor' need a trained model; name its file as 'model' "
                "(`sttm landmarks train` makes one)."
            )
        if self.model and self.landmarks not in ("regressor", "mediapipe"):
            raise InputError(f"landmarks {self.landmarks!r} use no model; leave 'model' out.")

    def backend(self) -> Landmarks:
        """Return what finds the points, ready to ``find``.

        Raises
        ------
        InputError
            When the model cannot be read, or a package is missing.
        """
        return self._finder().backend

    def check_model(self) -> None:
        """Refuse a model that is missing, or was damaged in a bundle.

        Raises
        ------
        InputError
        """
        if self.landmarks == "regressor":  # that MediaPipe is missing is said when it is used
            self._finder()

    def _finder(self) -> Finder:
        """Return what finds the points: from what a fit took in, else from the file."""
        self._check()
        known = self.__dict__.get("_found_by")
        stamp = _stamp(self)
        if known is None or known[0] != stamp:
            known = (stamp, _make_finder(self))
            self.__dict__["_found_by"] = known
        return known[1]

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_found_by", None)  # made again where it is needed
        return state


class Finder:
    """A back end that is ready, what its measures are known by, and its model as plain values."""

    def __init__(
        self, identity: str, backend: Landmarks, head: str, arrays: dict[str, Any]
    ) -> None:
        self.identity = identity
        self.backend = backend
        self._kept = head, arrays

    def kept(self) -> tuple[str, dict[str, np.ndarray]]:
        """Return the model as a JSON text and arrays, from which it can be made again."""
        return self._kept


def _stamp(geometry: Geometry) -> tuple[Any, ...]:
    """Return what changes when another back end must be made."""
    if hasattr(geometry, "model_arrays_"):
        return geometry.landmarks, id(geometry.model_arrays_)
    try:
        stat = Path(geometry.model).stat() if geometry.model else None
    except OSError:
        stat = None
    file = () if stat is None else (stat.st_mtime_ns, stat.st_size, stat.st_ino)
    return (geometry.landmarks, geometry.model, *file)


def _make_finder(geometry: Geometry) -> Finder:
    head = getattr(geometry, "model_head_", "")
    arrays = getattr(geometry, "model_arrays_", None)
    if geometry.landmarks == "regressor":
        return _regressor(geometry.model, head, arrays)
    if geometry.landmarks == "mediapipe":
        return _mediapipe(geometry.model, arrays)
    return Finder("", landmarks_class(geometry.landmarks)(), "", {})


def _regressor(path: str, head: str, arrays: dict[str, np.ndarray] | None) -> Finder:
    from ..landmarks.regressor import ShapeRegressor
    from ..landmarks.saved import fingerprint, load_regressor

    if arrays is None:
        values, arrays = load_regressor(Path(path)).to_values()
        head = json.dumps(values)
    try:
        values = json.loads(head)
        model = ShapeRegressor.from_values(values, arrays)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"the landmark model inside does not fit together ({error}).") from error
    return Finder(fingerprint(values, arrays), model, head, arrays)


def _mediapipe(path: str, arrays: dict[str, np.ndarray] | None) -> Finder:
    import hashlib

    from ..landmarks.mesh import MediaPipe, version

    content = (arrays or {}).get("file")
    if content is None and path:
        try:
            content = np.frombuffer(Path(path).read_bytes(), np.uint8).copy()
        except OSError as error:
            raise InputError(f"cannot read the model {path}: {error.strerror}.") from error
    digest = (
        "" if content is None else hashlib.blake2b(content.tobytes(), digest_size=20).hexdigest()
    )
    identity = f"mediapipe {version()} {digest}".strip()
    return Finder(identity, MediaPipe(content), "", {} if content is None else {"file": content})
