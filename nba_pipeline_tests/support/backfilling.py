"""Backfills of real assets: asked for, and waited for."""

import datetime as dt
import re
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph_subset import AssetGraphSubset
from dagster._core.definitions.events import AssetKeyPartitionKey
from dagster._core.execution.asset_backfill import AssetBackfillData
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from nba_pipeline import operations
from nba_pipeline.dagster_api import DagsterApi, Progress
from nba_pipeline.settings import Settings
from nba_pipeline_tests.support.code_location import code_location

_Found = TypeVar("_Found")


def await_end(api: DagsterApi, backfill_id: str, seconds: float = 400) -> Progress:
    """The progress of a backfill that ended; fails when it takes longer."""

    def ended() -> Progress | None:
        progress = api.progress(backfill_id)
        return progress if progress.ended else None

    return _awaited(ended, f"the end of backfill {backfill_id}", seconds)


def await_first_run(api: DagsterApi, backfill_id: str) -> str:
    """The id of the first run that a backfill's daemon asks for."""
    [run, *_] = _awaited(lambda: api.runs_of_backfill(backfill_id), "the first run")
    return run["runId"]


def process_at_work(settings: Settings, run_id: str) -> int:
    """The process id of a run that has written something and is not done."""
    with operations.dagster_instance(settings) as instance:
        success = dg.DagsterEventType.STEP_SUCCESS
        _awaited(lambda: instance.all_logs(run_id, of_type=success), "the run's first step")
        said = " ".join(entry.message for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT))
    return int(re.search(r"pid: (\d+)", said)[1])


def _awaited(look: Callable[[], _Found | None], what: str, seconds: float = 100) -> _Found:
    """What `look` finds at last; fails when it finds nothing for so long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.3)
    raise AssertionError(f"waited in vain for {what}")


def request_backfill(
    instance: dg.DagsterInstance,
    title: str,
    tables: Sequence[str],
    days: Sequence[dt.date],
    definitions: dg.Definitions | None = None,
) -> str:
    """Asks an instance for a backfill of real assets, or of those of `definitions`, as the UI does. Its id."""
    targets = {AssetKeyPartitionKey(dg.AssetKey(table.split(".")), str(day)) for table in tables for day in days}
    subset = AssetGraphSubset.from_asset_partition_set(targets, (definitions or code_location()).resolve_asset_graph())
    now = time.time()
    data = AssetBackfillData.empty(subset, now, instance)
    keys = [dg.AssetKey(table.split(".")) for table in tables]
    requested = BulkActionStatus.REQUESTED
    backfill = PartitionBackfill(
        title, requested, False, {}, now, title=title, asset_selection=keys, asset_backfill_data=data
    )
    instance.add_backfill(backfill)
    return backfill.backfill_id
