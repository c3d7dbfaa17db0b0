"""Label, migrate and merge in a process that is killed at random moments, again and again.

Started as a program of its own: it imports everything once and then forks, so that a kill costs
little time. Arguments: what is done, seed, number of kills, folder.

A child writes what was reported done into a pipe. After each kill the parent opens the study and
asks whether all of that is there, and nothing is half.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from study_material import SEVERAL, clips_table
from test_labeling_study_files import old_study

from labeling.scheme import parse_scheme
from labeling.session import Session
from labeling.statement import Interval, Statement
from labeling.study import Study, create_study, merge_study, open_study
from sttm.errors import InputError

LABELS = ("AU1", "AU2", "AU12")
CLIPS = 6
LONGEST = 0.06  # seconds until a kill, at most; more where the machine is too busy to say anything
FRESH = 20  # kills after which a new study is begun; a divisor of their number


def killed(child: Callable[[Callable[[str], None]], None], wait: float) -> list[str]:
    """Run ``child(report)`` in a process, kill it after ``wait`` seconds; return its reports."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            child(lambda line: os.write(writing, f"{line}\n".encode()) and None)
        except BaseException as error:  # a failure must not look like a kill
            os.write(writing, f"failed: {error!r}\n".encode())
        os._exit(0)
    os.close(writing)
    time.sleep(wait)
    os.kill(pid, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        lines = pipe.read().split("\n")[:-1]  # what comes after the last line end is half
    os.waitpid(pid, 0)
    assert not [line for line in lines if line.startswith("failed")], lines
    return lines


def check_whole(study: Study) -> None:
    """Refuse opinions that are half: the comment says how many intervals and flags there are."""
    for opinion in study.history():
        said = opinion.statement
        if said.comment:
            assert said.comment == f"{len(said.intervals)} and {len(said.flags)}", opinion


# labelling ----------------------------------------------------------------------------------------


def random_statement(chance: random.Random) -> Statement:
    """Return a statement whose comment says how large it is."""
    intervals = tuple(
        Interval(label, *sorted(chance.sample(range(20), 3)), chance.choice([None, 2.0]))
        for label in chance.choices(LABELS, k=chance.randint(0, 5))
    )
    flags = tuple(chance.sample(["unsure", "talking"], chance.randint(0, 2)))
    return Statement(intervals, flags, None, f"{len(intervals)} and {len(flags)}")


def say_at_random(path: Path, seed: float, report: Callable[[str], None]) -> None:
    """Say things through the study, and report each opinion once it is said."""
    chance = random.Random(seed)
    with open_study(path) as study:
        while True:
            clip = f"c{chance.randrange(CLIPS):02d}"
            person = chance.choice(["ann", "bo"])
            report(study.say(clip, person, random_statement(chance)).id)


def press_at_random(path: Path, seed: float, report: Callable[[str], None]) -> None:
    """Act as a window does, through a session; report what the session then shows."""
    chance = random.Random(seed)
    with open_study(path) as study:
        session = Session(study, "cleo")
        while True:
            act(session, chance)
            said = session.statement
            shown = [session.clip["clip"], session.task.turn, sorted(map(repr, said.intervals))]
            report(json.dumps(shown))


def act(session: Session, chance: random.Random) -> None:
    """Press one key at random; what cannot be done is passed over."""
    mark, frame = chance.choice(["onset", "apex", "offset"]), chance.randrange(20)
    acts = [
        lambda: session.label(chance.choice(LABELS)),
        lambda: session.mark(mark, frame),
        lambda: session.intensity(chance.randint(1, 5)),
        lambda: session.flag("unsure"),
        session.undo,
        session.redo,
        session.next,
        session.previous,
    ]
    with contextlib.suppress(InputError):
        chance.choice(acts)()


def new_study(folder: Path, name: str = "labels") -> Path:
    """Make a study of a few clips."""
    path = folder / f"{name}.sttm-study"
    with create_study(path, parse_scheme(SEVERAL)) as study:
        study.add_clips(clips_table(CLIPS))
    return path


def label(folder: Path, chance: random.Random, kills: int) -> dict[str, int]:
    """Kill labelling; every opinion that was reported must be there, as it was said."""
    reported = kept = 0
    known: set[str] = set()
    longest = LONGEST
    for number in range(kills):
        if number % FRESH == 0:  # a long history makes every look at it slow
            path, known = new_study(folder, f"labels{number}"), set()
        seed, wait = chance.random(), chance.uniform(0, longest)
        if number % 2:
            lines = killed(lambda report, p=path, s=seed: press_at_random(p, s, report), wait)
            if lines:
                check_shown(path, json.loads(lines[-1]))
        else:
            lines = killed(lambda report, p=path, s=seed: say_at_random(p, s, report), wait)
            known |= set(lines)
            reported += len(lines)
        longest = max(LONGEST, longest * (0.85 if lines else 1.2))
        with open_study(path) as study:
            check_whole(study)
            history = study.history()
            lost = known - {o.id for o in history}
            assert not lost, f"reported and lost: {len(lost)}"
        kept += len(history) if number % FRESH == FRESH - 1 else 0
    return {"reported": reported, "kept": kept}


def check_shown(path: Path, shown: list) -> None:
    """Refuse a study that lacks what the session showed last, unless one more act followed."""
    clip, turn, intervals = shown
    with open_study(path) as study:
        mine = [o for o in study.history(clip, "cleo") if o.turn == turn]
        states = [[], *(sorted(map(repr, o.statement.intervals)) for o in mine)]
        assert intervals in states[-2:], (intervals, states[-2:])


# migrating and merging ----------------------------------------------------------------------------


def migrate(folder: Path, chance: random.Random, kills: int) -> dict[str, int]:
    """Kill migrations; the study is the old one or the new one, and every backup opens."""
    template = old_study(folder / "template.db")
    once = Path(shutil.copyfile(template, folder / "once.sttm-study"))
    begun = time.monotonic()
    open_study(once).close()
    longest = 2 * (time.monotonic() - begun)
    done = 0
    for number in range(kills):
        place = folder / str(number)
        place.mkdir()
        path = Path(shutil.copyfile(template, place / "s.sttm-study"))
        lines = killed(
            lambda report, p=path: (open_study(p).close(), report("done"))[1],
            chance.uniform(0, longest),
        )
        done += len(lines)
        longest *= 0.85 if lines else 1.2  # so that about half of them are killed
        with open_study(path) as study:
            assert [o.statement.labels for o in study.latest()] == [("anger",)]
        copies = list(place.glob("s.version-1-*.sttm-study"))
        assert copies, "migrated without a backup"
        for copy in copies:
            with open_study(copy) as study:
                assert len(study.latest()) == 1
        shutil.rmtree(place)
    return {"done": done}


def merge(folder: Path, chance: random.Random, kills: int) -> dict[str, int]:
    """Kill merges; what they bring is there in full or not at all."""
    other = folder / "other.sttm-study"
    taken, done, longest = 0, 0, 0.1
    for number in range(kills):
        if number % FRESH == 0:
            path = new_study(folder, f"merged{number}")
            shutil.copyfile(path, other)
        with open_study(other) as study:
            study.say_many(
                [
                    (f"c{chance.randrange(CLIPS):02d}", f"p{number % 7}", random_statement(chance))
                    for _ in range(chance.randint(1, 8))
                ]
            )
            there = {o.id for o in study.history()}
        with open_study(path) as study:
            before = {o.id for o in study.history()}
        lines = killed(
            lambda report, p=path: merge_and_report(p, other, report), chance.uniform(0, longest)
        )
        with open_study(path) as study:
            check_whole(study)
            now = {o.id for o in study.history()}
            assert now in (before, there), "a merge is half"
            taken += now == there
            if lines:
                assert now == there
                done += 1
            longest *= 0.85 if lines else 1.2
            merge_study(study, other)
            assert {o.id for o in study.history()} == there
    return {"taken": taken, "done": done}


def merge_and_report(path: Path, other: Path, report: Callable[[str], None]) -> None:
    """Merge once and say so."""
    with open_study(path) as study:
        merge_study(study, other)
    report("done")


if __name__ == "__main__":
    what, seed, number, place = sys.argv[1:]
    result = {"label": label, "migrate": migrate, "merge": merge}[what](
        Path(place), random.Random(int(seed)), int(number)
    )
    print(json.dumps(result))
