"""BigDataBall's play-by-play: a real game's own numbers, and any damage to a file counted."""

import csv
import datetime as dt
import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline.sources import batch, bigdataball_play_by_play
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

HEADERS = [
    *("game_id", "data_set", "date", "a1", "a2", "a3", "a4", "a5", "h1", "h2", "h3", "h4", "h5", "period"),
    *("away_score", "home_score", "remaining_time", "elapsed", "play_length", "play_id", "team", "event_type"),
    *("assist", "away", "home", "block", "entered", "left", "num", "opponent", "outof", "player", "points"),
    *("possession", "reason", "result", "steal", "type", "shot_distance", "original_x", "original_y"),
    *("converted_x", "converted_y", "description"),
]
COURT = {f"{side}{number}": f"{side}player {number * 'x'}" for side in "ah" for number in range(1, 6)}
SHOT = {
    **{"game_id": "22300001", "data_set": "NBA 2023-2024", "date": "2024-01-01", **COURT, "period": "1"},
    **{"away_score": "2", "home_score": "0", "remaining_time": "0:11:44", "elapsed": "0:00:16"},
    **{"play_length": "0:00:16", "play_id": "3", "team": "BOS", "event_type": "shot", "player": "Jobex Ström Jr."},
    **{"points": "2", "result": "made", "type": "jump shot", "shot_distance": "14", "original_x": "-91"},
    **{"original_y": "106", "converted_x": "15.9", "converted_y": "15.600000000000001", "description": "2, from 14'"},
}
NAME = "big-data-ball/2023-24/2024-01-01/game_0022300001/[2024-01-01]-0022300001-NYK@BOS.csv"


def collect(content: bytes, name: str = NAME) -> Batch:
    file = SourceFile(name, 1, content, dt.datetime(2024, 1, 2, 12, tzinfo=dt.UTC))
    return batch.collect(bigdataball_play_by_play, [file])


def written(*rows: list[str]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([HEADERS, *rows])
    return file.getvalue().encode()


def event(**values: str) -> list[str]:
    return [(SHOT | values).get(header, "") for header in HEADERS]


def parsed(*rows: list[str]) -> Batch:
    return collect(written(*rows))


@needs_real_data
def test_the_sample_game_has_its_own_score_players_and_events():
    content = (SAMPLES / "bigdataball_pbp" / "raw_746cfbef.csv").read_bytes()
    name = "big-data-ball/2024-25/2025-06-22/game_0042400407/[2025-06-22]-0042400407-IND@OKC.csv"
    collected = collect(content, name)
    rows, sample = collected.rows, pd.read_csv(io.BytesIO(content))
    assert (len(rows), collected.rejected_rows) == (510, [])
    assert rows["game_id"].eq("0042400407").all()
    assert rows.groupby("team_abbr")["points"].sum().to_dict() == {"IND": 91, "OKC": 103}
    assert (rows["away_points"].max(), rows["home_points"].max()) == (91, 103)
    assert rows.groupby("player_lookup")["points"].sum()["shaigilgeousalexander"] == 29
    assert rows["event_type"].value_counts().to_dict() == sample["event_type"].value_counts().to_dict()
    for header, column in bigdataball_play_by_play._COLUMNS.items():
        if header != "type":  # the feed's own `unknown` is a text like any other
            assert rows[column].notna().tolist() == sample[header].notna().tolist(), header
    assert rows["court_y"].sum() == pytest.approx(sample["converted_y"].sum())
    assert rows["seconds_elapsed"].tolist() == pd.to_timedelta(sample["elapsed"]).dt.total_seconds().tolist()


def test_an_event_is_typed_and_carries_the_players_on_court():
    row = parsed(event()).rows.iloc[0]
    assert (row["game_id"], row["game_date"], row["event_sequence"]) == ("0022300001", pd.Timestamp("2024-01-01"), 3)
    assert (row["seconds_left"], row["seconds_elapsed"], row["points"], row["shot_x"]) == (704, 16, 2, -91)
    assert (row["player_name"], row["player_lookup"]) == ("Jobex Ström Jr.", "jobexstrom")
    assert (row["away_player_2_lookup"], row["home_player_5_lookup"]) == ("aplayerxx", "hplayerxxxxx")
    assert row[["assist_player_lookup", "free_throws", "reason"]].isna().all()
    assert row["description"] == "2, from 14'"
    assert row["scraped_at"] == pd.Timestamp("2024-01-02T12:00Z")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"team": "LEB"}, "team_abbr makes no sense"),
        ({"points": "two"}, "points makes no sense"),
        ({"away_score": "1.5"}, "away_points makes no sense"),
        ({"converted_x": "far"}, "court_x makes no sense"),
        ({"remaining_time": "11:44"}, "seconds_left makes no sense"),
        ({"game_id": ""}, "game_id is missing or makes no sense"),
        ({"game_id": "92300001"}, "game_id is missing or makes no sense"),
        ({"play_id": "third"}, "event_sequence is missing or makes no sense"),
        ({"period": ""}, "period is missing or makes no sense"),
        ({"date": "01/01/2024"}, "game_date is missing or makes no sense"),
        ({"date": "2024-01-02"}, "game_date is not the one in the object's name"),
    ],
)
def test_an_event_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(values, reason):
    collected = parsed(event(**values), event(play_id="4"))
    assert collected.rows["event_sequence"].tolist() == [4]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == ("line 2", reason)


def test_a_line_with_too_few_or_too_many_values_costs_itself():
    collected = parsed(event()[:-1], event(), [*event(play_id="4"), ""])
    assert len(collected.rows) == 1
    assert [(failure.position, failure.reason) for failure in collected.rejected_rows] == [
        ("line 2", "not 44 values"),
        ("line 4", "not 44 values"),
    ]


@pytest.mark.parametrize("content", [b"", b"game_id,date\r\n1,2\r\n", b"\xff\xfe", b'"', b"\x00"])
def test_what_is_no_such_file_is_refused(content):
    with pytest.raises(TooManyBadFiles, match=r"not readable as CSV|not exactly one column"):
        collect(content)


cells = st.tuples(
    st.integers(0, 2), st.integers(0, len(HEADERS) - 1), st.text() | st.sampled_from(["", "0", "-1", "1e9", "nan"])
)


@settings(max_examples=40)
@given(st.lists(cells, max_size=6))
def test_any_values_in_a_file_are_taken_or_rejected_and_none_is_lost(changes):
    rows = [event(), event(play_id="4"), event(play_id="5")]
    for row, column, value in changes:
        rows[row][column] = value
    collected = parsed(*rows)
    assert len(collected.rows) + len(collected.rejected_rows) == 3


@given(st.data())
def test_a_file_cut_or_overwritten_anywhere_is_taken_in_part_or_refused_as_a_whole(data):
    content = written(event(), event(play_id="4"))
    start = data.draw(st.integers(0, len(content)))
    damaged = (
        content[:start] + data.draw(st.binary(max_size=8)) + content[data.draw(st.integers(start, len(content))) :]
    )
    try:
        collected = collect(damaged)
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(
        list(csv.reader(io.StringIO(damaged.decode("utf-8-sig"), newline="")))[1:]
    )
