"""Hosts that run Dagster's runs: a code server each, in a process group of its own, and the launcher that uses them.

The launcher stands for the Kubernetes run launcher: it starts each run where there is room and is asked whether the
run's process lives, which is how Dagster learns that a host is gone.
"""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import DefaultRunLauncher, LaunchRunContext
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import ConfigurableClassData, deserialize_value

LOCATION = "nba_pipeline_tests.support.toy_location"


class HostsLauncher(DefaultRunLauncher):
    """Starts runs on the code servers at `ports` in turn, passing over those that do not answer."""

    def __init__(self, ports: Sequence[int], inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(inst_data)
        self._turn = itertools.cycle([DagsterGrpcClient(host="127.0.0.1", port=port) for port in ports])

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"ports": [int]}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> "HostsLauncher":
        return cls(config_value["ports"], inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        host = next(client for client in self._turn if _answers(client))
        self.launch_run_from_grpc_client(self._instance, context.dagster_run, host)

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        try:
            client = self._get_grpc_client_for_termination(run.run_id)
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id))
        except DagsterUserCodeUnreachableError:
            return CheckRunHealthResult(WorkerStatus.FAILED, "its host does not answer")
        is_there = deserialize_value(answer, CanCancelExecutionResult).can_cancel
        return CheckRunHealthResult(WorkerStatus.RUNNING if is_there else WorkerStatus.NOT_FOUND)


@dataclass(frozen=True)
class Machine:
    """A process that leads a group of its own, with what it prints in `log`."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """kill -9 of the whole group: the server and every run it started. Does nothing to one that is gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def machine(log: Path, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Machine]:
    """Python with the arguments `command`, killed at the block's end."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, **environment},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    started = Machine(process, log)
    try:
        yield started
    finally:
        started.kill()


def code_server(port: int) -> list[str]:
    """The command of a host: Dagster's code server, which starts runs as its children."""
    return ["-m", "dagster", "api", "grpc", "-m", LOCATION, "--host", "127.0.0.1", "--port", str(port)]


def await_code_server(port: int) -> None:
    """Waits until a code server has loaded its location."""
    client, deadline = DagsterGrpcClient(host="127.0.0.1", port=port), time.monotonic() + 180
    while not _answers(client):
        assert time.monotonic() < deadline, f"no code server answers at port {port}"
        time.sleep(0.2)


def daemon(folder: Path, port: int) -> list[str]:
    """The command of Dagster's daemon, for the location that the code server at `port` serves."""
    workspace = folder / "workspace.yaml"
    workspace.write_text(f"load_from: [{{grpc_server: {{host: 127.0.0.1, port: {port}, location_name: toys}}}}]")
    return ["-m", "dagster._daemon", "run", "-w", str(workspace)]


def _answers(client: DagsterGrpcClient) -> bool:
    with suppress(DagsterUserCodeUnreachableError):
        return bool(client.ping("there?"))
    return False
