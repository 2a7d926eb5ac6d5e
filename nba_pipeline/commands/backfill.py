"""Backfills: which days, which tables, and how."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from nba_pipeline import settings
from nba_pipeline.commands.common import DAY, DO, Day, Tables, command, console, refuse_backwards

app = typer.Typer()


@command(app, DO, "nba-pipeline backfill --start-date 2026-10-20 --end-date 2026-11-20 --assets player_game_summary")
def backfill(
    start_date: Annotated[Day, typer.Option(formats=DAY, show_default=False)] = None,
    end_date: Annotated[Day, typer.Option(formats=DAY, show_default=False)] = None,
    dates: Annotated[str, typer.Option(help="Comma-separated days, e.g. 2024-01-30,2024-01-31")] = "",
    from_file: Annotated[Path | None, typer.Option(help="JSON or CSV list of days, e.g. of failed dates")] = None,
    assets: Tables = "",
    force: Annotated[
        bool, typer.Option("--force", help="Let days lose more than a fifth of their rows, and compute over lost days")
    ] = False,
    skip_mlfs_check: Annotated[
        bool, typer.Option("--skip-mlfs-check", help="Predict from a feature store that is not complete")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the runs and what each does to the tables, and stop")
    ] = False,
) -> None:
    """Run all phases, or some tables, for days, with a progress bar.

    When a partition failed, the exit code is 1 and the message names a file of the days to run again, for --from-file.

    Name the days by --start-date and --end-date (Eastern, both included), by --dates or by --from-file. Days without
    games between listed ones are taken in, which makes fewer runs of them.
    """
    from nba_pipeline import backfills
    from nba_pipeline.defs.io_manager import FORCE_TAG
    from nba_pipeline.defs.partitions import DAYS_PER_RUN
    from nba_pipeline.defs.predictions.player_prop_predictions import SKIP_CHECK_TAG

    current = settings.load()
    paths = backfills.asset_paths(assets)
    days = backfills.bridged(current, _chosen_days(start_date, end_date, dates, from_file))
    if dry_run:
        console.print("\n".join(backfills.describe(days, paths, DAYS_PER_RUN)), highlight=False, soft_wrap=True)
        return
    tags = {FORCE_TAG: force, SKIP_CHECK_TAG: skip_mlfs_check}
    backfills.run(current, days, console, paths, {tag: "true" for tag, wanted in tags.items() if wanted})


def _chosen_days(start: Day, end: Day, dates: str, from_file: Path | None) -> list[dt.date]:
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
    refuse_backwards(start.date(), end.date())
    return days_between(start.date(), end.date())
