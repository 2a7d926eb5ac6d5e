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
    from nba_pipeline.bigquery.slots import WriteSlots
    from nba_pipeline.bigquery.writer import WriteReport


class BigQueryIOManager(dg.IOManager):
    """Writes an asset's frame as the partitions of its run and reads upstream frames, history included."""

    def __init__(self, connection: "Connection", slots: "WriteSlots") -> None:
        self._connection, self._slots = connection, slots

    def handle_output(self, context: dg.OutputContext, obj: pd.DataFrame | DayRows) -> None:
        """Writes the chunk; `obj` covers every day of the run unless it is a DayRows that names its days."""
        from nba_pipeline.bigquery.writer import Writer

        table = _table(context.asset_key)
        rows = obj if isinstance(obj, DayRows) else DayRows(obj, _days(context.asset_partition_keys))
        writer = Writer(self._connection.client, self._slots, context.run_id, _labels(context, table))
        report = writer.write(table, rows.frame, rows.days)
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


class BigQueryIOManagerFactory(dg.ConfigurableIOManagerFactory):
    """Makes the IO manager of a run: the fields of `bigquery.connection.Connection`, and the folder of the write
    slots, which all processes of a host share."""

    project: str
    location: str
    slots_folder: str
    url: str | None = None
    read_address: str | None = None

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

    def create_io_manager(self, context: dg.InitResourceContext) -> BigQueryIOManager:  # noqa: ARG002
        """The IO manager, on clients of its own."""
        from nba_pipeline.bigquery.connection import Connection
        from nba_pipeline.bigquery.slots import WriteSlots

        connection = Connection(self.project, self.location, self.url, self.read_address)
        return BigQueryIOManager(connection, WriteSlots(Path(self.slots_folder) / self.project))


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
        "seconds_waited_for_slots": round(report.waited_for_slots, 3),
        "reruns": [cause for job in report.jobs for cause in job.retried],
        "seconds_waited": round(sum(job.waited for job in report.jobs), 3),
    }
    if report.days == 1:
        metadata["dagster/partition_row_count"] = report.rows
    return metadata
