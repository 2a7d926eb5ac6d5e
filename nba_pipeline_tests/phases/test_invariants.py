"""Chunk invariance and no look-ahead, for every computed table: on generated leagues and on a real month."""

from functools import cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline import frames
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.invariants import assert_chunk_invariant, assert_no_look_ahead
from nba_pipeline_tests.support.league import leagues
from nba_pipeline_tests.support.real_data import games_of, needs_real_data, raw_frames

DECEMBER = pd.date_range("2023-12-01", "2023-12-31", unit="us")
TEN_DAYS = DECEMBER[:10]


@cache
def real_inputs() -> dict[str, pd.DataFrame]:
    """The season, and of the month books, shot charts and team box scores, each with gaps for others to fill."""
    schedule, boxscores = raw_frames("2023-24")
    of_month = games_of("2023-24", DECEMBER[0], DECEMBER[-1])
    some = {name: _without_every(third, of_month[name]) for third, name in enumerate(("gamebooks", "shots", "teams"))}
    said = said_around_tip_off(boxscores[boxscores["game_date"].isin(DECEMBER)], schedule)
    return {"schedule": schedule, "boxscores": boxscores, **some, **said}


def said_around_tip_off(lines: pd.DataFrame, schedule: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Invented reports and offers on the games of `lines`, each other before tip-off, at it and after it."""
    rows = pd.concat([lines.reset_index(drop=True)] * 3).rename_axis("number").reset_index()
    rows = rows.merge(schedule[["game_id", "tipoff_utc", "home_team_abbr", "away_team_abbr"]])
    begins = rows["tipoff_utc"].fillna(rows["game_date"].dt.tz_localize("UTC") + pd.Timedelta(days=1))
    moments = begins + pd.to_timedelta(rows.groupby("number").cumcount() * 3 - 3, unit="h")
    rows = rows.assign(place=rows.index, commence_time=begins, event_id=rows["game_id"])
    reports = rows.assign(
        game_code=rows["game_id"],
        report_ts=moments,
        report_date=rows["game_date"],
        injury_status=(rows["place"] % 4).map({0: "Out", 1: "Doubtful", 2: "Probable", 3: "Available"}),
    )
    offers = rows.assign(
        bookmaker=(rows["place"] % 3).astype("string"), snapshot_ts=moments, points_line=rows["place"] % 40 + 0.5
    )
    bets = offers.assign(market="spreads", outcome="home", point=offers["points_line"] - 20)
    made = {"injuries": reports, "props": offers, "game_lines": bets.drop_duplicates(["game_id", "snapshot_ts"])}
    return {name: frames.typed(computed.RAW[name], told) for name, told in made.items()}


def _without_every(third: int, rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["game_date"].dt.day % 3 != third]


# What each table is computed from: every day from the same summaries, whose own properties are tested beside.
READ = {computed.summaries: lambda inputs: inputs, computed.before_tip_off: computed.stored}
KNOWN = {
    computed.summaries: computed.known_after_the_games,
    computed.before_tip_off: computed.known_before_tip_off,
}


@pytest.mark.parametrize("compute", READ)
@given(league=leagues(), size=st.integers(1, 9), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=8)
def test_a_day_is_the_same_in_every_chunk_of_a_generated_league(compute, league, size, seed):
    days, inputs = league
    assert_chunk_invariant(compute, days, READ[compute](inputs), sizes=[size], seed=seed)


@pytest.mark.parametrize("compute", KNOWN)
@given(league=leagues(), number=st.integers(0, 11))
@settings(deadline=None, max_examples=10)
def test_a_day_does_not_know_what_comes_after_it_in_a_generated_league(compute, league, number):
    days, inputs = league
    one = days[[number % len(days)]]
    assert_no_look_ahead(compute, one, READ[compute](inputs), KNOWN[compute])


of_real_days = pytest.mark.parametrize(
    "days", [TEN_DAYS, pytest.param(DECEMBER, marks=pytest.mark.long)], ids=["ten days", "a month"]
)


@needs_real_data
@of_real_days
@pytest.mark.parametrize("compute", READ)
def test_a_real_day_is_the_same_in_every_chunk(compute, days):
    assert_chunk_invariant(compute, days, READ[compute](real_inputs()), sizes=[1, 7, 100])


@needs_real_data
@of_real_days
@pytest.mark.parametrize("compute", KNOWN)
def test_a_real_day_does_not_know_what_comes_after_it(compute, days):
    assert_no_look_ahead(compute, days, READ[compute](real_inputs()), KNOWN[compute])


def peeking(days: pd.DatetimeIndex, inputs: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """A cache that knows how tonight ends."""
    rows = computed.cache(days, inputs)
    tonight = inputs["boxscores"].set_index(["game_id", "player_id"])["points"]
    keys = pd.MultiIndex.from_frame(rows[["game_id", "player_id"]])
    return {"cache": rows.assign(points_last_5=tonight.reindex(keys).to_numpy("float64", na_value=0.0))}


def depending_on_its_chunk(days: pd.DatetimeIndex, inputs: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """A cache whose numbers depend on what else is computed."""
    rows = computed.cache(days, inputs)
    return {"cache": rows.assign(points_last_5=rows["points_last_5"] - rows["points_last_5"].mean())}


@needs_real_data
def test_a_planted_look_at_the_future_is_caught():
    inputs = {**real_inputs(), **computed.stored(real_inputs())}
    with pytest.raises(AssertionError, match="without its future"):
        assert_no_look_ahead(peeking, DECEMBER[:2], inputs, computed.known_before_tip_off)


@needs_real_data
def test_a_planted_dependence_on_the_chunk_is_caught():
    with pytest.raises(AssertionError, match="in chunks of 7"):
        assert_chunk_invariant(depending_on_its_chunk, DECEMBER, computed.stored(real_inputs()), sizes=[7])
