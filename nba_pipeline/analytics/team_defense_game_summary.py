"""team_defense_game_summary: what each team's opponents did in each game. A row is the other team's offense turned
round, so that it depends on that game alone."""

import dataclasses

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import rates, shot_zones, team_offense_game_summary
from nba_pipeline.rules import within
from nba_pipeline.table import Column, Table, nullable, required

_OFFENSE = team_offense_game_summary.TABLE
_SHARED = ("game_date", "game_id", "team_abbr", "opponent_abbr", "is_home", "season_year", "season_type", "won")
_OF_GAME = ("overtimes", "possessions", "pace")
# What the opponent did, under the offense's names.
_DONE = (
    *("points", "field_goals_made", "field_goals_attempted", "three_pointers_made", "three_pointers_attempted"),
    *("free_throws_made", "free_throws_attempted", "offensive_rebounds", "assists", "turnovers"),
    *("true_shooting", "effective_field_goal", "turnover_share", "offensive_rebound_share", "free_throw_rate"),
    *shot_zones.COUNT_COLUMNS,
)
_OWN = ("steals", "blocks", "defensive_rebounds", "personal_fouls")
# What the columns of the opponent's row are called here.
_FACED = {
    "offensive_rating": "defensive_rating",
    "source": "source",
    **{name: f"opponent_{name}" for name in (*_DONE, "has_zones")},
}
COPIED = {ours: [(_OFFENSE, theirs)] for theirs, ours in (*_FACED.items(), *zip(_OWN, _OWN, strict=True))}


def _of_opponent(name: str) -> Column:
    column = _OFFENSE.column(name)
    return nullable(f"opponent_{name}", column.type, f"The opponent's {name}: {column.description}")


TABLE = Table(
    dataset="nba_analytics",
    name="team_defense_game_summary",
    description="One row per game and team: what its opponent did, the defensive rating and shots by zone.",
    key=("game_id", "team_abbr"),
    cluster_by=("team_abbr",),
    columns=(
        *(_OFFENSE.column(name) for name in (*_SHARED, *_OF_GAME)),
        nullable(
            "defensive_rating", "FLOAT64", f"The opponent's points per 100 possessions, 40..200. {rates.GLOSSARY}"
        ),
        *(_of_opponent(name) for name in _DONE),
        required("opponent_has_zones", "BOOL", "Whether the opponent's shots are known by zone and add up"),
        *(dataclasses.replace(_OFFENSE.column(name), mode="NULLABLE") for name in _OWN),
        nullable(
            "defensive_rebound_share",
            "FLOAT64",
            "Of the rebounds under its own basket the team's, DRB / (DRB + opponent ORB), 0..1. "
            "Source: basketball-reference.com/about/factors.html",
        ),
        required("source", "STRING", _OFFENSE.column("source").description),
    ),
)

OFFENSE_COLUMNS = (*_SHARED, *_OF_GAME, "offensive_rating", *_DONE, "has_zones", *_OWN, "source")

RULES = (
    within(
        possessions=(1, 200), defensive_rating=(0, 300), opponent_true_shooting=(0, 1.5), defensive_rebound_share=(0, 1)
    ),
)


def summarise(offense: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for each game of which `offense` (OFFENSE_COLUMNS of team_offense_game_summary) has both teams."""
    faced = {"opponent_abbr": "team_abbr", **_FACED}
    others = offense[["game_date", "game_id", *faced]].rename(columns=faced)
    own = offense[[*_SHARED, *_OF_GAME, *_OWN]]
    rows = own.merge(others, on=["game_date", "game_id", "team_abbr"])
    won, lost = (rows[name].astype("float64") for name in ("defensive_rebounds", "opponent_offensive_rebounds"))
    rows = rows.assign(defensive_rebound_share=rates.ratio(won, won + lost))
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)
