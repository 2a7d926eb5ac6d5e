"""The slate of a day, as known before tip-off: which teams meet, and who plays for them.

A player is on the slate of a day when the last game he played in before it, within a year, was for a team that plays
that day. Only games that count put anybody there.
"""

import pandas as pd

from nba_pipeline.game_days import EASTERN
from nba_pipeline.windows import History, Window

HISTORY_DAYS = 365
_COUNTED = ("regular", "play_in", "playoffs", "cup_final")

GAME = ("game_date", "game_id")
SCHEDULE_COLUMNS = (*GAME, "season_type", "tipoff_utc", "home_team_abbr", "away_team_abbr")
# Who plays whom: what every table about a slate's players begins with.
PLAYER = (*GAME, "player_id", "player_lookup", "player_name", "team_abbr", "opponent_abbr")
PLAYER_COLUMNS = (*GAME, "player_id", "player_lookup", "player_name", "team_abbr", "season_type")


def counted(games: pd.DataFrame) -> pd.DataFrame:
    """Those of `games` that count, by their `season_type`: neither preseason nor all-star."""
    return games[games["season_type"].isin(_COUNTED)]


def team_games(days: pd.DatetimeIndex, schedule: pd.DataFrame) -> pd.DataFrame:
    """Each counted game of `days` in `schedule` (SCHEDULE_COLUMNS) twice: once for either team.

    `known_until` is the tip-off, or the day's midnight in New York where the schedule has none: what is from before it
    may be looked at.
    """
    games = counted(schedule[schedule["game_date"].isin(days)])
    games = games.assign(known_until=games["tipoff_utc"].fillna(_midnights(games["game_date"])))
    kept = [*GAME, "season_type", "tipoff_utc", "known_until"]
    sides = [
        games[[*kept, own, other]].set_axis([*kept, "team_abbr", "opponent_abbr"], axis=1).assign(is_home=home)
        for own, other, home in (
            ("home_team_abbr", "away_team_abbr", True),
            ("away_team_abbr", "home_team_abbr", False),
        )
    ]
    return pd.concat(sides, ignore_index=True).dropna(subset=["team_abbr", "opponent_abbr"])


def players(sides: pd.DataFrame, games: History) -> tuple[pd.DataFrame, Window]:
    """The players of each of `sides` (rows of team_games), and the games of each in the HISTORY_DAYS days before.

    `games` are players' games by player_id, with PLAYER_COLUMNS.
    """
    days = sides["game_date"].drop_duplicates()
    grid = games.owners.to_frame(index=False, name="player_id").merge(days, how="cross")
    window = games.within(grid["player_id"], grid["game_date"], HISTORY_DAYS)
    grid, window = grid[window.games > 0].reset_index(drop=True), window.only(window.games > 0)
    last = games.last_rows(window)
    named = last[["player_lookup", "player_name", "team_abbr"]]
    grid = pd.concat([grid, named, last["game_date"].rename("last_game_date")], axis=1)
    slate = grid.reset_index(names="place").merge(sides, on=["game_date", "team_abbr"])
    return slate, window.only(slate["place"].to_numpy())


def _midnights(days: pd.Series) -> pd.Series:
    return days.dt.tz_localize(EASTERN).dt.tz_convert("UTC")
