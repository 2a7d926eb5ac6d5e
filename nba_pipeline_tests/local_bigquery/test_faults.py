"""Faults on demand, and the limits' errors as Google's own client meets them."""

import io
import json
import re

import pytest
import requests
from google.api_core import exceptions
from google.cloud import bigquery

from nba_pipeline_tests.support.local_bigquery import running_local_bigquery

MORE = "For more information, see https://cloud.google.com/bigquery/docs/troubleshoot-quotas"
APPEND = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server in whose ten seconds a test can do a lot: time passes no faster than it does, and jobs take none."""
    with running_local_bigquery(tmp_path_factory.mktemp("faults"), time_scale=1, without=["latency"]) as found:
        yield found


@pytest.fixture
def faults(server):
    yield server.faults
    server.faults.clear()


@pytest.fixture
def client(server, request):
    connection = server.connect("p")
    connection.client.create_dataset(dataset(request))
    connection.client.default_query_job_config = bigquery.QueryJobConfig(default_dataset=f"p.{dataset(request)}")
    connection.client.create_table(bigquery.Table(f"p.{dataset(request)}.t", [bigquery.SchemaField("id", "INT64")]))
    yield connection.client
    connection.close()


@pytest.fixture
def table(client, request) -> str:
    return f"p.{dataset(request)}.t"


def dataset(request: pytest.FixtureRequest) -> str:
    return re.sub(r"\W", "_", request.node.name)


def load(client: bigquery.Client, table: str, job_id: str | None = None, rows: int = 1) -> bigquery.LoadJob:
    """A load that was accepted; many rows make the client upload in several requests."""
    content = "".join(json.dumps({"id": number}) + "\n" for number in range(rows)).encode()
    return client.load_table_from_file(io.BytesIO(content), table, size=len(content), job_id=job_id, job_config=APPEND)


def count(client: bigquery.Client) -> int:
    return next(iter(client.query("SELECT COUNT(*) FROM t").result()))[0]


# -- limits --------------------------------------------------------------------------------------------------------


def test_the_23rd_mutating_statement_is_a_400_resources_exceeded(client, faults, table):
    faults.add("slow", seconds=600)
    jobs = [client.query("DELETE FROM t WHERE id = 1") for _ in range(22)]
    assert [client.get_job(job.job_id).state for job in jobs] == ["RUNNING"] * 2 + ["PENDING"] * 20
    refused = client.query("DELETE FROM t WHERE id = 1", job_id="the-23rd", job_retry=None)
    with pytest.raises(exceptions.BadRequest) as caught:
        refused.result()
    words = f"Too many DML statements outstanding against table {table.replace('.', ':', 1)}, limit is 20."
    message = f"Resources exceeded during query execution: {words}"
    assert caught.value.errors[0]["reason"] == "resourcesExceeded"
    assert caught.value.errors[0]["message"] == message
    kept = client.get_job("the-23rd")
    assert (kept.state, kept.error_result) == ("DONE", {"reason": "resourcesExceeded", "message": message})


def test_a_load_over_the_rate_is_accepted_and_fails_then(client, table):
    jobs = [load(client, table) for _ in range(5)]  # the table's creation was the first update
    for job in jobs[:4]:
        job.result()
    with pytest.raises(exceptions.TooManyRequests, match="too many table update operations for this table"):
        jobs[4].result()
    assert jobs[4].error_result == {
        "reason": "rateLimitExceeded",
        "location": "table.write",
        "message": f"Exceeded rate limits: too many table update operations for this table. {MORE}",
    }
    assert count(client) == 4


def test_a_patch_over_the_rate_is_a_403(client, table):
    found = client.get_table(table)
    for _ in range(4):
        found = client.update_table(found, ["description"], retry=None)
    with pytest.raises(exceptions.Forbidden, match="too many table update operations") as caught:
        client.update_table(found, ["description"], retry=None)
    assert caught.value.errors[0]["reason"] == "rateLimitExceeded"


def test_a_dataset_created_again_and_again_is_a_403(client, table):
    for _ in range(4):
        client.create_dataset(table.split(".")[1], exists_ok=True, retry=None)
    with pytest.raises(exceptions.Forbidden, match="too many dataset metadata update operations") as caught:
        client.create_dataset(table.split(".")[1], exists_ok=True, retry=None)
    assert caught.value.errors[0]["reason"] == "rateLimitExceeded"


def test_a_statement_over_the_rate_fails_as_a_job(server, client):
    for _ in range(25):
        client.query("INSERT t (id) VALUES (1)").result()
    job = client.query("INSERT t (id) VALUES (1)", job_id="the-26th", job_retry=None)
    with pytest.raises(exceptions.TooManyRequests, match="too many table dml insert operations"):
        job.result()
    assert client.get_job("the-26th").error_result["reason"] == "rateLimitExceeded"
    results = requests.get(f"http://127.0.0.1:{server.port}/bigquery/v2/projects/p/queries/the-26th", timeout=10)
    assert (results.status_code, results.json()["error"]["errors"][0]["reason"]) == (400, "jobRateLimitExceeded")
    assert count(client) == 25


# -- faults --------------------------------------------------------------------------------------------------------


def test_a_load_whose_answer_was_lost_is_there_once_and_its_id_is_used(client, faults, table):
    faults.add("lost-answer", jobs="^lost$", count=1)
    with pytest.raises(exceptions.Conflict, match="Already Exists: Job"):
        load(client, table, "lost")
    client.get_job("lost").result()
    assert faults.struck() == [1]
    assert count(client) == 1


def test_a_query_whose_answer_was_lost_is_there_once_and_its_id_is_used(client, faults):
    faults.add("lost-answer", count=1)
    with pytest.raises(exceptions.Conflict, match="Already Exists: Job"):
        client.query("INSERT t (id) VALUES (1)", job_id="lost-query", job_retry=None)
    client.get_job("lost-query").result()
    assert count(client) == 1


def test_a_lost_answer_closes_the_connection(server, faults):
    faults.add("lost-answer")
    body = {"configuration": {"query": {"query": "SELECT 1"}}}
    with pytest.raises(requests.exceptions.RequestException, match="(?i)incomplete|broken|reset|closed|aborted"):
        requests.post(f"http://127.0.0.1:{server.port}/bigquery/v2/projects/p/jobs", json=body, timeout=10)


@pytest.mark.parametrize("fault", ["lost-answer", "unavailable"])
def test_an_upload_in_parts_survives_the_fault_of_its_last_request(client, faults, table, fault):
    faults.add(fault, jobs=f"in-parts-{fault}", count=1)
    job = load(client, table, f"in-parts-{fault}", rows=500_000)
    job.result()
    assert faults.struck() == [1]
    assert count(client) == 500_000


def test_a_server_that_is_away_does_nothing_until_it_is_back(client, faults, table):
    faults.add("unavailable", count=2)
    load(client, table, "away").result()
    assert faults.struck() == [2]
    assert count(client) == 1


def test_a_job_that_meets_a_backend_error_has_no_effect(client, faults, table):
    faults.add("backend-error", jobs="bad")
    job = load(client, table, "bad-luck")
    with pytest.raises(exceptions.GoogleAPICallError):
        job.result()
    assert (job.state, job.error_result["reason"]) == ("DONE", "backendError")
    load(client, table, "good-luck").result()
    assert count(client) == 1


def test_a_job_that_dies_has_no_effect(client, faults):
    faults.add("job-death", count=1)
    job = client.query("INSERT t (id) VALUES (1)", job_id="dies", job_retry=None)
    with pytest.raises(exceptions.GoogleAPICallError) as caught:
        job.result()
    assert caught.value.errors[0]["reason"] == "jobInternalError"
    assert client.get_job("dies").started is not None
    assert count(client) == 0


def test_a_slow_job_keeps_no_other_waiting(client, faults, table):
    faults.add("slow", jobs="^tortoise$", seconds=600)
    slow = load(client, table, "tortoise")
    load(client, table, "hare").result()
    assert client.get_job(slow.job_id).state == "RUNNING"
    assert count(client) == 1


def test_a_fault_of_no_probability_never_strikes_and_faults_are_cleared(client, faults, table):
    faults.add("backend-error", probability=0.0)
    load(client, table).result()
    assert faults.struck() == [0]
    faults.clear()
    assert faults.struck() == []


@pytest.mark.parametrize(
    "body", [{"fault": "flood"}, {"fault": "slow", "jobs": "("}, {"fault": "slow", "often": 1}, {}]
)
def test_a_fault_that_makes_no_sense_is_a_400(server, body):
    answer = requests.post(server.faults.url, json=body, timeout=10)
    assert answer.status_code == 400
    assert server.faults.struck() == []
