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
# A bookmaker's lines at a moment, on a game that the Odds API knows by its own id.
OFFER_COLUMNS = (
    *("event_id", "game_date", "commence_time", "home_team", "away_team", "snapshot_ts", "last_update", "bookmaker"),
)
PROP_COLUMNS = (*OFFER_COLUMNS, "player_name", "line", "over_price", "under_price")
GAME_LINE_COLUMNS = (
    *(*OFFER_COLUMNS, "ml_home", "ml_away", "spread_home", "spread_home_price", "spread_away", "spread_away_price"),
    *("total", "total_over_price", "total_under_price"),
)
# A player's line in the report before a game; `team` is his.
INJURY_COLUMNS = ("game_id", "game_date", "home_team", "away_team", "team", "player_name", "status", "reason")
EVENT_COLUMNS = (
    *("game_id", "game_date", "action_id", "action_number", "period", "secs_left", "team_id", "team_tricode"),
    *("player_id", "player_name", "player_name_i", "action_type", "sub_type", "is_field_goal", "shot_result"),
    *("shot_distance", "x_legacy", "y_legacy", "score_home", "score_away", "points_total", "location", "description"),
)


@dataclass(frozen=True, slots=True)
class Season:
    """One season that starts in `year`.

    `games` has a row per game (GAME_COLUMNS; points NULL before it is played), `player_lines` a row per player and
    game he played in (LINE_COLUMNS), `shots` a row per field-goal attempt (SHOT_COLUMNS). `game_date` is datetime64
    at midnight, the Eastern day; `tipoff_utc`, the arena and the label may be NULL.

    Frames that are None where nothing is known: `props` has a row per snapshot, bookmaker and player's points line
    (PROP_COLUMNS), `game_lines` one per game, snapshot and bookmaker (GAME_LINE_COLUMNS), both with American prices,
    NULL where the book does not offer the side; `events` has a row per event of a game's play-by-play (EVENT_COLUMNS,
    in the words of stats.nba.com's version 3); `injuries` one per game and player whom the report of the evening before
    lists (INJURY_COLUMNS).
    """

    year: int
    games: pd.DataFrame
    player_lines: pd.DataFrame
    shots: pd.DataFrame
    props: pd.DataFrame | None = None
    game_lines: pd.DataFrame | None = None
    events: pd.DataFrame | None = None
    injuries: pd.DataFrame | None = None
