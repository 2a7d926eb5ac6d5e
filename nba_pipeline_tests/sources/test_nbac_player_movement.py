"""Transactions: the sample's own in both shapes, and any damage to a file counted."""

import gzip
import json
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_player_movement
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

SIGNING = {
    **{"Transaction_Type": "Signing", "TRANSACTION_DATE": "2025-07-16T00:00:00", "GroupSort": "Signing 1135890"},
    **{"TRANSACTION_DESCRIPTION": "Boston Celtics signed guard Jobex Ström Jr. to a Contract.", "TEAM_SLUG": "celtics"},
    **{"TEAM_ID": 1610612738.0, "PLAYER_ID": 9000001.0, "PLAYER_SLUG": "jobex-strom-jr", "Additional_Sort": 0.0},
}
PICK = {
    **{"Transaction_Type": "Trade", "TRANSACTION_DATE": "2025-08-01T00:00:00", "GroupSort": "Trade 2025014"},
    **{"TRANSACTION_DESCRIPTION": "New York Knicks received draft consideration from Boston Celtics."},
    **{"TEAM_ID": 1610612752.0, "PLAYER_ID": 0.0, "PLAYER_SLUG": "", "Additional_Sort": 1610612738.0},
}


def collect(content: bytes) -> Batch:
    return batch.collect(
        nbac_player_movement, [SourceFile("nba-com/player-movement/2025-08-02/20250802T090000Z.json", 1, content)]
    )


def parsed(*rows: dict) -> Batch:
    return collect(json.dumps({"metadata": {}, "headers": [], "rows": list(rows)}).encode())


def sample(name: str) -> bytes:
    return (SAMPLES / "nbac_player_movement" / name).read_bytes()


@needs_real_data
def test_the_samples_transactions_are_its_own():
    content = sample("exp_1ecdb80d.json.gz")
    collected, held = collect(content), json.loads(gzip.decompress(content))
    rows, movements = collected.rows, held["rows"]
    assert len(rows) == len(movements) == held["metadata"]["recordCount"] == 8730
    assert not collected.rejected_rows
    assert rows["transaction_type"].value_counts().to_dict() == Counter(m["Transaction_Type"] for m in movements)
    assert rows["team_id"].tolist() == [m["TEAM_ID"] for m in movements]
    assert rows["description"].tolist() == [m["TRANSACTION_DESCRIPTION"] for m in movements]
    assert rows["player_id"].isna().sum() == rows["player_lookup"].isna().sum() == 466
    assert (rows["other_team_abbr"].notna() == (rows["transaction_type"] == "Trade")).all()
    assert (rows["movement_hash"].nunique(), rows["team_abbr"].nunique()) == (8730, 30)


@needs_real_data
def test_nba_coms_own_shape_gives_the_same_transactions_as_the_scrapers():
    scraped, raw = (collect(sample(f"{kind}_1ecdb80d.json.gz")).rows for kind in ("exp", "raw"))
    pd.testing.assert_frame_equal(scraped, raw)


def test_a_transaction_is_typed_and_belongs_to_the_season_of_its_day():
    signing, pick = parsed(SIGNING, PICK).rows.to_dict("records")
    assert (signing["season_year"], signing["transaction_date"]) == (2024, pd.Timestamp("2025-07-16"))
    assert (signing["player_id"], signing["player_lookup"], signing["team_abbr"]) == (9000001, "jobexstrom", "BOS")
    assert pd.isna(signing["other_team_abbr"])
    assert (pick["season_year"], pick["team_abbr"], pick["other_team_abbr"]) == (2025, "NYK", "BOS")
    assert pd.isna(pick["player_id"])
    assert pd.isna(pick["player_lookup"])


def test_a_transaction_whose_words_or_day_are_corrected_is_the_same_one():
    corrected = {**SIGNING, "TRANSACTION_DESCRIPTION": "Boston signed him.", "TRANSACTION_DATE": "2025-07-15T00:00:00"}
    assert parsed(SIGNING).rows["movement_hash"].tolist() == parsed(corrected).rows["movement_hash"].tolist()


@pytest.mark.parametrize("change", ["GroupSort", "TEAM_ID", "PLAYER_ID", "Additional_Sort"])
def test_transactions_that_differ_in_who_or_what_are_two(change):
    assert len(parsed(SIGNING, {**SIGNING, change: PICK[change]}).rows) == 2


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"TRANSACTION_DATE": "soon"}, "", "transaction_date is missing or makes no sense"),
        ({"GroupSort": ""}, "", "transaction_group is missing or makes no sense"),
        ({"TEAM_ID": 12.0}, "", "team_abbr is missing or makes no sense"),
        ({"PLAYER_ID": 1.5}, "", "an id is no whole number"),
        ({"Additional_Sort": 7.0}, "", "the other team is no team"),
        ({"TEAM_ID": "BOS"}, ".TEAM_ID", "Expected `float`, got `str`"),
        ({"Transaction_Type": None}, ".Transaction_Type", "Expected `str`, got `null`"),
    ],
)
def test_a_transaction_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(
    change, position, reason
):
    collected = parsed({**SIGNING, **change}, PICK)
    assert collected.rows["transaction_group"].tolist() == ["Trade 2025014"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.rows[0]{position}", reason)


def test_a_file_of_neither_shape_is_refused():
    with pytest.raises(TooManyBadFiles, match="neither rows nor NBA_Player_Movement"):
        collect(b'{"resultSets": []}')


@given(damaged({"metadata": {}, "rows": [SIGNING, PICK]}))
def test_a_damaged_file_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(content["rows"])
