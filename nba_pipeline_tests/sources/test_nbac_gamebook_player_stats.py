"""Gamebooks: the sample's own players and numbers, misread lists, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_gamebook_player_stats
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

LISTS = ("active_players", "dnp_players", "inactive_players")
STATS = {"minutes": "34:12", "field_goals_made": 5, "total_rebounds": 7, "points": 15, "plus_minus": -4}
ACTIVE = {"name": "Jobex Ström Jr.", "team": "Boston Celtics", "status": "active", "stats": STATS}
DNP = {
    "name": "Tarel Wexby",
    "team": "New York Knicks",
    "status": "did_not_play",
    "dnp_reason": "DNP - Coach's Decision",
}
INACTIVE = {"name": "Quillon", "team": "New York Knicks", "status": "inactive", "reason": "Personal"}


def book(active=(ACTIVE,), dnp=(DNP,), inactive=(INACTIVE,)) -> dict:
    lists = dict(zip(LISTS, (list(active), list(dnp), list(inactive)), strict=True))
    teams = {"home_team": "BOS", "away_team": "NYK"}
    return {"game_code": "20240101/NYKBOS", "date": "2024-01-01", **teams, **lists}


def collect(content: bytes, name: str = "2024-01-01/20240101-NYKBOS") -> Batch:
    file = SourceFile(f"nba-com/gamebooks-data/{name}/20240102T090000Z.json", 1, content)
    return batch.collect(nbac_gamebook_player_stats, [file])


def parsed(payload: dict) -> Batch:
    return collect(json.dumps(payload).encode())


def sample() -> tuple[Batch, dict]:
    content = (SAMPLES / "nbac_gamebook_pdf" / "exp_0173bcd1.json").read_bytes()
    return collect(content, "2024-04-10/20240410-MEMCLE"), json.loads(content)


@needs_real_data
def test_every_player_of_the_sample_is_taken_but_two_that_its_reader_put_on_both_teams():
    collected, held = sample()
    assert [len(held[name]) for name in LISTS] == [21, 6, 14]
    assert collected.rows["player_status"].value_counts().to_dict() == {"active": 21, "did_not_play": 6, "inactive": 12}
    reason = "stands after the heading of the other team's list"
    assert [(failure.position, failure.reason) for failure in collected.rejected_rows] == [
        ("$.inactive_players[9]", reason),
        ("$.inactive_players[10]", reason),
    ]
    twice = collected.rows[collected.rows["player_name"].isin(["Merrill", "Wade"])]
    assert twice["team_abbr"].tolist() == ["CLE", "CLE"]


@needs_real_data
def test_the_samples_lines_are_its_own_and_add_up_to_the_game():
    collected, held = sample()
    active = collected.rows[collected.rows["player_status"] == "active"]
    for column in set(nbac_gamebook_player_stats.COUNTS.values()) - {"rebounds"}:
        assert active[column].tolist() == [player["stats"][column] for player in held["active_players"]]
    assert active["rebounds"].tolist() == [player["stats"]["total_rebounds"] for player in held["active_players"]]
    teams = active.groupby("team_abbr")[["points", "seconds_played"]].sum()
    assert teams["points"].to_dict() == {"CLE": 110, "MEM": 98}
    # The book rounds each player's seconds.
    assert (teams["seconds_played"] - 240 * 60).abs().max() <= 5


@needs_real_data
def test_the_samples_reasons_are_those_of_the_one_player_they_are_given_for():
    collected, held = sample()
    reasons = collected.rows.set_index(["team_abbr", "player_name"])["reason"]
    assert reasons["MEM", "Santi Aldama"] == "NWT - Injury/Illness - Right Foot; Strain"
    assert reasons["MEM", "Bane"] == "Injury/Illness - Lumbar; Disc Bulge"
    assert "Inactive: Cavaliers" in held["inactive_players"][8]["reason"]
    assert reasons["MEM", "Williams Jr."] == "Injury/Illness - Left Patellar; Tendonitis"


def test_a_player_is_typed_and_carries_what_the_book_says_of_the_game():
    rows = parsed(book()).rows.set_index("player_lookup")
    active, benched, absent = (rows.loc[name] for name in ("jobexstrom", "tarelwexby", "quillon"))
    assert (active["game_date"], active["game_code"], active["season_year"]) == (
        *(pd.Timestamp("2024-01-01"), "20240101/NYKBOS"),
        2023,
    )
    assert (active["team_abbr"], active["opponent_abbr"], active["is_home"]) == ("BOS", "NYK", True)
    assert (active["seconds_played"], active["rebounds"], active["plus_minus"]) == (2052, 7, -4)
    assert (benched["reason"], benched["is_surname"], benched["seconds_played"]) == (DNP["dnp_reason"], False, pd.NA)
    assert (absent["reason"], absent["is_surname"], absent["is_home"]) == ("Personal", True, False)
    assert absent["points"] is pd.NA


def test_inactive_players_of_one_surname_are_kept_on_either_side():
    other = {**INACTIVE, "team": "Boston Celtics"}
    assert parsed(book(inactive=[INACTIVE, other])).rows["player_lookup"].tolist().count("quillon") == 2


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"name": None}, ".name", "Expected `str`, got `null`"),
        ({"name": "?"}, "", "player_lookup is missing or makes no sense"),
        ({"team": "Seattle SuperSonics"}, "", "the player's team is neither of the game's"),
        ({"team": "Utah Jazz"}, "", "the player's team is neither of the game's"),
        ({"status": "maybe"}, ".status", "Invalid enum value 'maybe'"),
        ({"stats": {**STATS, "points": "15"}}, ".stats.points", "Expected `int | null`, got `str`"),
        ({"stats": {**STATS, "minutes": "half an hour"}}, "", "seconds_played is no time"),
    ],
)
def test_a_player_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed(book(active=[{**ACTIVE, **change}]))
    assert collected.rows["player_lookup"].tolist() == ["tarelwexby", "quillon"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.active_players[0]{position}", reason)


@pytest.mark.parametrize("missing", ["game_code", "home_team", *LISTS])
def test_a_book_without_its_game_or_a_list_is_refused(missing):
    with pytest.raises(TooManyBadFiles, match=f"missing required field `{missing}`"):
        parsed({key: value for key, value in book().items() if key != missing})


@given(damaged(book()))
def test_a_damaged_book_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == sum(len(content[name]) for name in LISTS)
