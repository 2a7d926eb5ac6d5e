"""The contract of the BigQuery surface this project uses, against the local server and against Google's.

Set NBA_CONTRACT_PROJECT to a Google project (with application default credentials) to run the same tests there.
"""

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import types

from nba_pipeline.bigquery import jobs
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline_tests.support.local_bigquery import running_local_bigquery
from nba_pipeline_tests.support.local_bucket import running_local_bucket

GOOGLE_PROJECT = os.environ.get("NBA_CONTRACT_PROJECT")

TARGETS = [
    "local",
    pytest.param(
        "google",
        marks=pytest.mark.skipif(not GOOGLE_PROJECT, reason="NBA_CONTRACT_PROJECT names no Google project"),
    ),
]

TOY_SCHEMA = [
    bigquery.SchemaField("day", "DATE", "REQUIRED"),
    bigquery.SchemaField("id", "INT64", "REQUIRED"),
    bigquery.SchemaField("name", "STRING"),
    bigquery.SchemaField("score", "FLOAT64"),
]


@dataclass
class Target:
    """A BigQuery with a dataset of the test module's own."""

    connection: Connection
    dataset: str
    bucket_url: str | None

    @property
    def client(self) -> bigquery.Client:
        """The client under test."""
        return self.connection.client

    def name(self, table: str) -> str:
        """A table's full name."""
        return f"{self.client.project}.{self.dataset}.{table}"

    def new_table(self, partitioned: bool = True, schema: list | None = None, **settings: object) -> bigquery.Table:
        """An empty table of the toy schema, partitioned by day unless said otherwise."""
        table = bigquery.Table(self.name(f"t_{uuid.uuid4().hex[:12]}"), schema or TOY_SCHEMA)
        if partitioned:
            table.time_partitioning = bigquery.TimePartitioning(field="day")
        for name, value in settings.items():
            setattr(table, name, value)
        return self.client.create_table(table)

    def load(self, table: object, rows: pa.Table, suffix: str = "", job_id: str | None = None, **config: object):
        """Loads Parquet into `table` (plus a decorator) and waits; raises what the job raises."""
        job = self.begin_load(table, rows, suffix, job_id, **config)
        return self.wait(job)

    def begin_load(self, table: object, rows: pa.Table, suffix: str = "", job_id: str | None = None, **config: object):
        """Begins a load without waiting."""
        content = BytesIO()
        pq.write_table(rows, content)
        size = content.tell()
        content.seek(0)
        settings = bigquery.LoadJobConfig(source_format="PARQUET", **config)
        destination = f"{table}{suffix}"
        return self.client.load_table_from_file(content, destination, job_id=job_id, job_config=settings, size=size)

    def wait(self, job):
        """The finished job; raises its error as the client does."""
        jobs._wait(job)
        return job.result() and job

    def query(self, sql: str, *parameters: object, **config: object) -> list[tuple]:
        """A query's rows as tuples."""
        settings = bigquery.QueryJobConfig(query_parameters=list(parameters), **config)
        return [tuple(row.values()) for row in self.client.query(sql, job_config=settings).result()]

    def dml(self, sql: str, *parameters: object) -> bigquery.QueryJob:
        """A finished statement."""
        job = self.client.query(sql, job_config=bigquery.QueryJobConfig(query_parameters=list(parameters)))
        job.result()
        return job

    def rows(self, table: object) -> list[tuple]:
        """All rows of a toy table in order."""
        return self.query(f"SELECT * FROM `{table}` WHERE day >= '2000-01-01' ORDER BY day, id")

    def read(self, table: bigquery.Table, fields: list[str] | None = None, restriction: str = "") -> pa.Table:
        """The table through the Storage Read API."""
        project = self.client.project
        session = self.connection.reader.create_read_session(
            parent=f"projects/{project}",
            read_session=types.ReadSession(
                table=f"projects/{project}/datasets/{table.dataset_id}/tables/{table.table_id}",
                data_format=types.DataFormat.ARROW,
                read_options={"selected_fields": fields or [], "row_restriction": restriction},
            ),
            max_stream_count=1,
        )
        schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
        batches = [
            pa.ipc.read_record_batch(pa.py_buffer(part.arrow_record_batch.serialized_record_batch), schema)
            for stream in session.streams
            for part in self.connection.reader.read_rows(stream.name)
        ]
        return pa.Table.from_batches(batches, schema)


@pytest.fixture(scope="session")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connection, str]]:
    folder = tmp_path_factory.mktemp("contract")
    with (
        running_local_bucket(folder / "bucket") as bucket_url,
        running_local_bigquery(folder / "bigquery", bucket_url) as server,
    ):
        connection = server.connect("contract")
        yield connection, bucket_url
        connection.close()


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    if request.param == "local":
        connection, bucket_url = request.getfixturevalue("local_server")
    else:
        connection, bucket_url = Connection(GOOGLE_PROJECT, "US"), None
    found = Target(connection, f"contract_{uuid.uuid4().hex[:12]}", bucket_url)
    found.client.create_dataset(found.dataset)
    yield found
    found.client.delete_dataset(found.dataset, delete_contents=True)


def toy(*rows: tuple) -> pa.Table:
    """Rows (day, id, name, score) as Arrow; days as ISO texts."""
    days, ids, names, scores = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table(
        {
            "day": pa.array(days, pa.string()).cast(pa.date32()),
            "id": pa.array(ids, pa.int64()),
            "name": pa.array(names, pa.string()),
            "score": pa.array(scores, pa.float64()),
        }
    )
