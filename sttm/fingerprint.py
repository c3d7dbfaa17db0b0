"""What a process would compute with: versions and code that shape numbers, to compare machines."""

from __future__ import annotations

import hashlib
import platform
from functools import lru_cache
from importlib import metadata
from pathlib import Path

SHAPING = ("numpy", "scipy", "scikit-learn", "scikit-image")
PACKAGES = ("sttm", "labeling", "classifiers", "recognizer", "experiments")


@lru_cache(maxsize=1)
def fingerprint() -> dict[str, str]:
    """Return name -> version of all that shapes the numbers of this process.

    The toolkit's version has a digest of its code in it, so that two checkouts of one version can
    be told apart.

    >>> list(fingerprint())[:2]
    ['the toolkit', 'Python']
    """
    import cv2

    return {
        "the toolkit": f"{_version('sttm-toolkit')} (code {code_digest()})",
        "Python": platform.python_version(),
        "OpenCV": cv2.__version__,
        **{name: _version(name) for name in SHAPING},
        "the processor type": platform.machine(),
    }


def difference(theirs: dict[str, str], ours: dict[str, str]) -> tuple[str, str, str] | None:
    """Return the first thing that differs as (name, theirs, ours), or None.

    >>> difference({"numpy": "1.26.4"}, {"numpy": "2.0.0"})
    ('numpy', '1.26.4', '2.0.0')
    """
    for name in ours:
        if theirs.get(name) != ours[name]:
            return name, str(theirs.get(name)), ours[name]
    return None


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "of unknown version"


def code_digest() -> str:
    """Return a short digest of the toolkit's Python files; line endings do not count."""
    root = Path(__file__).parents[1]
    digest = hashlib.blake2b(digest_size=4)
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
