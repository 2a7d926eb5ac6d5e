"""strikeout_predictions: what each system says of the pitchers with a strikeout line."""

import dagster as dg
import pandas as pd

from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, chunk_index, table_asset
from nba_pipeline.precompute import pitcher_features
from nba_pipeline.predictions import strikeout_predictions as logic
from nba_pipeline.sources import mlb_pitcher_stats


@table_asset(
    logic.TABLE,
    reads={
        "features": Read(pitcher_features.TABLE, logic.FEATURE_COLUMNS, history_days=logic.HISTORY_DAYS),
        "results": Read(mlb_pitcher_stats.TABLE, logic.RESULT_COLUMNS, history_days=logic.HISTORY_DAYS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def strikeout_predictions(context: dg.AssetExecutionContext, features: pd.DataFrame, results: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.predict(chunk_index(context), features, results))
