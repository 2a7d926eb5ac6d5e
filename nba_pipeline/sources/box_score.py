"""The counts of a box score as stats.nba.com names them, and the columns they fill in every table of lines."""

from collections.abc import Iterable

import pandas as pd

from nba_pipeline.sources.payload import Cleaned, garbled, reject, whole_numbers
from nba_pipeline.table import Column, nullable

COUNTS = {
    "FGM": "field_goals_made",
    "FGA": "field_goals_attempted",
    "FG3M": "three_pointers_made",
    "FG3A": "three_pointers_attempted",
    "FTM": "free_throws_made",
    "FTA": "free_throws_attempted",
    "OREB": "offensive_rebounds",
    "DREB": "defensive_rebounds",
    "REB": "rebounds",
    "AST": "assists",
    "STL": "steals",
    "BLK": "blocks",
    "TOV": "turnovers",
    "PF": "personal_fouls",
    "PTS": "points",
    "PLUS_MINUS": "plus_minus",
}


def count_columns(plus_minus: str | None) -> list[Column]:
    """A column per count; `plus_minus` says what that one means, and is None where a feed does not tell it."""
    meanings = {name: _described(name) for name in COUNTS.values()} | {"plus_minus": plus_minus}
    return [nullable(name, "INT64", meaning) for name, meaning in meanings.items() if meaning]


def counted(lines: pd.DataFrame, names: Iterable[str]) -> Cleaned:
    """`lines` with the columns `names` as Int64, without the lines in which one of them is no whole number."""
    counts = {name: whole_numbers(lines[name]) for name in names}
    unclear = pd.concat([garbled(lines[name], numbers) for name, numbers in counts.items()], axis=1).any(axis=1)
    return reject(lines.assign(**counts), unclear, "a count is no whole number")


def _described(name: str) -> str:
    return name.replace("_", " ").capitalize()
