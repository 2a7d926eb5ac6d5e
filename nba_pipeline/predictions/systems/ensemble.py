"""The ensemble: all other systems together, and the betting line where there is one, by how each did of late."""

import pandas as pd

from nba_pipeline.analytics.rates import weighted_mean
from nba_pipeline.predictions.system import Known

SYSTEM_ID = "ensemble"
VERSION = "2"
COMBINES = True
STAND_IN = None


def predict(players: pd.DataFrame, known: Known) -> pd.Series:  # noqa: ARG001 - the interface of every system
    """The mean of the voices that speak, by their weights."""
    return weighted_mean(known.voices, known.weights)
