"""MLB's box scores: one object fills two tables, with a real day's own numbers and any damage counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, mlb_batter_stats, mlb_pitcher_stats
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline.sources.mlb_teams import NAMES, team_abbr, team_abbr_of_names
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SHARED, needs_real_data

PLAYER = {
    **{"game_pk": 634615, "game_date": "2024-07-05", "player_id": 9_000_001, "player_name": "Jobex Ström Jr."},
    **{"team_abbr": "ARI", "opponent_abbr": "SD", "home_away": "home"},
}
PITCHER = {
    **PLAYER,
    **{"is_starter": True, "strikeouts": 7, "innings_pitched": "6.2", "pitches_thrown": 98, "strikes": 66, "balls": 32},
    **{"hits_allowed": 5, "walks": 2, "earned_runs": 3, "runs": 4, "home_runs_allowed": 1, "batters_faced": 27},
    **{"win": True, "loss": False, "save": False},
}
BATTER = {
    **PLAYER,
    **{"at_bats": 4, "runs": 1, "hits": 2, "doubles": 1, "triples": 0, "home_runs": 0, "rbi": 2, "walks": 1},
    **{"strikeouts": 1, "stolen_bases": 0, "batting_order": 3},
}


def day(pitchers: list, batters: list) -> dict:
    told = {"date": "2024-07-05", "timestamp": "2024-07-06T06:00:00Z", "games_found": 15, "games_final": 15}
    return {**told, "pitcher_stats": pitchers, "batter_stats": batters}


def collect(source, content: object) -> Batch:
    name = "mlb-stats-api/box-scores/2024-07-05/20240706T060000Z.json"
    return batch.collect(source, [SourceFile(name, 1, json.dumps(content).encode())])


def pitchers(*lines: dict) -> Batch:
    return collect(mlb_pitcher_stats, day(list(lines), []))


def batters(*lines: dict) -> Batch:
    return collect(mlb_batter_stats, day([], list(lines)))


@needs_real_data
def test_a_real_day_of_pitchers_has_its_own_numbers():
    real = pd.read_parquet(SHARED / "tidy" / "mlb_pitcher_game.parquet")
    real = real[real["game_date"].astype(str) == "2024-07-05"].assign(game_date="2024-07-05")
    columns = {
        **{"k": "strikeouts", "h_allowed": "hits_allowed", "bb_allowed": "walks"},
        **{"hr_allowed": "home_runs_allowed", "batters_faced": "batters_faced"},
    }
    innings = (real["outs"] // 3).astype(str) + "." + (real["outs"] % 3).astype(str)
    written = real.rename(columns={**columns, "pitcher_id": "player_id"}).assign(innings_pitched=innings)
    held = [PITCHER | line for line in written.drop(columns=["outs", "season"]).to_dict("records")]
    collected = pitchers(*held)
    assert (len(collected.rows), collected.rejected_rows) == (len(real), [])
    assert len(real) == 125
    expected, found = real.set_index(["game_pk", "pitcher_id"]), collected.rows.set_index(["game_pk", "player_id"])
    assert found["outs_recorded"].to_dict() == expected["outs"].to_dict()
    for written_as, column in columns.items():
        assert found[column].to_dict() == expected[written_as].to_dict()


def test_one_object_fills_both_tables():
    content = day([PITCHER, PITCHER | {"player_id": 9_000_002}], [BATTER])
    assert len(collect(mlb_pitcher_stats, content).rows) == 2
    assert len(collect(mlb_batter_stats, content).rows) == 1
    assert mlb_pitcher_stats.FEED.path == mlb_batter_stats.FEED.path


def test_a_pitchers_line_is_typed():
    row = pitchers(PITCHER).rows.iloc[0]
    assert (row["game_date"], row["game_pk"], row["player_lookup"]) == (
        pd.Timestamp("2024-07-05"),
        634615,
        "jobexstrom",
    )
    assert (row["team_abbr"], row["opponent_abbr"], row["is_home"]) == ("AZ", "SD", True)
    assert (row["outs_recorded"], row["strikeouts"], row["runs"]) == (20, 7, 4)
    assert row[["is_starter", "win", "loss", "save"]].tolist() == [True, True, False, False]


def test_a_batters_line_is_typed():
    row = batters(BATTER).rows.iloc[0]
    for name in mlb_batter_stats._COUNTS:
        assert row[name] == BATTER[name]
    assert row["batting_order"] == 3


@pytest.mark.parametrize(
    ("innings", "outs"), [("6.2", 20), ("0.0", 0), ("0.1", 1), ("9", 27), (6.1, 19), (7, 21), (None, pd.NA)]
)
def test_the_digit_behind_the_point_of_innings_is_outs(innings, outs):
    assert pitchers(PITCHER | {"innings_pitched": innings}).rows["outs_recorded"].tolist() == [outs]


@pytest.mark.parametrize(("written", "flag"), [(1, True), (0, False), (None, pd.NA)])
def test_flags_may_be_written_as_numbers(written, flag):
    assert pitchers(PITCHER | {"save": written}).rows["save"].tolist() == [flag]


@pytest.mark.parametrize(("written", "order"), [("301", 301), (9, 9), (None, pd.NA), ("", pd.NA)])
def test_the_batting_order_is_read_from_numbers_and_texts(written, order):
    assert batters(BATTER | {"batting_order": written}).rows["batting_order"].tolist() == [order]


def test_counts_that_are_missing_are_null():
    short = {name: PITCHER[name] for name in PLAYER}
    assert pitchers(short).rows[["strikeouts", "outs_recorded", "win", "is_starter"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"strikeouts": "7"}, "Expected `int | null`, got `str`"),
        ({"walks": -1}, "Expected `int` >= 0"),
        ({"innings_pitched": "6.3"}, "innings_pitched makes no sense"),
        ({"innings_pitched": "six"}, "innings_pitched makes no sense"),
        ({"win": 2}, "Invalid enum value 2"),
        ({"team_abbr": "AL"}, "team_abbr is missing or makes no sense"),
        ({"home_away": "neutral"}, "Invalid enum value 'neutral'"),
        ({"game_pk": None}, "Expected `int`, got `null`"),
        ({"player_name": ""}, "player_lookup is missing or makes no sense"),
        ({"game_date": "2024-07-06"}, "game_date is not the one in the object's name"),
    ],
)
def test_a_line_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(values, reason):
    collected = pitchers(PITCHER | values, PITCHER | {"player_id": 9_000_002})
    assert collected.rows["player_id"].tolist() == [9_000_002]
    (failure,) = collected.rejected_rows
    assert failure.position.startswith("$.pitcher_stats[0]")
    assert failure.reason == reason


def test_a_batting_order_that_is_none_is_rejected():
    (failure,) = batters(BATTER | {"batting_order": "third"}).rejected_rows
    assert failure.reason == "batting_order makes no sense"


def test_an_object_without_one_of_the_lists_is_refused():
    with pytest.raises(TooManyBadFiles, match="missing required field `batter_stats`"):
        collect(mlb_pitcher_stats, {"pitcher_stats": []})


@given(damaged(day([PITCHER, PITCHER | {"player_id": 9_000_002}], [BATTER])))
def test_a_damaged_day_is_taken_in_part_or_refused_as_a_whole_for_either_table(content):
    for source, name in ((mlb_pitcher_stats, "pitcher_stats"), (mlb_batter_stats, "batter_stats")):
        try:
            collected = collect(source, content)
        except TooManyBadFiles:
            continue
        assert len(collected.rows) + len(collected.rejected_rows) == len(content[name])


def test_baseball_teams_are_found_by_their_codes_their_other_codes_and_their_names():
    assert len(NAMES) == len(set(NAMES.values())) == 30
    assert team_abbr(pd.Series([*NAMES, "OAK", "WSN", "NYK"])).fillna("none").tolist() == [*NAMES, "ATH", "WSH", "none"]
    names = pd.Series([*NAMES.values(), "Oakland Athletics", "American League"])
    assert team_abbr_of_names(names).fillna("none").tolist() == [*NAMES, "ATH", "none"]
