"""sttm: from a face video to named dynamic features. Knows no labels and no classifiers.

Reading order: frames (video or images), faces (find, align, crop), temporal (how many frames),
harris (the texture map), codings, blocks, normalise, descriptors (STTM and its peers), recipe (all
that shapes measures), measure (one clip), extract (many clips), store, tables, export, pictures.

The names below load their module when they are first used, so ``import sttm`` is light.

>>> import sttm
>>> sttm.STTM(coding="oriented").get_params()["grid"]
(2, 10, 10)
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "open_frames": "frames",
    "FaceSettings": "faces",
    "crop_faces": "faces",
    "TimeSettings": "temporal",
    "resample": "temporal",
    "Scale": "harris",
    "response": "harris",
    "DESCRIPTORS": "descriptors",
    "Descriptor": "descriptors",
    "descriptor_class": "descriptors",
    "STTM": "descriptors.sttm",
    "LBPTOP": "descriptors.lbp_top",
    "VLBP": "descriptors.vlbp",
    "HOGTOP": "descriptors.hog_top",
    "HOG3D": "descriptors.hog3d",
    "StaticLBP": "descriptors.still",
    "StaticHOG": "descriptors.still",
    "Concatenation": "descriptors.concatenation",
    # the function sttm.extract.extract is not among them: sttm.extract is the module
    "Job": "extract",
    "Recipe": "extract",
    "measure_clip": "extract",
    "export_table": "export",
    "read_features": "export",
    "check_clips": "tables",
    "features_table": "tables",
    "InputError": "errors",
    "ToolkitError": "errors",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sttm' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
