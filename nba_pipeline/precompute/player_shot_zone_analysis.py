"""player_shot_zone_analysis: where each player on a day's slate shoots from, and how well, over his last games.

Windows count games whose shots are known by zone, go over a season's end, and never past a year. A day's rows depend on
games before it alone.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import rates, slate, upcoming_player_game_context
from nba_pipeline.analytics.shot_zones import COUNT_COLUMNS, POINTS, ZONES
from nba_pipeline.rules import Rule, within
from nba_pipeline.table import Column, Table, nullable, required
from nba_pipeline.windows import History, Window

WINDOWS = (10, 20)
FEWEST_GAMES = 10
TOO_FEW_GAMES = "fewer_than_10_games_with_zones"

_PLAYER = ("game_date", "game_id", "player_id", "player_lookup", "player_name", "team_abbr")
UPCOMING_COLUMNS = _PLAYER
HISTORY_COLUMNS = (*slate.GAME, "player_id", "season_type", *COUNT_COLUMNS)


def _columns(count: int) -> Iterator[Column]:
    span = f"over his last {count} games with known zones"
    yield required(f"games_{count}", "INT64", f"Games {span}, 0..{count}")
    for zone in ZONES:
        yield nullable(f"{zone}_share_{count}", "FLOAT64", f"Share of his shots from there {span}, 0..1")
        yield nullable(f"{zone}_made_share_{count}", "FLOAT64", f"Share made of his shots from there {span}, 0..1")
        yield nullable(f"{zone}_attempts_{count}", "FLOAT64", f"His shots from there per game {span}")
    yield nullable(
        f"points_per_shot_{count}", "FLOAT64", f"Points from the field per shot {span}, free throws left out, 0..3"
    )


TABLE = Table(
    dataset="nba_precompute",
    name="player_shot_zone_analysis",
    description="One row per player on a day's slate: where he shot from in his last games, and how well.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        *(upcoming_player_game_context.TABLE.column(name) for name in _PLAYER),
        *(column for count in WINDOWS for column in _columns(count)),
        nullable("primary_zone", "STRING", f"The zone of most of his shots over his last {WINDOWS[-1]} games"),
        required("is_complete", "BOOL", f"Whether {FEWEST_GAMES} games with known zones are there"),
        nullable("incomplete_reason", "STRING", f"NULL when complete, else {TOO_FEW_GAMES}"),
    ),
)

RULES = (
    within(
        **{f"{zone}_{what}_{count}": (0, 1) for zone in ZONES for what in ("share", "made_share") for count in WINDOWS}
    ),
    Rule(
        "shares_add_up",
        "The shares of a player's shots from all zones add up to 1.",
        lambda rows: (
            (rows[[f"{zone}_share_{WINDOWS[-1]}" for zone in ZONES]].sum(axis=1, skipna=False) - 1).abs() > 1e-9
        ),
    ),
)


def analyse(upcoming: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for those of upcoming_player_game_context (UPCOMING_COLUMNS).

    `history` (HISTORY_COLUMNS of player_game_summary) holds at least the games of the slate.HISTORY_DAYS days before
    each of them.
    """
    if upcoming.empty:
        return frames.empty(TABLE)
    rows = upcoming[list(_PLAYER)].reset_index(drop=True)
    shots = slate.counted(history).dropna(subset=list(COUNT_COLUMNS))
    games = History(shots, "player_id", COUNT_COLUMNS)
    window = games.within(rows["player_id"], rows["game_date"], slate.HISTORY_DAYS)
    for count in WINDOWS:
        rows = rows.assign(**_zones(games, window.last(count), count))
    is_complete = rows[f"games_{FEWEST_GAMES}"] >= FEWEST_GAMES
    rows = rows.assign(
        primary_zone=_primary_zone(rows),
        is_complete=is_complete,
        incomplete_reason=pd.Series(TOO_FEW_GAMES, rows.index).mask(is_complete),
    )
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _zones(games: History, window: Window, count: int) -> dict[str, pd.Series | np.ndarray]:
    totals = pd.DataFrame({name: games.total(name, window) for name in COUNT_COLUMNS})
    attempts = totals[[f"{zone}_attempted" for zone in ZONES]].sum(axis=1)
    points = sum(POINTS[zone] * totals[f"{zone}_made"] for zone in ZONES)
    found: dict[str, pd.Series | np.ndarray] = {
        f"games_{count}": window.games,
        f"points_per_shot_{count}": rates.ratio(points, attempts),
    }
    for zone in ZONES:
        made, attempted = totals[f"{zone}_made"], totals[f"{zone}_attempted"]
        found[f"{zone}_share_{count}"] = rates.ratio(attempted, attempts)
        found[f"{zone}_made_share_{count}"] = rates.ratio(made, attempted)
        found[f"{zone}_attempts_{count}"] = rates.ratio(attempted, pd.Series(window.games, dtype="float64"))
    return found


def _primary_zone(rows: pd.DataFrame) -> pd.Series:
    """The first of the zones with the largest share; NULL without shots."""
    shares = rows[[f"{zone}_share_{WINDOWS[-1]}" for zone in ZONES]].set_axis(ZONES, axis=1)
    return shares.fillna(-1.0).idxmax(axis=1).where(shares.notna().all(axis=1)).astype("string[pyarrow]")
