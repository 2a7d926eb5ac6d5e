"""A turn's record and pacing, by a clock that moves only when it is told to."""

import json

import pytest

from nba_pipeline.bigquery import slots
from nba_pipeline.bigquery.slots import Pacing, Turn

PACING = Pacing(updates=2, seconds=10.0)


class Clock:
    """A clock, and the turns of one table that go by it."""

    def __init__(self) -> None:
        self.now, self.slept, self.kept = 100.0, 0.0, ""

    def sleep(self, seconds: float) -> None:
        self.now, self.slept = self.now + seconds, self.slept + seconds

    def next_turn(self, waited: float = 0.0) -> Turn:
        return Turn(self.kept, self.keep, PACING, waited, lambda: self.now)

    def keep(self, text: str) -> None:
        self.kept = text

    def change(self, job_id: str = "job", takes: float = 0.0) -> Turn:
        turn = self.next_turn()
        turn.submitting(job_id)
        self.now += takes
        turn.ended()
        return turn


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(slots.time, "sleep", clock.sleep)
    return clock


def test_the_first_changes_of_a_table_do_not_wait(clock):
    clock.change()
    clock.change()
    assert clock.slept == 0


def test_one_change_too_many_waits_until_the_oldest_is_out_of_the_window(clock):
    clock.change()
    clock.now += 4
    clock.change()
    turn = clock.change()
    assert clock.now == 110
    assert turn.waited == clock.slept == 6


def test_the_window_moves_with_each_change(clock):
    moments = []
    for _ in range(6):
        clock.change()
        moments.append(clock.now)
    assert moments == [100, 100, 110, 110, 120, 120]


def test_changes_that_are_out_of_the_window_do_not_count(clock):
    clock.change()
    clock.change()
    clock.now += 10
    clock.change()
    assert clock.slept == 0


def test_a_change_is_counted_from_the_end_of_its_job(clock):
    clock.change(takes=3)
    clock.change(takes=0)
    clock.change()
    assert clock.now == 103 + 10


def test_a_change_whose_end_nobody_saw_is_counted_from_its_submission(clock):
    for _ in range(2):
        clock.next_turn().submitting("job")
        clock.now += 3
    clock.next_turn().submitting("job")
    assert clock.now == 110


def test_every_attempt_of_a_turn_is_a_change(clock):
    turn = clock.next_turn(waited=1.5)
    for attempt in range(3):
        turn.submitting(f"job-{attempt}")
    assert clock.slept == 10
    assert turn.waited == 11.5


def test_a_clock_that_was_set_back_does_not_hold_up_a_table_for_longer_than_a_window(clock):
    clock.change()
    clock.change()
    clock.now -= 3_600
    clock.change()
    assert clock.slept == 10


def test_a_job_is_noted_before_it_may_be_submitted(clock):
    clock.next_turn().submitting("job-1")
    assert json.loads(clock.kept) == {"job_id": "job-1", "changed": [100.0]}


def test_a_turn_tells_of_the_job_before_it_also_while_it_has_one_of_its_own(clock):
    clock.next_turn().submitting("job-1")
    turn = clock.next_turn()
    turn.submitting("job-2")
    assert turn.left_behind == "job-1"


def test_an_end_without_a_job_changes_nothing(clock):
    clock.change()
    kept = clock.kept
    clock.now += 5
    clock.next_turn().ended()
    assert clock.kept == kept


def test_a_record_holds_no_more_moments_than_pacing_asks_for(clock):
    for _ in range(20):
        clock.change()
    assert len(json.loads(clock.kept)["changed"]) == PACING.updates
