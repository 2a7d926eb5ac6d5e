"""The local stack says plainly what is in its way."""

import dataclasses
import os
import socket
import subprocess
import sys
import time

import pytest

from nba_pipeline import settings
from nba_pipeline.local import stack
from nba_pipeline_tests.support.local_bigquery import await_answer
from nba_pipeline_tests.support.running_stack import local_environment


@pytest.fixture
def local(tmp_path):
    return settings.load(local_environment(tmp_path))


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        ("dagster", "NBA_UI_PORT"),
        ("bigquery", "NBA_BIGQUERY_PORT"),
        ("bigquery", "NBA_BIGQUERY_READ_PORT"),
        ("bucket", "NBA_BUCKET_PORT"),
    ],
)
def test_a_taken_port_is_named_with_the_variable_that_changes_it(tmp_path, service, variable):
    environment = local_environment(tmp_path)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", int(environment[variable])))
        holder.listen()
        with pytest.raises(stack.StackError, match=f"port {environment[variable]} for {service} is taken") as caught:
            stack.start(settings.load(environment), lambda _: None)
    assert f"{variable}={int(environment[variable]) + 1} make demo" in str(caught.value)


def test_stopping_what_does_not_run_is_no_error(local):
    assert stack.stop(local) is False


def test_the_file_of_a_supervisor_that_died_does_not_count_as_running(local):
    (local.state_dir / "supervisor.pid").write_text("1")
    assert not stack.is_running(local)
    assert stack.stop(local) is False


def test_a_killed_supervisor_takes_its_services_along_and_can_be_started_again(local):
    environment = {**os.environ, **environment_of(local)}
    command = [sys.executable, "-m", "nba_pipeline.cli", "dev"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as supervisor:
        await_answer(f"{local.ui_url}/server_info", supervisor)
        assert stack.is_running(local)
        supervisor.kill()
    assert not stack.is_running(local)
    deadline = time.monotonic() + 120
    while any(map(taken, dataclasses.astuple(local.ports))):
        assert time.monotonic() < deadline, "services outlive their supervisor"
        time.sleep(0.1)


def taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment_of(local: settings.Settings) -> dict[str, str]:
    ports = local.ports
    return {
        "NBA_STATE_DIR": str(local.state_dir),
        "NBA_BIGQUERY_PORT": str(ports.bigquery),
        "NBA_BIGQUERY_READ_PORT": str(ports.bigquery_read),
        "NBA_BUCKET_PORT": str(ports.bucket),
        "NBA_UI_PORT": str(ports.ui),
    }


def test_every_service_listens_on_loopback_only(local):
    for service in stack.services(local):
        assert "127.0.0.1" in service.health
        assert "0.0.0.0" not in " ".join(service.command)
