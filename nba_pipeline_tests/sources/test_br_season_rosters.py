"""Basketball-Reference's season rosters: typed players, a season of teams in one frame, any damage counted."""

import datetime as dt
import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, br_season_rosters
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged

PLAYER = {
    **{"full_name": "Jobex Ström Jr.", "jersey_number": "00", "position": "SF", "height": "6-9", "weight": 250},
    **{"birth_date": "December 30, 1984", "college": "Uppsala", "experience_years": 21},
}
OTHER = {**PLAYER, "full_name": "Tarel Wexby", "experience_years": 0}
_UNTOLD = [name for name in PLAYER if name != "full_name"]
MORNING = dt.datetime(2024, 11, 1, 9, tzinfo=dt.UTC)


def roster(*players: dict, team: str = "BRK") -> dict:
    return {"season": "2024-25", "season_year": 2024, "team_abbrev": team, "players": list(players)}


def source_file(payload: object, team: str = "BRK", generation: int = 1, updated: dt.datetime = MORNING) -> SourceFile:
    name = f"basketball-ref/season-rosters/2024-25/{team}.json"
    return SourceFile(name, generation, json.dumps(payload).encode(), updated)


def parsed(*players: dict) -> Batch:
    return batch.collect(br_season_rosters, [source_file(roster(*players))])


def test_a_player_is_typed_and_his_team_has_nba_coms_code():
    row = parsed(PLAYER).rows.iloc[0]
    assert (row["season_year"], row["team_abbr"], row["player_lookup"]) == (2024, "BKN", "jobexstrom")
    assert (row["player_name"], row["jersey_number"], row["position"]) == ("Jobex Ström Jr.", "00", "SF")
    assert (row["height_inches"], row["weight_pounds"], row["experience_years"]) == (81, 250, 21)
    assert (row["birth_date"], row["college"]) == (pd.Timestamp("1984-12-30"), "Uppsala")


def test_names_hold_no_stamp_so_that_a_roster_is_as_new_as_its_object():
    assert parsed(PLAYER).rows["scraped_at"].tolist() == [pd.Timestamp(MORNING)]


def test_what_the_roster_does_not_say_is_null():
    assert parsed({**PLAYER, **dict.fromkeys(_UNTOLD)}).rows.iloc[0].isna().sum() == len(_UNTOLD)


def test_the_teams_of_a_season_are_one_frame_and_a_traded_player_is_on_both():
    files = [source_file(roster(PLAYER, team=code), code) for code in ("BRK", "CHO", "PHO", "LAL")]
    rows = batch.collect(br_season_rosters, files).rows
    assert rows["team_abbr"].tolist() == ["BKN", "CHA", "PHX", "LAL"]
    assert set(rows["player_lookup"]) == {"jobexstrom"}


def test_a_roster_written_over_is_the_newer_one():
    later = source_file(roster({**PLAYER, "jersey_number": "7"}), generation=2, updated=MORNING + dt.timedelta(days=1))
    rows = batch.collect(br_season_rosters, [later, source_file(roster(PLAYER, OTHER))]).rows
    assert rows.set_index("player_lookup")["jersey_number"].to_dict() == {"jobexstrom": "7", "tarelwexby": "00"}


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"full_name": None}, ".full_name", "Expected `str`, got `null`"),
        ({"full_name": "?"}, "", "player_lookup is missing or makes no sense"),
        ({"height": "tall"}, "", "height_inches makes no sense"),
        ({"weight": "250"}, ".weight", "Expected `int | null`, got `str`"),
        ({"birth_date": "1984-12-30"}, "", "birth_date makes no sense"),
        ({"birth_date": "February 30, 1984"}, "", "birth_date makes no sense"),
        ({"full_name": "Tarel Wexby"}, "", "its key stands again further down"),
    ],
)
def test_a_player_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed({**PLAYER, **change}, OTHER)
    assert collected.rows["player_lookup"].tolist() == ["tarelwexby"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.players[0]{position}", reason)


def test_players_of_an_unknown_team_are_rejected():
    collected = batch.collect(br_season_rosters, [source_file(roster(PLAYER, OTHER, team="SEA"), "SEA")])
    assert collected.rows.empty
    assert [failure.reason for failure in collected.rejected_rows] == ["team_abbr is missing or makes no sense"] * 2


@given(damaged(roster(PLAYER, OTHER)))
def test_a_damaged_roster_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = batch.collect(br_season_rosters, [source_file(content)])
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(content["players"])
