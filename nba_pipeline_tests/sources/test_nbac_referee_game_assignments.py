"""Referee assignments: the sample's own officials in both shapes, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_referee_game_assignments
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline.sources.payload import BadPayload, decode
from nba_pipeline_tests.support.damage import damaged, written
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

GAME = {
    **{"game_id": "0022300001", "game_date": "01/01/2024", "season": "22023", "game_code": "20240101/NYKBOS"},
    **{"home_team_abbr": "BOS", "away_team_abbr": "NYK"},
    **{"official1": "Jobex Ström", "official1_code": 9001, "official1_JNum": "10"},
    **{"official2": "Tarel Wexby", "official2_code": 9002, "official2_JNum": None},
    **dict.fromkeys(["official3", "official3_code", "official3_JNum", "official4", "official4_code", "official4_JNum"]),
}
OTHER = {**GAME, "game_id": "0022300002", "home_team_abbr": "UTA", "away_team_abbr": "PHX"}
GAMES = "$.refereeAssignments.nba.Table.rows"


def leagues(*games: dict) -> dict:
    other = {**GAME, "game_id": "2022300001", "home_team_abbr": "IMA"}
    return {"nba": {"Table": {"rows": list(games)}, "Table1": {"rows": []}}, "gl": {"Table": {"rows": [other]}}}


def collect(content: bytes, day: str = "2024-01-01") -> Batch:
    file = SourceFile(f"nba-com/referee-assignments/{day}/20240101T150000Z.json", 1, content)
    return batch.collect(nbac_referee_game_assignments, [file])


def parsed(*games: dict) -> Batch:
    return collect(json.dumps({"metadata": {}, "refereeAssignments": leagues(*games)}).encode())


def sample(kind: str) -> bytes:
    return (SAMPLES / "nbac_referee_assignments" / f"{kind}_718e62b3.json").read_bytes()


@needs_real_data
def test_the_samples_officials_are_its_own():
    collected, held = collect(sample("exp"), "2025-01-08"), json.loads(sample("exp"))
    games, rows = held["refereeAssignments"]["nba"]["Table"]["rows"], collected.rows
    assert len(games) == held["metadata"]["gameCount"]["nba"] == rows["game_id"].nunique() == 8
    assert len(rows) == 24
    assert not collected.rejected_rows
    for place in (1, 2, 3):
        at_place = rows[rows["official_position"] == place]
        assert at_place["official_name"].tolist() == [game[f"official{place}"] for game in games]
        assert at_place["official_code"].tolist() == [game[f"official{place}_code"] for game in games]
        assert at_place["jersey_number"].tolist() == [game[f"official{place}_JNum"] for game in games]
    first = rows.iloc[0]
    assert (first["game_id"], first["official_name"], first["home_team_abbr"]) == ("0022400509", "John Goble", "CLE")


@needs_real_data
def test_nba_coms_own_shape_gives_the_same_officials_as_the_scrapers():
    scraped, raw = (collect(sample(kind), "2025-01-08").rows for kind in ("exp", "raw"))
    pd.testing.assert_frame_equal(scraped, raw)


def test_a_game_has_a_row_per_official_named_and_those_of_other_leagues_none():
    rows = parsed(GAME).rows
    assert rows[["official_position", "official_code", "official_name"]].to_numpy().tolist() == [
        [1, 9001, "Jobex Ström"],
        [2, 9002, "Tarel Wexby"],
    ]
    assert rows["jersey_number"].fillna("none").tolist() == ["10", "none"]
    assert {*rows["game_date"]} == {pd.Timestamp("2024-01-01")}
    assert (rows["season_year"].tolist(), rows["away_team_abbr"].tolist()) == ([2023, 2023], ["NYK", "NYK"])


def test_a_game_whose_officials_are_not_named_yet_has_no_rows():
    unnamed = {key: None if key.startswith("official") else value for key, value in GAME.items()}
    collected = parsed(unnamed)
    assert (len(collected.rows), collected.rejected_rows) == (0, [])


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"official1_code": None}, ".official1", "official_code is missing or makes no sense"),
        ({"official1": ""}, ".official1", "official_name is missing or makes no sense"),
        ({"official1_code": "9001"}, ".official1_code", "Expected `int | null`, got `str`"),
        ({"official1_code": 9002}, ".official1", "its key stands again further down"),
    ],
)
def test_an_official_that_makes_no_sense_is_rejected_with_the_reason_and_other_games_are_taken(
    change, position, reason
):
    collected = parsed({**GAME, **change}, OTHER)
    assert collected.rows["game_id"].tolist()[-2:] == ["0022300002"] * 2
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"{GAMES}[0]{position}", reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"home_team_abbr": "LEB"}, "home_team_abbr is missing or makes no sense"),
        ({"game_id": "1"}, "season_type is missing or makes no sense"),
        ({"game_date": "2024-01-01"}, "game_date is missing or makes no sense"),
        ({"game_date": "01/02/2024"}, "game_date is not the one in the object's name"),
    ],
)
def test_a_game_that_makes_no_sense_costs_its_officials(change, reason):
    collected = parsed({**GAME, **change}, OTHER)
    assert {*collected.rows["game_id"]} == {"0022300002"}
    assert [(failure.position, failure.reason) for failure in collected.rejected_rows] == [
        (f"{GAMES}[0].official{place}", reason) for place in (1, 2)
    ]


def test_a_file_of_neither_shape_is_refused():
    with pytest.raises(TooManyBadFiles, match="neither nba nor refereeAssignments"):
        collect(b"{}")


def held(game: object) -> int:
    """How many rows and failures a game stands for: its officials, or itself where it is unreadable."""
    try:
        decode(written(game), nbac_referee_game_assignments.Assignment)
    except BadPayload:
        return 1
    return sum((game.get(f"official{n}"), game.get(f"official{n}_code")) != (None, None) for n in (1, 2, 3, 4))


@given(damaged(leagues(GAME, OTHER)))
def test_damaged_assignments_are_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == sum(map(held, content["nba"]["Table"]["rows"]))
