"""make bench-daily: the one new day of a real season through raw, analytics and precompute, as the night asks for it.

All days before it are there. The day is the last of the regular season, on which all thirty teams play. Beside it the
same day in the plain script (`plain_script.py`), which holds the days before it in memory and starts with the clock
stopped; both must lead to the same rows.
"""

import datetime as dt
import tempfile
import time
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_graphql import DagsterGraphQLClient
from rich.console import Console

from benchmarks import measured_stack, plain_script
from benchmarks.measuring import need_real_data, print_figures, write_results
from nba_pipeline import backfill_days, operations
from nba_pipeline.dagster_api import DagsterApi
from nba_pipeline.defs import schedules
from nba_pipeline.defs.partitions import DAYS_PER_RUN
from nba_pipeline.game_days import EASTERN, days_between
from nba_pipeline.local.season.loading import fill_bucket
from nba_pipeline.local.season.season import Season
from nba_pipeline.settings import Settings
from nba_pipeline_tests.support.real_data import real_season
from nba_pipeline_tests.support.running_stack import running_stack

_SEASON = "2023-24"
_REGULAR = "2"  # the third character of a game's id
_ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED}
_POLL_SECONDS = 0.2


class RunFailed(RuntimeError):
    """The day's run did not succeed."""


def main() -> None:
    """Runs the benchmark."""
    need_real_data()
    console, season = Console(), real_season(_SEASON)
    *before, day = _days(season)
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder)) as current:
        with measured_stack.without_live_ingest(current):
            fill_bucket(current, season, (), console)
            measured_stack.backfill(current, before, console)
            figures = _night(current, day, console)
        script = plain_script.run_in_own_process(current, [*backfill_days.runs(before, DAYS_PER_RUN), [day]])
        measured_stack.refuse_other_rows(current, script)
    figures["script_wall_s"] = round(script.seconds[-1], 1)
    figures["wall / script"] = round(figures["wall_s"] / script.seconds[-1], 1)
    figures["script_peak_mb"] = round(script.peak_mb)
    print_figures(console, f"{day}, through raw, analytics and precompute", figures)
    write_results("daily", figures)


def _days(season: Season) -> list[dt.date]:
    """Every day of the regular season."""
    dates = season.games.loc[season.games["game_id"].str[2] == _REGULAR, "game_date"].dt.date
    return days_between(dates.min(), dates.max())


def _night(current: Settings, day: dt.date, console: Console) -> dict[str, Any]:
    """Launches what the schedule asks for in the night after `day`, and waits for its end: what it took."""
    api = DagsterApi(current.ui_url)
    with measured_stack.measured(current) as figures, console.status(f"the run of {day}"):
        launched = time.time()
        run_id = _launch(current, day)
        _await_success(current, run_id)
    return figures | measured_stack.of_runs([run for run in api.runs() if run["runId"] == run_id], launched)


def _launch(current: Settings, day: dt.date) -> str:
    """The id of the run that the schedule's tick asks for, of the benchmark's phases."""
    tick = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(4), EASTERN)
    with operations.dagster_instance(current) as instance:
        request = schedules.night(dg.build_schedule_context(instance, scheduled_execution_time=tick))
    tags = {**request.tags, "dagster/schedule_name": schedules.night.name}
    chosen = [asset.key.path for asset in plain_script.assets()]
    return _client(current).submit_job_execution(schedules.night.job_name, tags=tags, asset_selection=chosen)


def _await_success(current: Settings, run_id: str) -> None:
    client = _client(current)
    while (status := client.get_run_status(run_id)) not in _ENDED:
        time.sleep(_POLL_SECONDS)
    if status is not dg.DagsterRunStatus.SUCCESS:
        raise RunFailed(f"run {run_id} ended as {status.value}")


def _client(current: Settings) -> DagsterGraphQLClient:
    return DagsterGraphQLClient("127.0.0.1", port_number=current.ports.ui)


if __name__ == "__main__":
    main()
