"""Tiny trees of the data sets of still pictures, with the traps of the real ones.

``TREES``: kind -> a function that writes a tree and returns its settings.
"""

from __future__ import annotations

import cv2
import numpy as np
from tree_material import frames_of, write_image, write_junk

SEVEN = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
HEADER = "emotion,pixels,Usage"


def peaks(subject, label, count):
    """Return frames of a drawn clip near its apex, where the expression is seen."""
    first = 3 if label == "contempt" else 5  # contempt borrows another label's face
    return frames_of(subject, label, 12)[first : first + count]


def close_up(picture, side):
    """Return the face alone, (side, side), as sets give it that were cut out before."""
    return cv2.resize(picture[16:112, 16:112], (side, side), interpolation=cv2.INTER_AREA)


# JAFFE, KDEF ------------------------------------------------------------------------------------


def jaffe_tree(root):
    """3 women, 7 expressions twice; grey and colour; a damaged name, a copy, an unknown code."""
    codes = dict(zip(("AN", "DI", "FE", "HA", "SA", "SU", "NE"), SEVEN, strict=True))
    number = 0
    for subject, name in enumerate(("KA", "KL", "KM")):
        for code, label in codes.items():
            for take, picture in enumerate(peaks(subject, label, 2), 1):
                number += 1
                colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR) if number % 5 == 0 else picture
                write_image(root / "jaffe" / f"{name}.{code}{take}.{number}.tiff", colour)
    picture = peaks(0, "anger", 1)[0]
    write_image(root / "jaffe" / "copies" / "KA.AN1.1.tiff", picture)
    write_image(root / "jaffe" / "KA.XX1.99.tiff", picture)
    write_image(root / "jaffe" / "KA-AN1-98.tiff", picture)
    (root / "jaffe" / "README").write_text("x")
    (root / "jaffe" / "KL.AN9.999.tiff").symlink_to(root / "nowhere.tiff")
    write_junk(root / "jaffe")
    return {"path": root}


def kdef_tree(root):
    """F01, F02 and M01 in two sessions, straight; a profile, cut names, averages, a bad number."""
    codes = dict(zip(("AN", "DI", "AF", "HA", "SA", "SU", "NE"), SEVEN, strict=True))
    base = root / "KDEF_and_AKDEF" / "KDEF"
    for subject, name in enumerate(("F01", "F02", "M01")):
        for code, label in codes.items():
            pictures = peaks(subject, label, 2)
            for session, picture in zip("AB", pictures, strict=True):
                colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
                write_image(base / f"{session}{name}" / f"{session}{name}{code}S.JPG", colour)
    picture = peaks(0, "fear", 1)[0]
    for name in ("AF01AFFL", "AF01AFHL", "AF36ANS", "AF01XXS", "AF31V"):
        write_image(base / "AF01" / f"{name}.JPG", picture)
    write_image(base / "copies" / "af01ans.jpg", picture)
    write_image(root / "KDEF_and_AKDEF" / "AKDEF" / "FAFS.JPG", picture)
    write_junk(base)
    return {"path": root}


# FER2013, FER+ ----------------------------------------------------------------------------------


def pixels(picture):
    return " ".join(map(str, np.asarray(picture).ravel()))


USAGES = ("Training", "Training", "PublicTest", "PrivateTest")


def fer_rows(labels=SEVEN):
    """Return (label, usage, picture): of each label 2 to train on and 1 each for the others."""
    rows = []
    for label in labels:
        pictures = [
            close_up(peaks(person, label, 3)[take], 48)
            for person, take in ((0, 0), (1, 1), (2, 0), (2, 2))
        ]
        rows += list(zip([label] * 4, USAGES, pictures, strict=True))
    return rows


def fer_lines(rows):
    return [f"{SEVEN.index(label)},{pixels(p)},{usage}" for label, usage, p in rows]


def fer2013_tree(root):
    """The CSV with 28 good rows and every kind of bad one; see ``BAD_ROWS``."""
    lines = fer_lines(fer_rows())
    lines[3] = lines[3].replace(",", ' , "', 1).replace(",Priv", '" , Priv')  # quoted, with spaces
    bad = [line for line, _ in bad_rows()]
    text = "\r\n".join([HEADER, *lines[:9], HEADER, "", *lines[9:], *bad])
    (root / "fer2013").mkdir(parents=True)
    (root / "fer2013" / "fer2013.csv").write_bytes(text.encode("utf-8-sig"))
    write_junk(root / "fer2013")
    return {"path": root}


def bad_rows():
    """Return lines that hold no picture that can be used, each with the reason."""
    good = pixels(close_up(peaks(0, "anger", 4)[3], 48))
    few, many = good.rsplit(" ", 1)[0], good + " 7"
    black = " ".join(["0"] * 2304)
    return [
        (f"0,{few},Training", "it does not have 2304 pixels"),
        (f"0,{many},Training", "it does not have 2304 pixels"),
        (f"0,256 {few},Training", "its pixels are not all from 0 to 255"),
        (f"0,-1 {few},Training", "its pixels are not all from 0 to 255"),
        (f"0,x {few},Training", "its pixels are not all whole numbers"),
        (f"0,0.5 {few},Training", "its pixels are not all whole numbers"),
        ("0,,Training", "it does not have 2304 pixels"),
        (f"0,{black},Training", "all its pixels are 0"),
        (f"0,{good},", "its Usage is '', which names no part"),
        (f"0,{good},Exam", "its Usage is 'Exam', which names no part"),
        (f"7,{good},Training", "its emotion is '7', and the codes are 0 to 6"),
        (f",{good},Training", "its emotion is '', and the codes are 0 to 6"),
        (f"0,{good},Training,more", "too few or many cells"),
        (f"0,{good[:3000]}", "too few or many cells"),  # the file ends here
    ]


def fer2013_folders(root):
    """The form as folders of pictures, with the contest's names where they are kept."""
    for number, (label, usage, picture) in enumerate(fer_rows()):
        word = {"anger": "angry", "happiness": "happy", "sadness": "sad"}.get(label, label)
        folder = root / "archive" / ("train" if usage == "Training" else "test") / word
        write_image(folder / f"{usage}_{number}.jpg", picture)
    stray = fer_rows()[0][2]
    write_image(root / "archive" / "train" / "loose.jpg", stray)
    write_image(root / "archive" / "train" / "bored" / "Training_1.jpg", stray)
    write_junk(root / "archive" / "train" / "angry")
    return {"path": root}


VOTED = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
VOTES_HEADER = f"Usage,Image name,{','.join(VOTED)},unknown,NF"


def votes_of(**counts):
    return ",".join(str(counts.get(name, 0)) for name in (*VOTED, "unknown", "NF"))


def undecided_votes():
    """Return votes without a label, each with what the majority rule says."""
    return [
        (votes_of(neutral=5, sadness=5), "no label has more than half of the votes"),
        (votes_of(neutral=1, anger=1, fear=1), "no label has more than half of the votes"),
        (votes_of(unknown=7, anger=3), "most votes say unknown"),
        (votes_of(NF=10), "its image name is blank"),
        (votes_of(NF=8, fear=2), "most votes say no face"),
        ("x,0,0,0,0,0,0,0,0,0", "its votes are not all whole numbers from 0"),
        (votes_of(), "no label has more than half of the votes"),
    ]


def ferplus_tree(root):
    """32 decided rows, undecided ones and a black picture; names drift from the row numbers."""
    rows = [(usage, pixels(picture)) for _, usage, picture in fer_rows(VOTED)]
    votes = [votes_of(**{label: 8, "unknown": 1, "NF": 1}) for label, _, _ in fer_rows(VOTED)]
    others = frames_of(1, "contempt", 12)
    for number, (vote, _) in enumerate(undecided_votes()):
        rows.append(("Training", pixels(close_up(others[number], 48))))
        votes.append(vote)
    rows.append(("Training", " ".join(["0"] * 2304)))
    votes.append(votes_of(fear=10))
    lines = [HEADER, *(f"2,{numbers},{usage}" for usage, numbers in rows), ""]
    table = [VOTES_HEADER]
    for number, ((usage, _), vote) in enumerate(zip(rows, votes, strict=True)):
        name = "" if vote == votes_of(NF=10) else f"fer{number + (number > 20):07d}.png"
        table.append(f"{usage},{name},{vote}")
    root.mkdir(parents=True, exist_ok=True)
    (root / "fer2013.csv").write_text("\n".join(lines))
    (root / "fer2013new.csv").write_text("\n".join([*table, ""]))
    return {"path": root}


# RAF-DB, AffectNet ------------------------------------------------------------------------------


def rafdb_tree(root):
    """Two of each to train on, one to test, both kinds of picture; bad lines, a missing picture."""
    codes = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
    base = root / "RAF" / "basic"
    lines = []
    for code, label in enumerate(codes, 1):
        for part, take in (("train", 0), ("train", 1), ("test", 2)):
            name = f"{part}_{len(lines) + 1:05d}"
            lines.append(f"{name}.jpg {code}")
            picture = peaks(take, label, 1)[0]
            write_image(base / "Image" / "original" / f"{name}.jpg", picture)
            small = close_up(picture, 100)
            write_image(base / "Image" / "aligned" / f"{name}_aligned.jpg", small)
    lines += [lines[0], "", "train_99999.jpg 4", "train_00001x.jpg 8", "dev_00001.jpg 1", "odd"]
    write_image(base / "Image" / "aligned" / "stray.jpg", small)
    (base / "EmoLabel").mkdir()
    (base / "EmoLabel" / "list_patition_label.txt").write_text("\r\n".join(lines), "utf-8-sig")
    write_junk(base / "Image" / "aligned")
    return {"path": root}


AFFECT = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")
AFFECT_HEADER = (
    "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,"
    "valence,arousal"
)


def affect_row(name, code, valence="0.5", arousal="-0.25"):
    return f"{name},10,10,100,100,1.5;2.5;3.5;4.5,{code},{valence},{arousal}"


def affectnet_tree(root):
    """Two of each to train on, one for validation, whose list has no header; odd rows."""
    lists = {"training": [AFFECT_HEADER], "validation": []}
    images = root / "Manually_Annotated" / "Manually_Annotated_Images"
    for code, label in enumerate(AFFECT):
        for take, part in enumerate(("training", "training", "validation")):
            name = f"{take + 1}/{label}{take}.jpg"
            write_image(images / name, peaks(take, label, 1)[0])
            lists[part].append(affect_row(name, code))
    lists["training"] += [
        lists["training"][1],
        affect_row("1/none.jpg", 8, -2, -2),
        affect_row("1/uncertain.jpg", 9, -2, -2),
        affect_row("1/noface.jpg", 10, -2, -2),
        affect_row("1/missing.jpg", 1),
        affect_row("1/neutral0.jpg", 3),
        affect_row("1\\ANGER0.jpg", 11),
        "1/short.jpg,10,10",
    ]
    lists["validation"].append(affect_row("1/fear0.jpg", 4))
    folder = root / "Manually_Annotated_file_lists"
    folder.mkdir(parents=True)
    for part, lines in lists.items():
        (folder / f"{part}.csv").write_text("\n".join(lines))
    write_junk(images / "1")
    return {"path": root}


def affectnet_sets(root):
    """The later release: a file per picture and label."""
    for part in ("train_set", "val_set"):
        for code, label in enumerate(AFFECT):
            take = int(part == "val_set")
            write_image(root / part / "images" / f"{code}.jpg", peaks(take, label, 1)[0])
            (root / part / "annotations").mkdir(exist_ok=True)
            np.save(root / part / "annotations" / f"{code}_exp.npy", np.array(str(code)))
            np.save(root / part / "annotations" / f"{code}_val.npy", np.array("0.5"))
    folder = root / "train_set" / "annotations"
    np.save(folder / "20_exp.npy", np.array("3"))
    np.save(folder / "21_exp.npy", np.array(10))
    (folder / "22_exp.npy").write_bytes(b"")
    return {"path": root}


TREES = {
    "jaffe": jaffe_tree,
    "kdef": kdef_tree,
    "fer2013": fer2013_tree,
    "ferplus": ferplus_tree,
    "raf-db": rafdb_tree,
    "affectnet": affectnet_tree,
}
