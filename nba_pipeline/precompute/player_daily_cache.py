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
    games = _Games.of(history)
    slate = _slate(_team_games(days, schedule), games)
    if slate.empty:
        return frames.empty(TABLE)
    rows = slate.assign(**_form(slate, games))
    rows["incomplete_reason"] = _reasons(rows)
    rows["is_complete"] = rows["incomplete_reason"].isna()
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


class _Games:
    """The counted games of all players, sorted by player and day, with running sums.

    Points and minutes are whole numbers, so a difference of running sums is exact wherever the sums began.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows
        self.days = rows["game_date"].to_numpy("datetime64[D]").astype("int64")
        # One sortable number per game: player first, then day. Days since 1970 stay below 10 ** 6 until the year 4707.
        self.keys = rows["player_id"].to_numpy("int64") * 10**6 + self.days
        self.points, self.minutes, self.squares = (
            np.concatenate([[0], np.cumsum(values)])
            for values in (self._whole("points"), self._whole("minutes"), self._whole("points") ** 2)
        )

    @classmethod
    def of(cls, history: pd.DataFrame) -> "_Games":
        counted = history[history["season_type"].isin(_COUNTED) & history["points"].notna()]
        return cls(counted.sort_values(["player_id", "game_date", "game_id"], ignore_index=True))

    def before(self, players: np.ndarray, days: np.ndarray) -> np.ndarray:
        """For each player and day the number of rows that sort before it: where his games of that day on begin."""
        return np.searchsorted(self.keys, players * 10**6 + days, side="left")

    def _whole(self, name: str) -> np.ndarray:
        return self.rows[name].fillna(0).to_numpy("int64")


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


def _slate(team_games: pd.DataFrame, games: _Games) -> pd.DataFrame:
    """The players of each team-game, with the position of their window in `games`: rows `first` to `end`."""
    players = games.rows["player_id"].drop_duplicates().to_numpy("int64")
    days = team_games["game_date"].drop_duplicates()
    grid = pd.DataFrame(
        {"player_id": np.tile(players, len(days)), "game_date": np.repeat(days.to_numpy(), len(players))}
    )
    numbers = grid["game_date"].to_numpy("datetime64[D]").astype("int64")
    grid["end"] = games.before(grid["player_id"].to_numpy(), numbers)
    grid["first"] = games.before(grid["player_id"].to_numpy(), numbers - HISTORY_DAYS)
    grid = grid[grid["end"] > grid["first"]].reset_index(drop=True)
    last = games.rows.iloc[grid["end"] - 1].reset_index(drop=True)
    named = last[["player_lookup", "player_name", "team_abbr"]]
    grid = pd.concat([grid, named, last["game_date"].rename("last_game_date")], axis=1)
    return grid.merge(team_games, on=["game_date", "team_abbr"])


def _form(slate: pd.DataFrame, games: _Games) -> dict[str, pd.Series | np.ndarray]:
    """The form of each row of the slate, from the games `first` to `end` of its player."""
    first, end = slate["first"].to_numpy(), slate["end"].to_numpy()
    season = season_years(slate["game_date"])
    # 1 August, when a season turns over: see game_days.
    turn = pd.to_datetime({"year": season, "month": 8, "day": 1}).to_numpy("datetime64[D]").astype("int64")
    season_first = np.maximum(first, games.before(slate["player_id"].to_numpy(), turn))
    last_5, last_10 = np.maximum(first, end - 5), np.maximum(first, end - 10)
    return {
        "season_year": season,
        "days_rest": (slate["game_date"] - slate["last_game_date"]).dt.days - 1,
        "games_in_history": end - first,
        "games_this_season": end - season_first,
        "points_last_5": _mean(games.points, last_5, end),
        "points_last_10": _mean(games.points, last_10, end),
        "points_season": _mean(games.points, season_first, end),
        "points_deviation_10": _deviation(games, last_10, end),
        "minutes_last_10": _mean(games.minutes, last_10, end),
        "minutes_season": _mean(games.minutes, season_first, end),
    }


def _mean(sums: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    count = (end - start).astype("float64")
    return np.divide(sums[end] - sums[start], count, out=np.full(len(count), np.nan), where=count > 0)


def _deviation(games: _Games, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The sample standard deviation from whole sums: n * sum(x^2) - sum(x)^2 is exact."""
    count = end - start
    total, squares = games.points[end] - games.points[start], games.squares[end] - games.squares[start]
    spread = (count * squares - total**2).astype("float64")
    freedom = (count * (count - 1)).astype("float64")
    return np.sqrt(np.divide(spread, freedom, out=np.full(len(count), np.nan), where=freedom > 0))


def _reasons(rows: pd.DataFrame) -> pd.Series:
    absent = rows["days_rest"] >= LONGEST_ABSENCE_DAYS
    conditions = [rows["games_this_season"] == 0, absent, rows["games_in_history"] < FEWEST_GAMES]
    chosen = np.select(conditions, REASONS, default="")
    return pd.Series(chosen, rows.index, dtype="string[pyarrow]").replace("", pd.NA)
