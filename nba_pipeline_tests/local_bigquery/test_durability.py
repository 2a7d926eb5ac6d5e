"""The local BigQuery under kill -9 and under many processes: no torn table, no lost or doubled row, no reused id."""

import datetime as dt
import io
import itertools
import multiprocessing
import random
import time
import uuid
from multiprocessing.synchronize import Event

import pyarrow.parquet as pq
import pytest
from google.api_core.exceptions import Conflict
from google.cloud import bigquery

from nba_pipeline import frames
from nba_pipeline.bigquery import schema
from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.bigquery.reader import read
from nba_pipeline.frames import DayRows
from nba_pipeline_tests.support.local_bigquery import running_local_bigquery
from nba_pipeline_tests.support.toy import DAY, DAYS, TOY, toys
from nba_pipeline_tests.support.writing import writer

ROWS = 200


def write_on(address: tuple[int, int], days: list[dt.date], start: int, wrote: Event) -> None:
    """Replaces the same partitions again and again, each time with rows of another name; tells when it once did."""
    connection = connect(address)
    for number in itertools.count(start):
        writer(connection, f"w{number}").write(TOY, DayRows(toys(*days, of_each=ROWS, name=f"w{number}"), days))
        wrote.set()


def connect(address: tuple[int, int]) -> Connection:
    return Connection("p", "US", f"http://127.0.0.1:{address[0]}", f"127.0.0.1:{address[1]}")


@pytest.mark.parametrize("days", [[DAY], DAYS], ids=["one day", "three days"])
def test_a_kill_during_writes_leaves_whole_partitions(tmp_path, days):
    seed, names, spawn = random.Random(7), set(), multiprocessing.get_context("spawn")
    for start in (0, 10_000, 20_000):
        with running_local_bigquery(tmp_path) as server:
            wrote = spawn.Event()
            process = spawn.Process(target=write_on, args=((server.port, server.read_port), days, start, wrote))
            process.start()
            assert wrote.wait(60)
            time.sleep(seed.random())
            server.kill()
            process.kill()
            process.join()
        with running_local_bigquery(tmp_path) as server:
            connection = server.connect("p")
            rows = read(connection.reader, "p", TOY, DAYS[0], DAYS[-1])
            connection.close()
        assert len(rows) == ROWS * len(days)
        [name] = set(rows["name"])  # more than one: the partitions are torn between two writes
        names.add(name)
    assert len(names) == 3  # each round wrote before it was killed


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path):
    with running_local_bigquery(tmp_path) as server:
        connection = server.connect("p")
        writer(connection, "w").write(TOY, DayRows(toys(DAY), [DAY]))
        server.kill()
        connection.close()
    with running_local_bigquery(tmp_path) as server:
        connection = server.connect("p")
        assert len(read(connection.reader, "p", TOY, DAY, DAY)) == 2
        found = connection.client.get_table(str(TOY))
        assert (found.require_partition_filter, found.time_partitioning.field) == (True, "day")
        connection.close()


def test_ids_stay_used_and_jobs_stay_done_over_a_restart(tmp_path):
    job_id = uuid.uuid4().hex
    with running_local_bigquery(tmp_path) as server:
        connection = server.connect("p")
        connection.client.query("SELECT 1", job_id=job_id, job_retry=None).result()
        server.kill()
        connection.close()
    with running_local_bigquery(tmp_path) as server:
        connection = server.connect("p")
        assert connection.client.get_job(job_id).state == "DONE"
        with pytest.raises(Conflict, match="Already Exists: Job"):
            connection.client.query("SELECT 1", job_id=job_id, job_retry=None)
        connection.close()


def test_a_job_that_was_under_way_ends_as_backend_error_and_wrote_nothing(tmp_path):
    slow = "CREATE TABLE d.t AS SELECT COUNT(*) AS n FROM UNNEST(GENERATE_ARRAY(1, 3000000)) a, UNNEST([1,2,3,4,5,6]) b"
    slow += ", UNNEST(GENERATE_ARRAY(1, 60)) c WHERE MOD(a * b * c, 7) > 1"
    with running_local_bigquery(tmp_path) as server:
        connection = server.connect("p")
        connection.client.create_dataset("d")
        job = connection.client.query(slow, job_id="slow", job_retry=None)
        server.kill()
        connection.close()
    with running_local_bigquery(tmp_path) as server:
        connection = server.connect("p")
        job = connection.client.get_job("slow")
        assert (job.state, job.error_result["reason"]) == ("DONE", "backendError")
        assert list(connection.client.list_tables("d")) == []
        connection.close()


def append(address: tuple[int, int], process: int, count: int) -> None:
    connection = connect(address)
    for number in range(count):
        rows = frames.to_arrow(TOY, toys(DAY, of_each=10).assign(count=process * 1_000 + number))
        content = io.BytesIO()
        pq.write_table(rows, content)
        content.seek(0)
        config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
        connection.client.load_table_from_file(content, str(TOY), job_config=config).result()
    connection.close()


def test_many_processes_write_one_table_and_none_is_lost(tmp_path):
    with running_local_bigquery(tmp_path) as server:
        connection = server.connect("p")
        schema.ensure(connection.client, TOY)
        context = multiprocessing.get_context("spawn")
        address = (server.port, server.read_port)
        workers = [context.Process(target=append, args=(address, number, 5)) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0] * 4
        rows = read(connection.reader, "p", TOY, DAY, DAY)
        assert rows["count"].value_counts().to_dict() == {p * 1_000 + n: 10 for p in range(4) for n in range(5)}
        connection.close()
