"""A batch runs when it is whole, or when nothing came for a while, and says what it lacks."""

import datetime as dt

import pytest

from nba_pipeline.ingest.cursor import Seen
from nba_pipeline.ingest.readiness import LONGEST_WAIT, QUIET, missing, waits_for
from nba_pipeline.ingest.scan import Batch
from nba_pipeline.sources.feed import Feed
from nba_pipeline.sources.teams import TEAMS
from nba_pipeline.storage.stored_object import StoredObject

NOW = dt.datetime(2024, 1, 15, 12, tzinfo=dt.UTC)
TEAM = Feed("rosters", "rosters/{date}/team_{team_abbr}/{ts}.json", "team")
GAME = Feed("games", "games/{date}/game-{game_id}/{ts}.json", "game")
OTHERS = Feed("others", "others/{date}/game-{espn_game_id}/{ts}.json", "game")
DAY = Feed("days", "days/{date}/{ts}.json")
# As ESPN writes them.
CODES = [{"GSW": "GS", "UTA": "UTAH", "NYK": "NY"}.get(team.abbr, team.abbr) for team in TEAMS]
SLATE = {dt.date(2024, 1, 15): {"0022300001", "0022300002"}}


def batch(feed: Feed, *subjects: str, age: dt.timedelta = dt.timedelta(), before: Seen | None = None) -> Batch:
    """A batch with an object for each subject, the last of which is `age` old and the others a second each older."""
    names = [feed.path.replace("{ts}", "20240115T090000Z").replace("{date}", "2024-01-15") for _ in subjects or "1"]
    filled = [
        name.format(**{feed.placeholders[1]: subject}) for name, subject in zip(names, subjects or "1", strict=True)
    ]
    stamps = [NOW - age - dt.timedelta(seconds=back) for back in reversed(range(len(filled)))]
    return Batch(feed, "", [StoredObject(name, 1, at, 1) for name, at in zip(filled, stamps, strict=True)], before)


def test_an_object_that_holds_a_day_is_whole_by_itself():
    assert waits_for(batch(DAY), {}, NOW) is None
    assert missing(batch(DAY), {}) == ""


def test_thirty_teams_are_whole_in_whatever_codes():
    assert waits_for(batch(TEAM, *CODES), {}, NOW) is None
    assert missing(batch(TEAM, *CODES), {}) == ""


def test_missing_teams_are_waited_for_and_named():
    assert waits_for(batch(TEAM, *CODES[2:]), {}, NOW) == "came so far: 28 of 30 teams: without ATL, BOS"


def test_a_batch_that_is_quiet_runs_with_what_is_there_and_says_what_is_not():
    quiet = batch(TEAM, *CODES[2:], age=QUIET)
    assert waits_for(quiet, {}, NOW) is None
    assert missing(quiet, {}) == "28 of 30 teams: without ATL, BOS"


def test_a_batch_that_is_never_quiet_runs_when_its_first_object_waited_long():
    early, late = batch(TEAM, CODES[0], age=LONGEST_WAIT), batch(TEAM, CODES[1])
    restless = Batch(TEAM, "", [*early.objects, *late.objects])
    assert waits_for(restless, {}, NOW) is None


def test_the_games_of_a_day_are_those_of_the_schedule():
    one, both = batch(GAME, "0022300001"), batch(GAME, "0022300001", "0022300002")
    assert waits_for(one, SLATE, NOW) == "came so far: 1 of 2 games: without 0022300002"
    assert waits_for(both, SLATE, NOW) is None


def test_games_with_ids_of_another_source_are_counted_and_not_named():
    assert waits_for(batch(OTHERS, "401"), SLATE, NOW) == "came so far: 1 of 2 games"
    assert waits_for(batch(OTHERS, "401", "402"), SLATE, NOW) is None


def test_without_a_schedule_games_wait_until_it_is_quiet():
    assert waits_for(batch(GAME, "0022300001"), {}, NOW) == "came so far: 1 games, and no schedule says of how many"
    assert waits_for(batch(GAME, "0022300001", age=QUIET), {}, NOW) is None


def test_a_file_that_comes_after_the_batch_ran_waits_until_it_is_quiet():
    whole = batch(TEAM, *CODES, age=dt.timedelta(hours=1))
    late = StoredObject(batch(TEAM, "BOS").objects[0].name.replace("T09", "T11"), 2, NOW, 1)
    again = Batch(TEAM, "", [*whole.objects, late], before=whole.seen)
    assert waits_for(again, {}, NOW).startswith("came so far: 1 of 30 teams")
    assert waits_for(again, {}, NOW + QUIET) is None
    assert missing(again, {}) == ""


@pytest.mark.parametrize("scale", [10, 200])
def test_where_time_passes_faster_waiting_is_shorter(scale):
    assert waits_for(batch(TEAM, "BOS", age=QUIET / scale), {}, NOW, scale) is None
