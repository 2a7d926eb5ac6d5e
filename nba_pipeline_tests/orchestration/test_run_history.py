"""What the history says of runs."""

import datetime as dt
from dataclasses import replace

import pytest

from nba_pipeline.orchestration import run_history
from nba_pipeline_tests.support.finished import NOON, run, step


def rows(*runs):
    return run_history.rows(runs).set_index("table_name")


def test_a_table_that_was_written_has_the_figures_of_its_write():
    found = rows(run(step("bears"))).loc["toys.bears"]
    figures = ["rows_written", "bigquery_jobs", "dml_statements", "reruns", "seconds_waited"]
    assert found[figures].tolist() == [100, 2, 1, 2, 4.5]
    assert (found["status"], found["run_status"]) == ("succeeded", "succeeded")


def test_a_run_has_one_row_for_each_table_it_was_to_write():
    found = run_history.rows([run(step("bears"), step("cars")), run(step("bears"), run_id="run-2")])
    assert list(zip(found["run_id"], found["table_name"], strict=True)) == [
        ("run-1", "toys.bears"),
        ("run-1", "toys.cars"),
        ("run-2", "toys.bears"),
    ]


def test_a_run_that_was_to_write_nothing_has_no_row():
    assert run_history.rows([run(run_history.Step("a check", succeeded=True))]).empty


def test_a_step_that_never_ran_because_another_failed_is_skipped_and_says_because_of_which():
    failed = step("bears", succeeded=False, error="ValueError: boom")
    steps = (failed, step("cars", None, needs=("bears",)), step("boats", None, needs=("cars",)), step("dolls"))
    found = rows(run(*steps, status="failed", error="ValueError: boom"))
    assert found["status"].to_dict() == {
        "toys.bears": "failed",
        "toys.cars": "skipped",
        "toys.boats": "skipped",
        "toys.dolls": "succeeded",
    }
    assert found["error"].dropna().to_dict() == {
        "toys.bears": "ValueError: boom",
        "toys.cars": "not run, because toys.bears failed",
        "toys.boats": "not run, because toys.bears failed",
    }


def test_a_step_that_never_ran_because_the_run_broke_failed_with_the_run_s_error():
    found = rows(run(step("bears", None), status="failed", error="no such resource")).loc["toys.bears"]
    assert (found["status"], found["error"]) == ("failed", "no such resource")


@pytest.mark.parametrize("status", ["died", "canceled"])
def test_what_a_killed_or_canceled_run_did_not_finish_shares_its_end(status):
    found = rows(run(step("bears"), step("cars", None), step("boats", None, needs=("cars",)), status=status))
    assert found["status"].tolist() == ["succeeded", status, status]
    assert found["run_status"].unique().tolist() == [status]


def test_the_date_is_the_eastern_day_on_which_the_run_ended():
    late = replace(run(step("bears")), ended_at=dt.datetime(2024, 1, 16, 4, 59, tzinfo=dt.UTC))
    assert rows(late)["run_date"].dt.date.tolist() == [dt.date(2024, 1, 15)]


@pytest.mark.parametrize(
    ("tags", "partitions"),
    [
        ({}, (None, None, None)),
        ({"partition": "2024-01-01"}, ("2024-01-01", "2024-01-01", 1)),
        (
            {"asset_partition_range_start": "2024-01-30", "asset_partition_range_end": "2024-02-02"},
            ("2024-01-30", "2024-02-02", 4),
        ),
        ({"asset_partition_range_start": "a", "asset_partition_range_end": "c"}, ("a", "c", None)),
    ],
)
def test_partitions_are_those_of_the_run(tags, partitions):
    assert run_history.partitions(run(**tags).tags) == partitions


@pytest.mark.parametrize(
    ("tags", "launched"),
    [
        ({}, ("manual", None)),
        ({"backfill": "abc", "parent_run_id": "r"}, ("backfill", "abc")),
        ({"parent_run_id": "r", "schedule_name": "nightly"}, ("retry", "r")),
        ({"schedule_name": "nightly"}, ("schedule", "nightly")),
        ({"sensor_name": "bucket"}, ("sensor", "bucket")),
    ],
)
def test_what_launched_a_run_is_named(tags, launched):
    assert run_history.launched_by(run(**tags).tags) == launched


@pytest.mark.parametrize(
    ("ended", "reason", "said_its_end", "could_not_start", "status"),
    [
        ("SUCCESS", None, True, False, "succeeded"),
        ("CANCELED", None, True, False, "canceled"),
        ("FAILURE", "STEP_FAILURE", True, False, "failed"),
        ("FAILURE", None, False, False, "died"),
        ("FAILURE", None, True, False, "failed"),
        ("FAILURE", None, False, True, "failed"),
        ("FAILURE", "UNEXPECTED_TERMINATION", True, False, "died"),
        ("FAILURE", "START_TIMEOUT", False, False, "died"),
    ],
)
def test_a_run_died_where_nobody_but_dagster_says_that_it_ended(ended, reason, said_its_end, could_not_start, status):
    assert run_history.run_status(ended, reason, said_its_end, could_not_start) == status


def test_an_error_is_one_line_without_the_module_it_comes_from():
    assert run_history.one_line("\n nba.errors.Conflict: job a.b-1 ended\nmore") == "Conflict: job a.b-1 ended"
    assert run_history.one_line("[DagsterApiServer] it was killed") == "it was killed"
    assert len(run_history.one_line("x" * 9999)) == 500


def test_a_table_whose_step_never_ended_ended_with_the_run():
    found = rows(run(step("bears", None), status="died")).loc["toys.bears"]
    assert found["ended_at"] == NOON
