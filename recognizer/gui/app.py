"""``run_window``: from the command line to the window and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from sttm.errors import InputError, unknown_name
from sttm.gui import theme as themes
from sttm.gui.app import make_app
from sttm.gui.ending import STOPPED, closed_by_signals
from sttm.gui.preferences import Preferences, preferences_file, read_preferences

from .window import RecognizerWindow


def run_window(
    sources: Sequence[str | Path] = (),
    *,
    model: str | Path | None = None,
    models: Sequence[str | Path] = (),
    camera: int | None = None,
    theme: str = "",
    label_clip: Callable[[Path], object] | None = None,
) -> int:
    """Show the recognizer's window and return its exit code once it is closed.

    Parameters
    ----------
    sources : sequence of path
        Videos, images and folders to open.
    model : path, optional
        The bundle to begin with; the newest one found otherwise.
    models : sequence of path
        Folders in which bundles are looked for; ``runs`` and ``models`` unless told.
    camera : int, optional
        Begin with this camera.
    theme : {"", "light", "dark", "system"}
        "" is what was chosen last, or else what the desktop does.
    label_clip : callable, optional
        Opens a clip in the labelling window.

    Raises
    ------
    InputError
        When there is no such input or model, or no screen.
    """
    if theme and theme not in themes.NAMES:
        raise InputError(unknown_name("theme", theme, themes.NAMES))
    paths = [Path(source).expanduser() for source in sources]
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise InputError(f"there is nothing at {missing}; give a video, an image or a folder.")
    bundle = Path(model).expanduser() if model is not None else None
    if bundle is not None and not bundle.is_file():
        raise InputError(f"there is no model bundle {bundle}; give a file from `sttm run`.")
    app = make_app("sttm live")
    window = show_window(
        paths,
        model=bundle,
        models=[Path(folder) for folder in models],
        camera=camera,
        theme=theme,
        label_clip=label_clip,
    )
    with closed_by_signals(window) as signals:
        code = app.exec()
    window.deleteLater()
    return STOPPED if signals else int(code)


def show_window(
    paths: Sequence[Path] = (),
    *,
    model: Path | None = None,
    models: Sequence[Path] = (),
    camera: int | None = None,
    theme: str = "",
    label_clip: Callable[[Path], object] | None = None,
    preferences: Preferences | None = None,
) -> RecognizerWindow:
    """Return a window that is on the screen and opens what is asked for."""
    if preferences is None:
        preferences = read_preferences(Preferences, preferences_file("live"))
    window = RecognizerWindow(preferences, models, label_clip, theme or None)
    window.show()
    if model is not None:
        window.choose_first(model)
    if paths:
        window.open_paths(paths)
    if camera is not None:
        window.begin_with_camera(camera)
    return window
