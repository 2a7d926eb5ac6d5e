"""Files land every few seconds for the tables of a backfill under way: nothing fails, conflicts or is lost."""

import datetime as dt
import itertools
import random
import time
from dataclasses import dataclass

import pandas as pd
import pytest

from nba_pipeline import operations
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import TableMissing, read
from nba_pipeline.dagster_api import DagsterApi
from nba_pipeline.defs import lanes
from nba_pipeline.game_days import days_between
from nba_pipeline.local.season.fill import fill
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.local.season.writers import WRITERS
from nba_pipeline.settings import Settings
from nba_pipeline.sources import (
    batch,
    espn_team_rosters,
    nbac_player_boxscores,
    nbac_team_boxscore,
    odds_api_player_points_props,
)
from nba_pipeline.storage.bucket import Bucket
from nba_pipeline_tests.support.running_stack import running_stack

FIRST, LAST = dt.date(2024, 12, 1), dt.date(2025, 1, 29)
LIVE_FROM = dt.date(2025, 1, 27)
CONTESTED = (nbac_player_boxscores, espn_team_rosters, odds_api_player_points_props)
UNRELATED = nbac_team_boxscore
# Nothing of it reads the unrelated table; it is long enough for a tick of the sensor and a run in the middle of it.
BACKFILLED = [
    *("nbac_schedule", *(source.TABLE.name for source in CONTESTED), "player_game_summary"),
    *("nbac_gamebook_player_stats", "bdl_player_boxscores", "nbac_shot_chart", "nbac_play_by_play", "nbac_player_list"),
    *("upcoming_player_game_context", "player_daily_cache", "player_form", "player_shot_zone_analysis"),
]
TICK_SECONDS = 30


@dataclass
class Played:
    """What happened: the live objects by source, the backfill's end, all runs."""

    settings: Settings
    connection: Connection
    landed: dict[str, list[batch.SourceFile]]
    ended: float
    runs: list[dict]


def day_of(source: batch.Source, name: str) -> dt.date:
    return dt.date.fromisoformat(source.FEED.fields(name)["date"])


def live_objects(season, source: batch.Source) -> list[tuple[str, bytes]]:
    made = WRITERS[source.FEED.name].objects(season)
    return [(name, content) for name, content in made if LIVE_FROM <= day_of(source, name) <= LAST]


def rows_of(played: Played, source: batch.Source) -> pd.DataFrame:
    try:
        return read(played.connection.reader, played.settings.project, source.TABLE, LIVE_FROM, LAST)
    except TableMissing:
        return pd.DataFrame(columns=source.TABLE.column_names)


def differences(played: Played) -> dict[str, tuple[int, int]]:
    """Tables whose rows of the live days are not exactly those of all landed files: rows found and wanted."""
    found = {}
    for source in (*CONTESTED, UNRELATED):
        grain = list(source.TABLE.grain)
        wanted = batch.collect(source, played.landed[source.FEED.name]).rows[grain]
        rows = rows_of(played, source)[grain]
        if sorted(map(str, rows.itertuples(index=False))) != sorted(map(str, wanted.itertuples(index=False))):
            found[str(source.TABLE)] = (len(rows), len(wanted))
    return found


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    season = simulate(2024, through=LAST)
    live = [
        (source, name, content) for source in (*CONTESTED, UNRELATED) for name, content in live_objects(season, source)
    ]
    random.Random(1).shuffle(live)
    live.sort(key=lambda landing: landing[0] is not UNRELATED)
    with running_stack(tmp_path_factory.mktemp("live")) as settings:
        bucket = Bucket.connect(settings.project, settings.bucket, settings.storage_url)
        api = DagsterApi(settings.ui_url)
        with operations.held(settings, dt.timedelta(hours=1), "the test fills the bucket"):
            earlier = simulate(2024, through=LIVE_FROM - dt.timedelta(days=1))
            fill(bucket, earlier, ["nbac_schedule", *(source.FEED.name for source in CONTESTED)], lambda *_: None)
            chosen = [path for path in api.asset_paths() if path[-1] in BACKFILLED]
            backfill_id = api.launch_backfill(chosen, days_between(FIRST, LAST), "two months")
        ended = land(api, backfill_id, bucket, live)
        files: dict[str, list[batch.SourceFile]] = {}
        for source, name, content in live:
            [stored] = bucket.list(name)
            file = batch.SourceFile(name, stored.generation, content, stored.updated)
            files.setdefault(source.FEED.name, []).append(file)
        bucket.close()
        connection = Connection(
            settings.project, settings.location, settings.bigquery_url, settings.bigquery_read_address
        )
        outcome = Played(settings, connection, files, ended, [])
        await_rows(outcome, ended + 2 * TICK_SECONDS + 60)
        outcome.runs = ended_runs(api, ended + 2 * TICK_SECONDS + 60)
        yield outcome
        connection.close()


def land(api: DagsterApi, backfill_id: str, bucket: Bucket, live: list) -> float:
    """Puts a few files into the bucket every second while the backfill runs, the rest at its end; when that was."""
    waiting = iter(live)
    while not (progress := api.progress(backfill_id)).ended:
        for _, name, content in itertools.islice(waiting, 4):
            bucket.write(name, content)
        time.sleep(1)
    assert progress.succeeded, progress
    for _, name, content in waiting:
        bucket.write(name, content)
    return time.time()


def await_rows(played: Played, deadline: float) -> None:
    while differences(played) and time.time() < deadline:
        time.sleep(2)


def ended_runs(api: DagsterApi, deadline: float) -> list[dict]:
    while (runs := api.runs()) and not all(run["endTime"] for run in runs) and time.time() < deadline:
        time.sleep(1)
    return runs


def test_every_file_is_in_its_table_exactly_once_within_two_ticks_of_the_backfills_end(played):
    assert differences(played) == {}


def test_no_run_fails_and_no_job_meets_another(played):
    assert {run["status"] for run in played.runs} == {"SUCCESS"}
    assert [job.error_result for job in played.connection.client.list_jobs() if job.error_result] == []


def test_live_runs_of_the_backfills_tables_start_after_its_end(played):
    contested = {str(source.TABLE) for source in CONTESTED}
    live = [run for run in played.runs if run["tags"].get(lanes.LANE) == lanes.LIVE]
    held = [run for run in live if contested & set(run["tags"][lanes.TOUCHES].split(","))]
    assert held
    assert min(run["startTime"] for run in held) >= played.ended - 2


def test_files_of_an_unrelated_table_are_taken_while_the_backfill_runs(played):
    live = [run for run in played.runs if run["tags"].get(lanes.LANE) == lanes.LIVE]
    unrelated = [run for run in live if str(UNRELATED.TABLE) in run["tags"][lanes.TOUCHES].split(",")]
    assert min(run["startTime"] for run in unrelated) < played.ended


def test_held_files_make_one_run_per_feed_and_days(played):
    live = [run for run in played.runs if run["tags"].get(lanes.LANE) == lanes.LIVE]
    for source in CONTESTED:
        runs = [run for run in live if str(source.TABLE) in run["tags"][lanes.TOUCHES].split(",")]
        assert 1 <= len(runs) <= 2
