"""The demo: stack, season, backfill, and tonight's predictions as tables. Run again, it only does what is missing."""

import datetime as dt
from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table as Grid

from nba_pipeline import backfills, operations
from nba_pipeline.dagster_api import DagsterApi
from nba_pipeline.game_days import days_between, season_year, today
from nba_pipeline.local import stack
from nba_pipeline.local.season.loading import fill_bucket
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.predictions import player_prop_predictions, prediction_coverage
from nba_pipeline.predictions.player_prop_predictions import REASONS
from nba_pipeline.predictions.systems import ensemble
from nba_pipeline.settings import Settings
from nba_pipeline.sources import nbac_player_boxscores
from nba_pipeline.sources.feed import ForeignObject

_SHOWN = 12
_FILLING = dt.timedelta(hours=1)


def run(settings: Settings, console: Console) -> None:
    """Starts what is not running, fills what is missing, computes what is stale, and shows the result."""
    with console.status("starting the local stack") as status:
        stack.start(settings, status.update)
    console.print("The local stack is up.")
    season = _season(today())
    tonight = _tonight(season, today())
    # The season's files are the backfill's to take, not the sensor's.
    with operations.held(settings, _FILLING, "the demo fills the bucket"):
        new = fill_bucket(settings, season, (), console)
        if stale := _stale_days(settings, season, tonight, new):
            backfills.run(settings, stale, console)
        else:
            console.print("All days are computed already.")
    _show(settings, tonight, console)
    console.print(f"\nDagster's UI: [link]{settings.ui_url}[/link]   (`make stop` ends the stack, its data stays)")


def _season(day: dt.date) -> Season:
    """The current season played up to the day before `day`; between seasons, the whole last one."""
    season = simulate(season_year(day), through=day - dt.timedelta(days=1))
    return season if len(season.player_lines) else simulate(season_year(day) - 1, through=day)


def _tonight(season: Season, day: dt.date) -> dt.date:
    """`day`, or the last day before it on which games are scheduled."""
    return max(found for found in season.games["game_date"].dt.date if found <= day)


def _stale_days(settings: Settings, season: Season, tonight: dt.date, new: Sequence[str]) -> list[dt.date]:
    """The season's days that are not computed, or whose box scores came since."""
    last_asset = (prediction_coverage.TABLE.dataset, prediction_coverage.TABLE.name)
    done = DagsterApi(settings.ui_url).materialized_days(last_asset) - _days_of(new)
    return [day for day in days_between(season.games["game_date"].min().date(), tonight) if day not in done]


def _days_of(names: Sequence[str]) -> set[dt.date]:
    days = set()
    for name in names:
        try:
            days.add(dt.date.fromisoformat(nbac_player_boxscores.FEED.fields(name)["date"]))
        except ForeignObject:  # another feed's
            continue
    return days


def _predictions(day: dt.date, predictions: pd.DataFrame) -> Grid:
    grid = Grid(title=f"Predictions of the ensemble for {day}: the highest {_SHOWN} of {len(predictions)}")
    for heading in ("player", "team", "against", "points", "±", "line", "over"):
        grid.add_column(heading)
    for row in predictions.nlargest(_SHOWN, "predicted_points").itertuples():
        line, over = ("", "") if pd.isna(row.points_line) else (f"{row.points_line:g}", f"{row.probability_over:.0%}")
        points, deviation = f"{row.predicted_points:.1f}", f"{row.deviation:.1f}"
        grid.add_row(row.player_name, row.team_abbr, row.opponent_abbr, points, deviation, line, over)
    return grid


def _show(settings: Settings, day: dt.date, console: Console) -> None:
    from nba_pipeline.bigquery.connection import connected
    from nba_pipeline.bigquery.reader import read

    with connected(settings) as place:
        predictions = read(place.reader, settings.project, player_prop_predictions.TABLE, day, day)
        coverage = read(place.reader, settings.project, prediction_coverage.TABLE, day, day)
    console.print(_predictions(day, predictions[predictions["system_id"] == ensemble.SYSTEM_ID]))
    statuses = coverage["reason"].fillna(prediction_coverage.PREDICTED).value_counts()
    covered = Grid(title=f"Coverage of the {len(coverage)} players on the slate", min_width=42)
    covered.add_column("status")
    covered.add_column("players")
    for name in (prediction_coverage.PREDICTED, *REASONS):
        covered.add_row(name, str(statuses.get(name, 0)))
    console.print(covered)
