"""team_defense_zone_analysis: the day's teams with what opponents did against them in the year before."""

import pandas as pd

from nba_pipeline.analytics import slate, team_defense_game_summary, upcoming_team_game_context
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import team_defense_zone_analysis as logic


@table_asset(
    logic.TABLE,
    reads={
        "upcoming": Read(upcoming_team_game_context.TABLE, logic.UPCOMING_COLUMNS),
        "defense": Read(team_defense_game_summary.TABLE, logic.DEFENSE_COLUMNS, history_days=slate.HISTORY_DAYS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def team_defense_zone_analysis(upcoming: pd.DataFrame, defense: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.analyse(upcoming, defense))
