"""The two sides of every game: which team met which, and where, however little of the game is known."""

from collections.abc import Iterable

import pandas as pd

from nba_pipeline import frames
from nba_pipeline.sources import nbac_schedule

KEY = ("game_date", "game_id", "team_abbr")
COLUMNS = (*KEY, "opponent_abbr", "is_home", "season_year", "season_type", "won")
SCHEDULE_COLUMNS = (
    *("game_date", "game_id", "season_year", "season_type"),
    *("home_team_abbr", "home_points", "away_team_abbr", "away_points"),
)

_DTYPES = {
    **{name: frames.dtype(nbac_schedule.TABLE.column(name)) for name in ("game_date", "game_id", "season_type")},
    **dict.fromkeys(("team_abbr", "opponent_abbr"), "string[pyarrow]"),
    **dict.fromkeys(("is_home", "won"), "boolean"),
    "season_year": "Int64",
}


def sides(schedule: pd.DataFrame, lines: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """A row (COLUMNS) per side of the games in `schedule` (SCHEDULE_COLUMNS) and in `lines`, which have COLUMNS.

    Where they differ the schedule holds; `won` is the first answer known.
    """
    told = [frame[list(COLUMNS)].astype(_DTYPES).drop_duplicates().sort_values(list(COLUMNS)) for frame in lines]
    every = pd.concat([_of_schedule(schedule, "home", "away"), _of_schedule(schedule, "away", "home"), *told])
    return every.groupby(list(KEY), as_index=False).first()


def _of_schedule(schedule: pd.DataFrame, own: str, other: str) -> pd.DataFrame:
    rows = schedule.assign(
        team_abbr=schedule[f"{own}_team_abbr"],
        opponent_abbr=schedule[f"{other}_team_abbr"],
        is_home=own == "home",
        won=schedule[f"{own}_points"] > schedule[f"{other}_points"],
    )
    return rows[list(COLUMNS)].astype(_DTYPES).dropna(subset=["team_abbr", "opponent_abbr"])
