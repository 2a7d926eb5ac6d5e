"""Real seasons against public records: standings, and Basketball-Reference's league, team and player pages."""

from functools import cache

import pandas as pd
import pytest

from nba_pipeline.sources import nbac_play_by_play
from nba_pipeline.sources.teams import team_abbr_of_ids
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.real_data import SHARED, needs_real_data, raw_frames, real_season

pytestmark = needs_real_data


@cache
def season(name: str) -> dict[str, pd.DataFrame]:
    """A regular season's summaries; of 2022-23 with its play-by-play, which tells of turnovers that no player made."""
    schedule, boxscores = raw_frames(name)
    inputs = {"schedule": schedule, "boxscores": boxscores, "shots": shots(name)}
    if name == "2022-23":
        inputs["events"] = events()
    days = pd.DatetimeIndex([boxscores["game_date"].min(), boxscores["game_date"].max()])
    tables = computed.summaries(days, inputs)
    return {table: rows[rows["season_type"] == "regular"] for table, rows in tables.items()}


def shots(name: str) -> pd.DataFrame:
    """A season's shot charts."""
    rows = real_season(name).shots.rename(columns={"zone": "shot_zone", "made": "is_made"})
    nameless = pd.Series(pd.NA, rows.index, dtype="string[pyarrow]")
    return rows.assign(team_abbr=team_abbr_of_ids(rows["team_id"]), player_lookup=nameless)


@cache
def events() -> pd.DataFrame:
    """The shots and turnovers of 2022-23 as NBA.com's v3 tells them, cleaned as the feed is."""
    kinds = [("action_type", "in", ["Made Shot", "Missed Shot", "Turnover"])]
    told = pd.read_parquet(SHARED / "tidy" / "pbp_2022_23.parquet", filters=kinds)
    told = told.rename(columns={"x_legacy": "shot_x", "y_legacy": "shot_y"}).assign(shot_zone=None)
    unsaid = dict.fromkeys(["order_number", "happened_at", "home_points", "away_points", *_OTHERS])
    rows, _ = nbac_play_by_play.clean(told.assign(**unsaid, seconds_left="01:00"))
    days = raw_frames("2022-23")[0].set_index("game_id")["game_date"]
    return rows.assign(game_id=told["game_id"], game_date=told["game_id"].map(days)).dropna(subset="game_date")


_OTHERS = [f"{kind}_player_id" for kind in ("assist", "block", "steal", "foul_drawn")]


def of_player(name: str, player: str) -> pd.DataFrame:
    rows = season(name)["players"]
    return rows[rows["player_lookup"] == player]


def true_shooting(rows: pd.DataFrame) -> float:
    """Of a season, from each game's rate and the attempts under it."""
    attempts = rows["field_goals_attempted"] + 0.44 * rows["free_throws_attempted"]
    return (rows["true_shooting"] * attempts).sum() / attempts.sum()


def usage(rows: pd.DataFrame) -> float:
    """Of a season, from each game's rate and the minutes under it."""
    return (rows["usage_rate"] * rows["minutes"]).sum() / rows["minutes"].sum()


@pytest.mark.parametrize(
    ("name", "team", "won"), [("2023-24", "BOS", 64), ("2024-25", "OKC", 68), ("2022-23", "MIL", 58)]
)
def test_the_best_team_of_a_season_has_its_wins_and_losses(name, team, won):
    games = season(name)["offense"]
    of_team = games[games["team_abbr"] == team]
    assert (of_team["won"].sum(), (~of_team["won"]).sum()) == (won, 82 - won)


def league(name: str) -> tuple[float, float]:
    """Pace and offensive rating of a season's league."""
    games = season(name)["offense"]
    return games["pace"].mean(), 100 * games["points"].sum() / games["possessions"].sum()


def test_pace_and_rating_of_the_league_are_the_published_ones():
    assert league("2022-23") == (pytest.approx(99.2, abs=0.1), pytest.approx(114.8, abs=0.05))


def test_without_a_play_by_play_the_turnovers_of_no_player_are_missing_and_pace_and_rating_off_by_less_than_1_percent():
    assert league("2023-24") == (pytest.approx(98.5, rel=0.01), pytest.approx(115.3, rel=0.01))


@pytest.mark.parametrize(
    ("table", "column", "team", "published"),
    [
        ("offense", "offensive_rating", "SAC", 119.4),
        ("offense", "offensive_rating", "BOS", 118.0),
        ("offense", "offensive_rating", "DEN", 117.6),
        ("defense", "defensive_rating", "BOS", 111.5),
        ("defense", "defensive_rating", "MIL", 111.9),
        ("defense", "defensive_rating", "DEN", 114.2),
    ],
)
def test_a_teams_rating_over_a_season_is_the_published_one(table, column, team, published):
    games = season("2022-23")[table]
    of_team = games[games["team_abbr"] == team]
    rating = (of_team[column] * of_team["possessions"]).sum() / of_team["possessions"].sum()
    assert rating == pytest.approx(published, abs=0.1)


@pytest.mark.parametrize(
    ("name", "player", "games", "points", "shooting"),
    [
        ("2023-24", "lukadoncic", 70, 33.9, 0.617),
        ("2023-24", "joelembiid", 39, 34.7, 0.644),
        ("2023-24", "nikolajokic", 79, 26.4, 0.650),
        ("2023-24", "shaigilgeousalexander", 75, 30.1, 0.636),
        ("2023-24", "stephencurry", 74, 26.4, 0.616),
        ("2022-23", "joelembiid", 66, 33.1, 0.655),
        ("2022-23", "lukadoncic", 66, 32.4, 0.609),
        ("2022-23", "nikolajokic", 69, 24.5, 0.701),
        ("2022-23", "jaysontatum", 74, 30.1, 0.607),
    ],
)
def test_a_players_season_is_the_published_one(name, player, games, points, shooting):
    rows = of_player(name, player)
    assert (len(rows), round(rows["points"].mean(), 1)) == (games, points)
    assert round(true_shooting(rows), 3) == shooting


@pytest.mark.parametrize(
    ("player", "published"),
    [("jaysontatum", 32.7), ("shaigilgeousalexander", 32.8), ("nikolajokic", 27.2), ("donovanmitchell", 32.1)],
)
def test_a_players_usage_is_the_published_one(player, published):
    assert usage(of_player("2022-23", player)) == pytest.approx(published, abs=0.1)


def test_usage_without_a_play_by_play_is_off_by_less_than_1_percent():
    assert usage(of_player("2023-24", "lukadoncic")) == pytest.approx(36.0, rel=0.01)


@pytest.mark.parametrize("name", ["2022-23", "2023-24", "2024-25"])
def test_shots_by_zone_add_up_to_the_leagues_attempts_where_shots_are_whole(name):
    players, teams = season(name)["players"], season(name)["offense"]
    zones = [f"{zone}_attempted" for zone in ("paint", "mid_range", "three_zone")]
    told = players[players["shots_from"] == "nbac_shot_chart"]
    assert len(told) > 0.9995 * len(players)
    assert told[zones].sum().sum() == told["field_goals_attempted"].sum()
    assert teams["has_zones"].mean() > 0.995


def test_a_play_by_play_tells_the_zones_of_the_shot_chart():
    schedule, boxscores = raw_frames("2022-23")
    inputs = {"schedule": schedule, "boxscores": boxscores, "events": events()}
    rows = computed.summarised(inputs).rows
    rows = rows[(rows["season_type"] == "regular") & (rows["shots_from"] == "nbac_play_by_play")]
    charted = season("2022-23")["players"]
    both = rows.merge(charted[charted["shots_from"] == "nbac_shot_chart"], on=["game_id", "player_id"])
    assert len(both) > 0.99 * len(charted)
    for column in ("paint_attempted", "mid_range_made", "three_zone_attempted"):
        differing = (both[f"{column}_x"] - both[f"{column}_y"]).abs().sum()
        assert differing < 0.01 * both[f"{column}_y"].sum()
