"""Pitchers' features: reckoned by hand, and what is known of a real season."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nba_pipeline import frames
from nba_pipeline.precompute import pitcher_features as logic
from nba_pipeline.sources import mlb_pitcher_props, mlb_pitcher_stats
from nba_pipeline_tests.support.invariants import Inputs, Tables, assert_chunk_invariant, assert_no_look_ahead
from nba_pipeline_tests.support.real_data import needs_real_data, pitchers

DAY = pd.Timestamp("2025-06-10")
FIRST_PITCH = DAY.tz_localize("UTC") + pd.Timedelta(hours=23)


def offer(line: float, hours_before: float = 1, **changed: object) -> dict:
    """A bookmaker's line on Ace in BOS at home against NYY."""
    commence = changed.get("commence_time", FIRST_PITCH)
    return {
        **{"game_date": DAY, "event_id": "game", "commence_time": commence, "bookmaker": "book"},
        **{"home_team_abbr": "BOS", "away_team_abbr": "NYY", "player_lookup": "ace", "player_name": "Ace"},
        **{"market": logic.MARKET, "snapshot_ts": commence - pd.Timedelta(hours=hours_before), "line": line},
        **{"over_implied_probability": 0.5, "under_implied_probability": 0.5},
    } | changed


def start(days_ago: int, strikeouts: int, batters: int = 20, **changed: object) -> dict:
    """Ace's start for BOS against TB."""
    return {
        **{"game_date": DAY - pd.Timedelta(days=days_ago), "game_pk": days_ago, "player_id": 1},
        **{"player_lookup": "ace", "team_abbr": "BOS", "opponent_abbr": "TB", "is_starter": True},
        **{"strikeouts": strikeouts, "batters_faced": batters, "outs_recorded": 18},
    } | changed


def typed(table: object, columns: tuple[str, ...], rows: list[dict]) -> pd.DataFrame:
    empty = frames.empty(table, columns)
    return pd.DataFrame(rows, columns=list(columns)).astype(empty.dtypes.to_dict())


def inputs(offers: list[dict], stats: list[dict]) -> dict[str, pd.DataFrame]:
    return {
        "props": typed(mlb_pitcher_props.TABLE, logic.PROP_COLUMNS, offers),
        "stats": typed(mlb_pitcher_stats.TABLE, logic.STATS_COLUMNS, stats),
    }


def only_row(offers: list[dict], stats: list[dict]) -> pd.Series:
    (row,) = logic.features(pd.DatetimeIndex([DAY]), **inputs(offers, stats)).to_dict("records")
    return pd.Series(row)


def test_form_is_of_the_last_starts_before_the_day():
    row = only_row([offer(5.5)], [start(ago, k) for ago, k in ((5, 9), (10, 3), (15, 6), (20, 8), (0, 20), (366, 20))])
    assert row[["strikeouts_last_3", "strikeouts_last_5", "strikeouts_season"]].tolist() == [6.0, 6.5, 6.5]
    assert row["strikeout_share_10"] == 26 / 80
    assert row["strikeouts_deviation_10"] == pytest.approx((21 / 3) ** 0.5)
    assert row[["starts_in_history", "starts_this_season", "days_rest"]].tolist() == [4, 4, 4]
    assert (row["last_start_date"], row["is_complete"]) == (DAY - pd.Timedelta(days=5), True)


def test_last_years_starts_are_form_but_not_of_this_season():
    row = only_row([offer(5.5)], [start(5, 4), start(200, 8), start(205, 6)])
    assert row[["strikeouts_last_3", "strikeouts_season", "starts_this_season"]].tolist() == [6.0, 4.0, 1]


def test_relief_is_no_start_and_where_nothing_is_said_the_batters_faced_tell():
    told = [
        start(5, 1, is_starter=False),
        start(6, 2),
        start(7, 3, 10, is_starter=None),
        start(8, 4, 9, is_starter=None),
    ]
    row = only_row([offer(5.5)], told)
    assert row[["starts_in_history", "strikeouts_last_10"]].tolist() == [2, 2.5]
    assert (row["is_complete"], row["incomplete_reason"]) == (False, logic.TOO_FEW_STARTS)


def test_the_line_is_the_median_of_the_newest_before_the_first_pitch():
    of_books = [offer(4.5, bookmaker="a"), offer(5.5, bookmaker="b"), offer(6.5, bookmaker="c")]
    older_and_late = [offer(9.5, 2, bookmaker="a"), offer(9.5, 0, bookmaker="b"), offer(9.5, -1, bookmaker="c")]
    other_market = offer(17.5, market="pitcher_outs")
    row = only_row([*of_books, *older_and_late, other_market], [])
    assert row[["strikeout_line", "strikeout_line_bookmakers"]].tolist() == [5.5, 3]


def test_whom_no_box_score_knows_is_there_with_the_reason():
    row = only_row([offer(5.5)], [start(400, 5), start(5, 5, player_lookup="other", player_id=2)])
    assert (row["incomplete_reason"], row["starts_in_history"]) == (logic.UNKNOWN, 0)
    assert row[["player_id", "strikeouts_last_10", "team_abbr"]].isna().all()


def test_of_two_of_a_name_he_pitches_who_played_for_a_team_of_the_game():
    mine = [start(ago, 6) for ago in (5, 10, 15)]
    his = [start(ago, 1, player_id=2, team_abbr="LAD") for ago in (4, 9, 14)]
    row = only_row([offer(5.5)], [*mine, *his])
    assert row[["player_id", "team_abbr", "opponent_abbr", "strikeouts_last_10"]].tolist() == [1, "BOS", "NYY", 6.0]
    traded = [line | {"team_abbr": "SEA"} for line in mine]
    unclear = only_row([offer(5.5)], [*traded, *his])
    assert unclear["incomplete_reason"] == logic.SEVERAL
    assert unclear[["player_id", "strikeouts_last_10"]].isna().all()


def test_a_pitcher_who_has_moved_keeps_his_form():
    row = only_row([offer(5.5)], [start(ago, 6, team_abbr="SEA") for ago in (5, 10, 15)])
    assert (row["player_id"], row["strikeouts_last_10"], row["is_complete"]) == (1, 6.0, True)
    assert row[["team_abbr", "opponent_abbr"]].isna().all()


def test_the_opponents_share_is_of_the_last_30_days_against_any_pitcher():
    against = [start(ago, 5, 25, player_id=9, player_lookup="x", opponent_abbr="NYY") for ago in (1, 29, 31)]
    row = only_row([offer(5.5)], [start(5, 9), *against])
    assert row["opponent_strikeout_share"] == 10 / 50


def test_two_games_of_a_day_are_two_rows():
    late = FIRST_PITCH + pd.Timedelta(hours=4)
    offers = [offer(4.5), offer(6.5, event_id="second", commence_time=late)]
    rows = logic.features(pd.DatetimeIndex([DAY]), **inputs(offers, [start(5, 5)]))
    assert rows["strikeout_line"].tolist() == [4.5, 6.5]


def test_a_day_without_lines_has_no_rows():
    rows = logic.features(pd.DatetimeIndex([DAY]), **inputs([offer(5.5, game_date=DAY + pd.Timedelta(days=1))], []))
    assert rows.empty


def computed(days: pd.DatetimeIndex, told: Inputs) -> Tables:
    """The table of `days`, from what its asset reads."""
    first = days.min() - pd.Timedelta(days=logic.HISTORY_DAYS)
    props, stats = (told["props"], days.min()), (told["stats"], first)
    between = [rows[rows["game_date"].between(since, days.max())] for rows, since in (props, stats)]
    return {"pitchers": logic.features(days, *between)}


def known(day: pd.Timestamp, told: Inputs) -> Inputs:
    """What stood before each game of the day, and how earlier days ended."""
    props, stats = told["props"], told["stats"]
    stood = (props["game_date"] <= day) & (props["snapshot_ts"] < props["commence_time"])
    return {"props": props[stood], "stats": stats[stats["game_date"] < day]}


DAYS = pd.date_range(DAY - pd.Timedelta(days=2), DAY + pd.Timedelta(days=2), unit="us")
_SOMEBODY = {"player_id": st.integers(1, 3), "player_lookup": st.sampled_from(("ace", "king"))}
_TEAM = st.sampled_from(("BOS", "NYY", "SEA"))
stats = st.lists(
    st.builds(
        start,
        st.integers(-2, 12) | st.integers(360, 370),
        st.integers(0, 15),
        **_SOMEBODY,
        team_abbr=_TEAM,
        opponent_abbr=_TEAM,
        is_starter=st.sampled_from((True, False, None)),
    ),
    max_size=30,
    unique_by=lambda line: (line["game_pk"], line["player_id"]),
)


def offer_on(day: pd.Timestamp, line: float, hours_before: int, **changed: object) -> dict:
    """A line on a game of `day`, of which there is one."""
    begins = day.tz_localize("UTC") + pd.Timedelta(hours=23)
    return offer(line, hours_before, game_date=day, event_id=f"{day:%d}", commence_time=begins, **changed)


offers = st.lists(
    st.builds(
        offer_on,
        st.sampled_from(list(DAYS)),
        st.integers(1, 20).map(lambda n: n / 2),
        st.sampled_from((2, 1, 0, -1)),
        bookmaker=st.sampled_from("ab"),
        player_lookup=_SOMEBODY["player_lookup"],
    ),
    max_size=15,
    unique_by=lambda line: (line["event_id"], line["snapshot_ts"], line["bookmaker"], line["player_lookup"]),
)


@given(offers, stats, st.integers(1, 4))
@settings(deadline=None, max_examples=15)
def test_a_day_is_the_same_in_every_chunk_and_knows_nothing_of_what_follows(offers, stats, size):
    told = inputs(offers, stats)
    assert_chunk_invariant(computed, DAYS, told, sizes=[size])
    assert_no_look_ahead(computed, DAYS, told, known)


@needs_real_data
def test_a_real_month_is_the_same_in_every_chunk_and_knows_nothing_of_what_follows():
    told, month = pitchers(2025), pd.date_range("2025-08-01", "2025-08-31", unit="us")
    assert_chunk_invariant(computed, month, told, sizes=[7, 100])
    assert_chunk_invariant(computed, month[:7], told, sizes=[1])
    assert_no_look_ahead(computed, month[:3], told, known)


@needs_real_data
def test_tarik_skubal_struck_out_241_in_31_starts_of_2025():
    """https://www.baseball-reference.com/players/s/skubata01.shtml"""
    told = pitchers(2025)
    rows = logic.features(pd.DatetimeIndex([pd.Timestamp("2025-10-10")]), told["props"], told["stats"])
    row = rows[rows["player_lookup"].eq("tarikskubal")].iloc[0]
    assert (row["starts_this_season"], row["strikeouts_season"] * 31) == (31, pytest.approx(241))
    assert row["strikeout_line"] == 9.0
