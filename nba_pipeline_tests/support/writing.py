"""Writers for tests that are about writes and not about waiting: their slots are not paced."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.slots import WriteSlots
from nba_pipeline.bigquery.writer import Writer


def writer(connection: Connection, write_id: str, labels: Mapping[str, str] | None = None) -> Writer:
    """A writer whose slots lie in one folder for all tests."""
    slots = WriteSlots(Path(tempfile.gettempdir()) / "nba-pipeline-test-slots", updates_per_window=100_000)
    return Writer(connection.client, slots, write_id, labels or {})
