"""strikeout_coverage: every pitcher with a line once, predicted or with the one reason why not."""

import pandas as pd

from nba_pipeline.precompute import pitcher_features
from nba_pipeline.predictions import prediction_coverage
from nba_pipeline.predictions.strikeout_predictions import REASONS, reasons
from nba_pipeline.table import Table

_PITCHER = ("game_date", "event_id", "player_lookup", "player_name", "player_id", "strikeout_line")

TABLE = Table(
    dataset="mlb_predictions",
    name="strikeout_coverage",
    description="One row per pitcher with a strikeout line before a day's games: predicted, or not and why.",
    key=("event_id", "player_lookup"),
    cluster_by=("status",),
    columns=(*map(pitcher_features.TABLE.column, _PITCHER), *prediction_coverage.columns(REASONS)),
)

FEATURE_COLUMNS = (*_PITCHER, "incomplete_reason", "starts_in_history")
PREDICTION_COLUMNS = ("game_date", "event_id", "player_lookup", "system_id")


def cover(features: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Rows of TABLE: those of pitcher_features (FEATURE_COLUMNS), looked up in `predictions` (PREDICTION_COLUMNS).

    Raises UnexplainedPlayer where a pitcher is neither predicted nor named with a reason.
    """
    return prediction_coverage.covered(TABLE, features.assign(reason=reasons(features)), predictions)
