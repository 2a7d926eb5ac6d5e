"""BigQuery's time: it passes as fast as it is told to, and what waits for it takes no thread."""

import threading

from nba_pipeline.local.bigquery.clock import Clock
from nba_pipeline.local.bigquery.latency import Latency


def test_a_thousand_actions_wait_at_once_and_come_in_order():
    clock, seen, last = Clock(1_000), [], threading.Event()
    before = threading.active_count()
    for number in range(1_000):
        clock.after(100 + 100 * (number % 2), lambda number=number: seen.append(number))
    clock.after(300, last.set)
    assert threading.active_count() == before
    assert last.wait(20)
    assert seen == [*range(0, 1_000, 2), *range(1, 1_000, 2)]
    clock.close()


def test_what_still_waits_is_dropped_when_the_clock_is_closed():
    clock, seen = Clock(), []
    clock.after(60, lambda: seen.append(1))
    clock.close()
    assert seen == []


def test_ten_seconds_may_pass_in_one():
    clock = Clock(10)
    assert clock.machine_seconds(20) == 2
    clock.close()


def test_the_same_seed_draws_the_same_latencies_and_a_switch_draws_none():
    first, second, off = Latency(7, on=True), Latency(7, on=True), Latency(7, on=False)
    drawn = [first.seconds("MUTATE") for _ in range(500)]
    assert drawn == [second.seconds("MUTATE") for _ in range(500)]
    assert 1.8 < sorted(drawn)[250] < 2.2
    assert {off.seconds("MUTATE"), first.seconds("CONTROL")} == {0.0}
