"""Jobs: ids, states, labels, listings, copies, and INFORMATION_SCHEMA."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from nba_pipeline_tests.contract.conftest import toy


def new_id() -> str:
    return f"contract-{uuid.uuid4().hex}"


def test_a_load_with_a_reused_id_is_refused_as_duplicate_and_writes_nothing(target):
    table, job_id = target.new_table(), new_id()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)), job_id=job_id)
    with pytest.raises(exceptions.Conflict, match="Already Exists: Job") as caught:
        target.load(table, toy(("2024-01-01", 2, "b", 0.5)), job_id=job_id)
    assert caught.value.errors[0]["reason"] == "duplicate"
    assert [row[1] for row in target.rows(table)] == [1]


def test_whoever_meets_the_duplicate_can_attach_to_the_job(target):
    table, job_id = target.new_table(), new_id()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)), job_id=job_id)
    attached = target.client.get_job(job_id)
    assert target.wait(attached).output_rows == 1


def test_a_query_with_a_reused_id_is_refused_as_duplicate(target):
    job_id = new_id()
    target.client.query("SELECT 1", job_id=job_id, job_retry=None).result()
    with pytest.raises(exceptions.Conflict, match="Already Exists: Job"):
        target.client.query("SELECT 1", job_id=job_id, job_retry=None)


def test_the_id_of_a_failed_job_stays_used(target):
    table, job_id = target.new_table(), new_id()
    with pytest.raises(exceptions.BadRequest):
        target.load(table, toy(("2024-01-01", None, "a", 0.5)), job_id=job_id)
    with pytest.raises(exceptions.Conflict):
        target.load(table, toy(("2024-01-01", 1, "a", 0.5)), job_id=job_id)


def test_an_id_with_odd_letters_is_refused(target):
    with pytest.raises(exceptions.BadRequest, match="(?i)invalid job ?id"):
        target.client.query("SELECT 1", job_id="no/slash", job_retry=None)


def test_a_job_that_does_not_exist_is_not_found(target):
    with pytest.raises(exceptions.NotFound, match="Not found: Job"):
        target.client.get_job("no-such-job")


def test_a_load_is_accepted_first_and_done_later(target):
    table = target.new_table()
    job = target.begin_load(table, toy(("2024-01-01", 1, "a", 0.5)))
    assert job.state in ("PENDING", "RUNNING")
    target.wait(job)
    assert job.state == "DONE"
    assert job.created <= job.started <= job.ended


def test_a_load_that_fails_was_accepted_first(target):
    table = target.new_table()
    job = target.begin_load(table, toy(("2024-01-01", None, "a", 0.5)))
    with pytest.raises(exceptions.BadRequest):
        target.wait(job)
    assert (job.state, job.error_result["reason"]) == ("DONE", "invalid")


def test_labels_come_back_and_find_the_job(target):
    table, run = target.new_table(), uuid.uuid4().hex
    job = target.load(table, toy(("2024-01-01", 1, "a", 0.5)), labels={"run": run})
    assert target.client.get_job(job.job_id).labels == {"run": run}
    listed = [found.job_id for found in target.client.list_jobs(max_results=100) if found.labels.get("run") == run]
    assert listed == [job.job_id]


def test_jobs_are_listed_by_state_and_time(target):
    start = dt.datetime.now(dt.UTC)
    job = target.client.query("SELECT 1")
    job.result()
    found = target.client.list_jobs(state_filter="done", min_creation_time=start - dt.timedelta(seconds=5))
    assert job.job_id in [item.job_id for item in found]
    later = target.client.list_jobs(min_creation_time=dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5))
    assert list(later) == []


def test_a_finished_job_can_be_cancelled_without_effect(target):
    job = target.client.query("SELECT 1")
    job.result()
    job.cancel()
    assert target.client.get_job(job.job_id).error_result is None


def test_a_copy_copies_rows_schema_and_partitioning(target):
    table, name = target.new_table(), target.name(f"copy_{uuid.uuid4().hex[:8]}")
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    target.wait(target.client.copy_table(table, name))
    assert target.rows(name) == target.rows(table)
    assert target.client.get_table(name).time_partitioning.field == "day"


def test_a_copy_is_refused_where_rows_are_unless_told(target):
    first, second = target.new_table(), target.new_table()
    target.load(first, toy(("2024-01-01", 1, "a", 0.5)))
    target.load(second, toy(("2024-01-01", 2, "b", 0.5)))
    with pytest.raises(exceptions.Conflict, match="Already Exists"):
        target.wait(target.client.copy_table(first, second))
    for disposition, expected in (("WRITE_APPEND", [1, 2]), ("WRITE_TRUNCATE", [1])):
        config = bigquery.CopyJobConfig(write_disposition=disposition)
        target.wait(target.client.copy_table(first, second, job_config=config))
        assert [row[1] for row in target.rows(second)] == expected


def test_a_copy_of_a_partition_replaces_that_partition(target):
    first, second = target.new_table(), target.new_table()
    target.load(first, toy(("2024-01-01", 7, "x", 0.5), ("2024-01-02", 8, "y", 0.5)))
    target.load(second, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-02", 2, "b", 0.5)))
    config = bigquery.CopyJobConfig(write_disposition="WRITE_TRUNCATE")
    target.wait(target.client.copy_table(f"{first}$20240101", f"{second}$20240101", job_config=config))
    assert [row[1] for row in target.rows(second)] == [7, 2]


def test_several_tables_are_copied_into_one(target):
    first, second = target.new_table(), target.new_table()
    target.load(first, toy(("2024-01-01", 1, "a", 0.5)))
    target.load(second, toy(("2024-01-02", 2, "b", 0.5)))
    name = target.name(f"both_{uuid.uuid4().hex[:8]}")
    target.wait(target.client.copy_table([first, second], name))
    assert [row[1] for row in target.rows(name)] == [1, 2]


def test_partitions_are_listed_with_their_rows(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-01", 2, "b", 0.5), ("2024-01-02", 3, "c", 0.5)))
    sql = f"""
        SELECT partition_id, total_rows FROM `{target.dataset}`.INFORMATION_SCHEMA.PARTITIONS
        WHERE table_name = @name ORDER BY partition_id
    """
    name = bigquery.ScalarQueryParameter("name", "STRING", table.table_id)
    assert target.query(sql, name) == [("20240101", 2), ("20240102", 1)]


def test_columns_are_listed_with_their_types(target):
    table = target.new_table()
    sql = f"""
        SELECT column_name, data_type, is_nullable, is_partitioning_column
        FROM `{target.dataset}`.INFORMATION_SCHEMA.COLUMNS WHERE table_name = '{table.table_id}'
        ORDER BY ordinal_position
    """
    assert target.query(sql)[:2] == [("day", "DATE", "NO", "YES"), ("id", "INT64", "NO", "NO")]


def test_jobs_are_listed_with_what_they_did(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-01", 2, "b", 0.5)))
    job = target.dml(f"DELETE FROM `{table}` WHERE day = '2024-01-01' AND id = 1")
    sql = f"""
        SELECT state, job_type, statement_type, destination_table.table_id, dml_statistics.deleted_row_count
        FROM `region-us`.INFORMATION_SCHEMA.JOBS WHERE job_id = '{job.job_id}'
    """
    assert target.query(sql) == [("DONE", "QUERY", "DELETE", table.table_id, 1)]


def test_of_two_loads_with_one_id_at_once_exactly_one_writes(target):
    table, job_id = target.new_table(), new_id()
    rows = toy(("2024-01-01", 1, "a", 0.5))

    def attempt(_: int) -> bool:
        try:
            target.begin_load(table, rows, job_id=job_id)
        except exceptions.Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        accepted = list(pool.map(attempt, range(4)))
    target.wait(target.client.get_job(job_id))
    assert sum(accepted) == 1
    assert [row[1] for row in target.rows(table)] == [1]


def test_rows_without_a_day_are_listed_as_the_null_partition(target):
    table = target.new_table(schema=[bigquery.SchemaField("day", "DATE"), bigquery.SchemaField("id", "INT64")])
    target.dml(f"INSERT INTO `{table}` (day, id) VALUES (NULL, 1), ('2024-01-01', 2)")
    sql = f"""
        SELECT partition_id, total_rows FROM `{target.dataset}`.INFORMATION_SCHEMA.PARTITIONS
        WHERE table_name = '{table.table_id}' ORDER BY partition_id
    """
    assert target.query(sql) == [("20240101", 1), ("__NULL__", 1)]


def test_labels_of_a_statement_come_back(target):
    job = target.client.query("SELECT 1", job_config=bigquery.QueryJobConfig(labels={"asset": "toy"}))
    job.result()
    assert target.client.get_job(job.job_id).labels == {"asset": "toy"}
