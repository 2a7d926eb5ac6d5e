"""What the local BigQuery does not cover is said, with 501, and a taken port is one clear line."""

import socket
import subprocess
import sys

import pytest
import requests
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from nba_pipeline_tests.support.local_bigquery import free_port, running_local_bigquery


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_local_bigquery(tmp_path_factory.mktemp("refusals")) as found:
        connection = found.connect("p")
        connection.client.create_dataset("d")
        yield found, connection.client
        connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT EXTRACT(WEEK FROM DATE '2024-01-07')",
        "SELECT DATE_TRUNC(DATE '2024-01-07', WEEK(MONDAY))",
        "CREATE VIEW d.v AS SELECT 1 AS a",
        "CREATE TABLE d.t (a GEOGRAPHY)",
        "SELECT * FROM d.INFORMATION_SCHEMA.ROUTINES",
        "GRANT `roles/x` ON TABLE d.t TO 'y'",
    ],
)
def test_sql_that_is_not_covered_is_never_answered_in_another_way(server, sql):
    with pytest.raises(GoogleAPICallError, match=r"does not cover|not implemented|Unsupported") as caught:
        server[1].query(sql).result()
    assert caught.value.code == 501


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "projects/p/datasets/d/models"),
        ("GET", "projects/p/datasets/d/routines"),
        ("POST", "projects/p/datasets/d/tables/t:setIamPolicy"),
        ("GET", "projects"),
    ],
)
def test_a_call_that_is_not_covered_says_so(server, method, path):
    answer = requests.request(method, f"http://127.0.0.1:{server[0].port}/bigquery/v2/{path}", timeout=5)
    assert answer.status_code == 501
    assert answer.json()["error"]["errors"][0]["reason"] == "notImplemented"


def test_csv_loads_and_legacy_sql_are_not_covered(server):
    config = bigquery.QueryJobConfig(use_legacy_sql=True)
    with pytest.raises(GoogleAPICallError, match="legacy SQL"):
        server[1].query("SELECT 1", job_config=config).result()


def test_only_loopback_is_listened_on(server):
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", server[0].port))  # free: the server is bound to 127.0.0.1 alone


@pytest.mark.parametrize("taken", ["--port", "--read-port"])
def test_a_taken_port_is_one_clear_line_and_exit_code_3(tmp_path, taken):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        ports = {"--port": free_port(), "--read-port": free_port()} | {taken: holder.getsockname()[1]}
        options = [str(word) for pair in ports.items() for word in pair]
        command = [sys.executable, "-m", "nba_pipeline.local.bigquery", "--data", str(tmp_path), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 3
    assert f"port {ports[taken]} is taken" in done.stderr
    assert "Traceback" not in done.stderr
