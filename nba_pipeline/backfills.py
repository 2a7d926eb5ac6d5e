"""Backfills from the command line: launched through Dagster, followed with a progress bar."""

import datetime as dt
import json
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from nba_pipeline import backfill_days, catalog
from nba_pipeline.bigquery import strategies
from nba_pipeline.dagster_api import AssetPath, DagsterApi
from nba_pipeline.dagster_api import Progress as BackfillProgress
from nba_pipeline.errors import UserError
from nba_pipeline.game_days import days_between
from nba_pipeline.orchestration.run_history import partitions
from nba_pipeline.settings import Settings

_POLL_SECONDS = 0.5


class BackfillFailed(UserError):
    """A backfill ended without all its partitions; the message says where to look."""


class UnknownAsset(UserError):
    """No partitioned asset has the name that was asked for."""


def run(
    current: Settings,
    days: Sequence[dt.date],
    console: Console,
    assets: Collection[AssetPath] = (),
    tags: Mapping[str, str] | None = None,
) -> str:
    """Backfills `days` of `assets`, all where none is named, and waits for the end; returns the backfill's id.

    Raises BackfillFailed, with the list of days to run again in a file under `state_dir`.
    """
    api = DagsterApi(current.ui_url)
    chosen = list(assets) or api.asset_paths()
    backfill_id = api.launch_backfill(chosen, days, f"{days[0]} to {days[-1]}", tags or {})
    page = f"{current.ui_url}/runs/b/{backfill_id}"
    console.print(f"Backfill of {len(days)} days launched: {page}")
    progress = _follow(api, backfill_id, console)
    if not progress.succeeded:
        failed = days_to_retry(days, api.runs_of_backfill(backfill_id)) or list(days)
        listed = _listed(failed, current.state_dir / "backfills" / f"{backfill_id}.json")
        retry = " ".join([f"--from-file {listed}", *([f"--assets {_named(assets)}"] if assets else [])])
        raise BackfillFailed(
            f"{progress.failed} of {progress.targeted} partitions failed (status {progress.status}"
            f"{': ' + progress.error if progress.error else ''}). See {page}\n"
            f"{len(failed)} of {len(days)} days are to be run again: nba-pipeline backfill {retry}"
        )
    return backfill_id


def days_to_retry(days: Iterable[dt.date], runs: Iterable[Mapping[str, Any]]) -> list[dt.date]:
    """Those of `days` that no run was good for, or that a run failed on which no retry of it mended.

    `runs` are as `DagsterApi` gives them; a run and its retries share the first of them, which their tags name.
    """
    good: dict[str, bool] = {}
    spans: dict[str, set[dt.date]] = {}
    for one in runs:
        root = one["tags"].get("dagster/root_run_id", one["runId"])
        good[root] = good.get(root, False) or one["status"] == "SUCCESS"
        spans.setdefault(root, set()).update(_days_of(one["tags"]))
    written = set().union(*(span for root, span in spans.items() if good[root]))
    failed = set().union(*(span for root, span in spans.items() if not good[root]))
    return sorted(day for day in days if day in failed or day not in written)


def asset_paths(text: str) -> list[AssetPath]:
    """The assets of a comma-separated list of table names, with or without their dataset; UnknownAsset for others."""
    return [_asset_path(name.strip()) for name in text.split(",") if name.strip()]


def describe(days: Sequence[dt.date], assets: Collection[AssetPath], days_per_run: int) -> list[str]:
    """What a backfill of `days` would do, line by line: its runs, and for each table its jobs and the first run's."""
    cut = backfill_days.runs(days, days_per_run)
    names = [".".join(path) for path in assets] or list(catalog.tables())
    lines = [f"{len(days)} days from {days[0]} to {days[-1]} in {len(cut)} runs of at most {days_per_run} days"]
    for name in names:
        plans = [strategies.plan(catalog.tables()[name], part, "ID") for part in cut]
        statements = sum(step.dml_statements for plan in plans for step in plan)
        lines.append(f"{name}: {sum(map(len, plans))} jobs, {statements} DML statements; the first run's:")
        lines += [f"    {step}" for step in plans[0]]
    return lines


def bridged(current: Settings, days: Sequence[dt.date]) -> list[dt.date]:
    """`days` with the days between them on which, by the schedule in BigQuery, nobody plays."""
    if len(backfill_days.runs(days, len(days))) == 1:
        return list(days)
    DagsterApi(current.ui_url).asset_paths()  # says so where nothing runs; BigQuery's client would try for minutes
    from nba_pipeline.bigquery.connection import connected
    from nba_pipeline.bigquery.reader import TableMissing, read
    from nba_pipeline.sources import nbac_schedule

    try:
        with connected(current) as connection:
            games = read(connection.reader, current.project, nbac_schedule.TABLE, days[0], days[-1], ["game_date"])
    except TableMissing:
        return list(days)
    return backfill_days.bridged(days, set(games["game_date"].dt.date))


def _days_of(tags: Mapping[str, str]) -> list[dt.date]:
    first, last, _ = partitions(tags)
    return days_between(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) if first and last else []


def _listed(days: Sequence[dt.date], path: Path) -> Path:
    """Writes a list of days as `backfill_days.from_file` reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([day.isoformat() for day in days], indent=2) + "\n")
    return path


def _named(assets: Iterable[AssetPath]) -> str:
    return ",".join(path[-1] for path in assets)


def _asset_path(name: str) -> AssetPath:
    found = [table for table in catalog.tables() if name in (table, table.partition(".")[2])]
    if not found:
        raise UnknownAsset(f"{name} is no table of the pipeline; there are {', '.join(catalog.tables())}")
    dataset, _, table = found[0].partition(".")
    return dataset, table


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
