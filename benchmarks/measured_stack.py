"""What the local stack takes for something: wall time, memory, BigQuery jobs."""

import datetime as dt
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from benchmarks import contents
from benchmarks.measuring import PeakMemory
from benchmarks.plain_script import Outcome, assets
from nba_pipeline import backfills, operations
from nba_pipeline.bigquery.connection import connected
from nba_pipeline.dagster_api import DagsterApi
from nba_pipeline.defs.live_ingest import bucket_files
from nba_pipeline.local.job_counts import Jobs, count_jobs
from nba_pipeline.settings import Settings

_RUN_PROCESS = r"execute_run|multiprocessing|api grpc|code-server"


@contextmanager
def without_live_ingest(current: Settings) -> Iterator[None]:
    """Switches the sensor of the bucket off, as in the UI, and holds back what a tick under way may find.

    fake-gcs-server walks through all objects for every page of a listing: of four seasons a tick costs it 23 s of CPU,
    and one of two cores would go on with that beside what is measured. `make bench-sensor` measures ticks.
    """
    with operations.held(current, dt.timedelta(days=1), "a benchmark of backfills"):
        DagsterApi(current.ui_url).stop_sensor(bucket_files.name)
        yield


@contextmanager
def measured(current: Settings) -> Iterator[dict[str, Any]]:
    """Puts into what it gives the figures of the block: seconds, and of the stack, a descendant of this process, MiB.

    The memory of a run process is that of the largest, and of code servers, which start runs.
    """
    figures: dict[str, Any] = {}
    before = _jobs(current)
    with PeakMemory(os.getpid()) as memory:
        started = time.monotonic()
        yield figures
        figures["wall_s"] = round(time.monotonic() - started, 1)
    figures["peak_mb"] = round(memory.highest_mb(_RUN_PROCESS))
    figures["peak_bigquery_mb"] = round(memory.highest_mb("nba_pipeline.local.bigquery"))
    figures |= (_jobs(current) - before).figures()


def backfill(current: Settings, days: Sequence[dt.date], console: Console) -> dict[str, Any]:
    """Backfills `days` of the four phases as the UI would: what it took.

    Between the launch and the first run the daemon takes the backfill up; between runs it plans the next.
    """
    paths = [tuple(asset.key.path) for asset in assets()]
    with measured(current) as figures:
        launched = time.time()
        backfill_id = backfills.run(current, days, console, paths)
    return figures | of_runs(DagsterApi(current.ui_url).runs_of_backfill(backfill_id), launched)


def of_runs(runs: Sequence[dict[str, Any]], launched: float) -> dict[str, Any]:
    """How long runs took, as `DagsterApi` gives them, and how long from `launched`, in Unix time, to the first."""
    return {
        "runs": len(runs),
        "until_the_first_run_s": round(min(run["startTime"] for run in runs) - launched, 1),
        "in_runs_s": round(sum(run["endTime"] - run["startTime"] for run in runs), 1),
    }


def refuse_other_rows(current: Settings, script: Outcome) -> None:
    """Raises contents.Unequal where a table of the stack does not hold the script's rows."""
    with connected(current) as connection:
        contents.refuse_differences(contents.of_tables(connection, script.contents), script.contents)


def _jobs(current: Settings) -> Jobs:
    with connected(current) as connection:
        return count_jobs(connection.client)
