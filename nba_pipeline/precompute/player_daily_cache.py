"""player_daily_cache: for every player on a day's slate what predictions stand on, or why it is not enough.

Nobody on the slate is left out: a player with too little behind him is marked with the reason, and before his first
game of a season the season before stands in. An injury is told and is no such reason.

A row depends on the player's row in upcoming_player_game_context alone.
"""

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import upcoming_player_game_context
from nba_pipeline.table import Table, nullable, required

FEWEST_GAMES = 5
LONGEST_ABSENCE_DAYS = 30

NO_GAME_THIS_SEASON = "no_game_this_season"
FEWER_THAN_FIVE_GAMES = "fewer_than_5_games"
LONG_ABSENCE = "no_game_in_30_days"
REASONS = (NO_GAME_THIS_SEASON, LONG_ABSENCE, FEWER_THAN_FIVE_GAMES)

THIS_SEASON, LAST_SEASON = "this_season", "last_season"

# What is taken over as it is.
_CARRIED = (
    *("game_date", "game_id", "player_id", "player_lookup", "player_name", "team_abbr", "opponent_abbr", "is_home"),
    *("tipoff_utc", "season_year", "last_game_date", "days_rest", "games_in_history", "games_this_season"),
    *("points_last_5", "points_last_10", "points_deviation_10", "minutes_last_10"),
    *("injury_known", "injury_status", "points_line", "points_line_bookmakers"),
)
_BY_SEASON = {f"{name}_season": f"{name}_last_season" for name in ("points", "minutes")}
CONTEXT_COLUMNS = (*_CARRIED, *_BY_SEASON, *_BY_SEASON.values())
COPIED = {now: [(upcoming_player_game_context.TABLE, name) for name in (now, then)] for now, then in _BY_SEASON.items()}

TABLE = Table(
    dataset="nba_precompute",
    name="player_daily_cache",
    description="One row per player on a day's slate, with his form before tip-off or the reason it is incomplete.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        *(upcoming_player_game_context.TABLE.column(name) for name in _CARRIED),
        nullable("points_season", "FLOAT64", "Mean points of his games of the season that form_source names"),
        nullable("minutes_season", "FLOAT64", "Mean minutes of his games of the season that form_source names"),
        required("form_source", "STRING", f"{THIS_SEASON}, or {LAST_SEASON} before his first game of this one"),
        required("is_complete", "BOOL", "Whether the form is good enough to stand on"),
        nullable(
            "incomplete_reason", "STRING", f"NULL when complete, else the first that holds of {', '.join(REASONS)}"
        ),
    ),
)


def cache(upcoming: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for those of upcoming_player_game_context (CONTEXT_COLUMNS)."""
    if upcoming.empty:
        return frames.empty(TABLE)
    has_season = upcoming["games_this_season"] > 0
    reasons = _reasons(upcoming)
    rows = upcoming[list(_CARRIED)].assign(
        **{name: upcoming[name].where(has_season, upcoming[before]) for name, before in _BY_SEASON.items()},
        form_source=np.where(has_season, THIS_SEASON, LAST_SEASON),
        is_complete=reasons.isna(),
        incomplete_reason=reasons,
    )
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _reasons(rows: pd.DataFrame) -> pd.Series:
    absent = rows["days_rest"] >= LONGEST_ABSENCE_DAYS
    conditions = [rows["games_this_season"] == 0, absent, rows["games_in_history"] < FEWEST_GAMES]
    chosen = np.select(conditions, REASONS, default="")
    return pd.Series(chosen, rows.index, dtype="string[pyarrow]").replace("", pd.NA)
