"""What runs by the clock of New York, whatever lands in the bucket.

A schedule asks for days, not for ticks: what was missed while the daemon was down is taken up once, with the next tick.
Dagster itself makes up for one missed tick at most.
"""

import datetime as dt
from collections.abc import Sequence

import dagster as dg

from nba_pipeline import catalog
from nba_pipeline.defs import lanes, yielding
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.game_days import EASTERN, days_between
from nba_pipeline.ingest.holds import touched
from nba_pipeline.predictions import prediction_coverage
from nba_pipeline.sources import br_season_rosters
from nba_pipeline.table import Table

# How far back the night looks for days that were never computed.
CATCH_UP_DAYS = 7

_LIVE = [table for feed, tables in catalog.feeds().items() if feed.holds == "snapshot" for table in tables]


@dg.schedule(
    cron_schedule="0 4 * * *",
    execution_timezone=EASTERN.key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    target=dg.AssetSelection.all(),
    description="All phases for the day that ended, and for days of the last week that were never computed.",
)
def night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Yesterday, from the earliest day of the last week that is missing."""
    yesterday = _day(context) - dt.timedelta(days=1)
    done = context.instance.get_materialized_partitions(asset_key(prediction_coverage.TABLE))
    week = days_between(yesterday - dt.timedelta(days=CATCH_UP_DAYS - 1), yesterday)
    first = min(done, default=yesterday.isoformat())
    # Before the first day that was ever computed nothing was missed.
    missed = [day for day in week if day.isoformat() not in done and day.isoformat() > first]
    return _request("night", days_between(min([*missed, yesterday]), yesterday))


@dg.schedule(
    cron_schedule="15 6 * * *",
    execution_timezone=EASTERN.key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    target=dg.AssetSelection.all(),
    description="All phases for today: what is known of tonight's games, and their predictions.",
)
def morning(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Today."""
    return _request("morning", [_day(context)])


@dg.schedule(
    cron_schedule="30 6 * * *",
    execution_timezone=EASTERN.key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    target=dg.AssetSelection.assets(asset_key(br_season_rosters.TABLE)),
    description="The season's rosters of all teams, in one write.",
)
def rosters(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """The season of today."""
    return _live_request(context, "rosters", [br_season_rosters.TABLE])


@dg.schedule(
    cron_schedule="15,45 * * * *",
    execution_timezone=EASTERN.key,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    target=dg.AssetSelection.assets(*map(asset_key, _LIVE)),
    description="Snapshots of today (lines, injuries, live scores), should the bucket's sensor have missed any.",
)
def live(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Today, of the feeds of snapshots."""
    return _live_request(context, "live", _LIVE)


def _live_request(
    context: dg.ScheduleEvaluationContext, name: str, tables: Sequence[Table]
) -> dg.RunRequest | dg.SkipReason:
    """A run of today for `tables`, unless something is in its way: it yields as the sensor does."""
    day, names = _day(context), [str(table) for table in tables]
    readers = yielding.readers_of(set(context.repository_def.assets_defs_by_key.values()))
    if why := yielding.holds(context.instance, readers).why(names, [day]):
        return dg.SkipReason(why)
    key = f"{name}:{context.scheduled_execution_time:%Y-%m-%dT%H:%M%z}"
    return dg.RunRequest(run_key=key, tags=lanes.live_tags(key, [day], touched(names, readers)))


def _request(name: str, days: Sequence[dt.date]) -> dg.RunRequest:
    return dg.RunRequest(run_key=f"{name}:{days[-1]}", tags=lanes.days_tags(days))


def _day(context: dg.ScheduleEvaluationContext) -> dt.date:
    """The date in New York of the tick."""
    return context.scheduled_execution_time.astimezone(EASTERN).date()
