"""strikeout_performance: how well systems have predicted strikeouts; shown on the asset's page."""

import dagster as dg
import pandas as pd

from nba_pipeline.defs.predictions.system_performance import performed
from nba_pipeline.defs.rule_checks import Results, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.predictions import strikeout_grades, system_performance
from nba_pipeline.predictions import strikeout_performance as logic
from nba_pipeline.predictions.target import STRIKEOUTS


@table_asset(
    logic.TABLE,
    reads={
        "grades": Read(strikeout_grades.TABLE, logic.GRADE_COLUMNS, history_days=system_performance.HISTORY_DAYS),
    },
    checks=rule_specs(logic.TABLE, system_performance.RULES),
)
def strikeout_performance(context: dg.AssetExecutionContext, grades: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from performed(context, logic.TABLE, grades, STRIKEOUTS)
