"""The invented season obeys the rules of the schedule and of the box score, whatever it is drawn from."""

import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest

from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.odds import implied_probability
from nba_pipeline.sources.teams import BY_ABBR

END = dt.date(2100, 1, 1)
SIDES = ["game_id", "team_id"]


@pytest.fixture(scope="module", params=[(2021, 2021), (2024, 2021), (2023, 1), (2095, 77)], ids=str)
def season(request) -> Season:
    year, seed = request.param
    return simulate(year, END, seed)


def team_days(season: Season) -> pd.DataFrame:
    """Each team's games: team, game_date, is_home."""
    games = season.games
    parts = [games[[side, "game_date"]].set_axis(["team", "game_date"], axis=1) for side in ("home_team", "away_team")]
    return pd.concat(parts, keys=[True, False], names=["is_home"]).reset_index("is_home")


def test_every_team_plays_82_games_41_of_them_at_home(season):
    assert len(season.games) == 1230
    played = team_days(season).groupby("team")["is_home"].agg(["size", "sum"])
    assert sorted(played.index) == sorted(BY_ABBR)
    assert (played == [82, 41]).all(axis=None)


def test_nobody_plays_twice_a_day_or_three_days_running_but_there_are_back_to_backs(season):
    days = team_days(season).sort_values(["team", "game_date"])
    since = days.groupby("team")["game_date"].diff().dt.days
    assert since.min() == 1
    assert not ((since == 1) & (since.groupby(days["team"]).shift() == 1)).any()
    assert 5 < (since == 1).groupby(days["team"]).sum().mean() < 30


def test_the_season_begins_in_october_lasts_about_six_months_and_pauses_once(season):
    days = np.sort(season.games["game_date"].unique())
    first = pd.Timestamp(days[0])
    assert (first.month, first.day >= 15) == (10, True)
    assert 160 <= (days[-1] - days[0]) / np.timedelta64(1, "D") <= 180
    assert sorted(np.diff(days) / np.timedelta64(1, "D"))[-1] >= 7


def test_a_game_day_is_the_eastern_day_of_its_tip_off(season):
    eastern = season.games["tipoff_utc"].dt.tz_convert("America/New_York")
    assert (eastern.dt.tz_localize(None).dt.normalize() == season.games["game_date"]).all()
    assert eastern.dt.hour.between(12, 23).all()


def test_game_ids_are_the_leagues_kind_and_unique(season):
    assert season.games["game_id"].is_unique
    assert all(re.fullmatch(rf"002{season.year % 100:02d}\d{{5}}", game_id) for game_id in season.games["game_id"])


def test_points_are_made_of_goals_and_add_up_to_the_score(season):
    lines = season.player_lines
    twos = lines["fgm"] - lines["fg3m"]
    assert (lines["pts"] == 2 * twos + 3 * lines["fg3m"] + lines["ftm"]).all()
    totals = lines.groupby(SIDES)["pts"].sum()
    for side in ("home", "away"):
        keys = pd.MultiIndex.from_frame(season.games[["game_id", f"{side}_team_id"]])
        assert (totals.reindex(keys).to_numpy() == season.games[f"{side}_pts"].to_numpy()).all()


def test_no_game_is_tied_and_the_winner_has_more_points(season):
    games = season.games.set_index("game_id")
    assert (games["home_pts"] != games["away_pts"]).all()
    lines = season.player_lines.join(games[["home_pts", "away_pts"]], on="game_id")
    home_won = lines["home_pts"] > lines["away_pts"]
    assert (lines["wl"] == np.where(home_won == lines["is_home"], "W", "L")).all()


def test_nothing_is_made_more_often_than_tried_and_no_count_is_negative(season):
    lines = season.player_lines
    assert (lines["fgm"] <= lines["fga"]).all()
    assert (lines["fg3m"] <= lines["fg3a"]).all()
    assert (lines["ftm"] <= lines["fta"]).all()
    assert (lines["fg3a"] <= lines["fga"]).all()
    assert (lines["oreb"] + lines["dreb"] == lines["reb"]).all()
    assert (lines.select_dtypes("number").drop(columns="plus_minus") >= 0).all(axis=None)
    assert lines["pf"].max() == 6
    assert (lines.groupby(SIDES)["ast"].sum() <= lines.groupby(SIDES)["fgm"].sum()).all()


def test_a_team_plays_240_minutes_and_25_more_in_each_overtime_and_nobody_more_than_the_game(season):
    by_side = season.player_lines.groupby(SIDES)["min"]
    overtimes, rest = np.divmod(by_side.sum() - 240, 25)
    assert not rest.any()
    assert 0.02 < (overtimes > 0).mean() < 0.12
    assert (by_side.max() <= 48 + 5 * overtimes).all()
    assert overtimes.groupby("game_id").nunique().eq(1).all()
    assert by_side.size().between(8, 13).all()


def test_shots_by_zone_add_up_to_attempts_and_goals(season):
    shots = season.shots.assign(three=season.shots["zone"] == "Above the Break 3")
    by_line = shots.groupby(["game_id", "player_id"]).agg(
        fga=("made", "size"), fgm=("made", "sum"), fg3a=("three", "sum")
    )
    lines = season.player_lines.set_index(["game_id", "player_id"])[["fga", "fgm", "fg3a"]]
    found = by_line.reindex(lines.index, fill_value=0)
    assert (found == lines).all(axis=None)
    assert len(shots) == lines["fga"].sum()
    assert shots["zone"].nunique() == 3


def test_players_are_invented_have_one_team_and_are_told_apart_by_name(season):
    players = season.player_lines.groupby("player_id")[["team_id", "player_name"]].nunique()
    assert (players == 1).all(axis=None)
    assert len(players) == 390
    assert players.index.min() >= 9_000_000
    assert player_lookup(season.player_lines["player_name"]).nunique() == 390


def test_the_league_looks_like_basketball(season):
    lines = season.player_lines
    points = lines.groupby(SIDES)["pts"].sum()
    assert 105 < points.mean() < 120
    assert 10 < points.std() < 17
    best = lines.groupby("player_id")["pts"].mean().nlargest(10)
    assert best.between(20, 36).all()
    played = lines.groupby("player_id").size()
    assert played.mean() < 80
    assert played.min() > 5


def test_what_a_player_did_says_something_of_what_he_will_do(season):
    lines = season.player_lines
    halves = lines["game_date"] < lines["game_date"].median()
    first, second = (lines[half].groupby("player_id")["pts"].mean() for half in (halves, ~halves))
    assert first.corr(second) > 0.9


def test_invented_lines_are_near_what_players_went_on_to_score_and_take_5_percent(season):
    props = season.props.merge(season.player_lines[["game_date", "player_name", "pts"]])
    assert len(props) > 20_000
    error = props["pts"] - props["line"]
    assert abs(error.mean()) < 0.5
    assert abs((error > 0).mean() - 0.5) < 0.05
    assert props["line"].corr(props["pts"].astype("float64")) > 0.6
    assert (props["line"] % 1 == 0.5).all()
    taken = sum(implied_probability(props[f"{side}_price"].astype(object)) for side in ("over", "under")) - 1
    assert taken.between(0.04, 0.08).all()


def test_lines_are_known_before_the_game_also_for_the_day_after_the_last_played():
    season = simulate(2024, dt.date(2025, 1, 15))
    assert (season.props["snapshot_ts"] < season.props["commence_time"]).all()
    tomorrow = season.games["game_date"] == pd.Timestamp(2025, 1, 16)
    last = season.props["game_date"] == pd.Timestamp(2025, 1, 16)
    assert season.props["game_date"].max() == pd.Timestamp(2025, 1, 16)
    assert set(season.props.loc[last, "home_team"]) == set(season.games.loc[tomorrow, "home_team"])


def test_the_same_seed_draws_the_same_season_and_another_seed_another():
    season, again, other = simulate(2024, END, 5), simulate(2024, END, 5), simulate(2024, END, 6)
    for name in ("games", "player_lines", "shots", "props"):
        pd.testing.assert_frame_equal(getattr(season, name), getattr(again, name))
    assert not season.games.equals(other.games)


@pytest.mark.parametrize(
    "day", [dt.date(2024, 10, 1), dt.date(2024, 10, 15), dt.date(2025, 1, 15), dt.date(2025, 2, 9)]
)
def test_a_season_a_day_older_is_the_same_season_and_one_day_more(day):
    season, older = simulate(2024, day), simulate(2024, day + dt.timedelta(days=1))
    until = pd.Timestamp(day)
    for name in ("player_lines", "shots"):
        frame = getattr(older, name)
        known = frame[frame["game_date"] <= until].reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(season, name), known)
    known = older.props[older.props["game_date"] <= until + pd.Timedelta(days=1)].reset_index(drop=True)
    pd.testing.assert_frame_equal(season.props, known)
    results = ["home_pts", "away_pts"]
    pd.testing.assert_frame_equal(season.games.drop(columns=results), older.games.drop(columns=results))
    played = season.games["game_date"] <= until
    assert season.games[results].notna().all(axis=1).equals(played)
    pd.testing.assert_frame_equal(season.games.loc[played, results], older.games.loc[played, results])


def test_a_whole_season_takes_seconds_at_most():
    started = dt.datetime.now(dt.UTC)
    simulate(2024, END)
    assert (dt.datetime.now(dt.UTC) - started).total_seconds() < 5
