"""The league game log: the sample file's own numbers, and any damage to a file counted."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.sources import batch, nbac_player_boxscores
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged, json_values
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

HEADERS = [
    *("SEASON_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ID", "TEAM_ABBREVIATION", "TEAM_NAME", "GAME_ID", "GAME_DATE"),
    *("MATCHUP", "WL", "MIN", "FGM", "FGA", "FG_PCT", "FG3M", "FG3A", "FG3_PCT", "FTM", "FTA", "FT_PCT", "OREB"),
    *("DREB", "REB", "AST", "STL", "BLK", "TOV", "PF", "PTS", "PLUS_MINUS", "FANTASY_PTS", "VIDEO_AVAILABLE"),
]
LINE: list = ["22023", 9_000_001, "Jobex Ström Jr.", 1610612738, "BOS", "Boston Celtics", "0022300001", "2024-01-01"]
LINE += ["BOS vs. NYK", "W", 30, 5, 10, 0.5, 2, 4, 0.5, 3, 4, 0.75, 1, 4, 5, 6, 1, 0, 2, 3, 15, -4, 30.5, 1]
AWAY = [*LINE[:1], 9_000_002, "Tarel Wexby", 1610612752, "NYK", "New York Knicks", *LINE[6:8], "NYK @ BOS", "L"]
AWAY += LINE[10:]


def log(*lines: list) -> dict:
    found = {"name": "LeagueGameLog", "headers": HEADERS, "rowSet": list(lines)}
    return {"resource": "leaguegamelog", "parameters": {}, "resultSets": [found]}


def collect(content: bytes, day: str = "2024-01-01") -> Batch:
    return batch.collect(
        nbac_player_boxscores, [SourceFile(f"nba-com/player-boxscores/{day}/20250316T090000Z.json", 1, content)]
    )


def parsed(*lines: list) -> Batch:
    return collect(json.dumps(log(*lines)).encode())


def changed(**values: object) -> list:
    return [values.get(header, value) for header, value in zip(HEADERS, LINE, strict=True)]


@needs_real_data
@pytest.mark.parametrize("sample", ["exp_2ad17718.json", "raw_2ad17718.json"])
def test_the_sample_day_has_its_own_numbers(sample):
    content = (SAMPLES / "nbac_player_boxscore" / sample).read_bytes()
    collected = collect(content, "2025-03-15")
    rows, (log,) = collected.rows, json.loads(content)["resultSets"]
    assert len(rows) == len(log["rowSet"]) == 157
    assert not collected.rejected_rows
    for header, column in nbac_player_boxscores._COUNTS.items():
        assert rows[column].sum() == sum(line[log["headers"].index(header)] for line in log["rowSet"])
    curry = rows[rows["player_lookup"] == "stephencurry"].iloc[0]
    assert (curry["team_abbr"], curry["opponent_abbr"], curry["points"], curry["won"]) == ("GSW", "NYK", 28, True)


def test_home_and_away_lines_say_who_against_whom():
    rows = parsed(LINE, AWAY).rows
    assert rows[["team_abbr", "opponent_abbr", "is_home", "won"]].to_numpy().tolist() == [
        ["BOS", "NYK", True, True],
        ["NYK", "BOS", False, False],
    ]


def test_a_line_is_typed_and_carries_what_its_ids_and_names_say():
    row = parsed(LINE).rows.iloc[0]
    assert row["game_date"] == pd.Timestamp("2024-01-01")
    assert (row["season_year"], row["season_type"], row["player_lookup"]) == (2023, "regular", "jobexstrom")
    assert (row["minutes"], row["three_pointers_attempted"], row["plus_minus"]) == (30, 4, -4)


def test_a_count_that_is_missing_is_null_and_a_running_game_has_no_winner():
    row = parsed(changed(MIN=None, WL=None)).rows.iloc[0]
    assert row["minutes"] is pd.NA
    assert row["won"] is pd.NA


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        ("PTS", "15", "a count is no whole number"),
        ("PTS", 15.5, "a count is no whole number"),
        ("MIN", [30], "a count is no whole number"),
        ("FGM", True, "a count is no whole number"),
        ("PLAYER_ID", None, "player_id is missing"),
        ("PLAYER_ID", 1.5, "player_id is missing"),
        ("PLAYER_NAME", "", "player_name is missing"),
        ("TEAM_ABBREVIATION", None, "team_abbr is missing"),
        ("GAME_DATE", "01/01/2024", "game_date is missing"),
        ("GAME_DATE", "2024-01-02", "game_date is not the one in the object's name"),
        ("GAME_ID", "22300001", "season_type is missing"),
        ("MATCHUP", "BOS - NYK", "is_home is missing"),
        ("MATCHUP", {"home": "BOS"}, "is_home is missing"),
    ],
)
def test_a_line_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(header, value, reason):
    collected = parsed(changed(**{header: value}), AWAY)
    assert collected.rows["player_id"].tolist() == [9_000_002]
    (failure,) = collected.rejected_rows
    assert failure.position == "$.resultSets[0].rowSet[0]"
    assert failure.reason.startswith(reason)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, len(HEADERS) - 1), json_values), max_size=6))
def test_any_values_in_a_log_are_taken_or_rejected_and_none_is_lost(changes):
    lines = [list(LINE), list(AWAY), changed(PLAYER_ID=9_000_003)]
    for line, column, value in changes:
        lines[line][column] = value
    collected = parsed(*lines)
    assert len(collected.rows) + len(collected.rejected_rows) == 3


@given(damaged(log(LINE, AWAY)))
def test_a_damaged_log_is_taken_in_part_or_refused_as_a_whole(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    held = next(found["rowSet"] for found in content["resultSets"] if found["name"] == "LeagueGameLog")
    assert len(collected.rows) + len(collected.rejected_rows) == len(held)
