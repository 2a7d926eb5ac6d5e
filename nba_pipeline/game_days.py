"""Game days and seasons: what a day is everywhere in this project.

A game day is the date in America/New_York at tip-off; it is the partition of every table. A season is named by the
year it starts in and turns over on 1 August, after the finals and before the preseason.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd

EASTERN = ZoneInfo("America/New_York")
FIRST_GAME_DAY = dt.date(2021, 10, 19)
_SEASON_STARTS_IN = 8


def today() -> dt.date:
    """The current date in New York."""
    return dt.datetime.now(EASTERN).date()


def season_year(day: dt.date) -> int:
    """The year in which the season of `day` starts: 2023 for every day of 2023-24."""
    return day.year if day.month >= _SEASON_STARTS_IN else day.year - 1


def season_years(days: pd.Series) -> pd.Series:
    """`season_year` of each of `days` (datetime64), as int64."""
    return (days.dt.year - (days.dt.month < _SEASON_STARTS_IN)).astype("int64")


def season_starts(days: pd.Series) -> pd.Series:
    """The day on which the season of each of `days` begins: 1 August 2023 for every day of 2023-24."""
    return pd.to_datetime({"year": season_years(days), "month": _SEASON_STARTS_IN, "day": 1})


def year_starts(days: pd.Series) -> pd.Series:
    """1 January of the year of each of `days`: in baseball a season is a calendar year."""
    return days.dt.to_period("Y").dt.start_time


def eastern_days(moments: pd.Series) -> pd.Series:
    """The date in New York of each of `moments` (datetime64 with a time zone), as midnights."""
    return moments.dt.tz_convert(EASTERN).dt.tz_localize(None).dt.normalize()


def season_name(year: int) -> str:
    """The league's way to write a season: 2023 -> '2023-24'."""
    return f"{year}-{(year + 1) % 100:02d}"


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from `first` to `last`, both included."""
    return [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
