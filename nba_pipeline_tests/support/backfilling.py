"""Waiting for backfills."""

import time

from nba_pipeline.dagster_api import DagsterApi, Progress


def await_end(api: DagsterApi, backfill_id: str, seconds: float = 400) -> Progress:
    """The progress of a backfill that ended; fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        progress = api.progress(backfill_id)
        if progress.ended:
            return progress
        time.sleep(0.5)
    raise AssertionError(f"backfill {backfill_id} has not ended: {api.progress(backfill_id)}")
