"""The whole local stack for tests: the supervisor that `make dev` runs, on free ports and files of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nba_pipeline import settings
from nba_pipeline_tests.support.local_bigquery import await_answer, free_port


def local_environment(state_dir: Path) -> dict[str, str]:
    """The variables of a local stack of its own."""
    ports = ("NBA_BIGQUERY_PORT", "NBA_BIGQUERY_READ_PORT", "NBA_BUCKET_PORT", "NBA_UI_PORT")
    fixed = {"NBA_ENV": "local", "NBA_STATE_DIR": str(state_dir), "NBA_TIME_SCALE": "200"}
    return fixed | {name: str(free_port()) for name in ports}


@contextmanager
def running_stack(state_dir: Path) -> Iterator[settings.Settings]:
    """The settings of a stack that runs until the block's end."""
    environment = local_environment(state_dir)
    command = [sys.executable, "-m", "nba_pipeline.cli", "dev"]
    current = settings.load(environment)
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as supervisor:
        try:
            await_answer(f"{current.ui_url}/server_info", supervisor)
            yield current
        finally:
            supervisor.send_signal(signal.SIGTERM)
            supervisor.wait(60)
