"""upcoming_player_game_context: the slate's players with their form, injury reports and points lines."""

import dagster as dg
import pandas as pd

from nba_pipeline.analytics import betting_lines, injury_reports, player_game_summary, slate
from nba_pipeline.analytics import upcoming_player_game_context as logic
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, chunk_index, table_asset
from nba_pipeline.sources import nbac_injury_report, nbac_schedule, odds_api_player_points_props


@table_asset(
    logic.TABLE,
    reads={
        "schedule": Read(nbac_schedule.TABLE, slate.SCHEDULE_COLUMNS),
        "history": Read(player_game_summary.TABLE, logic.HISTORY_COLUMNS, history_days=slate.HISTORY_DAYS),
        "injuries": Read(
            nbac_injury_report.TABLE, injury_reports.COLUMNS, history_days=injury_reports.HISTORY_DAYS, optional=True
        ),
        "props": Read(odds_api_player_points_props.TABLE, betting_lines.PROP_COLUMNS, optional=True),
    },
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def upcoming_player_game_context(
    context: dg.AssetExecutionContext,
    schedule: pd.DataFrame,
    history: pd.DataFrame,
    injuries: pd.DataFrame,
    props: pd.DataFrame,
) -> Results:
    """See the phase logic."""
    yield from checked(
        logic.TABLE, logic.RULES, logic.context(chunk_index(context), schedule, history, injuries, props)
    )
