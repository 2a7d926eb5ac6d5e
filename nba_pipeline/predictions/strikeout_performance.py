"""strikeout_performance: system_performance of the systems that predict strikeouts."""

from nba_pipeline.predictions import system_performance
from nba_pipeline.predictions.target import STRIKEOUTS

TABLE = system_performance.table_of("mlb_predictions", "strikeout_performance", STRIKEOUTS)
GRADE_COLUMNS = system_performance.grade_columns(STRIKEOUTS)
