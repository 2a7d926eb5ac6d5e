"""The writer of the Odds API's player points lines."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.writing import Objects, Writer
from nba_pipeline.sources import odds_api_player_points_props
from nba_pipeline.sources.feed import stamp
from nba_pipeline.sources.teams import BY_ABBR

# The API takes a snapshot every five minutes.
_STEP = pd.Timedelta(minutes=5)


def player_points_props(season: Season) -> Objects:
    """One object per game and snapshot of its lines, in the shape of a historical answer."""
    if season.props is None:
        return
    lines = season.props.sort_values(["event_id", "snapshot_ts", "bookmaker"], kind="stable").astype(object)
    records = lines.where(lines.notna(), None).to_dict("records")
    for (event_id, moment), found in groupby(records, itemgetter("event_id", "snapshot_ts")):
        held = list(found)
        first = held[0]
        name = odds_api_player_points_props.FEED.object_name(
            date=f"{first['game_date']:%Y-%m-%d}",
            event_id=event_id,
            teams=f"{first['away_team']}-{first['home_team']}",
            ts=stamp(moment),
            hhmm=f"{moment:%H%M}",
        )
        yield name, json.dumps(_answer(moment, held)).encode()


WRITERS = (Writer(odds_api_player_points_props.FEED, player_points_props),)


def _answer(moment: pd.Timestamp, lines: list[dict]) -> dict[str, Any]:
    first = lines[0]
    event = {
        "id": first["event_id"],
        "sport_key": "basketball_nba",
        "sport_title": "NBA",
        "commence_time": _text(first["commence_time"]),
        "home_team": _name(first["home_team"]),
        "away_team": _name(first["away_team"]),
        "bookmakers": [_bookmaker(book, list(found)) for book, found in groupby(lines, itemgetter("bookmaker"))],
    }
    times = {"timestamp": moment, "previous_timestamp": moment - _STEP, "next_timestamp": moment + _STEP}
    return {**{name: _text(time) for name, time in times.items()}, "data": event}


def _bookmaker(book: str, lines: list[dict]) -> dict[str, Any]:
    updated = lines[0]["last_update"]
    told = None if updated is None else _text(updated)
    market = {"key": "player_points", "last_update": told, "outcomes": list(_outcomes(lines))}
    return {"key": book, "title": book, "last_update": told, "markets": [market]}


def _outcomes(lines: Iterable[dict]) -> Iterator[dict[str, Any]]:
    for line in lines:
        for side in ("Over", "Under"):
            price = line[f"{side.lower()}_price"]
            if price is not None:
                yield {"name": side, "description": line["player_name"], "price": price, "point": line["line"]}


def _name(abbr: str) -> str:
    """The team as the Odds API writes it."""
    return "Los Angeles Clippers" if abbr == "LAC" else BY_ABBR[abbr].name


def _text(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
