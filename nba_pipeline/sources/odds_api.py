"""The Odds API's answer for an event: bookmakers, their markets, and the outcomes one can bet on.

A live answer is the event, or a list of events. A historical one wraps that with the time it was true of. See
https://the-odds-api.com/liveapi/guides/v4/#get-event-odds.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
import pandas as pd

from nba_pipeline.game_days import eastern_days
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.odds import price_columns, priced
from nba_pipeline.sources.payload import (
    BadPayload,
    Cleaned,
    Parsed,
    RejectedItem,
    decode,
    each,
    garbled,
    moments,
    reject,
    reject_missing,
    texts,
)
from nba_pipeline.table import Column, nullable, required

Name = Annotated[str, msgspec.Meta(min_length=1)]

EVENT_COLUMNS = (
    required("game_date", "DATE", "Eastern game day, of the time at which the game starts"),
    required("event_id", "STRING", "The Odds API's id of the game"),
    required("commence_time", "TIMESTAMP", "When the game starts"),
    required("home_team_abbr", "STRING", "The league's code of the home team"),
    required("away_team_abbr", "STRING", "The league's code of the visiting team"),
    required("bookmaker", "STRING", "The Odds API's key of the bookmaker, e.g. draftkings"),
    required("snapshot_ts", "TIMESTAMP", "When the prices stood: a historical answer's time, a live one's scrape"),
    nullable("last_update", "TIMESTAMP", "When the bookmaker last changed the market"),
)


def line_columns(line: str, unit: str) -> tuple[Column, ...]:
    """The columns of a player's line, itself in `line` and in `unit`."""
    return (
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_name", "STRING", "The name as the bookmaker writes it"),
        required(line, "FLOAT64", f"{unit} that the player must exceed for over to win"),
        *price_columns("over_", "over"),
        *price_columns("under_", "under"),
    )


class Outcome(msgspec.Struct):
    """What one can bet on in a game's market: a team, Over or Under; `point` is the spread or the total."""

    name: Name
    price: float
    point: float | None = None


class Side(msgspec.Struct):
    """One side of a player's line; `description` is the player."""

    name: Literal["Over", "Under"]
    description: Name
    price: float
    point: float


class Market(msgspec.Struct):
    """A bookmaker's market."""

    key: Name
    outcomes: list[msgspec.Raw]
    last_update: str | None = None


class Bookmaker(msgspec.Struct):
    """A bookmaker's markets of an event."""

    key: Name
    markets: list[msgspec.Raw]


class Event(msgspec.Struct):
    """A game; `timestamp` is that of the historical answer it came in."""

    id: Name
    commence_time: str
    home_team: str
    away_team: str
    bookmakers: list[msgspec.Raw]
    timestamp: str | None = None


class Answer(msgspec.Struct):
    """A historical answer; a live one has no `data`."""

    data: msgspec.Raw = msgspec.Raw()
    timestamp: str | None = None


Kind = TypeVar("Kind", Outcome, Side)


class Offer(NamedTuple, Generic[Kind]):
    """A bookmaker's market of an event, with its outcomes and their numbers."""

    position: str
    event: Event
    bookmaker: Bookmaker
    market: Market
    outcomes: Sequence[tuple[int, Kind]]


class Bet(NamedTuple):
    """One outcome of a game's market."""

    position: str
    offer: Offer[Outcome]
    outcome: Outcome


class Line(NamedTuple):
    """A player's line, over and under together; a side that the bookmaker does not offer has no price."""

    position: str
    offer: Offer[Side]
    player_name: str
    line: float
    over_price: float | None
    under_price: float | None


_OFFER = {
    "snapshot_ts": "offer.event.timestamp",
    "event_id": "offer.event.id",
    "commence_time": "offer.event.commence_time",
    "home_team": "offer.event.home_team",
    "away_team": "offer.event.away_team",
    "bookmaker": "offer.bookmaker.key",
    "market": "offer.market.key",
    "last_update": "offer.market.last_update",
}
_BET = {**_OFFER, "outcome": "outcome.name", "price": "outcome.price", "point": "outcome.point"}
_LINE = {**_OFFER, **{name: name for name in ("player_name", "line", "over_price", "under_price")}}


def bets(content: bytes, wanted: Callable[[str], bool]) -> Parsed:
    """The outcomes of the markets whose keys are `wanted`; other markets are not read."""
    rejected: list[RejectedItem] = []
    found = [
        Bet(f"{offer.position}.outcomes[{number}]", offer, outcome)
        for offer in _offers(content, wanted, Outcome, rejected)
        for number, outcome in offer.outcomes
    ]
    return Parsed(_columns(_BET, found), [bet.position for bet in found], rejected)


def lines(content: bytes, wanted: Callable[[str], bool]) -> Parsed:
    """The players' lines in the markets whose keys are `wanted`; other markets are not read."""
    rejected: list[RejectedItem] = []
    offers = _offers(content, wanted, Side, rejected)
    found = [line for offer in offers for line in _lines(offer, rejected)]
    return Parsed(_columns(_LINE, found), [line.position for line in found], rejected)


def clean_events(values: pd.DataFrame, team_abbr: Callable[[pd.Series], pd.Series]) -> Cleaned:
    """`values` with EVENT_COLUMNS; `team_abbr` gives the codes of the teams by their names."""
    rows = values.assign(
        **{name: moments(values[name]) for name in ("snapshot_ts", "commence_time", "last_update")},
        **{f"{side}_team_abbr": team_abbr(texts(values[f"{side}_team"])) for side in ("home", "away")},
    )
    rows = rows.assign(game_date=eastern_days(rows["commence_time"]))
    rows, undated = reject(rows, garbled(values["snapshot_ts"], rows["snapshot_ts"]), "snapshot_ts makes no sense")
    rows, incomplete = reject_missing(rows, ("commence_time", "home_team_abbr", "away_team_abbr"))
    return rows, [*undated, *incomplete]


def clean_lines(values: pd.DataFrame, team_abbr: Callable[[pd.Series], pd.Series]) -> Cleaned:
    """`values`, as `lines` gives them, with EVENT_COLUMNS and those of a player's `line`."""
    rows, unplaced = clean_events(values, team_abbr)
    lookup = player_lookup(rows["player_name"])
    rows, over_unclear = priced(rows.assign(player_lookup=lookup.where(lookup != "")), "over_")
    rows, under_unclear = priced(rows, "under_")
    rows, unpriced = reject(rows, over_unclear | under_unclear, "a price is neither American nor decimal")
    rows, unnamed = reject_missing(rows, ("player_lookup",))
    return rows, [*unplaced, *unpriced, *unnamed]


def _offers(
    content: bytes, wanted: Callable[[str], bool], kind: type[Kind], rejected: list[RejectedItem]
) -> Iterator[Offer[Kind]]:
    for place, event in _events(content, rejected):
        for b, bookmaker in each(event.bookmakers, Bookmaker, f"{place}.bookmakers", rejected):
            markets = f"{place}.bookmakers[{b}].markets"
            for m, market in each(bookmaker.markets, Market, markets, rejected):
                if wanted(market.key):
                    outcomes = list(each(market.outcomes, kind, f"{markets}[{m}].outcomes", rejected))
                    yield Offer(f"{markets}[{m}]", event, bookmaker, market, outcomes)


def _events(content: bytes, rejected: list[RejectedItem]) -> list[tuple[str, Event]]:
    """The events with their positions, each with the time of the answer if it is a historical one."""
    answer: Answer | list = decode(content, Answer | list[msgspec.Raw])  # type: ignore[arg-type]
    if isinstance(answer, list) or not bytes(answer.data):
        return _one_or_many(content, "$", rejected)
    events = _one_or_many(bytes(answer.data), "$.data", rejected)
    return [(place, msgspec.structs.replace(event, timestamp=answer.timestamp)) for place, event in events]


def _one_or_many(content: bytes, position: str, rejected: list[RejectedItem]) -> list[tuple[str, Event]]:
    try:
        found: Event | list = decode(content, Event | list[msgspec.Raw])  # type: ignore[arg-type]
    except BadPayload as error:
        raise BadPayload(error.reason, position + error.position.removeprefix("$")) from error
    if isinstance(found, Event):
        return [(position, found)]
    return [(f"{position}[{number}]", event) for number, event in each(found, Event, position, rejected)]


def _lines(offer: Offer[Side], rejected: list[RejectedItem]) -> Iterator[Line]:
    """The offer's lines. The position of one names both its outcomes: `$.bookmakers[0].markets[0].outcomes[4,5]`."""
    found: dict[tuple[str, float], dict[str, tuple[int, float]]] = {}
    for number, side in offer.outcomes:
        sides = found.setdefault((side.description, side.point), {})
        if side.name in sides:
            place = f"{offer.position}.outcomes[{number}]"
            rejected.append(RejectedItem(place, "this side of the line stands already further up"))
        else:
            sides[side.name] = (number, side.price)
    for (player, point), sides in found.items():
        numbers = ",".join(str(number) for number, _ in sides.values())
        over, under = (sides[name][1] if name in sides else None for name in ("Over", "Under"))
        yield Line(f"{offer.position}.outcomes[{numbers}]", offer, player, point, over, under)


def _columns(paths: dict[str, str], found: Sequence[Any]) -> dict[str, list]:
    return {name: list(map(attrgetter(path), found)) for name, path in paths.items()}
