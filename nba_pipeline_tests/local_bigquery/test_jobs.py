"""What jobs leave behind."""

import pyarrow as pa
import pytest

from nba_pipeline.local.bigquery.catalog import TableId
from nba_pipeline.local.bigquery.database import Database
from nba_pipeline.local.bigquery.errors import ApiError
from nba_pipeline.local.bigquery.jobs import Job, Jobs, Results, millis


def new_job(name: str) -> Job:
    return Job("p", name, "US", {"jobType": "QUERY", "query": {}}, {"creationTime": millis()})


def test_a_deleted_job_is_gone_but_its_id_stays_used_over_a_restart(tmp_path):
    for start in range(2):
        database = Database(tmp_path)
        jobs = Jobs(database)
        if start == 0:
            job = new_job("x")
            jobs.add(job)
            with pytest.raises(ApiError, match="is not done"):
                jobs.delete("p", "x")
            jobs.fail(job, ApiError(400, "invalid", "no"))
            jobs.delete("p", "x")
        with pytest.raises(ApiError, match="Not found: Job"):
            jobs.get("p", "x")
        with pytest.raises(ApiError, match="Already Exists: Job"):
            jobs.add(new_job("x"))
        database.close()


def test_nobody_sees_a_job_done_before_its_effect_is_committed(tmp_path):
    database = Database(tmp_path)
    jobs, job = Jobs(database), new_job("x")
    jobs.add(job)
    with database.transaction() as transaction:
        jobs.succeed(transaction, job, {})
        assert job.state == "PENDING"
    assert job.state == "DONE"
    database.close()


def test_text_that_does_not_parse_is_a_job_that_fails(local):
    job = local.engine.insert_job("p", {"configuration": {"query": {"query": "SELEC 1"}}})
    assert job.done.wait(5)
    assert job.error["reason"] == "invalidQuery"
    assert "Syntax error" in job.error["message"]


def test_the_oldest_results_are_dropped_first():
    results = Results(limit_bytes=3_000)
    names = [TableId("p", "_anonymous", str(number)) for number in range(4)]
    for name in names:
        results.keep(name, new_job(name.name), pa.table({"x": pa.array(range(125), pa.int64())}))
    assert [results.rows(name).num_rows for name in names[1:]] == [125] * 3
    with pytest.raises(ApiError, match="Not found: Table"):
        results.rows(names[0])


@pytest.mark.parametrize(
    "configuration",
    [
        {"extract": {}},
        {"query": {"query": "SELECT 1", "createSession": True}},
        {"query": {"query": "SELECT 1", "useLegacySql": True}},
        {"query": {"query": "SELECT 1; SELECT 2"}, "dryRun": True},
        {"load": {"destinationTable": {"projectId": "p", "datasetId": "d", "tableId": "t"}}, "dryRun": True},
        {"load": {"destinationTable": {"projectId": "p", "datasetId": "d", "tableId": "t"}, "nullMarker": "x"}},
        {"copy": {"destinationTable": {"projectId": "p", "datasetId": "d", "tableId": "t"}}, "jobTimeoutMs": "5"},
    ],
)
def test_an_option_that_is_not_covered_is_refused_before_there_is_a_job(local, configuration):
    with pytest.raises(ApiError, match="does not cover") as caught:
        local.engine.insert_job("p", {"configuration": configuration, "jobReference": {"jobId": "refused"}})
    assert caught.value.code == 501
    with pytest.raises(ApiError, match="Not found: Job"):
        local.engine.jobs.get("p", "refused")
