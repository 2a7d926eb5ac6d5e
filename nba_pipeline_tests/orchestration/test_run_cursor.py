"""The cursor over finished runs, against runs that become visible in any order."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline.orchestration.run_cursor import MARGIN, Cursor
from nba_pipeline_tests.support.finished import NOON

MINUTE = dt.timedelta(minutes=1)


def tick(cursor: Cursor, stamps: dict[int, dt.datetime], limit: int, read: int, now: dt.datetime):
    """What `next_runs` does: asks for the earliest runs after the cursor, and reads `read` of the new ones at most."""
    asked = len(cursor.taken) + limit
    after = sorted((stamp, number) for number, stamp in stamps.items() if stamp > cursor.since)[:asked]
    seen = {number: stamp for stamp, number in after}
    new = [number for _, number in after if number not in cursor.taken][:limit]
    left = [number for number in seen if number not in cursor.taken and number not in new[:read]]
    moved = cursor.moved(seen, left, len(after) < asked, now)
    return new[:read], Cursor.of(moved.text)


# (minutes until it becomes visible, minutes its stamp lies before that): many are equal, none lags by the margin.
RUNS = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 9)), max_size=60)


@settings(max_examples=300, deadline=None)
@given(runs=RUNS, limit=st.integers(1, 10), read=st.integers(1, 10), every=st.integers(1, 15))
def test_every_run_is_taken_once_whatever_the_order_in_which_they_become_visible(runs, limit, read, every):
    cursor, taken = Cursor(NOON - MINUTE * 10), []
    for minute in range(0, 91 + every * (len(runs) + 1), every):
        visible = {n: NOON + MINUTE * (at - lag) for n, (at, lag) in enumerate(runs) if at <= minute}
        found, cursor = tick(cursor, visible, limit, read, NOON + MINUTE * minute)
        taken += found
    assert sorted(taken) == list(range(len(runs)))


def test_the_cursor_forgets_runs_that_are_older_than_the_margin():
    stamps = {n: NOON + MINUTE * n for n in range(100)}
    _, cursor = tick(Cursor(NOON - MINUTE), stamps, 200, 200, NOON + MINUTE * 100)
    assert cursor == Cursor(NOON + MINUTE * 100 - MARGIN, frozenset(range(91, 100)))


def test_a_run_that_changes_within_the_margin_is_not_taken_again():
    _, cursor = tick(Cursor(NOON - MINUTE), {1: NOON}, 10, 10, NOON)
    found, cursor = tick(cursor, {1: NOON + MINUTE}, 10, 10, NOON + MINUTE * 9)
    assert found == []
    found, _ = tick(cursor, {1: NOON + MINUTE}, 10, 10, NOON + MINUTE * 12)
    assert found == []


def test_without_a_cursor_all_runs_are_gone_through():
    assert Cursor.of(None).since < dt.datetime(2021, 1, 1, tzinfo=dt.UTC)
