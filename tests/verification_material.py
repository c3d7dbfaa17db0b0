"""A study by three simulated annotators, with every fault planted that the verification knows.

Ann and Bob are good and err on different clips; Carl is good at first, then tires: he calls many
things surprise, marks late, and does not repeat himself. So the majority is always the truth, and
what is found beside the planted faults is a mistake of the verification.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from labeling.scheme import Scheme
from labeling.statement import Interval, Statement
from labeling.study import Study, create_study, open_study
from sttm.digests import content_digest

FRAMES, FPS = 16, 20.0
PEOPLE = ("ann", "bob", "carl")
SUBJECTS = 12
LABELS = ("happiness", "surprise", "suprise", "disgust", "fear", "sadness", "contempt")
BEGUN = datetime(2024, 5, 31, 9, 0, tzinfo=UTC)

# code -> the clips that were made faulty; None: about annotators, classes or the whole study
PLANTED: dict[str, set[str] | None] = {
    "F01": {"gone"},
    "F02": {"empty", "broken"},
    "F03": {"changed"},
    "F04": {"short"},
    "F05": {"near"},
    "F07": {"short"},
    "I01": {"outside"},
    "I02": {"open"},
    "I03": {"twice"},
    "I04": {"slow"},
    "V01": {"smirk"},
    "V02": None,
    "V03": {"blinked"},
    "V04": {"twice"},
    "V05": None,
    "C01": {"nobody"},
    "C02": {"two"},
    "C03": {"back"},
    "C04": {"tie"},
    "D01": {"b004", "copy"},
    "D02": {"b005", "near"},
    "D03": {"b005", "near"},
    "D04": {"window1", "window2"},
    "S01": None,
    "S02": {"b004", "copy"},
    "S03": {"blank"},
    "S04": {"left", "right"},
    "B01": None,
    "B02": None,
    "A01": None,
    "A03": None,
    "A04": None,
    "A05": None,
    "A06": None,
    "X01": {"b050"},
    "X02": None,
    "M01": None,
}


def scheme(labels: tuple[str, ...] = LABELS, **changes: object) -> Scheme:
    """The scheme of the annotators."""
    values: dict[str, object] = {
        "name": "micro-expressions, planted",
        "labels": [{"name": label} for label in labels],
        "marks": ["onset", "apex", "offset"],
        "needed": ["onset", "offset"],
        "work": {"per_clip": 3, "annotators": list(PEOPLE)},
    }
    return Scheme.model_validate(values | changes)


def pictures(seed: int, frames: int = FRAMES, size: int = 64) -> np.ndarray:
    """Return frames (t, y, x) of a pattern that is like no other, with something moving in it."""
    rng = np.random.default_rng(seed)
    still, moving = (
        cv2.resize(rng.normal(size=(5, 5)), (size, size), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    )
    course = np.convolve(rng.normal(size=frames + 4), np.ones(5) / 5, "valid")
    volume = 128 + 35 * still + 25 * course[:, None, None] * moving
    return np.clip(volume + rng.normal(size=volume.shape), 0, 255).astype(np.uint8)


def write_video(path: Path, volume: np.ndarray, fps: float) -> None:
    """Write frames as a compressed video."""
    size = volume.shape[2], volume.shape[1]
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, size)
    for frame in volume:
        video.write(cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR))
    video.release()


def truth(number: int) -> str:
    """Return the label of base clip ``number``; 8 clips per subject."""
    subject, take = divmod(number, 8)
    if take == 7:
        return "fear" if subject < 3 else "happiness"
    return ("happiness", "happiness", "surprise", "happiness", "disgust", "surprise", "happiness")[
        take
    ]


class Planting:
    """Makes the files, the clips and the opinions, fault by fault."""

    def __init__(self, folder: Path, study: Study) -> None:
        self.folder, self.study = folder, study
        self.clock = BEGUN
        self.count = 0

    def clip(self, name: str, subject: str, source: str = "", **facts: object) -> str:
        """Write a source that is not there, and add a clip of it."""
        source = source or f"{name}.npy"
        path = self.folder / source
        self.count += 1
        if not path.exists() and path.suffix == ".npy":
            np.save(path, pictures(1000 + self.count))
        row = {"clip": name, "subject": subject, "source": source, "fps": FPS, "frames": FRAMES}
        row["digest"] = content_digest(path) if path.exists() else "0" * 40
        self.study.add_clips(pd.DataFrame([row | facts]))
        return name

    def say(self, clip: str, who: str, *intervals: Interval, turn: int = 0, **more: object) -> None:
        """Let an annotator say something, a minute after the one before."""
        self.clock += timedelta(minutes=1)
        statement = Statement(tuple(intervals), **more)  # type: ignore[arg-type]
        self.study.say(clip, who, statement, turn=turn, time=self.clock.isoformat())

    def all_say(self, clip: str, label: str = "happiness", but: tuple[str, ...] = ()) -> None:
        """Let everybody say the same."""
        for who in PEOPLE:
            if who not in but:
                self.say(clip, who, marked(label))


def marked(label: str, onset: int = 4, apex: int = 8, offset: int = 12) -> Interval:
    """Return an interval with all marks."""
    return Interval(label, onset, apex, offset)


def base_clips(plant: Planting, *, tired: bool = True, people: tuple[str, ...] = PEOPLE) -> None:
    """Add 96 clips of 12 subjects, and let everybody label them; repeats of each fourth one."""
    total = SUBJECTS * 8
    for i in range(total):
        plant.clip(f"b{i:03d}", f"S{i // 8 + 1:02d}")
    for i in range(total):
        for who in people:
            plant.say(f"b{i:03d}", who, said(i, who, tired))
    for i in range(0, total, 4):
        for who in people:
            plant.say(f"b{i:03d}", who, said(i, who, tired, again=True), turn=1)


def said(number: int, who: str, tired: bool, again: bool = False) -> Interval:
    """Return what somebody says of a base clip."""
    label, late = truth(number), number >= 40
    if who == "ann" and number % 20 == 7:
        label = "contempt"
    elif who == "bob" and number % 20 == 13:
        label = "suprise" if tired else "disgust"
    elif who == "carl" and tired and late and number % 20 not in (7, 13) and number % 4 != 3:
        label = "disgust" if again or label == "surprise" else "surprise"
    if who == "carl" and tired:
        return marked(label, 10, 12, 15)
    shift = 1 if who == "bob" else 0
    return marked(label, 4 + shift, 8, 12)


def faulty_study(folder: Path) -> Path:
    """Return the path of a study with all faults of ``PLANTED``; the sources lie beside it."""
    path = folder / "planted.sttm-study"
    labels = (*LABELS, "smirk")
    flags = [{"name": "unsure"}, {"name": "blinking"}]
    with create_study(path, scheme(labels, several=True, flags=flags)) as study:
        plant = Planting(folder, study)
        base_clips(plant)
        plant_files(plant)
        plant_words(plant)
        plant_copies(plant)
        plant_gaps(plant)
    edit_by_hand(path)
    spoil_files(folder)
    return path


def plant_files(plant: Planting) -> None:
    (plant.folder / "broken.avi").write_bytes(b"RIFF, but no video" * 20)
    for name in ("gone", "empty", "changed"):
        plant.all_say(plant.clip(name, "S01"))
    plant.all_say(plant.clip("broken", "S01", "broken.avi"))
    plant.all_say(plant.clip("short", "S01", digest=""))


def spoil_files(folder: Path) -> None:
    (folder / "gone.npy").unlink()
    (folder / "empty.npy").write_bytes(b"")
    np.save(folder / "changed.npy", pictures(1))
    np.save(folder / "short.npy", pictures(2, frames=13))


def plant_words(plant: Planting) -> None:
    for name in ("outside", "open", "twice", "slow", "smirk", "blinked"):
        plant.clip(name, "S02")
        plant.all_say(name, but=("ann",))
    plant.say("outside", "ann", marked("happiness"))
    plant.say("open", "ann", Interval("happiness", onset=4))
    plant.say("twice", "ann", marked("happiness", 4, 8, 12), marked("happiness", 11, 12, 13))
    plant.say("slow", "ann", marked("happiness", 0, 8, 15))
    plant.say("smirk", "ann", marked("smirk"))
    plant.say("blinked", "ann", marked("happiness"), flags=("blinking",))


def plant_copies(plant: Planting) -> None:
    folder = plant.folder
    (folder / "copy.npy").write_bytes((folder / "b004.npy").read_bytes())
    plant.all_say(plant.clip("copy", "S05"), truth(4))
    video = np.load(folder / "b005.npy")
    smaller = [cv2.resize(f, (48, 48), interpolation=cv2.INTER_AREA) for f in video]
    write_video(
        folder / "near.avi", np.clip(np.stack(smaller) * 0.9 + 20, 0, 255).astype(np.uint8), 25
    )
    plant.all_say(plant.clip("near", "S01", "near.avi"), "disgust")
    np.save(folder / "long.npy", pictures(3, frames=40))
    np.save(folder / "two_people.npy", np.concatenate([pictures(4), pictures(5)]))
    plant.all_say(plant.clip("window1", "S03", "long.npy", first=0, last=15))
    plant.all_say(plant.clip("window2", "S03", "long.npy", first=10, last=25), but=PEOPLE)
    for who in PEOPLE:
        plant.say("window2", who, marked("happiness", 14, 18, 22))
    plant.all_say(plant.clip("left", "S03", "two_people.npy", first=0, last=15))
    plant.clip("right", "S04", "two_people.npy", first=16, last=31)
    for who in PEOPLE:
        plant.say("right", who, marked("happiness", 20, 24, 28))
    plant.all_say(plant.clip("blank", ""))
    plant.all_say(plant.clip("spelt", "s6"))


def plant_gaps(plant: Planting) -> None:
    plant.clip("nobody", "S06")
    plant.all_say(plant.clip("two", "S06"), but=("carl",))
    plant.all_say(plant.clip("back", "S06"))
    plant.study.decide("back", "dora", "sent back", "the offset is too early")
    plant.clip("tie", "S06")
    for who, label in zip(PEOPLE, ("happiness", "disgust", "surprise"), strict=True):
        plant.say("tie", who, marked(label))


def edit_by_hand(path: Path) -> None:
    """Do to the file what no annotator can, and leave its triggers as they were."""
    mutes = [
        {"code": "C02", "clips": ["no such clip"], "reason": "left behind"},
        {"code": "S03", "clips": ["another"], "reason": "left behind too"},
    ]
    changed = scheme(LABELS, flags=[{"name": "unsure"}], muted=mutes)
    with sqlite3.connect(path) as connection:
        trigger = connection.execute(
            "SELECT sql FROM sqlite_schema WHERE name = 'intervals_no_update'"
        ).fetchone()[0]
        connection.execute("DROP TRIGGER intervals_no_update")
        where = (
            "WHERE opinion = (SELECT max(seq) FROM opinions WHERE clip = ? AND annotator = 'ann')"
        )
        connection.execute(f"UPDATE intervals SET offset = 40 {where}", ("outside",))
        connection.execute(trigger)
        connection.execute(
            "INSERT INTO schemes (text, time) VALUES (?, ?)",
            (changed.to_yaml(), BEGUN.isoformat()),
        )
    connection.close()


def predictions() -> pd.DataFrame:
    """Return predictions of all base clips that agree with the truth, but for ``b050``."""
    classes = ("happiness", "surprise", "disgust", "fear")
    rows = []
    for i in range(SUBJECTS * 8):
        likely = "disgust" if i == 50 else truth(i)
        sure = 0.97 if i == 50 else 0.85 + 0.1 * (i % 7) / 7
        shares = {f"p:{c}": sure if c == likely else (1 - sure) / 3 for c in classes}
        rows.append({"clip": f"b{i:03d}", "label": truth(i), "predicted": likely, **shares})
    rows.append(rows[0] | {"clip": "elsewhere"})
    return pd.DataFrame(rows)


def sound_study(folder: Path) -> Path:
    """Return the path of a study without faults."""
    path = folder / "sound.sttm-study"
    words = ("happiness", "surprise", "disgust", "contempt")
    with create_study(path, scheme(words, name="expressions")) as study:
        plant = Planting(folder, study)
        for i in range(40):
            plant.clip(f"b{i:03d}", f"S{i % 10 + 1:02d}")
        for i in range(40):
            for who in PEOPLE:
                off = {"ann": 7, "bob": 13, "carl": 23}[who] == i
                shift = {"ann": 0, "bob": 1, "carl": 2}[who]
                label = words[(i // 10 + off) % 4]
                plant.say(f"b{i:03d}", who, marked(label, 4 + shift, 8, 12 + shift))
        for i in range(0, 40, 4):
            for who in PEOPLE:
                plant.say(f"b{i:03d}", who, marked(words[i // 10]), turn=1)
    return path


__all__ = ["PLANTED", "Study", "faulty_study", "open_study", "predictions", "sound_study"]
