"""What live ingest yields to, read from a real instance, and the queue that closes the gap at a backfill's start."""

import datetime as dt

import dagster as dg
import pytest
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from nba_pipeline import catalog
from nba_pipeline.analytics import slate
from nba_pipeline.defs import lanes, yielding
from nba_pipeline.defs.run_queue import table_tag
from nba_pipeline.game_days import days_between
from nba_pipeline.ingest.holds import ManualHold, Reader
from nba_pipeline_tests.support.backfilling import request_backfill
from nba_pipeline_tests.support.code_location import code_location

BOXSCORES, SUMMARY = "nba_raw.nbac_player_boxscores", "nba_analytics.player_game_summary"
UPCOMING = "nba_analytics.upcoming_player_game_context"
ROSTERS = "nba_raw.espn_team_rosters"
# A queued run says where its code is; nobody goes there.
SOMEWHERE = RemoteJobOrigin(RemoteRepositoryOrigin(GrpcServerCodeLocationOrigin("127.0.0.1", 1), "repository"), "live")
DAYS = days_between(dt.date(2024, 1, 1), dt.date(2024, 1, 5))


@pytest.fixture
def instance(tmp_path):
    queue = {"module": "nba_pipeline.defs.run_queue", "class": "TableRunCoordinator"}
    settings = {"run_coordinator": queue, "run_retries": {"enabled": True}}
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=settings) as found:
        yield found


def queued(instance, batch: str, touched: list[str]) -> None:
    tags = lanes.live_tags(batch, DAYS[:1], touched)
    instance.add_run(
        dg.DagsterRun(job_name="live", status=dg.DagsterRunStatus.QUEUED, tags=tags, remote_job_origin=SOMEWHERE)
    )


def held_batches(instance) -> list[str]:
    limits = instance.run_coordinator.get_run_queue_config().tag_concurrency_limits
    return [limit["value"] for limit in limits if limit["key"] == lanes.BATCH]


def test_a_requested_backfill_is_known_with_its_tables_and_days(instance):
    request_backfill(instance, "two tables", [BOXSCORES, SUMMARY], DAYS)
    [found] = yielding.active_backfills(instance)
    assert found.name == "two tables"
    assert found.days == {BOXSCORES: set(DAYS), SUMMARY: set(DAYS)}


@pytest.mark.parametrize("status", list(BulkActionStatus))
def test_a_backfill_stands_in_the_way_until_it_has_ended_in_whatever_way(instance, status):
    backfill_id = request_backfill(instance, "one", [BOXSCORES], DAYS)
    instance.update_backfill(instance.get_backfill(backfill_id).with_status(status))
    under_way = {BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING}
    assert bool(yielding.active_backfills(instance)) == (status in under_way)


def test_a_hold_by_hand_stands_until_it_is_released_or_its_time_is_over(instance):
    now = dt.datetime.now(dt.UTC)
    one = ManualHold((ROSTERS,), now + dt.timedelta(hours=1), "scrapers are moved")
    other = ManualHold((), now + dt.timedelta(hours=2), "everything")
    yielding.hold(instance, one)
    yielding.hold(instance, other)
    assert yielding.manual_holds(instance, now) == [one, other]
    assert yielding.manual_holds(instance, now + dt.timedelta(minutes=61)) == [other]
    yielding.release(instance, [one])
    assert yielding.manual_holds(instance, now) == [other]


def test_the_tables_computed_from_a_table_are_known_with_their_history():
    assets = [asset for asset in code_location().assets if isinstance(asset, dg.AssetsDefinition)]
    readers = yielding.readers_of(assets)
    assert Reader(SUMMARY, 0) in readers[BOXSCORES]
    assert Reader(UPCOMING, slate.HISTORY_DAYS) in readers[SUMMARY]


def test_the_queue_limits_runs_for_every_declared_table(instance):
    limits = instance.run_coordinator.get_run_queue_config().tag_concurrency_limits
    assert limits == [{"key": table_tag(name), "limit": 1} for name in catalog.tables()]


def test_a_live_run_that_was_queued_when_a_backfill_began_waits_in_the_queue_for_its_end(instance):
    queued(instance, "boxscores", [BOXSCORES, SUMMARY])
    queued(instance, "rosters", [ROSTERS])
    assert held_batches(instance) == []
    backfill_id = request_backfill(instance, "computed from them", [SUMMARY], DAYS)
    assert held_batches(instance) == ["boxscores"]
    instance.update_backfill(instance.get_backfill(backfill_id).with_status(BulkActionStatus.CANCELED))
    assert held_batches(instance) == []


@pytest.mark.parametrize("decided", [{}, {"dagster/will_retry": "true"}], ids=["before Dagster says so", "then"])
def test_a_table_of_a_run_that_died_lets_nobody_in_until_its_retry_is_in_the_queue(instance, decided):
    died = a_run(instance, dg.DagsterRunStatus.FAILURE, decided)
    assert limits(instance) == {SUMMARY: 0, ROSTERS: 1}
    retry = a_run(instance, dg.DagsterRunStatus.NOT_STARTED)
    instance.add_run_tags(died.run_id, {"dagster/will_retry": "true", "dagster/auto_retry_run_id": retry.run_id})
    assert limits(instance) == {SUMMARY: 0, ROSTERS: 1}
    queued_retry = a_run(instance, dg.DagsterRunStatus.QUEUED)
    instance.add_run_tags(died.run_id, {"dagster/auto_retry_run_id": queued_retry.run_id})
    assert limits(instance) == {SUMMARY: 1, ROSTERS: 1}


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_a_table_of_a_run_in_progress_is_closed_whether_it_dies_before_dagster_counts_or_after(instance, status):
    a_run(instance, status)
    assert limits(instance) == {SUMMARY: 0, ROSTERS: 1}


def test_a_run_that_failed_for_good_holds_nobody_up(instance):
    a_run(instance, dg.DagsterRunStatus.FAILURE, {"dagster/will_retry": "false"})
    assert limits(instance) == {SUMMARY: 1, ROSTERS: 1}


def a_run(instance, status: dg.DagsterRunStatus, tags: dict[str, str] | None = None) -> dg.DagsterRun:
    """A run that writes the summary."""
    tags = {table_tag(SUMMARY): "1", **(tags or {})}
    return instance.add_run(dg.DagsterRun(job_name="backfill", status=status, tags=tags, remote_job_origin=SOMEWHERE))


def limits(instance) -> dict[str, int]:
    """What the queue allows at once of two tables."""
    found = {
        limit["key"]: limit["limit"] for limit in instance.run_coordinator.get_run_queue_config().tag_concurrency_limits
    }
    return {name: found[table_tag(name)] for name in (SUMMARY, ROSTERS)}
