"""Grades of predictions and how systems perform: reckoned by hand, and the same in every chunk."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline import frames
from nba_pipeline.predictions import player_prop_predictions, prediction_grades, reliability, system_performance
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.grades import graded, predicted, scored
from nba_pipeline_tests.support.invariants import assert_chunk_invariant, assert_no_look_ahead
from nba_pipeline_tests.support.real_data import needs_real_data, raw_frames

DAY = pd.Timestamp("2024-01-31")


def grade_of(prediction: dict, *lines: dict) -> dict:
    """The grade of one prediction for player 1 of AAA."""
    [row] = prediction_grades.grade(predicted(prediction), scored(*lines)).to_dict("records")
    return row


def test_an_over_that_came_true_is_graded_as_reckoned_by_hand():
    offered = {"predicted_points": 24.5, "points_line": 20.5, "probability_over": 0.7, "recommendation": "over"}
    row = grade_of(offered, {"points": 22, "minutes": 31})
    assert (row["played"], row["minutes"], row["actual_points"]) == (True, 31, 22)
    assert (row["error"], row["absolute_error"], row["result"], row["is_correct"]) == (2.5, 2.5, "over", True)
    assert row["brier"] == pytest.approx(0.09)


@pytest.mark.parametrize(
    ("recommendation", "points", "result", "is_correct"),
    [
        ("over", 19, "under", False),
        ("under", 19, "under", True),
        ("under", 21, "over", False),
        ("pass", 21, "over", None),
        ("over", 20, "push", None),
        ("under", 20, "push", None),
    ],
)
def test_only_a_recommendation_that_is_decided_is_right_or_wrong(recommendation, points, result, is_correct):
    row = grade_of({"points_line": 20.0, "probability_over": 0.4, "recommendation": recommendation}, {"points": points})
    assert (row["result"], None if pd.isna(row["is_correct"]) else row["is_correct"]) == (result, is_correct)
    assert pd.isna(row["brier"]) == (result == "push")


def test_a_prediction_without_a_line_has_an_error_and_nothing_to_be_right_about():
    row = grade_of({"predicted_points": 10.0, "recommendation": "no_line"}, {"points": 14})
    assert (row["error"], row["absolute_error"]) == (-4.0, 4.0)
    assert [name for name in ("result", "is_correct", "brier") if not pd.isna(row[name])] == []


def test_who_did_not_play_is_counted_and_neither_wrong_nor_right():
    offered = {"points_line": 20.5, "probability_over": 0.7, "recommendation": "over"}
    row = grade_of(offered, {"player_id": 2, "points": 30})
    assert row["played"] is False
    unknown = ("minutes", "actual_points", "error", "absolute_error", "result", "is_correct", "brier")
    assert [name for name in unknown if not pd.isna(row[name])] == []


@pytest.mark.parametrize("line", [{"team_abbr": "BBB"}, {"game_id": "another"}, {"game_date": "2024-01-30"}])
def test_a_game_that_no_source_has_for_his_team_on_that_day_is_not_graded(line):
    assert prediction_grades.grade(predicted({}), scored({"player_id": 2, **line})).empty


def test_a_player_who_was_traded_away_did_not_play_for_the_team_he_was_predicted_with():
    rows = prediction_grades.grade(
        predicted({}), scored({"game_id": "elsewhere", "team_abbr": "CCC"}, {"player_id": 2})
    )
    assert rows["played"].tolist() == [False]


def performance_of(grades: pd.DataFrame, day: pd.Timestamp = DAY) -> pd.DataFrame:
    """The rows of a day, by span."""
    days = pd.DatetimeIndex([day], dtype="datetime64[us]")
    return system_performance.perform(days, grades).set_index("span")


def offered(points: int, over: float, recommendation: str = "pass", **values: object) -> dict:
    """A grade of 20 predicted points against a line of 20.5."""
    return {"predicted_points": 20.0, "points_line": 20.5, "probability_over": over, "points": points} | {
        "recommendation": recommendation,
        **values,
    }


def test_measures_are_those_reckoned_by_hand():
    grades = graded(
        offered(23, 0.62, "over"),
        offered(18, 0.68, "over"),
        offered(10, 0.31, "under"),
        {"predicted_points": 20.0, "points": 26},
        {"predicted_points": 20.0, "points": None},
    )
    row = performance_of(grades).loc["season"]
    assert row[["graded", "not_played", "graded_with_line", "decided"]].tolist() == [4, 1, 3, 3]
    assert row["mae"] == pytest.approx((3 + 2 + 10 + 6) / 4)
    assert row["bias"] == pytest.approx((-3 + 2 + 10 - 6) / 4)
    assert row["mae_with_line"] == pytest.approx((3 + 2 + 10) / 3)
    assert row["line_mae"] == pytest.approx((2.5 + 2.5 + 10.5) / 3)
    assert row["brier"] == pytest.approx((0.38**2 + 0.68**2 + 0.31**2) / 3)
    # Two in the bin from 0.6 on: 0.65 on average, one of two seen; one in that from 0.3 on: 0.31, and none seen.
    assert row["calibration_error"] == pytest.approx((2 * 0.15 + 0.31) / 3)
    assert row[["recommendations", "hits"]].tolist() == [3, 2]
    assert row["hit_rate"] == pytest.approx(2 / 3)
    assert row["hit_rate_low"] < 2 / 3 < row["hit_rate_high"]


def test_a_push_counts_among_errors_and_for_nothing_else():
    row = performance_of(graded(offered(20, 0.6, "over", points_line=20.0))).loc["season"]
    assert row[["graded", "graded_with_line", "decided", "recommendations"]].tolist() == [1, 1, 0, 0]
    assert row[["brier", "calibration_error", "hit_rate", "hit_rate_low", "hit_rate_high"]].isna().all()


def test_spans_begin_on_their_first_day_and_a_season_on_the_first_of_august():
    days = ["2024-01-31", "2024-01-25", "2024-01-24", "2024-01-02", "2024-01-01", "2023-08-01", "2023-07-31"]
    grades = graded(*({"predicted_points": 1.0, "points": 0, "game_date": day, "game_id": day} for day in days))
    found = performance_of(grades)["graded"].to_dict()
    assert found == {"last_7_days": 2, "last_30_days": 4, "season": 6}


def test_what_comes_after_the_day_and_other_systems_do_not_count():
    later = {"predicted_points": 9.0, "points": 0, "game_date": "2024-02-01", "game_id": "later"}
    grades = graded(
        {"predicted_points": 1.0, "points": 0}, later, {"predicted_points": 5.0, "points": 0, "system_id": "b"}
    )
    rows = performance_of(grades)
    assert dict(zip(rows["system_id"], rows["mae"], strict=True)) == {"moving_average": 1.0, "b": 5.0}


def test_a_day_on_which_nothing_is_graded_has_no_row():
    assert performance_of(graded({"points": 3}), DAY + pd.Timedelta(days=1)).empty


def test_a_system_that_only_predicted_players_who_did_not_play_has_no_errors():
    row = performance_of(graded({"points": None})).loc["last_7_days"]
    assert (row["graded"], row["not_played"]) == (0, 1)
    assert row[["mae", "bias", "line_mae"]].isna().all()


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        (0, 1, 0.0, 0.7934567085261071),
        (1, 2, 0.09452865480086611, 0.905471345199134),
        (10, 100, 0.05522854161313612, 0.1743673043676654),
        (100, 100, 0.9630051924239981, 1.0),
    ],
)
def test_a_wilson_interval_is_the_published_one(hits, trials, low, high):
    found = reliability.wilson(np.array([hits]), np.array([trials]))
    assert np.concatenate(found).tolist() == pytest.approx([low, high])


def test_bins_of_probability_have_their_lower_end_and_the_last_one_both():
    assert reliability.bins(pd.Series([0.0, 0.1, 0.3, 0.59, 0.7, 1.0, np.nan])).tolist() == [0, 1, 3, 5, 7, 9, -1]


def test_calibration_counts_what_was_said_and_seen_in_each_bin():
    found = reliability.calibration(graded(offered(23, 0.62), offered(18, 0.68), offered(10, 0.31), {"points": 26}))
    assert found["bin"].tolist() == [3, 6]
    assert found["predictions"].tolist() == [1, 2]
    assert found["predicted"].tolist() == pytest.approx([0.31, 0.65])
    assert found["seen"].tolist() == [0.0, 0.5]


def test_the_hit_rate_by_edge_is_that_of_the_likelier_side():
    found = reliability.hit_rates_by_edge(
        graded(offered(23, 0.62), offered(23, 0.38), offered(10, 0.45), offered(23, 0.5), offered(10, 1.0))
    )
    assert [round(edge.left, 2) for edge in found["edge"]] == [0.05, 0.1, 0.2]
    assert found["predictions"].tolist() == [1, 2, 1]
    assert found["hit_rate"].tolist() == [1.0, 0.5, 0.0]


@pytest.mark.parametrize("rule", [prediction_grades.RULES[0], *system_performance.RULES], ids=lambda rule: rule.name)
def test_what_was_reckoned_by_hand_keeps_the_rules(rule):
    grades = graded(offered(23, 0.62, "over"), offered(20, 0.5), {"points": None})
    rows = grades if rule in prediction_grades.RULES else performance_of(grades)
    assert not rule.broken(rows).any()


def test_more_hits_than_recommendations_break_a_rule():
    row = performance_of(graded(offered(23, 0.62, "over")))
    [rule] = [rule for rule in system_performance.RULES if rule.name == "hits_are_recommendations"]
    assert rule.broken(row.assign(hits=2)).all()
    assert rule.broken(row.assign(recommendations=2)).all()


def grades_and_performance(days: pd.DatetimeIndex, inputs: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Both tables of `days`, each from what its asset reads."""

    def of(first: pd.Timestamp, name: str) -> pd.DataFrame:
        return inputs[name][inputs[name]["game_date"].between(first, days.max())]

    def grades_since(first: pd.Timestamp) -> pd.DataFrame:
        return prediction_grades.grade(of(first, "predictions"), of(first, "results"))

    a_year_before = days.min() - pd.Timedelta(days=system_performance.HISTORY_DAYS)
    performance = system_performance.perform(days, grades_since(a_year_before)[list(system_performance.GRADE_COLUMNS)])
    return {"grades": grades_since(days.min()), "performance": performance}


said = st.fixed_dictionaries(
    {
        "day": st.sampled_from([-400, -360, -180]) | st.integers(-75, -50) | st.integers(-10, 10),
        "player_id": st.integers(1, 3),
        "system_id": st.sampled_from(["moving_average", "b"]),
        "predicted_points": st.floats(0, 40),
        "points_line": st.none() | st.integers(20, 40).map(lambda n: n / 2),
        "probability_over": st.floats(0, 1),
        "recommendation": st.sampled_from(["over", "under", "pass"]),
        "points": st.none() | st.integers(0, 40),
    }
)


@st.composite
def histories(draw: st.DrawFn) -> dict[str, pd.DataFrame]:
    """Predictions of any days, and lines of some of the players: without a line the probability is none either."""
    told = draw(st.lists(said, max_size=40, unique_by=lambda p: (p["day"], p["player_id"], p["system_id"])))
    for one in told:
        one["game_date"] = DAY + pd.Timedelta(days=one["day"])
        one["game_id"] = str(one["game_date"])
        if one["points_line"] is None:
            one |= {"probability_over": None, "recommendation": "no_line"}
    lines = {(p["day"], p["player_id"]): p for p in told if p["points"] is not None}
    return {"predictions": predicted(*told), "results": scored(*lines.values())}


@given(inputs=histories(), size=st.integers(1, 9))
@settings(deadline=None, max_examples=15)
def test_a_day_is_the_same_in_every_chunk(inputs, size):
    days = pd.date_range(DAY - pd.Timedelta(days=10), DAY + pd.Timedelta(days=10), unit="us")
    assert_chunk_invariant(grades_and_performance, days, inputs, sizes=[size])


@given(inputs=histories(), number=st.integers(-10, 10))
@settings(deadline=None, max_examples=20)
def test_a_day_does_not_know_what_comes_after_it(inputs, number):
    day = pd.DatetimeIndex([DAY + pd.Timedelta(days=number)], dtype="datetime64[us]")
    assert_no_look_ahead(grades_and_performance, day, inputs, computed.known_after_the_games)


@needs_real_data
def test_a_real_month_is_the_same_in_every_chunk_and_who_played_has_his_points():
    days = pd.date_range("2023-12-01", "2023-12-31", unit="us")
    schedule, boxscores = raw_frames("2023-24")
    lines = boxscores[boxscores["game_date"].between(days[0] - pd.Timedelta(days=45), days[-1])]
    results = computed.summarised({"schedule": schedule, "boxscores": lines}).rows
    inputs = {"predictions": invented_predictions(results), "results": results}
    assert_chunk_invariant(grades_and_performance, days, inputs, sizes=[1, 7, 100])
    grades = grades_and_performance(days, inputs)["grades"]
    points = results.set_index(["game_id", "player_id"])["points"]
    played = grades[grades["played"]]
    found = points.reindex(pd.MultiIndex.from_frame(played[["game_id", "player_id"]]))
    assert played["actual_points"].tolist() == found.tolist()
    assert (~grades["played"]).sum() > 100


def invented_predictions(results: pd.DataFrame) -> pd.DataFrame:
    """For each line, and for a player of his team who has none, what two systems may have said of it."""
    played = results.reset_index(drop=True)
    absent = played[played["points"].eq(0)].assign(player_id=lambda rows: -rows["player_id"])
    rows = pd.concat([played, absent], ignore_index=True)
    line = (rows["player_id"].abs() % 50 + 0.5).where(rows["player_id"] % 3 > 0)
    over = (rows["player_id"].abs() % 97 / 96).where(line.notna())
    rows = rows.assign(
        system_version="1",
        line_id="consensus",
        points_line=line,
        predicted_points=rows["player_id"].abs() % 41 / 3,
        deviation=6.0,
        probability_over=over,
        recommendation=np.select([line.isna(), over > 0.6, over < 0.4], ["no_line", "over", "under"], "pass"),
        games_used=9,
    )
    both = pd.concat([rows.assign(system_id=name) for name in ("moving_average", "similarity")], ignore_index=True)
    return frames.typed(player_prop_predictions.TABLE, both)
