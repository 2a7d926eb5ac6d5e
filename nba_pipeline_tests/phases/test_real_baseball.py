"""A real season of baseball: pitchers' form, predictions of strikeouts and what became of them."""

import pandas as pd
import pytest

from nba_pipeline.precompute import pitcher_features
from nba_pipeline.predictions import prediction_coverage, strikeout_predictions
from nba_pipeline_tests.support.baseball import (
    grade,
    grades_and_performance,
    known_before,
    known_before_first_pitch,
    pitcher_form,
    predictions,
)
from nba_pipeline_tests.support.invariants import assert_chunk_invariant, assert_no_look_ahead
from nba_pipeline_tests.support.real_data import needs_real_data, pitchers, real_baseball

pytestmark = needs_real_data

SUMMER, AUGUST = (pd.date_range(first, "2025-08-31", unit="us") for first in ("2025-06-03", "2025-08-01"))


@pytest.fixture(scope="module")
def told() -> dict[str, pd.DataFrame]:
    """The features of the summer, and how its games ended."""
    season = pitchers(2025)
    stats = season["stats"][list(pitcher_features.STATS_COLUMNS)]
    return {"features": pitcher_features.features(SUMMER, season["props"], stats), "results": season["stats"]}


def test_form_of_a_month_is_the_same_in_every_chunk_and_knows_nothing_of_what_follows():
    season = pitchers(2025)
    told = {"props": season["props"], "stats": season["stats"][list(pitcher_features.STATS_COLUMNS)]}
    assert_chunk_invariant(pitcher_form, AUGUST, told, sizes=[7])
    assert_chunk_invariant(pitcher_form, AUGUST[:3], told, sizes=[1])
    assert_no_look_ahead(pitcher_form, AUGUST[:3], told, known_before_first_pitch)


def test_predictions_are_the_same_in_every_chunk_and_know_nothing_of_how_a_day_ends(told):
    assert_chunk_invariant(predictions, AUGUST[-7:], told, sizes=[1, 3])
    assert_no_look_ahead(predictions, AUGUST[-2:], told, known_before)


def test_every_pitcher_with_a_line_is_predicted_or_has_one_named_reason(told):
    covered = predictions(SUMMER, told)["coverage"]
    assert len(covered) == len(told["features"]) == len(covered.drop_duplicates(["event_id", "player_lookup"]))
    assert covered["reason"].notna().equals(covered["status"].eq(prediction_coverage.NOT_PREDICTED).astype("bool"))
    assert set(covered["reason"].dropna()) <= set(strikeout_predictions.REASONS)
    assert set(covered["systems"]) == {0, len(strikeout_predictions.systems())}


def test_who_is_predicted_is_graded_and_systems_beat_the_average_of_ten_starts(told):
    graded = {"predictions": predictions(SUMMER, told)["predictions"], "results": told["results"]}
    season = grades_and_performance(SUMMER[-1:], graded)["performance"]
    of = season[season["span"] == "season"].set_index("system_id")
    assert (of["graded"] / len(graded["predictions"].drop_duplicates(["event_id", "player_lookup"]))).min() > 0.97
    grades = grade(graded["predictions"], told["results"]).query("system_id == 'ensemble' and played")
    form = told["features"].set_index(["event_id", "player_lookup"])["strikeouts_last_10"]
    own = form.reindex(pd.MultiIndex.from_frame(grades[["event_id", "player_lookup"]])).to_numpy()
    last_10 = (own - grades["actual_strikeouts"].astype("float64")).abs().mean()
    assert of.loc[["ensemble", "matchup", "market"], "mae"].max() < last_10
    assert of["brier"].max() < 0.252
    assert of["calibration_error"].max() < 0.03


def test_tarik_skubal_struck_out_241_in_31_starts_of_2025():
    """https://www.baseball-reference.com/players/s/skubata01.shtml"""
    told = pitchers(2025)
    day, stats = pd.DatetimeIndex([pd.Timestamp("2025-10-10")]), told["stats"][list(pitcher_features.STATS_COLUMNS)]
    rows = pitcher_features.features(day, told["props"], stats)
    row = rows[rows["player_lookup"].eq("tarikskubal")].iloc[0]
    assert (row["starts_this_season"], row["strikeouts_season"] * 31) == (31, pytest.approx(241))
    assert row["strikeout_line"] == 9.0


def test_the_teams_that_lines_tell_play_about_162_games_each():
    games = real_baseball(2025).pitcher_lines.drop_duplicates("game_pk")[["home_team", "away_team"]]
    played = games.melt()["value"].value_counts()
    assert len(played) == 30
    assert played.between(150, 172).all()
    assert (played - 162).abs().median() == 0
