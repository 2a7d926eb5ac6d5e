"""Ball Don't Lie's injuries: the sample's own, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, bdl_injuries
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

INJURY = {
    "player": {"id": 9_000_001, "first_name": "Jobex", "last_name": "Ström Jr.", "jersey_number": "00", "team_id": 2},
    "return_date": "Oct 1",
    "description": "Jul 3: Ström has a sore knee.",
    "status": "Out",
}
OTHER = {**INJURY, "player": {"id": 9_000_002, "first_name": "Tarel", "last_name": "Wexby", "team_id": 20}}


def answer(*injuries: dict) -> dict:
    return {"data": list(injuries), "meta": {"per_page": 100}}


def source_file(content: bytes, stamp: str = "20250715T200000Z") -> SourceFile:
    return SourceFile(f"ball-dont-lie/injuries/2025-07-15/{stamp}.json", 1, content)


def parsed(*injuries: dict) -> Batch:
    return batch.collect(bdl_injuries, [source_file(json.dumps(answer(*injuries)).encode())])


@needs_real_data
@pytest.mark.parametrize("name", ["raw_49fd60fb.json", "exp_49fd60fb.json"])
def test_the_samples_injuries_are_its_own(name):
    content = (SAMPLES / "bdl_injuries" / name).read_bytes()
    collected = batch.collect(bdl_injuries, [source_file(content)])
    rows, held = collected.rows, json.loads(content)["data"]
    assert (len(rows), len(held), collected.rejected_rows) == (100, 100, [])
    assert rows["injury_status"].value_counts().to_dict() == {"Day-To-Day": 91, "Out": 9}
    assert rows["return_day"].value_counts().iloc[0] == 69
    assert rows["bdl_player_id"].tolist() == [injury["player"]["id"] for injury in held]
    assert rows["description"].tolist() == [injury["description"] for injury in held]
    assert rows["team_abbr"].nunique() == len({injury["player"]["team_id"] for injury in held}) == 28
    tatum = rows.set_index("player_lookup").loc["jaysontatum"]
    assert (tatum["team_abbr"], tatum["injury_status"], tatum["return_day"]) == ("BOS", "Out", "Feb 1")


def test_an_injury_is_typed():
    (row,) = parsed(INJURY).rows.to_dict("records")
    assert (row["scrape_date"], row["bdl_player_id"]) == (pd.Timestamp("2025-07-15"), 9_000_001)
    assert (row["player_name"], row["player_lookup"], row["team_abbr"]) == ("Jobex Ström Jr.", "jobexstrom", "BOS")
    assert (row["injury_status"], row["return_day"]) == ("Out", "Oct 1")
    assert row["description"] == "Jul 3: Ström has a sore knee."


def test_a_player_without_a_team_and_a_return_without_a_day_are_null():
    player = {**INJURY["player"], "team_id": None}
    (row,) = parsed({"player": player, "status": "Out", "return_date": None}).rows.to_dict("records")
    assert all(pd.isna(row[name]) for name in ("team_abbr", "return_day", "description"))


def test_each_scrape_of_a_day_keeps_its_rows():
    content = json.dumps(answer(INJURY, OTHER)).encode()
    files = [source_file(content, stamp) for stamp in ("20250715T200000Z", "20250715T220000Z")]
    rows = batch.collect(bdl_injuries, files).rows
    assert rows.groupby("player_lookup").size().to_dict() == {"jobexstrom": 2, "tarelwexby": 2}


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"status": None}, ".status", "Expected `str`, got `null`"),
        ({"status": ""}, "", "injury_status is missing or makes no sense"),
        ({"player": {"first_name": "Jobex"}}, ".player", "Object missing required field `id`"),
        ({"player": {"id": 7, "last_name": "?"}}, "", "player_lookup is missing or makes no sense"),
        ({"player": {**INJURY["player"], "team_id": 31}}, "", "team_abbr makes no sense"),
    ],
)
def test_an_injury_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed({**INJURY, **change}, OTHER)
    assert collected.rows["player_lookup"].tolist() == ["tarelwexby"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.data[0]{position}", reason)


@given(damaged(answer(INJURY, OTHER)))
def test_a_damaged_answer_is_taken_in_part_or_refused_as_a_whole(payload):
    try:
        collected = batch.collect(bdl_injuries, [source_file(json.dumps(payload).encode())])
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(payload["data"])
