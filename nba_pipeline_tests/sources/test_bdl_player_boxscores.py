"""Ball Don't Lie's box scores: the samples' own lines in both shapes, and any damage to a file counted."""

import datetime as dt
import json
import re

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, bdl_player_boxscores
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline.sources.box_score import COUNTS
from nba_pipeline.sources.names import player_lookup
from nba_pipeline_tests.support.bdl_answers import BENCH, DNP, GAME, STARTER, of_games, of_lines
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.real_data import SAMPLES, SHARED, needs_real_data

NAMES = {header.lower(): name for header, name in COUNTS.items() if name != "plus_minus"}
DAY = dt.date(2024, 1, 15)
SHAPES = [pytest.param(of_games, id="games"), pytest.param(of_lines, id="lines")]
PLACES = {of_games: "$.data[0].home_team.players[0]", of_lines: "$.data[0]"}


def source_file(content: bytes, day: str = "2024-01-15", scraped: str = "20240116T090000Z") -> SourceFile:
    return SourceFile(f"ball-dont-lie/boxscores/{day}/{scraped}.json", 1, content)


def parsed(payload: object) -> Batch:
    return batch.collect(bdl_player_boxscores, [source_file(json.dumps(payload).encode())])


def sample(*path: str) -> bytes:
    return SAMPLES.joinpath(*path).read_bytes()


@needs_real_data
@pytest.mark.parametrize("name", ["raw_7a649e12.json", "exp_7a649e12.json.gz"])
def test_the_lines_of_the_sample_of_a_day_are_nba_coms_and_those_of_the_bench(name):
    collected = batch.collect(bdl_player_boxscores, [source_file(sample("bdl_box_scores", name))])
    rows = collected.rows
    assert (len(rows), collected.rejected_rows) == (384, [])
    assert (rows["team_abbr"].nunique(), rows["bdl_game_id"].isna().all()) == (22, True)
    keys = ["team_abbr", "player_lookup"]
    real = pd.read_parquet(SHARED / "tidy" / "player_game.parquet", filters=[("game_date", "==", DAY)])
    real = real.rename(columns={**NAMES, "team_abbreviation": "team_abbr"})
    real = real.assign(player_lookup=player_lookup(real["player_name"]))
    both = rows.merge(real, on=keys, suffixes=("", "_real"))
    assert len(both) == len(real) == 229
    assert (both["points"] == both["points_real"]).all()
    assert ((both["seconds_played"] / 60 - both["min"]).abs() <= 1).all()
    bench = rows[rows["seconds_played"].isna()]
    assert len(bench) == 155
    assert bench[[*NAMES.values()]].eq(0).all(axis=None)
    assert not set(zip(bench["team_abbr"], bench["player_lookup"], strict=True)) & set(
        zip(real["team_abbr"], real["player_lookup"], strict=True)
    )


@needs_real_data
def test_the_points_of_the_sample_of_a_day_add_up_to_its_scores():
    content = sample("bdl_box_scores", "raw_7a649e12.json")
    rows = batch.collect(bdl_player_boxscores, [source_file(content)]).rows
    held = json.loads(content)["data"]
    scores = {
        game[side]["abbreviation"]: game[f"{side}_score"] for game in held for side in ("home_team", "visitor_team")
    }
    assert rows.groupby("team_abbr")["points"].sum().to_dict() == scores
    own = rows["home_points"].where(rows["is_home"], rows["away_points"])
    assert own.tolist() == rows["team_abbr"].map(scores).tolist()
    assert (rows["period"] == 5).sum() == sum(
        len(game["home_team"]["players"]) + len(game["visitor_team"]["players"]) for game in held if game["period"] == 5
    )


@needs_real_data
def test_the_lines_of_the_sample_of_one_game_are_its_own():
    content = sample("bdl_player_box_scores", "raw_1db4c01e.json")
    collected = batch.collect(bdl_player_boxscores, [source_file(content, "2025-06-22", "20250623T090000Z")])
    rows, held = collected.rows, json.loads(content)["data"]
    assert (len(rows), collected.rejected_rows) == (30, [])
    for name, written in {
        **{"points": "pts", "turnovers": "turnover"},
        **{NAMES[n]: n for n in ("fgm", "oreb")},
    }.items():
        assert rows[name].tolist() == [line[written] for line in held]
    assert rows["bdl_player_id"].tolist() == [line["player"]["id"] for line in held]
    assert rows.groupby("team_abbr")["points"].sum().to_dict() == {"IND": 91, "OKC": 103}
    assert rows.groupby("team_abbr")["seconds_played"].count().to_dict() == {"IND": 12, "OKC": 12}
    assert set(rows["bdl_game_id"]) == {18444564}
    # 20:00 in New York is the next day in UTC.
    assert set(rows["game_date"]) == {pd.Timestamp("2025-06-22")}
    assert set(zip(rows["team_abbr"], rows["opponent_abbr"], rows["is_home"], strict=True)) == {
        ("OKC", "IND", True),
        ("IND", "OKC", False),
    }


@needs_real_data
def test_the_sample_of_a_day_without_games_has_no_rows_and_is_no_failure():
    collected = batch.collect(bdl_player_boxscores, [source_file(sample("bdl_box_scores", "raw_d62cc934.json"))])
    assert (len(collected.rows), collected.files, collected.failures) == (0, 1, [])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_line_is_typed_and_carries_what_the_file_says_of_the_game(shape):
    rows = parsed(shape()).rows.set_index("player_lookup")
    starter, bench, absent = (rows.loc[name] for name in ("jobexstrom", "tarelwexby", "quillonarbo"))
    assert (starter["game_date"], starter["bdl_player_id"]) == (pd.Timestamp("2024-01-15"), 9_000_001)
    assert (starter["player_name"], starter["seconds_played"]) == ("Jobex Ström Jr.", 31 * 60)
    assert (starter["team_abbr"], starter["opponent_abbr"], starter["is_home"]) == ("BOS", "NYK", True)
    assert (starter["season_year"], starter["is_postseason"], starter["period"]) == (2023, False, 4)
    assert (starter["game_status"], starter["clock"]) == ("Final", "Final")
    assert (starter["home_points"], starter["away_points"]) == (13, 5)
    assert starter[[*NAMES.values()]].tolist() == [5, 9, 0, 1, 3, 5, 1, 6, 7, 2, 0, 4, 2, 3, 13]
    assert (bench["team_abbr"], bench["opponent_abbr"], bench["is_home"]) == ("NYK", "BOS", False)
    assert bench["seconds_played"] == 5 * 60
    assert (pd.isna(absent["seconds_played"]), absent["points"]) == (True, 0)


def test_a_games_id_is_known_of_the_one_shape_and_not_of_the_other():
    assert parsed(of_lines()).rows["bdl_game_id"].tolist() == [15_907_000] * 3
    assert parsed(of_games()).rows["bdl_game_id"].isna().all()


def test_of_a_player_in_both_shapes_the_newest_scrape_stays():
    day = source_file(json.dumps(of_games()).encode(), scraped="20240116T040000Z")
    game = source_file(json.dumps(of_lines({**STARTER, "pts": 15})).encode(), scraped="20240116T090000Z")
    for files in ([day, game], [game, day]):
        rows = batch.collect(bdl_player_boxscores, files).rows.set_index("player_lookup")
        assert rows["points"].to_dict() == {"jobexstrom": 15, "tarelwexby": 5, "quillonarbo": 0}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("change", "position", "reason"),
    [
        ({"player": {"first_name": "Jobex"}}, ".player", "Object missing required field `id`"),
        ({"player": {"id": "7"}}, ".player.id", "Expected `int`, got `str`"),
        ({"player": {"id": 7, "first_name": None}}, "", "player_lookup is missing or makes no sense"),
        ({"pts": "13"}, ".pts", "Expected `int | null`, got `str`"),
        ({"pts": 13.5}, ".pts", "Expected `int | null`, got `float`"),
        ({"min": "a while"}, "", "min makes no sense"),
    ],
)
def test_a_line_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(
    shape, change, position, reason
):
    collected = parsed(shape({**STARTER, **change}))
    assert collected.rows["player_lookup"].tolist() == ["tarelwexby", "quillonarbo"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (f"{PLACES[shape]}{position}", reason)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": "tonight"}, "game_date is missing or makes no sense"),
        ({"date": "2024-01-16"}, "game_date is not the one in the object's name"),
    ],
)
def test_the_lines_of_a_game_of_another_day_are_rejected(shape, change, reason):
    both = {**shape(), "data": [*shape(game={**GAME, **change})["data"], *shape()["data"]]}
    collected = parsed(both)
    assert [failure.reason for failure in collected.rejected_rows] == [reason] * 3
    assert len(collected.rows) == 3


@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_of_another_day_alone_is_refused(shape):
    with pytest.raises(TooManyBadFiles, match="game_date is not the one in the object's name"):
        parsed(shape(game={**GAME, "date": "2024-01-16"}))


def test_a_game_that_makes_no_sense_is_rejected_and_the_others_are_taken():
    payload = of_games()
    payload["data"].insert(0, {**payload["data"][0], "season": "2023-24"})
    collected = parsed(payload)
    assert len(collected.rows) == 3
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == ("$.data[0].season", "Expected `int`, got `str`")


def test_a_team_that_is_none_costs_its_game():
    payload = of_games()
    payload["data"][0]["home_team"]["abbreviation"] = "LEB"
    reasons = [failure.reason for failure in parsed(payload).rejected_rows]
    assert reasons == ["team_abbr is missing or makes no sense"] + ["home_abbr is missing or makes no sense"] * 2


def test_a_player_of_neither_team_is_rejected():
    payload = of_lines()
    payload["data"][0]["team"]["abbreviation"] = "MIA"
    (failure,) = parsed(payload).rejected_rows
    assert (failure.position, failure.reason) == ("$.data[0]", "the player's team is neither of the game's")


def test_a_player_twice_is_taken_once_and_listed():
    collected = parsed(of_games(STARTER, BENCH, BENCH, DNP))
    assert (len(collected.rows), len(collected.rejected_rows)) == (3, 1)


def test_counts_that_a_game_does_not_have_yet_are_null():
    line = {"player": STARTER["player"], "min": None, "pts": None}
    row = parsed(of_games(line)).rows.set_index("player_lookup").loc["jobexstrom"]
    assert row[["seconds_played", *NAMES.values()]].isna().all()


@given(damaged(of_lines()))
def test_every_line_of_a_damaged_list_of_lines_is_a_row_or_named_in_a_failure(payload):
    try:
        collected = parsed(payload)
    except TooManyBadFiles:
        return
    assert len(collected.rows) + len(collected.rejected_rows) == len(payload["data"])


def taken_game_by_game_or_line_by_line(payload: object) -> None:
    """Fails unless every line of a list of games is a row or rejected, or its whole game is."""
    try:
        collected = parsed(payload)
    except TooManyBadFiles:
        return
    in_lines = [failure for failure in collected.rejected_rows if "players[" in failure.position]
    games = [failure for failure in collected.rejected_rows if "players[" not in failure.position]
    lost = {int(re.match(r"\$\.data\[(\d+)\]", failure.position)[1]) for failure in games}
    assert len(lost) == len(games)
    read = [game for number, game in enumerate(payload["data"]) if number not in lost]
    held = sum(len(game[side]["players"]) for game in read for side in ("home_team", "visitor_team"))
    assert len(collected.rows) + len(in_lines) == held


@given(damaged({"data": [*of_games()["data"], *of_games()["data"]]}))
def test_every_line_of_a_damaged_list_of_games_is_a_row_or_named_in_a_failure(payload):
    taken_game_by_game_or_line_by_line(payload)


@needs_real_data
def test_the_sample_of_a_day_with_one_node_changed_loses_nothing_in_silence():
    given(damaged(json.loads(sample("bdl_box_scores", "raw_7a649e12.json"))))(taken_game_by_game_or_line_by_line)()
