"""player_prop_predictions: what each system says of each player who can be predicted.

A player is predicted when he has played this season and within 30 days. Fewer than five games do not stop a
prediction, they show in `games_used`; other reasons do, and prediction_coverage names them.
"""

from typing import Protocol

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.precompute.player_daily_cache import FEWER_THAN_FIVE_GAMES
from nba_pipeline.predictions import moving_average
from nba_pipeline.table import Table, nullable, required


class System(Protocol):
    """What a module that predicts is: see moving_average."""

    SYSTEM_ID: str
    VERSION: str

    def predict(self, cache: pd.DataFrame) -> pd.DataFrame:
        """`predicted_points` and `deviation` for each row of the cache, in its order."""


SYSTEMS: tuple[System, ...] = (moving_average,)
NO_LINE = "none"

TABLE = Table(
    dataset="nba_predictions",
    name="player_prop_predictions",
    description="One row per player, game, system and betting line; without a line, one row per player and system.",
    key=("game_id", "player_id", "system_id", "line_id"),
    cluster_by=("system_id", "player_id"),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id"),
        required("player_id", "INT64", "NBA.com's player id"),
        required("player_lookup", "STRING", "The name as a join key"),
        required("player_name", "STRING", "The name as the source writes it"),
        required("team_abbr", "STRING", "NBA.com's code of the player's team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("system_id", "STRING", "The system that predicts"),
        required("system_version", "STRING", "The version of the system"),
        required("line_id", "STRING", f"The line's book and number; '{NO_LINE}' without a line"),
        nullable("points_line", "FLOAT64", "The betting line in points; NULL without a line"),
        required("predicted_points", "FLOAT64", "Expected points, 0 and up"),
        required("deviation", "FLOAT64", "Standard deviation of the prediction, in points"),
        nullable("probability_over", "FLOAT64", "Probability of more points than the line, 0..1; NULL without a line"),
        required("recommendation", "STRING", "over, under, pass or no_line"),
        required("games_used", "INT64", "Games the prediction stands on"),
    ),
)

CACHE_COLUMNS = (
    *("game_date", "game_id", "player_id", "player_lookup", "player_name", "team_abbr", "opponent_abbr"),
    *("games_in_history", "points_last_5", "points_last_10", "points_season", "points_deviation_10"),
    "incomplete_reason",
)


def predict(cache: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for the rows of player_daily_cache (CACHE_COLUMNS) that can be predicted."""
    predictable = cache[is_predictable(cache)].reset_index(drop=True)
    if predictable.empty:
        return frames.empty(TABLE)
    rows = pd.concat([_of_system(system, predictable) for system in SYSTEMS], ignore_index=True)
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def is_predictable(cache: pd.DataFrame) -> pd.Series:
    """Whether a player's form is complete, or short of games only."""
    reason = cache["incomplete_reason"]
    return (reason.isna() | reason.eq(FEWER_THAN_FIVE_GAMES)).astype("bool")


def _of_system(system: System, cache: pd.DataFrame) -> pd.DataFrame:
    predicted = system.predict(cache)
    rows = pd.concat([cache.rename(columns={"games_in_history": "games_used"}), predicted], axis=1)
    rows = rows.assign(
        system_id=system.SYSTEM_ID, system_version=system.VERSION, line_id=NO_LINE, recommendation="no_line"
    )
    return rows.dropna(subset=["predicted_points"])
