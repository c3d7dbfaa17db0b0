"""What keys do to the picture: frames, speed, loop, zoom, light, difference; and their keeping."""

from __future__ import annotations

from typing import Any

from sttm.gui.player import Player
from sttm.gui.view import ZOOMS

from ..statement import Interval

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
LIGHT_STEP = 10  # of brightness and contrast, which run from -100 to 100


class Playing:
    """Puts actions such as ``frame:+1`` to a player; each returns a sentence for the status line.

    Parameters
    ----------
    player : Player
    """

    def __init__(self, player: Player) -> None:
        self.player = player
        self.light = {"brightness": 0, "contrast": 0}
        self.zoom = "fit"
        player.controls.levels_asked.connect(self._light_moved)
        player.controls.zoom_asked.connect(self._zoom_asked)

    def _light_moved(self, brightness: int, contrast: int) -> None:
        self.light = {"brightness": brightness, "contrast": contrast}

    def _zoom_asked(self, zoom: str) -> None:
        self.zoom = zoom

    # actions ------------------------------------------------------------------------------------

    def play(self) -> str:
        """Play or pause."""
        if self.player.facts is None:
            return "no picture to play"
        self.player.toggle()
        return "playing" if self.player.playing else f"paused at frame {self.player.frame}"

    def frame(self, where: str) -> str:
        """Go ``+1``, ``-10``, to ``first`` or ``last``."""
        facts = self.player.facts
        if where in ("first", "last"):
            self.player.pause()
            if facts is not None:
                self.player.seek(facts.first if where == "first" else facts.last)
            return f"{where} frame"
        self.player.step(int(where))
        return ""

    def to_frame(self, frame: int) -> None:
        """Pause and go to a frame."""
        self.player.pause()
        self.player.seek(frame)

    def speed(self, how: str) -> str:
        """Make it faster (``+``), slower (``-``), or as recorded (``1``)."""
        now = self.player.speed
        if how == "+":
            speed = next((s for s in SPEEDS if s > now + 1e-9), SPEEDS[-1])
        elif how == "-":
            speed = next((s for s in reversed(SPEEDS) if s < now - 1e-9), SPEEDS[0])
        else:
            speed = 1.0
        self.player.set_speed(speed)
        return f"speed {speed:g}×"

    def loop(self, interval: Interval | None) -> str:
        """Repeat the interval, or the clip where it has no two marks; the second time stop that."""
        if self.player.loop is not None:
            self.player.set_loop(None)
            return "loop off"
        if self.player.facts is None:
            return "no picture to loop"
        first, last = self.player.facts.first, self.player.facts.last
        marks = sorted(interval.marks.values()) if interval is not None else []
        whole = len(marks) < 2
        if not whole:
            first, last = marks[0], marks[-1]
        self.player.set_loop(first, last)
        if not self.player.playing:
            self.player.play()
        return f"looping {'the clip' if whole else f'frames {first} to {last}'}"

    def difference(self, onset: int | None) -> str:
        """Show what changed since the onset, or since this frame where there is none."""
        if self.player.difference is not None:
            self.player.set_difference(None)
            return "difference off"
        if self.player.facts is None:
            return "no picture to compare"
        start = onset if onset is not None else self.player.frame
        self.player.set_difference(start)
        return f"difference to frame {start}" + ("" if onset is not None else " (no onset yet)")

    def next_zoom(self) -> str:
        """Go on from fit to face to actual size and round."""
        at = ZOOMS.index(self.zoom) if self.zoom in ZOOMS else -1
        self.set_zoom(ZOOMS[(at + 1) % len(ZOOMS)])
        return {"fit": "whole picture", "face": "zoom to the face", "actual": "actual size"}[
            self.zoom
        ]

    def set_zoom(self, zoom: str) -> None:
        """Set one of the zooms."""
        self.zoom = zoom
        self.player.set_zoom(zoom)

    def change_light(self, which: str, how: str) -> str:
        """Change ``brightness`` or ``contrast`` by a step up (``+``) or down (``-``)."""
        step = LIGHT_STEP if how == "+" else -LIGHT_STEP
        self.set_light(**{**self.light, which: self.light[which] + step})
        return f"{which} {self.light[which]:+d}"

    def set_light(self, brightness: int = 0, contrast: int = 0) -> str:
        """Set both; as recorded unless told."""
        self.light = {
            "brightness": min(max(int(brightness), -100), 100),
            "contrast": min(max(int(contrast), -100), 100),
        }
        self.player.set_brightness(self.light["brightness"])
        self.player.set_contrast(self.light["contrast"])
        return "brightness and contrast as recorded"

    # keeping ------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return speed, zoom and light as plain values."""
        return {"speed": self.player.speed, "zoom": self.zoom, **self.light}

    def restore(self, values: dict[str, Any]) -> None:
        """Set speed, zoom and light; what does not fit is passed over."""
        speed = values.get("speed")
        if isinstance(speed, int | float) and 0 < speed <= 4:
            self.player.set_speed(float(speed))
        zoom = values.get("zoom")
        self.set_zoom(zoom if isinstance(zoom, str) and zoom in ZOOMS else "fit")
        light = [values.get(k) for k in ("brightness", "contrast")]
        self.set_light(*[v if isinstance(v, int) else 0 for v in light])
