"""Ball Don't Lie's feeds through the bucket and the assets, held against NBA.com's box scores."""

import datetime as dt
import json

import pytest

from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.local.season.writers import WRITERS
from nba_pipeline.sources import (
    bdl_active_players,
    bdl_injuries,
    bdl_live_boxscores,
    bdl_player_boxscores,
    bdl_standings,
)
from nba_pipeline_tests.support.bdl_answers import BENCH, BOSTON, DNP, NEW_YORK, STARTER, of_games, of_lines
from nba_pipeline_tests.support.checks import listed

DAYS = [dt.date(2022, 11, day) for day in (1, 2, 3)]
FIRST, LAST = DAYS[0].isoformat(), DAYS[-1].isoformat()
BOXSCORES = ["nbac_player_boxscores", "bdl_player_boxscores"]


@pytest.fixture(scope="module")
def season():
    return simulate(2022, through=DAYS[-1])


@pytest.fixture(scope="module")
def filled(empty_slice, season):
    empty_slice.fill(season)
    assert empty_slice.run(FIRST, LAST).success
    return empty_slice


def agreement(result):
    """The check of the points against NBA.com's."""
    found = result.get_asset_check_evaluations()
    return next(check for check in found if check.check_name == "points_agree_with_nba_com")


def day_of(season, day: dt.date) -> dict:
    """What the bucket holds of a day's games."""
    objects = dict(WRITERS["bdl_player_boxscores"].objects(season))
    return json.loads(next(content for name, content in objects.items() if f"/{day}/" in name))


def test_a_seasons_box_scores_agree_with_nba_coms(filled, season):
    rows = filled.read(bdl_player_boxscores.TABLE, FIRST, LAST)
    assert len(rows) == season.player_lines["game_date"].dt.date.isin(DAYS).sum()
    check = agreement(filled.run(FIRST, LAST, BOXSCORES))
    assert (check.passed, check.metadata["teams_that_differ"].value) == (True, 0)


def test_points_that_differ_from_nba_coms_are_named_by_a_check(filled, season):
    before = filled.read(bdl_player_boxscores.TABLE, FIRST, FIRST).set_index("bdl_player_id")
    answer = day_of(season, DAYS[0])
    line = answer["data"][0]["home_team"]["players"][0]
    line["pts"] += 2
    filled.put(bdl_player_boxscores.FEED.object_name(date=FIRST, ts="20221102T230000Z"), json.dumps(answer).encode())
    check = agreement(filled.run(FIRST, FIRST, BOXSCORES))
    assert check.passed is False
    changed = before.loc[line["player"]["id"]]
    (difference,) = listed(check)
    assert difference.startswith(f"{FIRST} {changed['team_abbr']}: ")
    player = f"{changed['player_lookup']} {changed['points']}/{changed['points'] + 2}"
    assert difference.endswith(f", of these {player}")


def test_a_later_object_of_one_game_does_not_hide_the_day(filled):
    one_player = {"data": of_lines({**STARTER, "pts": 15})["data"][:1]}
    for hour, answer in ((4, of_games()), (9, one_player)):
        name = bdl_player_boxscores.FEED.object_name(date="2024-01-15", ts=f"20240116T{hour:02d}0000Z")
        filled.put(name, json.dumps(answer).encode())
    assert filled.run("2024-01-15", "2024-01-15", BOXSCORES).success
    rows = filled.read(bdl_player_boxscores.TABLE, "2024-01-15", "2024-01-15").set_index("player_lookup")
    assert rows["points"].to_dict() == {"jobexstrom": 15, "tarelwexby": 5, "quillonarbo": 0}


def test_standings_and_players_are_written(filled):
    standings = filled.read(bdl_standings.TABLE, FIRST, LAST)
    assert standings.groupby("date_recorded").size().tolist() == [30] * len(standings["date_recorded"].unique())
    assert standings["date_recorded"].dt.date.max() == DAYS[-1]
    assert len(filled.read(bdl_active_players.TABLE, FIRST, LAST)) > 300


def test_every_poll_and_every_scrape_of_injuries_is_kept_once(filled):
    line = {**BENCH, "pts": 6}
    for poll, answer in (("one", of_games()), ("two", of_games(STARTER, line, DNP)), ("three", {"data": []})):
        filled.put(f"ball-dont-lie/live-boxscores/2024-01-15/{poll}.json", json.dumps(answer).encode())
    injury = {"player": {**STARTER["player"], "team_id": BOSTON["id"]}, "status": "Out", "return_date": "Oct 1"}
    other = {"player": {**BENCH["player"], "team_id": NEW_YORK["id"]}, "status": "Day-To-Day"}
    for hour, injuries in ((9, [injury]), (17, [injury, other])):
        name = bdl_injuries.FEED.object_name(date="2024-01-15", ts=f"20240115T{hour:02d}0000Z")
        filled.put(name, json.dumps({"data": injuries}).encode())
    for _ in range(2):
        assert filled.run("2024-01-15", "2024-01-15", ["bdl_live_boxscores", "bdl_injuries"]).success
    polls = filled.read(bdl_live_boxscores.TABLE, "2024-01-15", "2024-01-15")
    assert polls.groupby("poll_id")["points"].sum().to_dict() == {"one": 18, "two": 19}
    injuries = filled.read(bdl_injuries.TABLE, "2024-01-15", "2024-01-15")
    assert injuries["player_lookup"].value_counts().to_dict() == {"jobexstrom": 2, "tarelwexby": 1}
