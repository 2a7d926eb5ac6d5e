"""The moving-average system: a pitcher's strikeouts tonight are those of his last starts and his season."""

import pandas as pd

from nba_pipeline.analytics.rates import weighted_mean
from nba_pipeline.predictions.system import Known

SYSTEM_ID = "moving_average"
VERSION = "1"
COMBINES = False
STAND_IN = None

# A plain prior, not fitted: the same as for points.
_WEIGHTS = {"strikeouts_last_5": 0.25, "strikeouts_last_10": 0.35, "strikeouts_season": 0.40}


def predict(players: pd.DataFrame, known: Known) -> pd.Series:  # noqa: ARG001 - the interface of every system
    """The weighted mean of what is known of these."""
    return weighted_mean(players[list(_WEIGHTS)], pd.Series(_WEIGHTS))
