"""Backfills of real assets: asked for, and waited for."""

import datetime as dt
import time
from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset
from dagster._core.definitions.events import AssetKeyPartitionKey
from dagster._core.execution.asset_backfill import AssetBackfillData
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from nba_pipeline.dagster_api import DagsterApi, Progress
from nba_pipeline.definitions import defs


def await_end(api: DagsterApi, backfill_id: str, seconds: float = 400) -> Progress:
    """The progress of a backfill that ended; fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        progress = api.progress(backfill_id)
        if progress.ended:
            return progress
        time.sleep(0.5)
    raise AssertionError(f"backfill {backfill_id} has not ended: {api.progress(backfill_id)}")


def request_backfill(
    instance: dg.DagsterInstance,
    title: str,
    tables: Sequence[str],
    days: Sequence[dt.date],
    definitions: dg.Definitions | None = None,
) -> str:
    """Asks an instance for a backfill of real assets, or of those of `definitions`, as the UI does. Its id."""
    targets = {AssetKeyPartitionKey(dg.AssetKey(table.split(".")), str(day)) for table in tables for day in days}
    subset = AssetGraphSubset.from_asset_partition_set(targets, (definitions or defs()).resolve_asset_graph())
    now = time.time()
    data = AssetBackfillData.empty(subset, now, instance)
    keys = [dg.AssetKey(table.split(".")) for table in tables]
    requested = BulkActionStatus.REQUESTED
    backfill = PartitionBackfill(
        title, requested, False, {}, now, title=title, asset_selection=keys, asset_backfill_data=data
    )
    instance.add_backfill(backfill)
    return backfill.backfill_id
