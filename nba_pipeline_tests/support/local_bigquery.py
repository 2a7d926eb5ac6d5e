"""A local BigQuery process for tests, on free loopback ports."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from nba_pipeline.bigquery.connection import Connection
from nba_pipeline.local.ports import free as free_port


@dataclass
class Faults:
    """The faults of a running server; see nba_pipeline/local/bigquery/faults.py."""

    url: str

    def add(self, fault: str, **settings: Any) -> None:
        """Sets a fault: `jobs`, `count`, `probability`, `seconds`."""
        requests.post(self.url, json={"fault": fault, **settings}, timeout=10).raise_for_status()

    def clear(self) -> None:
        """Removes all."""
        requests.delete(self.url, timeout=10).raise_for_status()

    def struck(self) -> list[int]:
        """How often each struck, in the order they were set."""
        return [fault["struck"] for fault in requests.get(self.url, timeout=10).json()["faults"]]


@dataclass
class LocalBigQuery:
    """A running server."""

    process: subprocess.Popen
    port: int
    read_port: int

    @property
    def addresses(self) -> dict[str, str]:
        """Where it answers, as Connection and the IO manager take it."""
        return {"url": f"http://127.0.0.1:{self.port}", "read_address": f"127.0.0.1:{self.read_port}"}

    def connect(self, project: str) -> Connection:
        """A project's clients; the caller closes them."""
        return Connection(project, "US", **self.addresses)

    @property
    def faults(self) -> Faults:
        """What goes wrong on demand."""
        return Faults(f"http://127.0.0.1:{self.port}/local/faults")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running_local_bigquery(
    data: Path,
    storage_url: str = "http://127.0.0.1:1",
    time_scale: float = 200,
    without: Sequence[str] = (),
    streaming_buffer_seconds: float | None = None,
) -> Iterator[LocalBigQuery]:
    """A server on the files in `data`, ended by its process id at the block's end.

    All of BigQuery's limits hold except those in `without`; time passes fast, so that they let go soon.
    """
    port, read_port = free_port(), free_port()
    command = [sys.executable, "-m", "nba_pipeline.local.bigquery", "--data", str(data), "--storage-url", storage_url]
    command += ["--time-scale", str(time_scale), "--seed", "1"]
    command += [word for name in without for word in ("--without", name)]
    if streaming_buffer_seconds is not None:
        command += ["--streaming-buffer-seconds", str(streaming_buffer_seconds)]
    with subprocess.Popen([*command, "--port", str(port), "--read-port", str(read_port)]) as process:
        try:
            await_answer(f"http://127.0.0.1:{port}/health", process)
            yield LocalBigQuery(process, port, read_port)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(20)


def await_answer(url: str, process: subprocess.Popen) -> None:
    """Waits until `url` answers 200; fails when the process ends first."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(requests.RequestException):
            if requests.get(url, timeout=1).ok:
                return
        time.sleep(0.05)
    raise AssertionError(f"{url} does not answer; exit code {process.poll()}")
