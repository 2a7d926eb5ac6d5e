"""player_game_summary: box-score lines and the schedule become one row per player and game."""

import pandas as pd

from nba_pipeline.analytics import player_game_summary as logic
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule


@table_asset(
    logic.TABLE,
    reads={
        "boxscores": Read(nbac_player_boxscores.TABLE, logic.BOXSCORE_COLUMNS),
        "schedule": Read(nbac_schedule.TABLE, logic.SCHEDULE_COLUMNS),
    },
)
def player_game_summary(boxscores: pd.DataFrame, schedule: pd.DataFrame) -> pd.DataFrame:
    """See the phase logic."""
    return logic.summarise(boxscores, schedule)
