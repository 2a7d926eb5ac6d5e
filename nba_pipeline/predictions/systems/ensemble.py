"""The ensemble: all other systems together, and the betting line where there is one, by how each did of late."""

import pandas as pd

from nba_pipeline.predictions.system import Known

SYSTEM_ID = "ensemble"
VERSION = "1"
COMBINES = True
STAND_IN = None


def predict(players: pd.DataFrame, known: Known) -> pd.Series:  # noqa: ARG001 - the interface of every system
    """The mean of the voices that speak, by their weights."""
    weights = known.weights.where(known.voices.notna())
    # One voice after the other: the sum is the same whoever else is asked about.
    total = sum(weights[name].fillna(0.0) for name in weights)
    points = sum((known.voices[name] * weights[name]).fillna(0.0) for name in weights)
    return points / total.where(total > 0)
