"""The IO manager in a run: what a run says of its write, what it refuses, and what it tries again."""

import pytest
import requests

from nba_pipeline import catalog
from nba_pipeline.defs import table_asset
from nba_pipeline.defs.io_manager import FORCE_TAG
from nba_pipeline.frames import DayRows
from nba_pipeline_tests.support import toy_runs
from nba_pipeline_tests.support.toy import DAYS
from nba_pipeline_tests.support.toy_runs import APPENDED, REPLACED, TOYS_A_DAY, UPSERTED, toys_of


@pytest.fixture
def run(server, project, tmp_path, monkeypatch):
    """Materialises rows in a project of the test's own."""
    monkeypatch.setattr(catalog, "tables", catalog.tables)
    monkeypatch.setattr(table_asset, "_PHASES", dict(table_asset._PHASES))
    bigquery = {"project": project, **server.addresses}
    return lambda table, rows, **tags: toy_runs.materialise(bigquery, tmp_path, table, rows, tags)


def metadata(result, day: int = 0) -> dict[str, object]:
    event = result.get_asset_materialization_events()[day]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def failure(result) -> str:
    [event] = result.filter_events(lambda event: event.is_step_failure)
    return event.step_failure_data.error.to_string()


def test_a_run_says_what_its_write_did(run):
    run(UPSERTED, DayRows(toys_of(1, DAYS), DAYS))
    found = metadata(run(UPSERTED, DayRows(toys_of(2, DAYS[:2]), DAYS)))
    expected = {"rows_written": 100, "rows_updated": 100, "rows_inserted": 0, "dml_statements": 1, "days_written": 3}
    assert {name: found[name] for name in expected} == expected
    assert found["dagster/row_count"] == 3 * TOYS_A_DAY
    assert len(found["bigquery_jobs"]) == 2
    assert found["reruns"] == []


def test_a_single_day_is_replaced_without_dml(run):
    found = metadata(run(REPLACED, DayRows(toys_of(1, DAYS[:1]), DAYS[:1])))
    assert (found["dml_statements"], found["dagster/partition_row_count"]) == (0, TOYS_A_DAY)


def test_each_day_says_how_many_rows_it_has_and_the_last_one_links_to_the_jobs(run, server):
    few = toys_of(1, DAYS).iloc[: TOYS_A_DAY + 3]
    result = run(REPLACED, DayRows(few, DAYS))
    days = [metadata(result, day) for day in range(len(DAYS))]
    assert [found["dagster/partition_row_count"] for found in days] == [TOYS_A_DAY, 3, 0]
    assert ["links_to_jobs" in found for found in days] == [False, False, True]
    links = days[-1]["links_to_jobs"].split("](")[1:]
    jobs = [requests.get(link.split(")")[0], timeout=10).json() for link in links]
    assert [job["jobReference"]["jobId"] for job in jobs] == days[-1]["bigquery_jobs"]
    assert {job["status"]["state"] for job in jobs} == {"DONE"}


def test_what_an_append_had_taken_before_is_counted(run):
    rows = DayRows(toys_of(1, DAYS), DAYS)
    run(APPENDED, rows)
    found = metadata(run(APPENDED, rows))
    assert (found["rows_written"], found["rows_taken_before"]) == (0, 3 * TOYS_A_DAY)


def test_a_run_that_would_lose_rows_fails_with_the_list_and_passes_with_force(run):
    run(REPLACED, DayRows(toys_of(1, DAYS), DAYS))
    fewer = DayRows(toys_of(2, DAYS[:2]), DAYS)
    refused = run(REPLACED, fewer)
    assert not refused.success
    assert "2024-01-03: 50 rows, 0 after the write" in failure(refused)
    assert run(REPLACED, fewer, **{FORCE_TAG: "true"}).success


def test_a_column_that_is_not_declared_fails_the_run_and_is_named(run):
    refused = run(REPLACED, DayRows(toys_of(1, DAYS).assign(unknown=1), DAYS))
    assert "toys.replaced: unknown not declared; add to the Table or drop from the frame" in failure(refused)


def reruns_of(result) -> int:
    return len(result.filter_events(lambda event: event.is_step_restarted))


def test_what_reruns_of_a_job_do_not_heal_a_step_that_is_run_again_does(run, server):
    server.faults.add("backend-error", count=8)  # one more than a job is run again for this cause
    result = run(REPLACED, DayRows(toys_of(1, DAYS[:1]), DAYS[:1]))
    assert result.success
    assert reruns_of(result) == 1
    assert metadata(result)["reruns"] == ["Transient"]


def test_what_stays_is_not_tried_again(run, server, monkeypatch):
    monkeypatch.setattr("nba_pipeline.bigquery.writer._MAXIMUM_BYTES_BILLED", 1)
    run(REPLACED, DayRows(toys_of(1, DAYS), DAYS))
    result = run(REPLACED, DayRows(toys_of(2, DAYS), DAYS))
    assert reruns_of(result) == 0
    assert "ended in bytesBilledLimitExceeded: Query exceeded limit for bytes billed" in failure(result)
