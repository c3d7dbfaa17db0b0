"""How far found landmarks lie from true ones: errors by part with intervals, and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from sttm.errors import InputError, NoFace
from sttm.faces import FaceSettings, crop_faces
from sttm.faces.geometry import apply, invert
from sttm.frames import open_frames
from sttm.landmarks.base import Landmarks
from sttm.landmarks.points import point_errors, read_points
from sttm.landmarks.scheme import REGIONS
from sttm.tables import named

from .landmarks import PointSet, Progress, Sample

BOOTSTRAPS = 1000


@dataclass
class Judged:
    """What a back end found on pictures whose points are known.

    ``errors`` (n, 68) over the distance of the outer eye corners, NaN where a point was not told;
    ``samples`` the pictures, ``found`` (n, 68, 2) in pixels of theirs.
    """

    samples: list[Sample]
    errors: np.ndarray
    found: np.ndarray
    skipped: list[tuple[str, str]]
    asked: int


def judge(
    backend: Landmarks,
    points: PointSet,
    faces: FaceSettings | None = None,
    progress: Progress | None = None,
) -> Judged:
    """Return how far a back end's points lie from the true ones, by the way clips go.

    The face is found, aligned and cropped as in any extraction; what is found in the crop is taken
    back to the picture. Where no face or no points are found, the picture is skipped with a reason.
    """
    settings = faces or FaceSettings()
    out = Judged([], np.empty((0, 68)), np.empty((0, 68, 2)), list(points.skipped), 0)
    errors, found = [], []
    for done, sample in enumerate(points.samples, 1):
        out.asked += 1
        try:
            true = read_points(sample.points)
            shape = _found(backend, sample.picture, settings)
            errors.append(point_errors(shape, true))
            found.append(shape)
            out.samples.append(sample)
        except InputError as error:
            out.skipped.append((sample.picture.name, str(error)))
        if progress is not None:
            progress(sample.picture.stem, done, len(points.samples))
    if not errors:
        reasons = named(dict.fromkeys(reason for _, reason in out.skipped), 1)
        raise InputError(f"no points were found in any of {out.asked} pictures: {reasons}")
    out.errors, out.found = np.stack(errors), np.stack(found)
    return out


def _found(backend: Landmarks, picture: Path, settings: FaceSettings) -> np.ndarray:
    with open_frames(picture) as frames:
        face = crop_faces(frames, settings)[0]
    shape = backend.find(face.volume[0])
    if shape is None:
        raise NoFace(f"no landmarks were found in {picture}.")
    return apply(invert(face.transform[0]), shape)


def error_table(judged: Judged, seed: int = 0) -> pd.DataFrame:
    """Return the mean error by part, with a 95 % interval over subjects, in per cent.

    Columns: ``part``, ``error``, ``low``, ``high`` (bootstrap over whoever must not be on both
    sides), ``told`` (share of points that were told at all).
    """
    owners = [sample.owner for sample in judged.samples]
    parts = {"all": tuple(range(68)), "all but jaw": tuple(range(17, 68)), **REGIONS}
    rows = []
    for part, numbers in parts.items():
        errors = judged.errors[:, list(numbers)]
        told = float(np.isfinite(errors).mean())
        mean, low, high = _interval(errors, owners, seed)
        rows.append((part, 100 * mean, 100 * low, 100 * high, told))
    return pd.DataFrame(rows, columns=["part", "error", "low", "high", "told"])


def _interval(errors: np.ndarray, owners: Sequence[str], seed: int) -> tuple[float, float, float]:
    sums, counts = [], []
    for owner in sorted(set(owners)):
        own = errors[[o == owner for o in owners]]
        sums.append(np.nansum(own))
        counts.append(np.isfinite(own).sum())
    totals, numbers = np.array(sums), np.array(counts)
    if numbers.sum() == 0:
        return float("nan"), float("nan"), float("nan")
    mean = float(totals.sum() / numbers.sum())
    if len(totals) < 2:
        return mean, float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(totals), (BOOTSTRAPS, len(totals)))
    means = totals[drawn].sum(axis=1) / np.maximum(numbers[drawn].sum(axis=1), 1)
    low, high = np.quantile(means, (0.025, 0.975))
    return mean, float(low), float(high)


def table_lines(table: pd.DataFrame) -> Iterator[str]:
    """Yield an error table as lines for the terminal."""
    yield f"{'part':12s} {'error %':>8s}   95 % interval   told"
    for row in table.to_dict(orient="records"):
        part, told = f"{row['part']:12s}", f"{100 * row['told']:3.0f} %"
        if np.isnan(row["error"]):
            yield f"{part} {'-':>8s}   {'':13s}   {told}"
            continue
        span = "one subject" if np.isnan(row["low"]) else f"{row['low']:.2f} to {row['high']:.2f}"
        yield f"{part} {row['error']:8.2f}   {span:13s}   {told}"


# pictures ---------------------------------------------------------------------------------------


def overlay_sheet(judged: Judged, most: int = 12, side: int = 320) -> np.ndarray:
    """Return a sheet of pictures with true (green) and found (yellow) points, RGB.

    The pictures are spread over the whole order of errors, from the best to the worst.
    """
    errors = np.array([np.nanmean(row) for row in judged.errors])
    order = np.argsort(errors)
    chosen = order[np.unique(np.linspace(0, len(order) - 1, most).astype(int))]
    tiles = [_tile(judged, int(number), side, float(errors[number])) for number in chosen]
    across = min(4, len(tiles))
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % across)
    return np.vstack([np.hstack(tiles[at : at + across]) for at in range(0, len(tiles), across)])


def _tile(judged: Judged, number: int, side: int, error: float) -> np.ndarray:
    with open_frames(judged.samples[number].picture, colour=True) as frames:
        picture = frames[0]
    true = read_points(judged.samples[number].points)
    low, high = true.min(axis=0), true.max(axis=0)
    scale = side / (1.3 * float((high - low).max()))
    middle = (low + high) / 2
    to_tile = np.column_stack([np.eye(2) * scale, side / 2 - scale * middle])
    tile = cv2.warpAffine(picture, to_tile, (side, side), flags=cv2.INTER_LINEAR)
    for points, colour in ((true, (0, 200, 80)), (judged.found[number], (255, 220, 0))):
        for point in apply(to_tile, points[np.isfinite(points).all(axis=1)]):
            at = (round(float(point[0]) * 16), round(float(point[1]) * 16))
            cv2.circle(tile, at, 28, colour, -1, cv2.LINE_AA, 4)
    cv2.putText(
        tile, f"{100 * error:.1f} %", (6, side - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255,) * 3, 1,
        cv2.LINE_AA,
    )  # fmt: skip
    return tile
