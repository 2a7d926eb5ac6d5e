"""team_defense_game_summary: the offense of each team's opponent."""

import pandas as pd

from nba_pipeline.analytics import team_defense_game_summary as logic
from nba_pipeline.analytics import team_offense_game_summary
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset


@table_asset(
    logic.TABLE,
    reads={"offense": Read(team_offense_game_summary.TABLE, logic.OFFENSE_COLUMNS)},
    checks=rule_specs(logic.TABLE, logic.RULES),
    copied=logic.COPIED,
)
def team_defense_game_summary(offense: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.summarise(offense))
