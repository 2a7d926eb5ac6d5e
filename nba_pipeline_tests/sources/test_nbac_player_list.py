"""The list of players: the sample's own players, and any damage to a file counted."""

import gzip
import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_player_list
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

PLAYER = {
    **{
        "PERSON_ID": 9_000_001,
        "PLAYER_LAST_NAME": "Ström Jr.",
        "PLAYER_FIRST_NAME": "Jobex",
        "PLAYER_SLUG": "jobex-strom",
    },
    **{"TEAM_ID": 1610612738, "TEAM_ABBREVIATION": "BOS", "JERSEY_NUMBER": "00", "POSITION": "F-C", "HEIGHT": "6-11"},
    **{"WEIGHT": "243", "COLLEGE": "Uppsala", "COUNTRY": "Sweden", "DRAFT_YEAR": 2020, "DRAFT_ROUND": 1},
    **{"DRAFT_NUMBER": 20, "ROSTER_STATUS": 1.0, "FROM_YEAR": "2020", "TO_YEAR": "2025", "PTS": None},
}
OTHER = {**PLAYER, "PERSON_ID": 9_000_002, "PLAYER_LAST_NAME": "Wexby", "PLAYER_FIRST_NAME": "Tarel"}
_UNTOLD = ("JERSEY_NUMBER", "POSITION", "HEIGHT", "WEIGHT", "DRAFT_YEAR", "DRAFT_ROUND", "DRAFT_NUMBER")


def index(*players: dict) -> dict:
    found = {"name": "PlayerIndex", "headers": list(PLAYER), "rowSet": [list(player.values()) for player in players]}
    return {"resource": "playerindex", "parameters": {}, "resultSets": [found]}


def source_file(payload: dict, stamp: str = "20251002T090000Z") -> SourceFile:
    return SourceFile(f"nba-com/player-list/2025-10-01/{stamp}.json", 1, json.dumps(payload).encode())


def parsed(*players: dict) -> Batch:
    return batch.collect(nbac_player_list, [source_file(index(*players))])


@needs_real_data
@pytest.mark.parametrize("sample", ["exp_7af00b51.json.gz", "raw_7af00b51.json"])
def test_the_samples_players_are_its_own(sample):
    content = (SAMPLES / "nbac_player_list" / sample).read_bytes()
    collected = batch.collect(
        nbac_player_list, [SourceFile("nba-com/player-list/2025-10-01/20251002T090000Z.json", 1, content)]
    )
    (held,) = json.loads(gzip.decompress(content) if sample.endswith("gz") else content)["resultSets"]
    players = pd.DataFrame(held["rowSet"], columns=held["headers"])
    rows = collected.rows
    assert len(rows) == len(players) == 594
    assert not collected.rejected_rows
    same = {
        "player_id": "PERSON_ID",
        "team_abbr": "TEAM_ABBREVIATION",
        "college": "COLLEGE",
        "draft_number": "DRAFT_NUMBER",
    }
    for column, header in same.items():
        assert rows[column].dropna().tolist() == players[header].dropna().tolist()
    assert rows["weight_pounds"].sum() == players["WEIGHT"].dropna().astype(int).sum()
    heights = players["HEIGHT"].dropna().str.split("-", expand=True).astype(int)
    assert rows["height_inches"].dropna().tolist() == (12 * heights[0] + heights[1]).tolist()
    assert rows["team_abbr"].value_counts()["CHA"] == 24
    assert (rows["team_abbr"].nunique(), rows["is_active"].all()) == (30, True)
    adams = rows.set_index("player_lookup").loc["stevenadams"]
    assert (adams["player_name"], adams["height_inches"], adams["first_season"]) == ("Steven Adams", 83, 2013)


def test_a_player_is_typed():
    row = parsed(PLAYER).rows.iloc[0]
    assert (row["player_name"], row["player_lookup"], row["team_abbr"]) == ("Jobex Ström Jr.", "jobexstrom", "BOS")
    assert (row["jersey_number"], row["height_inches"], row["weight_pounds"]) == ("00", 83, 243)
    assert (row["draft_year"], row["first_season"], row["last_season"], row["is_active"]) == (2020, 2020, 2025, True)


def test_what_the_list_does_not_say_is_null():
    row = parsed({**PLAYER, **dict.fromkeys(_UNTOLD), "TEAM_ID": 0, "TEAM_ABBREVIATION": ""}).rows.iloc[0]
    assert row.isna().sum() == len(_UNTOLD) + 2


def test_a_player_of_one_name_has_it_all():
    assert parsed({**PLAYER, "PLAYER_FIRST_NAME": ""}).rows["player_name"].tolist() == ["Ström Jr."]


def test_of_two_scrapes_the_newer_one_says_where_a_player_is():
    older, newer = index(PLAYER, OTHER), index({**PLAYER, "TEAM_ID": 1610612752, "TEAM_ABBREVIATION": "NYK"})
    files = [source_file(newer, "20251005T090000Z"), source_file(older)]
    rows = batch.collect(nbac_player_list, files).rows.set_index("player_lookup")
    assert rows["team_abbr"].to_dict() == {"jobexstrom": "NYK", "tarelwexby": "BOS"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"PERSON_ID": None}, "player_id is missing or makes no sense"),
        ({"PERSON_ID": "x"}, "a count is no whole number"),
        ({"PLAYER_FIRST_NAME": None, "PLAYER_LAST_NAME": ""}, "player_lookup is missing or makes no sense"),
        ({"TEAM_ABBREVIATION": "SEA"}, "team_abbr makes no sense"),
        ({"HEIGHT": "tall"}, "height_inches makes no sense"),
        ({"WEIGHT": "243 lb"}, "weight_pounds makes no sense"),
        ({"DRAFT_YEAR": "Undrafted"}, "a count is no whole number"),
        ({"FROM_YEAR": ["2020"]}, "first_season makes no sense"),
        ({"PLAYER_FIRST_NAME": "Tarel", "PLAYER_LAST_NAME": "Wexby"}, "its key stands again further down"),
    ],
)
def test_a_player_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, reason):
    collected = parsed({**PLAYER, **change}, OTHER)
    assert collected.rows["player_id"].tolist() == [9_000_002]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == ("$.resultSets[0].rowSet[0]", reason)


@given(damaged(index(PLAYER, OTHER)))
def test_a_damaged_list_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = batch.collect(nbac_player_list, [source_file(content)])
    except TooManyBadFiles:
        return
    held = next(found["rowSet"] for found in content["resultSets"] if found["name"] == "PlayerIndex")
    assert len(collected.rows) + len(collected.rejected_rows) == len(held)
