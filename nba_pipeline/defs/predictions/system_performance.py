"""system_performance: how well systems have predicted, up to each day with graded games; shown on the asset's page."""

import datetime as dt

import dagster as dg
import pandas as pd

from nba_pipeline.defs.rule_checks import Results, checked, rule_specs
from nba_pipeline.defs.table_asset import Read, chunk_index, table_asset
from nba_pipeline.predictions import display, prediction_grades, reliability
from nba_pipeline.predictions import system_performance as logic
from nba_pipeline.predictions.target import POINTS, Target
from nba_pipeline.table import Table

_SHOWN = dt.timedelta(days=90)


@table_asset(
    logic.TABLE,
    reads={"grades": Read(prediction_grades.TABLE, logic.GRADE_COLUMNS, history_days=logic.HISTORY_DAYS)},
    checks=rule_specs(logic.TABLE, logic.RULES),
)
def system_performance(context: dg.AssetExecutionContext, grades: pd.DataFrame) -> Results:
    """See the phase logic."""
    yield from performed(context, logic.TABLE, grades, POINTS)


def performed(context: dg.AssetExecutionContext, table: Table, grades: pd.DataFrame, target: Target) -> Results:
    """The performance of systems that predict `target`, for its `table`, and what the asset's page shows.

    What is shown stands with the last day alone: every day has an event of its own.
    """
    if not grades.empty:
        context.add_asset_metadata(_shown(table, grades, target), partition_key=max(context.partition_keys))
    yield from checked(table, logic.RULES, logic.perform(chunk_index(context), grades, table, target))


def _shown(table: Table, grades: pd.DataFrame, target: Target) -> dict[str, dg.MetadataValue]:
    """The systems as of the last day that is graded, and charts of the time before it."""
    lately = grades[grades["game_date"] >= grades["game_date"].max() - _SHOWN]
    performance = logic.perform(pd.DatetimeIndex(lately["game_date"].unique()), grades, table, target)
    charts = display.charts(reliability.calibration(lately), performance, target.unit)
    images = {title: dg.MetadataValue.md(f"![{title}]({display.data_uri(png)})") for title, png in charts.items()}
    return {"Systems": dg.MetadataValue.md(display.systems(performance).to_markdown(index=False)), **images}
