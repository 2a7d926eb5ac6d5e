"""player_game_summary: lines of all box scores, shots and the schedule become one row per player and game."""

import dagster as dg
import pandas as pd

from nba_pipeline.analytics import player_game_summary as logic
from nba_pipeline.analytics import player_lines
from nba_pipeline.defs.check_results import explained
from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, asset_key, table_asset
from nba_pipeline.sources import nbac_play_by_play, nbac_player_list, nbac_schedule, nbac_shot_chart

_IDENTIFIED = dg.AssetCheckSpec(
    "every_line_is_identified",
    asset=asset_key(logic.TABLE),
    description="The player and the game of every line are known by NBA.com's ids; lines left out are listed.",
)


@table_asset(
    logic.TABLE,
    reads={
        "schedule": Read(nbac_schedule.TABLE, logic.SCHEDULE_COLUMNS),
        "shots": Read(nbac_shot_chart.TABLE, logic.SHOT_COLUMNS, optional=True),
        "events": Read(nbac_play_by_play.TABLE, logic.EVENT_COLUMNS, optional=True),
        "players": Read(nbac_player_list.TABLE, player_lines.LIST_COLUMNS, optional=True),
        **{source.table.name: Read(source.table, source.columns, optional=True) for source in player_lines.SOURCES},
    },
    checks=[*rule_specs(logic.TABLE, logic.RULES), _IDENTIFIED],
    copied=player_lines.COPIED,
)
def player_game_summary(
    schedule: pd.DataFrame, shots: pd.DataFrame, events: pd.DataFrame, players: pd.DataFrame, **lines: pd.DataFrame
) -> Results:
    """See the phase logic."""
    found = logic.summarise(schedule, lines, shots, events, players)
    yield from checked(logic.TABLE, logic.RULES, found.rows, [_identified(found.unidentified)])


def _identified(lines: pd.DataFrame) -> dg.AssetCheckResult:
    return explained(
        [f"{row.game_date:%Y-%m-%d} {row.team_abbr} {row.player_name}" for row in lines.itertuples()],
        "Every line is identified.",
        f"{len(lines):,} lines are left out, for nothing tells whose or of what game they are:",
        {"lines_left_out": len(lines)},
        check_name=_IDENTIFIED.name,
    )
