"""The gradient-boosting system: the median of points by trees that were trained on earlier games."""

import pandas as pd

from nba_pipeline.predictions.system import Known

SYSTEM_ID = "gradient_boosting"
VERSION = "2"
COMBINES = False
STAND_IN = "moving_average"


def predict(players: pd.DataFrame, known: Known) -> pd.Series:
    """What the model expects."""
    return known.trained.points(players)
