"""A data set in its published layout: read it, and set what is there beside the published counts.

Run: python examples/07_read_a_dataset.py [output folder]
The tree below is laid out as CK+ is; its faces are drawn. Two sequences have a fault.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
from matplotlib.figure import Figure

from experiments import DrawnSettings, check_dataset, checked_lines, write_clips
from sttm import open_frames

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
CODES = {"anger": 1, "disgust": 3, "fear": 4, "happiness": 5, "sadness": 6, "surprise": 7}
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
both = clips.merge(labels, on="clip")

# cohn-kanade-images/S001/005/S001_005_00000001.png ..., Emotion/S001/005/..._emotion.txt
tree = out / "ck"
for row in both[both["label"].isin(CODES)].itertuples():
    person, number = f"S{int(row.subject[1:]):03d}", f"{CODES[row.label]:03d}"
    images = tree / "cohn-kanade-images" / person / number
    emotion = tree / "Emotion" / person / number
    images.mkdir(parents=True, exist_ok=True)
    emotion.mkdir(parents=True, exist_ok=True)
    with open_frames(out / "drawn" / row.source, last=row.apex) as frames:
        for k, frame in enumerate(list(frames)[::2]):  # neutral to peak, as in CK+
            cv2.imwrite(str(images / f"{person}_{number}_{k + 1:08d}.png"), frame)
    code = 9.0 if row.clip == "d06-fear-1" else CODES[row.label]  # a typing error
    text = f"   {code:.7e}\n"
    if row.clip != "d05-anger-1":  # many sequences of CK+ have no label
        (emotion / f"{person}_{number}_{k + 1:08d}_emotion.txt").write_text(text)

checked = check_dataset("ck+", tree, [])  # as `sttm datasets check ck+ PATH`
print("\n".join(checked_lines(checked)))

data = checked.data
counts, published = checked.counts(), checked.published
names = [name for name in published if name not in ("clips", "subjects")][::-1]
first = data.clips.merge(data.labels, on="clip").drop_duplicates("label").set_index("label")
figure = Figure(figsize=(9.5, 4), layout="constrained")
places = [["counts", *list(first.index)[:3]], ["counts", *list(first.index)[3:]]]
panels = figure.subplot_mosaic(places, width_ratios=(3.6, 1, 1, 1))
axes = panels["counts"]
axes.barh(names, [published[n] for n in names], color="#DDDDDD", label="published")
axes.barh(names, [counts.get(n, 0) for n in names], color="#0072B2", label="found here")
for place, name in enumerate(names):
    text = f" {counts.get(name, 0)} of {published[name]}"
    axes.text(published[name], place, text, va="center")
axes.set(xlabel="sequences", xlim=(0, 1.25 * max(published[n] for n in names)))
axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1.02, 0.97))
axes.spines[["top", "right"]].set_visible(False)
for label, row in first.iterrows():
    with open_frames(data.root / row["source"]) as frames:
        panels[label].imshow(frames[row["apex"]], cmap="gray")
    panels[label].set_title(label, fontsize=11)
    panels[label].set_axis_off()
figure.suptitle("A tiny tree in the layout of CK+, with drawn (synthetic) faces")
figure.savefig(out / "dataset.png", dpi=120)
print(f"written {out / 'dataset.png'}")
