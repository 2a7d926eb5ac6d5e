"""system_performance: how well systems have predicted, up to each day with graded games."""

import dagster as dg
import pandas as pd

from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, chunk_index, table_asset
from nba_pipeline.predictions import prediction_grades
from nba_pipeline.predictions import system_performance as logic


@table_asset(
    logic.TABLE,
    reads={"grades": Read(prediction_grades.TABLE, logic.GRADE_COLUMNS, history_days=logic.HISTORY_DAYS)},
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def system_performance(context: dg.AssetExecutionContext, grades: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.perform(chunk_index(context), grades))
