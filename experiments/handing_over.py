"""From one window to the other: a clip that the recognizer shows, opened for labelling."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def label_clip(clip: Path) -> None:
    """Open a clip in the labelling window, a process of its own that outlives this one.

    Parameters
    ----------
    clip : Path
        A video or a folder of frames.
    """
    subprocess.Popen(
        [sys.executable, "-m", "experiments", "label", str(clip)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
