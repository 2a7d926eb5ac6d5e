"""The market system: the strikeouts that bookmakers expect, by their lines and by the prices on either side of them."""

import pandas as pd

from nba_pipeline.predictions.system import Known

SYSTEM_ID = "market"
VERSION = "1"
COMBINES = False
STAND_IN = None


def predict(players: pd.DataFrame, known: Known) -> pd.Series:  # noqa: ARG001 - the interface of every system
    """What bookmakers expect."""
    return players["strikeouts_implied"]
