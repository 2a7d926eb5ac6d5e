"""Predictions: what systems say by hand, what training may know, and the two properties on real months with models."""

import json

import numpy as np
import pandas as pd
import pytest

from nba_pipeline import frames
from nba_pipeline.precompute import ml_feature_store, player_daily_cache
from nba_pipeline.predictions import (
    ensembling,
    model_versions,
    player_prop_predictions,
    prediction_coverage,
    training,
)
from nba_pipeline.predictions.model import MANIFEST, MINUTES, BadModel, Model
from nba_pipeline.predictions.probability import Spread
from nba_pipeline.predictions.system import Known, all_systems, system_of
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.invariants import Inputs, Tables, assert_chunk_invariant, assert_no_look_ahead
from nba_pipeline_tests.support.real_data import games_of, needs_real_data, raw_frames

NOTHING = Known(None, pd.DataFrame(), pd.DataFrame())


def player(**features: float) -> pd.DataFrame:
    """One player of whom only these features are known."""
    return pd.DataFrame([dict.fromkeys(ml_feature_store.FEATURES, np.nan) | features])


def test_the_moving_average_weighs_what_is_known():
    whole = player(points_last_5=20.0, points_last_10=10.0, points_season=15.0)
    assert system_of("moving_average").predict(whole, NOTHING).tolist() == [0.25 * 20 + 0.35 * 10 + 0.4 * 15]
    assert system_of("moving_average").predict(player(points_last_5=20.0), NOTHING).tolist() == [20.0]
    assert system_of("moving_average").predict(player(), NOTHING).isna().all()


def test_zone_matchup_is_minutes_times_rate_bent_by_pace_and_defense():
    usual = {"minutes_fading_5": 30.0, "points_per_minute_fading_40": 0.5, "field_goals_attempted_fading_15": 10.0}
    assert system_of("zone_matchup").predict(player(**usual), NOTHING).tolist() == [15.0]
    fast = {"expected_pace": 110.0, "pace_difference": 10.0, "zone_mismatch": 20.0}
    assert system_of("zone_matchup").predict(player(**usual, **fast), NOTHING).tolist() == [15 * 1.05 + 0.5 * 2.0]


def test_the_ensemble_is_the_mean_of_those_who_speak_by_their_weights():
    voices = pd.DataFrame({"a": [10.0, 10.0], "b": [20.0, np.nan], "line": [np.nan, 12.0]})
    weights = pd.DataFrame({"a": [1.0, 1.0], "b": [3.0, 3.0], "line": [5.0, 1.0]})
    assert system_of("ensemble").predict(player(), Known(None, voices, weights)).tolist() == [17.5, 11.0]


def test_a_voice_weighs_by_its_errors_before_the_day_and_never_by_the_days_own():
    days = pd.to_datetime(["2024-01-01"] * 1000 + ["2024-01-02"] * 2)
    players = pd.DataFrame({"game_date": days, "points_line": np.nan})
    voices = pd.DataFrame({"good": 10.0, "bad": 14.0, ensembling.LINE: np.nan}, index=players.index)
    points = pd.Series(10.0, players.index).where(players.index % 2 == 0, 12.0)
    found = ensembling.weights(voices, players, points)
    first, second = found.iloc[0], found.iloc[-1]
    assert first["good"] == first["bad"]
    assert second["good"] > 100 * second["bad"]
    surprise = points.mask(players["game_date"] == days[-1], 14.0)
    pd.testing.assert_frame_equal(ensembling.weights(voices, players, surprise), found)


def test_the_line_has_a_voice_for_those_who_have_one_alone():
    days = pd.to_datetime(["2024-01-01"] * 4 + ["2024-01-02"] * 2)
    players = pd.DataFrame({"game_date": days, "points_line": [10.0, 10.0, np.nan, np.nan, 10.0, np.nan]})
    voices = ensembling.voices_of(pd.DataFrame({"system": [11.0] * 6}), players)
    found = ensembling.weights(voices, players, pd.Series([10.0, 10.0, 11.0, 11.0, np.nan, np.nan]))
    with_line, without = found.iloc[4], found.iloc[5]
    assert with_line[ensembling.LINE] > with_line["system"]
    assert without.isna().tolist() == [False, True]


def test_a_system_that_is_newer_than_the_model_is_as_sure_as_a_prior():
    model = Model({MANIFEST: json.dumps({"spreads": {"old": Spread(4.0, 0.0, np.zeros(2)).as_json()}}).encode()})
    assert model.spread("old").base == 4.0
    assert model.spread("new").as_json() == Spread.unknown().as_json()


def test_a_probability_is_the_share_of_past_games_beyond_the_line():
    rng = np.random.default_rng(7)
    predicted = pd.Series(rng.uniform(2, 30, 20_000))
    points = predicted + rng.gumbel(0, 1, len(predicted)) * np.sqrt(2 + predicted)
    spread = Spread.of(predicted, points)
    for share in (0.2, 0.5, 0.8):
        line = predicted + np.sqrt(2 + predicted) * -np.log(-np.log(1 - share))
        assert (points > line).mean() == pytest.approx(share, abs=0.01)
        assert spread.over(predicted, line).mean() == pytest.approx(share, abs=0.02)
    assert spread.over(pd.Series([20.0]), pd.Series([np.nan])).isna().all()
    again = Spread.of_json(json.loads(json.dumps(spread.as_json())))
    assert again.over(predicted, line).tolist() == pytest.approx(spread.over(predicted, line).tolist(), abs=1e-4)


def test_before_anything_is_trained_a_prediction_is_as_likely_over_as_under():
    assert Spread.unknown().over(pd.Series([20.0]), pd.Series([20.0])).tolist() == pytest.approx([0.5])


def test_there_are_five_systems_and_who_hears_others_is_asked_last():
    names = [found.SYSTEM_ID for found in all_systems()]
    assert names == ["gradient_boosting", "moving_average", "similarity", "zone_matchup", "ensemble"]
    for found in all_systems():
        assert found.STAND_IN is None or system_of(found.STAND_IN).STAND_IN is None


SEASON = "2023-24"
FIRST, LAST = pd.Timestamp("2024-01-25"), pd.Timestamp("2024-03-05")


@pytest.fixture(scope="module")
def real() -> dict[str, pd.DataFrame]:
    """Cache, features and results of a season up to March."""
    schedule, boxscores = raw_frames(SEASON)
    inputs = {"schedule": schedule, "boxscores": boxscores, **games_of(SEASON, FIRST, LAST)}
    days = pd.DatetimeIndex(schedule["game_date"].drop_duplicates().sort_values())
    tables = computed.before_tip_off(days[days <= LAST], inputs)
    return {
        "cache": tables[player_daily_cache.TABLE.name],
        "features": tables[ml_feature_store.TABLE.name],
        "results": computed.summarised(inputs).rows,
    }


@pytest.fixture(scope="module")
def models(real) -> list[Model]:
    """Those of February and March."""
    return trained(real, pd.DatetimeIndex(["2024-02-01", "2024-02-15", "2024-03-01"]))


def trained(real: Inputs, days: pd.DatetimeIndex) -> list[Model]:
    """Real trees, but fewer of them."""
    features, results = real["features"], real["results"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "ROUNDS", {"points": 120, "minutes": 60})
        return model_versions.train(
            days, features[list(training.FEATURE_COLUMNS)], results[list(training.RESULT_COLUMNS)], "test"
        )


def known(day: pd.Timestamp, told: Inputs) -> Inputs:
    """What is said of the day, and how earlier days ended."""
    return {
        "cache": told["cache"][told["cache"]["game_date"] <= day],
        "features": told["features"][told["features"]["game_date"] <= day],
        "results": told["results"][told["results"]["game_date"] < day],
    }


@needs_real_data
def test_a_month_is_trained_on_its_first_day_from_earlier_games_alone(real, models):
    assert [model.manifest["valid_from"] for model in models] == ["2024-02-01", "2024-03-01"]
    [model] = trained(known(pd.Timestamp("2024-02-01"), real), pd.DatetimeIndex(["2024-02-01"]))
    assert model.model_id == models[0].model_id
    assert model.files == models[0].files
    assert model.manifest["last_day"] == "2024-01-31"


@needs_real_data
def test_the_ensemble_beats_the_average_on_games_that_it_has_not_seen_after_months_of_one_season(models):
    for model in models:
        errors = model.manifest["metrics"]["mean_absolute_error"]
        assert errors["ensemble"] < errors["moving_average"]


@needs_real_data
def test_a_models_row_leads_to_its_files_and_no_others(models):
    row = model_versions.rows_of(models).iloc[0]
    assert model_versions.checked(row, dict(models[0].files)).model_id == row["model_id"]
    with pytest.raises(BadModel, match=r"minutes.txt is missing or not what training wrote"):
        model_versions.checked(row, {**models[0].files, MINUTES: models[1].files[MINUTES]})


@needs_real_data
def test_predictions_of_a_day_are_the_same_in_every_chunk(real, models):
    days = pd.date_range("2024-02-28", LAST, unit="us")
    assert_chunk_invariant(lambda *told: computed.predictions(*told, models), days, real, sizes=[1, 3])


@needs_real_data
def test_predictions_of_a_day_do_not_know_how_it_ends(real, models):
    days = pd.date_range("2024-02-29", "2024-03-01", unit="us")
    assert_no_look_ahead(lambda *told: computed.predictions(*told, models), days, real, known)


def knowing_the_result(players: pd.DataFrame, known: Known) -> pd.Series:
    """A system that looks at tonight's points."""
    return players["points"].astype("float64").fillna(10.0)


@needs_real_data
def test_a_planted_system_that_knows_the_result_is_caught(real, monkeypatch):
    monkeypatch.setattr(system_of("moving_average"), "predict", knowing_the_result)
    days = pd.date_range("2024-02-25", "2024-02-27", unit="us")
    with pytest.raises(AssertionError, match="without its future"):
        assert_no_look_ahead(computed.predictions, days, real, known)


@needs_real_data
def test_every_player_of_a_real_slate_is_predicted_or_has_one_named_reason(real, models):
    days = pd.date_range(FIRST, LAST, unit="us")
    tables: Tables = computed.predictions(days, real, models)
    covered = tables[prediction_coverage.TABLE.name]
    cache = real["cache"][real["cache"]["game_date"].isin(days)]
    assert len(covered) == len(cache) == len(cache.drop_duplicates(["game_id", "player_id"]))
    assert covered["reason"].notna().equals(covered["status"].eq(prediction_coverage.NOT_PREDICTED).astype("bool"))
    assert set(covered["reason"].dropna()) <= set(player_prop_predictions.REASONS)
    predictions = tables[player_prop_predictions.TABLE.name]
    assert predictions["player_id"].nunique() == covered.loc[covered["systems"] > 0, "player_id"].nunique()
    assert covered.loc[covered["systems"] > 0, "systems"].mean() == pytest.approx(len(all_systems()), abs=0.01)


@needs_real_data
def test_before_the_first_model_another_system_stands_in_and_says_so(real, models):
    predictions = computed.predictions(pd.DatetimeIndex([FIRST]), real, models)[player_prop_predictions.TABLE.name]
    said = {name: rows.set_index("player_id") for name, rows in predictions.groupby("system_id")}
    assert said["gradient_boosting"]["stand_in"].eq("moving_average").all()
    assert said["gradient_boosting"]["predicted_points"].equals(said["moving_average"]["predicted_points"])
    assert said["moving_average"]["stand_in"].isna().all()
    assert predictions["model_id"].isna().all()


@needs_real_data
def test_a_feature_store_that_lacks_a_days_players_is_refused_with_the_list(real):
    day = pd.Timestamp("2024-03-01")
    told = {name: rows[rows["game_date"] == day] for name, rows in real.items()}
    player_prop_predictions.refuse_incomplete(told["cache"], told["features"])
    poor = told["features"].sort_values("player_lookup").tail(len(told["features"]) // 2)
    first = told["features"].sort_values("player_lookup")["player_lookup"].iloc[0]
    with pytest.raises(player_prop_predictions.IncompleteFeatures, match=rf"2024-03-01 \(50%.*{first}.*--skip-mlfs"):
        player_prop_predictions.refuse_incomplete(told["cache"].sort_values("player_lookup"), poor)


def test_a_player_who_is_listed_out_is_not_predicted_and_named_so():
    columns = {"injury_status": ["Out", "Questionable", None, None], "incomplete_reason": [None, None, "x", None]}
    cache = pd.DataFrame(columns, dtype="string[pyarrow]")
    expected = [player_prop_predictions.LISTED_OUT, None, "x", None]
    assert player_prop_predictions.reasons(cache).astype(object).where(lambda v: v.notna(), None).tolist() == expected


def test_without_a_slate_there_are_no_predictions():
    nothing = frames.empty(player_daily_cache.TABLE)[list(player_prop_predictions.CACHE_COLUMNS)]
    features = frames.empty(ml_feature_store.TABLE)[list(player_prop_predictions.FEATURE_COLUMNS)]
    results = pd.DataFrame(columns=list(player_prop_predictions.RESULT_COLUMNS))
    assert player_prop_predictions.predict(nothing, features, results, []).empty
