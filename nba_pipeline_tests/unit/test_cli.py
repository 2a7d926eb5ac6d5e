"""The command line's answers to what a user can get wrong: one message, an exit code, no traceback."""

import pytest
from typer.testing import CliRunner

from nba_pipeline import cli
from nba_pipeline_tests.support.running_stack import local_environment


@pytest.fixture
def environment(tmp_path):
    return local_environment(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["load-season", "--from", "/nowhere", "--season", "2023-24"], 1, "the local stack is not running"),
        (["backfill", "--start-date", "2024-01-01", "--end-date", "2024-01-02"], 1, "Dagster does not answer at"),
        (["backfill", "--start-date", "2024-01-02", "--end-date", "2024-01-01"], 2, "lies before --start-date"),
        (["backfill", "--start-date", "soon", "--end-date", "2024-01-01"], 2, "soon"),
        (["stop"], 0, "was not running"),
    ],
)
def test_a_command_says_in_one_message_what_is_wrong(environment, arguments, code, message):
    result = CliRunner().invoke(cli.app, arguments, env={**environment, "COLUMNS": "200"})
    assert result.exit_code == code
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_wrong_setting_is_named(environment):
    result = CliRunner().invoke(cli.app, ["demo"], env={**environment, "NBA_UI_PORT": "x"})
    assert result.exit_code == 1
    assert "NBA_UI_PORT is 'x'" in result.output
