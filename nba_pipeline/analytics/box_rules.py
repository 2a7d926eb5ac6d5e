"""Rules that hold for every line of a box score, a player's or a team's."""

import pandas as pd

from nba_pipeline.analytics.shot_zones import ZONES
from nba_pipeline.rules import Rule

_SHOTS = ("field_goals", "three_pointers", "free_throws")


def _more_made_than_attempted(rows: pd.DataFrame) -> pd.Series:
    return pd.concat([rows[f"{shot}_made"] > rows[f"{shot}_attempted"] for shot in _SHOTS], axis=1).any(axis=1)


def _other_points(rows: pd.DataFrame) -> pd.Series:
    made = 2 * rows["field_goals_made"] + rows["three_pointers_made"] + rows["free_throws_made"]
    return rows["points"] != made


def _zones_do_not_add_up(rows: pd.DataFrame) -> pd.Series:
    zones = rows[[f"{zone}_attempted" for zone in ZONES]].sum(axis=1, min_count=len(ZONES))
    return zones != rows["field_goals_attempted"]


MADE_WITHIN_ATTEMPTED = Rule(
    "no_more_made_than_attempted",
    "Field goals, threes and free throws made are at most those attempted.",
    _more_made_than_attempted,
)
POINTS_FROM_SHOTS = Rule("points_are_those_of_the_shots", "Points are 2 FG + 3P + FT.", _other_points, blocking=False)
ZONES_ADD_UP = Rule(
    "zones_add_up_to_attempts",
    "Attempts by zone add up to field-goal attempts wherever they are known.",
    _zones_do_not_add_up,
)
