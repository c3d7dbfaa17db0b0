"""A session: what the keys do, undo over clips and restarts, two windows, stages, jumps."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from study_material import SCHEME, SEVERAL, small_study

from labeling.scheme import parse_scheme
from labeling.session import Session
from labeling.statement import Interval, Statement
from labeling.study import Study, StudyChanged, backup_study, merge_study, open_study
from labeling.worklist import Task
from sttm.errors import InputError

STAYS = SCHEME + "work: {advance: false}\n"


@pytest.fixture
def make(tmp_path):
    """Return a function from a scheme's text to a session on six clips of 20 frames."""
    opened: list[Study] = []

    def made(text: str = STAYS, count: int = 6, annotator: str = "ann") -> Session:
        opened.append(small_study(tmp_path, count, text, f"s{len(opened)}.sttm-study"))
        return Session(opened[-1], annotator)

    yield made
    for study in opened:
        study.close()


def again(session: Session, annotator: str = "") -> Session:
    """Return a new session on the same file, as after a restart."""
    return Session(open_study(session.study.path), annotator or session.annotator)


def only(session: Session) -> Interval:
    (interval,) = session.statement.intervals
    return interval


# labels -----------------------------------------------------------------------------------------


def test_one_label_is_chosen_exchanged_and_taken_away(make):
    session = make()
    assert session.label("anger").changed and session.statement.labels == ("anger",)
    session.mark("apex", 4)
    assert session.label("surprise").sentence == "surprise instead of anger."
    assert only(session) == Interval("surprise", apex=4)
    assert session.label("surprise").sentence == "surprise is taken away with its marks."
    assert session.statement.empty and session.active is None
    with pytest.raises(InputError, match="did you mean 'surprise'"):
        session.label("suprise")


def test_what_is_done_is_on_the_disk(make):
    session = make()
    session.label("anger")
    session.mark("onset", 3)
    session.flag("unsure")
    with open_study(session.study.path, read_only=True) as other:
        (opinion,) = other.latest("c00", "ann")
    assert opinion.statement == session.statement
    assert opinion.statement == Statement((Interval("anger", onset=3),), ("unsure",))


def test_several_labels_each_with_their_marks(make):
    session = make(SEVERAL)
    session.label("AU1")
    session.mark("onset", 2)
    session.label("AU12")
    session.mark("onset", 5)
    assert [i.onset for i in session.statement.intervals] == [2, 5] and session.active == 1
    assert not session.label("AU1").changed and session.active == 0  # unfinished: active first
    session.mark("offset", 9)
    session.mark("apex", 4)
    session.label("AU1")  # complete: a second one of the same label
    assert session.statement.labels == ("AU1", "AU12") and len(session.statement.intervals) == 3
    assert session.active == 2
    session.label("AU1")  # the same again takes the unfinished one away
    assert [i.label for i in session.statement.intervals] == ["AU1", "AU12"]
    session.choose(0)
    assert session.drop().sentence == "AU1 is taken away with its marks."
    assert session.statement.labels == ("AU12",) and session.active == 0
    with pytest.raises(InputError, match="there is no number 4"):
        session.choose(3)


def test_several_without_marks_are_switched_on_and_off(make):
    session = make("{name: u, labels: [a, b], several: true}")
    for name in ("a", "b", "a"):
        session.label(name)
    assert session.statement.labels == ("b",)


def test_a_free_scheme_learns_labels_once_whatever_their_case(make):
    session = make("{name: own, free: true, work: {advance: false}}")
    session.label("smirk")
    session.next()
    session.label(" Smirk ")
    assert session.scheme.label_names == ("smirk",)
    assert session.progress().labels == {"smirk": 2}
    assert again(session).scheme.label_names == ("smirk",)


# marks ------------------------------------------------------------------------------------------


def test_a_mark_takes_away_what_contradicts_it_and_says_so(make):
    session = make()
    session.label("anger")
    session.mark("onset", 5)
    session.mark("offset", 12)
    done = session.mark("apex", 15)
    assert only(session).marks == {"onset": 5, "apex": 15}
    assert done.sentence == "apex at frame 15; the offset at 12 was before it: taken away."
    done = session.mark("offset", 3)
    assert only(session).marks == {"offset": 3}
    assert (
        "the onset at 5 was after it and the apex at 15 was after it: taken away" in done.sentence
    )
    session.mark("apex", 3)
    session.mark("onset", 3)  # all on one frame may be
    assert only(session).marks == {"onset": 3, "apex": 3, "offset": 3}
    session.unmark("apex")
    assert only(session).marks == {"onset": 3, "offset": 3}
    assert not session.unmark("apex").changed


@pytest.mark.parametrize("frame", [-1, 20, 10**30, 2.5, "3", None])
def test_a_mark_outside_the_clip_or_no_number_changes_nothing(make, frame):
    session = make()
    session.label("anger")
    session.mark("onset", 5)
    before = session.statement, len(session.study.history())
    with pytest.raises(InputError):
        session.mark("onset", frame)
    assert (session.statement, len(session.study.history())) == before


def test_marks_need_a_label_unless_there_is_only_one(make):
    with pytest.raises(InputError, match="choose a label first"):
        make().mark("onset", 3)
    session = make("{name: spot, labels: [movement], marks: [onset], work: {advance: false}}")
    session.mark("onset", 3)
    assert only(session) == Interval("movement", onset=3)
    with pytest.raises(InputError, match="unknown mark 'apex'"):
        session.mark("apex", 4)


# the rest ---------------------------------------------------------------------------------------


def test_intensity_side_sure_flags_comment_and_clear(make):
    session = make(SEVERAL)
    with pytest.raises(InputError, match="choose a label first"):
        session.intensity(1)
    session.label("AU1")
    session.intensity(5)
    session.side("left")
    session.sure(2)
    session.flag("unsure")
    session.flag("talking")
    session.comment("  quick  ")
    wanted = Statement((Interval("AU1", intensity=5, side="left"),), ("talking", "unsure"), 2 / 3)
    assert session.statement == Statement(wanted.intervals, wanted.flags, wanted.sure, "quick")
    for undo in (
        lambda: session.intensity(5),
        lambda: session.side("left"),
        lambda: session.sure(2),
        lambda: session.flag("unsure"),
        lambda: session.flag("talking"),
        lambda: session.comment(""),
    ):
        assert undo().changed
    assert session.statement == Statement((Interval("AU1"),))
    assert session.clear().changed and session.statement.empty
    assert not session.clear().changed


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda s: s.intensity(3), "the level of intensity is from 1 to 2, not 3"),
        (lambda s: s.intensity(True), "not True"),
        (lambda s: s.sure(0), "the level of confidence is from 1 to 3"),
        (lambda s: s.side("left"), "unknown side 'left'"),
        (lambda s: s.flag("unsur"), "did you mean 'unsure'"),
        (lambda s: s.go(6), "clips are numbered from 1 to 6, not 7"),
        (lambda s: s.jump("nowhere"), "unknown place to jump to"),
        (lambda s: s.comment("x" * 10_001), "at most 10000 characters"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_changes_nothing(make, act, said):
    session = make()
    session.label("anger")
    before = session.statement
    with pytest.raises(InputError) as error:
        act(session)
    assert said in str(error.value) and "\n" not in str(error.value)
    assert session.statement == before and len(session.study.history()) == 1


def test_the_clock_can_be_given(make):
    session = Session(make().study, "bo", clock=lambda: "2024-05-31T12:00:00+00:00")
    session.label("anger")
    assert session.study.history(annotator="bo")[0].time == "2024-05-31T12:00:00+00:00"


def test_a_study_without_clips_says_so(make):
    session = make(count=0)
    assert session.progress().total == 0 and session.next().moved is False
    assert session.jump("suspect").sentence == "no clip is suspected."
    for act in (lambda: session.task, lambda: session.label("anger")):
        with pytest.raises(InputError, match="there are no clips"):
            act()


# undo and redo ----------------------------------------------------------------------------------


def test_undo_goes_back_over_clips_and_restarts(make):
    session = make()
    session.label("anger")
    session.mark("onset", 3)
    session.go(4)
    session.label("surprise")
    session.go(2)
    session = again(session)
    done = session.undo()
    assert (session.task.clip, session.statement.empty, done.moved) == ("c04", True, True)
    assert done.sentence == "undone; now no label in c04."
    session = again(session)
    session.undo()
    assert session.task.clip == "c00" and only(session) == Interval("anger")
    session.undo()
    assert session.statement.empty and not session.can_undo
    assert session.undo().sentence == "there is nothing to undo."
    session = again(session)
    for _ in range(3):
        session.redo()
    assert session.task.clip == "c04" and session.statement.labels == ("surprise",)
    assert not session.can_redo and session.can_undo
    session.undo()
    session.label("anger")
    assert not session.can_redo and not again(session).can_redo


def test_nothing_is_lost_from_the_history(make):
    session = make()
    session.label("anger")
    session.undo()
    session.redo()
    actions = [(o.action, o.statement.labels) for o in session.study.history()]
    assert actions == [("say", ("anger",)), ("undo", ()), ("redo", ("anger",))]
    first, *rest = session.study.history()
    assert all(opinion.target == first.id for opinion in rest)


def test_imports_and_other_people_are_not_undone(make):
    session = make()
    study = session.study
    study.say("c01", "bo", Statement((Interval("anger"),)))
    study.say("c02", "ann", Statement((Interval("anger"),)), action="import")
    assert not again(session).can_undo
    session.refresh()
    session.go(2)
    session.label("surprise")
    session.undo()
    assert session.statement.labels == ("anger",)  # what the import brought


def test_a_merge_brings_statements_but_no_steps(make):
    session = make()
    copy = backup_study(session.study.path)
    with open_study(copy) as other:
        Session(other, "ann").label("surprise")
    merge_study(session.study, copy)
    assert session.refresh().changed
    assert session.statement.labels == ("surprise",) and not session.can_undo


def test_a_merge_brings_something_older(make):
    session = make()
    copy = backup_study(session.study.path)
    with open_study(copy) as other:
        Session(other, "ann").label("surprise")
    session.label("anger")
    session.mark("onset", 3)
    merge_study(session.study, copy)
    session.refresh()
    assert session.statement == again(session).statement == session.study.latest()[0].statement
    assert session.statement.labels == ("anger",)


def test_undo_restores_what_a_changed_scheme_still_allows(make):
    session = make()
    session.label("anger")
    session.intensity(2)
    session.flag("talking")
    session.label("surprise")
    smaller = parse_scheme("{name: t, labels: [surprise, happiness], flags: [{name: unsure}]}")
    session.study.set_scheme(smaller)
    session.refresh()
    session.comment("still works")  # though 'talking' and the intensity are no more
    session.undo()
    session.undo()  # back to anger, which is no more
    assert session.statement.empty
    session.redo()
    assert session.statement == Statement((Interval("surprise"),))


class UndoMachine(RuleBasedStateMachine):
    """All that was ever said as a list of worlds: undo is one world back, redo one on."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        text = STAYS.replace("advance: false", "advance: false, repeats: 0.5, gap: 2")
        study = small_study(Path(self.place.name), 4, text)
        self.session = Session(study, "ann")
        self.worlds: list[dict[Task, Statement]] = [{}]
        self.now = 0

    def teardown(self) -> None:
        self.session.study.close()
        self.place.cleanup()

    def said(self, session: Session, changed: bool) -> None:
        if changed:
            world = {**self.worlds[self.now], session.task: session.statement}
            self.worlds = [*self.worlds[: self.now + 1], world]
            self.now += 1

    @rule(index=st.integers(0, 7))
    def go(self, index):
        self.session.go(index % len(self.session.tasks))

    @rule(name=st.sampled_from(["happiness", "surprise", "anger"]))
    def label(self, name):
        self.said(self.session, self.session.label(name).changed)

    @rule(which=st.sampled_from(["onset", "apex", "offset"]), frame=st.integers(0, 21))
    def mark(self, which, frame):
        try:
            self.said(self.session, self.session.mark(which, frame).changed)
        except InputError:
            assert frame > 19 or not self.session.statement.intervals

    @rule(what=st.sampled_from(["flag", "sure", "clear", "comment"]))
    def say(self, what):
        told = {"flag": ("unsure",), "sure": (1,), "clear": (), "comment": ("seen",)}
        self.said(self.session, getattr(self.session, what)(*told[what]).changed)

    @rule()
    def undo(self):
        assert self.session.undo().changed == (self.now > 0)
        self.now = max(self.now - 1, 0)

    @rule()
    def redo(self):
        possible = self.now + 1 < len(self.worlds)
        assert self.session.redo().changed == possible
        self.now += possible

    @rule()
    def restart(self):
        at = self.session.at
        self.session.study.close()
        self.session = again(self.session)
        assert self.session.at == at

    @rule(index=st.integers(0, 7), name=st.sampled_from(["happiness", "anger"]))
    def speak_in_another_window(self, index, name):
        with open_study(self.session.study.path) as study:
            other = Session(study, "ann")
            other.go(index % len(other.tasks))
            self.said(other, other.label(name).changed)
        if other.task == self.session.task:
            with pytest.raises(StudyChanged):
                self.session.comment("as if nothing had happened")
        self.session.refresh()
        self.session.keep()  # the window that was used last is where work goes on

    @precondition(lambda self: self.now > 0)
    @rule()
    def undo_in_another_window(self):
        with open_study(self.session.study.path) as study:
            Session(study, "ann").undo()
        self.now -= 1
        assert self.session.refresh().changed
        self.session.keep()

    @invariant()
    def the_worlds_agree(self):
        world, session = self.worlds[self.now], self.session
        at = session.at
        for index, task in enumerate(session.tasks):
            session.at = index
            assert session.statement == world.get(task, Statement())
        session.at = at
        assert session.can_undo == (self.now > 0)
        assert session.can_redo == (self.now + 1 < len(self.worlds))
        assert session.active is None or session.active < len(session.statement.intervals)
        labelled = [t for t, said in world.items() if said.intervals]
        assert session.progress().done == len(labelled)
        counted = [world[t].labels[0] for t in labelled if t.turn == 0]
        assert sum(session.progress().labels.values()) == len(counted)


TestUndo = UndoMachine.TestCase
TestUndo.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)


# two windows ------------------------------------------------------------------------------------


def test_another_window_changed_the_clip(make):
    session = make()
    other = again(session)
    other.label("anger")
    with pytest.raises(StudyChanged, match="in another window; it is shown now"):
        session.label("surprise")
    assert session.statement.labels == ("anger",) and len(session.study.history()) == 1
    session.label("surprise")
    assert [o.statement.labels for o in session.study.history()] == [("anger",), ("surprise",)]
    assert other.refresh().sentence == "this clip was labelled in another window; it is shown now."
    assert other.statement.labels == ("surprise",)
    assert not other.refresh().changed


def test_a_label_that_another_window_added_is_not_lost(make):
    session = make("{name: own, free: true, work: {advance: false}}")
    again(session).label("smirk")
    session.refresh()
    assert session.statement.labels == ("smirk",)
    with contextlib.suppress(InputError):  # at worst a sentence
        session.comment("seen")
    assert session.study.latest("c00", "ann")[0].statement.labels == ("smirk",)


def test_what_others_do_elsewhere_is_seen_by_refresh(make):
    session = make()
    assert not session.refresh().changed
    session.label("anger")
    assert not session.refresh().changed  # own doings are no news
    with open_study(session.study.path) as other:
        other.add_clips(pd.DataFrame({"clip": ["new"], "source": ["new.npy"]}))
    session.label("surprise")  # does not hide that something happened
    session.next()
    session.keep(frame=3)
    assert session.refresh().sentence == "the study was changed meanwhile."
    assert session.tasks[-1] == Task("new") and session.progress().total == 7


def test_what_a_session_learns_or_adds_is_no_news_to_it(make):
    session = make("{name: own, free: true}")
    session.label("smirk")
    session.learn(width=64)
    assert not session.refresh().changed


# where ------------------------------------------------------------------------------------------


def test_it_resumes_where_it_stopped_with_frame_and_view(make):
    session = make()
    assert session.at == 0
    session.go(3)
    session.keep(frame=7, speed=0.5, keys={"play": "P"})
    after = again(session)
    assert (after.at, after.kept) == (3, {"frame": 7, "speed": 0.5, "keys": {"play": "P"}})
    after.next()
    assert "frame" not in after.kept and again(after).kept["speed"] == 0.5
    after.keep(speed=None)
    assert "speed" not in again(after).kept
    assert again(session, "bo").at == 0


def test_a_place_that_makes_no_sense_is_passed_over(make):
    session = make()
    session.label("anger")
    for place in ({"clip": "gone"}, {"clip": ["x"], "turn": {}}, {"clip": "c03", "turn": "x"}):
        session.study.keep_place("ann", place)
        assert again(session).at == (3 if place["clip"] == "c03" else 1)


def test_next_and_previous_stop_at_the_ends(make):
    session = make(count=2)
    assert session.previous().sentence == "this is the first clip."
    assert session.next().sentence == "c01, 2 of 2." and session.at == 1
    assert session.next().sentence == "this is the last clip." and session.at == 1
    assert session.previous().moved and session.at == 0


def test_blind_work_shows_numbers(make):
    session = make(STAYS.replace("advance", "blind: true, order: random, advance"))
    assert [session.name_of(task) for task in session.tasks[:2]] == ["clip 1", "clip 2"]
    assert session.go(4).sentence == "clip 5, 5 of 6."
    session.label("anger")
    session.go(0)
    assert "c0" not in session.undo().sentence


def test_jump_to_what_is_not_done_goes_round(make):
    session = make()
    for index in (0, 2, 4, 5):
        session.go(index)
        session.label("anger")
    session.jump("unlabelled")
    assert session.at == 1
    session.jump("unlabelled")
    assert session.at == 3
    session.jump("unlabelled")
    assert session.at == 1
    for index in (1, 3):
        session.go(index)
        session.flag("not visible")  # enough without a label
    assert session.jump("unlabelled").sentence == "every clip is done." and session.at == 3


def test_jump_to_disputed_goes_to_what_was_sent_back_first(make):
    session = make()
    assert session.jump("disputed").sentence == "no clip is disputed."
    study = session.study
    study.say("c00", "ann", Statement((Interval("anger"),)))
    study.say("c00", "bo", Statement((Interval("surprise"),)), turn=1)  # a repeat says nothing
    for clip in ("c01", "c02", "c04"):
        study.say(clip, "ann", Statement((Interval("anger"),)))
        study.say(clip, "bo", Statement((Interval("surprise"),)))
    session = again(session)
    study.decide("c04", "cy", "sent back", "look at the brows")
    session.jump("disputed")
    assert session.task.clip == "c04" and session.reason(session.task) == "look at the brows"
    session.label("surprise")
    assert session.reason(session.task) == ""
    session.jump("disputed")
    assert session.task.clip == "c01"
    study.decide("c02", "cy", "accepted", "clear", study.latest("c02", "bo")[0].id)
    session.jump("disputed")
    assert session.task.clip == "c01"  # c02 is decided, c04 agreed


def test_jump_to_suspects_follows_the_doubt(make):
    session = make()
    rows = [("c04", 1), ("c01", 2), ("elsewhere", 3), ("c02", 4)]
    table = pd.DataFrame(rows, columns=["clip", "rank"]).assign(
        label="anger", predicted="surprise", probability=0.9, doubt=0.8
    )
    session.study.set_suspects(table, "run1")
    visited = []
    for _ in range(4):
        session.jump("suspect")
        visited.append(session.task.clip)
    assert visited == ["c04", "c01", "c02", "c04"]


def test_what_somebody_said_stays_in_their_list(make):
    text = STAYS.replace("advance", "per_clip: 1, annotators: [ann, bo], advance")
    session = make(text)
    other = next(clip for clip in session.study.clips()["clip"] if Task(clip) not in session.tasks)
    session.study.say(other, "ann", Statement((Interval("anger"),)))
    session.refresh()
    assert session.tasks[-1] == Task(other)
    session.undo()
    assert session.task == Task(other) and session.statement.empty
    assert Task(other) not in again(session).tasks
    restarted = again(session)
    restarted.redo()
    assert restarted.task == Task(other) and restarted.statement.labels == ("anger",)


# done and going on ------------------------------------------------------------------------------


def test_done_needs_the_needed_marks_on_every_interval(make):
    session = make(SEVERAL.replace("intensity", "needed: [onset]\nintensity"))
    session.label("AU1")
    assert not session.done(session.task)
    session.mark("onset", 1)
    assert session.done(session.task) and session.progress().done == 1
    session.label("AU12")
    assert not session.done(session.task) and session.progress().left == 6
    session.flag("not visible")
    assert session.done(session.task)


def test_it_goes_on_when_nothing_more_can_be_said(make):
    session = make("{name: plain, labels: [a, b]}")
    done = session.label("a")
    assert (session.at, done.moved, done.changed) == (1, True, True)
    session.go(0)
    assert not session.label("b").moved and session.at == 0  # done before: a correction
    session.go(1)
    session.sure(2)
    assert session.at == 1  # how sure comes first, then the label
    session.label("a")
    assert session.at == 2 and session.flag("not visible").moved and session.at == 3
    session.undo()
    assert session.at == 2


def test_it_waits_for_all_marks_and_the_intensity(make):
    session = make(SCHEME.replace("intensity", "needed: [onset]\nintensity"))
    session.label("anger")
    session.mark("onset", 1)
    assert session.done(session.task) and session.at == 0
    session.mark("apex", 2)
    session.mark("offset", 3)
    assert session.at == 0
    assert session.intensity(1).moved and session.at == 1


def test_it_goes_to_the_next_that_is_not_done_and_stays_at_the_end(make):
    session = make("{name: plain, labels: [a, b]}", count=3)
    session.go(1)
    session.label("a")
    session.go(0)
    session.label("a")
    assert session.at == 2  # over the one that is done
    done = session.label("a")
    assert session.at == 2 and done.sentence == "a. Every clip is done." and not done.moved


def test_several_labels_and_work_that_does_not_advance_stay(make):
    for text in ("{name: u, labels: [a], several: true}", STAYS):
        session = make(text)
        session.label(session.scheme.label_names[0])
        assert session.at == 0


def test_two_stages_label_first_then_marks(make):
    session = make(
        "{name: two, labels: [a, b], marks: [onset, offset], needed: [onset], work: {stages: two}}",
        count=3,
    )
    assert session.stage == "label"
    with pytest.raises(InputError, match="marks come once every clip has a label; 3 are left"):
        session.mark("onset", 2)
    session.label("a")
    session.flag("not visible")
    session.go(2)
    assert session.progress().done == 2
    done = session.label("b")
    assert session.stage == "marks" and session.at == 0
    assert done.sentence == "b. Every clip has a label; now the marks."
    assert session.progress().done == 1  # the one that is not visible
    session.mark("onset", 2)
    session.mark("offset", 4)
    assert session.at == 2 and again(session).stage == "marks"
    session.label("b")  # taken away: there is a label missing again
    assert session.stage == "label"


def test_two_stages_without_needed_marks_want_one(make):
    text = "{name: two, labels: [a], marks: [onset, apex], work: {stages: two, advance: false}}"
    session = make(text, count=1)
    session.label("a")
    assert session.stage == "marks" and not session.done(session.task)
    session.mark("apex", 4)
    assert session.done(session.task)


def test_hidden_repeats_are_asked_anew(make):
    session = make(STAYS.replace("advance", "repeats: 1, gap: 3, advance"))
    repeat = next(task for task in session.tasks if task.turn == 1)
    session.go(session.tasks.index(Task(repeat.clip)))
    session.label("anger")
    session.go(session.tasks.index(repeat))
    assert session.statement.empty and session.name_of(repeat) == repeat.clip
    session.label("surprise")
    assert {o.turn: o.statement.labels for o in session.study.latest(repeat.clip)} == (
        {0: ("anger",), 1: ("surprise",)}
    )
    assert session.progress().labels["surprise"] == 0  # clips, each once
    assert session.progress().done == 2


# the clip ---------------------------------------------------------------------------------------


def test_facts_of_the_clip_are_learnt(make):
    session = make()
    session.study.add_clips(pd.DataFrame({"clip": ["x"], "source": ["x.npy"]}))
    session.refresh()
    session.go(6)
    assert session.clip["frames"] is None and session.clip["fps"] is None
    session.learn(frames=5, width=64)
    assert (session.clip["frames"], session.clip["width"]) == (5, 64)
    session.label("anger")
    with pytest.raises(InputError, match="from frame 0 to 4"):
        session.mark("onset", 5)
    with pytest.raises(InputError, match="replaced or changed"):
        session.learn(frames=7)
    assert session.clip["frames"] == 5


def test_a_study_that_may_only_be_read_can_be_looked_at(make):
    writing = make()
    writing.label("anger")
    session = Session(open_study(writing.study.path, read_only=True), "ann")
    assert session.at == 0
    session.next()
    session.keep(frame=3)
    assert session.at == 1 and session.previous().moved
    assert not session.next().changed and session.previous().moved
    for act in (lambda: session.label("surprise"), session.undo):
        with pytest.raises(InputError, match="for reading only"):
            act()
    assert session.statement.labels == ("anger",) and session.can_undo
