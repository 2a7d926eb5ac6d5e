"""Commands as a user gives them, in this process, against a local BigQuery that some test started."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from nba_pipeline import cli
from nba_pipeline_tests.support.local_bigquery import LocalBigQuery


@dataclass(frozen=True)
class CommandLine:
    """Runs commands with an environment of their own."""

    environment: Mapping[str, str]

    def says(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; fails where it ends with another exit code."""
        result = CliRunner().invoke(cli.app, arguments, env=dict(self.environment))
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What a command prints for scripts."""
        return json.loads(self.says(*arguments, "--json", code=code))


def local_command_line(server: LocalBigQuery, project: str, state_dir: Path) -> CommandLine:
    """Commands on a project of `server`; the stack's other services are not there."""
    return CommandLine(
        {
            **{"NBA_ENV": "local", "NBA_PROJECT": project, "NBA_STATE_DIR": str(state_dir), "NBA_TIME_SCALE": "200"},
            **{"NBA_BIGQUERY_PORT": str(server.port), "NBA_BIGQUERY_READ_PORT": str(server.read_port)},
        }
    )
