"""Live ingest: what it waits for, and what an operator tells it."""

import datetime as dt
from typing import Annotated

import typer

from nba_pipeline import settings
from nba_pipeline.commands.common import DO, LOOK, AsJson, Tables, command, console, print_json

app = typer.Typer()


@command(app, LOOK, "nba-pipeline status --json")
def status(as_json: AsJson = False) -> None:
    """What live ingest waits for: backfills under way, holds, and each batch of new files that waits, and why."""
    from nba_pipeline import operations
    from nba_pipeline.listings import status as listing

    found = operations.status(settings.load())
    if as_json:
        print_json(found)
    else:
        console.print(*listing.listing(found), sep="\n")


@command(app, DO, "nba-pipeline hold --tables nbac_schedule --hours 3 --reason 'a new scraper'")
def hold(
    hours: Annotated[float, typer.Option(help="How long; a hold ends by itself")] = 2.0,
    tables: Tables = "",
    reason: Annotated[str, typer.Option(help="Shown wherever the hold is")] = "no reason given",
) -> None:
    """Hold live ingest of some tables, or of all: new files wait, and run once, together, afterwards."""
    from nba_pipeline import backfills, operations

    names = [".".join(path) for path in backfills.asset_paths(tables)]
    new = operations.hold(settings.load(), names, dt.timedelta(hours=hours), reason)
    held = ", ".join(names) or "all tables"
    console.print(f"Live ingest of {held} is held until {new.until:%Y-%m-%d %H:%M} UTC.")


@command(app, DO, "nba-pipeline release --tables nbac_schedule")
def release(tables: Tables = "") -> None:
    """End holds: those on the named tables, or all."""
    from nba_pipeline import backfills, operations

    names = [".".join(path) for path in backfills.asset_paths(tables)]
    ended = operations.release(settings.load(), names)
    console.print(f"{len(ended)} holds ended." if ended else "Nothing was held there.")


@command(app, DO, "nba-pipeline reset-sensor --since 2026-11-20T00:00:00", "reset-sensor")
def reset_sensor(
    since: Annotated[
        dt.datetime | None, typer.Option(help="Look at all objects that came since (UTC); now by default")
    ] = None,
) -> None:
    """Make the bucket's sensor forget what it saw: at its next tick it looks anew; what runs have read is left out.

    To run days again that were read already, use backfill.
    """
    from nba_pipeline import operations

    moment = since.replace(tzinfo=dt.UTC) if since else dt.datetime.now(dt.UTC)
    operations.reset(settings.load(), moment)
    console.print(f"The sensor begins anew at its next tick, with what came since {moment:%Y-%m-%d %H:%M} UTC.")
