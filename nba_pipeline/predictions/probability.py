"""How sure a prediction is: the spread of points around it, and the probability of more than a line.

Points vary the more the more are expected: the variance is a line in the prediction. The shape of the rest is that of
past predictions, standardised, so that a probability of 60 % came true in 60 of 100 past games.
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

_SHARES = np.linspace(0.005, 0.995, 199)
# Of points of players in the NBA: about 2 + 3 * expected points. Used before anything is trained.
_PRIOR = (2.0, 3.0)
_LEAST_VARIANCE = 1.0
# A bet at usual odds (-110) wins from 52.4 % on; what is nearer to even than this is left alone.
EDGE = 0.05


def recommendations(over: pd.Series) -> np.ndarray:
    """What each probability of more than a line recommends: over, under or pass; no_line where there is none."""
    return np.select([over.isna(), over >= 0.5 + EDGE, over <= 0.5 - EDGE], ["no_line", "over", "under"], "pass")


@dataclass(frozen=True, slots=True)
class Spread:
    """Variance = `base` + `slope` * predicted points; `quantiles` of the standardised difference at _SHARES."""

    base: float
    slope: float
    quantiles: np.ndarray

    @classmethod
    def unknown(cls) -> "Spread":
        """A normal one with a prior's variance."""
        return cls(*_PRIOR, np.array([NormalDist().inv_cdf(share) for share in _SHARES]))

    @classmethod
    def of(cls, predicted: pd.Series, points: pd.Series) -> "Spread":
        """That of past predictions; both float64 and without gaps."""
        difference = (points - predicted).to_numpy("float64")
        slope, base = np.polyfit(predicted.to_numpy("float64"), np.square(difference), 1)
        # A line that falls would make stars surer than substitutes: then the variance is the same for all.
        base, slope = (base, slope) if slope > 0 else (float(np.mean(np.square(difference))), 0.0)
        found = cls(float(base), float(slope), np.empty(0))
        standardised = difference / found.deviation(predicted).to_numpy("float64")
        return cls(found.base, found.slope, np.quantile(standardised, _SHARES))

    @classmethod
    def of_json(cls, told: dict[str, Any]) -> "Spread":
        """What `as_json` wrote."""
        return cls(told["base"], told["slope"], np.array(told["quantiles"]))

    def as_json(self) -> dict[str, Any]:
        """For a model's manifest."""
        return {"base": self.base, "slope": self.slope, "quantiles": self.quantiles.round(6).tolist()}

    def deviation(self, predicted: pd.Series) -> pd.Series:
        """The standard deviation of points around each prediction, 1 and up."""
        return np.sqrt((self.base + self.slope * predicted).clip(lower=_LEAST_VARIANCE))

    def over(self, predicted: pd.Series, line: pd.Series) -> pd.Series:
        """The probability of more points than `line`, 0..1; NaN without a line."""
        standardised = (line - predicted) / self.deviation(predicted)
        under = np.interp(standardised, self.quantiles, _SHARES)
        return pd.Series(1 - under, predicted.index).where(line.notna() & predicted.notna())
