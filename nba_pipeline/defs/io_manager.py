"""The BigQuery IO manager: frames of declared Tables between assets and BigQuery.

It finds the Table by the asset's key, asks `bigquery/` for the write or the read, and says in the asset's metadata
what was done. Google's clients are imported when a run first needs one, not when the code location loads.
"""

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pandas as pd

from nba_pipeline import catalog
from nba_pipeline.frames import DayRows
from nba_pipeline.settings import Settings
from nba_pipeline.table import Table

if TYPE_CHECKING:
    from nba_pipeline.bigquery.connection import Connection
    from nba_pipeline.bigquery.errors import WriteFailure
    from nba_pipeline.bigquery.slots import WriteSlots
    from nba_pipeline.bigquery.writer import WriteReport

# On a run: days may lose rows. Whoever launches it has looked why.
FORCE_TAG = "nba_pipeline/force"

# What reruns of a job did not heal, a few minutes may.
_STEP_RETRIES = 2
_STEP_RETRY_SECONDS = 120.0


class BigQueryIOManager(dg.IOManager):
    """Writes an asset's frame as the partitions of its run and reads upstream frames, history included."""

    def __init__(self, connection: "Connection", slots: "WriteSlots", force: bool, time_scale: float) -> None:
        self._connection, self._slots = connection, slots
        self._force, self._time_scale = force, time_scale

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame | DayRows) -> None:
        """Writes the chunk; `obj` covers every day of the run unless it is a DayRows that names its days."""
        from nba_pipeline.bigquery.errors import WriteFailure
        from nba_pipeline.bigquery.writer import Writer

        table = _table(context.asset_key)
        rows = obj if isinstance(obj, DayRows) else DayRows(obj, _days(context.asset_partition_keys))
        labels = _labels(context, table)
        writer = Writer(self._connection, self._slots, context.run_id, labels, self._time_scale)
        try:
            report = writer.write(table, rows, self._force)
        except WriteFailure as error:
            raise self._step_failure(error) from error
        total = self._connection.client.get_table(str(table)).num_rows
        context.add_output_metadata(_describe(report, total))

    def load_input(self, context: dg.InputContext) -> pd.DataFrame:
        """One read of the upstream table: the run's days and the history the asset asked for."""
        from nba_pipeline.bigquery.reader import read

        table = _table(context.asset_key)
        wanted: dict[str, Any] = dict(context.definition_metadata or {})
        days = _days(context.asset_partition_keys)
        first = days[0] - dt.timedelta(days=wanted.get("history_days", 0))
        connection = self._connection
        frame = read(connection.reader, connection.project, table, first, days[-1], wanted.get("columns"))
        context.log.info(f"read {len(frame):,} rows of {table}, {first} to {days[-1]}")
        return frame

    def _step_failure(self, error: "WriteFailure") -> Exception:
        """What Dagster is told: to run the step again in a while, or that this stays as it is."""
        from nba_pipeline.bigquery.errors import Retryable, StreamingBuffer

        if isinstance(error, Retryable) and not isinstance(error, StreamingBuffer):
            return dg.RetryRequested(_STEP_RETRIES, _STEP_RETRY_SECONDS / self._time_scale)
        return dg.Failure(str(error), allow_retries=False)


class BigQueryIOManagerFactory(dg.ConfigurableIOManagerFactory):
    """Makes the IO manager of a run: the fields of `bigquery.connection.Connection`, the folder of the write slots,
    which all processes of a host share, and how fast time passes in a local BigQuery."""

    project: str
    location: str
    slots_folder: str
    url: str | None = None
    read_address: str | None = None
    time_scale: float = 1.0

    @classmethod
    def of(cls, settings: Settings) -> "BigQueryIOManagerFactory":
        """The factory for the BigQuery that `settings` name."""
        return cls(
            project=settings.project,
            location=settings.location,
            slots_folder=str(settings.state_dir / "write-slots"),
            url=settings.bigquery_url,
            read_address=settings.bigquery_read_address,
        )

    def create_io_manager(self, context: dg.InitResourceContext) -> BigQueryIOManager:
        """The IO manager, on clients of its own."""
        from nba_pipeline.bigquery.connection import Connection
        from nba_pipeline.bigquery.slots import WINDOW_SECONDS, FileSlots, Pacing

        connection = Connection(self.project, self.location, self.url, self.read_address)
        pacing = Pacing(seconds=WINDOW_SECONDS / self.time_scale)
        slots = FileSlots(Path(self.slots_folder) / self.project, pacing)
        force = context.run is not None and context.run.tags.get(FORCE_TAG) == "true"
        return BigQueryIOManager(connection, slots, force, self.time_scale)


def _table(key: dg.AssetKey) -> Table:
    dataset, name = key.path
    return catalog.table(dataset, name)


def _days(keys: Any) -> list[dt.date]:
    return sorted(dt.date.fromisoformat(key) for key in keys)


def _labels(context: dg.OutputContext, table: Table) -> dict[str, str]:
    """Job labels: who wrote. A label holds lower-case letters, digits, dashes and underscores, 63 at most."""
    keys = sorted(context.asset_partition_keys)
    labels = {"run_id": context.run_id, "asset": table.name, "partitions": f"{keys[0]}_{keys[-1]}"}
    return {name: re.sub(r"[^a-z0-9_-]", "-", value.lower())[:63] for name, value in labels.items()}


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
    if report.days == 1 and not report.taken_rows:
        metadata["dagster/partition_row_count"] = report.rows
    return metadata


_CHANGES = ("inserted", "updated", "deleted")
