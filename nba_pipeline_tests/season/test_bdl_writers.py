"""Writers of Ball Don't Lie's feeds: what they write parses back to the season, in the samples' shapes."""

import datetime as dt
import json

import pandas as pd
import pytest

from nba_pipeline.local.season import bdl_writers
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.orchestration import agreement
from nba_pipeline.sources import bdl_active_players, bdl_player_boxscores, bdl_standings
from nba_pipeline.sources.box_score import COUNTS
from nba_pipeline_tests.season.test_writers import collect, in_raw_shape, shape
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data, raw_frames, real_season

NAMES = [name for name in COUNTS.values() if name != "plus_minus"]
DAY = ("bdl_box_scores", "raw_7a649e12.json")
PLAYERS = ("bdl_active_players", "exp_ac3e7bd3.json")
STANDINGS = ("bdl_standings", "raw_395a0451.json")
KINDS = ("conference", "division", "home", "road")


@pytest.fixture(scope="module", params=["simulated", pytest.param("2023-24", marks=needs_real_data)])
def season(request) -> Season:
    return simulate(2024, dt.date(2025, 1, 15)) if request.param == "simulated" else real_season(request.param)


def sample(*parts: str) -> dict:
    return json.loads(SAMPLES.joinpath(*parts).read_bytes())


def test_box_scores_parse_back_to_the_seasons_lines(season):
    collected = collect(bdl_player_boxscores, bdl_writers.player_boxscores(season))
    assert collected.files == season.player_lines["game_date"].nunique()
    keys, same = ["game_date", "player_id"], ["player_name", "team_abbr", "opponent_abbr", "is_home", *NAMES]
    rows = collected.rows.rename(columns={"bdl_player_id": "player_id"})
    found, expected = (frame.set_index(keys).sort_index() for frame in (rows, in_raw_shape(season)))
    pd.testing.assert_frame_equal(found[same], expected[same], check_dtype=False, check_index_type=False)
    minutes = expected["minutes"].astype("Int64")
    pd.testing.assert_series_equal(
        found["seconds_played"], (minutes * 60).mask(minutes == 0), check_names=False, check_index_type=False
    )


def test_box_scores_carry_the_seasons_scores(season):
    rows = collect(bdl_player_boxscores, bdl_writers.player_boxscores(season)).rows
    keys = {"home_team": "home_abbr", "away_team": "away_abbr"}
    games = season.games[season.games["home_pts"].notna()].rename(columns=keys)
    home = rows[rows["is_home"]].rename(columns={"team_abbr": "home_abbr", "opponent_abbr": "away_abbr"})
    both = home.drop_duplicates(["game_date", "home_abbr"]).merge(games, on=["game_date", "home_abbr", "away_abbr"])
    assert len(both) == season.player_lines["game_id"].nunique()
    assert (both["home_points"] == both["home_pts"]).all()
    assert (both["away_points"] == both["away_pts"]).all()
    assert (both["is_postseason"] == both["game_id"].str[2].isin(["4", "5"])).all()


@needs_real_data
def test_a_game_with_overtime_has_its_periods():
    rows = collect(bdl_player_boxscores, bdl_writers.player_boxscores(real_season("2023-24"))).rows
    day = rows[rows["game_date"] == "2024-01-15"]
    real = {game["home_team"]["abbreviation"]: game["period"] for game in sample(*DAY)["data"]}
    assert day[day["is_home"]].groupby("team_abbr")["period"].max().to_dict() == real


@needs_real_data
def test_no_team_differs_from_nba_coms_box_scores():
    rows = collect(bdl_player_boxscores, bdl_writers.player_boxscores(real_season("2023-24"))).rows
    _, lines = raw_frames("2023-24")
    assert agreement.teams_that_differ(lines, rows).empty


@needs_real_data
def test_box_scores_have_the_samples_shape(season):
    _, content = next(bdl_writers.player_boxscores(season))
    written, real = json.loads(content), sample(*DAY)
    line, its = (found["data"][0]["home_team"]["players"][0] for found in (written, real))
    assert set(line["player"]) == set(its["player"])
    shares = ("fg_pct", "fg3_pct", "ft_pct")  # 0 or a fraction
    bare = [{name: value for name, value in one.items() if name not in ("player", *shares)} for one in (line, its)]
    assert shape(bare[0]) == shape(bare[1])
    assert set(line) == set(its)
    for found in (written, real):
        for side in ("home_team", "visitor_team"):
            del found["data"][0][side]["players"]
    assert shape(written) == shape(real)


def test_active_players_are_everybody_who_played_on_his_last_team(season):
    rows = collect(bdl_active_players, bdl_writers.active_players(season)).rows.set_index("bdl_player_id")
    last = season.player_lines.sort_values("game_date").drop_duplicates("player_id", keep="last").set_index("player_id")
    assert rows["team_abbr"].to_dict() == last["team_abbreviation"].to_dict()
    assert rows["player_name"].to_dict() == last["player_name"].to_dict()


@needs_real_data
def test_an_active_player_has_the_samples_fields(season):
    ((_, content),) = bdl_writers.active_players(season)
    written, real = (answer["data"][0] for answer in (json.loads(content), sample(*PLAYERS)))
    assert set(written) == set(real)
    assert shape(written["team"]) == shape(real["team"])


def test_the_standings_of_a_day_count_the_results_up_to_it(season):
    rows = collect(bdl_standings, bdl_writers.standings(season)).rows
    lines = season.player_lines[season.player_lines["game_id"].str[2] == "2"]
    games = lines.drop_duplicates(["game_id", "team_abbreviation"])
    days = sorted(games["game_date"].unique())
    assert rows["date_recorded"].drop_duplicates().tolist() == days
    for day in (days[0], days[len(days) // 2], days[-1]):
        won = games[games["game_date"] <= day].groupby(["team_abbreviation", "wl"]).size().unstack(fill_value=0)
        found = rows[rows["date_recorded"] == day].set_index("team_abbr")
        assert len(found) == 30
        for column, result in (("wins", "W"), ("losses", "L")):
            assert found[column].to_dict() == dict.fromkeys(found.index, 0) | won[result].to_dict()


@needs_real_data
def test_the_last_standings_of_a_real_season_are_the_samples():
    rows = collect(bdl_standings, bdl_writers.standings(real_season("2024-25"))).rows
    last = rows[rows["date_recorded"] == rows["date_recorded"].max()].to_dict("records")
    real = {team["team"]["abbreviation"]: team for team in sample(*STANDINGS)["data"]}
    for row in last:
        its = real[row["team_abbr"]]
        assert (row["wins"], row["losses"]) == (its["wins"], its["losses"])
        assert [f"{row[f'{kind}_wins']}-{row[f'{kind}_losses']}" for kind in KINDS] == [
            its[f"{kind}_record"] for kind in KINDS
        ]
    # Denver and both teams of Los Angeles won 50 games each: the league looked at more than that.
    other = {row["team_abbr"] for row in last if row["conference_rank"] != real[row["team_abbr"]]["conference_rank"]}
    assert other == {"DEN", "LAC", "LAL"}


@needs_real_data
def test_standings_have_the_samples_shape(season):
    _, content = next(bdl_writers.standings(season))
    assert shape(json.loads(content)) == shape(sample(*STANDINGS))


def test_before_the_first_game_there_is_nothing_to_write():
    season = simulate(2024, dt.date(2024, 9, 1))
    assert [object_ for writer in bdl_writers.WRITERS for object_ in writer.objects(season)] == []
