"""Strikeouts: what systems say by hand, how far they are believed, coverage, grades, and the two properties."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline import poisson
from nba_pipeline.precompute import pitcher_features
from nba_pipeline.predictions import (
    prediction_coverage,
    strikeout_performance,
    strikeout_predictions,
    strikeout_systems,
    system_performance,
    track_record,
)
from nba_pipeline.predictions.strikeout_predictions import NO_START
from nba_pipeline.predictions.system import Known, System, system_of
from nba_pipeline.predictions.target import STRIKEOUTS
from nba_pipeline_tests.support import baseball
from nba_pipeline_tests.support.baseball import DAY, offer, offer_on, start
from nba_pipeline_tests.support.computed import known_after_the_games
from nba_pipeline_tests.support.invariants import assert_chunk_invariant, assert_no_look_ahead

NOTHING = Known(None, pd.DataFrame(), pd.DataFrame())


def of(system_id: str) -> System:
    return system_of(system_id, strikeout_systems)


def pitcher(**features: float) -> pd.DataFrame:
    """One pitcher of whom only these features are known."""
    return pd.DataFrame([dict.fromkeys(pitcher_features.TABLE.column_names, np.nan) | features])


def test_the_moving_average_weighs_what_is_known():
    whole = pitcher(strikeouts_last_5=4.0, strikeouts_last_10=6.0, strikeouts_season=5.0)
    assert of("moving_average").predict(whole, NOTHING).tolist() == [0.25 * 4 + 0.35 * 6 + 0.4 * 5]
    assert of("moving_average").predict(pitcher(strikeouts_last_5=6.0), NOTHING).tolist() == [6.0]


def test_the_market_is_what_bookmakers_expect():
    assert of("market").predict(pitcher(strikeouts_implied=5.2), NOTHING).tolist() == [5.2]


USUAL = {"starts_in_history": 20, "batters_faced_last_5": 25.0, "batters_faced_year": 22.5}


@pytest.mark.parametrize(
    ("own", "against", "share"),
    [
        (0.25, 0.25, 0.25),
        (0.25, np.nan, 0.25),
        # Of 450 batters a share of 0.354: 0.34 beside 70 of the league's.
        (0.354, 0.25, 0.34),
        # An opponent of 0.28 is believed to be one of 0.27: odds of 1/3 become (27/73) / (1/3) times as good.
        (0.25, 0.28, 0.27),
    ],
)
def test_matchup_is_batters_times_the_share_that_both_sides_make(own, against, share):
    told = {"strikeout_share_year": own, "opponent_strikeout_share": against, "league_strikeout_share": 0.25}
    batters = (25 * 5 + 22.5 * 10 + 22.5 * 5) / 20
    assert of("matchup").predict(pitcher(**USUAL, **told), NOTHING).tolist() == [pytest.approx(batters * share)]


def test_odds_of_both_sides_multiply():
    told = {"strikeout_share_year": 0.354, "opponent_strikeout_share": 0.28, "league_strikeout_share": 0.25}
    odds = (0.34 / 0.66) * (0.27 / 0.73) / (0.25 / 0.75)
    batters = (25 * 5 + 22.5 * 10 + 22.5 * 5) / 20
    found = of("matchup").predict(pitcher(**USUAL, **told), NOTHING)
    assert found.tolist() == [pytest.approx(batters * odds / (1 + odds))]


def test_of_a_pitcher_who_began_once_a_usual_start_says_most():
    once = {"starts_in_history": 1, "batters_faced_last_5": 10.0, "batters_faced_year": 10.0}
    told = {"strikeout_share_year": 0.25, "league_strikeout_share": 0.25}
    found = of("matchup").predict(pitcher(**once, **told), NOTHING)
    assert found.tolist() == [pytest.approx(0.25 * (10 * 2 + 22.5 * 5) / 7)]


def test_who_hears_the_others_is_asked_last():
    found = strikeout_predictions.systems()
    assert [system.SYSTEM_ID for system in found] == ["market", "matchup", "moving_average", "ensemble"]
    assert [system.COMBINES for system in found] == [False, False, False, True]


@given(st.floats(0.1, 20), st.integers(0, 15))
def test_the_share_above_a_line_is_that_of_a_poisson_distribution(mean, below):
    line, means = pd.Series([below + 0.5]), pd.Series([mean])
    under = sum(math.exp(-mean) * mean**count / math.factorial(count) for count in range(below + 1))
    share = poisson.share_over(means, line)
    assert share.tolist() == pytest.approx([1 - under], abs=1e-12)
    if 1e-6 < under < 1 - 1e-6:
        assert poisson.mean_of(line, share).tolist() == pytest.approx([mean])


def test_a_whole_line_lies_between_its_halves_and_its_refund_leans_to_neither_side():
    mean = poisson.mean_of(pd.Series([5.0]), pd.Series([0.5]))
    over, under = (poisson.share_over(mean, pd.Series([line]))[0] for line in (5.5, 4.5))
    assert over < 0.5 < under
    assert over / (over + 1 - under) == pytest.approx(0.5, abs=0.01)


def said(*predictions: dict) -> pd.DataFrame:
    """Predictions of 5 strikeouts against a line of 4.5 on DAY."""
    usual = {"game_date": DAY, "system_id": "a", "predicted_strikeouts": 5.0, "strikeout_line": 4.5}
    return pd.DataFrame([usual | {"actual_strikeouts": None} | one for one in predictions]).astype(
        {"actual_strikeouts": "Int64"}
    )


def measured(*earlier: dict) -> pd.Series:
    """What is made of a prediction after earlier ones."""
    days_before = [{"game_date": DAY - pd.Timedelta(days=1)} | one for one in earlier]
    return track_record.measured(said({}), said(*days_before, {})).iloc[0]


CHANCE = 1 - math.exp(-5) * sum(5**count / math.factorial(count) for count in range(5))


def test_without_a_past_half_of_what_a_poisson_distribution_says_is_believed():
    row = measured()
    assert row[["chance_over", "belief", "deviation"]].tolist() == pytest.approx([CHANCE, 0.5, 5**0.5])
    assert row["probability_over"] == pytest.approx(0.5 + 0.5 * (CHANCE - 0.5))


def test_belief_and_deviation_are_what_came_of_earlier_predictions():
    row = measured({"actual_strikeouts": 45}, {"actual_strikeouts": 3}, {})
    edge = CHANCE - 0.5
    assert row["belief"] == pytest.approx((1 + edge * 0.5 - edge * 0.5) / (2 + 2 * edge**2))
    assert row["deviation"] == pytest.approx((5 * (1000 + 40**2 + 2**2) / (1000 + 10)) ** 0.5)


@pytest.mark.parametrize("told", [{"strikeout_line": 5.0}, {"game_date": DAY}, {"system_id": "b"}])
def test_a_push_the_same_day_and_other_systems_say_nothing_of_belief(told):
    assert measured({"actual_strikeouts": 5} | told)["belief"] == 0.5


def test_a_bold_system_is_believed_as_far_as_it_came_true():
    rng = np.random.default_rng(3)
    past = said(*({"game_date": DAY - pd.Timedelta(days=1)} for _ in range(20_000)))
    past["predicted_strikeouts"] = rng.uniform(2, 8, len(past))
    chance = poisson.share_over(past["predicted_strikeouts"], past["strikeout_line"])
    over = rng.uniform(size=len(past)) < 0.5 + 0.3 * (chance - 0.5)
    past["actual_strikeouts"] = over.map({True: 6, False: 3}).astype("Int64")
    found = track_record.measured(said({}), past).iloc[0]
    assert found["belief"] == pytest.approx(0.3, abs=0.03)


def predicted(offers: list[dict], lines: list[dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features and predictions of DAY."""
    days = pd.DatetimeIndex([DAY])
    features = baseball.features(days, offers, lines)
    results = baseball.stats(lines)[list(strikeout_predictions.RESULT_COLUMNS)]
    return features, strikeout_predictions.predict(days, features, results)


def test_a_pitcher_is_predicted_by_every_system_from_his_first_start_on():
    _, rows = predicted([offer(4.5)], [start(5, 6)])
    assert rows["system_id"].tolist() == ["ensemble", "market", "matchup", "moving_average"]
    assert rows["games_used"].tolist() == [1] * 4
    said = rows.set_index("system_id")["predicted_strikeouts"]
    assert said["moving_average"] == 6
    assert said["ensemble"] == pytest.approx(said.drop("ensemble").mean())


def test_every_pitcher_with_a_line_is_covered_once_predicted_or_with_the_reason():
    named = [offer(4.5, player_lookup=name, player_name=name) for name in ("ace", "unknown", "double", "reliever")]
    twins = [start(5, 5, player_id=twin, player_lookup="double", game_pk=twin) for twin in (2, 3)]
    relief = start(5, 2, player_id=4, player_lookup="reliever", is_starter=False)
    features, rows = predicted([*named, offer(4.5, 2)], [start(5, 6), *twins, relief])
    covered = baseball.cover(features, rows).set_index("player_lookup")
    assert covered["reason"].dropna().to_dict() == {
        "unknown": pitcher_features.UNKNOWN,
        "double": pitcher_features.SEVERAL,
        "reliever": NO_START,
    }
    assert len(covered) == len(features) == 4
    assert covered.loc["ace", ["status", "systems"]].tolist() == [prediction_coverage.PREDICTED, 4]
    assert set(covered["reason"].dropna()) == set(strikeout_predictions.REASONS)
    with pytest.raises(prediction_coverage.UnexplainedPlayer, match="1 players have neither.*ace"):
        baseball.cover(features, rows.iloc[:0])


def grades_of(*lines: dict) -> pd.DataFrame:
    """Grades of the predictions about Ace for BOS against NYY, of whom no more is known than a start for 6."""
    _, rows = predicted([offer(4.5)], [start(5, 6)])
    return baseball.grade(rows, baseball.stats(list(lines)))


def tonight(strikeouts: int, **changed: object) -> dict:
    return start(0, strikeouts, opponent_abbr="NYY", **changed)


def test_a_prediction_is_graded_as_reckoned_by_hand():
    row = grades_of(tonight(4, batters=21)).set_index("system_id").loc["moving_average"]
    assert row[["played", "batters_faced", "actual_strikeouts"]].tolist() == [True, 21, 4]
    assert row[["error", "absolute_error", "result"]].tolist() == [2.0, 2.0, "under"]
    chance = 1 - math.exp(-6) * sum(6**count / math.factorial(count) for count in range(5))
    over = 0.5 + 0.5 * (chance - 0.5)
    assert (row["recommendation"], row["is_correct"]) == ("over", False)
    assert row["brier"] == pytest.approx(over**2)


def test_a_pitcher_who_did_not_begin_did_not_play_and_is_neither_right_nor_wrong():
    reliever, other = tonight(5, is_starter=False), tonight(9, player_id=2, player_lookup="king")
    for lines in ([reliever], [other]):
        rows = grades_of(*lines)
        assert rows["played"].tolist() == [False] * 4
        assert rows[["batters_faced", "actual_strikeouts", "error", "result", "brier"]].isna().all(axis=None)


def test_where_the_box_score_does_not_say_who_began_whoever_pitched_may_have():
    assert grades_of(tonight(3, batters=7, is_starter=None))["actual_strikeouts"].tolist() == [3] * 4


@pytest.mark.parametrize(
    "changed", [{"opponent_abbr": "TB"}, {"is_home": False}, {"game_date": DAY - pd.Timedelta(days=1)}]
)
def test_a_game_that_the_box_scores_do_not_have_is_left_for_later(changed):
    assert grades_of(tonight(4) | changed).empty


def test_of_two_games_of_a_day_the_start_counts():
    first, second = tonight(1, batters=2, game_pk=1, is_starter=None), tonight(7, batters=25, game_pk=2)
    assert grades_of(first, second)["actual_strikeouts"].tolist() == [7] * 4


def test_a_season_of_baseball_is_a_calendar_year():
    days = pd.to_datetime(["2024-12-31", "2025-01-01", "2025-06-10"])
    grades = pd.concat([grades_of(tonight(4)).assign(game_date=day) for day in days])
    rows = system_performance.perform(days[-1:].as_unit("us"), grades, strikeout_performance.TABLE, STRIKEOUTS)
    graded = rows[rows["system_id"] == "market"].set_index("span")["graded"].to_dict()
    assert graded == {"last_7_days": 1, "last_30_days": 1, "season": 2}


# Around the ends of what is looked back on: the ensemble's 30 days, the year of belief, and both.
AGO = (0, 1, 2, 29, 30, 31, 32, 364, 365, 366, 367, 394, 395, 396)
DAYS = pd.date_range(DAY - pd.Timedelta(days=2), DAY, unit="us")
matches = st.lists(
    st.fixed_dictionaries(
        {
            "ago": st.sampled_from(AGO),
            "who": st.sampled_from(("ace", "king")),
            "line": st.integers(5, 13).map(lambda n: n / 2),
            "over": st.floats(0.3, 0.7),
            "strikeouts": st.none() | st.integers(0, 12),
        }
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda match: (match["ago"], match["who"]),
)
IDS = {"ace": 1, "king": 2}


def told_of(matches: list[dict]) -> dict[str, pd.DataFrame]:
    """The features of all days and results; both pitchers began a game every hundred days."""
    days = pd.date_range(DAY - pd.Timedelta(days=max(AGO)), DAY, unit="us")
    offers = [
        offer_on(
            DAY - pd.Timedelta(days=match["ago"]),
            match["line"],
            player_lookup=match["who"],
            over_implied_probability=match["over"],
        )
        for match in matches
    ]
    lines = [
        tonight(match["strikeouts"], player_id=IDS[match["who"]], player_lookup=match["who"])
        | {"game_date": DAY - pd.Timedelta(days=match["ago"]), "game_pk": match["ago"]}
        for match in matches
        if match["strikeouts"] is not None
    ]
    earlier = [start(ago, 5, player_id=IDS[who], player_lookup=who) for ago in range(50, 800, 100) for who in IDS]
    return {"features": baseball.features(days, offers, [*lines, *earlier]), "results": baseball.stats(lines)}


@given(matches)
@settings(deadline=None, max_examples=5)
def test_a_day_is_the_same_in_every_chunk_and_knows_nothing_of_how_it_ends(matches):
    told = told_of(matches)
    assert_chunk_invariant(baseball.predictions, DAYS, told, sizes=[1])
    assert_no_look_ahead(baseball.predictions, DAYS, told, baseball.known_before)


def knowing_the_result(players: pd.DataFrame, known: Known) -> pd.Series:
    """A system that looks at tonight's strikeouts."""
    return players["actual_strikeouts"].astype("float64").fillna(5.0)


def test_a_planted_system_that_knows_the_result_is_caught(monkeypatch):
    told = told_of([{"ago": 1, "who": "ace", "line": 4.5, "over": 0.5, "strikeouts": 11}])
    monkeypatch.setattr(of("market"), "predict", knowing_the_result)
    with pytest.raises(AssertionError, match="without its future"):
        assert_no_look_ahead(baseball.predictions, DAYS, told, baseball.known_before)


@given(matches)
@settings(deadline=None, max_examples=4)
def test_grades_and_performance_of_a_day_are_the_same_in_every_chunk_and_do_not_know_what_follows(matches):
    told = told_of(matches)
    every_day = pd.DatetimeIndex(told["features"]["game_date"].unique())
    graded = {"predictions": baseball.predictions(every_day, told)["predictions"], "results": told["results"]}
    assert_chunk_invariant(baseball.grades_and_performance, DAYS, graded, sizes=[2])
    assert_no_look_ahead(baseball.grades_and_performance, DAYS, graded, known_after_the_games)
