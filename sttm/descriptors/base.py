"""What every descriptor is: a scikit-learn transformer from clips to named columns.

A descriptor works in two steps, so that nothing is ever learned from test clips and nothing
expensive is ever done twice:

1. ``measure(clip)``: stateless; looks at one clip and nothing else; slow; can be stored.
   ``(t, y, x) -> (measures,)``
2. ``encode(measures)``: cheap; may use what ``fit`` learned from the training clips (bin edges).
   ``(n, measures) -> (n, features)``

``transform(clips)`` is both. ``encoder()`` gives the second step alone, as a transformer over
measures, for pipelines that cross-validate on stored measures.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ..errors import ClipTooShort, InputError, unknown_name

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one feature column comes from, and what it counts.

    ``t``, ``y``, ``x`` are half-open stretches of the crop volume as fractions of its length,
    height and width: ``(0.0, 0.5)`` is the first half. ``block`` is the block's name without the
    bin, ``bin`` the number within the block, ``meaning`` one phrase for a data dictionary.
    """

    name: str
    block: str
    bin: int
    t: Span
    y: Span
    x: Span
    meaning: str


def check_clip(clip: Any) -> np.ndarray:
    """Return ``clip`` as an array (t, y, x); refuse other shapes and values that are not finite.

    ``uint8`` stays as it is (0-255); anything else becomes float32 and must use the same grey
    levels, 0 to 255.
    """
    volume = np.asarray(clip)
    if volume.ndim != 3 or 0 in volume.shape:
        raise InputError(f"a clip must be an array (t, y, x); this one has shape {volume.shape}.")
    if volume.dtype == np.uint8:
        return volume
    volume = volume.astype(np.float32)
    if not np.isfinite(volume).all():
        raise InputError("a clip must hold finite grey levels; this one has NaN or infinity.")
    return volume


def _check_points(points: Any, frames: int) -> np.ndarray:
    points = np.asarray(points, dtype=float)
    if points.shape != (frames, 68, 2):
        raise InputError(
            f"the landmarks of a clip of {frames} frames must have shape ({frames}, 68, 2); these "
            f"have {points.shape}."
        )
    return points


class Descriptor(TransformerMixin, BaseEstimator):
    """Base of all descriptors. A member writes ``measure_volume`` and ``places``.

    A member that learns something in ``fit`` writes ``fit_measures`` and ``encode`` too.

    Attributes
    ----------
    version : int
        Raised whenever the measures of the same clip change; part of every stored key.
    encode_only : tuple of str
        Options that ``measure`` does not look at: changing one leaves stored measures valid. All
        others are part of every stored key.
    needs_labels : bool
        Whether it learns from the labels of the training clips, and cannot be fitted without.
    """

    version: ClassVar[int] = 1
    encode_only: ClassVar[tuple[str, ...]] = ()
    needs_labels: ClassVar[bool] = False
    lesson: ClassVar[str] = ""  # what a member learns, in words for people
    # frames below which measure() stretches a clip by linear interpolation; a clip of one frame
    # has no motion and is refused where support > 1
    support: ClassVar[int] = 1

    # to be written by a member -----------------------------------------------------------------

    @abstractmethod
    def measure_volume(self, volume: np.ndarray) -> np.ndarray:
        """Return the measures of one volume (t, y, x), t >= support: a 1-D float32 array."""

    @abstractmethod
    def places(self) -> list[Place]:
        """Return one place per feature column, in column order.

        Where training clips decide how many columns there are, a descriptor that is not fitted
        names the most that there can be, and a fitted one has the first of them.
        """

    def fit_measures(self, measures: np.ndarray, labels: np.ndarray | None = None) -> None:
        """Learn from the measures (n, m) and labels (n,) of the training clips; by default nothing.

        ``labels`` are there whenever the descriptor ``needs_labels``.
        """

    def encode(self, measures: np.ndarray) -> np.ndarray:
        """Return the features (n, d) of measures (n, m); the measures themselves by default."""
        return measures

    @property
    def learns(self) -> bool:
        """Whether ``fit`` on other clips could change the features."""
        return type(self).fit_measures is not Descriptor.fit_measures

    @property
    def needs_points(self) -> bool:
        """Whether a clip must come with landmarks of its own."""
        return False

    def measure_points(self, volume: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return the measures of a volume whose landmarks (t, 68, 2) are known.

        By default landmarks make no difference.
        """
        return self.measure_volume(volume)

    @property
    def sized_by_training(self) -> bool:
        """Whether training clips decide how many columns there are."""
        return False

    def places_in(self, columns: Sequence[str]) -> list[Place]:
        """Return the places of a features table with these ``columns``, made by a fitted copy."""
        return self.places()

    def singles(self) -> list[Descriptor]:
        """Return the descriptors whose measures are made and stored one by one: itself alone."""
        return [self]

    def combine(self, measures: Sequence[np.ndarray]) -> np.ndarray:
        """Return the measures of a clip from those of ``singles()``, in their order."""
        (alone,) = measures
        return alone

    # given to all -------------------------------------------------------------------------------

    def measuring(self) -> dict[str, Any]:
        """Return the options that shape the measures."""
        params = self.get_params(deep=False)
        return {name: value for name, value in params.items() if name not in self.encode_only}

    def measure(self, clip: Any, points: np.ndarray | None = None) -> np.ndarray:
        """Return what one clip alone says: ``(t, y, x) -> (measures,)`` float32.

        ``points`` (t, 68, 2) are its landmarks in pixels of the clip, where they are known; only
        ``geometry`` looks at them.

        Raises
        ------
        InputError
            When the clip is not a finite array (t, y, x), or points are not of its frames.
        ClipTooShort
            When a dynamic descriptor is given a single frame.
        """
        from ..temporal import resample

        volume = check_clip(clip)
        if len(volume) < self.support:
            if len(volume) == 1:
                raise ClipTooShort(
                    f"{type(self).__name__} describes change and needs at least 2 frames; "
                    "this clip has 1."
                )
            volume = resample(volume, self.support)
            points = None if points is None else resample(points, self.support)
        if points is None:
            measures = self.measure_volume(volume)
        else:
            measures = self.measure_points(volume, _check_points(points, len(volume)))
        return np.ascontiguousarray(measures, dtype=np.float32)

    def measure_all(self, clips: Iterable[Any]) -> np.ndarray:
        """Return the measures of many clips, (n, measures)."""
        if isinstance(clips, np.ndarray) and clips.ndim == 3:
            raise InputError("give a sequence of clips (t, y, x), not one clip; wrap it in a list.")
        rows = [self.measure(clip) for clip in clips]
        if not rows:
            raise InputError("at least one clip is needed, none came.")
        return np.stack(rows)

    def fit(self, clips: Sequence[Any], y: Any = None) -> Descriptor:
        """Learn what there is to learn from the training ``clips`` (n times (t, y, x)).

        ``y`` (n,) are their labels; most descriptors do not look at them.
        """
        self._check_labels(y)
        return self.learn(self.measure_all(clips), y)

    def fit_transform(self, clips: Sequence[Any], y: Any = None, **_: Any) -> np.ndarray:
        """Fit on ``clips`` and their labels ``y``; return their features, measured once."""
        self._check_labels(y)
        measures = self.measure_all(clips)
        return self.learn(measures, y).encode(measures).astype(np.float32, copy=False)

    def learn(self, measures: np.ndarray, labels: Any = None) -> Descriptor:
        """Fit on measures (n, m) instead of clips, and on labels (n,) where they are given.

        Raises
        ------
        InputError
            When the descriptor needs labels and none came, or there is not one per row.
        """
        measures = np.asarray(measures, dtype=np.float32)
        self._check_labels(labels)
        known = None if labels is None else np.asarray(labels)
        if known is not None and known.shape != measures.shape[:1]:
            raise InputError(
                f"there must be one label per clip; {len(measures)} clips came with labels of "
                f"shape {known.shape}."
            )
        self.fit_measures(measures, known)
        self.n_measures_ = int(measures.shape[1])
        return self

    def _check_labels(self, labels: Any) -> None:
        if self.needs_labels and labels is None:
            raise InputError(
                f"{type(self).__name__} learns from labels, and none came; give fit() the label "
                "of every clip as y."
            )

    def transform(self, clips: Sequence[Any]) -> np.ndarray:
        """Return the features of ``clips``, (n, d) float32."""
        check_is_fitted(self)
        return self.encode(self.measure_all(clips)).astype(np.float32, copy=False)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the column names; each says its block and bin, for example ``t0.y3.x5.b07``."""
        return np.asarray([p.name for p in self.places()], dtype=object)

    def locate(self, column: str | int) -> Place:
        """Return the place of a column, given by name or number: the inverse of the names."""
        places = self.places()
        if isinstance(column, str):
            for place in places:
                if place.name == column:
                    return place
            raise InputError(unknown_name("column", column, [p.name for p in places][:2000]))
        return places[column]

    def encoder(self) -> Encoder:
        """Return the second step alone, a transformer over measures (n, m)."""
        return Encoder(self)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_measures_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.target_tags.required = self.needs_labels
        return tags


class Encoder(TransformerMixin, BaseEstimator):
    """The encoding step of a descriptor as a transformer: measures (n, m) -> features (n, d).

    Parameters
    ----------
    descriptor : Descriptor
        Never changed; ``descriptor_`` is the fitted copy.
    """

    def __init__(self, descriptor: Descriptor) -> None:
        self.descriptor = descriptor

    def fit(self, X: np.ndarray, y: Any = None) -> Encoder:
        """Learn from the measures, and the labels ``y``, of the training clips only."""
        from sklearn.base import clone

        self.descriptor_ = clone(self.descriptor).learn(X, y)
        self.n_features_in_ = self.descriptor_.n_measures_
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Return the features (n, d) of measures (n, m)."""
        check_is_fitted(self, "descriptor_")
        X = np.asarray(X, dtype=np.float32)
        if X.ndim != 2 or X.shape[1] != self.n_features_in_:
            raise InputError(
                f"measures must have shape (n, {self.n_features_in_}), they have {X.shape}."
            )
        return self.descriptor_.encode(X)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the encoded columns."""
        shown = self.descriptor_ if hasattr(self, "descriptor_") else self.descriptor
        return shown.get_feature_names_out()

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.descriptor.needs_labels
        return tags
