"""The local stack: BigQuery, the bucket and Dagster as processes of one supervisor.

`run` is the supervisor: it starts the services in order, restarts one that dies, and ends all when it is told to.
`start` puts a supervisor into the background and waits until everything answers; `stop` ends it by its process id.
Everything listens on loopback and keeps its files under `settings.state_dir`.
"""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests

from nba_pipeline.errors import UserError
from nba_pipeline.local import bucket
from nba_pipeline.local.ports import is_free, other_port
from nba_pipeline.settings import PROJECT_ROOT, Settings

_START_SECONDS = 180.0
_STOP_SECONDS = 20.0
_RESTARTS_ALLOWED = 3
# How many events Dagster hands its storage at once, at most: a transaction of a second, for which others wait.
_EVENTS_AT_ONCE = 1_000
_EVENT_LOG = """
event_log_storage:
  module: nba_pipeline.defs.event_log
  class: BatchedSqliteEventLogStorage
  config: {{base_dir: {folder}}}
"""
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class StackError(UserError):
    """The stack can not start or go on; the message says which service, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """A process of the stack. `ports` maps the variable that sets a port to the port; `health` answers 200 when up."""

    name: str
    command: list[str]
    health: str
    ports: dict[str, int]
    environment: dict[str, str] = field(default_factory=dict)


def services(settings: Settings) -> list[Service]:
    """The stack's services in the order they start."""
    ports, state = settings.ports, settings.state_dir
    bigquery = [sys.executable, "-m", "nba_pipeline.local.bigquery"]
    bigquery += ["--port", str(ports.bigquery), "--read-port", str(ports.bigquery_read)]
    bigquery += ["--data", str(state / "bigquery"), "--storage-url", str(settings.storage_url)]
    bigquery += ["--time-scale", str(settings.time_scale)]
    ui = [sys.executable, "-m", "dagster", "dev", "-w", str(PROJECT_ROOT / "workspace.yaml")]
    ui += ["-h", "127.0.0.1", "-p", str(ports.ui)]
    return [
        Service(
            "bucket",
            bucket.command(state / "bucket", ports.bucket),
            f"{settings.storage_url}/storage/v1/b",
            {"NBA_BUCKET_PORT": ports.bucket},
        ),
        Service(
            "bigquery",
            bigquery,
            f"{settings.bigquery_url}/health",
            {"NBA_BIGQUERY_PORT": ports.bigquery, "NBA_BIGQUERY_READ_PORT": ports.bigquery_read},
        ),
        Service(
            "dagster",
            ui,
            f"{settings.ui_url}/server_info",
            {"NBA_UI_PORT": ports.ui},
            {"DAGSTER_HOME": str(dagster_home(settings)), "DAGSTER_EVENT_BATCH_SIZE": str(_EVENTS_AT_ONCE)},
        ),
    ]


def dagster_home(settings: Settings) -> Path:
    """The local instance's folder."""
    return settings.state_dir / "dagster"


def start(settings: Settings, report: Callable[[str], None]) -> None:
    """Makes the stack run in the background; `report` is told what is waited for. Does nothing where it runs.

    Raises StackError where a port is taken or a service does not come up.
    """
    supervisor = None
    if not is_running(settings):
        _prepare(settings)
        supervisor = _spawn_supervisor(settings)
    for service in services(settings):
        report(f"waiting for {service.name}")
        _await_health(settings, service, partial(_is_alive, supervisor))


def run(settings: Settings, report: Callable[[str], None]) -> None:
    """Supervises the stack in this process until SIGINT or SIGTERM; then ends every service.

    Raises StackError where a port is taken or a service dies again and again.
    """
    if is_running(settings):
        raise StackError("the local stack runs already: `make stop` ends it")
    _prepare(settings)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    with _held_lock(settings):
        _supervise(settings, processes, report)


def _supervise(
    settings: Settings, processes: dict[str, subprocess.Popen[bytes]], report: Callable[[str], None]
) -> None:
    try:
        for service in services(settings):
            process = processes[service.name] = _spawn(settings, service)
            _await_health(settings, service, partial(_is_alive, process))
            report(f"{service.name} is up: {service.health}")
        _watch(settings, processes, report)
    except KeyboardInterrupt:
        report("stopping")
    finally:
        for process in reversed(processes.values()):
            _end(process)


@contextmanager
def bigquery_alone(settings: Settings) -> Iterator[None]:
    """The local BigQuery and nothing else, for the block: for what needs one of its own. Raises StackError."""
    for folder in ("logs", "bigquery"):
        (settings.state_dir / folder).mkdir(parents=True, exist_ok=True)
    [service] = [service for service in services(settings) if service.name == "bigquery"]
    process = _spawn(settings, service)
    try:
        _await_health(settings, service, partial(_is_alive, process))
        yield
    finally:
        _end(process)


def stop(settings: Settings) -> bool:
    """Ends the supervisor and with it the stack; says whether one ran."""
    if not is_running(settings):
        return False
    os.kill(int(_lock_path(settings).read_text()), signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS * len(services(settings))
    while is_running(settings):
        if time.monotonic() > deadline:
            raise StackError(f"the local stack does not stop; see {settings.state_dir / 'logs'}")
        time.sleep(0.1)
    return True


def is_running(settings: Settings) -> bool:
    """Whether a supervisor runs on this state folder: it holds a lock, which the kernel frees when it dies."""
    path = _lock_path(settings)
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def answers(service: Service) -> bool:
    """Whether a service is up."""
    with suppress(requests.RequestException):
        return requests.get(service.health, timeout=2).ok
    return False


def log_path(settings: Settings, name: str) -> Path:
    """Where the service called `name` logs."""
    return settings.state_dir / "logs" / f"{name}.log"


@contextmanager
def _held_lock(settings: Settings) -> Iterator[None]:
    """Holds the supervisor's lock, with its process id in the file."""
    with _lock_path(settings).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError("the local stack runs already: `make stop` ends it") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock_path(settings: Settings) -> Path:
    return settings.state_dir / "supervisor.pid"


def _prepare(settings: Settings) -> None:
    for service in services(settings):
        for variable, port in service.ports.items():
            _refuse_taken_port(service.name, variable, port)
    # A folder of the bucket server's is a bucket: it is there before the sensor looks into it.
    for folder in ("dagster", "logs", "bigquery", f"bucket/{settings.bucket}"):
        (settings.state_dir / folder).mkdir(parents=True, exist_ok=True)
    (dagster_home(settings) / "dagster.yaml").write_text(_dagster_yaml(settings))


def _dagster_yaml(settings: Settings) -> str:
    """The project's dagster.yaml, and what only the stack knows: where Dagster's event log lies."""
    folder = json.dumps(str(dagster_home(settings) / "history" / "runs"))
    return (PROJECT_ROOT / "dagster.yaml").read_text() + _EVENT_LOG.format(folder=folder)


def _refuse_taken_port(name: str, variable: str, port: int) -> None:
    if not is_free(port):
        raise StackError(f"port {port} for {name} is taken by another program: {other_port(variable, port)}")


def _spawn(settings: Settings, service: Service) -> subprocess.Popen[bytes]:
    """Starts a service in a session of its own, so that a Ctrl-C reaches the supervisor alone."""
    with log_path(settings, service.name).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - commands made above
            service.command,
            env={**os.environ, **service.environment},
            cwd=settings.state_dir,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_die_with_supervisor if sys.platform == "linux" else None,
        )


def _die_with_supervisor() -> None:
    """Asks Linux to interrupt this process when its parent dies, even by kill -9; runs between fork and exec.

    Dagster ends its own processes on an interrupt, and leaves them behind on SIGTERM. A shell's background jobs ignore
    interrupts, and so would all that they start.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _spawn_supervisor(settings: Settings) -> subprocess.Popen[bytes]:
    with (settings.state_dir / "logs" / "supervisor.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "nba_pipeline.cli", "dev"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _is_alive(process: subprocess.Popen[bytes] | None) -> bool:
    """Whether a process of ours still runs; one that somebody else started is taken to."""
    return process is None or process.poll() is None


def _await_health(settings: Settings, service: Service, alive: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and alive():
        if answers(service):
            return
        time.sleep(0.1)
    raise StackError(f"{service.name} did not come up. Its last words:\n{_last_words(settings, service)}")


def _watch(settings: Settings, processes: dict[str, subprocess.Popen[bytes]], report: Callable[[str], None]) -> None:
    restarts = dict.fromkeys(processes, 0)
    while True:
        time.sleep(0.5)
        for service in services(settings):
            process = processes[service.name]
            if process.poll() is None:
                continue
            restarts[service.name] += 1
            if restarts[service.name] > _RESTARTS_ALLOWED:
                raise StackError(f"{service.name} died again and again:\n{_last_words(settings, service)}")
            report(f"{service.name} ended with code {process.returncode}: starting it again")
            processes[service.name] = _spawn(settings, service)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a service and whatever it started: a service leads a process group of its own."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_words(settings: Settings, service: Service) -> str:
    path = log_path(settings, service.name)
    lines = path.read_text(errors="replace").splitlines()[-15:] if path.exists() else []
    return "\n".join([*lines, f"(all of it: {path})"])
