"""Schedules ask for each of their days once, over changes of the clock and pauses, and yield where they must."""

import datetime as dt

import dagster as dg
import pytest

from nba_pipeline.defs import lanes, schedules
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.game_days import EASTERN, days_between
from nba_pipeline.predictions import prediction_coverage
from nba_pipeline_tests.support.backfilling import request_backfill
from nba_pipeline_tests.support.clock import evaluated, tick_times

LAST_TABLE = asset_key(prediction_coverage.TABLE)
INJURIES = "nba_raw.nbac_injury_report"


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as found:
        yield found


def at(day: dt.date, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=EASTERN)


def requests_of(schedule, first: dt.date, end: dt.date, instance) -> list[dg.RunRequest]:
    ticks = [evaluated(schedule, moment, instance) for moment in tick_times(schedule, at(first), at(end))]
    return [request for tick in ticks for request in tick.run_requests]


def computed(instance, *days: dt.date) -> None:
    for day in days:
        instance.report_runless_asset_event(dg.AssetMaterialization(LAST_TABLE, partition=day.isoformat()))


# The clock goes forward on 9 March 2025 and back on 2 November 2025.
@pytest.mark.parametrize("change", [dt.date(2025, 3, 9), dt.date(2025, 11, 2)], ids=["forward", "back"])
@pytest.mark.parametrize(("schedule", "back"), [(schedules.night, 1), (schedules.morning, 0)], ids=["night", "morning"])
def test_a_week_with_a_change_of_the_clock_asks_for_each_day_once(instance, change, schedule, back):
    first, end = change - dt.timedelta(days=3), change + dt.timedelta(days=4)
    requests = requests_of(schedule, first, end, instance)
    asked = [request.tags["dagster/partition"] for request in requests]
    days = days_between(first - dt.timedelta(days=back), end - dt.timedelta(days=1 + back))
    assert asked == [day.isoformat() for day in days]
    assert len({request.run_key for request in requests}) == len(requests)


@pytest.mark.parametrize(("day", "ticks"), [(dt.date(2025, 3, 9), 46), (dt.date(2025, 11, 2), 50)])
def test_live_feeds_run_each_half_hour_that_a_day_has(instance, day, ticks):
    requests = requests_of(schedules.live, day, day + dt.timedelta(days=1), instance)
    assert len({request.run_key for request in requests}) == len(requests) == ticks
    assert {request.tags["dagster/partition"] for request in requests} == {day.isoformat()}


def test_after_a_pause_the_next_night_takes_the_days_that_were_missed_in_one_run(instance):
    last = dt.date(2025, 1, 10)
    computed(instance, *days_between(last - dt.timedelta(days=30), last))
    [request] = evaluated(schedules.night, at(dt.date(2025, 1, 14), 4), instance).run_requests
    assert request.tags == {
        **lanes.days_tags(days_between(dt.date(2025, 1, 11), dt.date(2025, 1, 13))),
        "dagster/schedule_name": "night",
    }


def test_a_long_pause_is_left_to_a_backfill_but_for_its_last_week(instance):
    computed(instance, dt.date(2025, 1, 10))
    [request] = evaluated(schedules.night, at(dt.date(2025, 3, 1), 4), instance).run_requests
    assert request.tags["dagster/asset_partition_range_start"] == "2025-02-22"


def test_the_first_night_of_all_takes_one_day(instance):
    [request] = evaluated(schedules.night, at(dt.date(2025, 1, 14), 4), instance).run_requests
    assert request.tags["dagster/partition"] == "2025-01-13"


def test_live_feeds_yield_to_a_backfill_of_the_day_and_say_so(instance):
    day = dt.date(2025, 1, 14)
    request_backfill(instance, "injuries", [INJURIES], [day])
    assert evaluated(schedules.live, at(day, 12, 15), instance).skip_message == f"backfill injuries writes {INJURIES}"
    assert evaluated(schedules.live, at(day + dt.timedelta(days=1), 12, 15), instance).run_requests


def test_live_runs_say_what_they_touch_and_come_after_others_in_the_queue(instance):
    [request] = evaluated(schedules.rosters, at(dt.date(2025, 1, 14), 6, 30), instance).run_requests
    assert request.tags[lanes.TOUCHES] == "nba_raw.br_season_rosters"
    assert int(request.tags["dagster/priority"]) < 0
