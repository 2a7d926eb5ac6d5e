"""The summaries of games through Dagster: with sources that were never written, and with rows that break a rule."""

import dataclasses
import datetime as dt

import dagster as dg
import pytest

from nba_pipeline.analytics import player_game_summary, team_defense_game_summary, team_offense_game_summary
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.local.season.simulate import simulate

SUMMARIES = (player_game_summary.TABLE, team_offense_game_summary.TABLE, team_defense_game_summary.TABLE)
FED = ("nbac_schedule", "nbac_player_boxscores")
WRONG_DAY = "2024-11-03"


@pytest.fixture(scope="module")
def fed(empty_slice):
    """A simulated week's schedule and log; nothing was ever written of any other feed."""
    season = simulate(2024, through=dt.date(2024, 11, 4))
    lines = season.player_lines.copy()
    wrong = lines.index[lines["game_date"] == WRONG_DAY][0]
    lines.loc[wrong, "pts"] = 200
    empty_slice.fill(dataclasses.replace(season, player_lines=lines), *FED)
    return empty_slice


def summarise(fed, first: str, last: str) -> dg.ExecuteInProcessResult:
    return fed.run(first, last, [*FED, *(table.name for table in SUMMARIES)])


def checks(result: dg.ExecuteInProcessResult, table) -> dict[str, bool]:
    return {e.check_name: e.passed for e in result.get_asset_check_evaluations() if e.asset_key == asset_key(table)}


def test_sources_that_were_never_written_are_done_without(fed):
    result = summarise(fed, "2024-10-28", "2024-11-02")
    assert result.success
    players, offense, defense = (fed.read(table, "2024-10-28", "2024-11-02") for table in SUMMARIES)
    assert set(players["source_quality"]) == {"silver"}
    assert set(players["shots_from"]) == {"unknown"}
    assert set(offense["source"]) == {"player_game_summary"}
    assert len(offense) == len(defense) == 2 * players["game_id"].nunique() > 0
    assert offense["possessions"].between(70, 140).all()
    for table in SUMMARIES:
        assert set(checks(result, table).values()) == {True}


def test_what_can_not_be_stops_what_would_be_computed_from_it(fed):
    result = summarise(fed, WRONG_DAY, WRONG_DAY)
    assert not result.success
    found = checks(result, player_game_summary.TABLE)
    assert {name for name, passed in found.items() if not passed} == {
        "values_are_in_range",
        "points_are_those_of_the_shots",
    }
    [broken] = [e for e in result.get_asset_check_evaluations() if e.check_name == "values_are_in_range"]
    assert broken.metadata["rows_that_break_it"].value == 1
    assert fed.read(team_offense_game_summary.TABLE, WRONG_DAY, WRONG_DAY).empty
