"""What the feed writers of all families share."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import pandas as pd

from nba_pipeline.local.season.baseball import BaseballSeason
from nba_pipeline.local.season.season import Season
from nba_pipeline.sources.feed import Feed

Objects = Iterator[tuple[str, bytes]]
AnySeason = TypeVar("AnySeason", Season, BaseballSeason)

# The counts of a season's player lines, beside the minutes.
COUNTS = (
    *("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb"),
    *("ast", "stl", "blk", "tov", "pf", "pts", "plus_minus"),
)


@dataclass(frozen=True, slots=True)
class Writer(Generic[AnySeason]):
    """A feed, and what writes a season's objects of it."""

    feed: Feed
    objects: Callable[[AnySeason], Objects]


def morning_after(day: pd.Timestamp) -> dt.datetime:
    """09:00 UTC of the next day: after the last game in the West, before breakfast in the East."""
    return (day + pd.Timedelta(days=1, hours=9)).to_pydatetime().replace(tzinfo=dt.UTC)


def share(lines: pd.DataFrame, made: str, tried: str) -> pd.Series:
    """`made` of `tried`, three decimals, halves rounded up as the feed does: 9 of 16 is 0.563."""
    tries = lines[tried].astype("float64")
    return np.floor(lines[made].astype("float64") / tries.where(tries > 0) * 1000 + 0.5) / 1000


def overtimes(team_minutes: pd.Series) -> pd.Series:
    """How many overtimes a game had in which a team's rounded minutes add up so: a game has 240, an overtime 25."""
    return ((team_minutes - 240) / 25).astype("float64").round().astype("int64")


def json_rows(frame: pd.DataFrame) -> list[list]:
    """The frame's rows as JSON takes them, NULL as None."""
    values = frame.astype(object)
    return values.where(values.notna(), None).to_numpy(object).tolist()
