"""BettingPros' player points props: one object is all offers of a day at the time of the scrape.

The object is what the scraper makes of the API's offers: each offer is a player's points in a game, with the lines of
every book on its two sides.
"""

from collections.abc import Iterator
from operator import attrgetter
from typing import Literal, NamedTuple

import msgspec
import pandas as pd

from nba_pipeline.sources.feed import LINEAGE, Feed
from nba_pipeline.sources.names import player_lookup
from nba_pipeline.sources.odds import bookmaker_keys, price_columns, priced
from nba_pipeline.sources.odds_api import Name
from nba_pipeline.sources.payload import (
    Cleaned,
    Parsed,
    RejectedItem,
    Whole,
    decode,
    each,
    moments,
    reject,
    reject_missing,
    texts,
)
from nba_pipeline.sources.teams import team_abbr
from nba_pipeline.table import Table, nullable, required

FEED = Feed("bettingpros_player_points_props", "bettingpros/player-props/points/{date}/{ts}.json", holds="snapshot")

TABLE = Table(
    dataset="nba_raw",
    name="bettingpros_player_points_props",
    description="Every snapshot of every book's player points lines, a row per side, as BettingPros gives them.",
    key=("offer_id", "book_id", "bet_side", "snapshot_ts"),
    strategy="append",
    inputs=("source_object", "source_generation"),
    cluster_by=("player_lookup",),
    columns=(
        required("game_date", "DATE", "Eastern game day, from the object's name"),
        required("offer_id", "STRING", "BettingPros' id of a player's points in a game"),
        required("event_id", "INT64", "BettingPros' id of the game"),
        required("player_lookup", "STRING", "The name as a join key; see sources/names.py"),
        required("player_name", "STRING", "The name as BettingPros writes it"),
        nullable("team_abbr", "STRING", "The player's team when scraped, years after the game perhaps; NULL if none"),
        required("book_id", "INT64", "BettingPros' id of the book; 0 is its consensus"),
        required("bookmaker", "STRING", "The book's key as the Odds API writes it, e.g. draftkings"),
        required("bet_side", "STRING", "over or under"),
        required("points_line", "FLOAT64", "Points that the player must exceed for over to win"),
        *price_columns("", "the side"),
        nullable("is_active", "BOOL", "Whether the book still takes bets on the line"),
        nullable("last_update", "TIMESTAMP", "When the book last changed the line"),
        required("snapshot_ts", "TIMESTAMP", "When it was scraped"),
        *LINEAGE,
    ),
)


class BookLine(msgspec.Struct):
    """A book's line on one side."""

    book_id: Whole
    book_name: Name
    line: float
    odds: float | None = None
    updated: str | None = None
    active: bool | None = None


class Selection(msgspec.Struct):
    """One side of an offer."""

    sportsbooks: list[msgspec.Raw]


class Offer(msgspec.Struct):
    """A player's points in a game."""

    offer_id: Whole | Name
    event_id: Whole
    player_name: Name
    player_team: str | None = None
    over: Selection | None = None
    under: Selection | None = None


class Offers(msgspec.Struct):
    """The scraper's object."""

    props: list[msgspec.Raw]


class Bet(NamedTuple):
    """A book's line on one side of an offer."""

    position: str
    offer: Offer
    bet_side: Literal["over", "under"]
    line: BookLine


_COLUMNS = {
    **{"offer_id": "offer.offer_id", "event_id": "offer.event_id", "player_name": "offer.player_name"},
    **{"team_abbr": "offer.player_team", "bet_side": "bet_side", "book_id": "line.book_id"},
    **{"bookmaker": "line.book_name", "points_line": "line.line", "price": "line.odds"},
    **{"is_active": "line.active", "last_update": "line.updated"},
}
# How BettingPros writes that a player has no team.
_NO_TEAM = ("", "FA")


def parse(content: bytes) -> Parsed:
    """The lines of all offers, a row per book and side."""
    rejected: list[RejectedItem] = []
    found = list(_bets(decode(content, Offers), rejected))
    columns = {name: list(map(attrgetter(path), found)) for name, path in _COLUMNS.items()}
    return Parsed(columns, [bet.position for bet in found], rejected)


def clean(values: pd.DataFrame) -> Cleaned:
    """The lines as rows of TABLE without lineage."""
    team = texts(values["team_abbr"].mask(values["team_abbr"].isin(_NO_TEAM), None))
    lookup, bookmaker = player_lookup(values["player_name"]), bookmaker_keys(values["bookmaker"])
    rows = values.assign(
        **{"offer_id": values["offer_id"].astype(str), "team_abbr": team_abbr(team)},
        **{"player_lookup": lookup.where(lookup != ""), "bookmaker": bookmaker.where(bookmaker != "")},
        **{"points_line": values["points_line"].astype("float64"), "last_update": moments(values["last_update"])},
    )
    rows, unclear = priced(rows, "")
    rows, unpriced = reject(rows, unclear, "a price is neither American nor decimal")
    rows, strangers = reject(rows, team[rows.index].notna() & rows["team_abbr"].isna(), "player_team is no team's")
    rows, unnamed = reject_missing(rows, ("player_lookup", "bookmaker"))
    return rows, [*unpriced, *strangers, *unnamed]


def _bets(offers: Offers, rejected: list[RejectedItem]) -> Iterator[Bet]:
    for number, offer in each(offers.props, Offer, "$.props", rejected):
        for side in ("over", "under"):
            books = f"$.props[{number}].{side}.sportsbooks"
            selection: Selection | None = getattr(offer, side)
            for b, line in each(selection.sportsbooks if selection else [], BookLine, books, rejected):
                yield Bet(f"{books}[{b}]", offer, side, line)
