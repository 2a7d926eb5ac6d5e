"""The moving-average system: a player's points tonight are those of his last games and his season."""

import pandas as pd

from nba_pipeline.analytics.rates import weighted_mean
from nba_pipeline.predictions.system import Known

SYSTEM_ID = "moving_average"
VERSION = "2"
COMBINES = False
STAND_IN = None

# Recent form moves faster than a season's mean and is noisier; the weights are a plain prior, not fitted.
_WEIGHTS = {"points_last_5": 0.25, "points_last_10": 0.35, "points_season": 0.40}


def predict(players: pd.DataFrame, known: Known) -> pd.Series:  # noqa: ARG001 - the interface of every system
    """The weighted mean of what is known of these."""
    return weighted_mean(players[list(_WEIGHTS)], pd.Series(_WEIGHTS))
