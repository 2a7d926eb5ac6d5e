"""Ball Don't Lie's active players: the sample's own players, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, bdl_active_players
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

PLAYER = {
    **{"id": 9_000_001, "first_name": "Jobex", "last_name": "Ström Jr.", "position": "F-C", "height": "6-11"},
    **{"weight": "243", "jersey_number": "00", "college": "Uppsala", "country": "Sweden"},
    **{"draft_year": 2020, "draft_round": 1, "draft_number": 20},
    "team": {"id": 2, "conference": "East", "full_name": "Boston Celtics", "abbreviation": "BOS"},
}
OTHER = {**PLAYER, "id": 9_000_002, "first_name": "Tarel", "last_name": "Wexby"}
UNTOLD = ("position", "height", "weight", "jersey_number", "college", "country", "draft_year", "team")


def page(*players: dict) -> dict:
    return {"data": list(players), "meta": {"next_cursor": 277, "per_page": 100}}


def source_file(content: bytes, stamp: str = "20251002T090000Z") -> SourceFile:
    return SourceFile(f"ball-dont-lie/active-players/2025-10-01/{stamp}.json", 1, content)


def parsed(*players: dict) -> Batch:
    return batch.collect(bdl_active_players, [source_file(json.dumps(page(*players)).encode())])


@needs_real_data
def test_the_samples_players_are_its_own():
    content = (SAMPLES / "bdl_active_players" / "exp_ac3e7bd3.json").read_bytes()
    collected = batch.collect(bdl_active_players, [source_file(content)])
    rows, held = collected.rows, json.loads(content)["data"]
    assert (len(rows), len(held), collected.rejected_rows) == (100, 100, [])
    assert rows["bdl_player_id"].tolist() == [player["id"] for player in held]
    assert rows["team_abbr"].tolist() == [player["team"]["abbreviation"] for player in held]
    assert rows["jersey_number"].tolist() == [player["jersey_number"] for player in held]
    assert rows["weight_pounds"].sum() == sum(int(player["weight"]) for player in held)
    feet = [[int(part) for part in player["height"].split("-")] for player in held]
    assert rows["height_inches"].tolist() == [12 * foot + inch for foot, inch in feet]
    assert rows["draft_number"].sum() == sum(player["draft_number"] or 0 for player in held)
    assert (rows["draft_year"].isna().sum(), rows["team_abbr"].nunique()) == (11, 29)
    adams = rows.set_index("player_lookup").loc["stevenadams"]
    assert (adams["height_inches"], adams["weight_pounds"], adams["country"]) == (83, 265, "New Zealand")


@needs_real_data
def test_a_player_has_the_same_id_in_the_samples_of_the_box_scores():
    players, day = (
        json.loads(SAMPLES.joinpath(*path).read_bytes())["data"]
        for path in (("bdl_active_players", "exp_ac3e7bd3.json"), ("bdl_box_scores", "raw_7a649e12.json"))
    )
    ids = {(player["first_name"], player["last_name"]): player["id"] for player in players}
    lines = [line["player"] for game in day for side in ("home_team", "visitor_team") for line in game[side]["players"]]
    both = [player for player in lines if (player["first_name"], player["last_name"]) in ids]
    assert len(both) == 68
    assert all(player["id"] == ids[player["first_name"], player["last_name"]] for player in both)


def test_a_player_is_typed():
    (row,) = parsed(PLAYER).rows.to_dict("records")
    assert (row["bdl_player_id"], row["player_name"], row["player_lookup"]) == (
        9_000_001,
        "Jobex Ström Jr.",
        "jobexstrom",
    )
    assert (row["team_abbr"], row["jersey_number"], row["position"]) == ("BOS", "00", "F-C")
    assert (row["height_inches"], row["weight_pounds"]) == (83, 243)
    assert (row["draft_year"], row["draft_round"], row["draft_number"]) == (2020, 1, 20)


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_not_told_of_a_player_is_null(nothing):
    untold = {name: None if name in ("draft_year", "team") else nothing for name in UNTOLD}
    (row,) = parsed({**PLAYER, **untold}).rows.to_dict("records")
    columns = ("position", "height_inches", "weight_pounds", "jersey_number", "college", "draft_year", "team_abbr")
    assert all(pd.isna(row[name]) for name in columns)


def test_the_pages_of_a_list_add_up_and_of_a_player_the_newest_scrape_stays():
    moved = {**PLAYER, "team": {"abbreviation": "NYK"}}
    files = [
        source_file(json.dumps(page(*players)).encode(), stamp)
        for stamp, players in (
            ("20251002T090000Z", [PLAYER]),
            ("20251002T090001Z", [OTHER]),
            ("20251002T210000Z", [moved]),
        )
    ]
    rows = batch.collect(bdl_active_players, files).rows.set_index("player_lookup")
    assert rows["team_abbr"].to_dict() == {"jobexstrom": "NYK", "tarelwexby": "BOS"}


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"id": None}, ".id", "Expected `int`, got `null`"),
        ({"first_name": "", "last_name": None}, "", "player_lookup is missing or makes no sense"),
        ({"team": {"abbreviation": "LEB"}}, "", "team_abbr makes no sense"),
        ({"team": {"id": 2}}, ".team", "Object missing required field `abbreviation`"),
        ({"height": "tall"}, "", "height_inches makes no sense"),
        ({"weight": "243 lb"}, "", "weight_pounds makes no sense"),
        ({"draft_number": "20"}, ".draft_number", "Expected `int | null`, got `str`"),
    ],
)
def test_a_player_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed({**PLAYER, **change}, OTHER)
    assert collected.rows["player_lookup"].tolist() == ["tarelwexby"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.data[0]{position}", reason)


@given(damaged(page(PLAYER, OTHER)))
def test_a_damaged_list_is_taken_in_part_or_refused_as_a_whole(payload):
    try:
        collected = batch.collect(bdl_active_players, [source_file(json.dumps(payload).encode())])
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(payload["data"])
