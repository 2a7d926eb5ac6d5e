"""upcoming_team_game_context: the slate's teams with their results, travel, injury reports and game lines."""

import dagster as dg
import pandas as pd

from nba_pipeline.analytics import betting_lines, injury_reports, player_game_summary, slate
from nba_pipeline.analytics import upcoming_team_game_context as logic
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, chunk_index, table_asset
from nba_pipeline.sources import nbac_injury_report, nbac_schedule, odds_api_game_lines


@table_asset(
    logic.TABLE,
    reads={
        "schedule": Read(nbac_schedule.TABLE, logic.SCHEDULE_COLUMNS, history_days=slate.HISTORY_DAYS),
        "players": Read(player_game_summary.TABLE, logic.PLAYER_COLUMNS, history_days=slate.HISTORY_DAYS),
        "injuries": Read(
            nbac_injury_report.TABLE, injury_reports.COLUMNS, history_days=injury_reports.HISTORY_DAYS, optional=True
        ),
        "lines": Read(odds_api_game_lines.TABLE, betting_lines.GAME_LINE_COLUMNS, optional=True),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def upcoming_team_game_context(
    context: dg.AssetExecutionContext,
    schedule: pd.DataFrame,
    players: pd.DataFrame,
    injuries: pd.DataFrame,
    lines: pd.DataFrame,
) -> Results:
    """See the phase logic."""
    rows = logic.context(chunk_index(context), schedule, players, injuries, lines)
    yield from checked(logic.TABLE, logic.RULES, rows)
