"""The run queue's fence: at most so many runs at once may write a table, whoever launched them.

Dagster's queue limits runs by their tags, and the tags of an asset do not reach the runs that a backfill starts. So
the run coordinator stamps every run, when it is submitted, with one tag per table it writes; the limits come from the
declared tables each time the queue is read. `dagster.yaml` holds the number.

A run whose process died keeps its turn: what comes after it on a table may need its days.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
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

# Tags by which Dagster tells of retries: whether a failed run will have one, which it is, and that a run is one.
_WILL_RETRY, _RETRY_ID, _IS_RETRY = "dagster/will_retry", "dagster/auto_retry_run_id", "dagster/retry_number"
_IN_PROGRESS = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
# Dagster asks for a retry within seconds; a daemon that was away for longer asks for it after other runs.
_LONGEST_WAIT = dt.timedelta(minutes=10)


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
        """Dagster's limits, one per declared table, and none at all for runs that must wait.

        A live run that was queued when a backfill began was not held by the sensor: it waits here for the end. A table
        of a run that died lets nobody in until the run's retry is in the queue.
        """
        closed = self._tags_of_full_tables() | self._tags_of_awaited_retries()
        tags = map(table_tag, catalog.tables())
        limits = [{"key": tag, "limit": 0 if tag in closed else self._runs_per_table} for tag in tags]
        held = [{"key": lanes.BATCH, "value": batch, "limit": 0} for batch in self._yielding_batches()]
        base = super().get_run_queue_config()
        return base._replace(tag_concurrency_limits=[*base.tag_concurrency_limits, *limits, *held])

    def _yielding_batches(self) -> list[str]:
        """The batches of queued live runs that touch a table of a backfill under way."""
        if not (targets := [set(backfill.days) for backfill in yielding.active_backfills(self._instance)]):
            return []
        live = dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED], tags={lanes.LANE: lanes.LIVE})
        queued = self._tags_of_runs(live)
        return [tags[lanes.BATCH] for tags in queued if lanes.yields(tags, targets)]

    def _tags_of_full_tables(self) -> set[str]:
        """The tags of tables that as many runs write as may.

        Dagster counts runs in progress itself, but after it has read the limits: a run that died in between would be
        neither in progress nor awaited.
        """
        runs = self._tags_of_runs(dg.RunsFilter(statuses=_IN_PROGRESS))
        counts = Counter(tag for tags in runs for tag in tags)
        return {tag for tag, count in counts.items() if count >= self._runs_per_table}

    def _tags_of_awaited_retries(self) -> set[str]:
        """The tags of runs that died and whose retry is not in the queue yet."""
        since = dt.datetime.now(dt.UTC) - _LONGEST_WAIT
        failed = self._tags_of_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=since))
        return {tag for tags in failed if self._is_awaited(tags) for tag in tags}

    def _is_awaited(self, tags: Mapping[str, str]) -> bool:
        """Whether a failed run's retry is still to be decided on, to be made or, having been made, to be queued."""
        if not self._instance.run_retries_enabled or tags.get(_WILL_RETRY, "true") == "false":
            return False
        if _RETRY_ID not in tags:
            return True
        retry = self._instance.get_run_by_id(tags[_RETRY_ID])
        return retry is not None and retry.status is dg.DagsterRunStatus.NOT_STARTED

    def _tags_of_runs(self, filters: dg.RunsFilter) -> Sequence[Mapping[str, str]]:
        return [record.dagster_run.tags for record in self._instance.get_run_records(filters)]

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        """Stamps the run with the tables it writes and puts it into the queue, a retry before all others."""
        run = context.dagster_run
        tags = {table_tag(".".join(key.path)): "1" for key in _written_assets(self._instance, run)}
        if _IS_RETRY in run.tags and lanes.LANE not in run.tags:
            tags["dagster/priority"] = "1"
        self._instance.add_run_tags(run.run_id, tags)
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
