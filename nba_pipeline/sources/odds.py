"""Betting prices. Feeds write them in two ways, tables hold American ones and the implied probability.

Decimal odds are what a stake of 1 returns if the bet is won, the stake included: 2.5 returns 2.5. American odds are
what a stake of 100 wins (+150) or the stake that wins 100 (-150): decimal 1 + A/100, or 1 + 100/-A. The implied
probability, 1 / decimal odds, is the one at which the bet is even. Both sides' add up to more than 1 by what the book
takes.
"""

import numpy as np
import pandas as pd

from nba_pipeline.sources.payload import garbled
from nba_pipeline.table import Column, nullable

# Daily-fantasy books write the same price for every line, and it is none: their payout depends on the whole entry.
WITHOUT_PRICES = ("prizepicks", "underdog")

# What the Odds API calls bookmakers whose titles, written together, are not its keys.
_KEYS = {"caesars": "williamhill_us", "lowvigag": "lowvig", "unibet": "unibet_us"}

# American odds beyond this are no price: those of four real seasons end at 100,000, which is decimal 1.001.
_LONGEST = 1_000_000


def american_odds(prices: pd.Series) -> pd.Series:
    """JSON numbers, American or decimal odds, as Int64 American odds; NULL where a value is neither.

    A whole number of at least 100, with either sign, is American; any other number above 1 is decimal.
    """
    given = _numbers(prices)
    profit = given.where(~_is_american(given) & (given > 1)) - 1
    converted = (100 * profit).where(profit >= 1, -100 / profit).round()
    found = given.where(_is_american(given), converted)
    return found.where(found.abs() <= _LONGEST).astype("Int64")


def implied_probability(prices: pd.Series) -> pd.Series:
    """The implied probability of prices as `american_odds` takes them, before any rounding; NULL where that is."""
    given = _numbers(prices)
    american = 1 + np.maximum(given, 100) / np.maximum(-given, 100)  # one of the two is 100
    decimal = american.where(_is_american(given), given)
    return (1 / decimal).where(american_odds(prices).notna().astype(bool)).astype("float64")


def bookmaker_keys(titles: pd.Series) -> pd.Series:
    """The Odds API's keys of bookmakers by their titles: `BetOnline.ag` -> `betonlineag`; empty where none is left."""
    return titles.astype("string[pyarrow]").str.lower().str.replace(r"[^a-z0-9_]", "", regex=True).replace(_KEYS)


def price_columns(prefix: str, of: str) -> tuple[Column, Column]:
    """The columns of a price whose names begin with `prefix`; `of` says what is priced."""
    return (
        nullable(f"{prefix}price", "INT64", f"American odds of {of}; NULL where the book has no price for it"),
        nullable(f"{prefix}implied_probability", "FLOAT64", "1 / decimal odds of that price, with the book's share"),
    )


def priced(rows: pd.DataFrame, prefix: str) -> tuple[pd.DataFrame, pd.Series]:
    """`rows` with the price columns of `prefix`, made of the column `{prefix}price` as JSON gave it.

    Also says which of the rows hold a price that makes no sense. Books without prices get NULL.
    """
    given = rows[f"{prefix}price"]
    american = american_odds(given)
    has_prices = ~rows["bookmaker"].isin(WITHOUT_PRICES)
    columns = {
        f"{prefix}price": american.where(has_prices),
        f"{prefix}implied_probability": implied_probability(given).where(has_prices),
    }
    return rows.assign(**columns), garbled(given, american)


def _numbers(prices: pd.Series) -> pd.Series:
    return prices.where(prices.map(type).isin((int, float))).astype("float64")


def _is_american(numbers: pd.Series) -> pd.Series:
    return (numbers.abs() >= 100) & (numbers % 1 == 0)
