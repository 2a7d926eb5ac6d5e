"""Writers for tests that are about writes and not about waiting: their slots are not paced and time passes fast."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.slots import FileSlots, Pacing
from nba_pipeline.bigquery.writer import Writer


def writer(connection: Connection, write_id: str, labels: Mapping[str, str] | None = None) -> Writer:
    """A writer that shares its slots with all writers of the same server and project."""
    server = (connection.url or "").rpartition(":")[2]
    folder = Path(tempfile.gettempdir()) / "nba-pipeline-test-slots" / server / connection.project
    return Writer(connection, FileSlots(folder, Pacing(seconds=0)), write_id, labels or {}, time_scale=200)
