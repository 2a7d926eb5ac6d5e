"""The local stack: the demo, starting and ending it, and files for it."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from nba_pipeline import settings
from nba_pipeline.commands.common import STACK, AsJson, answering, command, console, print_json
from nba_pipeline.terminal import grid

app = typer.Typer()


@command(app, STACK, "nba-pipeline demo")
def demo() -> None:
    """From nothing to tonight's predictions and a running UI, on a simulated season."""
    from nba_pipeline.local import demo as demo_module

    demo_module.run(settings.load(), console)


@command(app, STACK, "nba-pipeline dev")
def dev() -> None:
    """Run the local stack (BigQuery, bucket, Dagster) in the foreground until Ctrl-C."""
    from nba_pipeline.local import stack

    stack.run(settings.load(), console.print)


@command(app, STACK, "nba-pipeline stop")
def stop() -> None:
    """End the local stack; its data stays."""
    from nba_pipeline.local import stack

    ended = stack.stop(settings.load())
    console.print("The local stack is stopped." if ended else "The local stack was not running.")


@command(app, STACK, "nba-pipeline load-season --from tidy --season 2023-24 --feeds nbac_schedule", "load-season")
def load_season(
    source: Annotated[Path, typer.Option("--from", help="Folder with schedule.parquet, player_game.parquet ...")],
    season: Annotated[str, typer.Option(help="For example 2023-24, or 2025 for baseball")],
    feeds: Annotated[str, typer.Option(help="Comma-separated feeds; all by default")] = "",
) -> None:
    """Write a real season's files into the bucket, as the scrapers would have."""
    from nba_pipeline.local.season import loading

    chosen = [feed.strip() for feed in feeds.split(",") if feed.strip()]
    loading.load_season(answering(), source, season, chosen, console)


@command(app, STACK, "nba-pipeline replay-incident --dates 60", "replay-incident")
def replay_incident(
    dates: Annotated[int, typer.Option(min=1, max=100, help="How many dates to write in both ways")] = 30,
    as_json: AsJson = False,
) -> None:
    """The backfill that lost 303 of 853 dates to "too many DML statements", in small: the old way, and this pipeline.

    Runs in half a minute, in a local BigQuery of its own with BigQuery's limits on; nothing that stands is touched.
    The whole of it, with real files, Dagster and other ways of writing, is `make bench-incident`.
    """
    from nba_pipeline.defs.partitions import DAYS_PER_RUN
    from nba_pipeline.local.incident.replay import replay

    with console.status("starting a local BigQuery") as status:
        replayed = replay(dates, DAYS_PER_RUN, status.update)
    found = {system: dataclasses.asdict(figures) for system, figures in replayed.items()}
    if as_json:
        print_json(found)
    else:
        figures = next(iter(found.values()))
        console.print(
            grid(("", *found), [(name.replace("_", " "), *(of[name] for of in found.values())) for name in figures])
        )
