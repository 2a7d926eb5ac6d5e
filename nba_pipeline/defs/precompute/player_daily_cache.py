"""player_daily_cache: the slate's players with their form of the year before."""

import dagster as dg
import pandas as pd

from nba_pipeline.analytics import player_game_summary
from nba_pipeline.defs.table_asset import Read, chunk_index, table_asset
from nba_pipeline.precompute import player_daily_cache as logic
from nba_pipeline.sources import nbac_schedule


@table_asset(
    logic.TABLE,
    reads={
        "schedule": Read(nbac_schedule.TABLE, logic.SCHEDULE_COLUMNS),
        "history": Read(player_game_summary.TABLE, logic.HISTORY_COLUMNS, history_days=logic.HISTORY_DAYS),
    },
)
def player_daily_cache(
    context: dg.AssetExecutionContext, schedule: pd.DataFrame, history: pd.DataFrame
) -> pd.DataFrame:
    """See the phase logic."""
    return logic.cache(chunk_index(context), schedule, history)
