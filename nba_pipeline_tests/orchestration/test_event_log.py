"""The event log in batches, in a real instance: what is read back is what Dagster's own storage gives."""

from collections import Counter

import dagster as dg
import pytest

from nba_pipeline_tests.support.batched_instance import batched_instance

DAYS = dg.DailyPartitionsDefinition("2024-01-01")
RANGE = {"dagster/asset_partition_range_start": "2024-01-01", "dagster/asset_partition_range_end": "2024-01-09"}


@dg.asset(partitions_def=DAYS)
def first() -> None: ...


@dg.asset(partitions_def=DAYS, deps=[first], check_specs=[dg.AssetCheckSpec("fits", asset="second")])
def second():
    yield dg.MaterializeResult(metadata={"rows": 3})
    yield dg.AssetCheckResult(passed=True)


@pytest.fixture
def dagsters(tmp_path):
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


@pytest.fixture(params=[4, 1_000], ids=["several batches", "one batch"])
def batched(request, tmp_path_factory):
    with batched_instance(tmp_path_factory.mktemp("batched"), request.param) as instance:
        yield instance


def run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return dg.materialize([first, second], instance=instance, tags=RANGE)


def told(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> set:
    """A run's events, without the order in which Dagster hands them over."""
    events = [entry.dagster_event for entry in instance.all_logs(result.run_id) if entry.dagster_event]
    return {(event.event_type_value, event.step_key, event.asset_key, event.partition) for event in events}


def known(instance: dg.DagsterInstance) -> list:
    """What the index over all runs knows of each asset."""
    events = (dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
    return [
        [
            instance.get_materialized_partitions(asset.key),
            instance.get_latest_materialization_event(asset.key).asset_materialization.partition,
            [
                sorted(
                    record.partition_key
                    for record in instance.event_log_storage.get_event_records(filtered(event, asset.key))
                )
                for event in events
            ],
        ]
        for asset in (first, second)
    ]


def checked(instance: dg.DagsterInstance) -> Counter:
    """How many checks of the second asset's days ended how."""
    history = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(second.key, "fits"), 100)
    return Counter(record.status for record in history)


def filtered(event: dg.DagsterEventType, key: dg.AssetKey) -> dg.EventRecordsFilter:
    return dg.EventRecordsFilter(event, asset_key=key)


def test_a_run_leaves_the_events_that_dagsters_own_storage_would_hold(batched, dagsters, capfd):
    ours, theirs = run(batched), run(dagsters)
    assert told(batched, ours) == told(dagsters, theirs)
    assert known(batched) == known(dagsters)
    assert checked(batched) == checked(dagsters) != Counter()
    assert "Falling back" not in capfd.readouterr().err


def test_every_event_of_a_run_is_stored_once(batched):
    result = run(batched)
    days = DAYS.get_partition_keys_in_range(dg.PartitionKeyRange("2024-01-01", "2024-01-09"))
    for asset in (first, second):
        found = batched.fetch_materializations(asset.key, limit=100).records
        assert sorted(record.partition_key for record in found) == days
        assert {record.run_id for record in found} == {result.run_id}


def test_an_asset_is_known_by_its_last_run(batched):
    run(batched)
    again = run(batched)
    for record in batched.get_asset_records([first.key, second.key]):
        assert record.asset_entry.last_run_id == again.run_id
        assert record.asset_entry.last_materialization_record.run_id == again.run_id
