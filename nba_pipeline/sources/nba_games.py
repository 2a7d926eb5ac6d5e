"""What an NBA.com game id says. Ten characters: `00`, the kind of game, the season's two digits, a number."""

import pandas as pd

# https://github.com/swar/nba_api documents the leading digits; 5 and 6 (play-in, cup final) are seen in schedules.
_SEASON_TYPES = {"1": "preseason", "2": "regular", "3": "all_star", "4": "playoffs", "5": "play_in", "6": "cup_final"}


def season_types(game_ids: pd.Series) -> pd.Series:
    """The kind of each game; NULL for an id of another shape."""
    digit = game_ids.astype("string[pyarrow]").str.extract(r"^00(\d)\d{7}$", expand=False)
    return digit.map(_SEASON_TYPES).astype("string[pyarrow]")


def season_years(game_ids: pd.Series) -> pd.Series:
    """The year in which each game's season starts, as Int64; NULL for an id of another shape."""
    digits = game_ids.astype("string[pyarrow]").str.extract(r"^00\d(\d{2})\d{5}$", expand=False)
    return pd.to_numeric(digits, errors="coerce").astype("Int64") + 2000
