"""Crops in the store: the cropped volumes of a clip, so that it is decoded and searched once.

Neighbouring frames of a crop differ little. Each is kept as its difference to the one before it,
modulo 256, which packs to about half the bytes of the volume and comes back to the last bit.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .store import Store

LEVEL = 1  # of zlib; the higher ones take several times as long to save a few per cent


@dataclass(frozen=True, eq=False)
class Crop:
    """One face of a clip, ready to be measured.

    Parameters
    ----------
    volume : ndarray (t, y, x) uint8
        Brought to length.
    picture : ndarray (y, x) uint8
        The crop in the middle of the clip.
    info : dict
        fps, frames, frames_used, lost, eyes_found.
    seconds : float
        What decoding, finding and cropping took.
    transform : ndarray (frames, 2, 3) float
        Source pixel -> crop pixel, of every frame of the clip before it was brought to length.
    """

    volume: np.ndarray
    picture: np.ndarray
    info: dict[str, Any]
    seconds: float
    transform: np.ndarray


def pack(volume: np.ndarray) -> np.ndarray:
    """Return a volume (t, y, x) uint8 as fewer bytes, (bytes,) uint8.

    >>> frames = np.arange(4, dtype=np.uint8).reshape(4, 1, 1) + np.zeros((4, 50, 50), np.uint8)
    >>> len(pack(frames)) < frames.size / 50
    True
    >>> bool((unpack(pack(frames), frames.shape) == frames).all())
    True
    """
    changes = np.diff(volume, axis=0, prepend=np.zeros_like(volume[:1]))  # modulo 256
    return np.frombuffer(zlib.compress(changes.tobytes(), LEVEL), np.uint8)


def unpack(packed: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Return the volume that was packed."""
    changes = np.frombuffer(zlib.decompress(packed.tobytes()), np.uint8).reshape(shape)
    return np.add.accumulate(changes, axis=0, dtype=np.uint8)


def remember_crops(store: Store, key: str, crops: Sequence[Crop]) -> None:
    """Keep the crops of a clip.

    Raises
    ------
    InputError
        When the store cannot be written to.
    """
    arrays, values = {}, []
    for number, crop in enumerate(crops):
        arrays[f"volume{number}"] = pack(crop.volume)
        arrays[f"picture{number}"] = crop.picture
        arrays[f"transform{number}"] = crop.transform
        shape = list(crop.volume.shape)
        values.append({"info": crop.info, "seconds": crop.seconds, "shape": shape})
    store.put(key, arrays, {"crops": values}, compress=False)


def recall_crops(store: Store, key: str) -> list[Crop] | None:
    """Return the crops of a clip, or None where the store has no whole ones."""
    entry = store.get(key)
    if entry is None:
        return None
    arrays, values = entry
    try:
        return [
            Crop(
                unpack(arrays[f"volume{n}"], crop["shape"]),
                arrays[f"picture{n}"],
                crop["info"],
                crop["seconds"],
                arrays[f"transform{n}"],
            )
            for n, crop in enumerate(values["crops"])
        ]
    except (KeyError, ValueError, zlib.error):
        return None
