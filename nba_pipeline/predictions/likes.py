"""Player-games alike: the reference of the similarity system, and the search in it."""

import numpy as np
import pandas as pd

# What makes two player-games alike, and on what scale: a difference of this much counts as one.
_SCALES = {
    "points_fading_5": 4.0,
    "points_fading_40": 3.0,
    "minutes_fading_5": 4.0,
    "minutes_fading_40": 4.0,
    "field_goals_attempted_fading_15": 2.5,
    "free_throws_attempted_fading_15": 1.5,
    "usage_rate_fading_15": 4.0,
    "minutes_out_10": 30.0,
    "days_rest": 4.0,
    "opponent_defensive_rating": 4.0,
}
FORM = "points_fading_15"
FEATURES = (*_SCALES, FORM)
DIFFERENCE = "difference"
_STEPS, _FARTHEST = 16, 40
_LIKES = 150
_REFERENCE = 20_000
# Players searched for at once: 512 rows of 20,000 distances are 40 MB.
_AT_ONCE = 512


def reference(rows: pd.DataFrame) -> pd.DataFrame:
    """The newest of `rows` (FEATURES, game_date and `points`) whose form is known, with how far they were from it."""
    known = rows[rows[FORM].notna()].tail(_REFERENCE)
    difference = known["points"].astype("float64") - known[FORM]
    return known[list(FEATURES)].assign(difference=difference).astype("float32").reset_index(drop=True)


class Likes:
    """A reference, as `reference` gives it, that can be searched."""

    def __init__(self, reference: pd.DataFrame) -> None:
        self._places = _scaled(reference)
        self._lengths = np.square(self._places).sum(axis=1)
        self._differences = reference[DIFFERENCE].to_numpy("float32")

    def points(self, players: pd.DataFrame) -> pd.Series:
        """Each player's form (points_fading_15) and the median difference from form of his likes; 0 and up."""
        places = _scaled(players)
        found = [self._median(places[first : first + _AT_ONCE]) for first in range(0, len(places), _AT_ONCE)]
        difference = pd.Series(np.concatenate(found) if found else [], players.index, dtype="float64")
        return (players[FORM] + difference).clip(lower=0)

    def _median(self, places: np.ndarray) -> np.ndarray:
        """The median difference of the likes of each of `places`."""
        distances = self._lengths - 2 * places @ self._places.T
        count = min(_LIKES, len(self._differences))
        nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
        return np.median(self._differences[nearest], axis=1)


def _scaled(rows: pd.DataFrame) -> np.ndarray:
    """The rows as points in the space of _SCALES, in whole steps; what is not known lies at 0.

    Distances of whole numbers below 2 ** 24 are exact as float32, so that a player's likes are the same whoever else is
    asked about.
    """
    values = rows[list(_SCALES)].to_numpy("float64", na_value=np.nan) / np.array(list(_SCALES.values()))
    return np.rint(_STEPS * np.nan_to_num(values, nan=0.0).clip(-_FARTHEST, _FARTHEST)).astype("float32")
