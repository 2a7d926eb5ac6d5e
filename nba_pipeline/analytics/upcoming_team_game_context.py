"""upcoming_team_game_context: for either team of a day's games what was known of it before tip-off.

A day's rows depend on the schedule of that day (who plays whom, when and where; not how it ended), on results and
players' minutes of the year before it, and on injury reports and game lines from before each game's tip-off.
"""

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import arenas, betting_lines, game_sides, injury_reports, slate
from nba_pipeline.game_days import season_starts, season_years
from nba_pipeline.rules import Rule, within
from nba_pipeline.table import Table, nullable, required
from nba_pipeline.windows import History, Window

TABLE = Table(
    dataset="nba_analytics",
    name="upcoming_team_game_context",
    description="One row per team of a day's games: what was known of it before tip-off.",
    key=("game_id", "team_abbr"),
    cluster_by=("team_abbr",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's game id"),
        required("team_abbr", "STRING", "NBA.com's code of the team"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("is_home", "BOOL", "Whether the team is the home team"),
        nullable("tipoff_utc", "TIMESTAMP", "Scheduled tip-off"),
        required("season_year", "INT64", "Year in which the day's season starts"),
        required("is_postseason", "BOOL", "Whether it is a game of the play-in or the playoffs"),
        required("days_into_season", "INT64", "Days since 1 August, when a season turns over"),
        nullable("last_game_date", "DATE", "Day of its last game; NULL without one in 365 days"),
        nullable("days_rest", "INT64", "Whole days between its last game and this day, 0..364: 0 is a back-to-back"),
        required("is_back_to_back", "BOOL", "Whether the team played the day before"),
        required("games_last_7_days", "INT64", "Games in the 7 days before this one, 0..7"),
        required("games_last_14_days", "INT64", "Games in the 14 days before this one, 0..14"),
        required("wins", "INT64", "Wins in this season's regular season so far, 0..82"),
        required("losses", "INT64", "Losses in this season's regular season so far, 0..82"),
        required(
            "win_streak",
            "INT64",
            "Games of this season won in a row up to the last one; of games lost the number with a minus; 0 before the "
            "first",
        ),
        nullable(
            "travel_miles",
            "FLOAT64",
            "Great-circle miles from the arena of its last game of this season to that of this one, 0..3000; NULL "
            "before the first, and where one of the two is in no team's arena",
        ),
        nullable(
            "spread",
            "FLOAT64",
            "Points added to the team's by the bet on it, below 0 for the favourite: median over bookmakers of each "
            "one's newest before tip-off",
        ),
        nullable(
            "total", "FLOAT64", "Points of both teams: median over bookmakers of each one's newest before tip-off"
        ),
        nullable("implied_points", "FLOAT64", "The team's points by the two: total / 2 - spread / 2"),
        required("injury_known", "BOOL", "Whether an injury report from before tip-off lists anybody of the game"),
        nullable(
            "regulars_out",
            "INT64",
            "How many of the five with the most minutes in the team's last 10 games are out or doubtful by the newest "
            "such report, 0..5; NULL without one",
        ),
    ),
)

SCHEDULE_COLUMNS = tuple(
    dict.fromkeys((*slate.SCHEDULE_COLUMNS, *game_sides.SCHEDULE_COLUMNS, *arenas.SCHEDULE_COLUMNS))
)
PLAYER_COLUMNS = (*slate.GAME, "player_id", "player_lookup", "team_abbr", "minutes")

RULES = (
    within(
        days_rest=(0, 364),
        games_last_7_days=(0, 7),
        games_last_14_days=(0, 14),
        wins=(0, 82),
        losses=(0, 82),
        travel_miles=(0, 3000),
        spread=(-50, 50),
        total=(100, 350),
        regulars_out=(0, 5),
    ),
    Rule(
        "who_has_played_has_a_streak",
        "A team with wins or losses in the season has a streak.",
        lambda rows: rows["win_streak"].eq(0) & (rows["wins"] + rows["losses"] > 0),
    ),
)

_POSTSEASON = ("play_in", "playoffs")
_REGULARS, _REGULARS_GAMES = 5, 10
_MISSING = ("Out", "Doubtful")


def context(
    days: pd.DatetimeIndex,
    schedule: pd.DataFrame,
    players: pd.DataFrame,
    injuries: pd.DataFrame,
    lines: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of TABLE for `days`.

    `schedule` (SCHEDULE_COLUMNS) and `players` (PLAYER_COLUMNS of player_game_summary) hold at least the games of these
    days and of the slate.HISTORY_DAYS days before each; games outside a day's window are not looked at. `injuries` has
    injury_reports.COLUMNS and `lines` betting_lines.GAME_LINE_COLUMNS; both may be empty.
    """
    sides = slate.team_games(days, schedule)
    if sides.empty:
        return frames.empty(TABLE)
    hosts = schedule[list(slate.GAME)].assign(host=arenas.hosts(schedule))
    games = History(_results(schedule, hosts), "team_abbr", ("wins", "losses"))
    window = games.within(sides["team_abbr"], sides["game_date"], slate.HISTORY_DAYS)
    rows = sides.merge(hosts, on=list(slate.GAME), how="left")
    rows = rows.assign(**_schedule_load(rows, window, games), **_season(rows, window, games))
    rows = _with_lines(rows, *betting_lines.spreads_and_totals(lines, sides))
    rows = _with_injuries(rows, _regulars(window, games, players), injury_reports.newest(injuries, sides))
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _results(schedule: pd.DataFrame, hosts: pd.DataFrame) -> pd.DataFrame:
    """The sides of the counted games that are over, each with its team's streak after it and where it was."""
    sides = game_sides.sides(slate.counted(schedule), [])
    over = sides.dropna(subset="won").sort_values(["team_abbr", *slate.GAME], ignore_index=True)
    is_regular, won = over["season_type"].eq("regular"), over["won"].astype("bool")
    rows = over.assign(wins=(won & is_regular).astype("int64"), losses=(~won & is_regular).astype("int64"))
    return rows.assign(win_streak=_streaks(over)).merge(hosts, on=list(slate.GAME))


def _streaks(results: pd.DataFrame) -> pd.Series:
    """Wins in a row, or losses with a minus, up to each of a team's games in order; a season begins a new one."""
    of = [results["team_abbr"], season_years(results["game_date"]), results["won"]]
    begins = [values.ne(values.shift()).fillna(True).astype("bool") for values in of]
    length = results.groupby(pd.concat(begins, axis=1).any(axis=1).cumsum()).cumcount() + 1
    return length.where(results["won"].astype("bool"), -length)


def _schedule_load(rows: pd.DataFrame, window: Window, games: History) -> dict[str, pd.Series | np.ndarray]:
    """How long each team has rested, and how often it played lately."""
    last_day = games.newest("game_date", window)
    rest = (rows["game_date"] - last_day).dt.days - 1
    week, fortnight = (games.within(rows["team_abbr"], rows["game_date"], reach) for reach in (7, 14))
    return {
        "season_year": season_years(rows["game_date"]),
        "is_postseason": rows["season_type"].isin(_POSTSEASON),
        "days_into_season": (rows["game_date"] - season_starts(rows["game_date"])).dt.days,
        "last_game_date": last_day,
        "days_rest": rest.astype("Int64"),
        "is_back_to_back": rest == 0,
        "games_last_7_days": week.games,
        "games_last_14_days": fortnight.games,
    }


def _season(rows: pd.DataFrame, window: Window, games: History) -> dict[str, pd.Series | np.ndarray]:
    """What each team did in the season so far, and how far it is from its last game."""
    season = games.of_season(window, rows["team_abbr"], rows["game_date"])
    return {
        "wins": games.total("wins", season),
        "losses": games.total("losses", season),
        "win_streak": games.newest("win_streak", season).fillna(0),
        "travel_miles": arenas.miles(games.newest("host", season), rows["host"]),
    }


def _with_lines(rows: pd.DataFrame, spreads: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    rows = rows.merge(spreads, on=[*slate.GAME, "is_home"], how="left").merge(totals, on=list(slate.GAME), how="left")
    return rows.assign(implied_points=rows["total"] / 2 - rows["spread"] / 2)


def _regulars(window: Window, games: History, players: pd.DataFrame) -> pd.DataFrame:
    """The five of each team (`asker`, its place) with the most minutes in its last games; of equals the lower id."""
    of_games = games.rows_of(window.last(_REGULARS_GAMES))[["asker", *slate.GAME, "team_abbr"]]
    lines = of_games.merge(players, on=[*slate.GAME, "team_abbr"]).sort_values(list(slate.GAME))
    played = lines.groupby(["asker", "player_id"], as_index=False).agg(
        minutes=("minutes", "sum"), player_lookup=("player_lookup", "last")
    )
    ordered = played.sort_values(["asker", "minutes", "player_id"], ascending=[True, False, True])
    return ordered.groupby("asker").head(_REGULARS)[["asker", "player_lookup"]]


def _with_injuries(rows: pd.DataFrame, regulars: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """`rows` with how many of their `regulars` the newest reports on their games (`lines`) count out."""
    rows = rows.merge(injury_reports.times(lines), on=list(slate.GAME), how="left")
    known = rows["injury_report_ts"].notna()
    of_teams = rows[[*slate.GAME, "team_abbr"]].rename_axis("asker").reset_index()
    missing = lines[lines["injury_status"].isin(_MISSING)].drop(columns=["injury_report_ts", "injury_status"])
    out = regulars.merge(of_teams).merge(missing, on=[*slate.GAME, "team_abbr", "player_lookup"])
    number = out.groupby("asker").size().reindex(rows.index, fill_value=0)
    has_regulars = rows.index.isin(regulars["asker"])
    return rows.assign(injury_known=known, regulars_out=number.where(known & has_regulars))
