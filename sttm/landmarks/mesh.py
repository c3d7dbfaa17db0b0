"""The back end ``mediapipe``: MediaPipe's face mesh, of whose 478 points 68 are taken.

Kartynnik, Ablavatski, Grishchenko, Grundmann, Real-time facial surface geometry from monocular
video on mobile GPUs, 2019, arXiv:1907.06724. MediaPipe 0.10.14 carries its model inside; newer
versions need a model file (``face_landmarker.task``). The mesh has no point of the 68-point scheme
exactly; ``MESH`` names the nearest, so the jaw and the brows lie a little otherwise than in iBUG's
annotations. Do not mix points of two back ends in one study.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import cv2
import numpy as np

from ..errors import InputError
from .base import Landmarks
from .seeing import check_grey

# number of the mesh's point for each of the 68, in order
MESH = (
    *(127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356),  # jaw
    *(70, 63, 105, 66, 55, 285, 296, 334, 293, 300),  # brows, their upper edge
    *(168, 6, 195, 4, 98, 97, 2, 326, 327),  # nose
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),  # eyes
    *(61, 40, 37, 0, 267, 270, 291, 321, 314, 17, 84, 91),  # outer lips
    *(78, 81, 13, 311, 308, 402, 14, 178),  # inner lips
)
AROUND = 0.25  # of a side, put round the crop: MediaPipe looks for a whole head
LEAST = 256  # pixels a side; a smaller crop is enlarged
MISSING = (
    "landmarks 'mediapipe' need the package mediapipe (the extra 'mediapipe' of this toolkit); "
    "install it, or take the landmarks 'regressor' or 'cascades'."
)


class MediaPipe(Landmarks):
    """MediaPipe's face mesh as a back end.

    Parameters
    ----------
    model : ndarray (bytes,) uint8, optional
        Content of a model file, for versions that carry none.
    """

    def __init__(self, model: np.ndarray | None = None) -> None:
        self._mesh = _mesh(model)

    def find(self, grey: np.ndarray, eyes: np.ndarray | None = None) -> np.ndarray | None:
        """Return the points (68, 2) of the face in a crop (y, x) uint8, or None.

        ``eyes`` make no difference: MediaPipe looks for the face itself.
        """
        grey = check_grey(grey)
        height, width = grey.shape
        edge = round(AROUND * max(height, width))
        wide = cv2.copyMakeBorder(grey, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
        scale = max(1.0, LEAST / min(wide.shape))
        wide = cv2.resize(wide, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        found = self._mesh(cv2.cvtColor(wide, cv2.COLOR_GRAY2RGB))
        if found is None:
            return None
        points = np.array([(found[number].x, found[number].y) for number in MESH])
        size = np.array([width, height]) + 2 * edge
        return points * size - 0.5 - edge  # shares of the edges -> middles of pixels


def version() -> str:
    """Return the version of MediaPipe that is installed.

    Raises
    ------
    InputError
        When none is.
    """
    return str(getattr(_mediapipe(), "__version__", "unknown"))


def _mediapipe() -> Any:
    try:
        return import_module("mediapipe")
    except ImportError as error:  # it is not there, or something that it needs
        raise InputError(MISSING) from error


def _mesh(model: np.ndarray | None) -> Any:
    """Return a function from an RGB picture to the mesh's points, or None where there is none."""
    mediapipe = _mediapipe()
    if model is not None:
        return _landmarker(mediapipe, model.tobytes())
    solutions = getattr(mediapipe, "solutions", None)
    if solutions is None:
        raise InputError(
            f"mediapipe {version()} carries no face model; name the file face_landmarker.task as "
            "'model', or install mediapipe 0.10.14."
        )
    mesh = solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=1)

    def carried(picture: np.ndarray) -> Any:
        faces = mesh.process(picture).multi_face_landmarks
        return faces[0].landmark if faces else None

    return carried


def _landmarker(mediapipe: Any, content: bytes) -> Any:
    tasks = mediapipe.tasks
    try:
        options = tasks.vision.FaceLandmarkerOptions(
            base_options=tasks.BaseOptions(model_asset_buffer=content), num_faces=1
        )
        landmarker = tasks.vision.FaceLandmarker.create_from_options(options)
    except (ValueError, RuntimeError) as error:
        raise InputError(
            f"mediapipe cannot use the model file ({str(error).splitlines()[0][:120]}); give "
            "face_landmarker.task as Google publishes it."
        ) from error

    def asked(picture: np.ndarray) -> Any:
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=picture)
        faces = landmarker.detect(image).face_landmarks
        return faces[0] if faces else None

    return asked
