"""The incident's input: its list of dates, and the real box scores of each date in a file of their own."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nba_pipeline import backfill_days
from nba_pipeline.local.incident.box_scores import COLUMNS, TABLE
from nba_pipeline_tests.support.real_data import SHARED, raw_frames

SEASONS = ("2021-22", "2022-23", "2023-24", "2024-25")
_LIST = SHARED / "samples" / "backfill_lists" / "scrapers__nbac_player_boxscore__game_dates_to_scrape.csv"


@dataclass(frozen=True, slots=True)
class Inputs:
    """`dates` that have box scores, their `rows`, and how many dates of the list have none."""

    folder: Path
    dates: list[dt.date]
    rows: pd.DataFrame
    without_games: int


def prepare(folder: Path, limit: int | None) -> Inputs:
    """The first `limit` dates of the incident's list, all where None, with a file of rows for each in `folder`."""
    listed = backfill_days.from_file(_LIST)[:limit]
    rows = pd.concat([raw_frames(season)[1][COLUMNS] for season in SEASONS], ignore_index=True)
    rows = rows.astype({column.name: "Int64" for column in TABLE.columns if column.type == "INT64"})
    rows = rows[rows["game_date"].isin(pd.DatetimeIndex(listed))]
    for day, part in rows.groupby("game_date"):
        part.to_parquet(folder / f"{day:%Y-%m-%d}.parquet")
    dates = sorted(day.date() for day in rows["game_date"].unique())
    return Inputs(folder, dates, rows, len(listed) - len(dates))


def rows_of(folder: Path, day: dt.date) -> pd.DataFrame:
    """The box scores of a date, with dates as Google's client takes them."""
    rows = pd.read_parquet(folder / f"{day}.parquet")
    return rows.assign(game_date=rows["game_date"].dt.date)
