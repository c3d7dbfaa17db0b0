"""Tiny trees of the micro-expression sets: CASME II, SMIC, SAMM and what is put together of them.

Three people each, faces that the detector finds, and the traps of the real folders.
"""

from __future__ import annotations

import openpyxl
from tree_material import frames_of, write_image, write_junk

# subject, clip, first number, onset, apex, offset, action units, emotion; 8 frames each
CASME2_ROWS = [
    (1, "EP02_01f", 46, 46, 50, 53, "12", "happiness"),
    (1, "EP19_05f", 95, 96, 99, 101, "4+7", "disgust"),
    (1, "EP19_06f", 5, 7, 9, 11, "1+2", "surprise"),
    (1, "EP01_5", 1, 2, 5, 8, "4", "others"),
    (2, "EP01_11f", 96, 97, "/", 101, "4", "repression"),
    (2, "EP09_01", 8, 8, 11, 14, "R12", "happiness"),
    (2, "EP06_01f", 101, 102, 105, 0, "4+9", "disgust"),
    (2, "EP11_01", 1, 1, 4, 8, "1+2", "surprise"),
    (2, "EP08_04", 1, 2, 4, 7, "15", "sadness"),
    (17, "EP01_06", 3, 3, 6, 40, "12", "Happiness "),
    (17, "EP05_02", 7, 8, 12, 14, "L14", "disgust"),
    (17, "EP15_04", 95, 97, 99, 101, "1+2+25", "surprise"),
    (17, "EP06_04", 9, 10, 12, 15, "4", "Repression"),
    (17, "EP03_01", 95, 97, 99, 101, "15", "sadness"),
    (17, "EP04_02", 95, 97, 99, 101, "4", "others"),
]
CASME2_PEOPLE = [1, 2, 17]
CASME2_HEAD = [
    "Subject",
    "Filename",
    None,
    "OnsetFrame",
    "ApexFrame",
    "OffsetFrame",
    None,
    "Action Units",
    "Estimated Emotion",
]
SAMM_ROWS = [
    ("006", "006_1_2", 5562, 5563, 5566, 5568, "AU12", "Happiness", 3),
    ("006", "006_1_3", 98, 99, 102, 104, "4", "Anger", 2),
    ("006", "006_5_9", 9997, 9998, 10000, 10003, "1+2", "Surprise", 1),
    ("006", "006_5_10", 1, 1, 5, 8, "R14", "Contempt", 7),
    ("011", "011_2_1", 1, 1, 4, 6, "12", "Happiness", 3),
    ("011", "011_3_1", 20, 21, -1, 26, "4+7", "Anger", 2),
    ("011", "011_4_1", 20, 21, 25, 27, "14", "Other", 7),
    ("037", "037_3_2", 7, 8, 11, 13, "L12", "Happiness", 3),
    ("037", "037_3_3", 7, 8, 11, 13, "4 or 7", "Contempt", 7),
    ("037", "037_5_1", 7, 8, 11, 13, "1+2+5", "Surprise", 1),
    ("037", "037_5_2", 7, 8, 11, 13, "17", "Others", 6),
]
SAMM_PEOPLE = ["006", "011", "037"]
SAMM_HEAD = [
    "Subject",
    "Filename",
    "Inducement Code",
    "Onset Frame",
    "Apex Frame",
    "Offset Frame",
    "Duration",
    "Micro",
    "Action Units",
    "Estimated Emotion",
    "Objective Classes",
    "Notes",
]
SMIC_CLIPS = [
    ("negative", "ne", 1, "anger"),
    ("negative", "ne", 2, "sadness"),
    ("positive", "po", 1, "happiness"),
    ("surprise", "sur", 1, "surprise"),
]
FRAMES = 8
# the drawn face that stands for a set's own word
SHOWN = {
    "others": "neutral",
    "other": "neutral",
    "repression": "fear",
    "contempt": "fear",
    "negative": "anger",
    "positive": "happiness",
}


def write_clip(folder, names, person, label, shade=0, mirrored=False):
    """Write a sequence; sets differ in shade and side, so that no frame is in two of them."""
    label = label.strip().lower()
    frames = frames_of(person, SHOWN.get(label, label), len(names))
    for name, picture in zip(names, frames, strict=True):
        picture = (picture * (1 - shade / 100)).astype("uint8")
        write_image(folder / name, picture[:, ::-1] if mirrored else picture)


def workbook(path, *sheets):
    """Write sheets, each a list of rows; a cell that is a pair is a value and its format."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for y, row in enumerate(rows, 1):
            for x, value in enumerate(row, 1):
                pair = value if isinstance(value, tuple) else (value, "General")
                cell = sheet.cell(y, x, pair[0])
                cell.number_format = pair[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def casme2_sheet(rows=CASME2_ROWS):
    return [CASME2_HEAD] + [
        [s, c, None, on, apex, off, None, aus, label] for s, c, _, on, apex, off, aus, label in rows
    ]


def casme2_tree(root, form="raw"):
    name = {"raw": "CASME2_RAW_selected", "cropped": "Cropped"}[form]
    pattern = {"raw": "img{}.jpg", "cropped": "reg_img{}.jpg"}[form]
    for subject, clip, first, *_, label in CASME2_ROWS:
        names = [pattern.format(first + i) for i in range(FRAMES)]
        place = root / name / f"sub{subject:02d}" / clip
        write_clip(place, names, CASME2_PEOPLE.index(subject), label)
    write_clip(root / name / "sub17" / "EP99_99", ["img1.jpg", "img2.jpg"], 2, "fear")
    write_clip(root / name / "sub17" / "EP98_98", ["img1.jpg"], 2, "fear")
    (root / name / "readme.txt").write_text("x")
    write_junk(root / name)
    write_junk(root / name / "sub01")
    gone = [(17, "EP97_97", 1, 1, 2, 3, "1", "fear"), (17, "EP98_98", 1, 1, 2, 3, "1", "fear")]
    workbook(root / "CASME2-coding-20140508.xlsx", casme2_sheet([*CASME2_ROWS, *gone]), [])
    (root / "~$CASME2-coding-20140508.xlsx").write_bytes(b"\5Somebody")
    return {"path": root, "form": form}


def samm_sheet():
    notes = [["Spontaneous Actions and Micro-Movements"], *([f"Note {n}"] for n in range(1, 13))]
    rows = []
    for subject, clip, _, onset, apex, offset, aus, label, objective in SAMM_ROWS:
        person = (11, "000") if subject == "011" else subject
        marks = [onset, apex, offset, offset - onset + 1]
        rows.append([person, clip, "1_2", *marks, "Micro - 1/2", aus, label, objective, None])
    return [*notes, SAMM_HEAD, *rows]


def samm_tree(root):
    for subject, clip, first, *_, label, _ in SAMM_ROWS:
        names = [f"{subject}_{first + i:05d}.jpg" for i in range(FRAMES)]
        write_clip(root / subject / clip, names, SAMM_PEOPLE.index(subject), label, shade=15)
    (root / "007" / "007_3_1").mkdir(parents=True)
    (root / "Licence Agreement.pdf").write_bytes(b"%PDF")
    write_junk(root / "006" / "006_1_2")
    workbook(root / "SAMM_Micro_FACS_Codes_v2.xlsx", samm_sheet())
    return {"path": root}


def smic_tree(root, camera="HS", spelt="s{}"):
    for person, subject in enumerate((1, 2, 11)):
        place = root / camera / spelt.format(subject)
        for label, code, take, shown in SMIC_CLIPS:
            names = [f"reg_image{n:06d}.bmp" for n in range(99997, 99997 + FRAMES)]
            clip = place / "micro" / label / f"s{subject}_{code}_{take:02d}"
            write_clip(clip, names, person, shown, mirrored=True)
        names = ["image1.bmp", "image2.bmp", "image10.bmp"]
        write_clip(place / "non_micro" / f"s{subject}_nm_01", names, person, "neutral", 5, True)
        write_junk(place / "micro")
    (root / camera / spelt.format(2) / "micro" / "negative" / "s2_ne_09").mkdir()
    (root / "SMIC_readme.txt").write_text("x")
    return {"path": root, "camera": camera}


def megc2019_tree(root):
    casme2_tree(root / "CASME2")
    smic_tree(root / "SMIC" / "SMIC_all_cropped", spelt="s{:02d}")
    samm_tree(root / "samm")
    return {"path": root}


def composite_tree(root):
    casme2_tree(root / "a")
    smic_tree(root / "b" / "smic")
    return {
        "members": [
            {"kind": "casme2", "path": str(root / "a"), "classes": CASME2_CLASSES},
            {"kind": "smic", "path": str(root / "b" / "smic")},
        ]
    }


CASME2_CLASSES = {
    "negative": ["disgust", "repression", "sadness"],
    "positive": ["happiness"],
    "surprise": ["surprise"],
}
TREES = {
    "casme2": casme2_tree,
    "smic": smic_tree,
    "samm": samm_tree,
    "megc2019": megc2019_tree,
    "composite": composite_tree,
}
