"""What is known before tip-off: injury reports, lines, travel and results, small enough to reckon by hand and real."""

import pandas as pd
import pytest

from nba_pipeline import frames
from nba_pipeline.analytics import arenas, betting_lines, injury_reports, slate
from nba_pipeline.local.season import odds_writers
from nba_pipeline.precompute import player_daily_cache
from nba_pipeline.sources import batch, nbac_injury_report, odds_api_game_lines, odds_api_player_points_props
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.real_data import SAMPLES, needs_real_data, raw_frames, real_season

DAY = pd.Timestamp("2024-01-31")
TIP_OFF = pd.Timestamp("2024-02-01T00:30", tz="UTC")


def hours_before(hours: float) -> pd.Timestamp:
    return TIP_OFF - pd.Timedelta(hours=hours)


def sides(tipoff: pd.Timestamp | None = TIP_OFF) -> pd.DataFrame:
    """AAA at home to BBB on DAY."""
    game = {"game_date": DAY, "game_id": "1", "season_type": "regular", "tipoff_utc": tipoff}
    schedule = pd.DataFrame([game | {"home_team_abbr": "AAA", "away_team_abbr": "BBB"}])
    typed = schedule.astype({"game_date": "datetime64[us]", "tipoff_utc": "datetime64[us, UTC]"})
    return slate.team_games(pd.DatetimeIndex([DAY]), typed)


def reported(*lines: tuple[float, str, str, str], scraped: int = 0) -> pd.DataFrame:
    """Lines of reports: hours before tip-off, team, player, status."""
    rows = [
        {
            **{"report_ts": hours_before(hours), "report_date": DAY, "game_date": DAY, "reason": None},
            **{"team_abbr": team, "opponent_abbr": "BBB" if team == "AAA" else "AAA"},
            **{"player_lookup": player, "injury_status": status},
            "scraped_at": hours_before(hours) + pd.Timedelta(minutes=scraped),
        }
        for hours, team, player, status in lines
    ]
    return pd.DataFrame(rows)


def told(reports: pd.DataFrame, tipoff: pd.Timestamp | None = TIP_OFF) -> dict[str, str]:
    lines = injury_reports.newest(reports, sides(tipoff))
    return dict(zip(lines["player_lookup"], lines["injury_status"], strict=True))


def test_the_newest_report_before_tip_off_holds_and_who_is_no_longer_on_it_has_no_status():
    reports = reported((5, "AAA", "one", "Out"), (5, "AAA", "two", "Out"), (1, "BBB", "three", "Doubtful"))
    assert told(reports) == {"three": "Doubtful"}


@pytest.mark.parametrize("hours", [0, -1])
def test_a_report_of_the_hour_of_tip_off_or_later_is_not_looked_at(hours):
    assert told(reported((2, "AAA", "one", "Questionable"), (hours, "AAA", "one", "Out"))) == {"one": "Questionable"}


def test_of_a_game_without_a_tip_off_only_the_day_before_is_looked_at():
    # Midnight in New York is 19 and a half hours before the usual tip-off.
    reports = reported((20, "AAA", "one", "Questionable"), (19, "AAA", "one", "Out"))
    assert told(reports, tipoff=None) == {"one": "Questionable"}


def test_a_report_scraped_twice_tells_of_a_player_once():
    first, second = (
        reported((1, "AAA", "one", "Out"), scraped=1),
        reported((1, "AAA", "one", "Available"), scraped=2),
    )
    assert told(pd.concat([second, first])) == {"one": "Available"}


def offered(*lines: tuple[float, str, float, float | None, float | None]) -> pd.DataFrame:
    """A player's points lines: hours before tip-off, bookmaker, line, implied probabilities of over and under."""
    game = {
        "game_date": DAY,
        "commence_time": hours_before(0),
        "home_team_abbr": "AAA",
        "away_team_abbr": "BBB",
        "player_lookup": "one",
    }
    columns = ("bookmaker", "points_line", "over_implied_probability", "under_implied_probability")
    return pd.DataFrame(
        [game | {"snapshot_ts": hours_before(hours)} | dict(zip(columns, line, strict=True)) for hours, *line in lines]
    )


def consensus(props: pd.DataFrame) -> tuple[float, int, pd.Timestamp]:
    [row] = betting_lines.points_lines(props, sides()).to_dict("records")
    return row["points_line"], row["points_line_bookmakers"], row["points_line_ts"]


def test_the_line_is_the_median_of_each_bookmakers_newest_before_tip_off():
    props = offered(
        (9, "one", 10.5, 0.5, 0.5),
        (3, "one", 20.5, 0.5, 0.5),
        (2, "two", 22.5, 0.5, 0.5),
        (4, "three", 21.5, 0.5, 0.5),
        (0, "three", 30.5, 0.5, 0.5),
    )
    assert consensus(props) == (21.5, 3, hours_before(2))


def test_of_alternate_lines_the_most_evenly_priced_is_the_main_one():
    props = offered((1, "one", 15.5, 0.8, 0.3), (1, "one", 20.5, 0.52, 0.54), (1, "one", 25.5, None, None))
    assert consensus(props)[:2] == (20.5, 1)


def test_without_a_tip_off_on_the_schedule_the_bookmakers_own_time_counts():
    lines = offered((1, "a", 20.5, 0.5, 0.5), (-1, "a", 25.5, 0.5, 0.5))
    [row] = betting_lines.points_lines(lines, sides(tipoff=None)).to_dict("records")
    assert row["points_line"] == 20.5


def test_a_player_nobody_offers_a_line_for_has_none():
    assert betting_lines.points_lines(offered((-1, "one", 20.5, 0.5, 0.5)), sides()).empty


@pytest.mark.parametrize(
    ("start", "end", "expected"), [("BOS", "NYK", 187), ("LAL", "BOS", 2_592), ("MIA", "POR", 2_704), ("LAL", "LAC", 8)]
)
def test_distances_are_those_of_the_map(start, end, expected):
    [found] = arenas.miles(pd.Series([start]), pd.Series([end]))
    assert found == pytest.approx(expected, abs=3)


@pytest.mark.parametrize(
    ("game", "host"),
    [
        (("LAC", "Crypto.com Arena", None, False), "LAL"),
        (("LAC", "Intuit Dome", "Inglewood", None), "LAC"),
        (("DAL", "A New Name", "Dallas", False), "DAL"),
        (("ORL", "Arena CDMX", None, False), None),
        (("IND", "Accor Arena", "Paris", True), None),
        (("BOS", None, None, None), "BOS"),
        (("BOS", None, None, True), None),
    ],
)
def test_a_game_is_where_its_arena_is_and_at_home_where_nothing_is_said(game, host):
    typed = pd.DataFrame([game], columns=list(arenas.SCHEDULE_COLUMNS)).astype(
        {**dict.fromkeys(arenas.SCHEDULE_COLUMNS[:3], "string[pyarrow]"), "is_neutral": "boolean"}
    )
    [found] = arenas.hosts(typed)
    assert (None if pd.isna(found) else found) == host


def real(name: str, day: str) -> tuple[pd.DatetimeIndex, dict[str, pd.DataFrame]]:
    """A day of a real season and all that is known of the season."""
    schedule, boxscores = raw_frames(name)
    return pd.DatetimeIndex([day], dtype="datetime64[us]"), {"schedule": schedule, "boxscores": boxscores}


def collected(source, objects) -> pd.DataFrame:
    return batch.collect(source, [batch.SourceFile(name, 1, content) for name, content in objects]).rows


def of_team(name: str, day: str, team: str) -> dict:
    rows = computed.team_context(*real(name, day))
    return rows[rows["team_abbr"] == team].to_dict("records")[0]


@needs_real_data
@pytest.mark.parametrize(
    ("name", "day", "team", "wins", "losses", "streak"),
    [
        # The Pistons before they ended 28 losses in a row, the Cavaliers after 16 wins, Boston and Oklahoma City before
        # they ended at 64-18 and 68-14, and the Lakers after the cup's final, which counts in no standings.
        ("2023-24", "2023-12-30", "DET", 2, 29, -28),
        ("2024-25", "2025-03-16", "CLE", 56, 10, 16),
        ("2023-24", "2024-04-14", "BOS", 63, 18, 1),
        ("2024-25", "2025-04-13", "OKC", 67, 14, 3),
        ("2023-24", "2023-12-12", "LAL", 14, 9, 4),
        ("2023-24", "2023-10-24", "DEN", 0, 0, 0),
    ],
)
def test_a_teams_record_and_streak_are_the_public_ones(name, day, team, wins, losses, streak):
    row = of_team(name, day, team)
    assert (row["wins"], row["losses"], row["win_streak"]) == (wins, losses, streak)


@needs_real_data
def test_rest_and_travel_are_those_of_the_schedule():
    # Cleveland at the Lakers and then at the Clippers, who shared an arena; Boston from home to Milwaukee.
    row = of_team("2023-24", "2024-04-07", "CLE")
    assert (row["days_rest"], row["is_back_to_back"], row["travel_miles"]) == (0, True, 0)
    [milwaukee] = arenas.miles(pd.Series(["BOS"]), pd.Series(["MIL"]))
    assert of_team("2023-24", "2024-04-09", "BOS")["travel_miles"] == milwaukee
    assert pd.isna(of_team("2023-24", "2023-10-24", "DEN")["travel_miles"])


@needs_real_data
def test_spreads_of_both_teams_are_opposite_and_totals_shared():
    days, inputs = real("2023-24", "2024-01-31")
    lines = collected(odds_api_game_lines, odds_writers.game_lines(real_season("2023-24")))
    rows = computed.team_context(days, {**inputs, "game_lines": lines})
    pairs = rows.groupby("game_id").agg(spread=("spread", "sum"), total=("total", "nunique"))
    assert (pairs["spread"].eq(0) & pairs["total"].eq(1)).all()
    both = rows.groupby("game_id").agg(points=("implied_points", "sum"), total=("total", "first"))
    assert (both["points"] == both["total"]).all()
    assert rows["total"].between(200, 260).all()


@needs_real_data
def test_an_official_report_tells_who_may_miss_a_game_and_how_many_regulars():
    days, inputs = real("2023-24", "2024-01-04")
    content = (SAMPLES / "nbac_injury_report" / "exp_f4391904.json").read_bytes()
    reports = collected(
        nbac_injury_report, [("nba-com/injury-report-data/2024-01-04/12/20240104T171438Z.json", content)]
    )
    inputs = {**inputs, "injuries": reports}
    players = computed.player_context(days, inputs).set_index("player_lookup")
    assert players.loc["charlesbassey", ["injury_status", "injury_known"]].tolist() == ["Out", True]
    assert players.loc["malakibranham", "injury_status"] == "Doubtful"
    assert (players["injury_status"].notna() <= players["injury_known"]).all()
    teams = computed.team_context(days, inputs).set_index("team_abbr")
    reported_teams = set(reports["team_abbr"]) | set(reports["opponent_abbr"])
    assert (teams["injury_known"] == teams.index.isin(reported_teams)).all()
    assert (teams["regulars_out"].notna() == teams["injury_known"]).all()
    assert teams.loc["SAS", "regulars_out"] == regulars_out(days[0], "SAS", reports)


def regulars_out(day: pd.Timestamp, team: str, reports: pd.DataFrame) -> int:
    """By a plain loop."""
    lines = raw_frames("2023-24")[1]
    own = lines[(lines["team_abbr"] == team) & (lines["game_date"] < day) & (lines["season_type"] == "regular")]
    last = sorted(own["game_date"].unique())[-10:]
    minutes = own[own["game_date"].isin(last)].groupby("player_lookup")["minutes"].sum()
    missing = reports[reports["injury_status"].isin(["Out", "Doubtful"])]["player_lookup"]
    return len(set(minutes.nlargest(5).index) & set(missing))


@needs_real_data
def test_a_players_load_form_usage_and_shooting_are_those_of_a_plain_loop():
    days, inputs = real("2023-24", "2024-01-26")
    rows = computed.player_context(days, inputs)
    games = computed.summarised(inputs).rows
    counted = games[games["season_type"].isin(["regular", "cup_final"]) & (games["game_date"] < days[0])]
    assert len(rows) > 250
    for row in rows.iloc[::25].to_dict("records"):
        before = counted[counted["player_id"] == row["player_id"]].sort_values("game_date")
        week = before[before["game_date"] >= days[0] - pd.Timedelta(days=7)]
        ten = before.tail(10).astype(dict.fromkeys(("points", "minutes", *_SHOTS), "float64"))
        assert (row["games_last_7_days"], row["minutes_last_7_days"]) == (len(week), week["minutes"].sum())
        assert row["days_rest"] == (days[0] - before["game_date"].max()).days - 1
        assert row["is_back_to_back"] == (row["days_rest"] == 0)
        assert row["minutes_last_5"] == pytest.approx(ten["minutes"].tail(5).mean())
        usage = (ten["usage_rate"] * ten["minutes"]).sum() / ten["minutes"].sum()
        assert row["usage_last_10"] == pytest.approx(usage, nan_ok=True, abs=1e-4)
        attempts = ten[_SHOTS[0]].sum() + 0.44 * ten[_SHOTS[1]].sum()
        expected = ten["points"].sum() / (2 * attempts) if attempts else float("nan")
        assert row["true_shooting_last_10"] == pytest.approx(expected, nan_ok=True)


_SHOTS = ("field_goals_attempted", "free_throws_attempted")


@needs_real_data
def test_real_points_lines_are_near_the_points_that_are_scored():
    days, inputs = real("2023-24", "2024-03-20")
    props = collected(odds_api_player_points_props, odds_writers.player_points_props(real_season("2023-24")))
    rows = computed.player_context(days, {**inputs, "props": props})
    lined = rows[rows["points_line"].notna()]
    assert len(lined) > 50
    assert (lined["points_line_ts"] < lined["tipoff_utc"]).all()
    assert (lined["points_line"] - lined["points_last_10"]).abs().median() < 3


@needs_real_data
def test_before_a_players_first_game_of_a_season_the_last_one_stands_in():
    (schedule, boxscores), (before, earlier) = raw_frames("2023-24"), raw_frames("2022-23")
    inputs = {"schedule": pd.concat([before, schedule]), "boxscores": pd.concat([earlier, boxscores])}
    opening, later = (
        computed.cache(pd.DatetimeIndex([day], dtype="datetime64[us]"), inputs).set_index("player_lookup")
        for day in ("2023-10-24", "2024-01-31")
    )
    assert set(opening["form_source"]) == {player_daily_cache.LAST_SEASON}
    assert set(opening["incomplete_reason"]) == {player_daily_cache.NO_GAME_THIS_SEASON}
    # 24.5 points in 69 games of the regular season and 30.0 in 20 of the playoffs, the season's first day out of reach.
    assert opening.loc["nikolajokic", "points_season"] == pytest.approx((24.5 * 69 + 30.0 * 20) / 89, abs=0.1)
    assert later.loc["nikolajokic", "form_source"] == player_daily_cache.THIS_SEASON
    assert opening["points_season"].notna().all()


def test_without_reports_and_lines_all_is_unknown_and_nothing_invented():
    nothing = frames.empty(nbac_injury_report.TABLE, injury_reports.COLUMNS)
    assert injury_reports.newest(nothing, sides()).empty
    no_lines = frames.empty(odds_api_game_lines.TABLE, betting_lines.GAME_LINE_COLUMNS)
    assert all(found.empty for found in betting_lines.spreads_and_totals(no_lines, sides()))
