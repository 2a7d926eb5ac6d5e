"""What an operator tells live ingest and asks of it, through Dagster's own storage: hold, release, reset, status."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterHomeNotSetError  # no public name; a test of the message would fail
from rich.table import Table as Grid

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


def status(settings: Settings) -> list[Grid | str]:
    """What live ingest waits for and yields to, as tables and lines to print."""
    with dagster_instance(settings) as instance:
        now = dt.datetime.now(dt.UTC)
        return [
            _backfills(yielding.active_backfills(instance)),
            _holds(yielding.manual_holds(instance, now)),
            _conflicts(conflict_spikes(instance, now)),
            _waiting(instance_state.get(instance, STATUS)),
        ]


def _backfills(active: Sequence[yielding.Backfill]) -> Grid | str:
    rows = []
    for backfill in active:
        days = sorted(set().union(*backfill.days.values()))
        rows.append((backfill.name, str(len(backfill.days)), f"{days[0]} to {days[-1]} ({len(days)})" if days else ""))
    return _grid("Backfills under way", ("backfill", "tables", "days"), rows)


def _holds(standing: Sequence[ManualHold]) -> Grid | str:
    rows = [(", ".join(one.tables) or "all", f"{one.until:%Y-%m-%d %H:%M}", one.reason) for one in standing]
    return _grid("Held by hand", ("tables", "until (UTC)", "reason"), rows)


def _conflicts(spikes: Mapping[str, dt.datetime]) -> Grid | str:
    rows = [(table, f"{until:%Y-%m-%d %H:%M}") for table, until in sorted(spikes.items())]
    return _grid("Held after many conflicts", ("table", "until (UTC)"), rows)


def _waiting(said: dict[str, Any] | None) -> Grid | str:
    if said is None:
        return "The bucket's sensor has not looked yet."
    rows = [(one["batch"], _minute(one["since"]), one["why"]) for one in said["waiting"]]
    title = f"Batches that wait, as of {_minute(said['at'])} UTC"
    return _grid(title, ("batch", "since (UTC)", "why"), rows, said["count"])


def _grid(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], count: int | None = None) -> Grid | str:
    """A table of some of `count` rows, or a line that there are none."""
    if not rows:
        return f"{title}: none."
    grid = Grid(*headings, title=f"{title}: {count or len(rows)}", title_justify="left")
    for row in rows:
        grid.add_row(*row)
    return grid


def _minute(moment: str) -> str:
    return f"{dt.datetime.fromisoformat(moment):%Y-%m-%d %H:%M}"
