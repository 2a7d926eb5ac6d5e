"""Tables seen from inside: streamed rows, expiration, partitions, and options that are refused."""

import subprocess
import sys
import time

import pytest

from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.clock import Clock
from nba_pipeline.local.bigquery.engine import Engine
from nba_pipeline.local.bigquery.errors import ApiError
from nba_pipeline.local.bigquery.limits import Rules
from nba_pipeline_tests.local_bigquery.conftest import Local
from nba_pipeline_tests.support.local_bigquery import free_port, running_local_bigquery

TABLE = TableId("p", "d", "t")


@pytest.fixture
def table(local):
    local.job("CREATE OR REPLACE TABLE d.t (id INT64)")
    return TABLE


def stream(local, table: TableId, *ids: int) -> None:
    assert local.engine.buffers.insert(table, {"rows": [{"json": {"id": number}} for number in ids]}) == []


def test_streamed_rows_go_with_their_table(local, table):
    stream(local, table, 1)
    local.job("DROP TABLE d.t")
    local.job("CREATE TABLE d.t (id INT64)")
    assert local.rows("SELECT * FROM d.t") == []
    assert local.engine.buffers.resource(table) is None


def test_streamed_rows_get_the_columns_that_are_added_later(local, table):
    stream(local, table, 1)
    local.job("ALTER TABLE d.t ADD COLUMN name STRING")
    local.job("INSERT d.t (id, name) VALUES (2, 'b')")
    assert local.rows("SELECT * FROM d.t ORDER BY id") == [(1, None), (2, "b")]


def test_streamed_rows_are_closed_to_a_statement_that_names_the_table_otherwise(local, table):
    stream(local, table, 1)
    local.job("INSERT d.t (id) VALUES (2)")
    with pytest.raises(ApiError, match="streaming buffer"):
        local.job("DELETE FROM d.t AS x WHERE x.id = 1")
    local.job("DELETE FROM d.t AS x WHERE x.id = 2")


def test_streamed_rows_count_as_unpartitioned(local, table):
    stream(local, table, 1, 2)
    query = "SELECT total_rows FROM d.INFORMATION_SCHEMA.PARTITIONS WHERE partition_id = '__UNPARTITIONED__'"
    assert local.rows(query) == [(2,)]


def test_streamed_rows_open_to_dml_when_their_time_is_up_and_survive_a_restart(tmp_path):
    engine = Engine(tmp_path, None, Rules(), Clock())
    local = Local(engine)
    local.job("CREATE TABLE d.t (id INT64)")
    stream(local, TABLE, 1)
    engine.close()
    engine = Engine(tmp_path, None, Rules(without=frozenset({"streaming-buffer"})), Clock())
    assert engine.catalog.streamed == {TABLE}
    assert engine.buffers.resource(TABLE) is None
    with engine.database.transaction() as transaction:
        assert transaction.execute(f"SELECT id FROM {TABLE.sql}") == [(1,)]
    engine.close()


def test_one_bad_streamed_row_stops_the_others_unless_it_is_skipped(local, table):
    rows = [{"json": {"id": 1}}, {"json": {"id": "one"}}]
    errors = local.engine.buffers.insert(table, {"rows": rows})
    assert [entry["errors"][0]["reason"] for entry in errors] == ["stopped", "invalid"]
    errors = local.engine.buffers.insert(table, {"rows": rows, "skipInvalidRows": True})
    assert [entry["index"] for entry in errors] == [1]
    assert local.rows("SELECT id FROM d.t") == [(1,)]


def test_the_rows_of_an_expired_table_are_dropped(local):
    table = TableId("p", "d", "short")
    with local.engine.database.transaction() as transaction:
        schema = {"fields": [{"name": "a", "type": "INT64"}]}
        expires = str(int(time.time() * 1000))
        local.engine.catalog.create(transaction, table, {"schema": schema, "expirationTime": expires})
    assert not local.engine.catalog.has(table)
    local.engine.catalog.sweep()
    with local.engine.database.transaction() as transaction:
        assert transaction.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'short'") == []


def test_rows_outside_the_ranges_and_nulls_have_partitions_of_their_own(local):
    table = TableId("p", "d", "ranges")
    with local.engine.database.transaction() as transaction:
        ranges = {"field": "y", "range": {"start": "2000", "end": "2100", "interval": "10"}}
        schema = {"fields": [{"name": "y", "type": "INT64"}]}
        local.engine.catalog.create(transaction, table, {"schema": schema, "rangePartitioning": ranges})
    local.job("INSERT d.ranges (y) VALUES (1999), (2005), (2009), (2010), (NULL), (2100)")
    query = (
        "SELECT partition_id, total_rows FROM d.INFORMATION_SCHEMA.PARTITIONS WHERE table_name = 'ranges' ORDER BY 1"
    )
    assert local.rows(query) == [("2000", 2), ("2010", 1), ("__NULL__", 1), ("__UNPARTITIONED__", 2)]


@pytest.mark.parametrize(
    "resource",
    [
        {"view": {"query": "SELECT 1"}},
        {"timePartitioning": {"type": "DAY", "field": "day", "expirationMs": "1000"}},
        {"timePartitioning": {"type": "HOUR", "field": "day"}},
        {"timePartitioning": {"type": "DAY"}},
        {"encryptionConfiguration": {"kmsKeyName": "k"}},
    ],
)
def test_a_table_option_that_is_not_covered_is_refused(local, resource):
    described = {"schema": {"fields": [{"name": "day", "type": "DATE"}]}, **resource}
    with local.engine.database.transaction() as transaction, pytest.raises(ApiError, match="does not cover"):
        local.engine.catalog.create(transaction, TableId("p", "d", "refused"), described)


def test_a_load_that_would_remove_the_partition_column_is_refused(local):
    local.job("CREATE TABLE d.cut (day DATE, a INT64) PARTITION BY day")
    destination = {"projectId": "p", "datasetId": "d", "tableId": "cut"}
    with pytest.raises(ApiError, match="partitioning cannot be found"):
        local.job("SELECT 1 AS a", destinationTable=destination, writeDisposition="WRITE_TRUNCATE")


def test_a_folder_in_use_is_one_clear_line(tmp_path):
    with running_local_bigquery(tmp_path):
        command = [sys.executable, "-m", "nba_pipeline.local.bigquery", "--data", str(tmp_path)]
        ports = ["--port", str(free_port()), "--read-port", str(free_port())]
        done = subprocess.run([*command, *ports], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 4
    assert f"another server uses {tmp_path}" in done.stderr
    assert "Traceback" not in done.stderr


def test_streamed_rows_open_to_dml_the_sooner_the_faster_time_passes(tmp_path):
    engine = Engine(tmp_path, None, Rules(streaming_buffer_seconds=300), Clock(1_000))
    local = Local(engine)
    local.job("CREATE TABLE d.t (id INT64)")
    stream(local, TABLE, 1)
    deadline = time.monotonic() + 20
    while engine.buffers.resource(TABLE) is not None:
        assert time.monotonic() < deadline
    local.job("DELETE FROM d.t WHERE id = 1")
    engine.close()
