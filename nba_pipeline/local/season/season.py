"""A season as frames: what the simulator makes, what real seasons load into, and what the feed writers write."""

from dataclasses import dataclass

import pandas as pd

GAME_COLUMNS = (
    "game_id",
    "game_date",
    "tipoff_utc",
    "home_team_id",
    "home_team",
    "home_pts",
    "away_team_id",
    "away_team",
    "away_pts",
    "arena",
    "arena_city",
    "is_neutral",
    "label",
)
LINE_COLUMNS = (
    "game_id",
    "game_date",
    "player_id",
    "player_name",
    "team_id",
    "team_abbreviation",
    "opponent_abbreviation",
    "is_home",
    "wl",
    *("min", "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb"),
    *("ast", "stl", "blk", "tov", "pf", "pts", "plus_minus"),
)
SHOT_COLUMNS = ("game_id", "game_date", "player_id", "team_id", "zone", "made")
PROP_COLUMNS = (
    *("event_id", "game_date", "commence_time", "home_team", "away_team", "snapshot_ts", "last_update"),
    *("bookmaker", "player_name", "line", "over_price", "under_price"),
)


@dataclass(frozen=True, slots=True)
class Season:
    """One season that starts in `year`.

    `games` has a row per game (GAME_COLUMNS; points NULL before it is played), `player_lines` a row per player and
    game he played in (LINE_COLUMNS), `shots` a row per field-goal attempt (SHOT_COLUMNS). `game_date` is datetime64
    at midnight, the Eastern day; `tipoff_utc`, the arena and the label may be NULL.

    `props` has a row per snapshot, bookmaker and player's points line (PROP_COLUMNS; American prices, NULL where the
    book does not offer the side), or is None where no lines are known.
    """

    year: int
    games: pd.DataFrame
    player_lines: pd.DataFrame
    shots: pd.DataFrame
    props: pd.DataFrame | None = None
