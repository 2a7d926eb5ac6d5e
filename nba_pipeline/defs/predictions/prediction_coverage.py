"""prediction_coverage: every player on the slate, predicted or with a reason."""

import pandas as pd

from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.predictions import player_prop_predictions
from nba_pipeline.predictions import prediction_coverage as logic


@table_asset(
    logic.TABLE,
    reads={
        "cache": Read(player_daily_cache.TABLE, logic.CACHE_COLUMNS),
        "predictions": Read(player_prop_predictions.TABLE, logic.PREDICTION_COLUMNS),
    },
)
def prediction_coverage(cache: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """See the phase logic."""
    return logic.cover(cache, predictions)
