"""A backfill as the UI launches it: GraphQL, the daemon, the run queue and run processes, on a simulated season.

The process of its first run is killed in the middle.
"""

import dataclasses
import datetime as dt
import itertools
import os
import signal

import pytest
from typer.testing import CliRunner

from nba_pipeline import backfill_days, backfills, cli, operations
from nba_pipeline.bigquery.connection import connected
from nba_pipeline.bigquery.reader import read
from nba_pipeline.dagster_api import DagsterApi
from nba_pipeline.defs.partitions import DAYS_PER_RUN
from nba_pipeline.defs.run_queue import table_tag
from nba_pipeline.game_days import days_between
from nba_pipeline.local.season.loading import fill_bucket
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.predictions import prediction_coverage
from nba_pipeline_tests.support.backfilling import await_end, await_first_run, process_at_work
from nba_pipeline_tests.support.code_location import code_location
from nba_pipeline_tests.support.listening import listening
from nba_pipeline_tests.support.quiet_console import QUIET
from nba_pipeline_tests.support.running_stack import running_stack

# What predictions come from, and a feed with an object per game; every feed of a season goes through in season/.
FEEDS = ("nbac_schedule", "nbac_player_boxscores", "nbac_team_boxscore", "odds_api_player_points_props")

# Dagster cuts a backfill at days that are not asked for: the days before the break are a run, those after it another.
BREAK, LAST = days_between(dt.date(2024, 11, 8), dt.date(2024, 11, 9)), dt.date(2024, 11, 14)


@pytest.fixture(scope="module")
def backfilled(tmp_path_factory):
    season = simulate(2024, through=LAST)
    days = [day for day in days_between(season.games["game_date"].min().date(), LAST) if day not in BREAK]
    with running_stack(tmp_path_factory.mktemp("stack")) as settings:
        api = DagsterApi(settings.ui_url)
        # To the end: a day that live ingest has begun to write once more counts as not materialised.
        with operations.held(settings, dt.timedelta(hours=1), "the test looks at its backfill alone"):
            fill_bucket(settings, season, FEEDS, QUIET)
            backfill_id = api.launch_backfill(api.asset_paths(), days, "weeks of a season")
            os.kill(process_at_work(settings, await_first_run(api, backfill_id)), signal.SIGKILL)
            progress = await_end(api, backfill_id)
            yield settings, api, season, days, backfill_id, progress


def test_it_ends_with_every_partition_of_every_asset_materialised(backfilled):
    _, api, _, days, _, progress = backfilled
    assert progress.succeeded, progress
    assert progress.materialized == progress.targeted == len(days) * len(api.asset_paths())
    for path in api.asset_paths():
        assert api.materialized_days(path) == set(days)


def test_it_takes_one_run_per_chunk_of_days_and_one_more_for_the_run_that_was_killed(backfilled):
    _, _, _, days, _, _ = backfilled
    before, after = backfill_days.runs(days, DAYS_PER_RUN)
    runs = [(first_day(run), run["status"]) for run in in_order(backfilled)]
    first, second = before[0].isoformat(), after[0].isoformat()
    assert runs == [(first, "FAILURE"), (first, "SUCCESS"), (second, "SUCCESS")]


def test_all_assets_of_days_go_through_one_run_of_as_many_days():
    policies = {asset.backfill_policy for asset in code_location().assets if getattr(asset, "partitions_def", None)}
    assert {policy.max_partitions_per_run for policy in policies} == {DAYS_PER_RUN}


def test_after_it_no_day_is_to_be_run_again(backfilled):
    _, api, _, days, backfill_id, _ = backfilled
    assert backfills.days_to_retry(days, api.runs_of_backfill(backfill_id)) == []


def test_its_runs_follow_each_other_in_the_order_of_their_days(backfilled):
    runs = in_order(backfilled)
    assert [first_day(run) for run in runs] == sorted(map(first_day, runs))
    for earlier, later in itertools.pairwise(runs):
        assert earlier["endTime"] <= later["startTime"]


def test_every_run_carries_a_tag_for_each_table_it_writes(backfilled):
    _, api, _, _, backfill_id, _ = backfilled
    for run in api.runs_of_backfill(backfill_id):
        assert {table_tag(".".join(path)) for path in api.asset_paths()} <= set(run["tags"])


def test_the_last_day_has_a_coverage_row_for_each_player_on_its_slate(backfilled):
    settings, _, season, days, _, _ = backfilled
    with connected(settings) as place:
        coverage = read(place.reader, settings.project, prediction_coverage.TABLE, days[-1], days[-1])
    tonight = season.games[season.games["game_date"].dt.date == days[-1]]
    playing = set(tonight["home_team"]) | set(tonight["away_team"])
    assert set(coverage["team_abbr"]) == playing
    players = season.player_lines[season.player_lines["team_abbreviation"].isin(playing)]["player_id"].nunique()
    assert len(coverage) == players


def test_the_report_is_a_file_about_the_days_that_are_graded(backfilled, tmp_path):
    settings, _, _, days, _, _ = backfilled
    ports = {"NBA_BIGQUERY_PORT": settings.ports.bigquery, "NBA_BIGQUERY_READ_PORT": settings.ports.bigquery_read}
    environment = {"NBA_ENV": "local", "NBA_STATE_DIR": str(settings.state_dir)}
    environment |= {name: str(port) for name, port in ports.items()}
    arguments = ["report", "--output", str(tmp_path / "report.html"), "--end-date", str(days[-1])]
    result = CliRunner().invoke(cli.app, arguments, env=environment)
    assert result.output == f"The report is in {tmp_path / 'report.html'}.\n"
    assert "moving_average" in (tmp_path / "report.html").read_text()
    none = CliRunner().invoke(
        cli.app, ["report", "--start-date", str(days[-1] + dt.timedelta(days=1))], env=environment
    )
    assert none.exit_code == 1
    assert f"NothingGraded: no prediction from {days[-1] + dt.timedelta(days=1)}" in none.output.replace("\n", " ")


def test_no_process_of_the_stack_listens_beyond_loopback(backfilled):
    settings, *_ = backfilled
    found = listening(int((settings.state_dir / "supervisor.pid").read_text()))
    assert {port for _, port in found} >= set(dataclasses.astuple(settings.ports))
    assert {str(address) for address, _ in found if not address.is_loopback} == set()


def in_order(backfilled) -> list[dict]:
    """The backfill's runs in the order in which they started."""
    _, api, _, _, backfill_id, _ = backfilled
    return sorted(api.runs_of_backfill(backfill_id), key=lambda run: run["startTime"])


def first_day(run: dict) -> str:
    return run["tags"]["dagster/asset_partition_range_start"]
