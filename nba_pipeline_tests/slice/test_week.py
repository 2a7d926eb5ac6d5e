"""Days by the clock: every night and morning run, a change of the clock and a day without games in between.

The whole week takes four minutes: `pytest -m long`.
"""

import datetime as dt
from collections import Counter
from dataclasses import replace

import dagster as dg
import pandas as pd
import pytest

from nba_pipeline import catalog
from nba_pipeline.analytics import player_game_summary
from nba_pipeline.defs import schedules
from nba_pipeline.defs.run_history import run_history_sensor
from nba_pipeline.game_days import EASTERN, days_between, today
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.orchestration import run_history
from nba_pipeline.predictions import prediction_batches, prediction_coverage
from nba_pipeline_tests.support.batched_instance import batched_instance
from nba_pipeline_tests.support.clock import evaluated, tick_times

# The clock goes forward on 9 March 2025.
WITHOUT_GAMES = dt.date(2025, 3, 10)
BEFORE = dt.timedelta(days=14)
TWO_DAYS = (dt.date(2025, 3, 9), dt.date(2025, 3, 10))
WHOLE_WEEK = (dt.date(2025, 3, 6), dt.date(2025, 3, 12))
FEEDS = ("nbac_schedule", "nbac_player_boxscores", "odds_api_player_points_props")


def season_with_a_day_off(since: dt.date, last: dt.date):
    """A season as if it had begun on the day `since`: what lies before is no concern of a week."""
    season = simulate(2024, through=last)

    def kept(rows: pd.DataFrame) -> pd.DataFrame:
        days = rows["game_date"]
        return rows[(days >= str(since)) & (days != str(WITHOUT_GAMES))]

    return replace(
        season, **{name: kept(getattr(season, name)) for name in ("games", "player_lines", "shots", "props")}
    )


@pytest.fixture(scope="module", params=[TWO_DAYS, pytest.param(WHOLE_WEEK, marks=pytest.mark.long)], ids=str)
def week(request, empty_slice, tmp_path_factory):
    first, last = request.param
    season = season_with_a_day_off(first - BEFORE, last)
    empty_slice.fill(season, *FEEDS)
    moments = sorted(
        (moment, schedule.name, schedule)
        for schedule in (schedules.night, schedules.morning)
        for moment in tick_times(schedule, at(first), at(last + dt.timedelta(days=1)))
    )
    with batched_instance(tmp_path_factory.mktemp("week")) as instance:
        empty_slice.instance = instance
        runs, cursor = [("before", before_the_week(empty_slice, first))], None
        for moment, _, schedule in moments:
            asked = evaluated(schedule, moment, instance).run_requests
            runs += [(schedule.name, empty_slice.run_tagged(request.tags)) for request in asked]
            cursor = tick(empty_slice, cursor)
        yield empty_slice, season, runs, days_between(first, last)


def before_the_week(place, first: dt.date):
    return place.run(str(first - BEFORE), str(first - dt.timedelta(days=2)))


def at(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=EASTERN)


def tick(place, cursor: str | None) -> str:
    context = dg.build_sensor_context(instance=place.instance, cursor=cursor, resources={"bigquery": place.bigquery})
    return run_history_sensor(context).cursor


def test_every_run_succeeds(week):
    _, _, runs, days = week
    assert [result.success for _, result in runs] == [True] * (1 + 2 * len(days))


@pytest.mark.parametrize(("name", "back"), [("night", 1), ("morning", 0)])
def test_each_day_is_produced_once_by_the_night_after_and_once_by_its_morning(week, name, back):
    _, _, runs, days = week
    produced = Counter(
        (".".join(event.asset_key.path), event.partition)
        for schedule, result in runs
        if schedule == name
        for event in result.get_asset_materialization_events()
        if event.asset_key
    )
    assert set(produced.values()) == {1}
    assert {day for _, day in produced} == {(day - dt.timedelta(days=back)).isoformat() for day in days}


def test_history_has_one_row_per_run_and_table(week):
    place, _, runs, _ = week
    history = place.read(run_history.TABLE, str(today() - dt.timedelta(days=2)), str(today()))
    found = Counter(zip(history["run_id"], history["table_name"], strict=True))
    wanted = {(result.run_id, name) for _, result in runs for name in written_by_runs()}
    assert set(found) == wanted
    assert set(found.values()) == {1}
    assert set(history["status"]) == {"succeeded"}


def test_every_run_is_a_batch_of_predictions_that_is_complete(week):
    place, _, runs, _ = week
    batches = place.read(prediction_batches.TABLE, str(today() - dt.timedelta(days=2)), str(today()))
    assert sorted(batches["run_id"]) == sorted(result.run_id for _, result in runs)
    assert set(batches["status"]) == {prediction_batches.COMPLETE}
    assert (batches["players"] == batches["predicted"] + batches["not_predicted"]).all()
    assert batches["predicted"].max() > 0


def written_by_runs() -> set[str]:
    """The tables that are assets of their own: what sensors and other assets write is none."""
    written_otherwise = ("failed_files", "run_history", "prediction_batches")
    return {name for name in catalog.tables() if name.split(".")[1] not in written_otherwise}


def test_the_days_have_the_lines_and_the_coverage_of_their_games_and_the_day_off_has_none(week):
    place, season, _, days = week
    ended = [str(day) for day in days[:-1]]
    lines = place.read(player_game_summary.TABLE, ended[0], ended[-1])
    played = season.player_lines[season.player_lines["game_date"].between(ended[0], ended[-1])]
    assert lines.groupby("game_date").size().to_dict() == played.groupby("game_date").size().to_dict()
    coverage = place.read(prediction_coverage.TABLE, str(days[0]), str(days[-1]))
    games = season.games["game_date"]
    assert set(coverage["game_date"]) == set(games[games.between(str(days[0]), str(days[-1]))])
