"""The runs that ended, read from Dagster's storage, for the sensors that say what became of them.

A run is read from its plan and a few of its events. A run of 100 days and 30 tables has 6,000 events, one per table and
day, that say the same (0.9 s); those that are read here are four per table (0.02 s).

`get_run_records`, `all_logs` and the snapshot of a plan are what Dagster's own sensors and UI read; only the first is
documented. Tests run real runs and fail when one of them changes.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import dagster as dg

from nba_pipeline.orchestration.run_cursor import Cursor
from nba_pipeline.orchestration.run_history import FinishedRun, Step, one_line, run_status

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)

_Type = dg.DagsterEventType
_ENDS = (_Type.RUN_SUCCESS, _Type.RUN_FAILURE, _Type.RUN_CANCELED)
_READ = {
    *_ENDS,
    *(_Type.RUN_START, _Type.ENGINE_EVENT, _Type.STEP_OUTPUT, _Type.HANDLED_OUTPUT),
    *(_Type.STEP_START, _Type.STEP_SUCCESS, _Type.STEP_FAILURE, _Type.STEP_UP_FOR_RETRY),
}
# What Dagster says of a run that somebody else reports as failed; the engine's event before it says why.
_FROM_OUTSIDE = "marked as failed from outside"

# A tick has 60 s in Dagster; the write that follows takes some of them.
_RUNS_PER_TICK = 300
_SECONDS_PER_TICK = 15.0


def next_runs(
    instance: dg.DagsterInstance,
    cursor: Cursor,
    now: dt.datetime,
    statuses: Collection[dg.DagsterRunStatus] = ENDED,
    limit: int = _RUNS_PER_TICK,
) -> tuple[list[FinishedRun], Cursor]:
    """The next runs with one of `statuses`, in the order in which they ended, and the cursor that has them taken.

    At most `limit` runs, and as many as can be read in 15 s, but at least one.
    """
    asked = len(cursor.taken) + limit
    records = instance.get_run_records(
        dg.RunsFilter(statuses=list(statuses), updated_after=cursor.since),
        limit=asked,
        order_by="update_timestamp",
        ascending=True,
    )
    new = [record for record in records if record.storage_id not in cursor.taken]
    runs = _read_within(instance, new[:limit], _SECONDS_PER_TICK)
    seen = {record.storage_id: record.update_timestamp for record in records}
    left = [record.storage_id for record in new[len(runs) :]]
    return runs, cursor.moved(seen, left, len(records) < asked, now)


def read(instance: dg.DagsterInstance, record: dg.RunRecord) -> FinishedRun:
    """What became of one run that ended."""
    run, events = record.dagster_run, _events(instance, record.dagster_run.run_id)
    ends = [entry for entry in events if entry.dagster_event.event_type in _ENDS]
    types = {entry.dagster_event.event_type for entry in events}
    failed_launch = _Type.RUN_START not in types and any(map(_engine_error, events))
    status = run_status(
        run.status.value, run.tags.get("dagster/failure_reason"), _Type.RUN_CANCELED in types, failed_launch
    )
    # The first end stays the same when a process that was given up writes another one later.
    ended_at = _moment(ends[0].timestamp) if ends else record.update_timestamp
    return FinishedRun(run.run_id, run.tags, status, ended_at, _run_error(events), tuple(_steps(instance, run, events)))


def _read_within(instance: dg.DagsterInstance, records: Sequence[dg.RunRecord], seconds: float) -> list[FinishedRun]:
    runs: list[FinishedRun] = []
    started = time.monotonic()
    for record in records:
        if runs and time.monotonic() - started > seconds:
            break
        runs.append(read(instance, record))
    return runs


def _events(instance: dg.DagsterInstance, run_id: str) -> list[Any]:
    return [entry for entry in instance.all_logs(run_id, of_type=_READ) if entry.dagster_event]


def _steps(instance: dg.DagsterInstance, run: dg.DagsterRun, events: Sequence[Any]) -> Iterator[Step]:
    """The steps the run was to take; where it never got one, one step for all it was to write."""
    if run.execution_plan_snapshot_id is None:
        names = sorted(map(_table_name, run.asset_selection or ()))
        if names:
            yield Step("", {name: {} for name in names})
        return
    plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
    by_step = defaultdict(list)
    for entry in events:
        by_step[entry.dagster_event.step_key].append(entry)
    for step in plan.steps:
        if step.key in plan.step_keys_to_execute:
            yield _step(step, by_step[step.key])


def _step(planned: Any, events: Sequence[Any]) -> Step:
    """A step by its plan (an ExecutionStepSnap) and its events; of several attempts the last one counts."""
    last = {entry.dagster_event.event_type: entry for entry in events}
    end = last.get(_Type.STEP_SUCCESS) or last.get(_Type.STEP_FAILURE)
    failure = last.get(_Type.STEP_FAILURE)
    first = next((entry for entry in events if entry.dagster_event.event_type == _Type.STEP_START), None)
    return Step(
        key=planned.key,
        writes=_writes(planned, events),
        needs=tuple(handle.step_key for needed in planned.inputs for handle in needed.upstream_output_handles),
        succeeded=_Type.STEP_SUCCESS in last if end else None,
        started_at=_moment(first.timestamp) if first else None,
        ended_at=_moment(end.timestamp) if end else None,
        error=_error_line(failure.dagster_event.event_specific_data.error) if failure else None,
        given_up=tuple(_given_up(events)),
    )


def _writes(planned: Any, events: Sequence[Any]) -> dict[str, dict[str, Any]]:
    """The tables of a step, each with what the asset said of its rows and the IO manager of their write."""
    outputs = {out.name: out.properties.asset_key for out in planned.outputs if out.properties}
    told, handled = (_by_output(events, kind) for kind in (_Type.STEP_OUTPUT, _Type.HANDLED_OUTPUT))
    figures = {
        name: {**_metadata(told[name]), **_metadata(entry), "handled_at": _moment(entry.timestamp)}
        for name, entry in handled.items()
    }
    return {_table_name(key): figures.get(name, {}) for name, key in outputs.items() if key}


def _by_output(events: Sequence[Any], kind: dg.DagsterEventType) -> dict[str, Any]:
    """The last event of that kind for each output."""
    found = [entry for entry in events if entry.dagster_event.event_type == kind]
    return {entry.dagster_event.event_specific_data.output_name: entry for entry in found}


def _metadata(entry: Any) -> dict[str, Any]:
    return {name: value.value for name, value in entry.dagster_event.event_specific_data.metadata.items()}


def _given_up(events: Sequence[Any]) -> Iterator[tuple[str, dt.datetime]]:
    for entry in events:
        if entry.dagster_event.event_type in (_Type.STEP_FAILURE, _Type.STEP_UP_FOR_RETRY):
            for error in _chain(entry.dagster_event.event_specific_data.error):
                yield error.cls_name, _moment(entry.timestamp)


def _run_error(events: Sequence[Any]) -> str | None:
    """Why a run failed, as far as that is no step's error."""
    failures = [entry.dagster_event for entry in events if entry.dagster_event.event_type == _Type.RUN_FAILURE]
    if not failures:
        return None
    if failures[0].event_specific_data and (error := failures[0].event_specific_data.error):
        return _error_line(error)
    engine = [entry.dagster_event for entry in events if entry.dagster_event.event_type == _Type.ENGINE_EVENT]
    if _FROM_OUTSIDE in failures[0].message and engine:
        return one_line(engine[-1].message)
    return one_line(failures[0].message)


def _engine_error(entry: Any) -> bool:
    data = entry.dagster_event.event_specific_data
    return entry.dagster_event.event_type == _Type.ENGINE_EVENT and bool(data and data.error)


def _error_line(error: Any) -> str:
    """The first error of the chain that is not Dagster's own wrapping."""
    chain = list(_chain(error))
    told = next((each for each in chain if not each.cls_name.startswith(("Dagster", "RetryRequested"))), chain[-1])
    return one_line(told.message)


def _chain(error: Any) -> Iterator[Any]:
    while error is not None:
        yield error
        error = error.cause


def _table_name(key: dg.AssetKey) -> str:
    return ".".join(key.path)


def _moment(seconds: float | None) -> Any:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
