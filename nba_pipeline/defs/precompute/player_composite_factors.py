"""player_composite_factors: contexts and zone analyses of the day become four numbers per player."""

import pandas as pd

from nba_pipeline.analytics import (
    slate,
    team_offense_game_summary,
    upcoming_player_game_context,
    upcoming_team_game_context,
)
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.precompute import player_composite_factors as logic
from nba_pipeline.precompute import player_shot_zone_analysis, team_defense_zone_analysis


@table_asset(
    logic.TABLE,
    reads={
        "upcoming": Read(upcoming_player_game_context.TABLE, logic.UPCOMING_COLUMNS),
        "teams": Read(upcoming_team_game_context.TABLE, logic.TEAM_COLUMNS),
        "shots": Read(player_shot_zone_analysis.TABLE, logic.SHOT_COLUMNS),
        "defense": Read(team_defense_zone_analysis.TABLE, logic.DEFENSE_COLUMNS),
        "offense": Read(team_offense_game_summary.TABLE, logic.OFFENSE_COLUMNS, history_days=slate.HISTORY_DAYS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def player_composite_factors(
    upcoming: pd.DataFrame, teams: pd.DataFrame, shots: pd.DataFrame, defense: pd.DataFrame, offense: pd.DataFrame
) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.factors(upcoming, teams, shots, defense, offense))
