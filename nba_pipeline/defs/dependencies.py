"""Whether what a run reads was written before.

A run that the clock started waits for it and says for what. A run of a backfill does not go on where days before it
failed: it would take the gap for games that nobody played.
"""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import dagster as dg

from nba_pipeline.defs import yielding
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.game_days import days_between
from nba_pipeline.table import Table

# Waits of 1, 2, 4, ... minutes: about an hour, as long as a night's scrapes may be late.
RETRIES = 6
FIRST_WAIT_SECONDS = 60.0

# A table with nothing in two weeks is out of season or new: there is no history to wait for.
_STANDING_DAYS = 14


class DependencyMissing(LookupError):
    """An upstream table was not written for days that a run reads."""


def missing_days(
    instance: dg.DagsterInstance, run: dg.DagsterRun, table: Table, days: Sequence[dt.date], history_days: int
) -> list[dt.date]:
    """The days of `table` that a run of `days` reads and that nobody wrote: its own, and for history the one before.

    None where nothing was written in the weeks before. What the run writes itself it finds written.
    """
    written = instance.get_materialized_partitions(asset_key(table))
    lately = days_between(days[0] - dt.timedelta(days=_STANDING_DAYS), days[0] - dt.timedelta(days=1))
    if not any(day.isoformat() in written for day in lately):
        return []
    own = [] if asset_key(table) in (run.asset_selection or ()) else list(days)
    before = lately[-1:] if history_days else []
    return [day for day in [*before, *own] if day.isoformat() not in written]


def refuse_lost(
    instance: dg.DagsterInstance, run: dg.DagsterRun, table: Table, days: Sequence[dt.date], history_days: int
) -> None:
    """Raises DependencyMissing where the run's own backfill was to write days of the history of `days`, and did not."""
    backfill_id = run.tags.get("dagster/backfill")
    if backfill_id is None or not history_days:
        return
    targeted = yielding.targets_of(instance, backfill_id).get(str(table), frozenset())
    history = days_between(days[0] - dt.timedelta(days=history_days), days[0] - dt.timedelta(days=1))
    written = instance.get_materialized_partitions(asset_key(table)) if targeted.intersection(history) else set()
    if lost := [day for day in history if day in targeted and day.isoformat() not in written]:
        raise DependencyMissing(
            f"{described(table, lost)}, which this backfill was to write first: form and averages of the days after "
            "them would be wrong. Mend what failed there and run all failed partitions again in one backfill, or "
            "compute with the gap by --force"
        )


def settle(
    run: dg.DagsterRun, table: Table, missing: Sequence[dt.date], days: Sequence[dt.date], attempt: int, scale: float
) -> None:
    """Lets a run go on that lacks the days `missing` of what it reads, or has it try again, or ends it.

    A run that the clock started waits: nobody is there to see what is missing. What others started was told in the log.
    After the last attempt it goes on with a gap in the history, and not without one of its own days.
    """
    if "dagster/schedule_name" not in run.tags or not missing:
        return
    reason = DependencyMissing(described(table, missing))
    if attempt < RETRIES:
        raise dg.RetryRequested(RETRIES, FIRST_WAIT_SECONDS * 2**attempt / scale) from reason
    if set(missing) & set(days):
        raise reason


def described(table: Table, days: Sequence[dt.date]) -> str:
    """The missing days of a table as a sentence."""
    ranges = ", ".join(f"{first} to {last}" if first != last else str(first) for first, last in _ranges(days))
    return f"{table} was not written for {ranges}"


def _ranges(days: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    breaks = [position for position, (one, other) in enumerate(pairwise(days), 1) if (other - one).days > 1]
    cuts = [0, *breaks, len(days)]
    return [(days[first], days[last - 1]) for first, last in pairwise(cuts)]
