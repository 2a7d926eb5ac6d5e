"""player_form: games of the year before become each player's fading means."""

import pandas as pd

from nba_pipeline.analytics import player_game_summary, slate, upcoming_player_game_context
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import player_form as logic


@table_asset(
    logic.TABLE,
    reads={
        "upcoming": Read(upcoming_player_game_context.TABLE, logic.UPCOMING_COLUMNS),
        "history": Read(player_game_summary.TABLE, logic.HISTORY_COLUMNS, history_days=slate.HISTORY_DAYS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def player_form(upcoming: pd.DataFrame, history: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.form(upcoming, history))
