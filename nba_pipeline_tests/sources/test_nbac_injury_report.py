"""Injury reports: the sample's own lines, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, nbac_injury_report
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

LINE = {
    **{
        "date": "01/05/2024",
        "gametime": "07:30 (ET)",
        "matchup": "NYK@BOS",
        "team": "BOS",
        "player": "Ström Jr., Jobex",
    },
    **{"status": "Out", "reason": "Injury/Illness - Left Knee; Soreness", "confidence": 0.9},
}
OTHER = {**LINE, "team": "NYK", "player": "Wexby, Tarel", "status": "Questionable", "reason": ""}


def report(*lines: dict, day: str = "20240104", hour: str = "17") -> dict:
    metadata = {"gamedate": day, "hour": "05", "period": "PM", "hour24": hour, "season": "2023-24"}
    return {"metadata": metadata, "parsing_stats": {}, "records": list(lines)}


def collect(content: bytes, *stamps: str, folder: str = "2024-01-04/17") -> Batch:
    names = [f"nba-com/injury-report-data/{folder}/{stamp}.json" for stamp in stamps or ("20240104T221500Z",)]
    return batch.collect(nbac_injury_report, [SourceFile(name, 1, content) for name in names])


def parsed(payload: dict, *stamps: str) -> Batch:
    return collect(json.dumps(payload).encode(), *stamps)


@needs_real_data
def test_the_samples_lines_are_its_own():
    content = (SAMPLES / "nbac_injury_report" / "exp_f4391904.json").read_bytes()
    collected, held = collect(content, folder="2024-01-04/12"), json.loads(content)
    rows, records = collected.rows, held["records"]
    assert len(rows) == len(records) == held["parsing_stats"]["total_records"] == 14
    assert not collected.rejected_rows
    counts = {status: count for status, count in held["parsing_stats"]["status_counts"].items() if count}
    assert rows["injury_status"].value_counts().to_dict() == counts
    assert rows["reason"].tolist() == [record["reason"] for record in records]
    assert rows["team_abbr"].value_counts().to_dict() == {"SAS": 8, "DEN": 4, "GSW": 2}
    assert {*rows["game_code"]} == {"20240104/MILSAS", "20240104/DENGSW"}
    assert {*rows["report_ts"]} == {pd.Timestamp("2024-01-04T12:00", tz="America/New_York")}
    assert rows["player_name"].iloc[0] == "Dominick Barlow"


def test_a_line_is_typed_and_says_which_game_of_which_side():
    first, second = parsed(report(LINE, OTHER)).rows.to_dict("records")
    assert (first["report_date"], first["report_ts"]) == (
        pd.Timestamp("2024-01-04"),
        pd.Timestamp("2024-01-04T22:00Z"),
    )
    assert (first["game_date"], first["game_code"]) == (pd.Timestamp("2024-01-05"), "20240105/NYKBOS")
    assert (first["player_name"], first["player_lookup"]) == ("Jobex Ström Jr.", "jobexstrom")
    assert (first["team_abbr"], first["opponent_abbr"], first["is_home"]) == ("BOS", "NYK", True)
    assert (first["season_year"], first["confidence"], first["game_time"]) == (2023, 0.9, "07:30 (ET)")
    assert (second["opponent_abbr"], second["is_home"]) == ("BOS", False)
    assert pd.isna(second["reason"])


@pytest.mark.parametrize(
    ("day", "utc"),
    [("20240704", "2024-07-04T21:00Z"), ("20240310", "2024-03-10T21:00Z"), ("20240104", "2024-01-04T22:00Z")],
)
def test_the_reports_hour_is_eastern_in_summer_and_in_winter(day, utc):
    content = json.dumps(report(LINE, day=day)).encode()
    rows = collect(content, folder=f"{pd.Timestamp(day):%Y-%m-%d}/17").rows
    assert rows["report_ts"].tolist() == [pd.Timestamp(utc)]


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [("20241103", "1", "2024-11-03T05:00Z"), ("20240310", "02", "2024-03-10T07:00Z")],
)
def test_an_hour_that_the_clock_strikes_twice_or_never_is_still_one(day, hour, utc):
    content = json.dumps(report(LINE, day=day, hour=hour)).encode()
    rows = collect(content, folder=f"{pd.Timestamp(day):%Y-%m-%d}/{hour}").rows
    assert rows["report_ts"].tolist() == [pd.Timestamp(utc)]


def test_each_scrape_of_a_report_keeps_its_rows():
    assert len(parsed(report(LINE, OTHER), "20240104T221500Z", "20240104T224500Z").rows) == 4


@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"status": "Tired"}, "", "injury_status is missing or makes no sense"),
        ({"team": "LEB"}, "", "team_abbr is missing or makes no sense"),
        ({"team": "UTA"}, "", "opponent_abbr is missing or makes no sense"),
        ({"matchup": "NYK-BOS"}, "", "opponent_abbr is missing or makes no sense"),
        ({"matchup": "XXX@BOS"}, "", "opponent_abbr is missing or makes no sense"),
        ({"date": "2024-01-05"}, "", "game_date is missing or makes no sense"),
        ({"player": "?"}, "", "player_lookup is missing or makes no sense"),
        ({"player": None}, ".player", "Expected `str`, got `null`"),
    ],
)
def test_a_line_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(change, position, reason):
    collected = parsed(report({**LINE, **change}, OTHER))
    assert collected.rows["player_lookup"].tolist() == ["tarelwexby"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"$.records[0]{position}", reason)


def test_a_report_of_another_day_than_its_object_is_refused():
    with pytest.raises(TooManyBadFiles, match="report_date is not the one in the object's name"):
        parsed(report(LINE, day="20240103"))


@pytest.mark.parametrize("change", [{"day": "January"}, {"hour": "25"}])
def test_a_report_without_its_hour_is_refused(change):
    with pytest.raises(TooManyBadFiles, match=r"Expected `str` matching regex .* at \$\.metadata\."):
        parsed(report(LINE, **change))


@given(damaged(report(LINE, OTHER)))
def test_a_damaged_report_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(content["records"])
