"""ESPN's rosters: the sample's own players, thirty teams in one frame, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, espn_team_rosters
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline.sources.teams import TEAMS
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

INJURY = {
    "status": "Out",
    "date": "2025-01-05T15:30Z",
    "details": {"type": "Knee", "side": "Left", "returnDate": "2025-02-01"},
}
PLAYER = {
    **{"playerId": "9000001", "fullName": "Jobex Ström Jr.", "jersey": "00", "position": "Shooting Guard"},
    **{"heightIn": 78, "weightLb": 223.0, "injuries": [INJURY]},
}
OTHER = {**PLAYER, "playerId": "9000002", "fullName": "Tarel Wexby", "injuries": []}
_UNTOLD = ("jersey", "position", "heightIn", "weightLb")
INJURY_COLUMNS = ["injury_status", "injury_type", "injury_reported_at", "expected_return_date"]


def roster(*players: dict, team: str = "Golden State Warriors") -> dict:
    return {"teamId": "9", "teamName": team, "playerCount": len(players), "players": list(players)}


def source_file(payload: object, code: str = "GS", ts: str = "20250110T140000Z") -> SourceFile:
    return SourceFile(f"espn/rosters/2025-01-10/team_{code}/{ts}.json", 1, json.dumps(payload).encode())


def parsed(*players: dict) -> Batch:
    return batch.collect(espn_team_rosters, [source_file(roster(*players))])


@needs_real_data
def test_the_samples_players_are_its_own():
    held = json.loads((SAMPLES / "espn_roster_api" / "exp_2.json").read_bytes())
    collected = batch.collect(espn_team_rosters, [source_file(held, "BOS")])
    rows, players = collected.rows, held["players"]
    assert not collected.rejected_rows
    assert len(rows) == held["playerCount"] == 17
    assert set(rows["team_abbr"]) == {"BOS"}
    assert rows["espn_player_id"].tolist() == [int(player["playerId"]) for player in players]
    assert rows["player_name"].tolist() == [player["fullName"] for player in players]
    assert rows["height_inches"].sum() == sum(player["heightIn"] for player in players)
    assert rows["weight_pounds"].sum() == sum(player["weightLb"] for player in players)
    injured = rows[rows["injury_status"].notna()].set_index("player_lookup")
    assert injured["injury_type"].to_dict() == {"jaylenbrown": "Knee", "jaysontatum": "Achilles"}
    assert injured["expected_return_date"].tolist() == [pd.Timestamp("2025-10-01"), pd.Timestamp("2026-02-01")]


def test_a_player_is_typed_and_his_team_has_nba_coms_code():
    row = parsed(PLAYER).rows.iloc[0]
    assert (row["roster_date"], row["team_abbr"]) == (pd.Timestamp("2025-01-10"), "GSW")
    assert (row["espn_player_id"], row["player_name"], row["player_lookup"]) == (
        *(9_000_001, "Jobex Ström Jr."),
        "jobexstrom",
    )
    assert (row["jersey_number"], row["height_inches"], row["weight_pounds"]) == ("00", 78, 223)
    assert row[INJURY_COLUMNS].tolist() == [
        *("Out", "Knee"),
        pd.Timestamp("2025-01-05T15:30Z"),
        pd.Timestamp("2025-02-01"),
    ]


def test_what_the_roster_does_not_say_is_null():
    row = parsed({**PLAYER, **dict.fromkeys(_UNTOLD), "injuries": []}).rows.iloc[0]
    assert row.isna().sum() == len(_UNTOLD) + len(INJURY_COLUMNS)


def test_of_several_injuries_the_one_written_about_last_counts():
    older = {"status": "Day-To-Day", "date": "2024-12-01T10:00Z"}
    assert parsed({**PLAYER, "injuries": [older, INJURY, older]}).rows["injury_status"].tolist() == ["Out"]


def test_thirty_teams_of_a_day_are_one_frame():
    players = [{**PLAYER, "playerId": str(9_000_000 + number)} for number in range(len(TEAMS))]
    files = [
        source_file(roster(player, team=team.name), team.abbr) for player, team in zip(players, TEAMS, strict=True)
    ]
    rows = batch.collect(espn_team_rosters, files).rows
    assert rows["team_abbr"].tolist() == [team.abbr for team in TEAMS]
    assert set(rows["roster_date"]) == {pd.Timestamp("2025-01-10")}


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"playerId": 7}, ".playerId", "Expected `str`, got `int`"),
        ({"playerId": "x7"}, "", "espn_player_id is missing or makes no sense"),
        ({"fullName": "?"}, "", "player_lookup is missing or makes no sense"),
        ({"heightIn": "6-6"}, ".heightIn", "Expected `float | null`, got `str`"),
        ({"weightLb": 223.5}, "", "a count is no whole number"),
        ({"injuries": [{**INJURY, "date": "yesterday"}]}, "", "injury_reported_at makes no sense"),
        ({"injuries": [{"details": {"returnDate": "soon"}}]}, "", "expected_return_date makes no sense"),
        ({"playerId": "9000002"}, "", "its key stands again further down"),
    ],
)
def test_a_player_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed({**PLAYER, **change}, OTHER)
    assert collected.rows["espn_player_id"].tolist() == [9_000_002]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.players[0]{position}", reason)


def test_players_of_an_unknown_team_are_rejected_and_other_teams_taken():
    unknown = source_file(roster(PLAYER, OTHER, team="Seattle SuperSonics"), "SEA")
    collected = batch.collect(espn_team_rosters, [unknown, source_file(roster(PLAYER))])
    assert collected.rows["team_abbr"].tolist() == ["GSW"]
    assert [failure.reason for failure in collected.rejected_rows] == ["team_abbr is missing or makes no sense"] * 2


@given(damaged(roster(PLAYER, OTHER)))
def test_a_damaged_roster_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = batch.collect(espn_team_rosters, [source_file(content)])
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(content["players"])
