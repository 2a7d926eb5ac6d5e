"""team_offense_game_summary: box scores of teams, or their players' summaries, become one row per team and game."""

import pandas as pd

from nba_pipeline.analytics import game_sides, player_game_summary
from nba_pipeline.analytics import team_offense_game_summary as logic
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, table_asset
from nba_pipeline.sources import nbac_schedule, nbac_team_boxscore


@table_asset(
    logic.TABLE,
    reads={
        "schedule": Read(nbac_schedule.TABLE, game_sides.SCHEDULE_COLUMNS),
        "boxscores": Read(nbac_team_boxscore.TABLE, logic.BOXSCORE_COLUMNS, optional=True),
        "players": Read(player_game_summary.TABLE, logic.PLAYER_COLUMNS),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def team_offense_game_summary(schedule: pd.DataFrame, boxscores: pd.DataFrame, players: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from checked(logic.TABLE, logic.RULES, logic.summarise(schedule, boxscores, players))
