"""strikeout_grades: predictions of strikeouts beside what happened."""

import pandas as pd

from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.predictions import strikeout_grades as logic
from nba_pipeline.predictions import strikeout_predictions
from nba_pipeline.sources import mlb_pitcher_stats


@table_asset(
    logic.TABLE,
    reads={
        "predictions": Read(strikeout_predictions.TABLE, logic.PREDICTION_COLUMNS),
        "results": Read(mlb_pitcher_stats.TABLE, strikeout_predictions.RESULT_COLUMNS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def strikeout_grades(predictions: pd.DataFrame, results: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.grade(predictions, results))
