"""Polls of Ball Don't Lie's live box scores: each keeps its rows, and an empty one has none."""

import datetime as dt
import json

import pandas as pd
from hypothesis import given

from nba_pipeline.sources import batch, bdl_live_boxscores
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.bdl_answers import GAME, STARTER, of_games
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

AT_ONE = dt.datetime(2024, 1, 16, 1, 0, tzinfo=dt.UTC)
SIDES = ("home_team", "visitor_team")
RUNNING = {**GAME, "status": "3rd Qtr", "period": 3, "time": "Q3 4:05"}


def poll(name: str, minutes: int, content: bytes) -> SourceFile:
    written = AT_ONE + dt.timedelta(minutes=minutes)
    return SourceFile(f"ball-dont-lie/live-boxscores/2024-01-15/{name}.json", 1, content, written)


def parsed(*payloads: dict) -> Batch:
    files = [poll(f"poll-{n}", n, json.dumps(payload).encode()) for n, payload in enumerate(payloads)]
    return batch.collect(bdl_live_boxscores, files)


def test_each_poll_keeps_its_rows_with_the_moment_it_was_written():
    rows = parsed(of_games(game=RUNNING), of_games({**STARTER, "pts": 15})).rows
    starter = rows[rows["player_lookup"] == "jobexstrom"].set_index("poll_id")
    assert len(rows) == 6
    assert starter["points"].to_dict() == {"poll-0": 13, "poll-1": 15}
    assert starter["clock"].to_dict() == {"poll-0": "Q3 4:05", "poll-1": "Final"}
    assert starter["period"].to_dict() == {"poll-0": 3, "poll-1": 4}
    assert starter["scraped_at"].tolist() == [pd.Timestamp(AT_ONE), pd.Timestamp(AT_ONE) + pd.Timedelta(minutes=1)]


@needs_real_data
def test_the_sample_of_a_poll_between_games_has_no_rows_and_is_no_failure():
    for name in ("raw_1575e0a5.json", "exp_1575e0a5.json"):
        content = (SAMPLES / "bdl_live_box_scores" / name).read_bytes()
        collected = batch.collect(bdl_live_boxscores, [poll("1575e0a5", 0, content)])
        assert (len(collected.rows), collected.files, collected.failures) == (0, 1, [])


@needs_real_data
def test_the_sample_of_a_day_is_a_full_poll():
    content = (SAMPLES / "bdl_box_scores" / "raw_7a649e12.json").read_bytes()
    collected = batch.collect(bdl_live_boxscores, [poll("7a649e12", 0, content)])
    assert (len(collected.rows), collected.rejected_rows) == (384, [])
    assert set(collected.rows["poll_id"]) == {"7a649e12"}


@given(damaged(of_games(game=RUNNING)))
def test_a_damaged_poll_is_taken_in_part_or_refused_as_a_whole(payload):
    try:
        collected = parsed(payload)
    except TooManyBadFiles:
        return
    game_is_lost = any("players[" not in failure.position for failure in collected.rejected_rows)
    held = [len(game[side]["players"]) for game in payload["data"] if not game_is_lost for side in SIDES]
    assert game_is_lost or len(collected.rows) + len(collected.rejected_rows) == sum(held)
