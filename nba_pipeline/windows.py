"""Windows over the past: what players or teams did in their last games before a day.

Windows count games and never reach past a number of days. Sums are differences of running sums over whole numbers, so
they are exact, and the same wherever the sums began.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nba_pipeline.game_days import season_starts

# Fractions are taken to the nearest millionth.
_UNITS = 10**6


@dataclass(frozen=True, slots=True)
class Window:
    """For each of a number of askers the rows `first` up to, but not including, `end` of a History."""

    first: np.ndarray
    end: np.ndarray

    @property
    def games(self) -> np.ndarray:
        """How many games each holds."""
        return self.end - self.first

    def last(self, games: int) -> "Window":
        """The last `games` of each, fewer where it holds fewer."""
        return Window(np.maximum(self.first, self.end - games), self.end)

    def only(self, kept: np.ndarray) -> "Window":
        """The windows of the askers that are `kept`."""
        return Window(self.first[kept], self.end[kept])


class History:
    """Games of any number of owners, players or teams, sorted by owner and day.

    `rows` hold `owner`, game_date and game_id, each owner and game once, and the numbers to be summed: a missing one
    counts as 0.
    """

    def __init__(self, rows: pd.DataFrame, owner: str, numbers: Iterable[str]) -> None:
        self.rows = rows.sort_values([owner, "game_date", "game_id"], ignore_index=True)
        self._owners = pd.Index(self.rows[owner].unique())
        self._keys = self._sortable(self.rows[owner], self.rows["game_date"])
        self._sums = {name: self._running(name) for name in numbers}
        self._squares: dict[str, np.ndarray] = {}

    @property
    def owners(self) -> pd.Index:
        """Each owner once."""
        return self._owners

    def within(self, owners: pd.Series, days: pd.Series, reach: int | pd.Series) -> Window:
        """The games of each owner in the `reach` days before his day; none where he has none."""
        reached = days - pd.to_timedelta(reach, unit="D")
        return Window(self._before(owners, reached), self._before(owners, days))

    def of_season(self, window: Window, owners: pd.Series, days: pd.Series) -> Window:
        """What of each window lies in the season of its day."""
        return self.since(window, owners, season_starts(days))

    def since(self, window: Window, owners: pd.Series, days: pd.Series) -> Window:
        """What of each window lies on its owner's day or after it."""
        return Window(np.maximum(window.first, self._before(owners, days)), window.end)

    def total(self, name: str, window: Window) -> np.ndarray:
        """The sum of `name` over each window, as float64."""
        return (self._sums[name][window.end] - self._sums[name][window.first]) / self._unit(name)

    def mean(self, name: str, window: Window) -> np.ndarray:
        """The mean of `name` over each window, NaN where it is empty."""
        games = window.games.astype("float64")
        return np.divide(self.total(name, window), games, out=np.full(len(games), np.nan), where=games > 0)

    def deviation(self, name: str, window: Window) -> np.ndarray:
        """The sample standard deviation of `name`, a whole number, NaN for fewer than two games.

        n * sum(x^2) - sum(x)^2 is exact.
        """
        games, total = window.games, self._sums[name][window.end] - self._sums[name][window.first]
        sums = self._sums_of_squares(name)
        spread = (games * (sums[window.end] - sums[window.first]) - total**2).astype("float64")
        freedom = (games * (games - 1)).astype("float64")
        return np.sqrt(np.divide(spread, freedom, out=np.full(len(games), np.nan), where=freedom > 0))

    def fading_mean(self, name: str, window: Window, half_life: int) -> np.ndarray:
        """The mean of `name` over each window, in which a game weighs half of one that is `half_life` games later.

        Games that would weigh less than a hundredth of the last one are left out. NaN where a window is empty. The
        terms are added one game back after the other, so that a sum is the same among any others.
        """
        values = np.append(self.rows[name].fillna(0).to_numpy("float64"), 0.0)  # stands for a game that is not held
        total, weights = np.zeros(len(window.end)), np.zeros(len(window.end))
        for back in range(math.ceil(half_life * math.log2(100))):
            weight = 0.5 ** (back / half_life)
            places = window.end - 1 - back
            held = places >= window.first
            if not held.any():
                break
            total += weight * values[np.where(held, places, -1)]
            weights += weight * held
        return np.divide(total, weights, out=np.full(len(total), np.nan), where=weights > 0)

    def of_all(self, names: Iterable[str], days: pd.Series, reach: int, last: int) -> pd.DataFrame:
        """For each of `days` the sums of `names`, and of `games`, over the `last` games before it of every owner."""
        grid = self.owners.to_frame(index=False, name="owner").merge(days.drop_duplicates().rename("day"), how="cross")
        window = self.within(grid["owner"], grid["day"], reach).last(last)
        totals = pd.DataFrame({name: self.total(name, window) for name in names}).assign(games=window.games)
        return totals.groupby(grid["day"]).sum().reindex(days).reset_index(drop=True)

    def last_rows(self, window: Window) -> pd.DataFrame:
        """The row of the last game of each window, none of which is empty."""
        return self.rows.iloc[window.end - 1].reset_index(drop=True)

    def newest(self, name: str, window: Window) -> pd.Series:
        """`name` of the last game of each window, missing where it is empty."""
        places = pd.RangeIndex(len(window.games))
        played = window.games > 0
        return self.last_rows(window.only(played))[name].set_axis(places[played]).reindex(places)

    def rows_of(self, window: Window) -> pd.DataFrame:
        """The rows of every window, with `asker`, the place of the window that each is in."""
        asker = np.repeat(np.arange(len(window.games)), window.games)
        within = np.arange(len(asker)) - np.repeat(np.cumsum(window.games) - window.games, window.games)
        return self.rows.iloc[window.first[asker] + within].assign(asker=asker)

    def _before(self, owners: pd.Series, days: pd.Series) -> np.ndarray:
        """How many rows sort before each owner's day: where his games of that day on begin."""
        return np.searchsorted(self._keys, self._sortable(owners, days), side="left")

    def _sortable(self, owners: pd.Series, days: pd.Series) -> np.ndarray:
        """One number per owner and day: owner first. Days since 1970 stay below 10 ** 6 until the year 4707."""
        return self._owners.get_indexer(owners) * 10**6 + days.to_numpy("datetime64[D]").astype("int64")

    def _running(self, name: str) -> np.ndarray:
        values = self.rows[name].fillna(0).to_numpy("float64") * self._unit(name)
        return np.concatenate([[0], np.cumsum(np.rint(values).astype("int64"))])

    def _sums_of_squares(self, name: str) -> np.ndarray:
        if name not in self._squares:
            self._squares[name] = np.concatenate([[0], np.cumsum(np.diff(self._sums[name]) ** 2)])
        return self._squares[name]

    def _unit(self, name: str) -> int:
        return _UNITS if pd.api.types.is_float_dtype(self.rows[name].dtype) else 1
