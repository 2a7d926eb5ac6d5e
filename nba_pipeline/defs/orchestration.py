"""What is known of the pipeline itself: files that failed, and raw tables held against the schedule."""

from collections.abc import Iterator, Sequence

import dagster as dg
import pandas as pd

from nba_pipeline import catalog, frames
from nba_pipeline.defs.bigquery_resource import BigQueryResource
from nba_pipeline.defs.check_results import explained
from nba_pipeline.defs.table_asset import Read, asset_key, run_days, table_asset, table_spec
from nba_pipeline.orchestration import agreement, failed_files
from nba_pipeline.orchestration import completeness as logic
from nba_pipeline.sources import bdl_player_boxscores, nbac_player_boxscores, nbac_schedule
from nba_pipeline.table import Table

_COMPARED: dict[str, Table] = {table.name: table for table in catalog.tables().values() if logic.is_about_games(table)}
_CHECK = "complete_against_the_schedule"

failed_files_spec = table_spec(failed_files.TABLE)


@table_asset(
    logic.TABLE,
    reads={
        "schedule": Read(nbac_schedule.TABLE, logic.SCHEDULE_COLUMNS),
        **{name: Read(table, logic.TEAM_COLUMNS) for name, table in _COMPARED.items()},
    },
)
def completeness(schedule: pd.DataFrame, **teams: pd.DataFrame) -> pd.DataFrame:
    """See the logic."""
    return logic.compare(schedule, {str(_COMPARED[name]): rows for name, rows in teams.items()})


@dg.multi_asset_check(
    specs=[
        dg.AssetCheckSpec(
            _CHECK,
            asset=asset_key(table),
            additional_deps=[asset_key(logic.TABLE)],
            description="On days the table has rows of, it has rows of every team that played by the schedule.",
        )
        for table in _COMPARED.values()
    ],
    can_subset=True,
)
def complete_against_the_schedule(
    context: dg.AssetCheckExecutionContext, bigquery: BigQueryResource
) -> Iterator[dg.AssetCheckResult]:
    """Reads the run's days of nba_orchestration.completeness; days that a table lacks altogether are no failure."""
    found = _read(context, bigquery, logic.TABLE)
    for key in sorted(check.asset_key for check in context.selected_asset_check_keys):
        rows = found[found["table_name"] == ".".join(key.path)]
        partial = rows[rows["status"] == logic.PARTIAL]
        complete, absent = (int((rows["status"] == status).sum()) for status in (logic.COMPLETE, logic.ABSENT))
        yield explained(
            [f"{row.game_date:%Y-%m-%d}: {row.missing_teams}" for row in partial.itertuples()],
            f"{complete} days are complete; {absent} have no rows at all.",
            f"On {len(partial)} of {len(partial) + complete} days with rows, teams that played are missing:",
            {"days_complete": complete, "days_absent": absent, "days_partial": len(partial)},
            asset_key=key,
            check_name=_CHECK,
        )


@dg.asset_check(
    asset=asset_key(nbac_player_boxscores.TABLE),
    additional_deps=[asset_key(nbac_schedule.TABLE)],
    description="The points of a team's players add up to the team's score in the schedule.",
)
def points_add_up_to_the_score(
    context: dg.AssetCheckExecutionContext, bigquery: BigQueryResource
) -> dg.AssetCheckResult:
    """Compares the run's days; a game without a final score is not compared."""
    lines = _read(context, bigquery, nbac_player_boxscores.TABLE, agreement.LINE_COLUMNS)
    schedule = _read(context, bigquery, nbac_schedule.TABLE, agreement.SCHEDULE_COLUMNS)
    differing = agreement.scores_that_differ(lines, schedule)
    games = lines["game_id"].nunique()
    return explained(
        [f"{row.game_id} {row.team_abbr}: {row.points} points, score {row.score}" for row in differing.itertuples()],
        f"No sum differs from the score; the days have {games:,} games.",
        f"In {games:,} games the sums of {len(differing)} teams differ from the score:",
        {"games": games, "teams_that_differ": len(differing)},
    )


@dg.asset_check(
    asset=asset_key(bdl_player_boxscores.TABLE),
    additional_deps=[asset_key(nbac_player_boxscores.TABLE)],
    description="The points of a team's players are as many as in NBA.com's box scores, on days that both have.",
)
def points_agree_with_nba_com(
    context: dg.AssetCheckExecutionContext, bigquery: BigQueryResource
) -> dg.AssetCheckResult:
    """Compares the run's days, and lists teams and players with NBA.com's points before Ball Don't Lie's."""
    theirs, ours = (
        _read(context, bigquery, source.TABLE, agreement.PLAYER_COLUMNS)
        for source in (nbac_player_boxscores, bdl_player_boxscores)
    )
    differing = agreement.teams_that_differ(theirs, ours)
    return explained(
        [
            f"{row.game_date:%Y-%m-%d} {row.team_abbr}: {row.first}/{row.second}, of these {row.players}"
            for row in differing.itertuples()
        ],
        "No team's points differ.",
        f"The points of {len(differing)} teams differ: NBA.com's/Ball Don't Lie's, and of which players:",
        {"teams_that_differ": len(differing)},
    )


def _read(
    context: dg.AssetCheckExecutionContext,
    bigquery: BigQueryResource,
    table: Table,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """The run's days of a table; one that was never written holds nothing."""
    from nba_pipeline.bigquery.reader import TableMissing, read

    days = run_days(context.run)
    connection = bigquery.connect()
    try:
        return read(connection.reader, connection.project, table, days[0], days[-1], columns)
    except TableMissing as error:
        context.log.warning(str(error))
        return frames.empty(table, columns)
    finally:
        connection.close()
