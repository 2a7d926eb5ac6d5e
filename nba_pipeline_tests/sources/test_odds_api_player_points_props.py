"""Player points lines: a real day's own numbers in both shapes, and any damage to an answer counted."""

import json
import re

import pandas as pd
import pytest
from hypothesis import given

from nba_pipeline.sources import batch, odds_api_player_points_props
from nba_pipeline.sources.batch import Batch, SourceFile, TooManyBadFiles
from nba_pipeline_tests.support.damage import damaged
from nba_pipeline_tests.support.odds_answers import (
    bookmaker,
    event,
    historical,
    is_above_outcomes,
    line,
    market,
    outcome,
    outcomes_held,
    outcomes_told,
)
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data

NAME = "odds-api/player-props/2024-01-01/0fb83b1ef41912af1127cb2928230b7b-LAC-BOS/20240102T023105Z-snap-0230.json"
POINTS = market("player_points", *line("Jobex Ström", 20.5, -115, -105), *line("Tarel Wexby Jr.", 9.5, 1.91, 1.87))
ANSWER = event(bookmaker("draftkings", POINTS), bookmaker("prizepicks", POINTS))


def collect(content: bytes, name: str = NAME) -> Batch:
    return batch.collect(odds_api_player_points_props, [SourceFile(name, 1, content)])


def parsed(answer: object) -> Batch:
    return collect(json.dumps(answer).encode())


def of_points(*outcomes: dict, book: str = "draftkings") -> dict:
    return event(bookmaker(book, market("player_points", *outcomes)))


def csv_sample(name: str) -> pd.DataFrame:
    return pd.read_csv(SAMPLES / "odds_api_props_csv" / name)


def as_answer(rows: pd.DataFrame) -> dict:
    """One event's rows of a sample as the API's answer."""
    first = rows.iloc[0]
    books = [
        bookmaker(str(book), *(market(str(key), *of_book(lines)) for key, lines in found.groupby("market")))
        for book, found in rows.groupby("bookmaker")
    ]
    teams = {side: first[side] for side in ("home_team", "away_team")}
    return event(*books, id=first["id"], commence_time=first["commence_time"], **teams)


def of_book(rows: pd.DataFrame) -> list[dict]:
    found = zip(rows["side"], rows["price"], rows["line"], rows["player"], strict=True)
    return [outcome(side, price, point, player) for side, price, point, player in found]


def as_file(rows: pd.DataFrame) -> SourceFile:
    day = pd.Timestamp(rows["commence_time"].iloc[0]).tz_convert("America/New_York").date()
    name = f"odds-api/player-props/{day}/{rows['id'].iloc[0]}-AWAY-HOME/20240319T201500Z-snap-2015.json"
    return SourceFile(name, 1, json.dumps(as_answer(rows)).encode())


@needs_real_data
@pytest.mark.parametrize(
    ("name", "columns", "lines"),
    [
        (
            "btam__data_points_2024-03-19.csv.gz",
            {
                **{"outcomes_name": "side", "outcomes_description": "player", "outcomes_price": "price"},
                **{"outcomes_point": "line", "bookmakers.key": "bookmaker", "bookmakers.markets.key": "market"},
            },
            1146,
        ),
        ("spon7ge__12_25_2024.csv.gz", {"game_id": "id"}, 140),
    ],
)
def test_a_real_day_has_its_own_lines_and_prices(name, columns, lines):
    sample = csv_sample(name).rename(columns=columns)
    sample["bookmaker"] = sample["bookmaker"].str.lower()
    files = [as_file(rows) for _, rows in sample.groupby("id")]
    collected = batch.collect(odds_api_player_points_props, files)
    assert (len(collected.rows), collected.rejected_rows) == (lines, [])
    points = sample[sample["market"] == "player_points"]
    keys = ["id", "bookmaker", "player", "line"]
    expected = points.pivot_table(values="price", index=keys, columns="side", aggfunc="sum").astype("float64")
    expected.loc[expected.index.get_level_values("bookmaker").isin(["prizepicks", "underdog"])] = None
    found = collected.rows.rename(columns={"event_id": "id", "player_name": "player", "points_line": "line"})
    prices = found.set_index(keys)[["over_price", "under_price"]].sort_index().astype("float64")
    pd.testing.assert_frame_equal(prices.set_axis(expected.columns, axis=1), expected, check_index_type=False)


def test_a_historical_answer_is_of_its_own_time_and_a_live_one_of_its_scrape():
    live, past = parsed(ANSWER).rows, parsed(historical(ANSWER)).rows
    assert live["snapshot_ts"].eq(pd.Timestamp("2024-01-02T02:31:05Z")).all()
    assert past["snapshot_ts"].eq(pd.Timestamp("2024-01-02T02:30:00Z")).all()
    pd.testing.assert_frame_equal(live.drop(columns="snapshot_ts"), past.drop(columns="snapshot_ts"))


def test_a_line_has_both_sides_and_a_late_game_stands_on_its_eastern_day():
    row = parsed(ANSWER).rows.iloc[0]
    assert (row["game_date"], row["commence_time"]) == (
        pd.Timestamp("2024-01-01"),
        pd.Timestamp("2024-01-02T03:10:00Z"),
    )
    assert (row["home_team_abbr"], row["away_team_abbr"]) == ("BOS", "LAC")
    assert (row["player_lookup"], row["points_line"]) == ("jobexstrom", 20.5)
    assert (row["over_price"], row["under_price"]) == (-115, -105)
    assert row["over_implied_probability"] == pytest.approx(115 / 215)


def test_decimal_prices_are_stored_as_american_ones():
    row = parsed(ANSWER).rows.set_index("player_lookup").loc["tarelwexby"].iloc[0]
    assert (row["over_price"], row["under_price"]) == (-110, -115)
    assert row["over_implied_probability"] == pytest.approx(1 / 1.91)


def test_daily_fantasy_lines_have_no_prices():
    rows = parsed(ANSWER).rows.set_index("bookmaker").loc["prizepicks"]
    assert rows["points_line"].tolist() == [20.5, 9.5]
    assert rows[[name for name in rows if "price" in name or "probability" in name]].isna().all(axis=None)


def test_alternate_lines_are_rows_beside_the_main_one():
    rows = parsed(of_points(*line("Jobex Ström", 20.5, -115, -105), *line("Jobex Ström", 24.5, 220, -300))).rows
    assert rows["points_line"].tolist() == [20.5, 24.5]


def test_a_side_that_a_book_does_not_offer_has_no_price():
    row = parsed(of_points(outcome("Under", -120, 20.5, "Jobex Ström"))).rows.iloc[0]
    assert (row["over_price"], row["under_price"]) == (pd.NA, -120)


def test_markets_of_other_kinds_are_not_read():
    others = [market("player_assists", *line("Jobex Ström", 5.5, -110, -110)), market("spreads", {"name": 7})]
    assert parsed(event(bookmaker("draftkings", *others, POINTS))).rows["points_line"].tolist() == [20.5, 9.5]


@needs_real_data
def test_the_sample_of_spreads_and_totals_holds_no_points_line():
    name = NAME.replace("2024-01-01", "2024-01-24")
    collected = collect((SAMPLES / "oddsa_player_props_his" / "exp_815b3ee3.json").read_bytes(), name)
    assert (len(collected.rows), collected.files, collected.rejected_rows) == (0, 1, [])


def test_two_snapshots_of_an_event_are_both_kept():
    other = NAME.replace("023105", "033105")
    content = json.dumps(ANSWER).encode()
    collected = batch.collect(odds_api_player_points_props, [SourceFile(name, 1, content) for name in (NAME, other)])
    assert len(collected.rows) == 8


BAD = "$.bookmakers[0].markets[0].outcomes"


@pytest.mark.parametrize(
    ("outcomes", "position", "reason"),
    [
        ([outcome("Over", "-110", 20.5, "Jobex Ström")], f"{BAD}[0].price", "Expected `float`, got `str`"),
        ([outcome("Yes", -110, 20.5, "Jobex Ström")], f"{BAD}[0].name", "Invalid enum value 'Yes'"),
        ([outcome("Over", -110, None, "Jobex Ström")], f"{BAD}[0]", "Object missing required field `point`"),
        ([outcome("Over", -110, 20.5)], f"{BAD}[0]", "Object missing required field `description`"),
        (line("Jobex Ström", 20.5, -50, -110), f"{BAD}[0,1]", "a price is neither American nor decimal"),
        (line("Jobex Ström", 20.5, -115, 0.5), f"{BAD}[0,1]", "a price is neither American nor decimal"),
        (line("...", 20.5, -115, -115), f"{BAD}[0,1]", "player_lookup is missing or makes no sense"),
    ],
)
def test_an_outcome_that_makes_no_sense_is_rejected_with_the_reason_and_the_others_are_taken(
    outcomes, position, reason
):
    collected = parsed(of_points(*outcomes, *line("Tarel Wexby", 9.5, -110, -110)))
    assert collected.rows["player_name"].tolist() == ["Tarel Wexby"]
    (failure,) = collected.rejected_rows
    assert (failure.position, failure.reason) == (position, reason)


def test_a_side_twice_is_rejected_once():
    collected = parsed(of_points(*line("Jobex Ström", 20.5, -115, -105), outcome("Over", -120, 20.5, "Jobex Ström")))
    assert collected.rows["over_price"].tolist() == [-115]
    (failure,) = collected.rejected_rows
    assert failure.position == f"{BAD}[2]"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"home_team": "Seattle SuperSonics"}, "home_team_abbr is missing or makes no sense"),
        ({"commence_time": "tonight"}, "commence_time is missing or makes no sense"),
    ],
)
def test_lines_of_an_event_that_makes_no_sense_are_rejected(values, reason):
    collected = parsed({**ANSWER, **values})
    assert len(collected.rows) == 0
    assert [failure.reason for failure in collected.rejected_rows] == [reason] * 4


@pytest.mark.parametrize("values", [{"commence_time": "2024-01-03T01:00:00Z"}, {"id": "ab"}])
def test_lines_of_another_event_than_the_objects_name_says_are_refused(values):
    with pytest.raises(TooManyBadFiles, match="is not the one in the object's name"):
        parsed({**ANSWER, **values})


def test_a_historical_time_that_is_none_is_no_time_of_the_scrape():
    collected = parsed(historical(ANSWER, timestamp="yesterday"))
    assert {failure.reason for failure in collected.rejected_rows} == {"snapshot_ts makes no sense"}


@pytest.mark.parametrize(
    ("answer", "position"),
    [({"message": "Unknown event"}, "$"), (historical(None), "$.data"), (historical({"id": 7}), "$.data.id")],
)
def test_an_answer_without_an_event_is_refused(answer, position):
    with pytest.raises(TooManyBadFiles, match=f"at {re.escape(position)}$"):
        parsed(answer)


@given(damaged(historical(event(bookmaker("draftkings", POINTS), bookmaker("fanduel", POINTS)))))
def test_every_outcome_of_a_damaged_answer_is_in_a_row_or_named_in_a_failure(answer):
    try:
        collected = parsed(answer)
    except TooManyBadFiles:
        return
    told = outcomes_told(collected, "over_price", "under_price")
    assert is_above_outcomes(collected) or told == outcomes_held(answer, "player_points")
