"""NBA_ENV=gcp, as far as it can be tested without an account: Google's host names, TLS and a service account's key.

The same chunk runs twice in processes of their own: with NBA_ENV=gcp through Google's names, and with NBA_ENV=local.
"""

import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nba_pipeline.analytics import player_game_summary
from nba_pipeline.bigquery.reader import read
from nba_pipeline.local.season.fill import fill
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule
from nba_pipeline_tests.support import google_endpoints as google
from nba_pipeline_tests.support.google_endpoints import Request
from nba_pipeline_tests.support.local_bigquery import LocalBigQuery, running_local_bigquery
from nba_pipeline_tests.support.local_bucket import opened_bucket, running_local_bucket

DAYS = "2026-10-21", "2026-10-23"
TABLES = (nbac_schedule.TABLE, nbac_player_boxscores.TABLE, player_game_summary.TABLE)
BUCKET, CLOUD, LOCAL = "scraped", "my-project", "on-loopback"


@dataclass
class Ran:
    """What a run sent, what it printed, and what is in the tables."""

    requests: list[Request]
    hosts: set[str]
    printed: str
    rows: dict[str, list]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ran]]:
    """The chunk, run in either way on one BigQuery and one bucket, in projects of their own."""
    folder = tmp_path_factory.mktemp("google")
    with (
        running_local_bucket(folder / "bucket") as bucket_url,
        running_local_bigquery(folder / "bigquery", bucket_url) as server,
    ):
        with opened_bucket(bucket_url, BUCKET) as bucket:
            season = simulate(2026, through=_day(DAYS[1]))
            fill(bucket, season, [nbac_schedule.FEED.name, nbac_player_boxscores.FEED.name], lambda *_: None)
        yield {"gcp": _through_google(folder, server, bucket_url), "local": _on_loopback(folder, server, bucket_url)}


def _through_google(folder: Path, server: LocalBigQuery, bucket_url: str) -> Ran:
    servers = {
        google.BIGQUERY: f"127.0.0.1:{server.port}",
        google.READS: f"127.0.0.1:{server.read_port}",
        google.STORAGE: bucket_url.removeprefix("http://"),
    }
    with google.google_endpoints(folder, servers) as endpoints:
        printed = _materialise(folder / "gcp", {"NBA_ENV": "gcp", "NBA_PROJECT": CLOUD, **endpoints.environment})
    return Ran(endpoints.recorder.requests, endpoints.recorder.hosts, printed, _rows(server, CLOUD))


def _on_loopback(folder: Path, server: LocalBigQuery, bucket_url: str) -> Ran:
    with (
        google.recorded(google.BIGQUERY, f"127.0.0.1:{server.port}") as (of_bigquery, bigquery_port),
        google.recorded(google.STORAGE, bucket_url.removeprefix("http://")) as (of_storage, bucket_port),
    ):
        ports = {"NBA_BIGQUERY_PORT": bigquery_port, "NBA_BUCKET_PORT": bucket_port}
        ports["NBA_BIGQUERY_READ_PORT"] = server.read_port
        environment = {name: str(port) for name, port in ports.items()}
        printed = _materialise(folder / "local", {"NBA_PROJECT": LOCAL, "NBA_TIME_SCALE": "200", **environment})
    return Ran(of_bigquery.requests + of_storage.requests, set(), printed, _rows(server, LOCAL))


def _materialise(home: Path, environment: dict[str, str]) -> str:
    """Runs the chunk in a process of its own; what it printed."""
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}")
    inherited = {name: value for name, value in os.environ.items() if not re.match("NBA_|GOOGLE_|https?_proxy", name)}
    own = {"DAGSTER_HOME": str(home), "NBA_STATE_DIR": str(home), "NBA_BUCKET": BUCKET}
    command = [sys.executable, "-m", "nba_pipeline_tests.support.materialise", *DAYS, *map(str, TABLES)]
    done = subprocess.run(command, env={**inherited, **own, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def _rows(server: LocalBigQuery, project: str) -> dict[str, list]:
    connection = server.connect(project)
    found = {str(table): read(connection.reader, project, table, *map(_day, DAYS)) for table in TABLES}
    connection.close()
    return {name: sorted(map(repr, frame.to_dict("records"))) for name, frame in found.items()}


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def plan(ran: Ran) -> set[tuple[str, str, str, str]]:
    """What was asked for, without what differs from run to run; how often a job was asked whether it is done, too."""
    return {
        (request.host, request.method, _told_apart(request.path), _told_apart(_json_part(request.body)))
        for request in ran.requests
        if request.host != google.TOKENS
    }


def _json_part(body: bytes) -> str:
    """The body's JSON, which of an upload is the first part of several."""
    found = re.search(rb"^\{.*\}", body, re.MULTILINE)
    return json.dumps(json.loads(found.group()), sort_keys=True) if found else ""


def _told_apart(text: str) -> str:
    """Run ids, digests of what is written under them, moments and the project, each by one word."""
    text = re.sub(rf"{CLOUD}|{LOCAL}", "PROJECT", text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{12,32}", "ID", text)
    return re.sub(r'("expirationTime": )"\d+"', r"\1MOMENT", text)


def test_a_run_with_application_default_credentials_writes_what_a_local_one_writes(ran):
    assert ran["gcp"].rows == ran["local"].rows
    assert all(ran["gcp"].rows.values())


def test_the_plan_differs_in_host_and_credentials_alone(ran):
    assert plan(ran["gcp"]) == plan(ran["local"])
    assert {method for _, method, _, _ in plan(ran["gcp"])} >= {"GET", "POST", "DELETE"}


def test_every_request_to_google_carries_the_token_and_no_local_one_does(ran):
    of_google = [request for request in ran["gcp"].requests if request.host != google.TOKENS]
    assert {request.authorization for request in of_google} == {f"Bearer {google.TOKEN}"}
    assert {request.authorization for request in ran["local"].requests} == {None}


def test_nothing_but_the_three_services_and_the_token_is_asked_for(ran):
    assert ran["gcp"].hosts == {google.BIGQUERY, google.READS, google.STORAGE, google.TOKENS}


def test_neither_token_nor_key_is_printed(ran):
    assert google.TOKEN not in ran["gcp"].printed
    assert "PRIVATE KEY" not in ran["gcp"].printed
