"""What the window does for each action."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from sttm.errors import InputError
from sttm.frames import IMAGE_SUFFIXES
from sttm.gui import theme
from sttm.gui.text_size import larger, smaller
from sttm.gui.view import ZOOMS

from ..writing import save_rows
from .actions import legend_groups
from .saving import save_annotated, save_table

if TYPE_CHECKING:
    from .window import RecognizerWindow

VIDEOS = ("mp4", "avi", "mov", "mkv", "mpg", "mpeg", "webm", "wmv", "m4v", "gif")
SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)


def _here(window: RecognizerWindow) -> str:
    recent = window.preferences.recent_paths()
    return str(recent[0].parent if recent else Path.home())


def _open_files(window: RecognizerWindow) -> None:
    ends = " ".join(f"*{e}" for e in [*(f".{v}" for v in VIDEOS), *sorted(IMAGE_SUFFIXES)])
    kinds = f"Images and videos ({ends});;All files (*)"
    found, _ = QFileDialog.getOpenFileNames(window, "Images or videos", _here(window), kinds)
    if found:
        window.open_paths([Path(f) for f in found])


def _open_folder(window: RecognizerWindow, stills: bool = False) -> None:
    title = "A folder of single pictures" if stills else "A folder of videos or frames"
    found = QFileDialog.getExistingDirectory(window, title, _here(window))
    if found:
        window.open_paths([Path(found)], stills=stills)


def _camera(window: RecognizerWindow) -> None:
    window.tell("")
    window.session.use_camera_number(window.camera_number)


def _stop(window: RecognizerWindow) -> None:
    window.page.player.pause()
    window.session.stop()
    window.session.finished.emit()


def _screenshot(window: RecognizerWindow) -> None:
    picture = window.page.player.view.grab()
    name = _stem(window)
    number = window.page.number
    path = _ask_file(window, "A screenshot", f"{name}-{number}.png", "PNG pictures (*.png)", ".png")
    if path is None:
        return
    if not picture.save(str(path), "PNG"):
        raise InputError(f"{path} cannot be written; choose another place.")
    window.say(f"saved {path.name}")


def _stem(window: RecognizerWindow) -> str:
    source = window.session.source
    return source.path.stem if source is not None else window.session.camera.replace(" ", "-")


def _ask_file(
    window: RecognizerWindow, title: str, name: str, kinds: str, usual: str
) -> Path | None:
    start = str(Path(_here(window)) / name)
    found, _ = QFileDialog.getSaveFileName(window, title, start, kinds)
    if not found:
        return None
    path = Path(found)
    return path if path.suffix else path.with_suffix(usual)


def _save_table(window: RecognizerWindow) -> None:
    session = window.session
    kinds = "Tables (*.csv *.parquet)"
    path = _ask_file(window, "Results", f"{_stem(window)}-answers.csv", kinds, ".csv")
    if path is None or session.bundle is None:
        return
    if session.source is None:  # a camera's answers are all here
        rows, classes = session.record.rows(), list(session.classes)
        window.save(lambda tell, stop: _rows_written(path, rows, classes))
        return
    window.save(
        partial(
            save_table,
            path,
            list(session.sources),
            dict(session.records),
            session.bundle,
            session.settings,
        )
    )


def _rows_written(path: Path, rows: list[list[object]], classes: list[str]) -> str:
    save_rows(path, rows, classes)
    return f"{path.name} has {len(rows)} rows."


def _save_video(window: RecognizerWindow) -> None:
    session = window.session
    if session.source is None or session.bundle is None:
        return
    found = QFileDialog.getExistingDirectory(
        window, "A folder for the annotated copy", _here(window)
    )
    if found:
        window.save(
            partial(
                save_annotated,
                Path(found),
                [session.source],
                dict(session.records),
                session.bundle,
                session.settings,
            )
        )


def _label(window: RecognizerWindow) -> None:
    source = window.session.source
    if source is None or window.label_clip is None:
        return
    window.page.player.pause()
    window.label_clip(source.path)
    window.say("opened in the labelling window")


def _close(window: RecognizerWindow) -> None:
    window.tell("")
    window.session.leave()
    window.session.look_for_models()


def _quit(window: RecognizerWindow) -> None:
    window.close()


def _next_face(window: RecognizerWindow) -> None:
    window.page.next_face()


def _play(window: RecognizerWindow) -> None:
    if window.session.camera:
        window.page.freeze()
    else:
        window.page.player.toggle()


def _step(window: RecognizerWindow, frames: int) -> None:
    window.page.player.step(frames)


def _end(window: RecognizerWindow, last: bool) -> None:
    player = window.page.player
    if player.facts is not None:
        player.pause()
        player.seek(player.facts.last if last else player.facts.first)


def _speed(window: RecognizerWindow, up: bool) -> None:
    player = window.page.player
    now = player.speed
    slower = [s for s in SPEEDS if s < now - 1e-9]
    faster = [s for s in SPEEDS if s > now + 1e-9]
    chosen = (faster[:1] if up else slower[-1:]) or [now]
    player.set_speed(chosen[0])
    window.say(f"speed {chosen[0]:g}×")


def _source(window: RecognizerWindow, step: int) -> None:
    session = window.session
    if session.source is not None and session.sources:
        at = session.sources.index(session.source) + step
        session.use_source(min(max(at, 0), len(session.sources) - 1))


def _layer(window: RecognizerWindow, name: str) -> None:
    window.page.toggle_layer(name)


def _zoom(window: RecognizerWindow) -> None:
    player = window.page.player
    now = player.view.zoom
    at = ZOOMS.index(now) if now in ZOOMS else -1
    player.set_zoom(ZOOMS[(at + 1) % len(ZOOMS)])


def _text(window: RecognizerWindow, how: str) -> None:
    now = window.preferences.scale
    window.preferences.scale = {"+": larger(now), "-": smaller(now)}.get(how, 1.0)
    window.use_theme()


def _theme(window: RecognizerWindow) -> None:
    window.preferences.theme = "light" if theme.current().name == "dark" else "dark"
    window.use_theme()


def _fullscreen(window: RecognizerWindow) -> None:
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


def _open_model(window: RecognizerWindow) -> None:
    kinds = "Model bundles (*.sttm);;All files (*)"
    found, _ = QFileDialog.getOpenFileName(window, "A model", _here(window), kinds)
    if found:
        window.use_model(Path(found))


def _look_again(window: RecognizerWindow) -> None:
    window.session.look_for_models()


def _card(window: RecognizerWindow) -> None:
    if window.session.model is not None:
        window.card.show_model(window.session.model)
        window.card.open()


def _all_faces(window: RecognizerWindow) -> None:
    session = window.session
    window.page.chosen = None
    session.set_faces("largest" if session.settings.faces == "all" else "all")


def _legend(window: RecognizerWindow) -> None:
    if not window.legend.isHidden():
        window.legend.put_away()
        return
    left_out = {a.words.lower() for a in window.hidden_actions()}
    groups = [
        (title, [(keys, what) for keys, what in rows if what.lower() not in left_out])
        for title, rows in legend_groups()
    ]
    window.legend.show_keys([g for g in groups if g[1]], "Esc closes")
    window.legend.open()


DEEDS: dict[str, Callable[[RecognizerWindow], None]] = {
    "open files": _open_files,
    "open folder": _open_folder,
    "open stills": partial(_open_folder, stills=True),
    "camera": _camera,
    "stop": _stop,
    "screenshot": _screenshot,
    "save table": _save_table,
    "save video": _save_video,
    "label": _label,
    "close": _close,
    "quit": _quit,
    "play": _play,
    "step back": partial(_step, frames=-1),
    "step on": partial(_step, frames=1),
    "ten back": partial(_step, frames=-10),
    "ten on": partial(_step, frames=10),
    "first": partial(_end, last=False),
    "last": partial(_end, last=True),
    "slower": partial(_speed, up=False),
    "faster": partial(_speed, up=True),
    "next source": partial(_source, step=1),
    "previous source": partial(_source, step=-1),
    "layer box": partial(_layer, name="box"),
    "layer crop": partial(_layer, name="crop"),
    "layer landmarks": partial(_layer, name="landmarks"),
    "layer map": partial(_layer, name="map"),
    "zoom": _zoom,
    "larger text": partial(_text, how="+"),
    "smaller text": partial(_text, how="-"),
    "usual text": partial(_text, how="0"),
    "theme": _theme,
    "fullscreen": _fullscreen,
    "open model": _open_model,
    "look again": _look_again,
    "card": _card,
    "all faces": _all_faces,
    "next face": _next_face,
    "legend": _legend,
}
