"""prediction_grades: predictions beside what happened."""

import pandas as pd

from nba_pipeline.analytics import player_game_summary
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.predictions import player_prop_predictions
from nba_pipeline.predictions import prediction_grades as logic


@table_asset(
    logic.TABLE,
    reads={
        "predictions": Read(player_prop_predictions.TABLE, logic.PREDICTION_COLUMNS),
        "results": Read(player_game_summary.TABLE, logic.RESULT_COLUMNS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def prediction_grades(predictions: pd.DataFrame, results: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.grade(predictions, results))
