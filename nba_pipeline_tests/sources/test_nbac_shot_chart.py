"""Shot charts: the sample's own attempts, and any damage to a file counted."""

import csv
import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_shot_chart
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

SHOT = {
    **{"GRID_TYPE": "Shot Chart Detail", "GAME_ID": "0022300001", "GAME_EVENT_ID": 7, "PLAYER_ID": 9_000_001},
    **{"PLAYER_NAME": "Jobex Ström Jr.", "TEAM_ID": 1610612738, "TEAM_NAME": "Boston Celtics", "PERIOD": 1},
    **{"MINUTES_REMAINING": 11, "SECONDS_REMAINING": 43, "EVENT_TYPE": "Made Shot", "ACTION_TYPE": "Jump Shot"},
    **{"SHOT_TYPE": "3PT Field Goal", "SHOT_ZONE_BASIC": "Above the Break 3", "SHOT_ZONE_AREA": "Center(C)"},
    **{"SHOT_ZONE_RANGE": "24+ ft.", "SHOT_DISTANCE": 26, "LOC_X": -168, "LOC_Y": 205, "SHOT_ATTEMPTED_FLAG": 1},
    **{"SHOT_MADE_FLAG": 1, "GAME_DATE": "20240101", "HTM": "BOS", "VTM": "NYK"},
}
OTHER = {**SHOT, "GAME_EVENT_ID": 9, "TEAM_ID": 1610612752, "SHOT_TYPE": "2PT Field Goal", "SHOT_MADE_FLAG": 0}
NUMBERS = [header for header, value in SHOT.items() if isinstance(value, int)]


def chart(*shots: dict) -> dict:
    found = {"name": "Shot_Chart_Detail", "headers": list(SHOT), "rowSet": [list(shot.values()) for shot in shots]}
    return {"resource": "shotchartdetail", "parameters": {}, "resultSets": [found]}


def collect(content: bytes, name: str = "2024-01-01/game-0022300001") -> Batch:
    return batch.collect(nbac_shot_chart, [SourceFile(f"nba-com/shot-chart/{name}/20240102T090000Z.json", 1, content)])


def parsed(*shots: dict) -> Batch:
    return collect(json.dumps(chart(*shots)).encode())


def sample(game_id: str) -> list[dict]:
    """The attempts of a game of the sample, whose CSV stands for the API's answer."""
    with (SAMPLES / "nbac_shot_chart" / "nba_shotchartdetail_3_games.csv").open() as lines:
        shots = [shot for shot in csv.DictReader(lines) if shot["GAME_ID"] == game_id]
    return [{key: int(value) if key in NUMBERS else value for key, value in shot.items()} for shot in shots]


@needs_real_data
@pytest.mark.parametrize(
    ("game_id", "day", "attempts"),
    [("0022400001", "2024-11-12", 174), ("0022400061", "2024-10-22", 173), ("0022400062", "2024-10-22", 180)],
)
def test_the_sample_games_have_their_own_attempts(game_id, day, attempts):
    shots = sample(game_id)
    collected = collect(json.dumps(chart(*shots)).encode(), f"{day}/game-{game_id}")
    rows = collected.rows
    assert len(rows) == len(shots) == attempts
    assert not collected.rejected_rows
    for header, column in {"LOC_X": "shot_x", "LOC_Y": "shot_y", "SHOT_DISTANCE": "shot_distance"}.items():
        assert rows[column].tolist() == [shot[header] for shot in shots]
    assert rows["is_made"].sum() == sum(shot["EVENT_TYPE"] == "Made Shot" for shot in shots)
    assert rows["shot_value"].tolist() == [int(shot["SHOT_TYPE"][0]) for shot in shots]
    assert rows["shot_zone"].tolist() == [shot["SHOT_ZONE_BASIC"] for shot in shots]
    threes = rows["shot_zone"].isin(["Above the Break 3", "Left Corner 3", "Right Corner 3", "Backcourt"])
    assert (rows["shot_value"].eq(3) == threes).all()
    assert {*rows["team_abbr"]} == {*rows["opponent_abbr"]} == {shots[0]["HTM"], shots[0]["VTM"]}


def test_an_attempt_is_typed_and_carries_what_ids_and_names_say():
    first, second = parsed(SHOT, OTHER).rows.to_dict("records")
    assert (first["game_date"], first["player_lookup"]) == (pd.Timestamp("2024-01-01"), "jobexstrom")
    assert (first["season_year"], first["season_type"]) == (2023, "regular")
    assert (first["team_abbr"], first["opponent_abbr"], first["is_made"], first["shot_value"]) == (
        "BOS",
        "NYK",
        True,
        3,
    )
    assert (second["team_abbr"], second["opponent_abbr"], second["is_made"], second["shot_value"]) == (
        *("NYK", "BOS"),
        *(False, 2),
    )
    assert (first["seconds_left"], first["shot_x"], first["shot_y"]) == (703, -168, 205)


def test_a_place_and_a_time_that_are_missing_are_null():
    row = parsed({**SHOT, "LOC_X": None, "PERIOD": None, "SECONDS_REMAINING": None, "ACTION_TYPE": None}).rows.iloc[0]
    assert row[["shot_x", "period", "seconds_left", "action_type"]].isna().all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"LOC_X": "left"}, "a count is no whole number"),
        ({"GAME_EVENT_ID": None}, "event_id is missing or makes no sense"),
        ({"PLAYER_ID": 1.5}, "player_id is missing or makes no sense"),
        ({"PLAYER_NAME": ""}, "player_lookup is missing or makes no sense"),
        ({"TEAM_ID": 12}, "team_abbr is missing or makes no sense"),
        ({"HTM": "UTA"}, "opponent_abbr is missing or makes no sense"),
        ({"SHOT_MADE_FLAG": 2}, "is_made is missing or makes no sense"),
        ({"SHOT_TYPE": "4PT Field Goal"}, "shot_value is missing or makes no sense"),
        ({"SHOT_ZONE_BASIC": None}, "shot_zone is missing or makes no sense"),
        ({"GAME_ID": "22300001"}, "season_type is missing or makes no sense"),
        ({"GAME_DATE": "2024-01-01"}, "game_date is missing or makes no sense"),
        ({"GAME_DATE": "20240102"}, "game_date is not the one in the object's name"),
    ],
)
def test_an_attempt_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, reason):
    collected = parsed({**SHOT, **change}, OTHER)
    assert collected.rows["event_id"].tolist() == [9]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == ("$.resultSets[0].rowSet[0]", reason)


@given(damaged(chart(SHOT, OTHER)))
def test_a_damaged_chart_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    held = next(found["rowSet"] for found in content["resultSets"] if found["name"] == "Shot_Chart_Detail")
    assert len(collected.rows) + len(collected.rejected_rows) == len(held)
