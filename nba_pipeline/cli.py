"""The command line. Commands say what they do and call what does it; imports that cost are made where needed."""

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from nba_pipeline import settings as settings_module

app = typer.Typer(
    help="NBA and MLB files in a bucket become BigQuery tables and predictions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_console = Console()


@app.command()
def demo() -> None:
    """From nothing to tonight's predictions and a running UI, on a simulated season."""
    from nba_pipeline.local import demo as demo_module

    _exit_clearly(lambda: demo_module.run(settings_module.load(), _console))


@app.command()
def dev() -> None:
    """Run the local stack (BigQuery, bucket, Dagster) in the foreground until Ctrl-C."""
    from nba_pipeline.local import stack

    _exit_clearly(lambda: stack.run(settings_module.load(), _console.print))


@app.command()
def stop() -> None:
    """End the local stack; its data stays."""
    from nba_pipeline.local import stack

    ended = stack.stop(settings_module.load())
    _console.print("The local stack is stopped." if ended else "The local stack was not running.")


@app.command("load-season")
def load_season(
    source: Annotated[Path, typer.Option("--from", help="Folder with schedule.parquet, player_game.parquet ...")],
    season: Annotated[str, typer.Option(help="For example 2023-24, or 2025 for baseball")],
    feeds: Annotated[str, typer.Option(help="Comma-separated feeds; all by default")] = "",
) -> None:
    """Write a real season's files into the bucket, as the scrapers would have."""
    from nba_pipeline.local.season import loading

    chosen = [feed.strip() for feed in feeds.split(",") if feed.strip()]

    _exit_clearly(lambda: loading.load_season(_answering(), source, season, chosen, _console))


_Day = Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], show_default=False)]


@app.command()
def backfill(
    start_date: _Day = None,
    end_date: _Day = None,
    dates: Annotated[str, typer.Option(help="Comma-separated days, e.g. 2024-01-30,2024-01-31")] = "",
    from_file: Annotated[Path | None, typer.Option(help="JSON or CSV list of days, e.g. of failed dates")] = None,
    assets: Annotated[str, typer.Option(help="Comma-separated tables; all by default")] = "",
    force: Annotated[bool, typer.Option(help="Let days lose more than a fifth of their rows")] = False,
    skip_mlfs_check: Annotated[
        bool, typer.Option("--skip-mlfs-check", help="Predict from a feature store that is not complete")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Print the runs and what each does to the tables, and stop")] = False,
) -> None:
    """Run all phases, or some tables, for days, with a progress bar; the exit code is 1 when a partition failed.

    Name the days by --start-date and --end-date (Eastern, both included), by --dates or by --from-file. Days without
    games between listed ones are taken in, which makes fewer runs of them.
    """
    from nba_pipeline import backfills
    from nba_pipeline.defs.io_manager import FORCE_TAG
    from nba_pipeline.defs.partitions import DAYS_PER_RUN
    from nba_pipeline.defs.predictions.player_prop_predictions import SKIP_CHECK_TAG

    def run() -> None:
        current = settings_module.load()
        paths = backfills.asset_paths(assets)
        days = backfills.bridged(current, _chosen_days(start_date, end_date, dates, from_file))
        if dry_run:
            _console.print("\n".join(backfills.describe(days, paths, DAYS_PER_RUN)), highlight=False, soft_wrap=True)
        else:
            tags = {FORCE_TAG: force, SKIP_CHECK_TAG: skip_mlfs_check}
            backfills.run(
                current.ui_url, days, _console, paths, {tag: "true" for tag, wanted in tags.items() if wanted}
            )

    _exit_clearly(run)


_Tables = Annotated[str, typer.Option(help="Comma-separated tables; all by default")]


@app.command()
def hold(
    hours: Annotated[float, typer.Option(help="How long; a hold ends by itself")] = 2.0,
    tables: _Tables = "",
    reason: Annotated[str, typer.Option(help="Shown wherever the hold is")] = "no reason given",
) -> None:
    """Hold live ingest of some tables, or of all: new files wait, and run once, together, afterwards."""
    from nba_pipeline import backfills, operations

    def run() -> None:
        names = [".".join(path) for path in backfills.asset_paths(tables)]
        new = operations.hold(settings_module.load(), names, dt.timedelta(hours=hours), reason)
        held = ", ".join(names) or "all tables"
        _console.print(f"Live ingest of {held} is held until {new.until:%Y-%m-%d %H:%M} UTC.")

    _exit_clearly(run)


@app.command()
def release(tables: _Tables = "") -> None:
    """End holds: those on the named tables, or all."""
    from nba_pipeline import backfills, operations

    def run() -> None:
        names = [".".join(path) for path in backfills.asset_paths(tables)]
        ended = operations.release(settings_module.load(), names)
        _console.print(f"{len(ended)} holds ended." if ended else "Nothing was held there.")

    _exit_clearly(run)


@app.command()
def status() -> None:
    """What live ingest waits for: backfills under way, holds, and each batch of new files that waits, and why."""
    from nba_pipeline import operations

    _exit_clearly(lambda: _console.print(*operations.status(settings_module.load())))


@app.command("reset-sensor")
def reset_sensor(
    since: Annotated[
        dt.datetime | None, typer.Option(help="Look at all objects that came since (UTC); now by default")
    ] = None,
) -> None:
    """Make the bucket's sensor forget what it saw: at its next tick it looks anew; what runs have read is left out.

    To run days again that were read already, use backfill.
    """
    from nba_pipeline import operations

    def run() -> None:
        moment = since.replace(tzinfo=dt.UTC) if since else dt.datetime.now(dt.UTC)
        operations.reset(settings_module.load(), moment)
        _console.print(f"The sensor begins anew at its next tick, with what came since {moment:%Y-%m-%d %H:%M} UTC.")

    _exit_clearly(run)


@app.command()
def runs(
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed or died")] = False,
    table: Annotated[str, typer.Option(help="Only one table's, with or without its dataset")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many rows at most")] = 20,
    date: _Day = None,
) -> None:
    """The last runs and what they did to each table, newest first; --date is the Eastern day on which they ended."""
    from nba_pipeline import run_listing

    def show() -> None:
        found = run_listing.last_runs(_answering(), limit, failed, table, date.date() if date else None)
        _console.print("No run has ended that fits." if found.empty else run_listing.listing(found))

    _exit_clearly(show)


@app.command()
def report(
    output: Annotated[Path, typer.Option(help="The HTML file to write")] = Path(".local/report.html"),
    start_date: _Day = None,
    end_date: _Day = None,
) -> None:
    """Write how predictions turned out as one HTML file: systems, calibration, hit rates, coverage.

    It is about the year up to --end-date, today by default, or about the days from --start-date on.
    """
    from nba_pipeline import report as report_module
    from nba_pipeline.game_days import today

    def run() -> None:
        last = end_date.date() if end_date else today()
        first = start_date.date() if start_date else last - dt.timedelta(days=365)
        _refuse_backwards(first, last)
        report_module.write(_answering(), output, first, last)
        _console.print(f"The report is in {output}.", highlight=False, soft_wrap=True)

    _exit_clearly(run)


def _answering() -> settings_module.Settings:
    """The settings; raises StackError where they are those of the local stack and it is not running."""
    from nba_pipeline.local import stack

    current = settings_module.load()
    if current.env == "local" and not stack.is_running(current):
        raise stack.StackError("the local stack is not running: start it with `make dev`")
    return current


def _chosen_days(
    start: dt.datetime | None, end: dt.datetime | None, dates: str, from_file: Path | None
) -> list[dt.date]:
    """The days that the options name; exactly one way of naming them may be used."""
    from nba_pipeline import backfill_days
    from nba_pipeline.game_days import days_between

    if [bool(start or end), bool(dates), from_file is not None].count(True) != 1:
        raise typer.BadParameter("name the days by --start-date and --end-date, or --dates, or --from-file")
    if from_file is not None:
        return backfill_days.from_file(from_file)
    if dates:
        return backfill_days.from_text(dates)
    if start is None or end is None:
        raise typer.BadParameter("--start-date and --end-date go together")
    _refuse_backwards(start.date(), end.date())
    return days_between(start.date(), end.date())


def _refuse_backwards(first: dt.date, last: dt.date) -> None:
    if last < first:
        raise typer.BadParameter(f"{last} lies before --start-date", param_hint="--end-date")


def _exit_clearly(action: Callable[[], object]) -> None:
    """Runs a command; an error its user can meet is one message and exit code 1, a defect keeps its traceback."""
    from nba_pipeline.backfill_days import BadDays
    from nba_pipeline.backfills import BackfillFailed, UnknownAsset
    from nba_pipeline.dagster_api import DagsterError
    from nba_pipeline.ingest.holds import BadHold
    from nba_pipeline.local.season.fill import UnknownFeed
    from nba_pipeline.local.season.tidy import NoSuchSeason
    from nba_pipeline.local.stack import StackError
    from nba_pipeline.report import NothingGraded
    from nba_pipeline.settings import SettingsError
    from nba_pipeline.storage.bucket import BucketError

    expected = (
        *(BackfillFailed, BadDays, BadHold, UnknownAsset, DagsterError),
        *(UnknownFeed, NoSuchSeason, StackError, SettingsError, BucketError),
        NothingGraded,
    )
    try:
        action()
    except expected as error:
        _console.print(f"[bold red]{type(error).__name__}[/]: {error}", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    app()
