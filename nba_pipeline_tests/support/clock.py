"""Schedules driven through time: each tick that Dagster's daemon would make, evaluated at its moment."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg
from dagster._utils.schedules import cron_string_iterator

from nba_pipeline_tests.support.code_location import code_location


def tick_times(schedule: dg.ScheduleDefinition, first: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    """The moments of a schedule's ticks from `first` until before `end`, as Dagster's daemon computes them."""
    for moment in cron_string_iterator(first.timestamp(), schedule.cron_schedule, schedule.execution_timezone):
        if moment >= end:
            return
        yield moment


def evaluated(schedule: dg.ScheduleDefinition, moment: dt.datetime, instance: dg.DagsterInstance):
    """What a schedule asks for at a moment."""
    repository = code_location().get_repository_def()
    context = dg.build_schedule_context(instance=instance, repository_def=repository, scheduled_execution_time=moment)
    return schedule.evaluate_tick(context)
