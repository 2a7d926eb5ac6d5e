"""Load jobs: by name, by disposition, by partition, whole or not at all."""

import datetime as dt
import gzip
import io
import json
import threading

import pyarrow as pa
import pytest
from google.api_core import exceptions
from google.cloud import bigquery

from nba_pipeline_tests.contract.conftest import toy
from nba_pipeline_tests.support.local_bucket import opened_bucket

DAY1, DAY2 = dt.date(2024, 1, 1), dt.date(2024, 1, 2)


def test_parquet_columns_are_matched_by_name(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)).select(["score", "name", "id", "day"]))
    assert target.rows(table) == [(DAY1, 1, "a", 0.5)]


def test_a_missing_nullable_column_is_null(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)).select(["day", "id"]))
    assert target.rows(table) == [(DAY1, 1, None, None)]


def test_a_missing_required_column_is_refused(target):
    table = target.new_table()
    with pytest.raises(exceptions.BadRequest, match="(?i)id"):
        target.load(table, toy(("2024-01-01", 1, "a", 0.5)).select(["day", "name"]))
    assert target.rows(table) == []


def test_a_null_in_a_required_column_is_refused(target):
    table = target.new_table()
    with pytest.raises(exceptions.BadRequest, match="(?i)id"):
        target.load(table, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-01", None, "b", 0.5)))
    assert target.rows(table) == []


def test_a_value_of_another_type_is_refused(target):
    table = target.new_table()
    rows = toy(("2024-01-01", 1, "a", 0.5))
    with pytest.raises(exceptions.BadRequest, match="type"):
        target.load(table, rows.set_column(3, "score", pa.array(["much"])))
    assert target.rows(table) == []


def test_a_load_appends_by_default(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    target.load(table, toy(("2024-01-01", 2, "b", 0.5)))
    assert [row[1] for row in target.rows(table)] == [1, 2]


def test_write_truncate_without_a_decorator_empties_the_whole_table(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-02", 2, "b", 0.5)))
    target.load(table, toy(("2024-01-03", 3, "c", 0.5)), write_disposition="WRITE_TRUNCATE")
    assert [row[1] for row in target.rows(table)] == [3]


def test_write_empty_is_refused_where_rows_are(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    with pytest.raises(exceptions.Conflict, match="Already Exists"):
        target.load(table, toy(("2024-01-01", 2, "b", 0.5)), write_disposition="WRITE_EMPTY")
    assert [row[1] for row in target.rows(table)] == [1]


def test_a_partition_is_replaced_and_no_other(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-02", 2, "b", 0.5)))
    target.load(table, toy(("2024-01-01", 7, "z", 1.5)), "$20240101", write_disposition="WRITE_TRUNCATE")
    assert target.rows(table) == [(DAY1, 7, "z", 1.5), (DAY2, 2, "b", 0.5)]


def test_a_partition_can_be_replaced_by_nothing(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5), ("2024-01-02", 2, "b", 0.5)))
    target.load(table, toy(), "$20240101", write_disposition="WRITE_TRUNCATE")
    assert [row[1] for row in target.rows(table)] == [2]


def test_rows_of_another_day_are_refused_and_nothing_changes(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    rows = toy(("2024-01-01", 7, "z", 1.5), ("2024-01-02", 8, "y", 1.5))
    with pytest.raises(exceptions.BadRequest, match="partition"):
        target.load(table, rows, "$20240101", write_disposition="WRITE_TRUNCATE")
    assert target.rows(table) == [(DAY1, 1, "a", 0.5)]


def test_a_range_partition_is_replaced_and_no_other(target):
    ranges = bigquery.RangePartitioning(bigquery.PartitionRange(start=2000, end=2100, interval=1), field="id")
    table = target.new_table(partitioned=False, range_partitioning=ranges)
    target.load(table, toy(("2024-01-01", 2023, "a", 0.5), ("2024-01-01", 2024, "b", 0.5)))
    target.load(table, toy(("2024-01-01", 2023, "z", 0.5)), "$2023", write_disposition="WRITE_TRUNCATE")
    assert [row[1:3] for row in target.rows(table)] == [(2023, "z"), (2024, "b")]


def test_a_new_column_needs_field_addition(target):
    table = target.new_table()
    rows = toy(("2024-01-01", 1, "a", 0.5)).append_column("extra", pa.array(["x"]))
    with pytest.raises(exceptions.BadRequest):
        target.load(table, rows)
    target.load(table, rows, schema_update_options=["ALLOW_FIELD_ADDITION"])
    assert target.rows(table) == [(DAY1, 1, "a", 0.5, "x")]


def test_create_never_is_refused_where_no_table_is(target):
    with pytest.raises(exceptions.NotFound, match="Not found: Table"):
        target.load(target.name("none"), toy(("2024-01-01", 1, "a", 0.5)), create_disposition="CREATE_NEVER")


def test_a_load_creates_its_table_as_it_is_told(target):
    name = target.name("created_by_load")
    config = {
        "schema": [bigquery.SchemaField("day", "DATE"), bigquery.SchemaField("id", "INT64")],
        "time_partitioning": bigquery.TimePartitioning(field="day"),
        "clustering_fields": ["id"],
    }
    target.load(name, toy(("2024-01-01", 1, "a", 0.5)).select(["day", "id"]), **config)
    found = target.client.get_table(name)
    assert (found.time_partitioning.field, found.clustering_fields, found.num_rows) == ("day", ["id"], 1)


def test_a_load_says_how_many_rows_it_wrote(target):
    table = target.new_table()
    job = target.load(table, toy(*[("2024-01-01", n, "a", 0.5) for n in range(10)]))
    assert (job.output_rows, job.input_files, job.state, job.error_result) == (10, 1, "DONE", None)


def test_newline_delimited_json_is_loaded_gzipped_or_not(target):
    table = target.new_table()
    line = json.dumps({"day": "2024-01-01", "id": "1", "name": "é", "score": 0.5}).encode()
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")
    for content in (line, gzip.compress(line.replace(b'"1"', b"2"))):
        target.wait(target.client.load_table_from_file(io.BytesIO(content), table, job_config=config))
    assert target.rows(table) == [(DAY1, 1, "é", 0.5), (DAY1, 2, "é", 0.5)]


def test_one_bad_json_line_fails_the_whole_load(target):
    table = target.new_table()
    lines = b'{"day": "2024-01-01", "id": 1}\n{"day": "2024-01-01", "id": "one"}\n'
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")
    with pytest.raises(exceptions.BadRequest):
        target.wait(target.client.load_table_from_file(io.BytesIO(lines), table, job_config=config))
    assert target.rows(table) == []


def test_objects_of_a_bucket_are_loaded_by_wildcard(target):
    if target.bucket_url is None:
        pytest.skip("needs a bucket in the Google project")
    with opened_bucket(target.bucket_url, "contract-files") as bucket:
        for number in range(3):
            bucket.write(f"part/{number}.json", json.dumps({"day": "2024-01-01", "id": number}).encode())
        bucket.write("other.json", b'{"day": "2024-01-01", "id": 99}')
    table = target.new_table()
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")
    target.wait(target.client.load_table_from_uri("gs://contract-files/part/*.json", table, job_config=config))
    assert [row[1] for row in target.rows(table)] == [0, 1, 2]


def test_a_large_load_is_uploaded_in_a_resumable_way(target):
    table = target.new_table()
    count = 300_000
    rows = pa.table(
        {
            "day": pa.array([DAY1] * count, pa.date32()),
            "id": pa.array(range(count), pa.int64()),
            "name": pa.array([f"{n * 2_654_435_761 % 2**32:032b}" for n in range(count)]),
            "score": pa.array([n / 7 for n in range(count)], pa.float64()),
        }
    )
    target.load(table, rows)
    [(loaded, total)] = target.query(f"SELECT COUNT(*), SUM(id) FROM `{table}` WHERE day = '2024-01-01'")
    assert (loaded, total) == (count, count * (count - 1) // 2)


def test_no_reader_sees_a_partition_empty_or_half_while_it_is_replaced(target):
    table = target.new_table()
    target.load(table, toy(*[("2024-01-01", n, "0", 0.5) for n in range(100)]))
    stop, seen = threading.Event(), set()

    def look() -> None:
        while not stop.is_set():
            sql = f"SELECT COUNT(*), COUNT(DISTINCT name) FROM `{table}` WHERE day = '2024-01-01'"
            seen.update(target.query(sql))

    watcher = threading.Thread(target=look)
    watcher.start()
    for generation in range(5):
        rows = toy(*[("2024-01-01", n, str(generation), 0.5) for n in range(100)])
        target.load(table, rows, "$20240101", write_disposition="WRITE_TRUNCATE")
    stop.set()
    watcher.join()
    assert seen == {(100, 1)}


def test_a_load_tolerates_as_many_bad_lines_as_it_is_told(target):
    table = target.new_table()
    lines = b'{"day": "2024-01-01", "id": 1}\n{"day": "2024-01-01", "id": "one"}\n{"day": "2024-01-01", "id": 3}\n'
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", max_bad_records=1)
    job = target.wait(target.client.load_table_from_file(io.BytesIO(lines), table, job_config=config))
    assert [row[1] for row in target.rows(table)] == [1, 3]
    assert job.output_rows == 2


def test_unknown_json_values_are_refused_unless_ignored(target):
    table = target.new_table()
    line = b'{"day": "2024-01-01", "id": 1, "nothing": true}\n'
    config = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")
    refused = target.client.load_table_from_file(io.BytesIO(line), table, job_config=config)
    with pytest.raises(exceptions.BadRequest):
        target.wait(refused)
    assert "nothing" in " ".join(error["message"] for error in refused.errors)
    config.ignore_unknown_values = True
    target.wait(target.client.load_table_from_file(io.BytesIO(line), table, job_config=config))
    assert target.rows(table) == [(DAY1, 1, None, None)]
