"""Eigenfaces and Fisherfaces: pictures as weights of a few faces learned from training clips.

Sources: Turk, Pentland, Eigenfaces for recognition, J. Cognitive Neuroscience 3(1), 1991,
doi:10.1162/jocn.1991.3.1.71; Belhumeur, Hespanha, Kriegman, Eigenfaces vs. Fisherfaces, TPAMI
19(7), 1997, doi:10.1109/34.598228.

How many columns there are is known once one is fitted: few clips, or few classes, span few
directions. ``places`` of one that is not fitted names the most that there can be.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..blocks import block_places
from ..errors import InputError
from .base import Place
from .pixels import OneFrame
from .still import moment

AT_ONCE = 2048  # pictures that are taken to float64 together


class Projection(OneFrame):
    """Base of what projects pictures on learned directions.

    A member writes ``learn_directions`` and ``most``, and has the parameters of ``OneFrame``.

    Attributes
    ----------
    mean_ : array (side * side,) float32
        Mean picture of the training clips.
    directions_ : array (columns, side * side) float32
        What a picture less the mean is multiplied by. In each, the entry of largest magnitude is
        positive, so that nothing depends on the signs that a solver happens to give.
    """

    kind = "direction"
    lesson = "mean face and directions"
    mean_: np.ndarray
    directions_: np.ndarray

    @abstractmethod
    def learn_directions(self, pictures: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        """Return the directions (columns, pixels) of pictures (n, pixels) float64."""

    @abstractmethod
    def most(self) -> int:
        """Return the most columns that there can be; refuse impossible options."""

    @property
    def sized_by_training(self) -> bool:
        """Whether training clips decide how many columns there are: yes."""
        return True

    def fit_measures(self, measures: np.ndarray, labels: np.ndarray | None = None) -> None:
        """Learn the mean picture and the directions from the training clips."""
        self.most()
        pictures = self.pictures(measures).astype(np.float64)
        if not np.ptp(pictures, axis=0).any():
            raise InputError(
                f"{type(self).__name__} learns from how faces differ; {len(pictures)} came, and "
                "there must be at least two different ones."
            )
        directions = self.learn_directions(pictures, labels)
        self.mean_ = pictures.mean(axis=0).astype(np.float32)
        self.directions_ = directions.astype(np.float32)

    def encode(self, measures: np.ndarray) -> np.ndarray:
        """Return the weights of the directions, (n, columns) float32.

        They are summed in float64, so that a row is the same alone and among others.
        """
        rows = self.pictures(measures)
        out = np.empty((len(rows), len(self.directions_)), np.float32)
        mean, directions = self.mean_.astype(np.float64), self.directions_.T.astype(np.float64)
        for at in range(0, len(rows), AT_ONCE):
            out[at : at + AT_ONCE] = (rows[at : at + AT_ONCE] - mean) @ directions
        return out

    def places(self) -> list[Place]:
        """Return one place per column, each the whole face at the moment of the frame."""
        self._check()
        at, most = moment(self.frame), self.most()
        whole = block_places((1, 1, 1), 0.0, most, lambda b: f"weight of {self.kind} {b + 1}")
        columns = len(self.directions_) if hasattr(self, "directions_") else most
        return [replace(p, t=(at, at)) for p in whole[:columns]]

    def places_in(self, columns: Sequence[str]) -> list[Place]:
        """Return the first places, as many as a table has columns of them, and at least one."""
        places = self.places()
        known = {p.name for p in places} & set(columns)
        return places[: max(len(known), 1)]


class Eigenfaces(Projection):
    """Principal components of faces: the weights of the directions in which they differ most.

    Parameters
    ----------
    frame : {"last", "middle", "first"} or float
        Which frame: the last is the apex of a sequence from neutral to peak. A number is a
        fraction of the clip, 0 to 1; the nearest frame is taken.
    side : int
        Height and width in pixels that the crop is reduced to; at most its size, and 256.
    normalisation : {"standard", "none", "equalise"}
        Of each picture first; see the descriptor ``pixels``.
    components : int or float
        How many columns, or the share of variance that they must keep, below 1. There are never
        more than training clips less one.
    whiten : bool
        Whether each column is divided by its standard deviation over the training clips.

    Attributes
    ----------
    mean_ : array (side * side,)
        Mean picture.
    components_ : array (columns, side * side)
        The eigenfaces, of length 1, largest variance first.
    variance_, share_ : array (columns,)
        Variance along each over the training clips, and its share of all variance.

    Examples
    --------
    >>> clips = np.random.default_rng(0).integers(0, 255, (5, 1, 8, 8), np.uint8)
    >>> faces = Eigenfaces(side=8, components=3).fit(clips)
    >>> faces.transform(clips).shape, faces.get_feature_names_out()[2]
    ((5, 3), 't0.y0.x0.b02')
    """

    kind = "eigenface"
    encode_only = ("normalisation", "components", "whiten")

    def __init__(
        self,
        *,
        frame: str | float = "last",
        side: int = 48,
        normalisation: str = "standard",
        components: int | float = 100,
        whiten: bool = False,
    ) -> None:
        self.frame = frame
        self.side = side
        self.normalisation = normalisation
        self.components = components
        self.whiten = whiten

    def most(self) -> int:
        """Return the number of columns that is asked for, or of pixels where a share is."""
        check_components(self.components)
        pixels = int(self.side) ** 2
        return min(int(self.components), pixels) if self.components >= 1 else pixels

    def learn_directions(self, pictures: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        """Return the eigenfaces of pictures (n, pixels)."""
        found = principal(pictures, self.components)
        self.components_ = found.components_.astype(np.float32)
        self.variance_ = found.explained_variance_.astype(np.float32)
        self.share_ = found.explained_variance_ratio_.astype(np.float32)
        scale = np.sqrt(found.explained_variance_)[:, None] if self.whiten else 1.0
        return found.components_ / scale

    def inverse_transform(self, features: np.ndarray) -> np.ndarray:
        """Return the (normalised) pictures that features stand for, (n, side, side)."""
        scale = np.sqrt(self.variance_) if self.whiten else np.float32(1)
        rows = self.mean_ + (np.asarray(features, np.float32) * scale) @ self.components_
        return rows.reshape(-1, self.side, self.side)


class Fisherfaces(Projection):
    """Linear discriminants of faces: the directions that tell the labels of training clips apart.

    The faces are projected on principal components first, so that the scatter within classes can
    be inverted. There are at most classes - 1 columns, and fewer classes than clips are needed.

    Parameters
    ----------
    frame : {"last", "middle", "first"} or float
        Which frame: the last is the apex of a sequence from neutral to peak. A number is a
        fraction of the clip, 0 to 1; the nearest frame is taken.
    side : int
        Height and width in pixels that the crop is reduced to; at most its size, and 256.
    normalisation : {"standard", "none", "equalise"}
        Of each picture first; see the descriptor ``pixels``.
    kept : int or float
        Principal components that are kept before, or the share of variance, below 1; never more
        than training clips less classes, which is what the paper takes.
    shrinkage : float, optional
        How far the scatter within classes is drawn to a multiple of the identity: 0 is the paper,
        1 ignores it. Unless told, Ledoit and Wolf's estimate (doi:10.1016/S0047-259X(03)00096-4).
    most_columns : int
        The most columns, of the best discriminants.

    Attributes
    ----------
    mean_ : array (side * side,)
        Mean picture.
    directions_ : array (columns, side * side)
        The Fisherfaces, best first.

    Examples
    --------
    >>> clips = np.random.default_rng(0).integers(0, 255, (9, 1, 8, 8), np.uint8)
    >>> faces = Fisherfaces(side=8).fit(clips, list("aaabbbccc"))
    >>> faces.transform(clips).shape
    (9, 2)
    """

    kind = "Fisherface"
    encode_only = ("normalisation", "kept", "shrinkage", "most_columns")
    needs_labels = True

    def __init__(
        self,
        *,
        frame: str | float = "last",
        side: int = 48,
        normalisation: str = "standard",
        kept: int | float = 0.99,
        shrinkage: float | None = None,
        most_columns: int = 30,
    ) -> None:
        self.frame = frame
        self.side = side
        self.normalisation = normalisation
        self.kept = kept
        self.shrinkage = shrinkage
        self.most_columns = most_columns

    def most(self) -> int:
        """Return the most columns that are asked for."""
        check_components(self.kept, "kept")
        if self.shrinkage is not None and not 0 <= self.shrinkage <= 1:
            raise InputError(f"shrinkage must lie from 0 to 1, not {self.shrinkage!r}.")
        if self.most_columns != int(self.most_columns) or self.most_columns < 1:
            raise InputError(f"most_columns must be at least 1, not {self.most_columns!r}.")
        return min(int(self.most_columns), int(self.side) ** 2)

    def learn_directions(self, pictures: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        """Return the Fisherfaces of pictures (n, pixels) with labels (n,)."""
        classes, number = np.unique(np.asarray(labels), return_inverse=True)
        free = len(pictures) - len(classes)
        if len(classes) < 2 or free < 1:
            raise InputError(
                "Fisherfaces needs at least two classes and more clips than classes; "
                f"{len(pictures)} clips of {len(classes)} came."
            )
        # W_pca: at most n - c components, so that S_W can be inverted (Belhumeur et al. 1997)
        found = principal(pictures, self.kept, free)
        discriminants = fisher(found.transform(pictures), number, self.shrinkage)[: self.most()]
        return signed(discriminants @ found.components_)  # W = W_fld W_pca


def principal(pictures: np.ndarray, components: int | float, limit: int | None = None) -> Any:
    """Return scikit-learn's PCA of pictures (n, pixels), without directions of no variance.

    Parameters
    ----------
    components : int or float
        Number, or share of variance below 1.
    limit : int, optional
        At most so many.
    """
    from sklearn.decomposition import PCA

    n, pixels = pictures.shape
    number = min(int(components), n - 1, pixels) if components >= 1 else float(components)
    # the covariance (pixels, pixels) where there are many rows; else the rows themselves
    solver = "covariance_eigh" if 2 * n > pixels else "full"
    found = PCA(number, svd_solver=solver).fit(pictures)
    variance = found.explained_variance_
    rank = int((variance > 1e-9 * variance[0]).sum())
    kept = min(rank, n - 1, limit or rank)
    found.components_ = signed(found.components_[:kept])
    for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_"):
        setattr(found, name, getattr(found, name)[:kept])
    found.n_components_ = kept
    return found


def fisher(rows: np.ndarray, number: np.ndarray, shrinkage: float | None) -> np.ndarray:
    """Return the discriminants of rows (n, k) in classes 0, 1 ..., best first: (classes - 1, k).

    Fewer where k is smaller. The variance within classes, shrunk, is 1 along each of them.

    Raises
    ------
    InputError
        When the scatter within classes cannot be inverted.
    """
    from scipy.linalg import eigh
    from sklearn.covariance import ledoit_wolf_shrinkage

    n, k = rows.shape
    share = np.bincount(number) / n
    means = np.stack([rows[number == c].mean(axis=0) for c in range(len(share))])
    inner, outer = rows - means[number], means - rows.mean(axis=0)
    within = inner.T @ inner / n  # S_W, Belhumeur et al. 1997
    between = (outer.T * share) @ outer  # S_B
    if shrinkage is None:
        shrinkage = float(ledoit_wolf_shrinkage(inner, assume_centered=True))
    within = (1 - shrinkage) * within + shrinkage * np.trace(within) / k * np.eye(k)
    try:
        _, vectors = eigh(between, within)  # S_B w = lambda S_W w, smallest lambda first
    except np.linalg.LinAlgError as error:
        raise InputError(
            "the faces of each class are too alike for Fisherfaces to be computed; raise "
            "'shrinkage', lower 'kept', or give more clips."
        ) from error
    return vectors[:, ::-1][:, : len(share) - 1].T


def signed(directions: np.ndarray) -> np.ndarray:
    """Return directions (k, d) whose entry of largest magnitude is positive.

    >>> signed(np.array([[1.0, -3.0], [2.0, 1.0]])).tolist()
    [[-1.0, 3.0], [2.0, 1.0]]
    """
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(len(directions)), largest])
    return directions * np.where(signs == 0, 1, signs)[:, None]


def check_components(value: float, name: str = "components") -> None:
    """Refuse what is neither a whole number from 1 nor a share between 0 and 1."""
    whole = value >= 1 and value == int(value)
    if isinstance(value, bool) or not (whole or 0 < value < 1):
        raise InputError(
            f"{name} must be a whole number from 1, or a share of variance between 0 and 1, "
            f"not {value!r}."
        )
