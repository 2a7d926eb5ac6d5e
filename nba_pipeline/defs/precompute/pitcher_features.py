"""pitcher_features: pitchers' box scores and the lines on their strikeouts become one row per pitcher and game."""

import dagster as dg
import pandas as pd

from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, chunk_index, table_asset
from nba_pipeline.precompute import pitcher_features as logic
from nba_pipeline.sources import mlb_pitcher_props, mlb_pitcher_stats


@table_asset(
    logic.TABLE,
    reads={
        "props": Read(mlb_pitcher_props.TABLE, logic.PROP_COLUMNS),
        "stats": Read(mlb_pitcher_stats.TABLE, logic.STATS_COLUMNS, history_days=logic.HISTORY_DAYS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def pitcher_features(context: dg.AssetExecutionContext, props: pd.DataFrame, stats: pd.DataFrame) -> Results:
    """See the phase logic."""
    rows = logic.features(chunk_index(context), props, stats)
    yield from checked(logic.TABLE, logic.RULES, rows)
