"""A Postgres server for tests, on a free loopback port, from the binaries of this machine."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from nba_pipeline_tests.support.local_bigquery import free_port

DEBIANS_BINARIES = Path("/usr/lib/postgresql")


def binaries() -> Path | None:
    """The folder of initdb and postgres: that of PATH, or Debian's newest, or None."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(DEBIANS_BINARIES.glob("*/bin"))
    return next((folder for folder in reversed(folders) if (folder / "postgres").exists()), None)


def skip_without_binaries() -> None:
    """Skips a test where there is no Postgres; CI has one, and fails where it has not."""
    if binaries() is None:
        lacking = "no initdb and postgres on PATH or under /usr/lib/postgresql: install Debian's postgresql"
        assert "CI" not in os.environ, lacking
        pytest.skip(lacking)


@contextmanager
def running_postgres() -> Iterator[str]:
    """The URL of a server with an empty database, ended by its process id at the block's end."""
    # Pytest's own folders are closed to the user that the server runs as.
    with tempfile.TemporaryDirectory() as folder:
        owner = _owner()
        if owner:
            shutil.chown(folder, owner["user"], owner["group"])
        _init(folder, owner)
        with _server(folder, free_port(), owner) as url:
            yield url


def query(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, in a connection of its own."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def _owner() -> dict[str, Any]:
    """What makes a process run as somebody else where the tests run as root, which Postgres refuses."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _init(folder: str, owner: dict[str, Any]) -> None:
    command = [f"{binaries()}/initdb", "-D", f"{folder}/data", "--username=nba", "--auth=trust", "--no-sync"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, **owner)


@contextmanager
def _server(folder: str, port: int, owner: dict[str, Any]) -> Iterator[str]:
    command = [f"{binaries()}/postgres", "-D", f"{folder}/data", "-p", str(port), "-k", folder, "-h", "127.0.0.1"]
    url = f"postgresql://nba@127.0.0.1:{port}/postgres"
    with (
        Path(folder, "log").open("w") as log,
        subprocess.Popen([*command, "-F"], cwd=folder, stdout=log, stderr=log, **owner) as process,
    ):
        try:
            _await(url, process)
            yield url
        finally:
            # "Fast": it ends the connections that are open.
            process.send_signal(signal.SIGINT)
            process.wait(20)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            query(url, "SELECT 1")
        except psycopg2.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"Postgres does not answer; exit code {process.poll()}")
