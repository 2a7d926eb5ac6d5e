"""player_game_summary: what each player did in each game, with the rates that box-score counts make.

A day's rows depend on that day's box scores, shots and schedule alone, and on the list of players' ids.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import box_rules, game_sides, player_lines, rates, shot_zones
from nba_pipeline.rules import within
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
        nullable("seconds_played", "INT64", "Seconds on court; NULL where the source tells whole minutes alone"),
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
            f"{rates.GLOSSARY}",
        ),
        nullable(
            "effective_field_goal",
            "FLOAT64",
            "Effective field-goal percentage as a share: (FG + 0.5 3P) / FGA, 0..1.5; NULL without attempts. "
            f"{rates.GLOSSARY}",
        ),
        nullable(
            "team_turnovers",
            "INT64",
            "Turnovers of the player's team that no player made (the shot clock, five and eight seconds), from the "
            "play-by-play; NULL where it has not the game",
        ),
        nullable(
            "usage_rate",
            "FLOAT64",
            "Percent of the team's plays the player ended while on court, 0..100: 100 (FGA + 0.44 FTA + TOV) "
            "(team MP / 5) / (MP (team FGA + 0.44 team FTA + team TOV)), the team's counts those of its players and "
            f"team_turnovers; NULL without minutes. {rates.GLOSSARY}",
        ),
        nullable(
            "game_score",
            "FLOAT64",
            "Hollinger's game score, -20..70: PTS + 0.4 FG - 0.7 FGA - 0.4 (FTA - FT) + 0.7 ORB + 0.3 DRB + STL + "
            f"0.7 AST + 0.7 BLK - 0.4 PF - TOV. {rates.GLOSSARY}",
        ),
        *shot_zones.columns("The player's"),
        shot_zones.SOURCE_COLUMN,
        required("source", "STRING", "The raw table the line comes from"),
        required(
            "source_quality",
            "STRING",
            "gold: the official book, to the second; silver: the league's log; bronze: Ball Don't Lie, by names",
        ),
    ),
)

SCHEDULE_COLUMNS = (*game_sides.SCHEDULE_COLUMNS, "tipoff_utc")
SHOT_COLUMNS = tuple(dict.fromkeys((*shot_zones.CHART_COLUMNS, *player_lines.ID_COLUMNS)))
EVENT_COLUMNS = (*shot_zones.EVENT_COLUMNS, "action_type", "team_abbr")

RULES = (
    within(
        minutes=(0, 75),
        points=(0, 120),
        true_shooting=(0, 1.5),
        effective_field_goal=(0, 1.5),
        game_score=(-30, 100),
    ),
    box_rules.MADE_WITHIN_ATTEMPTED,
    box_rules.POINTS_FROM_SHOTS,
    box_rules.ZONES_ADD_UP,
)


class Summary(NamedTuple):
    """The rows of TABLE, and the lines that are left out because nothing tells whose or of what game they are."""

    rows: pd.DataFrame
    unidentified: pd.DataFrame


def summarise(
    schedule: pd.DataFrame,
    lines: Mapping[str, pd.DataFrame],
    shots: pd.DataFrame,
    events: pd.DataFrame,
    players: pd.DataFrame,
) -> Summary:
    """Rows of TABLE: for each player and game the best of `lines`, with tip-off and the zones of his shots.

    `schedule` has SCHEDULE_COLUMNS; `lines` the columns of each of player_lines.SOURCES by table name; `shots` of the
    shot chart SHOT_COLUMNS; `events` of the play-by-play EVENT_COLUMNS; `players` player_lines.LIST_COLUMNS. All but
    the schedule may be empty. A line whose game is not on the schedule of its day is kept and says so.
    """
    found, unidentified = player_lines.best(lines, schedule, shots, players)
    tipoffs = schedule[["game_date", "game_id", "tipoff_utc"]].assign(is_scheduled=True)
    rows = found.merge(tipoffs, on=["game_date", "game_id"], how="left")
    rows["is_scheduled"] = rows["is_scheduled"].eq(True)
    rows = rows.join(shot_zones.by_zone(rows, shots, events))
    rows = rows.merge(_team_turnovers(events), on=["game_date", "game_id", "team_abbr"], how="left")
    counts = rates.counts(rows)
    rows = rows.assign(
        true_shooting=rates.true_shooting(counts),
        effective_field_goal=rates.effective_field_goal(counts),
        usage_rate=_usage_rate(rows, counts),
        game_score=rates.game_score(counts),
    )
    rows = frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)
    return Summary(rows, unidentified)


def _team_turnovers(events: pd.DataFrame) -> pd.DataFrame:
    """Each side's turnovers of no player: 0 where the play-by-play has the game and none of them."""
    by_none = events["action_type"].eq("turnover") & events["player_id"].isna()
    by = ["game_date", "game_id", "team_abbr"]
    return events[by].assign(team_turnovers=by_none.astype("Int64")).groupby(by, as_index=False).sum()


def _usage_rate(rows: pd.DataFrame, counts: pd.DataFrame) -> pd.Series:
    """Team sums are sums of the team's lines: whole numbers, so their order does not matter.

    They are those of one day: a postponed game may have left lines on the day it was first set for.
    """
    by = [rows["game_date"], rows["game_id"], rows["team_abbr"]]
    seconds = rows["seconds_played"].fillna(60 * rows["minutes"]).astype("float64")
    team = counts[["field_goals_attempted", "free_throws_attempted", "turnovers"]].groupby(by).transform("sum")
    team["turnovers"] += rows["team_turnovers"].fillna(0).astype("float64")
    team_seconds = seconds.groupby(by).transform("sum")
    return rates.ratio(100 * rates.plays(counts) * (team_seconds / 5), seconds * rates.plays(team))
