"""What a failure says: HTTP code, BigQuery's reason, and its words with the names in them."""

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from nba_pipeline_tests.contract.conftest import toy


def refusal(error: type[exceptions.GoogleAPICallError], call, *arguments: object, **settings: object) -> tuple:
    """Code, reason and words of the error that the call raises."""
    with pytest.raises(error) as caught:
        call(*arguments, **settings)
    return caught.value.code, caught.value.errors[0]["reason"], caught.value.errors[0]["message"]


def legacy_name(table: bigquery.Table) -> str:
    """A table as BigQuery's errors write it."""
    return f"{table.project}:{table.dataset_id}.{table.table_id}"


def test_a_missing_table_is_a_404_not_found_with_its_name(target):
    missing = bigquery.Table(target.name("nothing"))
    code, reason, words = refusal(exceptions.NotFound, target.client.get_table, missing)
    assert (code, reason) == (404, "notFound")
    assert f"Not found: Table {legacy_name(missing)}" in words


def test_a_missing_dataset_is_a_404_not_found_with_its_name(target):
    code, reason, words = refusal(exceptions.NotFound, target.client.get_dataset, "no_such_dataset")
    assert (code, reason) == (404, "notFound")
    assert f"Not found: Dataset {target.client.project}:no_such_dataset" in words


def test_a_table_created_twice_is_a_409_duplicate_with_its_name(target):
    table = target.new_table()
    code, reason, words = refusal(exceptions.Conflict, target.client.create_table, bigquery.Table(table.reference))
    assert (code, reason) == (409, "duplicate")
    assert f"Already Exists: Table {legacy_name(table)}" in words


def test_a_query_without_the_required_filter_names_table_and_column(target):
    table = target.new_table(require_partition_filter=True)
    code, reason, words = refusal(exceptions.BadRequest, target.query, f"SELECT id FROM `{table}`")
    assert (code, reason) == (400, "invalidQuery")
    assert "Cannot query over table" in words
    assert "without a filter over column(s) 'day'" in words
    assert "that can be used for partition elimination" in words


def test_rows_of_another_day_are_an_invalid_load(target):
    table = target.new_table()
    rows = toy(("2024-01-02", 1, "a", 0.5))
    code, reason, words = refusal(exceptions.BadRequest, target.load, table, rows, "$20240101")
    assert (code, reason) == (400, "invalid")
    assert "Some rows belong to different partitions rather than destination partition 20240101" in words


def test_a_cost_ceiling_that_would_be_passed_has_a_reason_of_its_own(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    error = exceptions.GoogleAPICallError
    _, reason, _ = refusal(error, target.query, f"SELECT id FROM `{table}`", maximum_bytes_billed=1)
    assert reason == "bytesBilledLimitExceeded"


def test_a_failed_job_keeps_its_error(target):
    table = target.new_table()
    job = target.begin_load(table, toy(("2024-01-02", 1, "a", 0.5)), "$20240101")
    with pytest.raises(exceptions.BadRequest):
        target.wait(job)
    kept = target.client.get_job(job.job_id)
    assert (kept.state, kept.error_result, kept.errors) == ("DONE", job.error_result, job.errors)
    assert kept.error_result["reason"] == "invalid"
