"""player_prop_predictions: what each system says of the slate's players."""

import pandas as pd

from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.predictions import player_prop_predictions as logic


@table_asset(logic.TABLE, reads={"cache": Read(player_daily_cache.TABLE, logic.CACHE_COLUMNS)})
def player_prop_predictions(cache: pd.DataFrame) -> pd.DataFrame:
    """See the phase logic."""
    return logic.predict(cache)
