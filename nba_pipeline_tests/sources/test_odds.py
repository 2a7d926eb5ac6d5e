"""Prices: American and decimal odds, and the probability they imply."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.sources.odds import american_odds, bookmaker_keys, implied_probability, priced
from nba_pipeline_tests.support.damage import json_values


def prices(*values: object) -> pd.Series:
    return pd.Series(list(values), dtype=object)


@pytest.mark.parametrize(
    ("price", "american", "probability"),
    [
        (-110, -110, 110 / 210),
        (150, 150, 0.4),
        (100, 100, 0.5),
        (-100, -100, 0.5),
        (-10_000, -10_000, 10_000 / 10_100),
        (2.5, 150, 0.4),
        (2, 100, 0.5),
        (1.91, -110, 1 / 1.91),
        (1.33, -303, 1 / 1.33),
        (100.5, 9950, 1 / 100.5),
    ],
)
def test_a_price_is_american_from_100_on_and_decimal_below(price, american, probability):
    assert american_odds(prices(price)).tolist() == [american]
    assert implied_probability(prices(price)).tolist() == [pytest.approx(probability)]


@pytest.mark.parametrize("price", [0, 1, 0.5, -1.91, -99, -110.5, 1e300, 1.000001, "-110", True, None, [2.5]])
def test_what_is_neither_is_null_in_both(price):
    assert american_odds(prices(price)).isna().all()
    assert implied_probability(prices(price)).isna().all()


@given(st.floats(1.01, 99.99))
def test_american_odds_of_decimal_ones_imply_the_same_probability_but_for_rounding(decimal):
    american = american_odds(prices(decimal))[0]
    assert abs(american) >= 100
    assert implied_probability(prices(int(american)))[0] == pytest.approx(1 / decimal, abs=0.003)


@given(st.lists(json_values))
def test_any_value_has_both_or_neither(values):
    american, probability = american_odds(prices(*values)), implied_probability(prices(*values))
    assert american.notna().tolist() == probability.notna().tolist()
    assert probability.dropna().between(0, 1).all()


def test_a_book_without_prices_has_none_and_a_garbled_price_is_told_from_a_missing_one():
    books = ["draftkings", "prizepicks", "underdog", "draftkings", "draftkings"]
    frame = pd.DataFrame({"bookmaker": books, "over_price": prices(-137, -137, -137, None, "x")})
    rows, unclear = priced(frame, "over_")
    assert rows["over_price"].isna().tolist() == [False, True, True, True, True]
    assert rows["over_implied_probability"].isna().tolist() == [False, True, True, True, True]
    assert unclear.tolist() == [False, False, False, False, True]


def test_a_bookmaker_has_one_key_however_its_title_is_written():
    titles = pd.Series(
        ["BetOnline.ag", "betonlineag", "Caesars", "Hard Rock Bet", "PointsBet (US)", "unibet_us", "?", None]
    )
    assert bookmaker_keys(titles).fillna("none").tolist() == [
        *("betonlineag", "betonlineag", "williamhill_us", "hardrockbet", "pointsbetus", "unibet_us", "", "none")
    ]
