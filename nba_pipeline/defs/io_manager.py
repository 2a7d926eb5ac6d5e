"""The BigQuery IO manager: frames of declared Tables between assets and BigQuery.

It finds the Table by the asset's key, asks `bigquery/` for the write or the read, and says in the asset's metadata
what was done.
"""

import datetime as dt
from typing import TYPE_CHECKING, Any

import dagster as dg
import pandas as pd

from nba_pipeline import catalog, frames
from nba_pipeline.defs import dependencies, lanes, links
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.table_asset import days_read
from nba_pipeline.frames import DayRows
from nba_pipeline.table import Table

if TYPE_CHECKING:
    from nba_pipeline.bigquery.connection import Connection
    from nba_pipeline.bigquery.errors import WriteFailure
    from nba_pipeline.bigquery.slots import SlotsUnavailable
    from nba_pipeline.bigquery.writer import WriteReport

# On a run: days may lose rows. Whoever launches it has looked why.
FORCE_TAG = "nba_pipeline/force"

# What reruns of a job did not heal, a few minutes may.
_STEP_RETRIES = 2
_STEP_RETRY_SECONDS = 120.0


class BigQueryIOManager(dg.IOManager):
    """Writes an asset's frame as the partitions of its run and reads upstream frames, history included."""

    def __init__(self, bigquery: BigQueryResource, connection: "Connection", force: bool) -> None:
        self._bigquery, self._connection, self._force = bigquery, connection, force

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame | DayRows) -> None:
        """Writes the chunk; `obj` covers every day of the run unless it is a DayRows that names its days."""
        from nba_pipeline.bigquery.errors import WriteFailure
        from nba_pipeline.bigquery.slots import SlotsUnavailable

        table = _table(context.asset_key)
        rows = obj if isinstance(obj, DayRows) else DayRows(obj, _days(context.asset_partition_keys))
        instance = context.step_context.instance
        writer = self._bigquery.writer(self._connection, instance, context.run_id, _labels(context, table))
        try:
            report = writer.write(table, rows, self._force)
        except (WriteFailure, SlotsUnavailable) as error:
            raise self._step_failure(error) from error
        total = self._connection.client.get_table(str(table)).num_rows
        context.add_output_metadata({**_describe(report, total), **_batch(context.step_context.dagster_run)})
        self._describe_days(context, table, rows, report)

    def _describe_days(self, context: dg.OutputContext, table: Table, rows: DayRows, report: "WriteReport") -> None:
        """What differs by day: the day's rows, where the write made them all. Links to jobs stand with the last day."""
        step, last = context.step_context, max(context.asset_partition_keys)
        jobs = [f"- [{job.job_id}]({links.job(self._bigquery, job.job_id)})" for job in report.jobs]
        step.add_asset_metadata({"links_to_jobs": dg.MetadataValue.md("\n".join(jobs))}, partition_key=last)
        if table.strategy == "replace":
            counts = pd.to_datetime(rows.frame[table.day_column]).dt.date.value_counts()
            for day in rows.days:
                count = {"dagster/partition_row_count": int(counts.get(day, 0))}
                step.add_asset_metadata(count, partition_key=day.isoformat())

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        """One read of the upstream table: the run's days and the history the asset asked for."""
        from nba_pipeline.bigquery.reader import TableMissing, read

        table = _table(context.asset_key)
        wanted: dict[str, Any] = dict(context.definition_metadata or {})
        days = _days(context.asset_partition_keys)
        span = days_read(days, wanted)
        if span is None:
            return frames.empty(table, wanted.get("columns"))
        if not wanted.get("optional"):
            self._await_dependency(context, table, days, wanted.get("history_days", 0))
        connection = self._connection
        try:
            frame = read(connection.reader, connection.project, table, *span, wanted.get("columns"))
        except TableMissing:
            if not wanted.get("optional"):
                raise
            frame = frames.empty(table, wanted.get("columns"))
        context.log.info(f"read {len(frame):,} rows of {table}, {span[0]} to {span[1]}")
        return frame

    def _await_dependency(self, context: dg.InputContext, table: Table, days: list[dt.date], history: int) -> None:
        """Says what is missing of an upstream table; a run that the clock started tries again later.

        One of a backfill ends where the backfill's own days before it failed, unless it is forced.
        """
        step = context.step_context
        if not self._force:
            dependencies.refuse_lost(step.instance, step.dagster_run, table, days, history)
        missing = dependencies.missing_days(step.instance, step.dagster_run, table, days, history)
        if missing:
            context.log.warning(dependencies.described(table, missing))
        attempt, scale = step.previous_attempt_count, self._bigquery.time_scale
        dependencies.settle(step.dagster_run, table, missing, days, attempt, scale)

    def _step_failure(self, error: "WriteFailure | SlotsUnavailable") -> Exception:
        """What Dagster is told: to run the step again in a while, or that this stays as it is."""
        from nba_pipeline.bigquery.errors import Retryable, StreamingBuffer
        from nba_pipeline.bigquery.slots import SlotsUnavailable

        if isinstance(error, Retryable | SlotsUnavailable) and not isinstance(error, StreamingBuffer):
            return dg.RetryRequested(_STEP_RETRIES, _STEP_RETRY_SECONDS / self._bigquery.time_scale)
        return dg.Failure(str(error), allow_retries=False)


@dg.io_manager(required_resource_keys={"bigquery"})
def bigquery_io_manager(context: dg.InitResourceContext) -> BigQueryIOManager:
    """The IO manager of a run, on the resource `bigquery` and clients of its own."""
    bigquery: BigQueryResource = context.resources.bigquery
    force = context.run is not None and context.run.tags.get(FORCE_TAG) == "true"
    return BigQueryIOManager(bigquery, bigquery.connect(), force)


def _table(key: dg.AssetKey) -> Table:
    dataset, name = key.path
    return catalog.table(dataset, name)


def _days(keys: Any) -> list[dt.date]:
    return sorted(dt.date.fromisoformat(key) for key in keys)


def _labels(context: dg.OutputContext, table: Table) -> dict[str, str]:
    keys = sorted(context.asset_partition_keys)
    return {"asset": table.name, "partitions": f"{keys[0]}_{keys[-1]}"}


def _batch(run: dg.DagsterRun) -> dict[str, str]:
    """The batch of new files that a run is for, where the bucket's sensor launched it."""
    return {"batch": run.tags[lanes.BATCH]} if lanes.BATCH in run.tags else {}


_CHANGES = ("inserted", "updated", "deleted")


def _describe(report: "WriteReport", total_rows: int | None) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "dagster/row_count": total_rows or 0,
        "rows_written": report.rows,
        "days_written": report.days,
        "dml_statements": report.dml_statements,
        "bigquery_jobs": [job.job_id for job in report.jobs],
        "seconds_in_jobs": round(sum(job.seconds for job in report.jobs), 3),
        "attached_jobs": sum(job.attached for job in report.jobs),
        "seconds_waited_for_slot": round(report.waited_for_slot, 3),
        "reruns": [cause for job in report.jobs for cause in job.retried],
        "seconds_waited": round(sum(job.waited for job in report.jobs), 3),
    }
    metadata |= {f"rows_{what}": sum(job.changed.get(what, 0) for job in report.jobs) for what in _CHANGES}
    if report.taken_rows:
        metadata["rows_taken_before"] = report.taken_rows
    return metadata
