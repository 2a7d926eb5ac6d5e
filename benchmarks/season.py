"""make bench-season: a backfill of the real season 2023-24 through GraphQL, over all phases.

Prints wall time, runs, BigQuery jobs and peak memory of a run process and of the local BigQuery, and the same phase
logic called in this process on the same files, as a ratio.
"""

import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from rich.console import Console

from benchmarks.measuring import PeakMemory, print_figures, write_results
from nba_pipeline import backfills, operations, settings
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.dagster_api import DagsterApi
from nba_pipeline.game_days import days_between
from nba_pipeline.local.season.loading import fill_bucket
from nba_pipeline.local.season.season import Season
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.local_bigquery import await_answer
from nba_pipeline_tests.support.real_data import SHARED, raw_frames, real_season
from nba_pipeline_tests.support.running_stack import local_environment


def main() -> None:
    """Runs the benchmark."""
    console = Console()
    if not (SHARED / "tidy").is_dir():
        sys.exit("the real seasons (shared/data beside the checkout) are not here")
    season = real_season("2023-24")
    days = days_between(season.games["game_date"].min().date(), season.games["game_date"].max().date())
    with tempfile.TemporaryDirectory() as folder:
        results = _backfill(Path(folder), season, days, console)
    results["script_wall_s"] = _script(days)
    ratio = f"{results['wall_s'] / results['script_wall_s']:.1f}"
    figures = {**results, "wall time / same logic as one script": ratio}
    print_figures(console, f"Season 2023-24, {len(days)} days, all phases", figures)
    write_results("season", results)


def _backfill(folder: Path, season: Season, days: list, console: Console) -> dict[str, float]:
    environment = local_environment(folder)
    current = settings.load(environment)
    command = [sys.executable, "-m", "nba_pipeline.cli", "dev"]
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as stack:
        try:
            await_answer(f"{current.ui_url}/server_info", stack)
            with operations.held(current, dt.timedelta(days=1), "the benchmark fills the bucket"):
                fill_bucket(current, season, (), console)
                with PeakMemory(stack.pid) as memory:
                    started = time.monotonic()
                    backfill_id = backfills.run(current.ui_url, days, console)
                    wall = time.monotonic() - started
            return {
                "wall_s": round(wall, 1),
                "runs": len(DagsterApi(current.ui_url).runs_of_backfill(backfill_id)),
                "peak_run_mb": round(memory.highest_mb(r"execute_run|multiprocessing|api grpc|code-server")),
                "peak_bigquery_mb": round(memory.highest_mb("nba_pipeline.local.bigquery")),
                **_jobs(current),
            }
        finally:
            stack.terminate()
            stack.wait(60)


def _jobs(current: settings.Settings) -> dict[str, int]:
    place = Connection(current.project, current.location, current.bigquery_url, current.bigquery_read_address)
    jobs = list(place.client.list_jobs())
    place.close()
    return {"jobs": len(jobs), "dml": sum(job.job_type == "query" for job in jobs)}


def _script(days: list) -> float:
    """Seconds for parsing the same files and the same phase logic, without Dagster and BigQuery."""
    started = time.monotonic()
    schedule, boxscores = raw_frames("2023-24")
    index = pd.DatetimeIndex(days, dtype="datetime64[us]")
    computed.summary(index, {"schedule": schedule, "boxscores": boxscores})
    computed.slate(index, {"schedule": schedule, "boxscores": boxscores})
    return round(time.monotonic() - started, 1)


if __name__ == "__main__":
    main()
