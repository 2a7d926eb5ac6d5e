"""player_form: how much each player on a day's slate plays, shoots and scores, and whose place he may take tonight.

Means fade: the last game counts most, and how fast the others fade is the half-life in games. Several half-lives side
by side tell a change from a habit. What teammates leave behind who are out is reckoned from the same means.

A day's rows depend on that day's upcoming_player_game_context, and on games of the year before it.
"""

import numpy as np
import pandas as pd

from nba_pipeline import frames
from nba_pipeline.analytics import slate, upcoming_player_game_context
from nba_pipeline.rules import within
from nba_pipeline.table import Table, nullable, required
from nba_pipeline.windows import History, Window

_COUNTS = {
    "points": "points",
    "minutes": "minutes",
    "field_goals_attempted": "field goals attempted",
    "three_pointers_attempted": "three-pointers attempted",
    "free_throws_attempted": "free throws attempted",
    "usage_rate": "usage in percent, each game alike",
}
_OTHER_COUNTS = {
    "assists": "assists",
    "offensive_rebounds": "offensive rebounds",
    "defensive_rebounds": "defensive rebounds",
    "steals": "steals",
    "blocks": "blocks",
    "turnovers": "turnovers",
    "personal_fouls": "personal fouls",
}
_HALF_LIVES = (2, 5, 15, 40)
_OTHER_HALF_LIFE = 15
# A teammate who has been away for longer has left nothing behind that is not in the others' games by now.
_ABSENT_DAYS = (10, 30)
# What the report says of tonight, as the chance that he does not play. Plain priors.
_DOUBTS = {"Out": 1.0, "Doubtful": 0.75, "Questionable": 0.5, "Probable": 0.15, "Available": 0.0}
OUT = ("Out", "Doubtful")
_UNITS = 10**6

MEANS = (
    *(f"{name}_fading_{half_life}" for name in _COUNTS for half_life in _HALF_LIVES),
    *(f"{name}_fading_{_OTHER_HALF_LIFE}" for name in _OTHER_COUNTS),
    *(f"{name}_this_season" for name in _COUNTS),
    *("points_last_game", "minutes_last_game", "minutes_deviation_10", "games_missed"),
    *("points_per_minute_fading_15", "points_per_minute_fading_40", "points_per_minute_this_season"),
)
LEFT_BEHIND = tuple(f"{what}_out_{days}" for days in _ABSENT_DAYS for what in ("minutes", "field_goals_attempted"))
# A teammate has been in the rotation who played this lately; one who missed games since may be back tonight, or not.
_ROTATION_DAYS = 12
ROTATION = (
    "minutes_rank",
    "teammates_minutes",
    "regulars_minutes",
    "regulars_field_goals_attempted",
    "missing_minutes",
)

UPCOMING_COLUMNS = (*slate.PLAYER, "last_game_date", "days_rest", "injury_status")
HISTORY_COLUMNS = (*slate.GAME, "player_id", "team_abbr", "season_type", *_COUNTS, *_OTHER_COUNTS)

_THERE = f"those of his team who played within {_ROTATION_DAYS} days and are neither Out nor Doubtful"
TABLE = Table(
    dataset="nba_precompute",
    name="player_form",
    description="One row per player on a day's slate: fading means of what he did, and the minutes of who is out.",
    key=("game_id", "player_id"),
    cluster_by=("player_id",),
    columns=(
        *(upcoming_player_game_context.TABLE.column(name) for name in slate.PLAYER),
        *(
            nullable(f"{name}_fading_{games}", "FLOAT64", f"Mean {what}, a game weighing half of one {games} later")
            for name, what in _COUNTS.items()
            for games in _HALF_LIVES
        ),
        *(
            nullable(f"{name}_fading_{_OTHER_HALF_LIFE}", "FLOAT64", f"Mean {what}, half-life {_OTHER_HALF_LIFE} games")
            for name, what in _OTHER_COUNTS.items()
        ),
        *(
            nullable(f"{name}_this_season", "FLOAT64", f"Mean {what} of this season's games; NULL before his first")
            for name, what in _COUNTS.items()
        ),
        *(nullable(f"{name}_last_game", "FLOAT64", f"The {name} of his last game") for name in ("points", "minutes")),
        required("games_missed", "INT64", "Games that his team has played since his last"),
        nullable("minutes_deviation_10", "FLOAT64", "Sample standard deviation of minutes over his last 10 games"),
        *(
            nullable(f"points_per_minute_{of}", "FLOAT64", f"points_{of} / minutes_{of}")
            for of in ("fading_15", "fading_40", "this_season")
        ),
        nullable("doubt", "FLOAT64", "Chance that he does not play by his status: 1 Out to 0 Available; NULL unlisted"),
        *(
            required(
                f"{what}_out_{days}",
                "FLOAT64",
                f"Sum of {what}_fading_5 of teammates who are Out or Doubtful and played within {days} days",
            )
            for days in _ABSENT_DAYS
            for what in ("minutes", "field_goals_attempted")
        ),
        required("minutes_rank", "FLOAT64", f"His place by minutes_fading_5 among {_THERE}, 1 the most; ties share it"),
        required("teammates_minutes", "FLOAT64", f"Sum of minutes_fading_5 of teammates among {_THERE}"),
        required("regulars_minutes", "FLOAT64", "Those of them who have missed one game at most since their last"),
        required("regulars_field_goals_attempted", "FLOAT64", "Sum of their field_goals_attempted_fading_5"),
        required(
            "missing_minutes", "FLOAT64", "Sum of minutes_fading_5 of those who have missed games since their last"
        ),
    ),
)

RULES = (
    within(
        doubt=(0, 1),
        **{f"minutes_fading_{games}": (0, 75) for games in _HALF_LIVES},
        **{f"points_fading_{games}": (0, 120) for games in _HALF_LIVES},
    ),
)


def form(upcoming: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE for those of `upcoming` (UPCOMING_COLUMNS of upcoming_player_game_context).

    `history` (HISTORY_COLUMNS of player_game_summary) holds at least the games of the slate.HISTORY_DAYS days before
    each day; games outside a day's window are not looked at.
    """
    if upcoming.empty:
        return frames.empty(TABLE)
    played = slate.counted(history).dropna(subset="points")
    games = History(played, "player_id", _COUNTS)
    window = games.within(upcoming["player_id"], upcoming["game_date"], slate.HISTORY_DAYS)
    season = games.of_season(window, upcoming["player_id"], upcoming["game_date"])
    rows = upcoming.assign(**_fading(games, window), **_others(games, window), **_season(games, season))
    rows = rows.assign(
        **{name: rows[points] / rows[minutes].where(rows[minutes] > 0) for name, points, minutes in _PER_MINUTE},
        minutes_deviation_10=games.deviation("minutes", window.last(10)),
        games_missed=_missed(rows, played),
        doubt=rows["injury_status"].map(_DOUBTS).astype("float64"),
    )
    rows = rows.assign(**_left_behind(rows), **_rotation(rows))
    return frames.typed(TABLE, rows).sort_values(["game_date", *TABLE.key], ignore_index=True)


_PER_MINUTE = tuple(
    (f"points_per_minute_{of}", f"points_{of}", f"minutes_{of}") for of in ("fading_15", "fading_40", "this_season")
)


def _fading(games: History, window: Window) -> dict[str, np.ndarray]:
    return {
        f"{name}_fading_{half_life}": games.fading_mean(name, window, half_life)
        for name in _COUNTS
        for half_life in _HALF_LIVES
    }


def _others(games: History, window: Window) -> dict[str, pd.Series | np.ndarray]:
    fading = {
        f"{name}_fading_{_OTHER_HALF_LIFE}": games.fading_mean(name, window, _OTHER_HALF_LIFE) for name in _OTHER_COUNTS
    }
    return {**fading, **{f"{name}_last_game": games.newest(name, window) for name in ("points", "minutes")}}


def _season(games: History, season: Window) -> dict[str, np.ndarray]:
    return {f"{name}_this_season": games.mean(name, season) for name in _COUNTS}


def _missed(rows: pd.DataFrame, played: pd.DataFrame) -> np.ndarray:
    """How many games each player's team has played since his last."""
    games = History(played[["team_abbr", *slate.GAME]].drop_duplicates(), "team_abbr", ())
    return games.within(rows["team_abbr"], rows["game_date"], rows["days_rest"]).games


def _left_behind(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """What each player's teammates leave who are out, by how lately they played; nothing of his own."""
    out, away = rows["injury_status"].isin(OUT), (rows["game_date"] - rows["last_game_date"]).dt.days
    return {
        f"{what}_out_{days}": _of_teammates(rows, f"{what}_fading_5", out & (away <= days))
        for days in _ABSENT_DAYS
        for what in ("minutes", "field_goals_attempted")
    }


def _rotation(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Who is there beside each player, and who may be: what he shares the minutes with."""
    there = ~rows["injury_status"].isin(OUT) & (rows["days_rest"] <= _ROTATION_DAYS)
    regular, missing = there & (rows["games_missed"] <= 1), there & (rows["games_missed"] >= 1)
    minutes = rows["minutes_fading_5"].where(there, 0.0)
    return {
        "minutes_rank": minutes.groupby([rows["game_id"], rows["team_abbr"]]).rank(ascending=False),
        "teammates_minutes": _of_teammates(rows, "minutes_fading_5", there),
        "regulars_minutes": _of_teammates(rows, "minutes_fading_5", regular),
        "regulars_field_goals_attempted": _of_teammates(rows, "field_goals_attempted_fading_5", regular),
        "missing_minutes": _of_teammates(rows, "minutes_fading_5", missing),
    }


def _of_teammates(rows: pd.DataFrame, name: str, counted: pd.Series) -> pd.Series:
    """The sum of `name` over those of each player's teammates who are `counted`; nothing of his own."""
    # Whole numbers: their sum is the same in whatever order they come.
    own = (rows[name].where(counted, 0.0).fillna(0.0) * _UNITS).round().astype("int64")
    return (own.groupby([rows["game_id"], rows["team_abbr"]]).transform("sum") - own) / _UNITS
