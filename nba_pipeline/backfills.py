"""Backfills from the command line: launched through Dagster, followed with a progress bar."""

import datetime as dt
import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from nba_pipeline.dagster_api import DagsterApi
from nba_pipeline.dagster_api import Progress as BackfillProgress

_POLL_SECONDS = 0.5


class BackfillFailed(RuntimeError):
    """A backfill ended without all its partitions; the message says where to look."""


def run(ui_url: str, days: Sequence[dt.date], console: Console) -> str:
    """Backfills `days` of all assets and waits for the end; returns the backfill's id. Raises BackfillFailed."""
    api = DagsterApi(ui_url)
    backfill_id = api.launch_backfill(api.asset_paths(), days, f"{days[0]} to {days[-1]}")
    console.print(f"Backfill of {len(days)} days launched: {ui_url}/runs/b/{backfill_id}")
    progress = _follow(api, backfill_id, console)
    if not progress.succeeded:
        raise BackfillFailed(
            f"{progress.failed} of {progress.targeted} partitions failed (status {progress.status}"
            f"{': ' + progress.error if progress.error else ''}). See {ui_url}/runs/b/{backfill_id}"
        )
    return backfill_id


def _follow(api: DagsterApi, backfill_id: str, console: Console) -> BackfillProgress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("waiting for Dagster's daemon (up to 30 s)", total=None)
        while True:
            progress = api.progress(backfill_id)
            if progress.materialized:
                bar.update(task, description="partitions", total=progress.targeted, completed=progress.materialized)
            if progress.ended:
                return progress
            time.sleep(_POLL_SECONDS)
