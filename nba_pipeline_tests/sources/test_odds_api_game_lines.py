"""Game lines: the samples' own outcomes and prices in every shape, and any damage to an answer counted."""

import gzip
import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, odds_api_game_lines
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.odds_answers import (
    AWAY,
    EVENT,
    HOME,
    bookmaker,
    event,
    historical,
    is_above_outcomes,
    market,
    outcome,
    outcomes_held,
    outcomes_told,
)
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

SPREADS = market("spreads", outcome(AWAY, -108, 4.5), outcome(HOME, -112, -4.5))
WINNER = market("h2h", outcome(AWAY, 150), outcome(HOME, -170))
TOTALS = market("totals", outcome("Over", 1.91, 221.5), outcome("Under", 1.87, 221.5))
ANSWER = event(bookmaker("draftkings", WINNER, SPREADS, TOTALS))


def collect(content: bytes, day: str = "2024-01-01", event_id: str = EVENT["id"]) -> Batch:
    name = f"odds-api/game-lines/{day}/{event_id}-LAC-BOS/20240102T023105Z-snap-0230.json"
    return batch.collect(odds_api_game_lines, [SourceFile(name, 1, content)])


def parsed(answer: object) -> Batch:
    return collect(json.dumps(answer).encode())


def named(of_event: dict, name: str) -> str:
    return {of_event["home_team"]: "home", of_event["away_team"]: "away"}.get(name, name.lower())


def outcomes(events: list[dict]) -> dict[tuple, dict]:
    """Each outcome of `events` by its key."""
    return {
        (found["id"], book["key"], of["key"], named(found, one["name"])): one
        for found in events
        for book in found["bookmakers"]
        for of in book["markets"]
        for one in of["outcomes"]
    }


def rows_by_key(collected: Batch) -> pd.DataFrame:
    return collected.rows.set_index(["event_id", "bookmaker", "market", "outcome"])


@needs_real_data
@pytest.mark.parametrize(
    ("sample", "day", "games", "markets"),
    [
        ("2021-2022__odds_2022-02-04_full_game_first_half", "2022-02-04", 9, {"h2h", "h2h_lay", "spreads", "totals"}),
        ("2022-2023__odds_2023-01-26_full_game_first_half", "2023-01-26", 6, {"h2h", "spreads", "totals"}),
        ("2023-2024__odds_2023-11-03_featured", "2023-11-03", 7, {"h2h", "spreads", "totals"}),
        ("2023-2024__odds_2024-01-21_featured", "2024-01-21", 6, {"h2h", "spreads", "totals"}),
        ("2024-2025__odds_2024-11-01_featured", "2024-11-01", 9, {"h2h", "spreads", "totals"}),
        ("2024-2025__odds_2025-01-21_featured", "2025-01-21", 5, {"h2h", "spreads", "totals"}),
    ],
)
def test_a_sample_of_a_day_has_its_own_outcomes_and_those_of_other_days_are_named(sample, day, games, markets):
    content = (SAMPLES / "odds_api_game_odds" / f"{sample}.json.gz").read_bytes()
    answer = json.loads(gzip.decompress(content))
    first = next(found["id"] for found in answer["data"] if found["bookmakers"])
    collected, held = collect(content, day, first), outcomes(answer["data"])
    rows = rows_by_key(collected)
    assert {failure.reason for failure in collected.rejected_rows} <= {"game_date is not the one in the object's name"}
    assert len(rows) + len(collected.rejected_rows) == len(held)
    assert (rows.index.unique("event_id").size, set(rows.index.unique("market"))) == (games, markets)
    assert rows["price"].tolist() == [held[key]["price"] for key in rows.index]
    assert [None if pd.isna(p) else p for p in rows["point"]] == [held[key].get("point") for key in rows.index]
    assert rows["snapshot_ts"].eq(pd.Timestamp(answer["timestamp"])).all()


@needs_real_data
@pytest.mark.parametrize("kind", ["exp", "raw"])
@pytest.mark.parametrize(
    ("folder", "name", "count"),
    [
        ("oddsa_game_lines_his", "b722994c", 8),
        ("oddsa_player_props_his", "815b3ee3", 8),
        ("odds_api_historical_game_lines", "9221b91f", 4),
    ],
)
def test_a_sample_with_decimal_prices_has_their_probabilities(folder, name, count, kind):
    content = (SAMPLES / folder / f"{kind}_{name}.json").read_bytes()
    answered = json.loads(content)["data"]
    collected = collect(content, "2024-01-24", answered["id"])
    held, rows = outcomes([answered]), rows_by_key(collected)
    assert (len(rows), collected.rejected_rows) == (count, [])
    for key, one in held.items():
        assert rows.loc[key, "implied_probability"] == pytest.approx(1 / one["price"])
        assert abs(rows.loc[key, "price"]) >= 100
    assert set(rows["home_team_abbr"] + rows["away_team_abbr"]) == {"GSWATL"}


def test_an_outcome_is_named_by_its_side_and_typed():
    rows = parsed(ANSWER).rows.set_index(["market", "outcome"])
    assert rows["point"].dropna().to_dict() == {
        **{("spreads", "away"): 4.5, ("spreads", "home"): -4.5},
        **{("totals", "over"): 221.5, ("totals", "under"): 221.5},
    }
    assert rows["price"].to_dict() == {
        **{("h2h", "away"): 150, ("h2h", "home"): -170, ("spreads", "away"): -108, ("spreads", "home"): -112},
        **{("totals", "over"): -110, ("totals", "under"): -115},
    }
    assert rows["last_update"].eq(pd.Timestamp("2024-01-02T01:00:00Z")).all()


def test_a_late_game_stands_on_its_eastern_day():
    assert parsed(ANSWER).rows["game_date"].eq(pd.Timestamp("2024-01-01")).all()


def test_a_list_of_events_is_read_as_each_of_them():
    other = {**ANSWER, "id": "ab"}
    for answer in ([ANSWER, other], historical([ANSWER, other])):
        assert parsed(answer).rows["event_id"].value_counts().to_dict() == {ANSWER["id"]: 6, "ab": 6}


def test_a_list_that_holds_nothing_of_the_event_it_is_named_after_is_refused():
    with pytest.raises(TooManyBadFiles, match="event_id is not the one in the object's name"):
        parsed([{**ANSWER, "id": "ab"}, {**ANSWER, "id": "cd"}])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (outcome(HOME, "-110", -4.5), "Expected `float`, got `str`"),
        (outcome(HOME, 0, -4.5), "a price is neither American nor decimal"),
        (outcome("Draw", -110, -4.5), "outcome is missing or makes no sense"),
        (outcome(HOME, -110), "point is missing"),
    ],
)
def test_an_outcome_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(bad, reason):
    collected = parsed(event(bookmaker("draftkings", WINNER, market("spreads", bad, outcome(AWAY, -110, 4.5)))))
    assert collected.rows[["market", "outcome"]].to_numpy().tolist() == [
        ["h2h", "away"],
        ["h2h", "home"],
        ["spreads", "away"],
    ]
    (failure,) = collected.rejected_rows
    assert failure.position.startswith("$.bookmakers[0].markets[1].outcomes[0]")
    assert failure.reason == reason


def test_a_bad_bookmaker_or_market_costs_itself():
    collected = parsed(event({"key": "x"}, bookmaker("fanduel", {"key": "h2h"}, WINNER)))
    assert collected.rows["bookmaker"].tolist() == ["fanduel", "fanduel"]
    assert [failure.position for failure in collected.rejected_rows] == [
        "$.bookmakers[0]",
        "$.bookmakers[1].markets[0]",
    ]


def test_of_a_snapshot_scraped_twice_the_newer_scrape_stays():
    name = f"odds-api/game-lines/2024-01-01/{EVENT['id']}-LAC-BOS/{{}}-snap-0230.json"
    changed = event(bookmaker("draftkings", market("h2h", outcome(HOME, -200))))
    files = [
        SourceFile(name.format(ts), 1, json.dumps(historical(answer)).encode())
        for ts, answer in (("20240102T030000Z", changed), ("20240102T023105Z", ANSWER))
    ]
    rows = batch.collect(odds_api_game_lines, files).rows
    assert rows.set_index(["market", "outcome"])["price"].loc[("h2h", "home")] == -200
    assert len(rows) == 6


@given(damaged(historical(event(bookmaker("draftkings", WINNER, SPREADS), bookmaker("fanduel", TOTALS)))))
def test_every_outcome_of_a_damaged_answer_is_a_row_or_named_in_a_failure(answer):
    try:
        collected = parsed(answer)
    except TooManyBadFiles:
        return
    assert is_above_outcomes(collected) or outcomes_told(collected, "price") == outcomes_held(answer, "")
