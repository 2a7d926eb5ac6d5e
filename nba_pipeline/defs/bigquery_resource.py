"""BigQuery as a Dagster resource: its clients and the writer of a run.

Google's clients are imported when a run first needs one, not when the code location loads.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from nba_pipeline.defs.slots import postgres_url
from nba_pipeline.settings import Settings

if TYPE_CHECKING:
    from nba_pipeline.bigquery.connection import Connection
    from nba_pipeline.bigquery.slots import WriteSlots
    from nba_pipeline.bigquery.writer import Writer


class BigQueryResource(dg.ConfigurableResource):
    """A project's BigQuery: the fields of `bigquery.connection.Connection`, the folder of the write slots, which all
    processes of a host share, and how many seconds of BigQuery pass in one (1 but for a local BigQuery)."""

    project: str
    location: str
    slots_folder: str
    url: str | None = None
    read_address: str | None = None
    time_scale: float = 1.0

    @classmethod
    def of(cls, settings: Settings) -> "BigQueryResource":
        """The BigQuery that `settings` name."""
        return cls(
            project=settings.project,
            location=settings.location,
            slots_folder=str(settings.state_dir / "write-slots"),
            url=settings.bigquery_url,
            read_address=settings.bigquery_read_address,
            time_scale=settings.time_scale,
        )

    def connect(self) -> "Connection":
        """Clients of one's own; who connects closes them."""
        from nba_pipeline.bigquery.connection import Connection

        return Connection(self.project, self.location, self.url, self.read_address)

    def writer(
        self, connection: "Connection", instance: dg.DagsterInstance | None, run_id: str, labels: Mapping[str, str]
    ) -> "Writer":
        """The writer of a run; every job carries `labels` and the run's id."""
        from nba_pipeline.bigquery.writer import Writer

        written = {name: _label(value) for name, value in {**labels, "run_id": run_id}.items()}
        return Writer(connection, self.slots(instance), run_id, written, self.time_scale)

    def slots(self, instance: dg.DagsterInstance | None) -> "WriteSlots":
        """Slots in Dagster's Postgres where it has one, for then other hosts may write, too; else of this host."""
        from nba_pipeline.bigquery.limits import TABLE_UPDATE_SECONDS
        from nba_pipeline.bigquery.slots import FileSlots, Pacing

        pacing = Pacing(seconds=TABLE_UPDATE_SECONDS / self.time_scale)
        if url := instance and postgres_url(instance):
            from nba_pipeline.bigquery.postgres_slots import PostgresSlots

            return PostgresSlots(url, pacing)
        return FileSlots(Path(self.slots_folder) / self.project, pacing)


def _label(value: str) -> str:
    """A job label's value holds lower-case letters, digits, dashes and underscores, 63 at most."""
    return re.sub(r"[^a-z0-9_-]", "-", value.lower())[:63]
