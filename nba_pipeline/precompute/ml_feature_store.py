"""ml_feature_store: what systems learn from, one named number per feature and how good each group of them is.

Nothing is computed here but the qualities: features are columns of the day's contexts, analyses and factors, as numbers
and under one name each. A day's rows depend on the rows of that day in those tables alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import slate, upcoming_player_game_context, upcoming_team_game_context
from nba_pipeline.analytics.shot_zones import ZONES
from nba_pipeline.precompute import (
    player_composite_factors,
    player_daily_cache,
    player_form,
    player_shot_zone_analysis,
    team_defense_zone_analysis,
)
from nba_pipeline.rules import within
from nba_pipeline.table import Table, nullable, required

FULL, PARTIAL, STAND_IN, MISSING = "full", "partial", "stand_in", "missing"
# Windows of ten games are the longest among the features of form.
_GAMES_OF_FORM = 10


@dataclass(frozen=True, slots=True)
class Source:
    """A table that gives features to a group: `columns` by their names there, called `prefix` + name here.

    Its rows are those of the same game and `by`; `of` is the column of the player's row that `by` is compared with.
    """

    group: str
    table: Table
    columns: tuple[str, ...]
    by: str = "player_id"
    of: str = "player_id"
    prefix: str = ""

    @property
    def names(self) -> dict[str, str]:
        """What its columns are called here."""
        return {name: f"{self.prefix}{name}" for name in self.columns}


_ZONE_SHARES = tuple(f"{zone}_{what}_20" for zone in ZONES for what in ("share", "made_share"))
_TEAM = ("days_rest", "win_streak", "travel_miles", "regulars_out")
SOURCES = (
    Source(
        "form",
        upcoming_player_game_context.TABLE,
        (
            *("points_last_5", "points_last_10", "points_deviation_10", "minutes_last_5", "minutes_last_10"),
            *("usage_last_10", "true_shooting_last_10"),
        ),
    ),
    Source("season", player_daily_cache.TABLE, ("points_season", "minutes_season")),
    Source(
        "load",
        upcoming_player_game_context.TABLE,
        (
            *("is_home", "days_rest", "games_last_7_days", "games_last_14_days", "minutes_last_7_days"),
            *("games_this_season", "games_in_history"),
        ),
    ),
    Source("habits", player_form.TABLE, player_form.MEANS),
    Source("absences", player_form.TABLE, ("doubt", *player_form.LEFT_BEHIND, *player_form.ROTATION)),
    Source("team", upcoming_team_game_context.TABLE, _TEAM, by="team_abbr", of="team_abbr", prefix="team_"),
    Source(
        "team", upcoming_team_game_context.TABLE, ("is_postseason", "days_into_season"), by="team_abbr", of="team_abbr"
    ),
    Source("team", upcoming_team_game_context.TABLE, _TEAM, by="team_abbr", of="opponent_abbr", prefix="opponent_"),
    Source("zones", player_shot_zone_analysis.TABLE, (*_ZONE_SHARES, "points_per_shot_20")),
    Source(
        "defense",
        team_defense_zone_analysis.TABLE,
        (*(f"{zone}_difference" for zone in ZONES), "defensive_rating", "league_defensive_rating"),
        by="team_abbr",
        of="opponent_abbr",
        prefix="opponent_",
    ),
    Source(
        "factors",
        player_composite_factors.TABLE,
        ("fatigue", "zone_mismatch", "expected_pace", "pace_difference", "usage_spike"),
    ),
    Source("market", upcoming_player_game_context.TABLE, ("points_line", "points_line_bookmakers")),
    Source(
        "market",
        upcoming_team_game_context.TABLE,
        ("spread", "total", "implied_points"),
        by="team_abbr",
        of="team_abbr",
        prefix="team_",
    ),
)
TABLES = tuple({source.table.name: source.table for source in SOURCES}.values())
GROUPS = tuple(dict.fromkeys(source.group for source in SOURCES))
FEATURES = tuple(name for source in SOURCES for name in source.names.values())
COPIED = {
    **{name: [(player_daily_cache.TABLE, name)] for name in slate.PLAYER},
    **{named: [(source.table, name)] for source in SOURCES for name, named in source.names.items()},
}

CACHE_COLUMNS = (*slate.PLAYER, "games_in_history", "games_this_season", "form_source")

TABLE = Table(
    dataset="nba_precompute",
    name="ml_feature_store",
    description="One row per player on a day's slate: features as numbers, and the quality of each group of them.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        *(upcoming_player_game_context.TABLE.column(name) for name in slate.PLAYER),
        *(
            nullable(
                named, "FLOAT64", f"{source.group}: {source.table.name}.{name}. {source.table.column(name).description}"
            )
            for source in SOURCES
            for name, named in source.names.items()
        ),
        *(
            required(
                f"{group}_quality",
                "STRING",
                f"Of the features of {group}: {FULL}, {PARTIAL} (some NULL, or fewer games than they mean), {STAND_IN} "
                f"(last season's), {MISSING} (all NULL)",
            )
            for group in GROUPS
        ),
        required("known_share", "FLOAT64", "Share of the features that are not NULL, 0..1"),
        required(
            "is_ready", "BOOL", "Whether form, season, habits, load and team are not missing: what every system needs"
        ),
    ),
)

_NEEDED = ("form", "season", "habits", "load", "team")
RULES = (within(known_share=(0, 1)),)


def columns_of(table: Table) -> tuple[str, ...]:
    """What is read of `table`: its keys and the features that it gives; of the cache the players too."""
    given = [source for source in SOURCES if source.table == table]
    players = CACHE_COLUMNS if table == player_daily_cache.TABLE else ()
    wanted = ("game_id", *players, *(s.by for s in given), *(name for s in given for name in s.columns))
    return tuple(dict.fromkeys(wanted))


def features(players: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of TABLE for those of `players` (CACHE_COLUMNS of player_daily_cache).

    `tables` holds, for each table of SOURCES, its `columns_of` by the table's name.
    """
    if players.empty:
        return frames.empty(TABLE)
    rows = players[list(CACHE_COLUMNS)].reset_index(drop=True)
    known = pd.concat([_given(source, rows, tables[source.table.name]) for source in SOURCES], axis=1)
    qualities = _qualities(rows, known)
    needed = pd.concat([qualities[f"{group}_quality"].ne(MISSING) for group in _NEEDED], axis=1)
    rows = pd.concat([rows[list(slate.PLAYER)], known, qualities], axis=1).assign(
        known_share=known.notna().mean(axis=1), is_ready=needed.all(axis=1)
    )
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _given(source: Source, players: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The source's features of each player."""
    named = rows[["game_id", source.by, *source.columns]].rename(columns={source.by: source.of, **source.names})
    found = players[["game_id", source.of]].merge(named, on=["game_id", source.of], how="left")
    return found[list(source.names.values())].astype("float64")


def _qualities(players: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    qualities = pd.DataFrame({f"{group}_quality": _by_nulls(group, known) for group in GROUPS})
    few = {"form": players["games_in_history"], "season": players["games_this_season"]}
    for group, games in few.items():
        name = f"{group}_quality"
        qualities[name] = qualities[name].mask(qualities[name].eq(FULL) & (games < _GAMES_OF_FORM), PARTIAL)
    stands_in = players["form_source"].eq(player_daily_cache.LAST_SEASON) & qualities["season_quality"].ne(MISSING)
    return qualities.assign(season_quality=qualities["season_quality"].mask(stands_in.astype(bool), STAND_IN))


def _by_nulls(group: str, known: pd.DataFrame) -> pd.Series:
    there = known[[name for s in SOURCES if s.group == group for name in s.names.values()]].notna()
    return pd.Series(np.select([there.all(axis=1), there.any(axis=1)], [FULL, PARTIAL], MISSING), known.index)
