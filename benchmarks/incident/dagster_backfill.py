"""The incident through our Dagster: the real stack, the files in the bucket, one backfill of the listed dates."""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from rich.console import Console

from benchmarks.incident import ways, workers
from benchmarks.incident.inputs import SEASONS, Inputs
from benchmarks.incident.workers import Place, Worked
from nba_pipeline import backfills, operations, settings
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.local.incident.outcome import compare
from nba_pipeline.local.job_counts import Jobs, count_jobs
from nba_pipeline.local.season.loading import fill_bucket
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule
from nba_pipeline_tests.support.local_bigquery import await_answer
from nba_pipeline_tests.support.real_data import raw_frames, real_season
from nba_pipeline_tests.support.running_stack import local_environment

_BOXSCORES = ("nba_raw", "nbac_player_boxscores")


def run(folder: Path, inputs: Inputs, time_scale: float, console: Console) -> tuple[Worked, Jobs, dict[str, int]]:
    """The backfill with a live writer beside it: what was seen, BigQuery's jobs, and the table against the input.

    The schedule is there before, as in a pipeline that runs; its jobs are not counted.
    """
    environment = {**local_environment(folder), "NBA_TIME_SCALE": str(time_scale)}
    current = settings.load(environment)
    command = [sys.executable, "-m", "nba_pipeline.cli", "dev"]
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as stack:
        try:
            await_answer(f"{current.ui_url}/server_info", stack)
            # The live writer below stands for live ingest; the sensor would only find a season that lands at once.
            with operations.held(current, dt.timedelta(days=1), "the benchmark fills the bucket"):
                for season in SEASONS:
                    fill_bucket(current, real_season(season), ("nbac_player_boxscores",), console)
                return _backfill(current, inputs, console)
        finally:
            stack.terminate()
            stack.wait(60)


def _backfill(current: settings.Settings, inputs: Inputs, console: Console) -> tuple[Worked, Jobs, dict[str, int]]:
    connection = Connection(current.project, current.location, current.bigquery_url, current.bigquery_read_address)
    slots = current.state_dir / "write-slots" / current.project
    place = Place(
        current.project, connection.url or "", connection.read_address or "", inputs.folder, slots, current.time_scale
    )
    _keep_newest(inputs)
    _write_schedule(place)
    before = count_jobs(connection.client)

    def backfill() -> None:
        days = backfills.bridged(current, inputs.dates)
        backfills.run(current, days, console, [_BOXSCORES])

    worked = _beside_a_live_writer(place, inputs.dates[-1], backfill)
    of_backfill = count_jobs(connection.client) - before
    outcome = compare(connection, nbac_player_boxscores.TABLE, inputs.rows)
    connection.close()
    return worked, of_backfill, outcome


def _beside_a_live_writer(place: Place, date: dt.date, action: Callable[[], None]) -> Worked:
    told, worked = workers.FORKS.Queue(), Worked()
    with workers.live_writer(write_newest, place, date, told):
        started = time.monotonic()
        action()
        worked.seconds = time.monotonic() - started
    worked.note(told)
    return worked


def write_newest(place: Place, day: dt.date) -> int:
    """What a live run writes: the newest date's whole rows, into the real table."""
    rows = pd.read_parquet(place.inputs / "newest.parquet")
    ways.write(place, nbac_player_boxscores.TABLE, rows, [day])
    return 0


def _write_schedule(place: Place) -> None:
    schedule = pd.concat([raw_frames(season)[0] for season in SEASONS])
    ways.write(place, nbac_schedule.TABLE, schedule, sorted(schedule["game_date"].dt.date.unique()))


def _keep_newest(inputs: Inputs) -> None:
    rows = pd.concat([raw_frames(season)[1] for season in SEASONS])
    rows[rows["game_date"] == pd.Timestamp(inputs.dates[-1])].to_parquet(inputs.folder / "newest.parquet")
