"""What lands in the bucket is not always what it should be: nothing is wiped, crashed or lost in silence."""

import datetime as dt
import json

import pytest
import requests

from nba_pipeline import catalog
from nba_pipeline.defs.table_asset import asset_key
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.local.season.writers import WRITERS
from nba_pipeline.orchestration import completeness, failed_files
from nba_pipeline.sources import nbac_player_boxscores, nbac_schedule
from nba_pipeline_tests.support.checks import listed

FEED = nbac_player_boxscores.FEED
DAYS = [dt.date(2022, 11, day) for day in range(1, 11)]
FIRST, LAST = DAYS[0].isoformat(), DAYS[-1].isoformat()
NODE = "nba_raw__nbac_player_boxscores"
# What the tests look at.
ASSETS = ["nbac_schedule", "nbac_player_boxscores", "completeness"]


@pytest.fixture(scope="module")
def filled(empty_slice):
    empty_slice.fill(simulate(2022, through=DAYS[-1]))
    every_feed = [table.name for tables in catalog.feeds().values() for table in tables]
    assert empty_slice.run(FIRST, LAST, [*every_feed, "completeness"]).success
    return empty_slice


def lines(filled) -> dict[dt.date, int]:
    rows = filled.read(nbac_player_boxscores.TABLE, FIRST, LAST)
    return rows.groupby(rows["game_date"].dt.date).size().to_dict()


def metadata(result, table=nbac_player_boxscores.TABLE) -> dict[str, object]:
    """What the run says of the first day of the box scores, or of another table that their step writes."""
    events = result.asset_materializations_for_node(NODE)
    event = next(event for event in events if event.asset_key == asset_key(table))
    return {name: value.value for name, value in event.metadata.items()}


def checks(result) -> dict[str, object]:
    """The checks of the player box scores by name."""
    found = result.get_asset_check_evaluations()
    return {check.check_name: check for check in found if check.asset_key.path[-1] == "nbac_player_boxscores"}


def later(day: dt.date, hour: int) -> str:
    """The name of an object scraped after the one that the season was filled with."""
    return FEED.object_name(date=day.isoformat(), ts=f"{day:%Y%m%d}T{hour:02d}0000Z".replace(f"{day:%Y}", "2023", 1))


def content_of(day: dt.date) -> dict:
    season = simulate(2022, through=DAYS[-1])
    objects = dict(WRITERS["nbac_player_boxscores"].objects(season))
    [name] = [name for name in objects if f"/{day}/" in name]
    return json.loads(objects[name])


def test_an_unreadable_file_is_listed_and_its_day_stays_as_it_was(filled):
    before = lines(filled)
    filled.put(later(DAYS[2], 1), b'{"resultSets": [')
    result = filled.run(FIRST, LAST, ["nbac_player_boxscores"])
    assert result.success
    assert metadata(result)["failed_files"] == 1
    assert lines(filled) == before
    check = checks(result)["every_file_was_taken"]
    assert (check.passed, [line.split(" at ")[0] for line in listed(check)]) == (False, [later(DAYS[2], 1)])
    [noted] = filled.read(failed_files.TABLE, FIRST, LAST).to_dict("records")
    assert (noted["source_object"], noted["position"], noted["run_id"]) == (later(DAYS[2], 1), "$", result.run_id)
    assert noted["reason"].startswith("not readable as JSON")
    url = metadata(result, failed_files.TABLE)["first_of_them"].split("](")[1].split(")")[0]
    assert requests.get(url, timeout=10).content == b'{"resultSets": ['


def test_a_failure_that_is_seen_again_stays_one_row_of_the_last_run(filled):
    result = filled.run(FIRST, LAST, ["nbac_player_boxscores"])
    [noted] = filled.read(failed_files.TABLE, FIRST, LAST).to_dict("records")
    assert noted["run_id"] == result.run_id


def test_an_empty_answer_wipes_nothing_and_is_counted(filled):
    before = lines(filled)
    answer = content_of(DAYS[3])
    answer["resultSets"][0]["rowSet"] = []
    filled.put(later(DAYS[3], 2), json.dumps(answer).encode())
    result = filled.run(DAYS[3].isoformat(), DAYS[3].isoformat(), ["nbac_player_boxscores"])
    assert result.success
    assert metadata(result)["files_without_rows"] == 1
    assert lines(filled) == before


def test_a_row_that_makes_no_sense_is_listed_and_the_others_are_written(filled):
    before = lines(filled)
    answer = content_of(DAYS[4])
    answer["resultSets"][0]["rowSet"][0][10] = "plenty"  # minutes
    filled.put(later(DAYS[4], 3), json.dumps(answer).encode())
    result = filled.run(DAYS[4].isoformat(), DAYS[4].isoformat(), ["nbac_player_boxscores"])
    assert metadata(result)["rejected_rows"] == 1
    [rejected] = listed(checks(result)["every_file_was_taken"])
    assert rejected.endswith("a count is no whole number")
    assert lines(filled) == before | {DAYS[4]: before[DAYS[4]] - 1}


def test_a_team_that_played_and_has_no_line_is_named_by_a_check_and_a_table(filled):
    before = lines(filled)
    # A day of many games, so that the loss of one team is no reason to refuse the write.
    day = max(before, key=before.get)
    answer = content_of(day)
    lost = answer["resultSets"][0]["rowSet"][0][4]
    rows = [row for row in answer["resultSets"][0]["rowSet"] if row[4] != lost]
    answer["resultSets"][0]["rowSet"] = rows
    filled.put(later(day, 23), json.dumps(answer).encode())
    result = filled.run(FIRST, LAST, ASSETS)
    assert result.success
    found = filled.read(completeness.TABLE, FIRST, LAST)
    compared = found[found["table_name"] == "nba_raw.nbac_player_boxscores"]
    partial = compared[compared["status"] == completeness.PARTIAL]
    assert list(zip(partial["game_date"].dt.date, partial["missing_teams"], strict=True)) == [(day, lost)]
    check = checks(result)["complete_against_the_schedule"]
    assert check.passed is False
    assert listed(check) == [f"{day}: {lost}"]


def test_points_that_do_not_add_up_to_the_score_are_named_by_a_check(filled):
    before = listed(checks(filled.run(FIRST, LAST, ASSETS))["points_add_up_to_the_score"])
    day = min(lines(filled), key=lines(filled).get)
    answer = content_of(day)
    line = answer["resultSets"][0]["rowSet"][0]
    line[answer["resultSets"][0]["headers"].index("PTS")] += 1
    filled.put(later(day, 22), json.dumps(answer).encode())
    check = checks(filled.run(FIRST, LAST, ASSETS))["points_add_up_to_the_score"]
    assert check.passed is False
    [difference] = [found for found in listed(check) if found not in before]
    assert difference.startswith(f"{line[6]} {line[4]}: ")


def test_more_than_a_fifth_of_unreadable_files_writes_nothing_and_fails_with_the_list(filled):
    before = lines(filled)
    for day in DAYS[5:9]:
        filled.put(later(day, 4), b"<html>502 Bad Gateway</html>")
    result = filled.run(FIRST, LAST, ["nbac_player_boxscores"])
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure]
    message = failure.step_failure_data.error.to_string()
    assert "files of nbac_player_boxscores are unreadable" in message
    assert all(later(day, 4) in message for day in DAYS[5:9])
    assert lines(filled) == before


def test_days_without_a_file_are_no_failure(filled):
    result = filled.run("2022-06-25", "2022-06-27", ["nbac_schedule", "nbac_player_boxscores"])
    assert result.success
    assert metadata(result)["files"] == 0
    assert metadata(result)["days_written"] == 0


def test_a_later_schedule_moves_a_postponed_game_out_of_its_old_day(filled):
    schedule = filled.read(nbac_schedule.TABLE, FIRST, LAST)
    moved = schedule[schedule["game_date"] == schedule["game_date"].min()].iloc[0]
    [(_, content)] = WRITERS["nbac_schedule"].objects(simulate(2022, through=DAYS[-1]))
    payload = json.loads(content)
    [game] = [game for game in payload["games"] if game["gameId"] == moved["game_id"]]
    game["gameDateEst"] = f"{LAST}T00:00:00Z"
    filled.put(nbac_schedule.FEED.object_name(season="2022-23", ts="20231231T000000Z"), json.dumps(payload).encode())
    assert filled.run(FIRST, LAST, ["nbac_schedule"]).success
    again = filled.read(nbac_schedule.TABLE, FIRST, LAST)
    assert again[again["game_id"] == moved["game_id"]]["game_date"].dt.date.tolist() == [DAYS[-1]]
    assert len(again) == len(schedule)


# Names that lead out of a folder are in sources/test_feed.py: the local bucket server would follow them.
HOSTILE_NAMES = [
    "20230101T000000Z.json\n",
    "20230101T000000Z.json'; DROP TABLE nba_raw.nbac_player_boxscores; --",
    "\u202e20230101T000000Z.json",
    "\u0662\u0660230101T000000Z.json",  # Arabic digits
    "\x1b[2J20230101T000000Z.json",
    "x" * 200,
]


def test_names_that_are_made_to_mislead_are_listed_as_foreign_and_read_by_nobody(filled):
    before = lines(filled)
    day = DAYS[4].isoformat()
    names = [f"{FEED.prefix}{day}/{name}" for name in HOSTILE_NAMES]
    for name in names:
        filled.put(name, b"no such file is ever read")
    result = filled.run(day, day, ["nbac_player_boxscores"])
    assert result.success
    found = metadata(result)
    told = listed(checks(result)["every_file_was_taken"])
    assert sum(line.endswith("its name is none of the feed's") for line in told) == len(names)
    assert (found["foreign_objects"], found["failed_files"]) == (len(names), 0)
    assert lines(filled) == before


def test_what_a_payload_says_is_data_whatever_it_says(filled):
    name = "'; DROP TABLE nba_raw.nbac_player_boxscores; -- <script>|`\x1b[2J\u202e"
    answer = content_of(DAYS[6])
    [held] = answer["resultSets"]
    held["rowSet"][0][held["headers"].index("PLAYER_NAME")] = name
    filled.put(later(DAYS[6], 9), json.dumps(answer).encode())
    before = lines(filled)
    assert filled.run(DAYS[6].isoformat(), DAYS[6].isoformat(), ["nbac_player_boxscores"]).success
    rows = filled.read(nbac_player_boxscores.TABLE, DAYS[6].isoformat(), DAYS[6].isoformat())
    assert (rows["player_name"] == name).sum() == 1
    assert lines(filled) == before
