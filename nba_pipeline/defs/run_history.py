"""The sensor that writes what became of runs: nba_orchestration.run_history and nba_predictions.prediction_batches.

A plain sensor and not a `@run_status_sensor`: that one evaluates its function once for each run and status, so a
backfill's end would be a load job per run, and its cursor moves past a run whose write failed. This one takes all runs
that ended since the last tick and writes them in one load per table.
"""

import datetime as dt

import dagster as dg
import pandas as pd

from nba_pipeline.defs import conflicts, finished_runs
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.table_asset import table_spec
from nba_pipeline.frames import DayRows
from nba_pipeline.orchestration import run_history as logic
from nba_pipeline.orchestration.run_cursor import Cursor
from nba_pipeline.predictions import prediction_batches
from nba_pipeline.table import Table

# A table takes 1,500 loads a day, failed ones included (quotas, "Load jobs"): one a minute is 1,440.
_INTERVAL_SECONDS = 60

run_history_spec = table_spec(logic.TABLE)
prediction_batches_spec = table_spec(prediction_batches.TABLE)


@dg.sensor(
    name="run_history",
    minimum_interval_seconds=_INTERVAL_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes a row for every run that ended and table it was to write, and for every batch of predictions.",
)
def run_history_sensor(context: dg.SensorEvaluationContext, bigquery: BigQueryResource) -> dg.SensorResult:
    """Writes the runs that ended since the last tick, and notes the conflicts they met.

    The cursor moves after the write. Where a tick ends in between, or BigQuery keeps it longer than Dagster waits, the
    next one brings the same runs again and the table takes those it lacks. Without a cursor it goes through all runs.
    """
    now = dt.datetime.now(dt.UTC)
    runs, cursor = finished_runs.next_runs(context.instance, Cursor.of(context.cursor), now)
    conflicts.note(context.instance, runs, now)
    written = _write(bigquery, context.instance, logic.TABLE, logic.rows(runs))
    _write(bigquery, context.instance, prediction_batches.TABLE, prediction_batches.rows(runs))
    told = f"{len(runs)} runs ended, {written} rows of history written" if runs else "no run ended"
    return dg.SensorResult(skip_reason=told, cursor=cursor.text)


def _write(bigquery: BigQueryResource, instance: dg.DagsterInstance, table: Table, rows: pd.DataFrame) -> int:
    """Writes `rows` of runs in one load; returns how many were not there before."""
    if rows.empty:
        return 0
    connection = bigquery.connect()
    try:
        writer = bigquery.writer(connection, instance, "run-history", {"asset": table.name})
        return writer.write(table, DayRows(rows, sorted(rows["run_date"].dt.date.unique()))).rows
    finally:
        connection.close()
