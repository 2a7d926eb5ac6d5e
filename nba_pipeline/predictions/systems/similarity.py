"""The similarity system: what players in like situations did, measured against their form.

The most similar player-games of the past are looked up in the model; how far their points were from their own form is
added to the form of tonight's player.
"""

import pandas as pd

from nba_pipeline.predictions.system import Known

SYSTEM_ID = "similarity"
VERSION = "1"
COMBINES = False
STAND_IN = "moving_average"


def predict(players: pd.DataFrame, known: Known) -> pd.Series:
    """His form, and the median difference from form of his likes."""
    return known.trained.by_likes(players)
