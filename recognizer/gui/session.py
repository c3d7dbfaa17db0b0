"""What the window works on: the model, the sources, the answers; none of it drawn.

Loading a model, looking into folders and analysing happen in threads. The session lives in the
window's thread and speaks by signals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from sttm.gui.background import Background

from ..bundle import Bundle, load_bundle
from ..camera import Camera, LiveSource
from ..inputs import Inputs, Source, find_inputs
from ..live import Glimpse
from ..settings import Settings, wants_stills
from .analysing import Analysing, Watching, wait_for
from .models import Model, describe, describe_all, find_models
from .record import Answer, Record

OpenCamera = Callable[[], LiveSource]


class Session(QObject):
    """One model, a list of sources, one of them (or a camera) at work.

    Signals
    -------
    models_found(list of Model)
    model_changed()
        Another model is loaded, or none any more.
    loading(bool)
        Whether a model is being loaded.
    sources_changed()
        Other sources are in the list.
    source_changed()
        Another source, or a camera, is at work; or none.
    grew()
        There are new answers.
    glimpsed(object)
        A camera's newest ``Glimpse``.
    finished()
        The source was looked at to its end.
    told(str, str)
        A sentence and its level, ``error`` or ``note``.
    """

    models_found = Signal(list)
    model_changed = Signal()
    loading = Signal(bool)
    sources_changed = Signal()
    source_changed = Signal()
    grew = Signal()
    glimpsed = Signal(object)
    finished = Signal()
    told = Signal(str, str)

    def __init__(self, folders: Sequence[Path] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folders = list(folders)
        self.models: list[Model] = []
        self.model: Model | None = None
        self.bundle: Bundle | None = None
        self.settings = Settings()
        self.sources: list[Source] = []
        self.source: Source | None = None
        self.camera = ""
        self.record = Record()
        self.records: dict[Path, Record] = {}
        self._open_camera: OpenCamera | None = None
        self._analysing: Analysing | None = None
        self._watching: Watching | None = None
        self._workers: dict[str, Background] = {}
        self._ending: list[Analysing | Watching] = []

    # work beside the window ---------------------------------------------------------------------

    def _work(
        self,
        name: str,
        work: Callable[..., Any],
        done: Callable[[Any], None],
        *,
        quiet: bool = False,
    ) -> None:
        """Do ``work(tell, stop)`` in a thread; a later work of the same name replaces it."""
        if name in self._workers:
            self._workers[name].stop(0.0)
        worker = Background(work, self)
        worker.finished.connect(done)
        if not quiet:
            worker.failed.connect(lambda sentence: self._failed(name, sentence))
        self._workers[name] = worker
        worker.start()

    def _failed(self, name: str, sentence: str) -> None:
        if name == "load":
            self.loading.emit(False)
        self.told.emit(sentence, "error")

    # models -------------------------------------------------------------------------------------

    def look_for_models(self) -> None:
        """List the bundles in the folders."""
        folders = list(self.folders)
        self._work(
            "models", lambda tell, stop: describe_all(find_models(folders)), self._models_found
        )

    def _models_found(self, models: list[Model]) -> None:
        chosen = [
            m for m in self.models if m == self.model and m.path not in {k.path for k in models}
        ]
        self.models = [*chosen, *models]
        self.models_found.emit(self.models)

    def use_model(self, path: Path) -> None:
        """Load a bundle; what is open is analysed by it then."""
        self.loading.emit(True)
        self._work("load", lambda tell, stop: (describe(path), load_bundle(path)), self._loaded)

    def _loaded(self, found: tuple[Model, Bundle]) -> None:
        self.model, self.bundle = found
        if self.model.path not in {m.path for m in self.models}:
            self.models = [self.model, *self.models]
            self.models_found.emit(self.models)
        self.loading.emit(False)
        self.model_changed.emit()
        self.begin_again()

    @property
    def classes(self) -> list[str]:
        """The classes of the model."""
        return self.bundle.classes if self.bundle is not None else []

    def set_faces(self, faces: str) -> None:
        """Look at the ``largest`` face or at ``all``."""
        if faces != self.settings.faces:
            self.settings = replace(self.settings, faces=faces)
            self.begin_again()

    # sources ------------------------------------------------------------------------------------

    def open_paths(self, paths: Sequence[Path], *, stills: bool = False) -> None:
        """Open videos, images and folders; their sources replace those in the list.

        The images of a folder are the frames of one clip, unless ``stills`` is given or the model
        looks at single pictures.
        """
        wanted = list(paths)
        if self.bundle is not None:
            stills = stills or wants_stills(self.bundle, self.settings)
        self._work("open", lambda tell, stop: find_inputs(wanted, stills), self._opened)

    def _opened(self, found: Inputs) -> None:
        self.stop()
        self.records.clear()
        self.sources = found.sources
        self.sources_changed.emit()
        self.use_source(0)
        if found.failed:
            path, reason = found.failed[0]
            more = f" ({len(found.failed) - 1} more)" if len(found.failed) > 1 else ""
            self.told.emit(f"{path} was left out: {reason.rstrip('.')}{more}.", "note")

    def use_source(self, index: int) -> None:
        """Work on a source of the list."""
        if not 0 <= index < len(self.sources):
            return
        self.stop()
        self.source, self.camera, self._open_camera = self.sources[index], "", None
        self._open_record()
        self.source_changed.emit()
        self._analyse()

    def _open_record(self) -> None:
        assert self.source is not None
        known = self.records.get(self.source.path)
        self.record = known if known is not None and known.complete else Record()
        self.records[self.source.path] = self.record

    def use_camera(self, name: str, open_camera: OpenCamera) -> None:
        """Work on a live source."""
        if self.bundle is None:
            self.told.emit("a camera needs a model; choose one first.", "error")
            return
        self.stop()
        self.source, self.camera, self._open_camera = None, name, open_camera
        self.record = Record()
        self._watch()
        self.source_changed.emit()

    def use_camera_number(self, number: int) -> None:
        """Work on a camera of this machine."""
        self.use_camera(f"camera {number}", lambda: Camera(number))

    def _watch(self) -> None:
        assert self.bundle is not None and self._open_camera is not None
        watching = Watching(self.camera, self.bundle, self.settings, self._open_camera, self)
        watching.glimpsed.connect(self._glimpsed)
        watching.ended.connect(self._camera_ended)
        self._watching = watching
        watching.start()

    def _glimpsed(self, glimpse: Glimpse, answers: list[Answer]) -> None:
        for answer in answers:
            self.record.add(answer)
        self.glimpsed.emit(glimpse)
        self.grew.emit()

    def _camera_ended(self, reason: str) -> None:
        self._watching = None
        if reason:
            self.told.emit(reason, "error")
        self.finished.emit()

    # analysing ----------------------------------------------------------------------------------

    def _analyse(self) -> None:
        if self.bundle is None or self.source is None or self.record.complete:
            return
        work = Analysing(self.source, self.bundle, self.settings, self)
        work.answered.connect(self._answered)
        work.ended.connect(self._ended)
        self._analysing = work
        work.start()

    def _answered(self, answers: list[Answer]) -> None:
        for answer in answers:
            self.record.add(answer)
        self.grew.emit()

    def _ended(self, reason: str) -> None:
        self._analysing = None
        self.record.complete, self.record.problem = not reason, reason
        if reason:
            self.told.emit(reason, "error")
        self.finished.emit()

    def begin_again(self) -> None:
        """Forget all answers, and analyse what is open anew."""
        self.records.clear()
        camera = self._open_camera if self.live else None
        self._halt(wait=camera is not None)
        self.record = Record()
        if self.source is not None:
            self._open_record()
        self.grew.emit()
        if self.source is not None:
            self._analyse()
        elif camera is not None:
            self._watch()

    @property
    def live(self) -> bool:
        """Whether a camera works."""
        return self._watching is not None

    @property
    def busy(self) -> bool:
        """Whether a source is being analysed."""
        return self._analysing is not None

    @property
    def grabbed(self) -> int:
        """How many pictures the camera gave."""
        return self._watching.grabbed if self._watching is not None else 0

    def stop(self) -> None:
        """End what is at work; a camera is freed at once."""
        was_live = self.live
        self._halt(wait=False)
        if was_live:
            self.finished.emit()

    def _halt(self, wait: bool) -> None:
        for work in (self._analysing, self._watching):
            if work is not None:
                work.stop(wait)
                self._ending.append(work)
        self._analysing = self._watching = None
        self._ending = [work for work in self._ending if work.running]

    def leave(self) -> None:
        """Close what is open."""
        self.stop()
        self.source, self.camera, self._open_camera = None, "", None
        self.sources, self.record = [], Record()
        self.records.clear()
        self.source_changed.emit()

    def end(self, seconds: float = 3.0) -> bool:
        """End everything; return whether all threads have ended."""
        self.blockSignals(True)
        self.stop()
        for worker in self._workers.values():
            worker.stop(0.5)
        return wait_for(self._ending, seconds)
