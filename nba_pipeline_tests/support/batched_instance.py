"""A Dagster instance on files whose event log is written in batches, as the local stack's is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest


@contextmanager
def batched_instance(folder: Path, events_at_once: int = 1_000) -> Iterator[dg.DagsterInstance]:
    """The instance in `folder`, and this process's events of runs in batches of so many."""
    storage = {
        "module": "nba_pipeline.defs.event_log",
        "class": "BatchedSqliteEventLogStorage",
        "config": {"base_dir": str(folder / "history" / "runs")},
    }
    overrides = {"event_log_storage": storage, "telemetry": {"enabled": False}}
    with (
        pytest.MonkeyPatch.context() as environment,
        dg.DagsterInstance.local_temp(str(folder), overrides=overrides) as instance,
    ):
        environment.setenv("DAGSTER_EVENT_BATCH_SIZE", str(events_at_once))
        yield instance
