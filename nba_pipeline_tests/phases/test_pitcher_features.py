"""Pitchers' features: reckoned by hand, and the same in every chunk."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline import poisson
from nba_pipeline.precompute import pitcher_features as logic
from nba_pipeline_tests.support.baseball import (
    DAY,
    FIRST_PITCH,
    SOMEBODY,
    TEAM,
    features,
    known_before_first_pitch,
    offer,
    offer_on,
    pitcher_form,
    props,
    start,
    stats,
)
from nba_pipeline_tests.support.invariants import assert_chunk_invariant, assert_no_look_ahead


def only_row(offers: list[dict], stats: list[dict]) -> pd.Series:
    (row,) = features(pd.DatetimeIndex([DAY]), offers, stats).to_dict("records")
    return pd.Series(row)


def test_form_is_of_the_last_starts_before_the_day():
    row = only_row([offer(5.5)], [start(ago, k) for ago, k in ((5, 9), (10, 3), (15, 6), (20, 8), (0, 20), (366, 20))])
    assert row[["strikeouts_last_3", "strikeouts_last_5", "strikeouts_season"]].tolist() == [6.0, 6.5, 6.5]
    assert row["strikeout_share_10"] == 26 / 80
    assert row["strikeouts_deviation_10"] == pytest.approx((21 / 3) ** 0.5)
    assert row[["starts_in_history", "starts_this_season", "days_rest"]].tolist() == [4, 4, 4]
    assert (row["last_start_date"], row["is_complete"]) == (DAY - pd.Timedelta(days=5), True)


def test_last_years_starts_are_form_but_not_of_this_season():
    row = only_row([offer(5.5)], [start(5, 4), start(200, 8), start(205, 6)])
    assert row[["strikeouts_last_3", "strikeouts_season", "starts_this_season"]].tolist() == [6.0, 4.0, 1]


def test_relief_is_no_start_and_where_nothing_is_said_the_batters_faced_tell():
    told = [
        start(5, 1, is_starter=False),
        start(6, 2),
        start(7, 3, 10, is_starter=None),
        start(8, 4, 9, is_starter=None),
    ]
    row = only_row([offer(5.5)], told)
    assert row[["starts_in_history", "strikeouts_last_10"]].tolist() == [2, 2.5]
    assert (row["is_complete"], row["incomplete_reason"]) == (False, logic.TOO_FEW_STARTS)


def test_the_line_is_the_median_of_the_newest_before_the_first_pitch():
    of_books = [offer(4.5, bookmaker="a"), offer(5.5, bookmaker="b"), offer(6.5, bookmaker="c")]
    older_and_late = [offer(9.5, 2, bookmaker="a"), offer(9.5, 0, bookmaker="b"), offer(9.5, -1, bookmaker="c")]
    other_market = offer(17.5, market="pitcher_outs")
    row = only_row([*of_books, *older_and_late, other_market], [])
    assert row[["strikeout_line", "strikeout_line_bookmakers"]].tolist() == [5.5, 3]


def test_what_bookmakers_expect_is_the_mean_that_their_prices_without_margin_lead_to():
    even, leaning = offer(5.5, bookmaker="a"), offer(5.5, bookmaker="b", over_implied_probability=0.66)
    unpriced = offer(7.5, bookmaker="c", over_implied_probability=None)
    means = [
        only_row([one], [])["strikeouts_implied"]
        for one in (even, leaning | {"under_implied_probability": 0.44}, unpriced)
    ]
    lines = pd.Series([5.5, 5.5, 7.5])
    assert poisson.share_over(pd.Series(means), lines).tolist() == pytest.approx([0.5, 0.6, 0.5])
    both = only_row([even, leaning | {"under_implied_probability": 0.44}, unpriced], [])
    assert both["strikeouts_implied"] == sorted(means)[1]


def test_shares_of_the_year_are_of_his_starts_and_those_of_the_league_of_everybody():
    relief = start(3, 0, 10, player_id=2, player_lookup="king", is_starter=False)
    row = only_row([offer(5.5)], [start(5, 9), start(200, 3), start(366, 20), relief])
    assert row[["strikeouts_year", "batters_faced_year", "strikeout_share_year"]].tolist() == [6.0, 20.0, 12 / 40]
    assert row["league_strikeout_share"] == 12 / 50


def test_whom_no_box_score_knows_is_there_with_the_reason():
    row = only_row([offer(5.5)], [start(400, 5), start(5, 5, player_lookup="other", player_id=2)])
    assert (row["incomplete_reason"], row["starts_in_history"]) == (logic.UNKNOWN, 0)
    assert row[["player_id", "strikeouts_last_10", "team_abbr"]].isna().all()


def test_of_two_of_a_name_he_pitches_who_played_for_a_team_of_the_game():
    mine = [start(ago, 6) for ago in (5, 10, 15)]
    his = [start(ago, 1, player_id=2, team_abbr="LAD") for ago in (4, 9, 14)]
    row = only_row([offer(5.5)], [*mine, *his])
    assert row[["player_id", "team_abbr", "opponent_abbr", "strikeouts_last_10"]].tolist() == [1, "BOS", "NYY", 6.0]
    traded = [line | {"team_abbr": "SEA"} for line in mine]
    unclear = only_row([offer(5.5)], [*traded, *his])
    assert unclear["incomplete_reason"] == logic.SEVERAL
    assert unclear[["player_id", "strikeouts_last_10"]].isna().all()


def test_a_pitcher_who_has_moved_keeps_his_form():
    row = only_row([offer(5.5)], [start(ago, 6, team_abbr="SEA") for ago in (5, 10, 15)])
    assert (row["player_id"], row["strikeouts_last_10"], row["is_complete"]) == (1, 6.0, True)
    assert row[["team_abbr", "opponent_abbr"]].isna().all()


def test_the_opponents_share_is_of_the_last_30_days_against_any_pitcher():
    against = [start(ago, 5, 25, player_id=9, player_lookup="x", opponent_abbr="NYY") for ago in (1, 29, 31)]
    row = only_row([offer(5.5)], [start(5, 9), *against])
    assert row["opponent_strikeout_share"] == 10 / 50


def test_two_games_of_a_day_are_two_rows():
    late = FIRST_PITCH + pd.Timedelta(hours=4)
    offers = [offer(4.5), offer(6.5, event_id="second", commence_time=late)]
    rows = features(pd.DatetimeIndex([DAY]), offers, [start(5, 5)])
    assert rows["strikeout_line"].tolist() == [4.5, 6.5]


def test_a_day_without_lines_has_no_rows():
    assert features(pd.DatetimeIndex([DAY]), [offer(5.5, game_date=DAY + pd.Timedelta(days=1))], []).empty


DAYS = pd.date_range(DAY - pd.Timedelta(days=2), DAY + pd.Timedelta(days=2), unit="us")
some_stats = st.lists(
    st.builds(
        start,
        st.integers(-2, 12) | st.integers(360, 370),
        st.integers(0, 15),
        **SOMEBODY,
        team_abbr=TEAM,
        opponent_abbr=TEAM,
        is_starter=st.sampled_from((True, False, None)),
    ),
    max_size=30,
    unique_by=lambda line: (line["game_pk"], line["player_id"]),
)


some_offers = st.lists(
    st.builds(
        offer_on,
        st.sampled_from(list(DAYS)),
        st.integers(1, 20).map(lambda n: n / 2),
        st.sampled_from((2, 1, 0, -1)),
        bookmaker=st.sampled_from("ab"),
        player_lookup=SOMEBODY["player_lookup"],
    ),
    max_size=15,
    unique_by=lambda line: (line["event_id"], line["snapshot_ts"], line["bookmaker"], line["player_lookup"]),
)


@given(some_offers, some_stats, st.integers(1, 4))
@settings(deadline=None, max_examples=10)
def test_a_day_is_the_same_in_every_chunk_and_knows_nothing_of_what_follows(offers, lines, size):
    told = {"props": props(offers), "stats": stats(lines)[list(logic.STATS_COLUMNS)]}
    assert_chunk_invariant(pitcher_form, DAYS, told, sizes=[size])
    assert_no_look_ahead(pitcher_form, DAYS, told, known_before_first_pitch)
