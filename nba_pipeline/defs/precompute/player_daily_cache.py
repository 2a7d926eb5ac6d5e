"""player_daily_cache: the slate's players with what predictions stand on."""

import pandas as pd

from nba_pipeline.analytics import upcoming_player_game_context
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import player_daily_cache as logic


@table_asset(
    logic.TABLE,
    reads={"upcoming": Read(upcoming_player_game_context.TABLE, logic.CONTEXT_COLUMNS)},
    copied=logic.COPIED,
)
def player_daily_cache(upcoming: pd.DataFrame) -> pd.DataFrame:
    """See the phase logic."""
    return logic.cache(upcoming)
