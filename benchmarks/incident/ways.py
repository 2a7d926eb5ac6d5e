"""The ways to write one date: the old system's, dagster-gcp's IO manager's, and our writer's."""

import datetime as dt
import os
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import local

import dagster as dg
import google.auth
import pandas as pd
from dagster_gcp_pandas import BigQueryPandasIOManager
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from benchmarks.incident.inputs import rows_of
from benchmarks.incident.workers import GaveUp, Place
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.slots import FileSlots, Pacing
from nba_pipeline.bigquery.writer import Writer
from nba_pipeline.frames import DayRows, typed
from nba_pipeline.local.incident.box_scores import TABLE
from nba_pipeline.local.incident.old_way import Append, append_by_load, write_file
from nba_pipeline.table import Table

_threads = local()


def old_with_loads(place: Place, day: dt.date) -> int:
    """Each game's file by itself, all of a date at once: DELETE its rows, then append by a load job."""
    return _old(place, day, append_by_load)


def old_with_streaming(place: Place, day: dt.date) -> int:
    """Each game's file by itself, all of a date at once: DELETE its rows, then append by a streaming insert."""
    return _old(place, day, _append_by_stream)


def dagster_gcp(place: Place, day: dt.date) -> int:
    """A materialisation through dagster-gcp's IO manager, with the retries a careful user adds."""
    _talk_to(place.url)
    result = dg.materialize(
        [_asset(str(place.inputs))],
        partition_key=day.isoformat(),
        resources={"io_manager": BigQueryPandasIOManager(project=place.project, location="US")},
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    retries = len(result.filter_events(lambda event: event.is_step_restarted))
    if not result.success:
        [failed] = result.filter_events(lambda event: event.is_step_failure)
        raise GaveUp(failed.step_failure_data.error.to_string()[-2000:], retries)
    return retries


def ours(place: Place, day: dt.date) -> int:
    """One date through our writer and the shared write slots, without Dagster."""
    write(place, TABLE, typed(TABLE, rows_of(place.inputs, day)), [day])
    return 0  # its reruns are told by the labels of its jobs


def write(place: Place, table: Table, rows: pd.DataFrame, days: Sequence[dt.date]) -> None:
    """Writes days of `table`."""
    slots = FileSlots(place.slots, Pacing(seconds=10 / place.time_scale))
    writer = Writer(_connection(place), slots, uuid.uuid4().hex, {}, place.time_scale)
    writer.write(table, DayRows(rows, days))


def _old(place: Place, day: dt.date, append: Append) -> int:
    games = [game for _, game in rows_of(place.inputs, day).groupby("game_id")]
    with ThreadPoolExecutor(len(games)) as messages:
        for done in [messages.submit(_old_file, place, game, append) for game in games]:
            done.result()
    return 0


def _old_file(place: Place, game: pd.DataFrame, append: Append) -> None:
    write_file(_connection(place).client, game, append)


def _append_by_stream(client: bigquery.Client, game: pd.DataFrame) -> None:
    rows = game.astype({"game_date": str}).astype(object).where(game.notna(), None).to_dict("records")
    if errors := client.insert_rows_json(str(TABLE), rows):
        raise RuntimeError(f"rows were refused: {errors[:1]}")


def _connection(place: Place) -> Connection:
    """Clients of this thread's own, for the server of that place."""
    if getattr(_threads, "place", None) != place:
        _threads.place = place
        _threads.connection = Connection(place.project, "US", place.url, place.read_address)
    return _threads.connection


@cache
def _talk_to(url: str) -> None:
    """Points the clients that dagster-gcp makes at the local server, which wants no credentials."""
    os.environ["BIGQUERY_EMULATOR_HOST"] = url
    google.auth.default = lambda *_, **__: (AnonymousCredentials(), None)


@cache
def _asset(inputs: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=[TABLE.dataset, TABLE.name],
        partitions_def=dg.DailyPartitionsDefinition("2021-10-19"),
        metadata={"partition_expr": "DATETIME(game_date)"},
        retry_policy=dg.RetryPolicy(
            max_retries=3, delay=1, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
        ),
    )
    def player_boxscores(context: dg.AssetExecutionContext) -> pd.DataFrame:
        from pathlib import Path

        return rows_of(Path(inputs), dt.date.fromisoformat(context.partition_key))

    return player_boxscores
