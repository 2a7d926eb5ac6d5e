"""The command line's answers to what a user can get wrong: one message, an exit code, no traceback."""

import subprocess
import sys

import pytest
import typer
from google.api_core.exceptions import Forbidden
from google.auth.exceptions import DefaultCredentialsError
from typer.testing import CliRunner

from nba_pipeline import cli
from nba_pipeline.commands.common import LOOK, command
from nba_pipeline.errors import UserError
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
        (["backfill"], 2, "name the days by --start-date and --end-date, or --dates, or --from-file"),
        (["backfill", "--dates", "2024-01-01", "--start-date", "2024-01-01"], 2, "name the days by"),
        (["backfill", "--start-date", "2024-01-01"], 2, "go together"),
        (["backfill", "--dates", "1.1.2024"], 1, "'1.1.2024' is no day: write it as 2024-01-31"),
        (["backfill", "--from-file", "/nowhere.json"], 1, "/nowhere.json can not be read as a list of days"),
        (["backfill", "--dates", "2024-01-01", "--assets", "odds"], 1, "odds is no table of the pipeline; there are"),
        (["backfill", "--dates", "2024-01-01,2024-01-03"], 1, "Dagster does not answer at"),
        (["runs", "--failed"], 1, "the local stack is not running"),
        (["runs", "--date", "yesterday"], 2, "yesterday"),
        (["runs", "--partition", "2024"], 2, "2024"),
        (["runs", "--limit", "0"], 2, "--limit"),
        (["files"], 1, "the local stack is not running"),
        (["coverage", "--player", "x"], 1, "the local stack is not running"),
        (["tables", "diff"], 1, "the local stack is not running"),
        (["tables", "create", "--yes"], 1, "the local stack is not running"),
        (["status"], 1, "the local stack never ran here"),
        (["replay-incident", "--dates", "853"], 2, "--dates"),
        (["report"], 1, "the local stack is not running"),
        (["report", "--start-date", "2024-01-02", "--end-date", "2024-01-01"], 2, "lies before --start-date"),
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


def test_a_dry_run_prints_what_each_table_would_get_and_starts_nothing(environment):
    days = ["--start-date", "2024-01-01", "--end-date", "2024-04-30", "--assets", "nbac_player_boxscores,nbac_schedule"]
    result = CliRunner().invoke(cli.app, ["backfill", *days, "--dry-run"], env={**environment, "COLUMNS": "200"})
    assert result.output.splitlines() == [
        "121 days from 2024-01-01 to 2024-04-30 in 2 runs of at most 100 days",
        "nba_raw.nbac_player_boxscores: 4 jobs, 2 DML statements; the first run's:",
        "    load, WRITE_TRUNCATE -> nba_raw._staging_nbac_player_boxscores_ID",
        "    MERGE 100 days of nba_raw.nbac_player_boxscores from _staging_nbac_player_boxscores_ID",
        "nba_raw.nbac_schedule: 4 jobs, 2 DML statements; the first run's:",
        "    load, WRITE_TRUNCATE -> nba_raw._staging_nbac_schedule_ID",
        "    days of the keys looked up, then MERGE by game_id into nba_raw.nbac_schedule from "
        "_staging_nbac_schedule_ID",
    ]


def commands() -> list[tuple[str, ...]]:
    """Every command, by the words that name it."""
    top = typer.main.get_command(cli.app).commands
    below = {name: list(getattr(found, "commands", {})) for name, found in top.items()}
    return [words for name, found in below.items() for words in ([(name, word) for word in found] or [(name,)])]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_an_example_that_begins_with_its_name(words):
    shown = CliRunner().invoke(cli.app, [*words, "--help"], env={"COLUMNS": "200"}).output
    assert f"Example: nba-pipeline {' '.join(words)}" in shown


def test_help_tells_the_exit_codes():
    shown = " ".join(CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "200"}).output.split())
    assert "Exit codes: 0 done; 1 something failed, as a message on the error output says; 2 a command" in shown


def test_help_comes_before_anything_that_takes_long_to_import():
    script = (
        "import sys; from nba_pipeline import cli;"
        "print([m for m in ('pandas', 'dagster', 'google.cloud', 'pyarrow', 'requests') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def failing(error: Exception):
    """An application whose command fails."""
    app = typer.Typer(pretty_exceptions_enable=False)

    @command(app, LOOK, "fail")
    def fail() -> None:
        raise error

    return CliRunner().invoke(app, [])


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (UserError("\x1b[31m[bold]x[/] is missing\nadd it"), "UserError: \\x1b[31m[bold]x[/] is missing\nadd it\n"),
        (DefaultCredentialsError("none"), "`nba-pipeline doctor` says what is missing"),
        (Forbidden("no"), "`nba-pipeline doctor` looks at permissions, locations and tables"),
    ],
)
def test_what_a_user_can_mend_is_one_message_on_the_error_output_as_it_is(error, message):
    result = failing(error)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""


def test_a_defect_keeps_its_traceback():
    defect = ZeroDivisionError("a defect")
    assert failing(defect).exception is defect
