"""Answers to an operator's questions: what ran, which files failed, who is predicted, how good predictions are."""

import dataclasses
import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from nba_pipeline.commands.common import (
    DAY,
    LOOK,
    AsJson,
    Day,
    answering,
    command,
    console,
    day_of,
    print_json,
    refuse_backwards,
)
from nba_pipeline.terminal import records

app = typer.Typer()

_Table = Annotated[str, typer.Option(help="Only one table's, with or without its dataset")]
_Limit = Annotated[int, typer.Option(min=1, help="How many at most")]
_LAST_HOURS = 24


@command(app, LOOK, "nba-pipeline runs --table player_game_summary --partition 2026-11-22")
def runs(
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed or died")] = False,
    table: _Table = "",
    partition: Annotated[Day, typer.Option(formats=DAY, help="Only runs for this day's partition")] = None,
    date: Annotated[Day, typer.Option(formats=DAY, help="Only what ended on this Eastern day")] = None,
    cost: Annotated[
        bool, typer.Option("--cost", help="By table what it came to on --date, or in the last 24 hours")
    ] = False,
    limit: _Limit = 20,
    as_json: AsJson = False,
) -> None:
    """The last runs and what they did to each table, newest first.

    With --table and --partition the first line names the run that wrote the partition last. With --cost it is what runs
    came to, in jobs, DML and rows of writes that succeeded, table by table and in all.
    """
    current = answering()
    from nba_pipeline.listings import runs as listing

    wanted = listing.Wanted(failed, table, day_of(partition), day_of(date))
    if cost:
        since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=_LAST_HOURS)
        costs = listing.cost(listing.runs_since(current, since, wanted))
        span = f"on {wanted.date}" if wanted.date else f"in the last {_LAST_HOURS} hours"
        if as_json:
            print_json(records(costs))
        else:
            console.print(listing.cost_listing(costs, f"Runs that ended {span}"))
        return
    found = listing.last_runs(current, limit, wanted)
    if as_json:
        print_json(records(found))
        return
    if table and partition:
        console.print(listing.last_writer(found), highlight=False, soft_wrap=True)
    console.print("No run has ended that fits." if found.empty else listing.listing(found))


@command(app, LOOK, "nba-pipeline files --feed nbac_player_boxscores --detailed")
def files(
    date: Annotated[Day, typer.Option(formats=DAY, help="Only files about this day")] = None,
    feed: Annotated[str, typer.Option(help="Only one feed's")] = "",
    table: _Table = "",
    detailed: Annotated[bool, typer.Option("--detailed", help="A line for every place in a file")] = False,
    limit: _Limit = 20,
    as_json: AsJson = False,
) -> None:
    """The files that could not be taken, whole or in part: where in the file, what is wrong, which run saw it last.

    A file that was written anew since is another one: compare its generation.
    """
    current = answering()
    from nba_pipeline.listings import files as listing

    found = listing.failed_files(current, day_of(date), feed, table)
    shown = found[:limit]
    if as_json:
        print_json([dataclasses.asdict(file) for file in shown])
    elif not found:
        console.print("No file has failed that fits.")
    else:
        console.print(listing.listing(shown, detailed, f"Files that failed: {len(shown)} of {len(found)}, last first"))


@command(app, LOOK, "nba-pipeline coverage --date 2026-11-22 --player doncic")
def coverage(
    date: Annotated[Day, typer.Option(formats=DAY, help="The slate's Eastern day; today by default")] = None,
    detailed: Annotated[bool, typer.Option("--detailed", help="Every player, and what each system says")] = False,
    player: Annotated[str, typer.Option(help="Only players whose name holds this, in detail")] = "",
    mlb: Annotated[bool, typer.Option("--mlb", help="Pitchers and their strikeouts instead")] = False,
    as_json: AsJson = False,
) -> None:
    """Who on a day's slate is predicted, and who is not and why: by status and reason, or player by player."""
    current = answering()
    from nba_pipeline.game_days import today
    from nba_pipeline.listings import coverage as listing

    day = day_of(date) or today()
    slate = listing.STRIKEOUTS if mlb else listing.POINTS
    rows = listing.covered(current, slate, day)
    players = listing.called(rows, player) if player else rows
    found = listing.detailed(current, slate, day, players) if detailed or player else listing.summary(rows)
    if as_json:
        print_json(records(found))
    elif rows.empty:
        console.print(f"{slate.nobody} on {day}.")
    else:
        show = listing.listing if detailed or player else listing.summary_listing
        console.print(show(found, f"The slate of {day}: {len(rows)} players"))


@command(app, LOOK, "nba-pipeline report --start-date 2026-11-01 --output november.html")
def report(
    output: Annotated[Path, typer.Option(help="The HTML file to write")] = Path(".local/report.html"),
    start_date: Annotated[Day, typer.Option(formats=DAY, show_default=False)] = None,
    end_date: Annotated[Day, typer.Option(formats=DAY, show_default=False)] = None,
) -> None:
    """Write how predictions turned out as one HTML file: systems, calibration, hit rates, coverage.

    It is about the year up to --end-date, today by default, or about the days from --start-date on.
    """
    from nba_pipeline import report as report_module
    from nba_pipeline.game_days import today

    last = day_of(end_date) or today()
    first = day_of(start_date) or last - dt.timedelta(days=365)
    refuse_backwards(first, last)
    report_module.write(answering(), output, first, last)
    console.print(f"The report is in {output}.", highlight=False, soft_wrap=True)
