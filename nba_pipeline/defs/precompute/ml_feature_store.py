"""ml_feature_store: the day's contexts, analyses and factors side by side, a row per player."""

import pandas as pd

from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import ml_feature_store as logic
from nba_pipeline.precompute import player_daily_cache


@table_asset(
    logic.TABLE,
    reads={table.name: Read(table, logic.columns_of(table)) for table in logic.TABLES},
    checks=rule_specs(logic.TABLE, logic.RULES),
    copied=logic.COPIED,
)
def ml_feature_store(**tables: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.features(tables[player_daily_cache.TABLE.name], tables))
