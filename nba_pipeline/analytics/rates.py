"""Rates: shares and means, and those of basketball from box-score counts, for players and teams alike.

Formulas and names are Basketball-Reference's: https://www.basketball-reference.com/about/glossary.html. Each takes
frames of float64 counts under the names of `sources/box_score` and gives NaN where there is nothing to divide by.
"""

import pandas as pd

from nba_pipeline.sources.box_score import COUNTS

GLOSSARY = "Source: basketball-reference.com/about/glossary.html"
REGULATION_MINUTES = 48
OVERTIME_MINUTES = 5


def counts(rows: pd.DataFrame) -> pd.DataFrame:
    """The counts of `rows` as float64, NULL as NaN."""
    return rows[list(COUNTS.values())].astype("float64")


def ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """A share, NaN where there is nothing to divide by."""
    return numerator / denominator.where(denominator > 0)


def weighted_mean(values: pd.DataFrame, weights: pd.DataFrame | pd.Series) -> pd.Series:
    """The mean of the columns by their `weights`, of each row those that are known; NaN where none is.

    One column is added after the other: the sum is the same whatever other rows there are.
    """
    counted = values.notna() * weights
    total = sum(counted[name].fillna(0.0) for name in values)
    return sum((values * counted)[name].fillna(0.0) for name in values) / total.where(total > 0)


def shooting_plays(n: pd.DataFrame) -> pd.Series:
    """True shooting attempts: what a field-goal attempt or a trip to the line ends. 44 of 100 free throws end one."""
    return n["field_goals_attempted"] + 0.44 * n["free_throws_attempted"]


def plays(n: pd.DataFrame) -> pd.Series:
    """What ends in a shot, at the line or in a turnover."""
    return shooting_plays(n) + n["turnovers"]


def true_shooting(n: pd.DataFrame) -> pd.Series:
    """Points per two true shooting attempts."""
    return ratio(n["points"], 2 * shooting_plays(n))


def effective_field_goal(n: pd.DataFrame) -> pd.Series:
    """Field goals per attempt, a three counted one and a half times."""
    return ratio(n["field_goals_made"] + 0.5 * n["three_pointers_made"], n["field_goals_attempted"])


def game_score(n: pd.DataFrame) -> pd.Series:
    """Hollinger's game score."""
    return (
        n["points"]
        + 0.4 * n["field_goals_made"]
        - 0.7 * n["field_goals_attempted"]
        - 0.4 * (n["free_throws_attempted"] - n["free_throws_made"])
        + 0.7 * n["offensive_rebounds"]
        + 0.3 * n["defensive_rebounds"]
        + n["steals"]
        + 0.7 * n["assists"]
        + 0.7 * n["blocks"]
        - 0.4 * n["personal_fouls"]
        - n["turnovers"]
    )


def possessions(own: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    """The estimate of a game's possessions per team: the mean of what both teams' counts say, the same for both."""
    return 0.5 * (_possessions(own, other) + _possessions(other, own))


def _possessions(own: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
    missed = own["field_goals_attempted"] - own["field_goals_made"]
    kept = ratio(own["offensive_rebounds"], own["offensive_rebounds"] + other["defensive_rebounds"])
    ended_by_shots = own["field_goals_attempted"] + 0.4 * own["free_throws_attempted"] - 1.07 * kept * missed
    return ended_by_shots + own["turnovers"]
