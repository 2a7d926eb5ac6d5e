"""Answers of the Odds API about invented players, in its own shapes, and what becomes of their outcomes."""

import re

from nba_pipeline.sources.batch import Batch

HOME, AWAY = "Boston Celtics", "Los Angeles Clippers"
EVENT = {
    "id": "0fb83b1ef41912af1127cb2928230b7b",
    "sport_key": "basketball_nba",
    "sport_title": "NBA",
    "commence_time": "2024-01-02T03:10:00Z",
    "home_team": HOME,
    "away_team": AWAY,
}


def outcome(name: str, price: float, point: float | None = None, player: str | None = None) -> dict:
    told = {"description": player, "point": point}
    return {"name": name, "price": price, **{key: value for key, value in told.items() if value is not None}}


def line(player: str, point: float, over: float, under: float) -> list[dict]:
    return [outcome("Over", over, point, player), outcome("Under", under, point, player)]


def market(key: str, *outcomes: dict) -> dict:
    return {"key": key, "last_update": "2024-01-02T01:00:00Z", "outcomes": list(outcomes)}


def bookmaker(key: str, *markets: dict) -> dict:
    return {"key": key, "title": key.title(), "markets": list(markets)}


def event(*bookmakers: dict, **values: object) -> dict:
    return {**EVENT, "bookmakers": list(bookmakers), **values}


def historical(data: object, timestamp: str = "2024-01-02T02:30:00Z") -> dict:
    return {
        "timestamp": timestamp,
        "previous_timestamp": "2024-01-02T02:25:00Z",
        "next_timestamp": "2024-01-02T02:35:00Z",
        "data": data,
    }


def outcomes_held(answer: object, markets: str) -> int:
    """How many outcomes an answer's lists hold in the markets whose keys begin with `markets`."""
    if isinstance(answer, dict) and isinstance(answer.get("outcomes"), list):
        return len(answer["outcomes"]) * str(answer.get("key")).startswith(markets)
    inner = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    return sum(outcomes_held(found, markets) for found in inner)


def outcomes_told(batch: Batch, *prices: str) -> int:
    """How many outcomes a batch speaks of: those with a price in its rows, and those its failures name."""
    listed = [re.search(r"outcomes\[([\d,]+)\]", failure.position) for failure in batch.rejected_rows]
    return int(batch.rows[list(prices)].count().sum()) + sum(len(f[1].split(",")) for f in listed if f)


def is_above_outcomes(batch: Batch) -> bool:
    """Whether a failure is of an event, a bookmaker or a market, and so speaks of all their outcomes."""
    return any("outcomes[" not in failure.position for failure in batch.rejected_rows)
