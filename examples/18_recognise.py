"""Recognise from Python: a model, a stream of frames, an answer per window, live and offline.

Run: python examples/18_recognise.py [output folder]
The model is trained on drawn faces and met by a drawn face; it says nothing about people.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from experiments import Config, DrawnSettings, parse, train_model, write_clips
from recognizer import Engine, Live, Settings, Shot, SimulatedCamera, load_bundle
from sttm import open_frames

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
both = clips.merge(labels, on="clip").rename(columns={"source": "path"})
four = both[both["label"].isin(["disgust", "happiness", "neutral", "surprise"])]
four[four["subject"] != "d06"].drop(columns="dataset").to_csv(out / "known.csv", index=False)
values = {
    "data": {"kind": "csv", "path": str(out / "known.csv"), "root": str(out / "drawn")},
    "time": {"frames": 12},
    "classifier": {"name": "svm", "kernel": "linear"},
    "jobs": 1,
}
train_model(parse(Config, values), out / "stream.sttm", store=out / "store")
bundle = load_bundle(out / "stream.sttm")

film, shown = [], []  # the sixth person, one expression after the other, as one stream
for row in four[four["subject"] == "d06"].itertuples():
    with open_frames(out / "drawn" / row.path) as frames:
        film.append(frames.volume())
        shown.append((sum(map(len, film[:-1])), row.label))
stream = np.concatenate(film)  # (t, y, x)

settings = Settings(every=0.16, smooth=0.1)
engine = Engine(bundle, settings, fps=25)
answers = []
for number, picture in enumerate(stream):
    engine.push(Shot(number, number / 25, picture))
    if engine.due:
        answers.append(engine.analyse())
print(f"{len(answers)} answers for windows of {engine.pace.frames} frames, {bundle.classes}")

glimpses = []  # the first clip again, as a camera would give it: frames come, looked at or not
clip = out / "drawn" / four[four["subject"] == "d06"]["path"].iloc[0]
live = Live(bundle, settings, lambda: SimulatedCamera(clip), glimpses.append).start()
live.join(20)
lag = f", at most {max(g.lag for g in glimpses):.2f} s behind" if glimpses else ""
print(f"live: {live.grabbed} frames came, {live.analysed} answers{lag}")

figure = Figure(figsize=(11, 4), layout="constrained")
axes = figure.subplots()
ends = [0, *(a.last for a in answers)]  # an answer holds since the one before
chances = np.array([a.faces[0].probabilities for a in (answers[0], *answers)])
for name, course in zip(bundle.classes, chances.T, strict=True):
    axes.step(ends, course, where="pre", label=name, linewidth=2)
for begin, name in shown:
    axes.axvline(begin, color="grey", linestyle=":")
    axes.text(begin + 1, 1.03, f"shown: {name}")
axes.set(xlim=(0, len(stream)), ylim=(0, 1.1), xlabel="frame", ylabel="probability, smoothed")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
axes.spines[["top", "right"]].set_visible(False)
figure.suptitle("A drawn (synthetic) face, window by window; an answer looks back a second")
figure.savefig(out / "stream.png", dpi=110)
print(f"written {out / 'stream.png'} and {out / 'stream.sttm'}")
