"""Pitchers' lines of baseball games, in two shapes.

The Odds API's answer for an event has any of its pitcher markets. The other shape is a day's strikeout lines: games,
their pitchers, and what each book writes on over and under.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

import msgspec
import pandas as pd

from nba_pipeline.sources import mlb_props, odds_api
from nba_pipeline.sources.feed import Feed
from nba_pipeline.sources.odds import bookmaker_keys
from nba_pipeline.sources.odds_api import Name
from nba_pipeline.sources.payload import Cleaned, Parsed, RejectedItem, decode, each, reject_missing

FEED = Feed(
    "mlb_pitcher_props", "mlb-odds-api/pitcher-props/{date}/{event_id}-{teams}/{ts}-snap-{hhmm}.json", holds="snapshot"
)

TABLE = mlb_props.table("mlb_pitcher_props", of="pitchers", market="pitcher_strikeouts")


class Prices(msgspec.Struct):
    """A book's prices of a line."""

    over: float | None = None
    under: float | None = None


class Pitcher(msgspec.Struct):
    """A pitcher's strikeout line."""

    pitcher_name: Name
    strikeout_line: float
    individual_odds: dict[Name, msgspec.Raw]


class Game(msgspec.Struct):
    """A game of a day's strikeout lines."""

    event_id: Name
    game_time: str
    home_team: str
    away_team: str
    pitchers: list[msgspec.Raw]


class Metadata(msgspec.Struct):
    """When the day's lines stood."""

    generated_at: str


class StrikeoutLines(msgspec.Struct):
    """A day's strikeout lines; `games` tells them from an answer of the Odds API."""

    games: list[msgspec.Raw] | None = None
    metadata: Metadata | None = None


class Line(NamedTuple):
    """A book's line on a pitcher's strikeouts."""

    position: str
    snapshot_ts: str | None
    game: Game
    pitcher: Pitcher
    bookmaker: str
    prices: Prices
    market: str = "pitcher_strikeouts"
    last_update: None = None


_COLUMNS = {
    **{name: name for name in ("snapshot_ts", "bookmaker", "market", "last_update")},
    **{"event_id": "game.event_id", "commence_time": "game.game_time"},
    **{"home_team": "game.home_team", "away_team": "game.away_team"},
    **{"player_name": "pitcher.pitcher_name", "line": "pitcher.strikeout_line"},
    **{"over_price": "prices.over", "under_price": "prices.under"},
}


def parse(content: bytes) -> Parsed:
    """The pitchers' lines, in either shape."""
    found: StrikeoutLines | list = decode(content, StrikeoutLines | list[msgspec.Raw])  # type: ignore[arg-type]
    if isinstance(found, list) or found.games is None:
        return odds_api.lines(content, lambda market: market.startswith("pitcher_"))
    rejected: list[RejectedItem] = []
    lines = list(_lines(found, rejected))
    columns = {name: list(map(attrgetter(path), lines)) for name, path in _COLUMNS.items()}
    return Parsed(columns, [line.position for line in lines], rejected)


def clean(values: pd.DataFrame) -> Cleaned:
    """The lines as rows of TABLE without lineage."""
    bookmaker = bookmaker_keys(values["bookmaker"])
    rows, nameless = reject_missing(values.assign(bookmaker=bookmaker.where(bookmaker != "")), ("bookmaker",))
    rows, rejected = mlb_props.clean_lines(rows)
    return rows, [*nameless, *rejected]


def _lines(day: StrikeoutLines, rejected: list[RejectedItem]) -> Iterator[Line]:
    moment = day.metadata.generated_at if day.metadata else None
    for g, game in each(day.games or [], Game, "$.games", rejected):
        pitchers = f"$.games[{g}].pitchers"
        for p, pitcher in each(game.pitchers, Pitcher, pitchers, rejected):
            books, place = list(pitcher.individual_odds), f"{pitchers}[{p}].individual_odds"
            for b, prices in each(pitcher.individual_odds.values(), Prices, place, rejected):
                yield Line(f"{place}[{b}]", moment, game, pitcher, books[b], prices)
