"""Team box scores: the sample's own totals, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_team_boxscore
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

HEADERS = [
    *("GAME_ID", "TEAM_ID", "TEAM_NAME", "TEAM_ABBREVIATION", "TEAM_CITY", "MIN", "FGM", "FGA", "FG_PCT", "FG3M"),
    *("FG3A", "FG3_PCT", "FTM", "FTA", "FT_PCT", "OREB", "DREB", "REB", "AST", "STL", "BLK", "TO", "PF", "PTS"),
    "PLUS_MINUS",
]
HOME: list = ["0022300001", 1610612738, "Celtics", "BOS", "Boston", "240:00", 40, 90, 0.444, 12, 35, 0.343, 18, 20, 0.9]
HOME += [10, 33, 43, 25, 7, 5, 12, 18, 110, 11]
AWAY = ["0022300001", 1610612752, "Knicks", "NYK", "New York", "240:00", *HOME[6:-2], 99, -11]


def box_score(*teams: list) -> dict:
    players = {"name": "PlayerStats", "headers": ["GAME_ID"], "rowSet": [["0022300001"]]}
    return {"resultSets": [players, {"name": "TeamStats", "headers": HEADERS, "rowSet": list(teams)}]}


def collect(content: bytes, name: str = "2024-01-01/0022300001") -> Batch:
    file = SourceFile(f"nba-com/team-boxscore/{name}/20240102T090000Z.json", 1, content)
    return batch.collect(nbac_team_boxscore, [file])


def parsed(*teams: list) -> Batch:
    return collect(json.dumps(box_score(*teams)).encode())


def changed(**values: object) -> list:
    return [values.get(header, value) for header, value in zip(HEADERS, HOME, strict=True)]


@needs_real_data
@pytest.mark.parametrize("sample", ["exp_a45ca6e1.json", "raw_a45ca6e1.json"])
def test_the_sample_game_has_its_own_totals_which_are_those_of_its_players(sample):
    content = (SAMPLES / "nbac_team_boxscore" / sample).read_bytes()
    collected = collect(content, "2025-01-15/0022400561")
    assert not collected.rejected_rows
    rows = collected.rows.set_index("team_abbr")
    assert rows["points"].to_dict() == {"PHI": 119, "NYK": 125}
    assert rows["plus_minus"].to_dict() == {"PHI": -6, "NYK": 6}
    assert rows["seconds_played"].tolist() == [265 * 60] * 2
    found = json.loads(content)["resultSets"][0]
    players = pd.DataFrame(found["rowSet"], columns=found["headers"]).groupby("TEAM_ABBREVIATION")
    for header, column in nbac_team_boxscore._COUNTS.items():
        if column != "plus_minus":
            assert rows[column].to_dict() == players[header].sum().to_dict()


def test_a_total_is_typed_and_carries_what_the_id_and_the_objects_name_say():
    row = parsed(HOME, AWAY).rows.set_index("team_abbr").loc["BOS"]
    assert (row["game_date"], row["game_id"]) == (pd.Timestamp("2024-01-01"), "0022300001")
    assert (row["season_year"], row["season_type"], row["team_id"]) == (2023, "regular", 1610612738)
    assert (row["seconds_played"], row["turnovers"], row["points"]) == (14_400, 12, 110)


def test_totals_that_are_missing_are_null():
    row = parsed(changed(MIN=None, PTS=None)).rows.iloc[0]
    assert row[["seconds_played", "points"]].isna().all()


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        ("PTS", "110", "a count is no whole number"),
        ("TO", 1.5, "a count is no whole number"),
        ("MIN", "four quarters", "seconds_played is no time"),
        ("MIN", "240:61", "seconds_played is no time"),
        ("TEAM_ABBREVIATION", "LEB", "team_abbr is missing or makes no sense"),
        ("TEAM_ID", None, "team_id is missing or makes no sense"),
        ("GAME_ID", None, "game_id is missing or makes no sense"),
        ("GAME_ID", "22300001", "season_type is missing or makes no sense"),
    ],
)
def test_a_team_that_makes_no_sense_is_rejected_with_the_reason_and_the_other_is_taken(header, value, reason):
    collected = parsed(changed(**{header: value}), AWAY)
    assert collected.rows["team_abbr"].tolist() == ["NYK"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == ("$.resultSets[1].rowSet[0]", reason)


@given(damaged(box_score(HOME, AWAY)))
def test_a_damaged_box_score_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    held = next(found["rowSet"] for found in content["resultSets"] if found["name"] == "TeamStats")
    assert len(collected.rows) + len(collected.rejected_rows) == len(held)
