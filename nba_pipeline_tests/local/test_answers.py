"""An operator's questions, each answered by one command out of BigQuery's tables."""

import datetime as dt

import pandas as pd
import pytest

from nba_pipeline.frames import DayRows
from nba_pipeline.game_days import today
from nba_pipeline.listings import coverage
from nba_pipeline.local import stack
from nba_pipeline.orchestration import failed_files, run_history
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.predictions import (
    player_prop_predictions,
    prediction_coverage,
    strikeout_coverage,
    strikeout_predictions,
)
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule
from nba_pipeline_tests.support.command_line import local_command_line
from nba_pipeline_tests.support.finished import FIGURES
from nba_pipeline_tests.support.plain_rows import rows_of
from nba_pipeline_tests.support.writing import writer

DAY = dt.date(2024, 1, 31)
# Turns a terminal red, clears it, and would be rich's markup.
HOSTILE = "\x1b[31m\x1b[2J[bold red]x[/]"
SHOWN = r"\x1b[31m\x1b[2J[bold red]x[/]"


@pytest.fixture
def put(connection):
    """Writes rows of a table for a day."""

    def write(table, day, *told):
        writer(connection, "a run").write(table, DayRows(rows_of(table, day, *told), [day]))

    return write


@pytest.fixture
def command(server, project, tmp_path, monkeypatch):
    monkeypatch.setattr(stack, "is_running", lambda _: True)
    return local_command_line(server, project, tmp_path)


@pytest.fixture
def slate(put):
    """Three players: one who is predicted, one who is hurt, one who has been away."""
    players = [
        {"player_id": 1, "player_lookup": "lukadoncic", "player_name": "Luka Dončić", "status": "predicted"},
        {"player_id": 2, "player_lookup": "x", "player_name": HOSTILE, "reason": "listed_out"},
        {"player_id": 3, "player_lookup": "away", "player_name": "Al Away", "reason": "no_game_in_30_days"},
    ]
    put(prediction_coverage.TABLE, DAY, *({"status": "not_predicted", "systems": 0, **player} for player in players))
    said = {"moving_average": 28.04, "ensemble": 30.0}
    of_one = ({"player_id": 1, "system_id": system, "predicted_points": points} for system, points in said.items())
    put(player_prop_predictions.TABLE, DAY, *of_one)
    last = pd.Timestamp("2023-12-24")
    put(player_daily_cache.TABLE, DAY, *({"player_id": number, "last_game_date": last} for number in (1, 2, 3)))


def test_coverage_counts_players_by_status_and_reason(command, slate):
    counted = command.json("coverage", "--date", f"{DAY}")
    assert {(row["status"], row["reason"], row["players"]) for row in counted} == {
        ("predicted", "", 1),
        ("not_predicted", "listed_out", 1),
        ("not_predicted", "no_game_in_30_days", 1),
    }
    assert sum(row["share"] for row in counted) == pytest.approx(1)
    shown = command.says("coverage", "--date", f"{DAY}")
    assert "The slate of 2024-01-31: 3 players" in shown
    assert "33.3%" in shown


def test_coverage_in_detail_says_of_each_player_which_systems_spoke_or_why_none_did(command, slate):
    shown = command.says("coverage", "--date", f"{DAY}", "--detailed")
    assert "ensemble 30, moving_average 28" in shown
    assert "the newest injury report before tip-off lists him Out" in shown
    assert "no game in 30 days: his last was on 2023-12-24" in shown
    assert SHOWN in shown
    assert "\x1b" not in shown


def test_one_player_is_found_however_his_name_is_written(command, slate):
    [player] = command.json("coverage", "--date", f"{DAY}", "--player", "Doncic")
    assert player["predicted"] == {"ensemble": 30.0, "moving_average": 28.0}
    assert (player["game_date"], player["why"]) == ("2024-01-31", None)


def test_a_player_who_is_not_on_the_slate_is_told_so_with_who_would_be(command, slate):
    said = command.says("coverage", "--date", f"{DAY}", "--player", HOSTILE, code=1)
    assert f"nobody called {SHOWN} is on this slate" in said


def test_a_day_with_games_that_was_not_computed_is_told_from_one_without(command, put):
    put(prediction_coverage.TABLE, DAY, {"status": "predicted"})
    put(nbac_schedule.TABLE, dt.date(2024, 2, 1), {"game_id": "1", "season_type": "regular"})
    said = command.says("coverage", "--date", "2024-02-01", code=1)
    assert "1 games are scheduled on 2024-02-01 and nobody is covered yet" in said
    assert "nba-pipeline backfill --dates 2024-02-01" in " ".join(said.split())
    assert "No game that counts is scheduled on 2024-02-02" in command.says("coverage", "--date", "2024-02-02")


def test_pitchers_are_covered_by_their_strikeouts(command, put):
    pitchers = [
        {"player_lookup": "one", "status": "predicted"},
        {"player_lookup": "two", "status": "not_predicted", "reason": strikeout_predictions.NO_START},
    ]
    put(strikeout_coverage.TABLE, DAY, *pitchers)
    put(strikeout_predictions.TABLE, DAY, {"player_lookup": "one", "system_id": "market", "predicted_strikeouts": 6.04})
    shown = command.says("coverage", "--mlb", "--date", f"{DAY}", "--detailed")
    assert "market 6" in shown
    assert "he pitched in the last year, and began no game" in shown
    assert "No pitcher has a strikeout line on 2024-02-01" in command.says("coverage", "--mlb", "--date", "2024-02-01")


@pytest.mark.parametrize(
    ("slate", "reasons"),
    [(coverage.POINTS, player_prop_predictions.REASONS), (coverage.STRIKEOUTS, strikeout_predictions.REASONS)],
    ids=["points", "strikeouts"],
)
def test_every_reason_that_a_table_may_hold_is_put_into_words(slate, reasons):
    assert set(slate.why) == set(reasons)


def test_before_anything_was_predicted_coverage_says_what_to_do(command):
    assert "materialise its asset first" in command.says("coverage", code=1)


@pytest.fixture
def files(put):
    """Two places in one file, and a file of another feed on another day, noted later."""
    early, late = pd.Timestamp("2024-02-02 12:00", tz="UTC"), pd.Timestamp("2024-02-03 12:00", tz="UTC")
    one = {"table_name": str(nbac_player_boxscores.TABLE), "source_object": f"a/{HOSTILE}.json", "noted_at": early}
    put(failed_files.TABLE, DAY, {**one, "position": "$[1]", "reason": HOSTILE}, {**one, "position": "$[0]"})
    other = {"table_name": str(nbac_schedule.TABLE), "source_object": "b.json", "noted_at": late}
    put(failed_files.TABLE, dt.date(2024, 2, 1), {**other, "source_generation": 1234567, "position": "$"})


def test_files_that_failed_are_listed_once_each_seen_last_first(command, files):
    assert [file["source_object"] for file in command.json("files")] == ["b.json", f"a/{HOSTILE}.json"]
    shown = command.says("files")
    assert "Files that failed: 2 of 2, last first" in shown
    assert "$[0] and 1 more" in shown
    assert f"a/{SHOWN}.json" in shown
    assert "1234567" in shown
    assert "1 of 2, last first" in command.says("files", "--limit", "1")


def test_every_place_in_a_file_is_listed_in_detail(command, files):
    shown = command.says("files", "--table", "nbac_player_boxscores", "--detailed")
    assert shown.count(".json") == 2
    assert SHOWN in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    "options", [["--date", f"{DAY}"], ["--feed", "nbac_player_boxscores"], ["--table", "nba_raw.nbac_player_boxscores"]]
)
def test_files_of_a_day_a_feed_or_a_table_alone_are_listed(command, files, options):
    [file] = command.json("files", *options)
    assert file["places"] == [{"position": "$[0]", "reason": "x"}, {"position": "$[1]", "reason": HOSTILE}]
    assert (file["file_date"], file["source_generation"]) == ("2024-01-31", 1)


def test_without_failures_and_with_a_feed_that_does_not_exist_files_says_so(command):
    assert "No file has failed that fits" in command.says("files")
    said = command.says("files", "--feed", HOSTILE, code=1)
    assert f"{SHOWN} is no feed of the pipeline; there are" in said


NOW = pd.Timestamp.now("UTC")
BEARS = {"table_name": "toys.bears", "first_partition": "2024-01-01", "last_partition": "2024-01-31"}
WROTE = {
    **{"status": "succeeded", "run_status": "succeeded", "launched_by": "backfill", "launcher": "abc"},
    **{name: FIGURES[name] for name in ("rows_written", "dml_statements")},
    **{"bigquery_jobs": 2, "reruns": 1, "seconds_waited": 4.5},
}


@pytest.fixture
def history(put):
    """January written, and again; then the 31st and another table, both of which failed."""
    hours = [NOW - pd.Timedelta(hours=hours) for hours in (3, 2, 1)]
    failed = {"status": "failed", "run_status": "failed", "launched_by": "manual", "error": HOSTILE}
    put(
        run_history.TABLE,
        today(),
        {**BEARS, **WROTE, "run_id": "first-run", "ended_at": hours[0]},
        {**BEARS, **WROTE, "run_id": "second-run", "ended_at": hours[1]},
        {**BEARS, **failed, "run_id": "third-run", "ended_at": hours[2], "first_partition": "2024-01-31"},
        {**failed, "table_name": "toys.cars", "run_id": "third-run", "ended_at": hours[2]},
    )


@pytest.mark.parametrize(
    ("day", "found"), [("2024-01-31", ["third", "second", "first"]), ("2024-01-01", ["second", "first"])]
)
def test_which_run_wrote_a_partition_is_named_and_attempts_that_failed_are_listed(command, history, day, found):
    asked = ["runs", "--table", "bears", "--partition", day]
    assert [row["run_id"] for row in command.json(*asked)] == [f"{name}-run" for name in found]
    assert command.says(*asked).startswith("Written last by run second-run, which ended ")


def test_a_partition_that_no_run_wrote_is_told_so(command, history):
    asked = ["runs", "--table", "bears", "--partition"]
    assert "No run has ended that fits" in command.says(*asked, "2024-02-01")
    assert command.says(*asked, "2024-01-31", "--failed").startswith("None of these runs wrote it.")


def test_what_runs_cost_is_summed_by_table_and_in_all(command, history):
    bears, cars, everything = command.json("runs", "--cost")
    assert (bears["table_name"], bears["runs"], bears["failed"]) == ("toys.bears", 3, 1)
    figures = ("rows_written", "bigquery_jobs", "dml_statements", "seconds_waited")
    assert [bears[name] for name in figures] == [200, 4, 2, 9.0]
    assert (cars["bigquery_jobs"], cars["failed"]) == (0, 1)
    total = ("table_name", "runs", "failed", "bigquery_jobs", "reruns")
    assert [everything[name] for name in total] == ["all", 3, 2, 4, 2]
    assert "Runs that ended in the last 24 hours" in command.says("runs", "--cost")


def test_what_a_day_without_runs_cost_is_nothing(command, history):
    [everything] = command.json("runs", "--cost", "--date", "2024-01-01")
    assert (everything["table_name"], everything["runs"], everything["bigquery_jobs"]) == ("all", 0, 0)


def test_an_error_is_shown_and_steers_no_terminal(command, history):
    shown = command.says("runs", "--failed")
    assert SHOWN in shown
    assert "\x1b" not in shown
