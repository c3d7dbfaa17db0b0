"""``run_window``: from the command line to the window and back."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sttm.errors import InputError
from sttm.gui.app import make_app
from sttm.gui.ending import STOPPED, closed_by_signals

from ..opening import Request, needs_scheme, study_path
from ..scheme import Scheme
from ..study import open_study
from .preferences import Preferences, load_preferences
from .window import LabelWindow


def run_window(
    target: str | Path | None = None,
    *,
    annotator: str = "",
    scheme: str | Path | Scheme | None = None,
    study: str | Path | None = None,
    review: bool = False,
    theme: str = "system",
    clips: pd.DataFrame | None = None,
    root: str | Path | None = None,
    about: str = "",
) -> int:
    """Show the labelling window and return its exit code once it is closed.

    Parameters
    ----------
    target : path, optional
        A study, a folder of clips, a video, or a CSV clips table; asked for on the start page
        otherwise.
    annotator : str
        Who labels; asked for unless given or remembered.
    scheme : str, path or Scheme, optional
        For a new study: the name of a ready one, or a YAML file.
    study : path, optional
        Where the study lies or shall lie; beside the clips unless told.
    review : bool
        Open the review.
    theme : {"light", "dark", "system"}
        "system" is what was chosen last, or else what the desktop does.
    clips : DataFrame, optional
        A clips table in place of ``target``; its sources are below ``root``.
    root : path, optional
    about : str
        What is opened, for the title of the window.

    Raises
    ------
    InputError
        When there is no such path, or no screen.
    """
    request = Request(
        _path(target),
        _path(study),
        Path(scheme) if isinstance(scheme, str) and "." in scheme else scheme,
        clips,
        _path(root),
    )
    known = request.target is not None or request.study is not None or clips is not None
    if known:
        study_path(request)  # which refuses what is not there, before any window
    app = make_app("sttm label")
    window = show_window(request, annotator, review=review, theme=theme, about=about)
    with closed_by_signals(window) as signals:
        code = app.exec()
    window.deleteLater()
    return STOPPED if signals else int(code)


def show_window(
    request: Request,
    annotator: str = "",
    *,
    review: bool = False,
    theme: str = "system",
    about: str = "",
    preferences: Preferences | None = None,
) -> LabelWindow:
    """Return a window that is on the screen and opens what is asked for.

    The start page is passed over where nothing is left to choose.
    """
    preferences = preferences if preferences is not None else load_preferences()
    window = LabelWindow(preferences, None if theme == "system" else theme)
    window.show()
    known = request.target is not None or request.study is not None or request.clips is not None
    name = annotator or (_remembered(request, preferences) if known else "")
    window.show_start(request, name)
    if known and name and (request.scheme is not None or not needs_scheme(request)):
        window.open_request(request, name, review=review)
    elif review:
        window.open_review_first()
    if about:
        window.setWindowTitle(f"{about} – label clips")
    return window


def _remembered(request: Request, preferences: Preferences) -> str:
    """Return the name given last, if it is one of the study's annotators."""
    if not preferences.name or needs_scheme(request):
        return ""
    try:
        with open_study(study_path(request), read_only=True) as study:
            return preferences.name if preferences.name in study.annotators() else ""
    except InputError:
        return ""


def _path(text: str | Path | None) -> Path | None:
    return None if text is None or str(text) == "" else Path(text).expanduser()
