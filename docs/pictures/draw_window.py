"""Draw the pictures of the labelling window and of a verification, on drawn (synthetic) faces.

Run it from the top folder after changes to ``labeling/gui`` or ``labeling/verification``:
``python docs/pictures/draw_window.py``. It takes a minute. No screen is needed. The report
(``verify.png``) needs a headless browser (chromium); where there is none, that one is left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pandas as pd
from PIL import Image
from PySide6.QtWidgets import QApplication

from experiments.datasets.drawn import DrawnSettings, write_clips
from labeling.gui.app import show_window
from labeling.gui.preferences import Preferences
from labeling.gui.window import LabelWindow
from labeling.learning import learn_clips
from labeling.opening import Request
from labeling.review import Review
from labeling.scheme import MARKS, Scheme, load_scheme
from labeling.statement import Interval, Statement
from labeling.study import Study, create_study, open_study
from labeling.verification import verify_study, write_verification
from sttm.atomic import replacing
from sttm.gui.app import make_app

TARGET = Path(__file__).parent
SIZE = (1366, 768)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "headless_shell")
FACES = DrawnSettings(subjects=4, takes=1, frames=48, size=480, noise=1.0)


def made_study(path: Path, scheme: Scheme, clips: pd.DataFrame, root: Path) -> Study:
    """Make a study whose clips have been looked at."""
    study = create_study(path, scheme, root=root)
    study.add_clips(clips, root)
    learn_clips(study)
    return study


def simulated(study: Study, labels: pd.DataFrame) -> None:
    """Let three simulated annotators label all clips, one of them carelessly."""
    random = np.random.default_rng(5)
    known = sorted(labels["label"].unique())
    for person, wrong in (("Ann", 0.05), ("Bo", 0.1), ("Cy", 0.35)):
        for row in labels.to_dict("records"):
            name = str(random.choice(known)) if random.random() < wrong else str(row["label"])
            label = Interval(name)
            if name != "neutral" and pd.notna(row["onset"]):
                jitter = random.integers(-2, 3, 3)
                ends = [int(row[m]) for m in MARKS]
                placed = np.clip(np.sort(ends + jitter), 0, FACES.frames - 1)
                onset, apex, offset = (int(frame) for frame in placed)
                label = Interval(name, onset, apex, offset)
            said = Statement((label,), sure=float(random.choice([2, 3])) / 3)
            study.say(str(row["clip"]), person, said)


class Stage:
    """Opens windows and takes pictures of them."""

    def __init__(self, folder: Path) -> None:
        self.app = make_app("sttm label")
        self.folder = folder

    def wait(self, done: Callable[[], object], seconds: float = 60.0) -> None:
        """Let the window work until something holds."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise TimeoutError("the window did not get ready")
            self.app.processEvents()
            time.sleep(0.01)

    def rest(self, seconds: float = 1.0) -> None:
        """Let the window finish what it does beside the work, thumbnails for example."""
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() > end)

    def window(self, path: Path, name: str, *, review: bool = False) -> LabelWindow:
        """Open a study in a light window of a laptop's size."""
        window = show_window(
            Request(target=path), name, review=review, preferences=Preferences(theme="light")
        )
        window.resize(*SIZE)
        self.wait(lambda: window.page is not None)
        self.rest()
        return window

    def at(self, window: LabelWindow, frame: int) -> None:
        """Show a frame."""
        page = window.page
        assert page is not None
        page.player.seek(frame)
        self.wait(lambda: page.player.frame == frame and page.player._target is None)

    def keep(self, window: LabelWindow, name: str) -> Path:
        """Write what a window shows, in few colours."""
        if window.page is not None:
            window.page.toast.hide()
        self.rest(0.3)
        full = self.folder / f"{name}.png"
        window.grab().save(str(full))
        return reduced(full, TARGET / f"{name}.png")


def reduced(source: Path, target: Path) -> Path:
    """Write a picture with a palette of 256 colours, so that it stays small."""
    with Image.open(source) as picture:
        small = picture.convert("RGB").quantize(256, kmeans=1, dither=Image.Dither.NONE)
    with replacing(target) as part:
        small.save(part, "PNG", optimize=True)
    return target


def mark(stage: Stage, window: LabelWindow, label: str, frames: tuple[int, int, int]) -> None:
    """Label the clip that is shown, with its marks."""
    window.perform(f"label:{label}")
    for which, frame in zip(MARKS, frames, strict=True):
        stage.at(window, frame)
        window.perform(f"mark:{which}")


def draw_label(stage: Stage, path: Path, clip: str, frames: tuple[int, int, int]) -> list[Path]:
    """Draw the label page, and the legend over it."""
    window = stage.window(path, "Ann")
    page = window.page
    assert page is not None
    while page.session.task.clip != clip:
        window.perform(f"label:{page.session.task.clip.split('-')[1]}")
        window.perform("next")
    stage.rest()
    mark(stage, window, "surprise", frames)
    stage.at(window, frames[1])
    window.perform("sure:2")
    stage.rest(2.0)
    done = [stage.keep(window, "label")]
    window.perform("legend")
    done.append(stage.keep(window, "legend"))
    window.close()
    return done


def draw_facs(stage: Stage, path: Path, clip: str, frames: tuple[int, int, int]) -> Path:
    """Draw the label page with several action units."""
    window = stage.window(path, "Ann")
    page = window.page
    assert page is not None
    while page.session.task.clip != clip:
        window.perform("next")
    stage.rest()
    onset, apex, offset = frames
    for unit, level, shift in (("AU12", 4, 0), ("AU6", 3, 1), ("AU25", 2, 2)):
        mark(stage, window, unit, (onset + shift, apex, offset - shift))
        window.perform(f"intensity:{level}")
    stage.at(window, apex)
    stage.rest(2.0)
    done = stage.keep(window, "label_facs")
    window.close()
    return done


def draw_review(stage: Stage, path: Path) -> Path:
    """Draw the review on the most disputed clip."""
    window = stage.window(path, "Rev", review=True)
    review = window.review
    assert review is not None
    assert review.case is not None
    apex = review.case.opinions[0].statement.intervals[0].apex or 0
    review.player.seek(apex)
    stage.wait(lambda: review.player.frame == apex)
    stage.rest(2.0)
    done = stage.keep(window, "review")
    window.close()
    return done


def draw_report(folder: Path, path: Path) -> Path | None:
    """Draw the beginning of a verification's report; None where there is no browser."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print("verify.png is left out: no chromium is installed here")
        return None
    with open_study(path, read_only=True) as study:
        report = write_verification(verify_study(study, folds=4), folder / "report.html")
    full = folder / "verify.png"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    subprocess.run(
        [browser, *options, "--window-size=1100,1150", f"--screenshot={full}", report.as_uri()],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return reduced(full, TARGET / "verify.png")


def draw() -> list[Path]:
    """Write all pictures and return their paths."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        root = folder / "faces"
        clips, labels = write_clips(FACES, root)
        stage = Stage(folder)
        rules = load_scheme("basic-marks")
        rules = rules.model_copy(update={"needed": []})  # of a neutral face nothing can be marked
        quiet = rules.model_copy(update={"work": rules.work.model_copy(update={"advance": False})})
        surprise = labels[labels["label"] == "surprise"].iloc[0]
        smile = labels[labels["label"] == "happiness"].iloc[0]
        team = folder / "team.sttm-study"
        made_study(folder / "smiles.sttm-study", quiet, clips, root).close()
        made_study(folder / "units.sttm-study", load_scheme("facs"), clips, root).close()
        with made_study(team, rules, clips, root) as study:
            simulated(study, labels)
            first = Review(study, "Rev").queue()[-1]
            Review(study, "Rev").accept(first.clip, first.opinions[0].id, "the brows go up")
        done = draw_label(
            stage, folder / "smiles.sttm-study", surprise["clip"], frames_of(surprise)
        )
        done.append(draw_facs(stage, folder / "units.sttm-study", smile["clip"], frames_of(smile)))
        done.append(draw_review(stage, team))
        report = draw_report(folder, team)
        QApplication.processEvents()
        return [*done, *([report] if report else [])]


def frames_of(row: pd.Series) -> tuple[int, int, int]:
    """Return onset, apex and offset of a drawn clip."""
    return int(row["onset"]), int(row["apex"]), int(row["offset"])


if __name__ == "__main__":
    for path in draw():
        print(f"{path} ({path.stat().st_size // 1024} KB)")
