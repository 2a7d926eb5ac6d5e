"""The local stack says plainly what is in its way."""

import socket

import pytest

from nba_pipeline import settings
from nba_pipeline.local import stack
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


def test_a_pid_that_now_belongs_to_another_program_is_not_taken_for_ours(local):
    (local.state_dir / "pids.json").write_text('{"supervisor": 1}')
    assert not stack.is_running(local)
    assert stack.stop(local) is False


def test_every_service_listens_on_loopback_only(local):
    for service in stack.services(local):
        assert "127.0.0.1" in service.health
        assert "0.0.0.0" not in " ".join(service.command)
