"""A run that the clock started waits for what it reads, with longer and longer pauses, and names it."""

import datetime as dt

import dagster as dg
import pytest

from nba_pipeline.analytics import player_game_summary
from nba_pipeline.defs.dependencies import (
    RETRIES,
    DependencyMissing,
    described,
    missing_days,
    refuse_lost,
    settle,
)
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.game_days import days_between
from nba_pipeline_tests.support.backfilling import request_backfill

SUMMARY = player_game_summary.TABLE
DAY = dt.date(2025, 1, 14)
BEFORE = DAY - dt.timedelta(days=1)
SCHEDULED = dg.DagsterRun(job_name="morning", tags={"dagster/schedule_name": "morning"})
BY_HAND = dg.DagsterRun(job_name="by hand")


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as found:
        yield found


def written(instance, *days: dt.date) -> None:
    for day in days:
        instance.report_runless_asset_event(dg.AssetMaterialization(asset_key(SUMMARY), partition=day.isoformat()))


def test_the_runs_own_days_and_the_day_before_them_are_needed(instance):
    written(instance, BEFORE - dt.timedelta(days=1))
    assert missing_days(instance, SCHEDULED, SUMMARY, [DAY], history_days=30) == [BEFORE, DAY]
    assert missing_days(instance, SCHEDULED, SUMMARY, [DAY], history_days=0) == [DAY]


def test_nothing_is_missing_once_it_is_written(instance):
    written(instance, BEFORE, DAY)
    assert missing_days(instance, SCHEDULED, SUMMARY, [DAY], history_days=30) == []


def test_what_the_run_writes_itself_is_not_missing(instance):
    written(instance, BEFORE)
    both = SCHEDULED.with_tags(SCHEDULED.tags)._replace(asset_selection=frozenset([asset_key(SUMMARY)]))
    assert missing_days(instance, both, SUMMARY, [DAY], history_days=30) == []


def test_a_table_that_nobody_wrote_for_weeks_is_not_waited_for(instance):
    written(instance, DAY - dt.timedelta(days=60))
    assert missing_days(instance, SCHEDULED, SUMMARY, [DAY], history_days=30) == []


def test_a_scheduled_run_waits_twice_as_long_each_time():
    waits = []
    for attempt in range(RETRIES):
        with pytest.raises(dg.RetryRequested) as raised:
            settle(SCHEDULED, SUMMARY, [DAY], [DAY], attempt, scale=1)
        waits.append(raised.value.seconds_to_wait)
        assert str(raised.value.__cause__) == "nba_analytics.player_game_summary was not written for 2025-01-14"
    assert waits == [60, 120, 240, 480, 960, 1920]


def test_after_the_last_wait_it_ends_without_its_own_day_and_goes_on_with_a_gap_in_the_history():
    with pytest.raises(DependencyMissing, match="2025-01-14"):
        settle(SCHEDULED, SUMMARY, [DAY], [DAY], RETRIES, scale=1)
    settle(SCHEDULED, SUMMARY, [BEFORE], [DAY], RETRIES, scale=1)


def test_a_run_started_by_a_person_goes_on():
    settle(BY_HAND, SUMMARY, [BEFORE, DAY], [DAY], 0, scale=1)


def test_missing_days_are_told_as_ranges():
    days = [*days_between(DAY, DAY + dt.timedelta(days=3)), DAY + dt.timedelta(days=9)]
    expected = "nba_analytics.player_game_summary was not written for 2025-01-14 to 2025-01-17, 2025-01-23"
    assert described(SUMMARY, days) == expected


def test_a_run_of_a_backfill_ends_where_days_before_it_failed(instance):
    chunk = days_between(DAY - dt.timedelta(days=2), DAY)
    backfill_id = request_backfill(instance, "two runs", [str(SUMMARY)], [*chunk, DAY + dt.timedelta(days=1)])
    run = dg.DagsterRun(job_name="backfill", tags={"dagster/backfill": backfill_id})
    later = [DAY + dt.timedelta(days=1)]
    written(instance, chunk[0])
    with pytest.raises(DependencyMissing, match=r"was not written for 2025-01-13 to 2025-01-14, which this backfill"):
        refuse_lost(instance, run, SUMMARY, later, history_days=365)
    # Who reads no history, or only what is there, goes on.
    refuse_lost(instance, run, SUMMARY, later, history_days=0)
    written(instance, *chunk)
    refuse_lost(instance, run, SUMMARY, later, history_days=365)


def test_a_day_that_no_backfill_was_to_write_is_not_lost(instance):
    backfill_id = request_backfill(instance, "a day", [str(SUMMARY)], [DAY])
    refuse_lost(
        instance,
        dg.DagsterRun(job_name="backfill", tags={"dagster/backfill": backfill_id}),
        SUMMARY,
        [DAY],
        history_days=365,
    )
    refuse_lost(instance, BY_HAND, SUMMARY, [DAY], history_days=365)
