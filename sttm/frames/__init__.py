"""Frames: one reader for videos, folders of images, single images and arrays.

In reading order:

- ``base``: what every reader is; native frames to grey or RGB
- ``opening``: ``open_frames`` picks the reader
- ``arrays``, ``folder``, ``video``: the readers
- ``images``: one image file, whatever its format
- ``decoder``, ``mp4``, ``seeking``: one open video, what its header says, exact random access
- ``listing``, ``naming``: the clips below a folder; natural order
- ``quiet``: decoders that do not write to the terminal
"""

from .arrays import ArrayFrames
from .base import Frames, FramesLost, to_grey, to_rgb
from .folder import FolderFrames
from .images import IMAGE_SUFFIXES
from .listing import list_clips, sort_out
from .opening import open_frames
from .video import VIDEO_SUFFIXES, VideoFrames

__all__ = [
    "IMAGE_SUFFIXES",
    "VIDEO_SUFFIXES",
    "ArrayFrames",
    "FolderFrames",
    "Frames",
    "FramesLost",
    "VideoFrames",
    "list_clips",
    "open_frames",
    "sort_out",
    "to_grey",
    "to_rgb",
]
