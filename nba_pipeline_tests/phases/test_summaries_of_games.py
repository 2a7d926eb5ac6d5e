"""The rules of the games' summaries: which source a line comes from, where shots came from, what teams did."""

import pandas as pd
import pytest

from nba_pipeline.analytics import box_rules, player_game_summary, player_lines, team_offense_game_summary
from nba_pipeline.sources import (
    batch,
    bdl_player_boxscores,
    nbac_gamebook_player_stats,
    nbac_play_by_play,
    nbac_player_list,
)
from nba_pipeline_tests.support import computed
from nba_pipeline_tests.support.real_data import SAMPLES, games_of, needs_real_data, raw_frames

pytestmark = needs_real_data

BOOK = "nba-com/gamebooks-data/2024-04-10/20240410-MEMCLE/20240411T090000Z.json"
BDL = "ball-dont-lie/boxscores/2024-01-15/20240116T090000Z.json"
EVENTS = "nba-com/play-by-play/2025-01-06/game-0022400500/20250107T090000Z.json"
LIST = "nba-com/player-list/2025-01-07/20250107T090000Z.json"
GAME_DAY, EVENTS_DAY = pd.Timestamp("2024-04-10"), pd.Timestamp("2025-01-06")


def sample(source, name: str, path: str) -> pd.DataFrame:
    return batch.collect(source, [batch.SourceFile(name, 1, (SAMPLES / path).read_bytes())]).rows


@pytest.fixture(scope="module")
def book() -> pd.DataFrame:
    return sample(nbac_gamebook_player_stats, BOOK, "nbac_gamebook_pdf/exp_0173bcd1.json")


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    return sample(nbac_play_by_play, EVENTS, "nbac_play_by_play/exp_14ecf360.json.gz")


def day_of(name: str, day: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Schedule and log of a real day."""
    schedule, boxscores = (rows[rows["game_date"] == day] for rows in raw_frames(name))
    return {"schedule": schedule, "boxscores": boxscores}


def test_a_players_line_is_the_books_where_there_is_one_and_the_logs_elsewhere(book):
    rows = computed.summarised({**day_of("2023-24", GAME_DAY), "gamebooks": book}).rows
    in_book = rows["team_abbr"].isin(["MEM", "CLE"])
    assert in_book.sum() == 21
    told = rows.groupby(in_book)[["source", "source_quality"]].agg(["min", "max"]).to_numpy().tolist()
    assert told == [
        ["nbac_player_boxscores"] * 2 + ["silver"] * 2,
        ["nbac_gamebook_player_stats"] * 2 + ["gold"] * 2,
    ]
    [jackson] = rows[rows["player_lookup"] == "ggjackson"].to_dict("records")
    assert (jackson["seconds_played"], jackson["minutes"], jackson["points"]) == (35 * 60 + 42, 36, 22)


def test_book_and_log_of_a_game_agree_in_what_both_tell(book):
    day = day_of("2023-24", GAME_DAY)
    of_book = computed.summarised({**day, "gamebooks": book}).rows
    of_log = computed.summarised(day).rows
    shared = ["game_id", "player_id", "team_abbr", "is_home", "won", "season_type", "points", "assists", "minutes"]
    pd.testing.assert_frame_equal(of_book[shared], of_log[shared])


def test_without_a_log_players_are_known_by_the_list_and_others_are_handed_back(book):
    players = sample(nbac_player_list, LIST, "nbac_player_list/exp_7af00b51.json.gz")
    schedule = day_of("2023-24", GAME_DAY)["schedule"]
    found = computed.summarised({"schedule": schedule, "gamebooks": book, "players": players})
    logged = computed.summarised(day_of("2023-24", GAME_DAY)).rows.set_index("player_lookup")["player_id"]
    assert len(found.rows) + len(found.unidentified) == 21
    assert len(found.rows) > 8
    assert (found.rows["player_id"] == found.rows["player_lookup"].map(logged)).all()
    assert not found.unidentified["player_lookup"].isin(players["player_lookup"]).any()


def test_a_day_that_only_ball_dont_lie_has_is_taken_from_it_and_scores_as_nba_com_has_it():
    day = day_of("2023-24", pd.Timestamp("2024-01-15"))
    lines = sample(bdl_player_boxscores, BDL, "bdl_box_scores/exp_7a649e12.json.gz")
    assert (lines["game_date"] == day["boxscores"]["game_date"].iloc[0]).all()
    ids = day_of("2023-24", pd.Timestamp("2024-01-15"))["boxscores"][["player_lookup", "player_id"]].drop_duplicates()
    found = computed.summarised({"schedule": day["schedule"], "bdl": lines, "players": ids})
    logged = computed.summarised(day).rows
    # Four players of the sample have one assist more than NBA.com's log.
    shared = ["game_id", "player_id", "team_abbr", "is_home", "season_type", "points", "field_goals_made"]
    pd.testing.assert_frame_equal(found.rows[shared], logged[logged["player_id"].isin(found.rows["player_id"])][shared])
    assert len(found.rows) + len(found.unidentified) == len(logged) == 229
    assert set(found.rows["source_quality"]) == {"bronze"}


def test_a_line_that_lacks_a_count_stands_behind_a_whole_one(book):
    lacking = book.assign(steals=book["steals"].mask(book["player_lookup"] == "ggjackson"))
    rows = computed.summarised({**day_of("2023-24", GAME_DAY), "gamebooks": lacking}).rows
    of_game = rows[rows["team_abbr"].isin(["MEM", "CLE"])].set_index("player_lookup")["source_quality"]
    assert of_game[of_game != "gold"].to_dict() == {"ggjackson": "silver"}


def test_a_name_that_two_of_a_team_share_identifies_neither(book):
    day = day_of("2023-24", GAME_DAY)
    log = day["boxscores"]
    namesake = log[log["player_lookup"] == "ggjackson"].assign(player_id=1)
    found = computed.summarised({**day, "boxscores": pd.concat([log, namesake]), "gamebooks": book})
    assert found.unidentified["player_lookup"].tolist() == ["ggjackson"]
    of_both = found.rows[found.rows["player_lookup"] == "ggjackson"]
    assert of_both["source_quality"].tolist() == ["silver", "silver"]


def test_zones_and_turnovers_of_no_player_come_from_the_play_by_play_where_there_is_no_chart(events):
    rows = computed.summarised({**day_of("2024-25", EVENTS_DAY), "events": events}).rows
    game = rows[rows["game_id"] == "0022400500"]
    assert set(game["shots_from"]) == {"nbac_play_by_play"}
    assert not box_rules.ZONES_ADD_UP.broken(game).any()
    shooting = game[["paint_attempted", "mid_range_attempted", "three_zone_attempted", "field_goals_attempted"]].sum()
    assert shooting.tolist() == [90, 17, 74, 181]
    assert dict(zip(game["team_abbr"], game["team_turnovers"], strict=True)) == {"MIN": 1, "LAC": 0}
    others = rows[rows["game_id"] != "0022400500"]
    assert set(others["shots_from"]) == {"unknown"}
    assert others[["paint_made", "team_turnovers"]].isna().all(axis=None)


def test_shots_that_do_not_add_up_to_the_line_are_not_used(events):
    is_shot = events["shot_value"].isin([2, 3])
    shooter, first = events.loc[is_shot, "player_id"].iloc[0], events.index[is_shot][0]
    rows = computed.summarised({**day_of("2024-25", EVENTS_DAY), "events": events.drop(index=first)}).rows
    game = rows[rows["game_id"] == "0022400500"].set_index("player_id")
    assert game[game["shots_from"] != "nbac_play_by_play"]["shots_from"].to_dict() == {shooter: "contradicted"}
    assert pd.isna(game.loc[shooter, "paint_attempted"])


def test_a_shot_that_the_feed_gives_no_zone_is_placed_by_its_value_and_its_place(events):
    placed = computed.summarised({**day_of("2024-25", EVENTS_DAY), "events": events.assign(shot_zone=pd.NA)}).rows
    told = computed.summarised({**day_of("2024-25", EVENTS_DAY), "events": events}).rows
    zones = ["paint_attempted", "mid_range_attempted", "three_zone_attempted"]
    assert (placed[zones].sum() - told[zones].sum()).abs().max() <= 1


def offense_of(inputs: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return computed.offense(inputs, computed.summarised(inputs).rows)


def test_a_team_without_a_box_score_of_its_own_is_its_players_together():
    day = pd.Timestamp("2023-12-08")
    inputs = {**day_of("2023-24", day), "teams": games_of("2023-24", day, day)["teams"]}
    of_teams = offense_of(inputs)
    of_players = offense_of({**inputs, "teams": inputs["teams"].iloc[:0]})
    assert set(of_teams["source"]) == {"nbac_team_boxscore"}
    assert set(of_players["source"]) == {"player_game_summary"}
    pd.testing.assert_frame_equal(of_teams.drop(columns="source"), of_players.drop(columns="source"))


def test_a_rating_and_a_pace_are_those_reckoned_by_hand_and_overtimes_count():
    day = pd.Timestamp("2024-01-27")  # Lakers 145, Warriors 144, after two overtimes
    games = offense_of(day_of("2023-24", day))
    lakers, warriors = (games[games["team_abbr"] == team].iloc[0] for team in ("LAL", "GSW"))
    assert (lakers["points"], warriors["points"], lakers["overtimes"], warriors["overtimes"]) == (145, 144, 2, 2)
    assert (lakers["won"], warriors["won"], lakers["is_home"]) == (True, False, False)

    def half(own: pd.Series, other: pd.Series) -> float:
        kept = own["offensive_rebounds"] / (own["offensive_rebounds"] + other["defensive_rebounds"])
        missed = own["field_goals_attempted"] - own["field_goals_made"]
        return (
            own["field_goals_attempted"] + 0.4 * own["free_throws_attempted"] - 1.07 * kept * missed + own["turnovers"]
        )

    possessions = (half(lakers, warriors) + half(warriors, lakers)) / 2
    assert lakers["possessions"] == warriors["possessions"] == pytest.approx(possessions)
    assert lakers["pace"] == pytest.approx(48 * possessions / 58)
    assert lakers["offensive_rating"] == pytest.approx(14_500 / possessions)


def test_turnovers_that_no_player_made_are_counted_once_whoever_tells_of_them(events):
    inputs = {**day_of("2024-25", EVENTS_DAY), "events": events}
    without = offense_of({**inputs, "events": events.iloc[:0]}).set_index("team_abbr")["turnovers"]
    told = offense_of(inputs).set_index("team_abbr")["turnovers"]
    assert (told - without)[lambda added: added != 0].to_dict() == {"MIN": 1}
    teams = games_of("2024-25", EVENTS_DAY, EVENTS_DAY)["teams"]
    whole = teams.assign(turnovers=teams["turnovers"] + teams["team_abbr"].eq("MIN").astype("int64"))
    pd.testing.assert_series_equal(offense_of({**inputs, "teams": whole}).set_index("team_abbr")["turnovers"], told)


def test_of_a_game_with_one_side_alone_possessions_are_unknown_and_no_defense_is_told():
    inputs = day_of("2023-24", pd.Timestamp("2024-01-27"))
    one_side = inputs["boxscores"][inputs["boxscores"]["team_abbr"] == "LAL"]
    tables = computed.summaries(pd.DatetimeIndex(["2024-01-27"]), {**inputs, "boxscores": one_side})
    [lakers] = tables["offense"].to_dict("records")
    assert (lakers["points"], lakers["opponent_abbr"]) == (145, "GSW")
    assert pd.isna(lakers["possessions"])
    assert tables["defense"].empty


def test_what_a_team_allowed_is_what_its_opponent_did():
    day = pd.Timestamp("2024-01-27")
    tables = computed.summaries(pd.DatetimeIndex([day]), day_of("2023-24", day))
    attack = tables["offense"].set_index("opponent_abbr").sort_index()
    defense = tables["defense"].set_index("team_abbr").sort_index()
    for name in ("points", "effective_field_goal", "turnovers", "offensive_rebound_share"):
        assert (defense[f"opponent_{name}"] == attack[name]).all()
    assert (defense["defensive_rating"] == attack["offensive_rating"]).all()
    rebounds = defense["defensive_rebound_share"] + attack["offensive_rebound_share"]
    assert rebounds.to_numpy() == pytest.approx(1)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("values_are_in_range", {"points": 150}),
        ("no_more_made_than_attempted", {"free_throws_made": 30, "free_throws_attempted": 29}),
        ("points_are_those_of_the_shots", {"points": 1}),
    ],
)
def test_a_line_that_can_not_be_breaks_the_rule_that_says_so(rule, change):
    rows = computed.summarised(day_of("2023-24", GAME_DAY)).rows
    [broken] = [found.broken for found in player_game_summary.RULES if found.name == rule]
    assert not broken(rows).any()
    changed = rows.assign(**{name: rows[name].mask(rows.index == 3, value) for name, value in change.items()})
    assert broken(changed)[lambda found: found].index.tolist() == [3]


def test_points_that_are_not_the_players_are_found():
    day = pd.Timestamp("2023-12-08")
    inputs = {**day_of("2023-24", day), "teams": games_of("2023-24", day, day)["teams"]}
    first = inputs["boxscores"].index[0]
    missing = offense_of({**inputs, "boxscores": inputs["boxscores"].drop(index=first)})
    [rule] = [found for found in team_offense_game_summary.RULES if found.name == "points_are_the_players"]
    assert not rule.broken(offense_of(inputs)).any()
    [found] = missing[rule.broken(missing)].to_dict("records")
    assert found["team_abbr"] == inputs["boxscores"].loc[first, "team_abbr"]


def test_every_source_is_read_with_the_columns_that_it_has():
    for source in player_lines.SOURCES:
        assert {"points", "player_lookup", "game_date"} <= set(source.columns) <= set(source.table.column_names)
