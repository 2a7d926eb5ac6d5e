"""team_offense_game_summary: what each team did in each game, per possession and by zone.

A day's rows depend on that day's box scores, player summaries and schedule alone.
"""

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import box_rules, game_sides, player_game_summary, rates, shot_zones
from nba_pipeline.rules import Rule, within
from nba_pipeline.sources import nbac_team_boxscore
from nba_pipeline.sources.box_score import COUNTS
from nba_pipeline.table import Table, nullable, required

_COUNTS = tuple(name for name in COUNTS.values() if name not in ("points", "turnovers", "plus_minus"))
_FOUR_FACTORS = "Source: basketball-reference.com/about/factors.html"

TABLE = Table(
    dataset="nba_analytics",
    name="team_offense_game_summary",
    description="One row per game and team: its counts, possessions, pace, rating, four factors and shots by zone.",
    key=("game_id", "team_abbr"),
    cluster_by=("team_abbr",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id"),
        required("team_abbr", "STRING", "NBA.com's code of the team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("is_home", "BOOL", "Whether the team is the home team"),
        required("season_year", "INT64", "Year in which the season starts: 2023 is 2023-24"),
        required("season_type", "STRING", "preseason, regular, all_star, play_in, playoffs or cup_final"),
        nullable("won", "BOOL", "Whether the team won; NULL before the game is final"),
        nullable("overtimes", "INT64", "Overtimes played, 0..6, from the minutes of both teams"),
        nullable("points", "INT64", "Points"),
        nullable("opponent_points", "INT64", "Points of the other team; NULL where its counts are unknown"),
        *(nullable(name, "INT64", name.replace("_", " ").capitalize()) for name in _COUNTS),
        nullable(
            "turnovers",
            "INT64",
            "Turnovers, those that no player made included where box score or play-by-play tell of them: without them "
            "0.7 a game are missing (2022-23)",
        ),
        nullable(
            "possessions",
            "FLOAT64",
            "Estimated possessions, the same for both teams, 60..160: half of (FGA + 0.4 FTA - 1.07 (ORB / (ORB + "
            "opponent DRB)) (FGA - FG) + TOV) of both teams together; NULL where one's counts are unknown. "
            f"{rates.GLOSSARY}",
        ),
        nullable("pace", "FLOAT64", f"Possessions per 48 minutes, overtimes counted, 60..140. {rates.GLOSSARY}"),
        nullable("offensive_rating", "FLOAT64", f"Points per 100 possessions, 40..200. {rates.GLOSSARY}"),
        nullable(
            "true_shooting",
            "FLOAT64",
            f"True shooting percentage as a share: PTS / (2 (FGA + 0.44 FTA)), 0..1.5. {rates.GLOSSARY}",
        ),
        nullable(
            "effective_field_goal",
            "FLOAT64",
            f"First of the four factors: (FG + 0.5 3P) / FGA, 0..1.5. {_FOUR_FACTORS}",
        ),
        nullable(
            "turnover_share",
            "FLOAT64",
            f"Second: turnovers per play, TOV / (FGA + 0.44 FTA + TOV), 0..1. {_FOUR_FACTORS}",
        ),
        nullable(
            "offensive_rebound_share",
            "FLOAT64",
            "Third: of the rebounds under the other basket the team's, ORB / (ORB + opponent DRB), 0..1. "
            f"{_FOUR_FACTORS}",
        ),
        nullable(
            "free_throw_rate", "FLOAT64", f"Fourth: free throws made per field-goal attempt, FT / FGA. {_FOUR_FACTORS}"
        ),
        *shot_zones.columns("The team's"),
        required("has_zones", "BOOL", "Whether the shots of all its players are known by zone and add up"),
        nullable("players_points", "INT64", "Points of its players' lines together; NULL without lines"),
        required("source", "STRING", "The table of the counts: of teams, or of players where that has not the game"),
    ),
)

BOXSCORE_COLUMNS = (
    *("game_date", "game_id", "team_abbr", "seconds_played"),
    *(name for name in COUNTS.values() if name != "plus_minus"),
)
PLAYER_COLUMNS = (
    *game_sides.COLUMNS,
    "minutes",
    "team_turnovers",
    *_COUNTS,
    "points",
    "turnovers",
    *shot_zones.COUNT_COLUMNS,
)

RULES = (
    within(
        possessions=(1, 200),
        pace=(1, 200),
        offensive_rating=(0, 300),
        true_shooting=(0, 1.5),
        effective_field_goal=(0, 1.5),
        turnover_share=(0, 1),
        offensive_rebound_share=(0, 1),
    ),
    box_rules.MADE_WITHIN_ATTEMPTED,
    box_rules.ZONES_ADD_UP,
    box_rules.POINTS_FROM_SHOTS,
    Rule(
        "points_are_the_players",
        "The points of a team are those of its players together.",
        lambda rows: rows["points"] != rows["players_points"],
        blocking=False,
    ),
)

_KEY = list(game_sides.KEY)
_SUMMED = [*_COUNTS, "points", "turnovers"]


def summarise(schedule: pd.DataFrame, boxscores: pd.DataFrame, players: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for the team lines in `boxscores` (BOXSCORE_COLUMNS), and where it has none of a team's game for
    the sums of its `players` (PLAYER_COLUMNS of player_game_summary).

    `schedule` has game_sides.SCHEDULE_COLUMNS. Teams and players of a game that neither it nor `players` know of are
    left out: nothing tells who met whom.
    """
    summed = _summed(players)
    rows = _counted(boxscores, summed).merge(game_sides.sides(schedule, [players]), on=_KEY)
    rows = rows.merge(summed[[*_KEY, *_FROM_PLAYERS]], on=_KEY, how="left")
    added = rows["players_turnovers"] + rows["team_turnovers"].fillna(0)
    rows["turnovers"] = pd.concat([rows["turnovers"], added], axis=1).max(axis=1)
    rows["overtimes"] = _overtimes(rows)
    rows = rows.assign(**_rates(rows), **_zones(rows))
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


_FROM_PLAYERS = ("players_points", "players_turnovers", "team_turnovers", *shot_zones.COUNT_COLUMNS)


def _summed(players: pd.DataFrame) -> pd.DataFrame:
    """The players of each team together; zones are known where they are of each of them."""
    by_team = players.groupby(_KEY, as_index=False)
    rows = by_team[[*_SUMMED, "minutes"]].sum(min_count=1)
    zones = list(shot_zones.COUNT_COLUMNS)
    unknown = players[zones].isna().groupby([players[name] for name in _KEY]).any().reset_index(drop=True)
    rows[zones] = by_team[zones].sum()[zones].mask(unknown)
    rows["team_turnovers"] = by_team["team_turnovers"].max()["team_turnovers"]
    return rows.assign(
        seconds_played=60 * rows["minutes"],
        players_points=rows["points"],
        players_turnovers=rows["turnovers"],
        source=player_game_summary.TABLE.name,
    )


def _counted(boxscores: pd.DataFrame, summed: pd.DataFrame) -> pd.DataFrame:
    """Each team's counts from the box score of teams, else its players' together."""
    columns = [*_KEY, *_SUMMED, "seconds_played", "source"]
    told = boxscores.assign(source=nbac_team_boxscore.TABLE.name)[columns]
    return pd.concat([told, summed[columns]]).drop_duplicates(_KEY)


def _overtimes(rows: pd.DataFrame) -> pd.Series:
    """Whole overtimes of five players: rounded minutes do not add up, and a team's may be incomplete."""
    minutes = rows["seconds_played"].astype("float64") / 60
    beyond = (minutes - 5 * rates.REGULATION_MINUTES) / (5 * rates.OVERTIME_MINUTES)
    longest = beyond.groupby([rows["game_date"], rows["game_id"]]).transform("max")
    return longest.round().clip(lower=0).astype("Int64")


def _rates(rows: pd.DataFrame) -> dict[str, pd.Series]:
    own = rows[_SUMMED].astype("float64")
    other = _of_opponents(rows, own)
    possessions = rates.possessions(own, other)
    minutes = rates.REGULATION_MINUTES + rates.OVERTIME_MINUTES * rows["overtimes"].astype("float64")
    under_basket = own["offensive_rebounds"] + other["defensive_rebounds"]
    return {
        "opponent_points": other["points"].astype("Int64"),
        "possessions": possessions,
        "pace": rates.REGULATION_MINUTES * possessions / minutes,
        "offensive_rating": rates.ratio(100 * own["points"], possessions),
        "true_shooting": rates.true_shooting(own),
        "effective_field_goal": rates.effective_field_goal(own),
        "turnover_share": rates.ratio(own["turnovers"], rates.plays(own)),
        "offensive_rebound_share": rates.ratio(own["offensive_rebounds"], under_basket),
        "free_throw_rate": rates.ratio(own["free_throws_made"], own["field_goals_attempted"]),
    }


def _of_opponents(rows: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """The other team's counts beside each row's, NaN where they are unknown."""
    by_team = own.set_index(pd.MultiIndex.from_frame(rows[_KEY]))
    others = pd.MultiIndex.from_frame(rows[["game_date", "game_id", "opponent_abbr"]])
    return by_team.reindex(others).set_index(own.index)


def _zones(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """The zones where they add up to the team's own attempts."""
    attempted = rows[[f"{zone}_attempted" for zone in shot_zones.ZONES]].sum(axis=1, min_count=len(shot_zones.ZONES))
    fits = attempted.eq(rows["field_goals_attempted"]).fillna(False).astype(bool)
    return {"has_zones": fits, **{name: rows[name].where(fits) for name in shot_zones.COUNT_COLUMNS}}
