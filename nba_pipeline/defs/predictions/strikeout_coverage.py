"""strikeout_coverage: every pitcher with a line, predicted or with a reason."""

import pandas as pd

from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import pitcher_features
from nba_pipeline.predictions import strikeout_coverage as logic
from nba_pipeline.predictions import strikeout_predictions


@table_asset(
    logic.TABLE,
    reads={
        "features": Read(pitcher_features.TABLE, logic.FEATURE_COLUMNS),
        "predictions": Read(strikeout_predictions.TABLE, logic.PREDICTION_COLUMNS),
    },
)
def strikeout_coverage(features: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """See the phase logic."""
    return logic.cover(features, predictions)
