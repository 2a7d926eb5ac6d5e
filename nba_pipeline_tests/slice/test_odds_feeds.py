"""Odds, baseball and CSV through bucket, Dagster and BigQuery: every snapshot once, whatever is run again."""

import json

import pandas as pd
import pytest

from nba_pipeline import catalog
from nba_pipeline.local.season.odds_writers import player_points_props
from nba_pipeline.sources import odds_api_player_points_props
from nba_pipeline.sources.feed import stamp
from nba_pipeline_tests.sources.test_bigdataball_play_by_play import event as play
from nba_pipeline_tests.sources.test_bigdataball_play_by_play import written
from nba_pipeline_tests.support.odds_answers import bookmaker, event, historical, line, market, outcome
from nba_pipeline_tests.support.real_data import needs_real_data, real_season

FIRST, LAST = "2024-03-02", "2024-03-04"
PROPS = "odds_api_player_points_props"


@needs_real_data
def test_real_lines_are_in_the_table_once_after_two_runs_and_a_later_snapshot_adds_its_own(empty_slice):
    props = real_season("2023-24").props
    lines = props[props["game_date"].between(FIRST, LAST)]
    objects = {
        name: content
        for name, content in player_points_props(real_season("2023-24"))
        if FIRST <= name.split("/")[2] <= LAST
    }
    for name, content in objects.items():
        empty_slice.put(name, content)
    for _ in range(2):
        assert empty_slice.run(FIRST, LAST, [PROPS]).success
        rows = empty_slice.read(odds_api_player_points_props.TABLE, FIRST, LAST)
        assert (len(rows), rows["source_object"].nunique()) == (len(lines), len(objects))
    name, content = next(iter(objects.items()))
    answer = json.loads(content) | {"timestamp": "2024-03-05T00:00:00Z"}
    later = name.replace(name.split("/")[-1].split("-snap-")[0], stamp(pd.Timestamp("2024-03-05T00:00Z")))
    empty_slice.put(later, json.dumps(answer).encode())
    assert empty_slice.run(FIRST, LAST, [PROPS]).success
    again = empty_slice.read(odds_api_player_points_props.TABLE, FIRST, LAST)
    assert len(again) == len(lines) + (rows["source_object"] == name).sum()


EVENT = "0fb83b1ef41912af1127cb2928230b7b-LAC-BOS"
BASEBALL = {"home_team": "Cleveland Guardians", "away_team": "Detroit Tigers"}
PLAYER = {
    **{"game_pk": 1, "game_date": "2024-01-01", "player_id": 2, "player_name": "Jobex Ström", "home_away": "home"},
    **{"team_abbr": "CLE", "opponent_abbr": "DET"},
}
GAME = market("h2h", outcome("Boston Celtics", -170), outcome("Los Angeles Clippers", 150))
HITS, OUTS = (
    market("batter_hits", *line("J. Ström", 0.5, -110, -110)),
    market("pitcher_outs", *line("W", 9.5, 100, -120)),
)
BETS = {"book_id": 10, "book_name": "FanDuel", "line": 20.5, "odds": -110}
OFFER = {"offer_id": 1, "event_id": 2, "player_name": "Jobex Ström", "over": {"sportsbooks": [BETS]}, "under": None}
OBJECTS = {
    f"odds-api/game-lines/2024-01-01/{EVENT}/20240101T150000Z-snap-1500.json": historical(
        event(bookmaker("fanduel", GAME))
    ),
    f"mlb-odds-api/batter-props/2024-01-01/{EVENT}/20240101T150000Z-snap-1500.json": event(
        bookmaker("fanduel", HITS), **BASEBALL
    ),
    f"mlb-odds-api/pitcher-props/2024-01-01/{EVENT}/20240101T150000Z-snap-1500.json": event(
        bookmaker("fanduel", OUTS), **BASEBALL
    ),
    "mlb-stats-api/box-scores/2024-01-01/20240102T060000Z.json": {"pitcher_stats": [PLAYER], "batter_stats": [PLAYER]},
    "bettingpros/player-props/points/2024-01-01/20240101T150000Z.json": {"props": [OFFER]},
}
TABLES = {
    "nba_raw.odds_api_game_lines": 2,
    "mlb_raw.mlb_batter_props": 1,
    "mlb_raw.mlb_pitcher_props": 1,
    "mlb_raw.mlb_pitcher_stats": 1,
    "mlb_raw.mlb_batter_stats": 1,
    "nba_raw.bettingpros_player_points_props": 1,
    "nba_raw.bigdataball_play_by_play": 1,
}


@pytest.fixture(scope="module")
def filled(empty_slice):
    for name, answer in OBJECTS.items():
        empty_slice.put(name, json.dumps(answer).encode())
    empty_slice.put("big-data-ball/2023-24/2024-01-01/game_0022300001/[a] NYK@BOS.csv", written(play()))
    return empty_slice


@pytest.mark.parametrize("table", TABLES)
def test_an_object_of_the_feed_becomes_its_rows_once_however_often_it_is_run(filled, table):
    declared = catalog.table(*table.split("."))
    for _ in range(2):
        assert filled.run("2024-01-01", "2024-01-02", [declared.name]).success
        assert len(filled.read(declared, "2024-01-01", "2024-01-02")) == TABLES[table]
