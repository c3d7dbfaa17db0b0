"""Live recognition: one thread grabs, one analyses; an analysis always takes the newest frame.

Grabbing never waits for the analysis, so what is shown never lags behind: where the model is
slower than the camera, frames are left out, and they are counted.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sttm.errors import InputError, ToolkitError

from .analysis import Analysis, Shot
from .bundle import Bundle
from .camera import LiveSource
from .engine import Engine
from .settings import Settings

KEPT = 600  # frames between two analyses; older ones are left out
WAITING = 512 << 20  # bytes of them, for large pictures
PATIENCE = 2.0  # seconds that `stop` waits for a camera that does not answer


@dataclass(frozen=True, eq=False)
class Glimpse:
    """An answer with the frame that it ends with.

    ``picture`` is native uint8; ``lag`` the seconds from grabbing it to the answer; ``skipped`` the
    frames that came and were not the last one of any analysis, so far.
    """

    picture: np.ndarray
    analysis: Analysis
    lag: float
    skipped: int


class Live:
    """A model on a live source.

    Parameters
    ----------
    bundle : Bundle
    settings : Settings
    open_camera : callable
        Returns a ``LiveSource``; called in the grabbing thread.
    shown : callable
        Given each ``Glimpse``, in the analysing thread.
    ended : callable
        Given a sentence, once: why it ended, "" when it was stopped or the source came to its end.

    Attributes
    ----------
    grabbed, analysed : int
        Frames that came, and windows that were answered.
    """

    def __init__(
        self,
        bundle: Bundle,
        settings: Settings,
        open_camera: Callable[[], LiveSource],
        shown: Callable[[Glimpse], None],
        ended: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self.engine = Engine(bundle, settings, live=True)
        self.grabbed = 0
        self.analysed = 0
        self._open_camera = open_camera
        self._shown = shown
        self._ended = ended
        self._new: deque[Shot] = deque(maxlen=KEPT)
        self._wake = threading.Condition()
        self._stopped = False
        self._over = False  # no further frame will come
        self._reason = ""
        self._grabber = threading.Thread(target=self._grab, name="grabbing", daemon=True)
        self._analyser = threading.Thread(target=self._analyse, name="analysing", daemon=True)

    def start(self) -> Live:
        """Begin."""
        self._grabber.start()
        self._analyser.start()
        return self

    def stop(self, wait: bool = True) -> None:
        """Free the source and end; a second time does nothing."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
        if wait:
            for thread in (self._grabber, self._analyser):
                if thread.is_alive() and thread is not threading.current_thread():
                    thread.join(PATIENCE)

    @property
    def running(self) -> bool:
        """Whether frames may still come or be analysed."""
        return self._analyser.is_alive()

    def join(self, seconds: float | None = None) -> None:
        """Wait until the source has come to its end."""
        self._analyser.join(seconds)

    # the grabbing thread ------------------------------------------------------------------------

    def _grab(self) -> None:
        camera: LiveSource | None = None
        try:
            camera = self._open_camera()
            while not self._stopped:
                picture = camera.read()
                if picture is None:
                    break
                _check_picture(picture)
                self._take(picture)
        except Exception as error:  # a driver may raise anything
            sentence = f"the camera failed ({type(error).__name__}: {error})."
            if not self._stopped:  # what it says of being stopped is of no interest
                self._reason = str(error) if isinstance(error, ToolkitError) else sentence
        finally:
            if camera is not None:
                with contextlib.suppress(Exception):  # a driver may raise anything
                    camera.close()
            with self._wake:
                self._over = True
                self._wake.notify_all()

    def _take(self, picture: np.ndarray) -> None:
        with self._wake:
            self._new.append(Shot(self.grabbed, time.monotonic(), picture))
            self.grabbed += 1
            while len(self._new) > max(1, WAITING // max(1, picture.nbytes)):
                self._new.popleft()
            self._wake.notify_all()

    # the analysing thread -----------------------------------------------------------------------

    def _analyse(self) -> None:
        try:
            while (new := self._wait()) is not None:
                for shot in new:
                    self.engine.push(shot)
                if self.engine.due:
                    self._answer(new[-1])
        except ToolkitError as error:
            self._reason = str(error)
        except Exception as error:
            self._reason = f"the analysis failed ({type(error).__name__}: {error})."
        finally:
            self.stop(wait=False)
            self._ended("" if self._reason is None else self._reason)

    def _wait(self) -> list[Shot] | None:
        """Return the frames that came since, None when there will be none."""
        with self._wake:
            while not self._new and not self._over and not self._stopped:
                self._wake.wait()
            if self._stopped or not self._new:
                return None
            new = list(self._new)
            self._new.clear()
            return new

    def _answer(self, newest: Shot) -> None:
        found = self.engine.analyse()
        if found is None or self._stopped:
            return
        self.analysed += 1
        lag = time.monotonic() - newest.time
        skipped = newest.number + 1 - self.analysed
        self._shown(Glimpse(newest.picture, found, lag, skipped))


def _check_picture(picture: np.ndarray) -> None:
    """Refuse what a driver gives for a picture and is none."""
    shape, kind = np.shape(picture), getattr(picture, "dtype", type(picture).__name__)
    grey_or_colour = len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))
    if kind != np.uint8 or not grey_or_colour or 0 in shape:
        raise InputError(
            f"the camera must give grey or colour pictures of 8 bits; it gave {kind} of shape "
            f"{shape}. Choose another mode of the camera, or another camera."
        )
