"""What an operator tells live ingest and asks of it, through Dagster's own storage: hold, release, reset, status."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
import msgspec
from dagster._core.errors import DagsterHomeNotSetError  # no public name; a test of the message would fail

from nba_pipeline.dagster_api import DagsterError
from nba_pipeline.defs import instance_state, yielding
from nba_pipeline.defs.conflicts import conflict_spikes
from nba_pipeline.defs.live_ingest import RESET, STATUS
from nba_pipeline.ingest.holds import LONGEST_HOLD, BadHold, ManualHold
from nba_pipeline.local.stack import dagster_home
from nba_pipeline.settings import Settings


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance: the local stack's, or in production the one that DAGSTER_HOME names; raises DagsterError."""
    home = dagster_home(settings)
    if settings.env == "local" and not home.is_dir():
        raise DagsterError("the local stack never ran here: start it with `make dev`")
    try:
        instance = dg.DagsterInstance.from_config(str(home)) if settings.env == "local" else dg.DagsterInstance.get()
    except DagsterHomeNotSetError as error:
        raise DagsterError("DAGSTER_HOME is not set: name the folder with the deployment's dagster.yaml") from error
    with instance:
        yield instance


def hold(settings: Settings, tables: Sequence[str], lasts: dt.timedelta, reason: str) -> ManualHold:
    """Holds the live ingest of `tables` (`dataset.name`), of all where none is named; raises BadHold."""
    if not dt.timedelta() < lasts <= LONGEST_HOLD:
        raise BadHold(f"a hold lasts up to {LONGEST_HOLD.days} days, not {lasts}")
    new = ManualHold(tuple(tables), dt.datetime.now(dt.UTC) + lasts, reason)
    with dagster_instance(settings) as instance:
        yielding.hold(instance, new)
    return new


def release(settings: Settings, tables: Collection[str]) -> list[ManualHold]:
    """Ends the holds on any of `tables`, all where none is named; returns what it ended."""
    with dagster_instance(settings) as instance:
        standing = yielding.manual_holds(instance, dt.datetime.now(dt.UTC))
        ended = [one for one in standing if not tables or set(tables) & set(one.tables)]
        yielding.release(instance, ended)
    return ended


@contextmanager
def held(settings: Settings, lasts: dt.timedelta, reason: str) -> Iterator[None]:
    """Holds all live ingest for the block, and no longer than it may last."""
    mine = hold(settings, (), lasts, reason)
    try:
        yield
    finally:
        with dagster_instance(settings) as instance:
            yielding.release(instance, [mine])


def reset(settings: Settings, since: dt.datetime) -> None:
    """Makes the bucket's sensor forget what it saw and look again at recent days, and at all that came `since`.

    What a run has read since it came is left out: nothing runs twice.
    """
    with dagster_instance(settings) as instance:
        epoch = (instance_state.get(instance, RESET) or {"epoch": 0})["epoch"] + 1
        instance_state.put(instance, RESET, {"epoch": epoch, "since": since.isoformat()})


def status(settings: Settings) -> dict[str, Any]:
    """What live ingest waits for and yields to, as JSON holds it.

    `backfills` under way with the tables and the days they are for, `holds` by hand, `conflicts`: tables that are left
    alone after many, and `batches`, those that wait by the sensor's last tick: None where it never ticked.
    """
    with dagster_instance(settings) as instance:
        now = dt.datetime.now(dt.UTC)
        return {
            "backfills": [_backfill(backfill) for backfill in yielding.active_backfills(instance)],
            "holds": [msgspec.to_builtins(hold) for hold in yielding.manual_holds(instance, now)],
            "conflicts": [
                {"table": table, "until": until.isoformat()}
                for table, until in sorted(conflict_spikes(instance, now).items())
            ],
            "batches": instance_state.get(instance, STATUS),
        }


def _backfill(backfill: yielding.Backfill) -> dict[str, Any]:
    days = sorted(set().union(*backfill.days.values()))
    return {
        "name": backfill.name,
        "tables": sorted(backfill.days),
        "days": len(days),
        "first_day": days[0].isoformat() if days else None,
        "last_day": days[-1].isoformat() if days else None,
    }
