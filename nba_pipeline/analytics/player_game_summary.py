"""player_game_summary: what each player did in each game, with the rates that box-score counts make.

A day's rows depend on that day's box scores and schedule alone.
"""

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.table import Table, nullable, required

TABLE = Table(
    dataset="nba_analytics",
    name="player_game_summary",
    description="One row per player and game he played in: counts, shooting, usage and game score.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id"),
        required("player_id", "INT64", "NBA.com's player id"),
        required("player_lookup", "STRING", "The name as a join key"),
        required("player_name", "STRING", "The name as the source writes it"),
        required("team_abbr", "STRING", "NBA.com's code of the player's team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("is_home", "BOOL", "Whether the player's team is the home team"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("season_type", "STRING", "preseason, regular, all_star, play_in, playoffs or cup_final"),
        nullable("tipoff_utc", "TIMESTAMP", "Scheduled tip-off; NULL where the game is not on the schedule"),
        required("is_scheduled", "BOOL", "Whether the game is on the schedule of that day"),
        nullable("won", "BOOL", "Whether the player's team won"),
        nullable("minutes", "INT64", "Whole minutes played, 0..63"),
        nullable("points", "INT64", "Points, 0 and up"),
        nullable("field_goals_made", "INT64", "Field goals made"),
        nullable("field_goals_attempted", "INT64", "Field goals attempted"),
        nullable("three_pointers_made", "INT64", "Three-pointers made"),
        nullable("three_pointers_attempted", "INT64", "Three-pointers attempted"),
        nullable("free_throws_made", "INT64", "Free throws made"),
        nullable("free_throws_attempted", "INT64", "Free throws attempted"),
        nullable("offensive_rebounds", "INT64", "Offensive rebounds"),
        nullable("defensive_rebounds", "INT64", "Defensive rebounds"),
        nullable("rebounds", "INT64", "Rebounds"),
        nullable("assists", "INT64", "Assists"),
        nullable("steals", "INT64", "Steals"),
        nullable("blocks", "INT64", "Blocks"),
        nullable("turnovers", "INT64", "Turnovers"),
        nullable("personal_fouls", "INT64", "Personal fouls"),
        nullable("plus_minus", "INT64", "Team's points minus opponent's while on court"),
        nullable(
            "true_shooting",
            "FLOAT64",
            "True shooting percentage as a share: PTS / (2 (FGA + 0.44 FTA)), 0..1.5; NULL without attempts. "
            "Source: basketball-reference.com/about/glossary.html",
        ),
        nullable(
            "effective_field_goal",
            "FLOAT64",
            "Effective field-goal percentage as a share: (FG + 0.5 3P) / FGA, 0..1.5; NULL without attempts. "
            "Source: basketball-reference.com/about/glossary.html",
        ),
        nullable(
            "usage_rate",
            "FLOAT64",
            "Percent of the team's plays the player ended while on court: 100 (FGA + 0.44 FTA + TOV) (team MP / 5) / "
            "(MP (team FGA + 0.44 team FTA + team TOV)); NULL without minutes. "
            "Source: basketball-reference.com/about/glossary.html",
        ),
        nullable(
            "game_score",
            "FLOAT64",
            "Hollinger's game score: PTS + 0.4 FG - 0.7 FGA - 0.4 (FTA - FT) + 0.7 ORB + 0.3 DRB + STL + 0.7 AST + "
            "0.7 BLK - 0.4 PF - TOV. Source: basketball-reference.com/about/glossary.html",
        ),
        required("source", "STRING", "The raw table the line comes from"),
    ),
)

BOXSCORE_COLUMNS = tuple(
    name
    for name in TABLE.column_names
    if name
    not in ("tipoff_utc", "is_scheduled", "true_shooting", "effective_field_goal", "usage_rate", "game_score", "source")
)
SCHEDULE_COLUMNS = ("game_date", "game_id", "tipoff_utc")

_TEAM_SUMS = ("minutes", "field_goals_attempted", "free_throws_attempted", "turnovers")


def summarise(boxscores: pd.DataFrame, schedule: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for the lines in `boxscores` (BOXSCORE_COLUMNS); `schedule` (SCHEDULE_COLUMNS) gives tip-offs.

    A line whose game is not on the schedule of its day is kept and says so.
    """
    rows = boxscores.merge(schedule.assign(is_scheduled=True), on=["game_date", "game_id"], how="left")
    rows["is_scheduled"] = rows["is_scheduled"].eq(True)
    numbers = _as_floats(rows)
    rows = rows.assign(
        true_shooting=_ratio(numbers["points"], 2 * _shooting_plays(numbers)),
        effective_field_goal=_effective_field_goal(numbers),
        usage_rate=_usage_rate(rows, numbers),
        game_score=_game_score(numbers),
        source="nbac_player_boxscores",
    )
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _as_floats(rows: pd.DataFrame) -> pd.DataFrame:
    counts = [column.name for column in TABLE.columns if column.type == "INT64" and column.name in rows]
    return rows[counts].astype("float64")


def _shooting_plays(numbers: pd.DataFrame) -> pd.Series:
    return numbers["field_goals_attempted"] + 0.44 * numbers["free_throws_attempted"]


def _effective_field_goal(numbers: pd.DataFrame) -> pd.Series:
    made = numbers["field_goals_made"] + 0.5 * numbers["three_pointers_made"]
    return _ratio(made, numbers["field_goals_attempted"])


def _usage_rate(rows: pd.DataFrame, numbers: pd.DataFrame) -> pd.Series:
    """Team sums are sums of the team's lines: whole numbers, so their order does not matter.

    They are those of one day: a postponed game may have left lines on the day it was first set for.
    """
    by = [rows["game_date"], rows["game_id"], rows["team_abbr"]]
    team = numbers[list(_TEAM_SUMS)].groupby(by).transform("sum")
    plays = _shooting_plays(numbers) + numbers["turnovers"]
    team_plays = _shooting_plays(team) + team["turnovers"]
    return _ratio(100 * plays * (team["minutes"] / 5), numbers["minutes"] * team_plays)


def _game_score(n: pd.DataFrame) -> pd.Series:
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


def _ratio(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """A share, NaN where there is nothing to divide by."""
    return numerator / denominator.where(denominator > 0)
