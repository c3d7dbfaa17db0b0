"""Directions in space-time: the face normals of a regular polyhedron, and soft votes for them.

The axes are unit vectors (t, y, x). The 20 faces of an icosahedron look along the vertices of a
dodecahedron, the 12 faces of a dodecahedron along the vertices of an icosahedron.

Source: Klaeser, Marszalek, Schmid, A spatio-temporal descriptor based on 3D-gradients, BMVC 2008,
DOI 10.5244/C.22.99, section 2.2.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from .errors import InputError, unknown_name

POLYHEDRA = {"icosahedron": 20, "dodecahedron": 12}
GOLDEN = (1 + 5**0.5) / 2


def face_normals(polyhedron: str = "icosahedron", full: bool = False) -> np.ndarray:
    """Return the unit face normals as (axes, 3), columns (t, y, x).

    Parameters
    ----------
    polyhedron : {"icosahedron", "dodecahedron"}
        20 or 12 faces.
    full : bool
        All of them; otherwise one of each pair of opposite ones, so 10 or 6.

    Examples
    --------
    >>> face_normals("icosahedron", full=True).shape, face_normals("dodecahedron").shape
    ((20, 3), (6, 3))
    """
    if polyhedron not in POLYHEDRA:
        raise InputError(unknown_name("polyhedron", polyhedron, POLYHEDRA))
    signs = (-1.0, 1.0)
    if polyhedron == "icosahedron":
        axes = [*product(signs, repeat=3)]
        corner = (1 / GOLDEN, GOLDEN)
    else:
        axes = []
        corner = (1.0, GOLDEN)
    for a, b in product(signs, repeat=2):
        low, high = a * corner[0], b * corner[1]
        axes += [(0.0, low, high), (low, high, 0.0), (high, 0.0, low)]
    found = np.array(sorted(axes))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    # sorted by t, then y, then x: the second half holds the opposite of each of the first half
    return found if full else found[len(found) // 2 :]


def threshold(polyhedron: str = "icosahedron") -> float:
    """Return the inner product of neighbouring axes, above which a direction touches an axis.

    The paper's 1.29107 belongs to axes of length sqrt(3); these have length 1.

    >>> round(threshold("icosahedron"), 6), round(threshold("dodecahedron"), 6)
    (0.745356, 0.447214)
    """
    axes = face_normals(polyhedron, full=True)
    products = axes @ axes.T
    return float(products[products < 1 - 1e-9].max())


def votes(gradients: np.ndarray, polyhedron: str = "icosahedron", full: bool = False) -> np.ndarray:
    """Return soft votes for the axes, (..., 3) -> (..., axes), as long as the gradients.

    Parameters
    ----------
    gradients : array (..., 3)
        Along (t, y, x).
    full : bool
        Opposite axes are different ones.
    """
    axes = face_normals(polyhedron, full).astype(np.float32)
    length = np.linalg.norm(gradients, axis=-1, keepdims=True)
    shares = gradients @ axes.T / np.where(length > 0, length, 1)  # Klaeser 2008, eq. 3
    if not full:
        np.abs(shares, out=shares)
    shares -= np.float32(threshold(polyhedron))
    np.maximum(shares, 0, out=shares)
    norm = np.linalg.norm(shares, axis=-1, keepdims=True)
    return length * shares / np.where(norm > 0, norm, 1)  # Klaeser 2008, eq. 4
