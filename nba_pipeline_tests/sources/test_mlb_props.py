"""Lines on pitchers and batters: the sample's own prices, the Odds API's markets, and any damage counted."""

import gzip
import json

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, mlb_batter_props, mlb_pitcher_props
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.odds_answers import (
    bookmaker,
    event,
    historical,
    is_above_outcomes,
    line,
    market,
    outcomes_held,
    outcomes_told,
)
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

EVENT_ID = "a124407c558a21eea81379bc951a8221"
NAME = "mlb-odds-api/{}-props/2025-07-05/a124407c558a21eea81379bc951a8221-DET-CLE/20250705T221500Z-snap-2214.json"
GAME = {
    **{"id": EVENT_ID, "commence_time": "2025-07-06T02:10:00Z"},
    **{"home_team": "Cleveland Guardians", "away_team": "Detroit Tigers"},
}
STRIKEOUTS = market("pitcher_strikeouts", *line("Jobex Ström", 4.5, 110, -140))
OUTS = market("pitcher_outs", *line("Jobex Ström", 17.5, -110, -110))
HITS = market("batter_hits", *line("Tarel Wexby", 0.5, 1.5, 2.6))
ANSWER = event(bookmaker("betonlineag", STRIKEOUTS, OUTS, HITS), bookmaker("williamhill_us", STRIKEOUTS), **GAME)

PITCHER = {
    **{"pitcher_name": "Jobex Ström", "strikeout_line": 4.5, "sportsbook_count": 2},
    "individual_odds": {"FanDuel": {"over": 110, "under": -140}, "MyBookie.ag": {"over": 108, "under": -149}},
}
DAY_GAME = {
    **{"event_id": EVENT_ID, "away_team": "Detroit Tigers", "home_team": "Cleveland Guardians"},
    **{"game_time": "2025-07-05T22:10:00-04:00", "pitchers": [PITCHER]},
}
DAY = {
    "metadata": {"generated_at": "2025-07-05T18:14:03.946870-04:00", "date": "2025-07-05", "timezone": "US/Eastern"},
    "games": [DAY_GAME],
}


def collect(source, content: bytes) -> Batch:
    who = "pitcher" if source is mlb_pitcher_props else "batter"
    return batch.collect(source, [SourceFile(NAME.format(who), 1, content)])


def parsed(source, answer: object) -> Batch:
    return collect(source, json.dumps(answer).encode())


@needs_real_data
def test_the_sample_of_strikeout_lines_has_every_books_own_prices():
    content = (SAMPLES / "mlb_k_props_feed" / "strikeout-props_2025-07-05_b5bdc74ebf.json.gz").read_bytes()
    games = json.loads(gzip.decompress(content))["games"]
    held = {
        (game["event_id"], pitcher["pitcher_name"], pitcher["strikeout_line"], mlb_key): prices
        for game in games
        for pitcher in game["pitchers"]
        for book, prices in pitcher["individual_odds"].items()
        for mlb_key in [book.lower().replace(".", "")]
    }
    collected = collect(mlb_pitcher_props, content)
    rows = collected.rows.set_index(["event_id", "player_name", "line", "bookmaker"])
    assert (len(rows), collected.rejected_rows) == (118, [])
    assert len(rows) == sum(pitcher["sportsbook_count"] for game in games for pitcher in game["pitchers"])
    assert rows["over_price"].fillna(0).to_dict() == {key: prices["over"] or 0 for key, prices in held.items()}
    assert rows["under_price"].fillna(0).to_dict() == {key: prices["under"] or 0 for key, prices in held.items()}
    assert rows["snapshot_ts"].eq(pd.Timestamp("2025-07-05T22:14:03.946870Z")).all()
    assert rows["market"].eq("pitcher_strikeouts").all()
    assert set(rows["home_team_abbr"]) == {"ATH", "CLE", "COL", "LAD", "SD", "SEA"}


def test_each_feed_takes_the_markets_of_its_players():
    columns = ["market", "bookmaker", "player_name", "line", "over_price", "under_price"]
    assert parsed(mlb_pitcher_props, ANSWER).rows[columns].to_numpy().tolist() == [
        ["pitcher_strikeouts", "betonlineag", "Jobex Ström", 4.5, 110, -140],
        ["pitcher_outs", "betonlineag", "Jobex Ström", 17.5, -110, -110],
        ["pitcher_strikeouts", "williamhill_us", "Jobex Ström", 4.5, 110, -140],
    ]
    assert parsed(mlb_batter_props, ANSWER).rows[columns].to_numpy().tolist() == [
        ["batter_hits", "betonlineag", "Tarel Wexby", 0.5, -200, 160]
    ]


@pytest.mark.parametrize("source", [mlb_pitcher_props, mlb_batter_props])
def test_a_late_game_stands_on_its_eastern_day_and_a_snapshot_at_its_own_time(source):
    past, live = parsed(source, historical(ANSWER, "2025-07-05T20:00:00Z")).rows, parsed(source, [ANSWER]).rows
    assert past["game_date"].eq(pd.Timestamp("2025-07-05")).all()
    assert past["home_team_abbr"].eq("CLE").all()
    assert past["snapshot_ts"].eq(pd.Timestamp("2025-07-05T20:00Z")).all()
    assert live["snapshot_ts"].eq(pd.Timestamp("2025-07-05T22:15Z")).all()


def test_a_book_of_a_days_strikeout_lines_has_the_odds_apis_key():
    rows = parsed(mlb_pitcher_props, DAY).rows
    assert rows["bookmaker"].tolist() == ["fanduel", "mybookieag"]
    assert rows["over_implied_probability"].tolist() == [pytest.approx(100 / 210), pytest.approx(100 / 208)]
    assert rows["last_update"].isna().all()


BOOKS = "$.games[0].pitchers[0].individual_odds"


@pytest.mark.parametrize(
    ("prices", "position", "reason"),
    [
        ({"FanDuel": {"over": "110"}}, f"{BOOKS}[0].over", "Expected `float | null`, got `str`"),
        ({"FanDuel": {"over": 0, "under": -140}}, f"{BOOKS}[0]", "a price is neither American nor decimal"),
        ({"?": {"over": 110, "under": -140}}, f"{BOOKS}[0]", "bookmaker is missing or makes no sense"),
    ],
)
def test_a_books_prices_that_make_no_sense_cost_themselves(prices, position, reason):
    pitcher = PITCHER | {"individual_odds": {**prices, "BetMGM": {"over": 115, "under": -155}}}
    collected = parsed(mlb_pitcher_props, DAY | {"games": [DAY_GAME | {"pitchers": [pitcher]}]})
    assert collected.rows["bookmaker"].tolist() == ["betmgm"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (position, reason)


def test_an_all_star_game_is_listed_and_not_taken():
    collected = parsed(mlb_batter_props, ANSWER | {"home_team": "American League"})
    assert [failure.reason for failure in collected.rejected_rows] == ["home_team_abbr is missing or makes no sense"]


@pytest.mark.parametrize(("source", "markets"), [(mlb_pitcher_props, "pitcher_"), (mlb_batter_props, "batter_")])
@given(damaged(historical(event(bookmaker("bovada", STRIKEOUTS, HITS), bookmaker("fanduel", HITS), **GAME))))
def test_every_outcome_of_a_damaged_answer_is_in_a_row_or_named_in_a_failure(source, markets, answer):
    try:
        collected = parsed(source, answer)
    except TooManyBadFiles:
        return
    told = outcomes_told(collected, "over_price", "under_price")
    assert is_above_outcomes(collected) or told == outcomes_held(answer, markets)


def every_book_is_told(collected: Batch, content: object) -> bool:
    """Whether the lines of a day are rows, or named in failures that are of books alone."""
    told = [failure for failure in collected.rejected_rows if "individual_odds[" in failure.position]
    if len(told) < len(collected.rejected_rows) or not isinstance(content, dict):
        return True
    pitchers = [pitcher for game in content["games"] or [] for pitcher in game["pitchers"]]
    return len(collected.rows) + len(told) == sum(len(pitcher["individual_odds"]) for pitcher in pitchers)


@given(damaged(DAY))
def test_every_book_of_a_damaged_day_of_strikeout_lines_is_a_row_or_named_in_a_failure(content):
    try:
        collected = parsed(mlb_pitcher_props, content)
    except TooManyBadFiles:
        return
    assert every_book_is_told(collected, content)
