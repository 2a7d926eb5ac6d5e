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
    season: Annotated[str, typer.Option(help="For example 2023-24")],
    feeds: Annotated[str, typer.Option(help="Comma-separated feeds; all by default")] = "",
) -> None:
    """Write a real season's files into the bucket, as the scrapers would have."""
    from nba_pipeline.local import stack
    from nba_pipeline.local.season import loading

    chosen = [feed.strip() for feed in feeds.split(",") if feed.strip()]

    def load() -> None:
        current = settings_module.load()
        if current.env == "local" and not stack.is_running(current):
            raise stack.StackError("the local stack is not running: start it with `make dev`")
        loading.load_season(current, source, season, chosen, _console)

    _exit_clearly(load)


@app.command()
def backfill(
    start_date: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="First day, Eastern")],
    end_date: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day, Eastern")],
) -> None:
    """Run all phases for a range of days, with a progress bar; the exit code is 1 when a partition failed."""
    from nba_pipeline import backfills
    from nba_pipeline.game_days import days_between

    if end_date < start_date:
        raise typer.BadParameter(f"{end_date:%Y-%m-%d} lies before --start-date", param_hint="--end-date")
    days = days_between(start_date.date(), end_date.date())
    _exit_clearly(lambda: backfills.run(settings_module.load().ui_url, days, _console))


def _exit_clearly(action: Callable[[], object]) -> None:
    """Runs a command; an error its user can meet is one message and exit code 1, a defect keeps its traceback."""
    from nba_pipeline.backfills import BackfillFailed
    from nba_pipeline.dagster_api import DagsterError
    from nba_pipeline.local.season.fill import UnknownFeed
    from nba_pipeline.local.season.tidy import NoSuchSeason
    from nba_pipeline.local.stack import StackError
    from nba_pipeline.settings import SettingsError
    from nba_pipeline.storage.bucket import BucketError

    expected = (BackfillFailed, DagsterError, UnknownFeed, NoSuchSeason, StackError, SettingsError, BucketError)
    try:
        action()
    except expected as error:
        _console.print(f"[bold red]{type(error).__name__}[/]: {error}", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    app()
