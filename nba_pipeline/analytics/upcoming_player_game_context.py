"""upcoming_player_game_context: for every player on a day's slate what was known of him before tip-off.

A day's rows depend on the schedule of that day (who plays whom, when; not how it ended), on games of the year before
it, and on injury reports and betting lines from before each game's tip-off. Windows count games and go over a season's
end, unless they say otherwise.
"""

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import betting_lines, injury_reports, rates, slate
from nba_pipeline.game_days import season_years
from nba_pipeline.rules import Rule, within
from nba_pipeline.table import Table, nullable, required
from nba_pipeline.windows import History, Window

_WEIGHTED = "each game weighted by its minutes, in percent, 0 and up; see player_game_summary.usage_rate"
_SHOOTING = f"PTS / (2 (FGA + 0.44 FTA)), 0..1.5; NULL without attempts. {rates.GLOSSARY}"

TABLE = Table(
    dataset="nba_analytics",
    name="upcoming_player_game_context",
    description="One row per player on a day's slate: what was known of him before tip-off.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        required("game_date", "DATE", "Eastern game day"),
        required("game_id", "STRING", "NBA.com's id of the game of that day"),
        required("player_id", "INT64", "NBA.com's player id"),
        required("player_lookup", "STRING", "The name as a join key, as of his last game"),
        required("player_name", "STRING", "The name as of his last game"),
        required("team_abbr", "STRING", "NBA.com's code of his team: the one of his last game"),
        required("opponent_abbr", "STRING", "NBA.com's code of the other team"),
        required("is_home", "BOOL", "Whether his team is the home team"),
        nullable("tipoff_utc", "TIMESTAMP", "Scheduled tip-off"),
        required("season_year", "INT64", "Year in which the day's season starts"),
        required("last_game_date", "DATE", "Day of his last game"),
        required("days_rest", "INT64", "Whole days between his last game and this day, 0..364: 0 is a back-to-back"),
        required("is_back_to_back", "BOOL", "Whether he played the day before"),
        required("games_last_7_days", "INT64", "Games in the 7 days before this one, 0..7"),
        required("games_last_14_days", "INT64", "Games in the 14 days before this one, 0..14"),
        required("minutes_last_7_days", "FLOAT64", "Minutes in the 7 days before this one"),
        required("minutes_last_14_days", "FLOAT64", "Minutes in the 14 days before this one"),
        required("games_in_history", "INT64", "Games within the last 365 days, 1 and up"),
        required("games_this_season", "INT64", "Games of this season"),
        nullable("points_last_5", "FLOAT64", "Mean points of his last 5 games, fewer where he has fewer"),
        nullable("points_last_10", "FLOAT64", "Mean points of his last 10 games, fewer where he has fewer"),
        nullable("points_season", "FLOAT64", "Mean points of this season's games; NULL before his first"),
        nullable("points_last_season", "FLOAT64", "Mean points of last season's games within the last 365 days"),
        nullable("points_deviation_10", "FLOAT64", "Sample standard deviation of points over his last 10 games"),
        nullable("minutes_last_5", "FLOAT64", "Mean minutes of his last 5 games"),
        nullable("minutes_last_10", "FLOAT64", "Mean minutes of his last 10 games"),
        nullable("minutes_season", "FLOAT64", "Mean minutes of this season's games; NULL before his first"),
        nullable("minutes_last_season", "FLOAT64", "Mean minutes of last season's games within the last 365 days"),
        nullable("usage_last_10", "FLOAT64", f"Usage over his last 10 games, {_WEIGHTED}"),
        nullable("usage_season", "FLOAT64", f"Usage over this season's games, {_WEIGHTED}"),
        nullable("true_shooting_last_10", "FLOAT64", f"True shooting over his last 10 games: {_SHOOTING}"),
        nullable("true_shooting_season", "FLOAT64", f"True shooting over this season's games: {_SHOOTING}"),
        required("injury_known", "BOOL", "Whether an injury report from before tip-off lists anybody of his game"),
        nullable("injury_report_ts", "TIMESTAMP", "Hour of the newest such report"),
        nullable("injury_status", "STRING", "His status in it, Out to Available; NULL where it does not list him"),
        nullable("injury_reason", "STRING", "The reason it gives"),
        nullable(
            "points_line",
            "FLOAT64",
            "Median over bookmakers of each one's newest points line before tip-off; NULL where nobody offers one",
        ),
        nullable("points_line_bookmakers", "INT64", "Bookmakers who offer one, 1 and up; NULL without a line"),
        nullable("points_line_ts", "TIMESTAMP", "When the newest of these lines stood"),
    ),
)

HISTORY_COLUMNS = (
    *slate.PLAYER_COLUMNS,
    *("points", "minutes", "field_goals_attempted", "free_throws_attempted", "usage_rate"),
)

RULES = (
    within(
        days_rest=(0, 364),
        games_last_7_days=(0, 7),
        games_last_14_days=(0, 14),
        points_last_5=(0, 120),
        points_last_10=(0, 120),
        points_season=(0, 120),
        true_shooting_last_10=(0, 1.5),
        true_shooting_season=(0, 1.5),
        points_line=(0, 100),
    ),
    Rule(
        "nothing_is_from_after_tip_off",
        "Injury reports and lines are from before the scheduled tip-off.",
        lambda rows: (rows["injury_report_ts"] >= rows["tipoff_utc"]) | (rows["points_line_ts"] >= rows["tipoff_utc"]),
    ),
)

_SHOTS = ("points", "field_goals_attempted", "free_throws_attempted")


def context(
    days: pd.DatetimeIndex,
    schedule: pd.DataFrame,
    history: pd.DataFrame,
    injuries: pd.DataFrame,
    props: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of TABLE for `days`.

    `schedule` (slate.SCHEDULE_COLUMNS) holds the games of these days, `history` (HISTORY_COLUMNS of
    player_game_summary) at least the games of the slate.HISTORY_DAYS days before each; games outside a day's window are
    not looked at. `injuries` has injury_reports.COLUMNS and `props` betting_lines.PROP_COLUMNS; both may be empty.
    """
    played = slate.counted(history).dropna(subset="points")
    weighted = played.assign(usage_minutes=played["usage_rate"] * played["minutes"].astype("float64"))
    games = History(weighted, "player_id", (*_SHOTS, "minutes", "usage_minutes"))
    sides = slate.team_games(days, schedule)
    rows, window = slate.players(sides, games)
    if rows.empty:
        return frames.empty(TABLE)
    rows = rows.assign(**_schedule_load(rows, games), **_form(rows, window, games))
    rows = _with_injuries(rows, injury_reports.newest(injuries, sides))
    rows = rows.merge(betting_lines.points_lines(props, sides), on=[*slate.GAME, "player_lookup"], how="left")
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


def _schedule_load(rows: pd.DataFrame, games: History) -> dict[str, pd.Series | np.ndarray]:
    """How long each player has rested, and how much he played lately."""
    rest = (rows["game_date"] - rows["last_game_date"]).dt.days - 1
    week, fortnight = (games.within(rows["player_id"], rows["game_date"], reach) for reach in (7, 14))
    return {
        "season_year": season_years(rows["game_date"]),
        "days_rest": rest,
        "is_back_to_back": rest == 0,
        "games_last_7_days": week.games,
        "games_last_14_days": fortnight.games,
        "minutes_last_7_days": games.total("minutes", week),
        "minutes_last_14_days": games.total("minutes", fortnight),
    }


def _form(rows: pd.DataFrame, window: Window, games: History) -> dict[str, pd.Series | np.ndarray]:
    """The form of each player, from the games in his window."""
    season = games.of_season(window, rows["player_id"], rows["game_date"])
    # A year reaches into no season but this and the last.
    spans = {"last_5": window.last(5), "last_10": window.last(10), "season": season}
    means = {**spans, "last_season": Window(window.first, season.first)}
    rated = {name: spans[name] for name in ("last_10", "season")}
    return {
        "games_in_history": window.games,
        "games_this_season": season.games,
        "points_deviation_10": games.deviation("points", window.last(10)),
        **{f"points_{name}": games.mean("points", span) for name, span in means.items()},
        **{f"minutes_{name}": games.mean("minutes", span) for name, span in means.items()},
        **{f"usage_{name}": _usage(games, span) for name, span in rated.items()},
        **{f"true_shooting_{name}": rates.true_shooting(_totals(games, span, _SHOTS)) for name, span in rated.items()},
    }


def _usage(games: History, span: Window) -> pd.Series:
    total = _totals(games, span, ("usage_minutes", "minutes"))
    return rates.ratio(total["usage_minutes"], total["minutes"])


def _totals(games: History, span: Window, names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: games.total(name, span) for name in names})


def _with_injuries(rows: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the newest report on each game and what it says of the player."""
    rows = rows.merge(injury_reports.times(lines), on=list(slate.GAME), how="left")
    of_players = lines.drop(columns="injury_report_ts")
    rows = rows.merge(of_players, on=[*slate.GAME, "team_abbr", "player_lookup"], how="left")
    return rows.assign(injury_known=rows["injury_report_ts"].notna())
