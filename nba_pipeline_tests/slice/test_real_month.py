"""The slice over the real December 2023, with its season before it, against the data's own numbers."""

import pandas as pd
import pytest

from nba_pipeline import catalog
from nba_pipeline.analytics import player_game_summary
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.predictions import (
    player_prop_predictions,
    prediction_coverage,
    prediction_grades,
    system_performance,
)
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule
from nba_pipeline_tests.support.real_data import needs_real_data, real_season

FIRST, LAST = "2023-12-01", "2023-12-31"
COMPUTED = ("nba_analytics", "nba_precompute", "nba_predictions")
# The feeds that the bucket has; what the others would have said is computed without.
FEEDS = ("nbac_schedule", "nbac_player_boxscores")

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def month(empty_slice):
    empty_slice.fill(real_season("2023-24"), *FEEDS)
    result = empty_slice.run("2023-10-24", LAST, assets())
    assert result.success
    return empty_slice, result


def assets() -> list[str]:
    """The two feeds, and all that is computed of basketball."""
    return [*FEEDS, *(table.name for table in catalog.tables().values() if table.dataset in COMPUTED)]


def of_month(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["game_date"].between(FIRST, LAST)]


def test_every_day_has_as_many_player_lines_as_the_data(month):
    lines = month[0].read(nbac_player_boxscores.TABLE, FIRST, LAST)
    expected = of_month(real_season("2023-24").player_lines)
    assert lines.groupby("game_date").size().to_dict() == expected.groupby("game_date").size().to_dict()
    assert len(lines) == 4_421


def test_the_league_scored_as_many_points_as_in_the_data(month):
    lines = month[0].read(nbac_player_boxscores.TABLE, FIRST, LAST)
    summary = month[0].read(player_game_summary.TABLE, FIRST, LAST)
    assert lines["points"].sum() == summary["points"].sum() == 48_524


def test_the_schedule_has_the_months_games_with_their_scores(month):
    games = month[0].read(nbac_schedule.TABLE, FIRST, LAST).set_index("game_id")
    expected = of_month(real_season("2023-24").games).set_index("game_id")
    assert set(games.index) == set(expected.index)
    assert (games["home_points"] == expected["home_pts"].reindex(games.index)).all()
    assert games.loc["0062300001", "season_type"] == "cup_final"


def test_player_points_add_up_to_the_scores_of_the_schedule(month):
    lines = month[0].read(nbac_player_boxscores.TABLE, FIRST, LAST)
    games = month[0].read(nbac_schedule.TABLE, FIRST, LAST).set_index("game_id")
    summed = lines.groupby(["game_id", "is_home"])["points"].sum().unstack()
    scores = games.loc[summed.index, ["home_points", "away_points"]]
    assert (summed[True] == scores["home_points"]).all()
    assert (summed[False] == scores["away_points"]).all()


def test_a_known_game_has_its_known_line(month):
    summary = month[0].read(player_game_summary.TABLE, "2023-12-25", "2023-12-25")
    [doncic] = summary[summary["player_lookup"] == "lukadoncic"].to_dict("records")
    # Dallas at Phoenix, 25 December 2023: 50 points on 15 of 25, 8 of 16 threes, 12 of 12 free throws.
    assert (doncic["points"], doncic["field_goals_made"], doncic["field_goals_attempted"]) == (50, 15, 25)
    assert doncic["true_shooting"] == pytest.approx(50 / (2 * (25 + 0.44 * 12)))


def test_the_form_of_a_player_is_that_of_his_last_games(month):
    cache = month[0].read(player_daily_cache.TABLE, "2023-12-25", "2023-12-25")
    [row] = cache[cache["player_lookup"] == "lukadoncic"].to_dict("records")
    lines = real_season("2023-24").player_lines
    before = lines[(lines["player_id"] == row["player_id"]) & (lines["game_date"] < "2023-12-25")]
    points = before.sort_values("game_date")["pts"].astype("float64")
    assert row["games_this_season"] == len(points)
    assert row["points_season"] == pytest.approx(points.mean())
    assert row["points_last_5"] == points.tail(5).mean()
    assert row["points_deviation_10"] == pytest.approx(points.tail(10).std())


def test_every_player_on_the_slate_is_predicted_or_has_a_reason(month):
    cache = month[0].read(player_daily_cache.TABLE, FIRST, LAST)
    coverage = month[0].read(prediction_coverage.TABLE, FIRST, LAST)
    predictions = month[0].read(player_prop_predictions.TABLE, FIRST, LAST)
    assert len(coverage) == len(cache)
    assert not coverage.duplicated(["game_id", "player_id"]).any()
    assert (coverage["reason"].isna() == (coverage["status"] == "predicted")).all()
    predicted = (coverage["status"] == "predicted").sum()
    assert predicted == (predictions["system_id"] == "ensemble").sum() > 4_000


def test_most_who_played_were_on_the_slate_and_predicted(month):
    predictions = month[0].read(player_prop_predictions.TABLE, FIRST, LAST)
    played = month[0].read(player_game_summary.TABLE, FIRST, LAST)
    counted = played[played["season_type"].isin(["regular", "cup_final"])]
    ensemble = predictions[predictions["system_id"] == "ensemble"]
    both = counted.merge(ensemble[["game_id", "player_id", "predicted_points"]])
    assert len(both) > 0.95 * len(counted)
    error = (both["points"].astype("float64") - both["predicted_points"]).abs().mean()
    assert 4.0 < error < 5.2  # a last-10 average is off by 4.65 points over this season


def test_the_run_says_what_it_wrote_and_what_it_cost(month):
    [event] = month[1].asset_materializations_for_node("nba_predictions__prediction_coverage")[:1]
    metadata = {name: value.value for name, value in event.metadata.items()}
    assert metadata["dml_statements"] == 1
    assert metadata["days_written"] == 69
    assert len(metadata["bigquery_jobs"]) == 2
    assert metadata["dagster/row_count"] == metadata["rows_written"] > 8_000


def test_one_day_alone_is_one_load_job_and_no_dml(month):
    result = month[0].run("2023-12-25", "2023-12-25", ["player_game_summary"])
    [event] = result.asset_materializations_for_node("nba_analytics__player_game_summary")
    metadata = {name: value.value for name, value in event.metadata.items()}
    assert (metadata["dml_statements"], len(metadata["bigquery_jobs"])) == (0, 1)
    assert metadata["dagster/partition_row_count"] == metadata["rows_written"]


def test_running_days_again_changes_no_row(month):
    tables = (player_game_summary.TABLE, player_daily_cache.TABLE, player_prop_predictions.TABLE)
    before = [month[0].read(table, FIRST, LAST) for table in tables]
    assert month[0].run("2023-12-10", "2023-12-20", assets()).success
    for table, rows in zip(tables, before, strict=True):
        again = month[0].read(table, FIRST, LAST)
        keys = ["game_date", *table.key]
        pd.testing.assert_frame_equal(
            again.sort_values(keys, ignore_index=True), rows.sort_values(keys, ignore_index=True)
        )


def test_every_job_names_its_run_and_its_asset(month):
    jobs = list(month[0].connection.client.list_jobs(max_results=50))
    writes = [job for job in jobs if job.job_id.startswith("nba-")]
    assert writes
    assert all({"run_id", "asset", "partitions"} <= set(job.labels) for job in writes)


def test_the_error_of_the_season_is_that_of_its_predictions(month):
    predictions = month[0].read(player_prop_predictions.TABLE, "2023-10-24", LAST)
    played = month[0].read(player_game_summary.TABLE, "2023-10-24", LAST)
    both = predictions.merge(played[["game_id", "player_id", "points"]], on=["game_id", "player_id"])
    error = (both["predicted_points"] - both["points"].astype("float64")).abs().groupby(both["system_id"])
    performance = month[0].read(system_performance.TABLE, LAST, LAST)
    season = performance[performance["span"] == "season"].set_index("system_id")
    assert season["graded"].to_dict() == error.size().to_dict()
    assert season["mae"].to_dict() == pytest.approx(error.mean().to_dict(), abs=1e-6)


def test_every_prediction_is_graded_but_those_of_a_game_that_no_source_has(month):
    predictions = month[0].read(player_prop_predictions.TABLE, "2023-10-24", LAST)
    grades = month[0].read(prediction_grades.TABLE, "2023-10-24", LAST)
    played = month[0].read(player_game_summary.TABLE, "2023-10-24", LAST)
    assert set(predictions["game_id"]) - set(grades["game_id"]) == {"0062300001"}  # the cup final, not in the log
    assert len(grades) == (predictions["game_id"] != "0062300001").sum()
    keys = [pd.MultiIndex.from_frame(rows[["game_id", "player_id"]]) for rows in (grades, played)]
    assert (grades["played"] == keys[0].isin(keys[1])).all()


def test_the_systems_and_their_errors_are_shown_on_the_last_day_of_a_run_alone(month):
    *others, last = month[1].asset_materializations_for_node("nba_predictions__system_performance")
    assert last.partition == LAST
    assert "moving_average" in str(last.metadata["Systems"].value)
    assert "data:image/png;base64" in str(last.metadata["Mean absolute error of the last 30 days"].value)
    assert [event.partition for event in others if "Systems" in event.metadata] == []
