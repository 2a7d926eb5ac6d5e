"""The Storage Read API and streaming inserts."""

import datetime as dt
import decimal
import uuid
import warnings

import pyarrow as pa
import pytest
from google.api_core import exceptions
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import types

from nba_pipeline_tests.contract.conftest import toy

EVERY_TYPE = [
    bigquery.SchemaField("s", "STRING"),
    bigquery.SchemaField("i", "INT64"),
    bigquery.SchemaField("f", "FLOAT64"),
    bigquery.SchemaField("b", "BOOL"),
    bigquery.SchemaField("d", "DATE"),
    bigquery.SchemaField("t", "TIMESTAMP"),
    bigquery.SchemaField("dt", "DATETIME"),
    bigquery.SchemaField("n", "NUMERIC"),
    bigquery.SchemaField("y", "BYTES"),
    bigquery.SchemaField("r", "INT64", "REPEATED"),
]


@pytest.fixture(scope="module")
def table(target):
    created = target.new_table(require_partition_filter=True)
    target.load(created, toy(*[(f"2024-01-{1 + n % 3:02d}", n, str(n), n / 2) for n in range(3_000)]))
    return created


def test_selected_columns_of_selected_days_are_read(target, table):
    rows = target.read(table, ["id"], "day BETWEEN '2024-01-01' AND '2024-01-02'")
    assert rows.column_names == ["id"]
    assert sorted(rows.column("id").to_pylist()) == [n for n in range(3_000) if n % 3 < 2]


def test_a_required_partition_filter_holds_for_reads(target, table):
    with pytest.raises(exceptions.InvalidArgument, match="without a filter over column"):
        target.read(table)


def test_a_read_of_days_without_rows_is_empty_and_typed(target, table):
    rows = target.read(table, ["id", "name"], "day = '2030-01-01'")
    assert (rows.num_rows, rows.schema.types) == (0, [pa.int64(), pa.string()])


def test_a_read_of_a_table_that_does_not_exist_is_not_found(target):
    missing = bigquery.Table(target.name("nothing"))
    with pytest.raises(exceptions.NotFound):
        target.read(missing)


def test_a_read_of_a_column_that_does_not_exist_is_refused(target, table):
    with pytest.raises(exceptions.InvalidArgument):
        target.read(table, ["nothing"], "day = '2024-01-01'")


def test_a_restriction_compares_numbers_and_texts(target, table):
    rows = target.read(table, ["id"], "day = '2024-01-01' AND id < 10 AND name != '3'")
    assert sorted(rows.column("id").to_pylist()) == [0, 6, 9]


def test_every_type_is_read_as_its_arrow_type(target):
    table = target.new_table(partitioned=False, schema=EVERY_TYPE)
    target.dml(
        f"INSERT INTO `{table}` VALUES ('x', 1, 0.5, TRUE, '2024-01-01', '2024-01-01 10:00:00+00', "
        "'2024-01-01 10:00:00', 1.25, b'\\x01', [1, 2])"
    )
    rows = target.read(table)
    assert rows.schema.types[:9] == [
        pa.string(),
        pa.int64(),
        pa.float64(),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us", "UTC"),
        pa.timestamp("us"),
        pa.decimal128(38, 9),
        pa.binary(),
    ]
    [row] = rows.to_pylist()
    assert row["t"] == dt.datetime(2024, 1, 1, 10, tzinfo=dt.UTC)
    assert (row["n"], row["y"], row["r"]) == (decimal.Decimal("1.25"), b"\x01", [1, 2])


def test_every_type_comes_back_over_rest(target):
    table = target.new_table(partitioned=False, schema=EVERY_TYPE)
    values = {
        "s": "x",
        "i": 2**60,
        "f": 0.1,
        "b": False,
        "d": dt.date(2024, 1, 1),
        "t": dt.datetime(2024, 1, 1, 10, 0, 0, 7, dt.UTC),
        "dt": dt.datetime(2024, 1, 1, 10),
        "n": decimal.Decimal("1.25"),
        "y": b"\x00\x01",
        "r": [1, 2],
    }
    assert target.client.insert_rows(table, [values]) == []
    [row] = target.client.list_rows(table)
    assert dict(row.items()) == values


def test_a_session_is_one_state_whatever_is_written_meanwhile(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-01", 1, "a", 0.5)))
    session = target.connection.reader.create_read_session(
        parent=f"projects/{target.client.project}",
        read_session={
            "table": f"projects/{table.project}/datasets/{table.dataset_id}/tables/{table.table_id}",
            "data_format": "ARROW",
        },
        max_stream_count=1,
    )
    target.load(table, toy(("2024-01-01", 2, "b", 0.5)), "$20240101", write_disposition="WRITE_TRUNCATE")
    parts = [p for stream in session.streams for p in target.connection.reader.read_rows(stream.name)]
    schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    [batch] = [pa.ipc.read_record_batch(p.arrow_record_batch.serialized_record_batch, schema) for p in parts]
    assert batch.column("id").to_pylist() == [1]


def test_a_query_result_is_read_as_a_frame(target, table):
    job = target.client.query(f"SELECT id, score FROM `{table}` WHERE day = '2024-01-01' ORDER BY id")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the client announces that it hands frames to another package
        frame = job.to_dataframe(bqstorage_client=target.connection.reader)
    assert frame["id"].tolist() == list(range(0, 3_000, 3))


def test_streamed_rows_are_readable_at_once(target):
    table = target.new_table()
    assert target.client.insert_rows_json(table, [{"day": "2024-01-01", "id": 1, "name": "a"}]) == []
    assert target.rows(table) == [(dt.date(2024, 1, 1), 1, "a", None)]


def test_a_streamed_row_that_does_not_fit_is_named_and_none_is_taken(target):
    table = target.new_table()
    rows = [{"day": "2024-01-01", "id": 1}, {"day": "2024-01-01", "id": 2, "nothing": 1}]
    errors = target.client.insert_rows_json(table, rows)
    assert 1 in [error["index"] for error in errors]
    assert target.rows(table) == []


def test_a_row_streamed_twice_under_one_id_is_there_once(target):
    table, row_id = target.new_table(), uuid.uuid4().hex
    for _ in range(2):
        target.client.insert_rows_json(table, [{"day": "2024-01-01", "id": 1}], row_ids=[row_id])
    assert len(target.rows(table)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM `{t}` WHERE day = '2024-01-01'",
        "UPDATE `{t}` SET name = 'x' WHERE day = '2024-01-01'",
        "MERGE `{t}` AS t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = 'x'",
    ],
)
def test_streamed_rows_are_closed_to_mutating_dml(target, sql):
    table = target.new_table()
    target.client.insert_rows_json(table, [{"day": "2024-01-01", "id": 1}])
    with pytest.raises(exceptions.BadRequest, match="would affect rows in the streaming buffer"):
        target.dml(sql.format(t=table))


def test_other_rows_of_the_table_stay_open_to_dml(target):
    table = target.new_table()
    target.load(table, toy(("2024-01-02", 2, "b", 0.5)))
    target.client.insert_rows_json(table, [{"day": "2024-01-01", "id": 1}])
    target.dml(f"DELETE FROM `{table}` WHERE day = '2024-01-02'")
    assert [row[1] for row in target.rows(table)] == [1]


def test_the_streams_of_a_session_hold_every_row_once(target, table):
    session = open_session(target, table, streams=4)
    assert 1 <= len(session.streams) <= 4
    found = [n for stream in session.streams for n in stream_ids(target, session, stream)]
    assert sorted(found) == list(range(3_000))


def test_a_stream_is_resumed_at_an_offset(target, table):
    session = open_session(target, table, streams=1)
    [stream] = session.streams
    assert stream_ids(target, session, stream, 1_000) == stream_ids(target, session, stream)[1_000:]


def open_session(target, table: bigquery.Table, streams: int) -> types.ReadSession:
    parent = f"projects/{target.client.project}"
    wanted = types.ReadSession(
        table=f"{parent}/datasets/{table.dataset_id}/tables/{table.table_id}",
        data_format=types.DataFormat.ARROW,
        read_options={"selected_fields": ["id"], "row_restriction": "day >= '2024-01-01'"},
    )
    return target.connection.reader.create_read_session(parent=parent, read_session=wanted, max_stream_count=streams)


def stream_ids(target, session: types.ReadSession, stream: types.ReadStream, offset: int = 0) -> list[int]:
    schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
    parts = target.connection.reader.read_rows(stream.name, offset=offset)
    batches = [pa.ipc.read_record_batch(p.arrow_record_batch.serialized_record_batch, schema) for p in parts]
    return [n for batch in batches for n in batch.column("id").to_pylist()]
