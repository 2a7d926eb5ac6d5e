"""What the writers of the Odds API's feeds share: offers as the objects of a historical answer."""

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from nba_pipeline.local.season.writing import Objects
from nba_pipeline.sources.feed import Feed, stamp

# The API takes a snapshot every five minutes.
_STEP = pd.Timedelta(minutes=5)

Offers = list[dict[str, Any]]
Markets = Callable[[Offers], Mapping[str, list[dict[str, Any]]]]


def answers(feed: Feed, lines: pd.DataFrame, sport: str, names: Mapping[str, str], markets: Markets) -> Objects:
    """One object per event and snapshot of `lines`, which hold OFFER_COLUMNS.

    `sport` is the API's key, `names` the teams as it writes them by their codes, and `markets` makes the outcomes of
    each market out of what a bookmaker offers.
    """
    lines = lines.sort_values(["event_id", "snapshot_ts", "bookmaker"], kind="stable").astype(object)
    records = lines.where(lines.notna(), None).to_dict("records")
    for (event_id, moment), found in groupby(records, itemgetter("event_id", "snapshot_ts")):
        held = list(found)
        first = held[0]
        name = feed.object_name(
            date=f"{first['game_date']:%Y-%m-%d}",
            event_id=event_id,
            teams=f"{first['away_team']}-{first['home_team']}",
            ts=stamp(moment),
            hhmm=f"{moment:%H%M}",
        )
        event = {
            "id": event_id,
            "sport_key": sport,
            "sport_title": sport.rpartition("_")[2].upper(),
            "commence_time": _text(first["commence_time"]),
            "home_team": names[first["home_team"]],
            "away_team": names[first["away_team"]],
            "bookmakers": [
                _bookmaker(b, list(offers), markets) for b, offers in groupby(held, itemgetter("bookmaker"))
            ],
        }
        times = {"timestamp": moment, "previous_timestamp": moment - _STEP, "next_timestamp": moment + _STEP}
        answer = {**{name: _text(time) for name, time in times.items()}, "data": event}
        yield name, json.dumps(answer).encode()


def sides(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Over and Under of players' lines, without a side that has no price."""
    return [
        {"name": side, "description": line["player_name"], "price": price, "point": line["line"]}
        for line in lines
        for side in ("Over", "Under")
        if (price := line[f"{side.lower()}_price"]) is not None
    ]


def _bookmaker(book: str, offers: Offers, markets: Markets) -> dict[str, Any]:
    updated = offers[0]["last_update"]
    told = None if updated is None else _text(updated)
    held = [{"key": key, "last_update": told, "outcomes": outcomes} for key, outcomes in markets(offers).items()]
    return {"key": book, "title": book, "last_update": told, "markets": held}


def _text(moment: pd.Timestamp) -> str:
    return moment.isoformat().replace("+00:00", "Z")
