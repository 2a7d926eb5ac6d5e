"""The season's schedule: the sample's own numbers in both shapes, and any damage to a file counted."""

import gzip
import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_schedule
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

GAME = {
    "gameId": "0022300001",
    "gameStatus": 3,
    "gameDateEst": "2024-01-01T00:00:00Z",
    "gameDateTimeUTC": "2024-01-02T00:30:00Z",
    "gameLabel": "",
    "arenaName": "Boston Arena",
    "arenaCity": "Boston",
    "postponedStatus": "N",
    "isNeutral": False,
    "homeTeam": {"teamId": 1610612738, "teamTricode": "BOS", "score": 110},
    "awayTeam": {"teamId": 1610612752, "teamTricode": "NYK", "score": 99},
}


def collect(content: bytes, season: str = "2023-24") -> Batch:
    return batch.collect(nbac_schedule, [SourceFile(f"nba-com/schedule/{season}/20250102T090000Z.json", 1, content)])


def parsed(*games: dict) -> Batch:
    return collect(json.dumps({"games": games}).encode())


def changed(**values: object) -> dict:
    return {**GAME, "gameId": "0022300002", **values}


def sample(name: str) -> bytes:
    return (SAMPLES / "nbac_schedule_api" / name).read_bytes()


@needs_real_data
def test_the_sample_season_has_its_own_games_days_and_points():
    content = sample("exp_80cb1fd6.json.gz")
    collected, games = collect(content, "2024-25"), json.loads(gzip.decompress(content))["games"]
    rows = collected.rows
    assert len(rows) == len(games) == 1400
    assert not collected.rejected_rows
    assert rows["game_date"].nunique() == 231
    assert (rows["game_date"].min(), rows["game_date"].max()) == (
        pd.Timestamp("2024-10-04"),
        pd.Timestamp("2025-06-22"),
    )
    by_id = {game["gameId"]: game for game in games}
    for side in ("home", "away"):
        assert rows[f"{side}_points"].tolist() == [by_id[game][f"{side}Team"]["score"] for game in rows["game_id"]]
    assert rows["tipoff_utc"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").tolist() == [
        by_id[game]["gameDateTimeUTC"] for game in rows["game_id"]
    ]
    assert rows["season_type"].value_counts().to_dict() == {
        **{"regular": 1230, "playoffs": 84, "preseason": 73},
        **{"all_star": 6, "play_in": 6, "cup_final": 1},
    }


@needs_real_data
def test_the_game_day_of_the_sample_is_the_eastern_day_of_its_tip_off():
    rows = collect(sample("exp_80cb1fd6.json.gz"), "2024-25").rows
    eastern = rows["tipoff_utc"].dt.tz_convert("America/New_York").dt.tz_localize(None).dt.normalize()
    assert (eastern == rows["game_date"]).all()


@needs_real_data
def test_the_apis_own_shape_gives_the_same_games_as_the_scrapers():
    scraped, raw = (
        collect(sample(name), "2024-25").rows.sort_values("game_id", ignore_index=True)
        for name in ("exp_80cb1fd6.json.gz", "raw_80cb1fd6.json.gz")
    )
    pd.testing.assert_frame_equal(scraped, raw)


def test_a_final_game_is_typed_and_has_its_points():
    row = parsed(GAME).rows.iloc[0]
    assert (row["home_team_abbr"], row["home_points"], row["away_team_abbr"], row["away_points"]) == (
        *("BOS", 110),
        *("NYK", 99),
    )
    assert row["tipoff_utc"] == pd.Timestamp("2024-01-02T00:30:00Z")
    assert (row["season_year"], row["season_type"], row["is_neutral"]) == (2023, "regular", False)
    assert row["game_label"] is pd.NA


@pytest.mark.parametrize("status", [1, 2])
def test_a_game_that_is_not_final_has_no_points(status):
    row = parsed(changed(gameStatus=status)).rows.iloc[0]
    assert (row["game_status"], row["home_points"], row["away_points"]) == (status, pd.NA, pd.NA)


@pytest.mark.parametrize("team", [{"teamId": 0, "teamTricode": "TBD", "score": 0}, {"teamId": 0}, {}])
def test_a_team_to_be_decided_is_null(team):
    row = parsed(changed(gameStatus=1, homeTeam=team)).rows.iloc[0]
    assert (row["home_team_id"], row["home_team_abbr"], row["away_team_abbr"]) == (pd.NA, pd.NA, "NYK")


@pytest.mark.parametrize("text", ["", None, "to be announced"])
def test_a_tip_off_that_is_not_set_is_null(text):
    assert parsed(changed(gameDateTimeUTC=text)).rows["tipoff_utc"].isna().all()


def test_fields_that_older_scrapes_lack_are_null():
    short = {key: GAME[key] for key in ("gameId", "gameStatus", "gameDateEst", "homeTeam", "awayTeam")}
    row = parsed(short).rows.iloc[0]
    assert row[["arena_name", "is_neutral", "postponed_status", "tipoff_utc"]].isna().all()


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"gameStatus": "Final"}, "$.games[1].gameStatus", "Expected `int`, got `str`"),
        ({"homeTeam": None}, "$.games[1].homeTeam", "Expected `object`, got `null`"),
        ({"gameDateEst": "soon"}, "$.games[1]", "game_date is missing or makes no sense"),
        ({"gameId": "22300001"}, "$.games[1]", "season_type is missing or makes no sense"),
        ({"gameId": GAME["gameId"]}, "$.games[0]", "its key stands again further down"),
    ],
)
def test_a_bad_game_costs_itself_and_is_listed(change, position, reason):
    collected = parsed(GAME, changed(**change))
    assert len(collected.rows) == 1
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (position, reason)


def test_a_bad_game_of_the_apis_own_shape_is_named_by_its_day():
    days = [{"games": [GAME]}, {"games": [changed(), {"gameId": 7}]}]
    collected = collect(json.dumps({"leagueSchedule": {"gameDates": days}}).encode())
    assert len(collected.rows) == 2
    assert collected.rejected_rows[0].position == "$.leagueSchedule.gameDates[1].games[1].gameId"


def test_a_file_of_neither_shape_is_refused():
    with pytest.raises(TooManyBadFiles, match="neither games nor leagueSchedule"):
        collect(b'{"resultSets": []}')


@given(damaged({"games": [GAME, changed()]}))
def test_a_damaged_schedule_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(content["games"])
