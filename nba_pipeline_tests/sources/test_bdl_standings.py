"""Ball Don't Lie's standings: the sample's own thirty teams, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, bdl, bdl_standings
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline.sources.teams import BY_ABBR
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

STANDING = {
    "team": {"id": 2, "conference": "East", "division": "Atlantic", "abbreviation": "BOS"},
    **{"conference_record": "39-13", "conference_rank": 2, "division_record": "14-2", "division_rank": 1},
    **{"wins": 61, "losses": 21, "home_record": "28-13", "road_record": "33-8", "season": 2024},
}
OTHER = {**STANDING, "team": {**STANDING["team"], "id": 20, "abbreviation": "NYK"}}
KINDS = ("conference", "division", "home", "road")


def answer(*standings: dict) -> dict:
    return {"data": list(standings)}


def source_file(content: bytes, stamp: str = "20250414T090000Z") -> SourceFile:
    return SourceFile(f"ball-dont-lie/standings/2024-25/2025-04-13/{stamp}.json", 1, content)


def parsed(*standings: dict) -> Batch:
    return batch.collect(bdl_standings, [source_file(json.dumps(answer(*standings)).encode())])


@needs_real_data
@pytest.mark.parametrize("name", ["raw_395a0451.json", "exp_395a0451.json"])
def test_the_samples_teams_are_its_own(name):
    content = (SAMPLES / "bdl_standings" / name).read_bytes()
    collected = batch.collect(bdl_standings, [source_file(content)])
    rows, held = collected.rows, json.loads(content)["data"]
    assert (len(rows), collected.rejected_rows) == (30, [])
    assert set(rows["team_abbr"]) == set(BY_ABBR)
    for column in ("wins", "losses", "conference_rank", "division_rank"):
        assert rows[column].tolist() == [team[column] for team in held]
    for kind in KINDS:
        records = [f"{row[f'{kind}_wins']}-{row[f'{kind}_losses']}" for row in rows.to_dict("records")]
        assert records == [team[f"{kind}_record"] for team in held]
    assert rows["wins"].sum() == rows["losses"].sum() == 1230
    assert rows["home_wins"].sum() == rows["road_losses"].sum()
    assert rows.groupby("conference")["conference_rank"].apply(sorted).tolist() == [[*range(1, 16)]] * 2
    assert rows.groupby("division").size().tolist() == [5] * 6
    oklahoma = rows.set_index("team_abbr").loc["OKC"]
    assert (oklahoma["wins"], oklahoma["losses"], oklahoma["conference_rank"]) == (68, 14, 1)


@needs_real_data
def test_the_teams_ids_are_those_of_the_sample():
    held = json.loads((SAMPLES / "bdl_standings" / "raw_395a0451.json").read_bytes())["data"]
    assert {team["team"]["id"]: team["team"]["abbreviation"] for team in held} == bdl.ABBR_BY_ID


def test_a_team_is_typed_and_its_records_are_wins_and_losses():
    (row,) = parsed(STANDING).rows.to_dict("records")
    assert (row["season_year"], row["date_recorded"]) == (2024, pd.Timestamp("2025-04-13"))
    assert (row["team_abbr"], row["conference"], row["division"]) == ("BOS", "East", "Atlantic")
    assert (row["wins"], row["losses"], row["conference_rank"], row["division_rank"]) == (61, 21, 2, 1)
    assert [(row[f"{kind}_wins"], row[f"{kind}_losses"]) for kind in KINDS] == [(39, 13), (14, 2), (28, 13), (33, 8)]


def test_a_record_that_is_not_told_is_null():
    (row,) = parsed({**STANDING, "home_record": None, "road_record": ""}).rows.to_dict("records")
    assert all(pd.isna(row[name]) for name in ("home_wins", "home_losses", "road_wins", "road_losses"))


def test_standings_that_come_back_empty_have_no_rows_and_are_no_failure():
    collected = parsed()
    assert (len(collected.rows), collected.files, collected.failures) == (0, 1, [])


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"team": {"id": 2}}, ".team", "Object missing required field `abbreviation`"),
        ({"team": {"abbreviation": "LEB"}}, "", "team_abbr is missing or makes no sense"),
        ({"season": None}, ".season", "Expected `int`, got `null`"),
        ({"wins": "61"}, ".wins", "Expected `int | null`, got `str`"),
        ({"home_record": "28:13"}, "", "home_record makes no sense"),
        ({"road_record": "33-"}, "", "road_record makes no sense"),
    ],
)
def test_a_team_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed({**STANDING, **change}, OTHER)
    assert collected.rows["team_abbr"].tolist() == ["NYK"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.data[0]{position}", reason)


@given(damaged(answer(STANDING, OTHER)))
def test_damaged_standings_are_taken_in_part_or_refused_as_a_whole(payload):
    try:
        collected = batch.collect(bdl_standings, [source_file(json.dumps(payload).encode())])
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(payload["data"])
