"""The run queue's fence: at most so many runs at once may write a table, whoever launched them.

Dagster's queue limits runs by their tags, and the tags of an asset do not reach the runs that a backfill starts. So
the run coordinator stamps every run, when it is submitted, with one tag per table it writes; the limits come from the
declared tables each time the queue is read. `dagster.yaml` holds the number.
"""

from collections.abc import Mapping
from typing import Any, cast

import dagster as dg
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext
from dagster._core.run_coordinator.queued_run_coordinator import RunQueueConfig
from dagster._serdes import ConfigurableClassData

from nba_pipeline import catalog
from nba_pipeline.defs import lanes, yielding

# Runs of a backfill come in the order of their days, and a day's form needs the days before it: with one run per
# table at a time they also end in that order.
_DEFAULT_RUNS_PER_TABLE = 1


class TableRunCoordinator(QueuedRunCoordinator):
    """Dagster's queue with a cap on runs per table.

    Subclassing the coordinator is Dagster's documented way to tag runs at launch; `submit_run` and
    `get_run_queue_config` are its methods to override, but their types are private. A test launches a run through a
    real instance and fails when that changes.
    """

    def __init__(self, runs_per_table: int = _DEFAULT_RUNS_PER_TABLE, **settings: Any) -> None:
        super().__init__(**settings)
        self._runs_per_table = runs_per_table

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Dagster's own settings of the queue, and `runs_per_table`."""
        return {
            **cast(dict[str, Any], super().config_type()),
            "runs_per_table": dg.Field(int, default_value=_DEFAULT_RUNS_PER_TABLE, is_required=False),
        }

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> "TableRunCoordinator":
        """The coordinator that dagster.yaml describes."""
        return cls(inst_data=inst_data, **config_value)

    def get_run_queue_config(self) -> RunQueueConfig:
        """Dagster's limits, one per declared table, and none at all for live runs that yield to a backfill.

        A live run that was queued when a backfill began was not held by the sensor: it waits here for the end.
        """
        limits = [{"key": table_tag(name), "limit": self._runs_per_table} for name in catalog.tables()]
        held = [{"key": lanes.BATCH, "value": batch, "limit": 0} for batch in self._yielding_batches()]
        base = super().get_run_queue_config()
        return base._replace(tag_concurrency_limits=[*base.tag_concurrency_limits, *limits, *held])

    def _yielding_batches(self) -> list[str]:
        """The batches of queued live runs that touch a table of a backfill under way."""
        if not (targets := [set(backfill.days) for backfill in yielding.active_backfills(self._instance)]):
            return []
        live = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED], tags={lanes.LANE: lanes.LIVE})
        queued = [record.dagster_run.tags for record in self._instance.get_run_records(live)]
        return [tags[lanes.BATCH] for tags in queued if lanes.yields(tags, targets)]

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        """Stamps the run with the tables it writes and puts it into the queue."""
        tags = {table_tag(".".join(key.path)): "1" for key in _written_assets(self._instance, context.dagster_run)}
        self._instance.add_run_tags(context.dagster_run.run_id, tags)
        return super().submit_run(context)


def table_tag(table_name: str) -> str:
    """The tag key of runs that write the table `dataset.name`."""
    return f"bq_dml/{table_name}"


def _written_assets(instance: dg.DagsterInstance, run: dg.DagsterRun) -> set[dg.AssetKey]:
    """The assets a run materialises: its selection, or, where a job runs whole, those of its execution plan."""
    if run.asset_selection:
        return set(run.asset_selection)
    if run.execution_plan_snapshot_id is None:
        return set()
    plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
    outputs = [output for step in plan.steps for output in step.outputs]
    keys = [output.properties.asset_key for output in outputs if output.properties]
    return {key for key in keys if key is not None}
