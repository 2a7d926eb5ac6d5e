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
        (["backfill"], 2, "name the days by --start-date and --end-date, or --dates, or --from-file"),
        (["backfill", "--dates", "2024-01-01", "--start-date", "2024-01-01"], 2, "name the days by"),
        (["backfill", "--start-date", "2024-01-01"], 2, "go together"),
        (["backfill", "--dates", "1.1.2024"], 1, "'1.1.2024' is no day: write it as 2024-01-31"),
        (["backfill", "--from-file", "/nowhere.json"], 1, "/nowhere.json can not be read as a list of days"),
        (["backfill", "--dates", "2024-01-01", "--assets", "odds"], 1, "odds is no table of the pipeline; there are"),
        (["backfill", "--dates", "2024-01-01,2024-01-03"], 1, "Dagster does not answer at"),
        (["runs", "--failed"], 1, "the local stack is not running"),
        (["runs", "--date", "yesterday"], 2, "yesterday"),
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
