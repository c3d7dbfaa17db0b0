"""Tiny trees of the sequence sets: CK+, CK+48, MMI, Oulu-CASIA and AFEW.

Three people each, who all show the same expressions, and the traps of the real folders.
"""

from __future__ import annotations

import shutil

import cv2
from tree_material import frames_of, write_frames, write_image, write_junk, write_video

# CK+ ----------------------------------------------------------------------------------------------

CK_IMAGES = "extended-cohn-kanade-images/cohn-kanade-images"
CK_LABELS = "Emotion_labels/Emotion"
CK_UNITS = "FACS_labels/FACS"
# subject, session, code, frames, lines of the FACS file
CK_CLIPS = [
    ("S005", "001", 3, 6, [(9, 4), (17, 3)]),
    ("S005", "002", 5, 5, [(6, 0), (12, 5)]),
    ("S005", "005", 7, 7, [(1, 2.5), (2, 9)]),
    ("S010", "001", 3, 5, []),
    ("S010", "002", 5, 6, None),
    ("S010", "006", 7, 5, [(1, 1)]),
    ("S999", "001", 3, 5, [(4, 0)]),
    ("S999", "002", 5, 5, [(12, 0)]),
    ("S999", "003", 7, 6, None),
]
CK_WORDS = {3: "disgust", 5: "happiness", 7: "surprise"}


def ck_name(subject, session, frame):
    return f"{subject}_{session}_{frame:08d}"


def ck_images(root, subject, session, code, frames, suffix="png"):
    names = [f"{ck_name(subject, session, n)}.{suffix}" for n in range(1, frames + 1)]
    person = {"S005": 0, "S010": 1, "S999": 2}[subject]
    word = CK_WORDS.get(code, "fear")
    return write_frames(root / CK_IMAGES / subject / session, names, person, word)


def ck_text(root, kind, subject, session, frame, text):
    folder = {"emotion": CK_LABELS, "facs": CK_UNITS}[kind]
    path = root / folder / subject / session / f"{ck_name(subject, session, frame)}_{kind}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def ck_tree(root):
    for subject, session, code, frames, units in CK_CLIPS:
        ck_images(root, subject, session, code, frames)
        ck_text(root, "emotion", subject, session, frames, f"   {code:.7e}\n")
        if units is not None:
            lines = "".join(f"   {unit:.7e}   {intensity:.7e}\n" for unit, intensity in units)
            ck_text(root, "facs", subject, session, frames, lines)
    # a sequence that was never labelled; its label folder is there and empty
    ck_images(root, "S010", "004", 1, 5)
    (root / CK_LABELS / "S010" / "004").mkdir(parents=True)
    # upper case, and a single image
    ck_images(root, "S999", "004", 3, 6, "PNG")
    ck_text(root, "emotion", "S999", "004", 6, "3")
    ck_images(root, "S999", "005", 2, 1)
    ck_text(root, "emotion", "S999", "005", 1, "2.0")
    # labels that say nothing
    bad = {
        "006": "0.0000000e+00",
        "007": "9",
        "008": "happy",
        "009": b"\xff\xfe\0garbage",
        "010": "",
    }
    for session, text in {**bad, "011": "5 5", "012": "2.5", "013": "nan", "014": "inf"}.items():
        ck_images(root, "S005", session, 1, 2)
        ck_text(root, "emotion", "S005", session, 2, text)
    # two files of one sequence, and a label without images
    ck_images(root, "S010", "015", 1, 2)
    ck_text(root, "emotion", "S010", "015", 1, "3")
    ck_text(root, "emotion", "S010", "015", 2, "5")
    ck_text(root, "emotion", "S010", "016", 2, "5")
    # action units that cannot be read leave the clip
    ck_text(root, "facs", "S010", "002", 6, "twelve")
    for folder in (CK_IMAGES, f"{CK_LABELS}/S005/001", f"{CK_IMAGES}/S005/001"):
        write_junk(root / folder)
    (root / f"{CK_LABELS}/S005/001/._S005_001_00000006_emotion.txt").write_bytes(b"\0Mac")
    marks = root / "Landmarks/S005/001/S005_001_00000001_landmarks.txt"
    marks.parent.mkdir(parents=True)
    marks.write_text("   1.0e+00   2.0e+00\n" * 68)
    (root / "ReadMeCohnKanadeDatabase_website.txt").write_text("x")
    return {"path": root}


# CK+48 --------------------------------------------------------------------------------------------

SMALL = {"anger": "anger", "disgust": "disgust", "happy": "happiness"}


def small_pictures(folder, name, person, word, count=3, size=(48, 48)):
    """Write faces on their way to the peak, cropped and made small."""
    for number, picture in enumerate(frames_of(person, word, 12)[1:7:2][:count], 11):
        face = cv2.resize(picture[16:120, 12:116], size[::-1])
        write_image(folder / f"{name}_{number:08d}.png", face)


def ck48_tree(root):
    top = root / "CK+48"
    for person, subject in enumerate(("S010", "S011", "S138")):
        for session, (folder, word) in enumerate(SMALL.items(), 2):
            small_pictures(top / folder, f"{subject}_{session:03d}", person, word)
    small_pictures(top / "happy", "S138_007", 2, "happiness", size=(56, 48))
    small_pictures(top / "happy", "S138_008", 2, "happiness", count=1)
    small_pictures(top / "happy", "S138_009", 2, "happiness", count=2)
    small_pictures(top / "disgust", "S138_009", 2, "disgust", count=1)
    small_pictures(top / "happy", "S138_010", 2, "happiness", count=2)
    (top / "happy" / "S138_010_00000013.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    small_pictures(top / "smile", "S138_011", 2, "happiness")
    write_image(top / "anger" / "copy of S010.png", frames_of(0, "anger", 1, (48, 48))[0])
    (top / "anger" / "notes.txt").write_text("x")
    (top / "contempt").mkdir()
    write_junk(top / "happy")
    return {"path": root}


# MMI ----------------------------------------------------------------------------------------------

MMI_CODES = {1: "anger", 4: "happiness", 6: "surprise"}
SHEET = '<?xml version="1.0" encoding="{encoding}"?>\n<Doc>{tags}</Doc>\n'
TRACK = '<session sessionId="1"><track view="{view}" filename="{name}.avi"/></session>'


def mmi_session(root, number, name, code=4, person=0, view="0", sheet=None):
    folder = root / "Sessions" / str(number)
    length = 8 + number % 11  # no two videos show the same frames
    write_video(folder / f"{name}.avi", person, MMI_CODES.get(code, "fear"), length)
    (folder / "session.xml").write_text(TRACK.format(view=view, name=name))
    if sheet is None:
        tags = f'<Metatag Name="Subject" Value="{person}"/><Metatag Name="Emotion" Value="{code}"/>'
        sheet = SHEET.format(encoding="UTF-8", tags=tags)
    if sheet:
        data = sheet if isinstance(sheet, bytes) else sheet.encode()
        (folder / f"{name}.xml").write_bytes(data)
    return folder


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE Doc [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    '<Doc><Metatag Name="Emotion" Value="4"/>&b;</Doc>'
)
SPACED = (
    '<m:Doc xmlns:m="urn:mmi"><m:Inner>'
    '<m:Metatag m:Name="Emotion" m:Value=" 4 "/></m:Inner></m:Doc>'
)
LATIN = SHEET.format(
    encoding="UTF-8", tags='<Note Text="Müller"/><Metatag Name="Emotion" Value="6"/>'
).encode("latin-1")


def mmi_tree(root):
    number = 0
    for person, subject in enumerate(("S001", "S002", "S053")):
        for code in MMI_CODES:
            number += 1
            mmi_session(root, number, f"{subject}-{number:03d}", code, person)
    folder = root / "Sessions" / "1"
    (folder / "S001-001-oao_aucs.xml").write_text(
        '<ActionUnits><ActionUnit Number="4"><Marker Frame="3"/></ActionUnit>'
        '<ActionUnit Number="R12"/><ActionUnit Number="4"/></ActionUnits>'
    )
    (root / "Sessions" / "2" / "S001-002-oao_aucs.xml").write_text("<ActionUnits><Action")
    mmi_session(root, 20, "S001-020", sheet=SPACED)
    mmi_session(root, 21, "S002-021", code=6, person=1, sheet=LATIN)
    mmi_session(root, 22, "S053-022", person=2, view="2")
    mmi_session(root, 23, "S053-023", person=2, view="1")
    mmi_session(root, 24, "S001-024", code=8)
    mmi_session(root, 25, "S001-025", sheet=SHEET.format(encoding="UTF-8", tags="<Metatag/>"))
    mmi_session(root, 26, "S001-026", sheet="<Doc><Metatag")
    mmi_session(root, 27, "S001-027", sheet=BOMB)
    mmi_session(root, 28, "S001-028", sheet=False)
    two = '<Metatag Name="Emotion" Value="1"/><Metatag Name="Emotion" Value="2"/>'
    mmi_session(root, 29, "S001-029", sheet=SHEET.format(encoding="UTF-8", tags=two))
    mmi_session(root, 30, "holiday")
    # two videos in one session, and a name that was there before
    mmi_session(root, 31, "S053-031", person=2)
    mmi_session(root, 31, "S053-032", person=2, code=1)
    mmi_session(root, 32, "S001-001")
    (root / "Sessions" / "33").mkdir()
    (root / "Sessions" / "33" / "session.xml").write_text("<session/>")
    (root / "Sessions" / "34").mkdir()
    write_junk(folder)
    (folder / "S001-001.jpg").write_bytes(b"x")
    return {"path": root}


# Oulu-CASIA ---------------------------------------------------------------------------------------

OULU = ("Anger", "Happiness", "Surprise")


def oulu_condition(place, people=("P001", "P002", "P080")):
    names = [f"{n:03d}.jpeg" for n in range(5)]
    for person, subject in enumerate(people):
        for word in OULU:
            write_frames(place / subject / word, names, person, word.lower())
    return place


def oulu_tree(root):
    top = root / "B_OriginalImg" / "OriginalImg"
    place = oulu_condition(top / "VL" / "Strong")
    write_frames(top / "VL" / "Weak" / "P001" / "Anger", ["000.jpeg", "001.jpeg"], 0, "anger")
    cropped = root / "PreProcess Img" / "VL_Acropped" / "Strong"
    write_frames(cropped / "P001" / "Anger", ["000.jpeg", "001.jpeg"], 0, "anger")
    (place / "P002" / "Fear").mkdir()
    write_frames(place / "P002" / "Disgust", ["000.jpeg"], 1, "disgust")
    write_frames(place / "P002" / "Talking", ["000.jpeg", "001.jpeg"], 1, "neutral")
    (place / "P003").mkdir()
    (place / "backup").mkdir()
    (place / "list.txt").write_text("x")
    (place / "P001" / "notes.txt").write_text("x")
    write_junk(place)
    write_junk(place / "P001")
    write_junk(place / "P001" / "Anger")
    return {"path": root}


# AFEW ---------------------------------------------------------------------------------------------

AFEW = {"Angry": "anger", "Happy": "happiness", "Neutral": "neutral"}


def afew_tree(root):
    train, val = root / "AFEW" / "Train_AFEW" / "Train_AFEW", root / "AFEW" / "Val_AFEW"
    for place, takes in ((train, 3), (val, 2)):
        for folder, word in AFEW.items():
            for take in range(takes):
                length = 12 if place == train else 10  # no clip shows the frames of another
                write_video(place / folder / f"{take:02d}0046280.avi", take, word, length)
    shutil.copy(train / "Angry" / "000046280.avi", train / "Angry" / "000046280.mkv")
    (train / "Sad").mkdir()
    (train / "Happy" / "cast.txt").write_text("x")
    (train / "README.txt").write_text("x")
    write_junk(train / "Happy")
    faces = train / "AlignedFaces_LBPTOP_Points" / "Faces" / "000046280"
    write_image(faces / "000046280-001.jpg", frames_of(0, "anger", 1)[0])
    test = root / "AFEW" / "Test_AFEW"
    test.mkdir()
    shutil.copy(val / "Angry" / "000046280.avi", test / "010046280.avi")
    return {"path": root}


TREES = {
    "ck+": ck_tree,
    "ck+48": ck48_tree,
    "mmi": mmi_tree,
    "oulu-casia": oulu_tree,
    "afew": afew_tree,
}
