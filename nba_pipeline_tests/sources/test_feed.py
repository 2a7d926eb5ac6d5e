"""Object names: what they say, and which are refused."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.sources.feed import Feed, ForeignObject, stamp

DAILY = Feed("daily", "source/things/{date}/game-{game_id}/{ts}.json")

days = st.dates(dt.date(1000, 1, 1))
moments = st.datetimes(dt.datetime(1000, 1, 2), timezones=st.just(dt.UTC)).map(
    lambda found: found.replace(microsecond=0)
)


@given(day=days, moment=moments, game_id=st.from_regex(r"[A-Za-z0-9-]+", fullmatch=True))
def test_a_name_says_what_it_was_made_of(day, moment, game_id):
    values = {"date": day.isoformat(), "game_id": game_id, "ts": stamp(moment)}
    name = DAILY.object_name(**values)
    assert name.startswith(DAILY.prefix)
    assert DAILY.fields(name) == values
    assert DAILY.scraped_at(name) == moment


@given(first=moments, second=moments)
def test_stamps_are_in_the_order_of_their_text(first, second):
    assert (first < second) == (stamp(first) < stamp(second))


def test_a_stamp_is_in_utc_wherever_the_time_was_taken():
    eastern = dt.timezone(dt.timedelta(hours=-5))
    assert stamp(dt.datetime(2024, 1, 1, 22, tzinfo=eastern)) == "20240102T030000Z"


def test_the_prefix_is_what_comes_before_the_first_placeholder():
    assert DAILY.prefix == "source/things/"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "source/things/",
        "source/things/2024-01-01/game-1/20240101T000000Z.json\n",
        "source/things/2024-01-01/game-1/20240101T000000Z.json.tmp",
        "x/source/things/2024-01-01/game-1/20240101T000000Z.json",
        "source/things/2024-01-01/game-../20240101T000000Z.json",
        "source/things/2024-01-01/game-1/2/20240101T000000Z.json",
        "source/things/2024-01-01/game-1/../20240101T000000Z.json",
        "source/things/../things/2024-01-01/game-1/20240101T000000Z.json",
        "source/things/2024-01-01/game-\u0430/20240101T000000Z.json",
        "source/things/2024-01-01/game-/20240101T000000Z.json",
        "source/things/2024-02-30/game-1/20240101T000000Z.json",
        "source/things/2024-01-01/game-1/20241301T000000Z.json",
        "source/things/2024-01-01/game-1/20240101T250000Z.json",
        "source/things/\uff12024-01-01/game-1/20240101T000000Z.json",
        "source/things/2024-01-01/game-1/20240101T000000Zxjson",
        "source/things/2024-01-01/game-1'; DROP TABLE--/20240101T000000Z.json",
    ],
)
def test_a_name_that_fits_no_other_way_is_refused(name):
    with pytest.raises(ForeignObject, match="feed daily"):
        DAILY.fields(name)


NAMED_FREELY = Feed("free", "source/{date}/{file}.csv")


@pytest.mark.parametrize("file", ["a b [c]@d", "Dončić", "; DROP TABLE x --", "..", "x" * 1_000])
def test_a_file_may_be_called_anything_that_can_be_seen(file):
    assert NAMED_FREELY.fields(f"source/2024-01-01/{file}.csv")["file"] == file


@pytest.mark.parametrize("file", ["", "../x", "a\nb", "a\x00", "\x1b[2J", "a\x7f", "\u202egnp", "a\u200bb", "a\u2028b"])
def test_but_no_other_folder_and_nothing_that_steers_or_hides(file):
    with pytest.raises(ForeignObject, match="feed free"):
        NAMED_FREELY.fields(f"source/2024-01-01/{file}.csv")


@given(st.text())
def test_any_other_text_is_refused_with_the_one_error(name):
    with pytest.raises(ForeignObject):
        DAILY.fields(name)


def test_no_name_is_made_of_values_that_do_not_fit():
    with pytest.raises(ForeignObject):
        DAILY.object_name(date="2024-1-1", game_id="1", ts="20240101T000000Z")


BATCHES = [
    ("days/{date}/{ts}.json", "days/2024-01-15/20240116T090000Z.json", "days/2024-01-15/"),
    ("games/{date}/game-{game_id}/{ts}.json", "games/2024-01-15/game-1/20240116T090000Z.json", "games/2024-01-15/"),
    ("seasons/{season}/{ts}.json", "seasons/2023-24/20240116T090000Z.json", "seasons/2023-24/20240116"),
    ("teams/{season}/{team}.json", "teams/2023-24/BOS.json", "teams/2023-24/"),
    ("dated/{season}/{date}/{ts}.json", "dated/2023-24/2024-01-15/20240116T090000Z.json", "dated/2023-24/2024-01-15/"),
]


@pytest.mark.parametrize(("path", "name", "batch"), BATCHES)
def test_objects_of_a_day_or_of_a_seasons_scrape_are_taken_together(path, name, batch):
    assert Feed("toys", path).batch(name) == batch


@pytest.mark.parametrize(("path", "name", "batch"), BATCHES)
def test_the_first_batch_of_a_day_stands_before_all_of_that_day_and_after_all_before_it(path, name, batch):
    feed = Feed("toys", path)
    day = dt.date(2024, 1, 16) if path.startswith("seasons") else dt.date(2024, 1, 15)
    assert feed.first_batch(day, "2023-24") <= name
    if "{team}" not in path:  # a season's rosters have no day
        assert feed.first_batch(day + dt.timedelta(days=1), "2023-24") > name
    assert feed.first_batch(day, "2024-25") > name or "{season}" not in path
