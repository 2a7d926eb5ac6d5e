"""Zone analyses, composite factors and the feature store: reckoned by hand, and what is known of real players."""

import pandas as pd
import pytest

from nba_pipeline import frames
from nba_pipeline.analytics.shot_zones import COUNT_COLUMNS, ZONES
from nba_pipeline.precompute import (
    ml_feature_store,
    player_composite_factors,
    player_daily_cache,
    player_form,
    player_shot_zone_analysis,
    team_defense_zone_analysis,
)
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.real_data import games_of, needs_real_data, raw_frames

DAY = pd.Timestamp("2024-01-31")
PLAYER = {
    **{"game_date": DAY, "game_id": "tonight", "player_id": 1, "player_lookup": "one", "player_name": "One"},
    **{"team_abbr": "AAA", "opponent_abbr": "BBB"},
}
TEAM = {"game_date": DAY, "game_id": "tonight", "team_abbr": "AAA", "opponent_abbr": "BBB", "is_home": True}


def played(games: int, **values: object) -> list[dict]:
    """A game a day, the last one the day before DAY."""
    days = pd.date_range(end=DAY - pd.Timedelta(days=1), periods=games)
    of_game = [{"game_date": day, "game_id": f"{day:%m%d}", "season_type": "regular"} for day in days]
    return [game | values for game in of_game]


def counts(prefix: str = "", **zones: tuple[int, int]) -> dict[str, int]:
    """(made, attempted) by zone, 0 where nothing is said."""
    told = {
        f"{zone}_{what}": n for zone, pair in zones.items() for what, n in zip(("made", "attempted"), pair, strict=True)
    }
    return {f"{prefix}{name}": told.get(name, 0) for name in COUNT_COLUMNS}


def shots_of(*games: dict) -> pd.Series:
    """The one player's row."""
    history = pd.DataFrame(list(games)).assign(player_id=1).astype(dict.fromkeys(COUNT_COLUMNS, "Int64"))
    return player_shot_zone_analysis.analyse(pd.DataFrame([PLAYER]), history).iloc[0]


def test_shares_are_of_all_shots_of_the_window():
    early, late = counts(paint=(10, 10)), counts(paint=(1, 2), mid_range=(1, 4), three_zone=(2, 4))
    row = shots_of(*played(20, **early)[:10], *played(10, **late))
    assert row[["paint_share_10", "mid_range_share_10", "three_zone_share_10"]].tolist() == [0.2, 0.4, 0.4]
    assert row[["paint_made_share_10", "mid_range_made_share_10", "three_zone_made_share_10"]].tolist() == [
        0.5,
        0.25,
        0.5,
    ]
    assert row[["paint_attempts_10", "paint_attempts_20", "points_per_shot_10"]].tolist() == [2.0, 6.0, 1.0]
    assert (row["paint_share_20"], row["points_per_shot_20"], row["primary_zone"]) == (0.6, 1.5, "paint")
    assert (row["games_10"], row["games_20"], row["is_complete"]) == (10, 20, True)


def form_of(games: list[dict], *teammates: dict, **tonight: object) -> pd.Series:
    """The one player's row of player_form; `teammates` are on the slate with him and play as he does."""
    asked = PLAYER | {"last_game_date": DAY - pd.Timedelta(days=1), "days_rest": 0, "injury_status": None} | tonight
    slate = [asked, *(asked | {"player_id": 2 + number} | changed for number, changed in enumerate(teammates))]
    counted = dict.fromkeys(player_form.HISTORY_COLUMNS, 0)
    ids = [row["player_id"] for row in slate]
    history = [counted | {"team_abbr": "AAA"} | game | {"player_id": player_id} for game in games for player_id in ids]
    return player_form.form(pd.DataFrame(slate), pd.DataFrame(history)).set_index("player_id").loc[1]


def test_in_a_fading_mean_a_game_weighs_half_of_one_a_half_life_later():
    games = [game | {"points": points, "minutes": 30} for game, points in zip(played(3), (10, 40, 20), strict=True)]
    row = form_of(games)
    root = 0.5**0.5
    assert row["points_fading_2"] == pytest.approx((20 + root * 40 + 0.5 * 10) / (1 + root + 0.5))
    assert row[["points_this_season", "points_last_game", "minutes_last_game"]].tolist() == [70 / 3, 20.0, 30.0]
    assert row["points_per_minute_this_season"] == 70 / 90


def test_games_missed_are_those_of_his_team_since_his_last():
    games = [game | {"points": 10, "minutes": 30} for game in played(4)]
    assert form_of(games)["games_missed"] == 0
    assert form_of(games, days_rest=2)["games_missed"] == 2


def test_absent_teammates_leave_their_minutes_unless_they_have_long_been_away():
    games = [game | {"points": 10, "minutes": 30, "field_goals_attempted": 8} for game in played(4)]
    out, playing = {"injury_status": "Out"}, {"injury_status": "Probable"}
    long_out = out | {"last_game_date": DAY - pd.Timedelta(days=20), "days_rest": 19}
    row = form_of(games, out, long_out, playing)
    assert row[["minutes_out_10", "minutes_out_30", "field_goals_attempted_out_30"]].tolist() == [30.0, 60.0, 16.0]
    assert pd.isna(row["doubt"])
    himself = form_of(games, injury_status="Doubtful")
    assert himself[["minutes_out_30", "doubt"]].tolist() == [0.0, 0.75]


def test_minutes_are_shared_with_teammates_who_are_there_and_those_who_may_be_back():
    games = [game | {"points": 10, "minutes": 30, "field_goals_attempted": 8} for game in played(4)]
    gone = {"last_game_date": DAY - pd.Timedelta(days=20), "days_rest": 19}
    names = ["minutes_rank", "teammates_minutes", "regulars_minutes", "regulars_field_goals_attempted"]
    row = form_of(games, {}, {"days_rest": 2}, {"injury_status": "Doubtful"}, gone)
    # One is as usual, one missed two games, one is out tonight, and one has been gone for weeks.
    assert row[[*names, "missing_minutes"]].tolist() == [2.0, 60.0, 30.0, 8.0, 30.0]
    alone = form_of(games)
    assert alone[[*names, "missing_minutes"]].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_games_without_zones_do_not_count_and_are_not_invented():
    unknown = dict.fromkeys(COUNT_COLUMNS)
    row = shots_of(*played(20, **unknown)[:15], *played(5, **counts(paint=(1, 2))))
    assert (row["games_10"], row["is_complete"], row["incomplete_reason"]) == (
        5,
        False,
        player_shot_zone_analysis.TOO_FEW_GAMES,
    )
    nobody = shots_of(*played(3, **unknown))
    assert nobody[["games_20", "primary_zone", "paint_share_20", "points_per_shot_20"]].isna().tolist() == [
        *(False, True, True, True)
    ]


def defended(own: dict, others: dict, points: int = 100) -> pd.DataFrame:
    """AAA's row, whose opponents did `own` in each of 15 games while BBB's did `others`."""
    rows = [
        game | {"team_abbr": team, "opponent_points": scored, "possessions": 100.0} | zones
        for team, zones, scored in (("AAA", own, points), ("BBB", others, 110))
        for game in played(15)
    ]
    defense = pd.DataFrame(rows).astype(dict.fromkeys((f"opponent_{name}" for name in COUNT_COLUMNS), "Int64"))
    return team_defense_zone_analysis.analyse(pd.DataFrame([TEAM]), defense).iloc[0]


def test_a_defense_is_held_against_all_teams_together():
    own = counts("opponent_", paint=(6, 10), mid_range=(2, 10), three_zone=(4, 10))
    others = counts("opponent_", paint=(4, 10), mid_range=(4, 10), three_zone=(4, 10))
    row = defended(own, others, points=120)
    assert (row["paint_made_share"], row["league_paint_made_share"]) == (0.6, 0.5)
    assert row["paint_difference"] == pytest.approx(10)
    assert row["mid_range_difference"] == pytest.approx(-10)
    assert row["three_zone_difference"] == 0
    assert (row["weakest_zone"], row["strongest_zone"], row["games_used"]) == ("paint", "mid_range", 15)
    assert (row["defensive_rating"], row["league_defensive_rating"]) == (120, 115)


def factors_of(**changes: object) -> pd.Series:
    """The one player's factors, rested and of usual usage where `changes` do not say otherwise."""
    quiet = {"is_back_to_back": False, "games_last_7_days": 3, "games_last_14_days": 6, "minutes_last_7_days": 100.0}
    upcoming = pd.DataFrame([PLAYER | quiet | {"usage_last_10": 22.0, "usage_season": 20.0} | changes])
    teams = pd.DataFrame([TEAM | {"travel_miles": changes.get("travel_miles")}])
    shots = {"game_id": "tonight", "player_id": 1, "is_complete": changes.get("zones_known", True)}
    shares = dict(zip((f"{zone}_share_20" for zone in ZONES), (0.5, 0.25, 0.25), strict=True))
    made = {f"{zone}_made_share": share for zone, share in zip(ZONES, (0.6, 0.4, 0.3), strict=True)}
    usual = {f"league_{zone}_made_share": share for zone, share in zip(ZONES, (0.5, 0.4, 0.4), strict=True)}
    defense = pd.DataFrame([{"game_id": "tonight", "team_abbr": "BBB", "is_complete": True, **made, **usual}])
    paces = [game | {"team_abbr": t, "pace": p} for t, p in (("AAA", 104.0), ("BBB", 98.0)) for game in played(15)]
    return player_composite_factors.factors(
        upcoming[list(player_composite_factors.UPCOMING_COLUMNS)],
        teams[list(player_composite_factors.TEAM_COLUMNS)].astype({"travel_miles": "float64"}),
        pd.DataFrame([shots | shares]),
        defense,
        pd.DataFrame(paces),
    ).iloc[0]


@pytest.mark.parametrize(
    ("changes", "fatigue"),
    [
        ({}, 0),
        ({"is_back_to_back": True}, 30),
        ({"games_last_7_days": 5, "games_last_14_days": 9}, 35),
        ({"minutes_last_7_days": 140.0}, 10),
        ({"travel_miles": 2_000.0}, 10),
        ({"is_back_to_back": True, "games_last_7_days": 6, "minutes_last_7_days": 300.0}, 100),
    ],
)
def test_fatigue_adds_up_and_ends_at_100(changes, fatigue):
    assert factors_of(**changes)["fatigue"] == fatigue


def test_factors_are_what_their_columns_say():
    row = factors_of()
    # Half of his shots are worth 0.2 points more, a quarter 0.3 less.
    assert row["zone_mismatch"] == pytest.approx(2.5)
    assert (row["expected_pace"], row["pace_difference"], row["usage_spike"]) == (101.0, 0.0, 2.0)
    assert pd.isna(factors_of(zones_known=False)["zone_mismatch"])


def stored(**changes: object) -> pd.Series:
    """The one player's features: 1 for each, where `changes` do not say otherwise by table and column."""
    tables = {}
    for table in ml_feature_store.TABLES:
        row = dict.fromkeys(ml_feature_store.columns_of(table), 1.0) | changes.get(table.name, {})
        of_teams = "player_id" not in ml_feature_store.columns_of(table)
        rows = [row | PLAYER | {"team_abbr": team} for team in (("AAA", "BBB") if of_teams else ("AAA",))]
        tables[table.name] = pd.DataFrame(rows)[list(ml_feature_store.columns_of(table))]
    players = {**PLAYER, "games_in_history": 50, "games_this_season": 20, "form_source": "this_season"}
    cache = pd.DataFrame([players | changes.get("players", {})])
    return ml_feature_store.features(cache, tables).iloc[0]


def test_all_features_known_are_full():
    row = stored()
    assert {row[f"{group}_quality"] for group in ml_feature_store.GROUPS} == {ml_feature_store.FULL}
    assert (row["known_share"], row["is_ready"]) == (1.0, True)
    assert row[list(ml_feature_store.FEATURES)].eq(1.0).all()


def test_what_is_unknown_lowers_the_quality_of_its_group_alone():
    row = stored(upcoming_player_game_context={"points_line": None, "points_line_bookmakers": None})
    assert (row["market_quality"], row["form_quality"], row["is_ready"]) == ("partial", "full", True)
    unknown = dict.fromkeys(("team_days_rest", "team_win_streak"))
    row = stored(player_daily_cache={"points_season": None, "minutes_season": None}, players=unknown)
    assert (row["season_quality"], row["is_ready"]) == ("missing", False)


def test_few_games_and_last_seasons_form_are_marked():
    row = stored(players={"games_in_history": 4, "games_this_season": 4})
    assert (row["form_quality"], row["season_quality"]) == ("partial", "partial")
    row = stored(players={"games_this_season": 0, "form_source": player_daily_cache.LAST_SEASON})
    assert (row["season_quality"], row["is_ready"]) == ("stand_in", True)


def test_an_empty_slate_has_no_features():
    players = pd.DataFrame([PLAYER]).head(0)
    tables = {table.name: frames.empty(table) for table in ml_feature_store.TABLES}
    assert ml_feature_store.features(players, tables).empty


@needs_real_data
def test_who_shoots_from_where_is_no_secret():
    schedule, boxscores = raw_frames("2023-24")
    last = pd.Timestamp("2023-12-30")
    since = {"schedule": schedule, "boxscores": boxscores, **games_of("2023-24", pd.Timestamp("2023-12-01"), last)}
    tables = computed.before_tip_off(pd.DatetimeIndex([last], dtype="datetime64[us]"), since)
    shots = tables["player_shot_zone_analysis"].set_index("player_lookup")
    assert shots.loc["stephencurry", "primary_zone"] == "three_zone"
    assert shots.loc["rudygobert", "paint_share_20"] > 0.95
    league = tables["team_defense_zone_analysis"].iloc[0]
    # Shares made in the league of 2023-24, all zones of a kind together: NBA.com, shooting by zone.
    assert league[[f"league_{zone}_made_share" for zone in ZONES]].tolist() == pytest.approx(
        [0.57, 0.42, 0.37], abs=0.02
    )
    features = tables["ml_feature_store"].set_index("player_lookup")
    assert (
        features.loc["stephencurry", "points_season"]
        == tables["player_daily_cache"].set_index("player_lookup").loc["stephencurry", "points_season"]
    )
