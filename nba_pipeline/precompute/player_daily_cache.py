"""player_daily_cache: for every player on a day's slate, his form before tip-off.

A player is on the slate of a day when the last game he played in before it, within a year, was for a team that plays
that day. Nobody on the slate is left out: a player with too little behind him is marked with the reason.

A day's rows depend on the schedule of that day (who plays whom, when; not how it ended) and on games of the
HISTORY_DAYS days before it. Windows count games, go over a season's end, and never past those days.
"""

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.game_days import season_years
from nba_pipeline.table import Table, nullable, required
from nba_pipeline.windows import History, Window

HISTORY_DAYS = 365
FEWEST_GAMES = 5
LONGEST_ABSENCE_DAYS = 30
_COUNTED = ("regular", "play_in", "playoffs", "cup_final")

NO_GAME_THIS_SEASON = "no_game_this_season"
FEWER_THAN_FIVE_GAMES = "fewer_than_5_games"
LONG_ABSENCE = "no_game_in_30_days"
REASONS = (NO_GAME_THIS_SEASON, LONG_ABSENCE, FEWER_THAN_FIVE_GAMES)

TABLE = Table(
    dataset="nba_precompute",
    name="player_daily_cache",
    description="One row per player on a day's slate, with his form before tip-off or the reason it is incomplete.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's id of the game of that day"),
        required("player_id", "INT64", "NBA.com's player id"),
        required("player_lookup", "STRING", "The name as a join key, as of his last game"),
        required("player_name", "STRING", "The name as of his last game"),
        required("team_abbr", "STRING", "NBA.com's code of his team: the one of his last game"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("is_home", "BOOL", "Whether his team is the home team"),
        nullable("tipoff_utc", "TIMESTAMP", "Scheduled tip-off"),
        required("season_year", "INT64", "Year in which the day's season starts"),
        required("last_game_date", "DATE", "Day of his last game"),
        required("days_rest", "INT64", "Whole days between his last game and this day: 0 is a back-to-back"),
        required("games_in_history", "INT64", "Games within the last 365 days"),
        required("games_this_season", "INT64", "Games of this season"),
        nullable("points_last_5", "FLOAT64", "Mean points of his last 5 games, fewer where he has fewer"),
        nullable("points_last_10", "FLOAT64", "Mean points of his last 10 games, fewer where he has fewer"),
        nullable("points_season", "FLOAT64", "Mean points of this season's games; NULL before his first"),
        nullable("points_deviation_10", "FLOAT64", "Sample standard deviation of points over his last 10 games"),
        nullable("minutes_last_10", "FLOAT64", "Mean minutes of his last 10 games"),
        nullable("minutes_season", "FLOAT64", "Mean minutes of this season's games; NULL before his first"),
        required("is_complete", "BOOL", "Whether the form is good enough to stand on"),
        nullable(
            "incomplete_reason", "STRING", f"NULL when complete, else the first that holds of {', '.join(REASONS)}"
        ),
    ),
)

SCHEDULE_COLUMNS = ("game_date", "game_id", "season_type", "tipoff_utc", "home_team_abbr", "away_team_abbr")
HISTORY_COLUMNS = (
    *("game_date", "game_id", "player_id", "player_lookup", "player_name", "team_abbr"),
    *("season_year", "season_type", "points", "minutes"),
)


def cache(days: pd.DatetimeIndex, schedule: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for `days`.

    `schedule` (SCHEDULE_COLUMNS) holds the games of these days, `history` (HISTORY_COLUMNS of player_game_summary)
    at least the games of the HISTORY_DAYS days before each; games outside a day's window are not looked at.
    """
    counted = history[history["season_type"].isin(_COUNTED) & history["points"].notna()]
    games = History(counted, "player_id", ("points", "minutes"))
    slate, window = _slate(_team_games(days, schedule), games)
    if slate.empty:
        return frames.empty(TABLE)
    rows = slate.assign(**_form(slate, window, games))
    rows["incomplete_reason"] = _reasons(rows)
    rows["is_complete"] = rows["incomplete_reason"].isna()
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _team_games(days: pd.DatetimeIndex, schedule: pd.DataFrame) -> pd.DataFrame:
    """Each counted game of these days twice: once for either team."""
    games = schedule[schedule["season_type"].isin(_COUNTED) & schedule["game_date"].isin(days)]
    kept = ["game_date", "game_id", "tipoff_utc"]
    sides = [
        games[[*kept, own, other]].set_axis([*kept, "team_abbr", "opponent_abbr"], axis=1).assign(is_home=home)
        for own, other, home in (
            ("home_team_abbr", "away_team_abbr", True),
            ("away_team_abbr", "home_team_abbr", False),
        )
    ]
    return pd.concat(sides, ignore_index=True).dropna(subset=["team_abbr", "opponent_abbr"])


def _slate(team_games: pd.DataFrame, games: History) -> tuple[pd.DataFrame, Window]:
    """The players of each team-game, and their games before it."""
    days = team_games["game_date"].drop_duplicates()
    grid = games.owners.to_frame(index=False, name="player_id").merge(days, how="cross")
    window = games.within(grid["player_id"], grid["game_date"], HISTORY_DAYS)
    grid, window = grid[window.games > 0].reset_index(drop=True), window.only(window.games > 0)
    last = games.last_rows(window)
    named = last[["player_lookup", "player_name", "team_abbr"]]
    grid = pd.concat([grid, named, last["game_date"].rename("last_game_date")], axis=1)
    slate = grid.reset_index(names="place").merge(team_games, on=["game_date", "team_abbr"])
    return slate, window.only(slate["place"].to_numpy())


def _form(slate: pd.DataFrame, window: Window, games: History) -> dict[str, pd.Series | np.ndarray]:
    """The form of each row of the slate, from the games in its player's window."""
    season = games.of_season(window, slate["player_id"], slate["game_date"])
    return {
        "season_year": season_years(slate["game_date"]),
        "days_rest": (slate["game_date"] - slate["last_game_date"]).dt.days - 1,
        "games_in_history": window.games,
        "games_this_season": season.games,
        "points_last_5": games.mean("points", window.last(5)),
        "points_last_10": games.mean("points", window.last(10)),
        "points_season": games.mean("points", season),
        "points_deviation_10": games.deviation("points", window.last(10)),
        "minutes_last_10": games.mean("minutes", window.last(10)),
        "minutes_season": games.mean("minutes", season),
    }


def _reasons(rows: pd.DataFrame) -> pd.Series:
    absent = rows["days_rest"] >= LONGEST_ABSENCE_DAYS
    conditions = [rows["games_this_season"] == 0, absent, rows["games_in_history"] < FEWEST_GAMES]
    chosen = np.select(conditions, REASONS, default="")
    return pd.Series(chosen, rows.index, dtype="string[pyarrow]").replace("", pd.NA)
