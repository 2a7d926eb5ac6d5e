"""BettingPros' points props: every book's side is a row, and any damage to an object is counted."""

import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, bettingpros_player_points_props
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged


def book(book_id: int, name: str, line: float, odds: object = -110) -> dict:
    told = {"updated": "2024-01-01 22:15:00", "active": True, "best": False}
    return {"book_id": book_id, "book_name": name, "line_id": 7, "line": line, "odds": odds, **told}


def side(*books: dict) -> dict:
    return {"selection_id": 70, "active": True, "opening_line": {}, "sportsbooks": list(books)}


def offer(offer_id: object, player: str, over: dict | None, under: dict | None, **values: object) -> dict:
    told = {"event_id": 20879, "player_id": 3473, "player_name": player, "player_team": "BOS"}
    kind = {"player_position": "G", "market": "points", "market_id": 156, "link": "", "active": True}
    return {"offer_id": offer_id, **told, **kind, "over": over, "under": under, **values}


TWO_BOOKS = side(book(10, "FanDuel", 20.5, -114), book(12, "DraftKings", 21.5, 100))
FIRST = offer(1001, "Jobex Ström Jr.", TWO_BOOKS, side(book(10, "FanDuel", 20.5, -106)))
SECOND = offer("b-2", "Tarel Wexby", None, side(book(37, "PrizePicks", 9.5, -137)), player_team="FA")
DAY = {"date": "2024-01-01", "sport": "NBA", "market_id": 156, "props_count": 2, "props": [FIRST, SECOND]}


def collect(content: bytes) -> Batch:
    name = "bettingpros/player-props/points/2024-01-01/20240101T221700Z.json"
    return batch.collect(bettingpros_player_points_props, [SourceFile(name, 1, content)])


def parsed(*offers: object) -> Batch:
    return collect(json.dumps({**DAY, "props": list(offers)}).encode())


def test_every_books_side_of_every_offer_is_a_row():
    collected = parsed(FIRST, SECOND)
    columns = ["offer_id", "player_lookup", "bet_side", "book_id", "bookmaker", "points_line"]
    assert collected.rows[columns].to_numpy().tolist() == [
        ["1001", "jobexstrom", "over", 10, "fanduel", 20.5],
        ["1001", "jobexstrom", "over", 12, "draftkings", 21.5],
        ["1001", "jobexstrom", "under", 10, "fanduel", 20.5],
        ["b-2", "tarelwexby", "under", 37, "prizepicks", 9.5],
    ]
    assert collected.rejected_rows == []


def test_a_row_is_typed_and_of_the_time_of_its_scrape():
    row = parsed(FIRST).rows.iloc[0]
    assert (row["game_date"], row["snapshot_ts"]) == (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01T22:17Z"))
    assert (row["event_id"], row["team_abbr"], row["price"], row["is_active"]) == (20879, "BOS", -114, True)
    assert row["implied_probability"] == pytest.approx(114 / 214)
    assert row["last_update"] == pd.Timestamp("2024-01-01T22:15Z")


def test_daily_fantasy_lines_have_no_price_and_a_player_may_have_no_team():
    row = parsed(SECOND).rows.iloc[0]
    assert row[["price", "implied_probability", "team_abbr"]].isna().all()


def test_a_price_that_a_book_does_not_tell_is_null():
    assert parsed(offer(1, "Jobex Ström", side(book(10, "FanDuel", 20.5, None)), None)).rows["price"].isna().all()


def test_a_second_line_of_a_book_on_one_side_is_rejected():
    twice = offer(1, "Jobex Ström", side(book(10, "FanDuel", 20.5), book(10, "FanDuel", 24.5)), None)
    collected = parsed(twice)
    assert len(collected.rows) == 1
    assert [failure.reason for failure in collected.rejected_rows] == ["its key stands again further down"]


@pytest.mark.parametrize(
    ("bad", "position", "reason"),
    [
        (
            offer(1, "Jobex Ström", side(book(10, "FanDuel", 20.5, "-110")), None),
            "$.props[0].over.sportsbooks[0].odds",
            "Expected `float | null`, got `str`",
        ),
        (
            offer(1, "Jobex Ström", None, side(book(10, "FanDuel", 20.5, 0))),
            "$.props[0].under.sportsbooks[0]",
            "a price is neither American nor decimal",
        ),
        (
            offer(1, "Jobex Ström", side(book(10, "FanDuel", 20.5)), None, player_team="LEB"),
            "$.props[0].over.sportsbooks[0]",
            "player_team is no team's",
        ),
        (
            offer(1, "?", side(book(10, "FanDuel", 20.5)), None),
            "$.props[0].over.sportsbooks[0]",
            "player_lookup is missing or makes no sense",
        ),
        (
            offer(1, "Jobex Ström", {"sportsbooks": 3}, None),
            "$.props[0].over.sportsbooks",
            "Expected `array`, got `int`",
        ),
        (offer(None, "Jobex Ström", TWO_BOOKS, None), "$.props[0].offer_id", "Expected `int | str`, got `null`"),
    ],
)
def test_what_makes_no_sense_is_rejected_with_the_reason_and_the_rest_is_taken(bad, position, reason):
    collected = parsed(bad, SECOND)
    assert collected.rows["player_name"].tolist() == ["Tarel Wexby"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (position, reason)


def test_an_object_without_offers_is_refused():
    with pytest.raises(TooManyBadFiles, match="missing required field `props`"):
        collect(b'{"events": []}')


def lines_held(offers: list) -> int:
    """How many lines the readable offers hold."""
    sides = [found.get(name) for found in offers for name in ("over", "under") if isinstance(found, dict)]
    return sum(len(found["sportsbooks"]) for found in sides if found)


@given(damaged(DAY))
def test_every_line_of_a_damaged_object_is_a_row_or_named_in_a_failure(content):
    try:
        collected = collect(json.dumps(content).encode())
    except TooManyBadFiles:
        return
    told = [failure for failure in collected.rejected_rows if "sportsbooks[" in failure.position]
    if len(told) == len(collected.rejected_rows):
        assert len(collected.rows) + len(told) == lines_held(content["props"])
