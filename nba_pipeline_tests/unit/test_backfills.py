"""What a backfill that failed leaves: the list of days to run again."""

import datetime as dt

import pytest

from nba_pipeline import backfill_days, backfills, settings
from nba_pipeline.dagster_api import DagsterApi, Progress
from nba_pipeline.game_days import days_between
from nba_pipeline_tests.support.quiet_console import QUIET
from nba_pipeline_tests.support.running_stack import local_environment

DAYS = days_between(dt.date(2024, 1, 1), dt.date(2024, 1, 9))


def run(number: int, first: int, last: int, status: str, retry_of: int | None = None) -> dict:
    """A run of days of January as Dagster's GraphQL gives it."""
    tags = {"dagster/asset_partition_range_start": f"2024-01-0{first}"}
    tags |= {"dagster/asset_partition_range_end": f"2024-01-0{last}"}
    if retry_of is not None:
        tags |= {"dagster/root_run_id": f"{retry_of}", "dagster/parent_run_id": f"{retry_of}"}
    return {"runId": f"{number}", "status": status, "tags": tags}


@pytest.mark.parametrize(
    ("runs", "left"),
    [
        ([run(1, 1, 9, "SUCCESS")], []),
        ([run(1, 1, 5, "SUCCESS"), run(2, 6, 9, "FAILURE")], [6, 7, 8, 9]),
        ([run(1, 1, 9, "FAILURE"), run(2, 1, 9, "SUCCESS", retry_of=1)], []),
        ([run(1, 1, 9, "FAILURE"), run(2, 1, 9, "FAILURE", retry_of=1)], list(range(1, 10))),
        ([run(1, 1, 9, "SUCCESS"), run(2, 3, 4, "FAILURE")], [3, 4]),
        ([run(1, 1, 3, "SUCCESS"), run(2, 4, 6, "CANCELED")], [4, 5, 6, 7, 8, 9]),
        ([], list(range(1, 10))),
    ],
    ids=[
        "all is well",
        "a run failed",
        "a retry mended it",
        "a retry did not",
        "of two tables one failed",
        "canceled",
        "nothing ran",
    ],
)
def test_days_to_run_again_are_those_no_run_was_good_for_or_one_failed_on(runs, left):
    assert [day.day for day in backfills.days_to_retry(DAYS, runs)] == left


def test_a_backfill_that_failed_names_a_list_that_backfill_reads(tmp_path, monkeypatch):
    current = settings.load(local_environment(tmp_path))
    progress = Progress("COMPLETED_FAILED", 9, 5, 4, None)
    monkeypatch.setattr(DagsterApi, "launch_backfill", lambda *_: "abc")
    monkeypatch.setattr(DagsterApi, "progress", lambda *_: progress)
    monkeypatch.setattr(DagsterApi, "runs_of_backfill", lambda *_: [run(1, 1, 5, "SUCCESS"), run(2, 6, 9, "FAILURE")])
    with pytest.raises(backfills.BackfillFailed) as failed:
        backfills.run(current, DAYS, QUIET, [("nba_raw", "nbac_schedule")])
    listed = tmp_path / "backfills" / "abc.json"
    assert "4 of 9 partitions failed" in str(failed.value)
    assert str(failed.value).endswith(
        f"4 of 9 days are to be run again: nba-pipeline backfill --from-file {listed} --assets nbac_schedule"
    )
    assert backfill_days.from_file(listed) == DAYS[5:]
