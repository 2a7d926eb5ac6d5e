"""Slots of both kinds: one writer at a time, in the order of arrival, free when their holder dies, and paced."""

import random
import time

import pytest

from nba_pipeline.bigquery.slots import Pacing
from nba_pipeline_tests.support.writer_process import TABLE, await_that, job_id_of_length, writers

# Seconds. On a busy machine "at once" takes a while, and what waits for a dead process's slot waits for ever.
AT_ONCE = 5


def test_one_writer_at_a_time_has_the_slot(place, tmp_path):
    log = tmp_path / "log.txt"
    with writers(place, 4) as processes:
        for process in processes:
            process.tell("take_and_leave", str(log), 25)
        for process in processes:
            process.answer(60)
    assert log.read_text() == "()" * 100


def test_a_slot_is_handed_on_in_the_order_of_arrival(place):
    with writers(place, 5) as (first, *others):
        first.does("take")
        for number, process in enumerate(others):
            process.tell("take")
            await_that(lambda number=number: place.waiting() == number + 1)
        for before, after in zip([first, *others], others, strict=False):
            before.does("leave")
            after.answer(AT_ONCE)


def test_a_writer_that_comes_back_at_once_does_not_overtake_the_one_that_waits(place):
    with writers(place, 2) as (holder, waiting):
        holder.does("take")
        waiting.tell("take")
        for _ in range(50):
            await_that(lambda: place.waiting() == 1)
            holder.tell("take_again")
            waiting.answer(AT_ONCE)
            holder, waiting = waiting, holder


def test_the_slot_of_a_killed_process_is_free_at_once_and_its_job_is_told(place):
    with writers(place, 1) as (holder,):
        holder.does("take")
        holder.does("submit", "job-1")
        holder.kill()
        with place.slots().held(TABLE) as turn:
            assert turn.waited < AT_ONCE
            assert turn.left_behind == "job-1"


def test_a_job_that_is_known_to_have_ended_is_not_told(place):
    with writers(place, 1) as (holder,):
        holder.does("take")
        holder.does("submit", "job-1")
        holder.does("end")
        holder.kill()
        with place.slots().held(TABLE) as turn:
            assert turn.left_behind == ""


def test_a_job_is_told_until_somebody_says_that_it_ended(place):
    with place.slots().held(TABLE) as turn:
        turn.submitting("job-1")
    with place.slots().held(TABLE) as turn:
        assert turn.left_behind == "job-1"
    with place.slots().held(TABLE) as turn:
        assert turn.left_behind == "job-1"
        turn.ended()
    with place.slots().held(TABLE) as turn:
        assert turn.left_behind == ""


def test_a_writer_that_is_killed_while_it_waits_does_not_hold_up_the_others(place):
    with writers(place, 3) as (holder, killed, waiting):
        holder.does("take")
        killed.tell("take")
        await_that(lambda: place.waiting() == 1)
        waiting.tell("take")
        await_that(lambda: place.waiting() == 2)
        killed.kill()
        holder.does("leave")
        waiting.answer(AT_ONCE)


def test_a_run_that_waits_for_a_slot_can_be_interrupted(place):
    with writers(place, 2) as (holder, waiting):
        holder.does("take")
        waiting.tell("take")
        await_that(lambda: place.waiting() == 1)
        waiting.interrupt()
        await_that(lambda: place.waiting() == 0)


def test_tables_do_not_wait_for_each_other_nor_tell_each_other_s_jobs(place):
    with writers(place, 1) as (writer,), place.slots().held("toys.other") as other:
        other.submitting("job-of-the-other")
        writer.tell("take")
        assert writer.answer(AT_ONCE) == ""


def test_a_slot_is_given_back_when_its_holder_fails(place):
    slots = place.slots()
    with pytest.raises(RuntimeError, match="boom"), slots.held(TABLE):
        raise RuntimeError("boom")
    with slots.held(TABLE) as turn:
        assert turn.waited < AT_ONCE


def test_the_time_that_a_turn_was_waited_for_is_told(place):
    with writers(place, 1) as (holder,):
        holder.does("take")
        holder.tell("leave_when_somebody_has_waited", 0.3)
        with place.slots().held(TABLE) as turn:
            assert turn.waited >= 0.3


def test_changes_are_paced_over_all_who_write_also_when_they_die(place):
    pacing = Pacing(updates=2, seconds=0.5)
    with writers(place, 6, pacing) as processes:
        started = time.monotonic()
        for process in processes:
            process.does("take")
            process.does("submit", "job")
            process.kill()
        # The fifth is two windows after the first.
        assert time.monotonic() - started >= 0.99


def test_a_change_is_as_old_as_the_end_of_its_job(place):
    slots = place.slots(Pacing(updates=1, seconds=0.5))
    with slots.held(TABLE) as turn:
        turn.submitting("job-1")
        time.sleep(0.3)
        ending = time.monotonic()
        turn.ended()
    with slots.held(TABLE) as turn:
        turn.submitting("job-2")
        assert time.monotonic() - ending >= 0.49


def test_a_kill_at_any_moment_leaves_a_whole_record(place):
    moment = random.Random(20240101)
    found = set()
    with writers(place, 12) as processes:
        for process in processes:
            process.does("take")
            process.does("submit", job_id_of_length(50))
            process.tell("note_jobs_for_ever")
            time.sleep(moment.uniform(0, 0.03))
            process.kill()
            with place.slots().held(TABLE) as turn:
                assert turn.left_behind == job_id_of_length(len(turn.left_behind))
                found.add(turn.left_behind)
    assert len(found) > 3
