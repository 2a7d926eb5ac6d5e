"""ESPN's scoreboard: the sample's own games on their Eastern day, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, espn_scoreboard
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, SHARED, needs_real_data

HOME = {"teamId": "18", "abbreviation": "NY", "score": "94", "winner": False, "homeAway": "home"}
AWAY = {"teamId": "9", "abbreviation": "GS", "score": "98", "winner": True, "homeAway": "away"}
GAME = {
    **{"gameId": "401585185", "statusId": "3", "state": "post", "status": "Final/OT"},
    **{"startTime": "2024-01-16T03:30Z", "teams": [HOME, AWAY]},
}
OTHER = {**GAME, "gameId": "401585186"}


def scoreboard(*games: object) -> dict:
    return {"scoreDate": "20240115", "gameCount": len(games), "games": list(games)}


def source_file(content: bytes, day: str = "2024-01-15", ts: str = "20240116T090000Z") -> SourceFile:
    return SourceFile(f"espn/scoreboard/{day}/{ts}.json", 1, content)


def parsed(*games: object) -> Batch:
    return batch.collect(espn_scoreboard, [source_file(json.dumps(scoreboard(*games)).encode())])


@needs_real_data
def test_the_samples_games_are_those_that_nba_com_has_of_the_day():
    content = (SAMPLES / "espn_scoreboard_api" / "exp_92de7c9a.json").read_bytes()
    collected = batch.collect(espn_scoreboard, [source_file(content)])
    rows = collected.rows.set_index("home_team_abbr")
    assert not collected.rejected_rows
    assert len(rows) == json.loads(content)["gameCount"] == 11
    totals = pd.read_parquet(SHARED / "tidy" / "team_game.parquet", filters=[("game_id", ">=", "0022300000")])
    totals = totals[pd.to_datetime(totals["game_date"]).eq("2024-01-15")]
    home = totals[totals["is_home"]].set_index("team_abbreviation")
    away = totals[~totals["is_home"]].set_index("opponent_abbreviation")
    assert rows["home_points"].to_dict() == home["pts"].to_dict()
    assert rows["away_points"].to_dict() == away["pts"].to_dict()
    assert rows["away_team_abbr"].to_dict() == home["opponent_abbreviation"].to_dict()
    assert set(rows["state"]) == {"post"}


@needs_real_data
def test_the_sample_without_games_has_none_and_is_no_failure():
    content = (SAMPLES / "espn_scoreboard_api" / "exp_20250214.json").read_bytes()
    collected = batch.collect(espn_scoreboard, [source_file(content, "2025-02-14")])
    assert (len(collected.rows), collected.files, collected.failures) == (0, 1, [])


def test_a_late_game_is_of_the_eastern_day_and_typed():
    row = parsed(GAME).rows.iloc[0]
    assert (row["game_date"], row["tipoff_utc"]) == (pd.Timestamp("2024-01-15"), pd.Timestamp("2024-01-16T03:30Z"))
    assert (row["espn_game_id"], row["season_year"], row["status"]) == ("401585185", 2023, "Final/OT")
    assert (row["home_team_abbr"], row["home_points"]) == ("NYK", 94)
    assert (row["away_team_abbr"], row["away_points"]) == ("GSW", 98)


def test_the_order_of_the_teams_says_nothing():
    row = parsed({**GAME, "teams": [AWAY, HOME]}).rows.iloc[0]
    assert (row["home_team_abbr"], row["away_team_abbr"]) == ("NYK", "GSW")


def test_a_game_to_come_has_no_points():
    teams = [{**HOME, "score": "0"}, {**AWAY, "score": "0"}]
    row = parsed({**GAME, "state": "pre", "status": "Scheduled", "teams": teams}).rows.iloc[0]
    assert row[["home_points", "away_points"]].isna().all()


def test_a_later_scrape_of_the_day_has_the_later_score():
    live = json.dumps(scoreboard({**GAME, "state": "in", "teams": [{**HOME, "score": "50"}, AWAY]})).encode()
    final = json.dumps(scoreboard(GAME)).encode()
    rows = batch.collect(espn_scoreboard, [source_file(final), source_file(live, ts="20240116T043000Z")]).rows
    assert rows[["state", "home_points"]].to_numpy().tolist() == [["post", 94]]


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"gameId": None}, ".gameId", "Expected `str`, got `null`"),
        ({"gameId": ""}, "", "espn_game_id is missing or makes no sense"),
        ({"state": "soon"}, ".state", "Invalid enum value 'soon'"),
        ({"startTime": "TBD"}, "", "tipoff_utc is missing or makes no sense"),
        ({"startTime": "2024-01-16T05:30Z"}, "", "game_date is not the one in the object's name"),
        ({"teams": [HOME]}, "", "not one home team and one visiting team"),
        ({"teams": [HOME, HOME]}, "", "not one home team and one visiting team"),
        ({"teams": [HOME, {**AWAY, "abbreviation": "EAST"}]}, "", "away_team_abbr is missing or makes no sense"),
        ({"teams": [{**HOME, "score": "94.5"}, AWAY]}, "", "home_points makes no sense"),
        ({"teams": [HOME, {**AWAY, "score": 98}]}, ".teams[1].score", "Expected `str | null`, got `int`"),
    ],
)
def test_a_game_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed({**GAME, **change}, OTHER)
    assert collected.rows["espn_game_id"].tolist() == ["401585186"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.games[0]{position}", reason)


@given(damaged(scoreboard(GAME, OTHER)))
def test_a_damaged_scoreboard_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = batch.collect(espn_scoreboard, [source_file(json.dumps(content).encode())])
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(content["games"])
