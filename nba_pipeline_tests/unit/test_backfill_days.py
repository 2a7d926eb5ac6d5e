"""Lists of days as people and the old system write them, and how many runs they become."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.backfill_days import BadDays, bridged, from_file, from_text, runs
from nba_pipeline_tests.support.real_data import SHARED

ONE, TWO = dt.date(2024, 1, 1), dt.date(2024, 1, 3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.json", json.dumps(["2024-01-03", "2024-01-01", "2024-01-03"])),
        (
            "failed.json",
            json.dumps({"total": 2, "failed_dates": [{"game_date": "2024-01-01"}, {"date": "2024-01-03"}]}),
        ),
        ("plain.csv", "2024-01-01\n2024-01-03\n"),
        ("games.csv", "game_id,game_date\n1,2024-01-01\n2,2024-01-01\n3,2024-01-03\n"),
        ("dates.csv", "\ufeffdate\n2024-01-01\n2024-01-03\n"),
    ],
)
def test_a_list_is_read_in_any_of_its_forms(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert from_file(tmp_path / name) == [ONE, TWO]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "{", "can not be read as a list of days"),
        ("a.json", "{}", "lists no days"),
        ("a.json", "[1]", "1 in .* is no day"),
        ("a.csv", "", "lists no days"),
        ("a.csv", "2024-02-30", "'2024-02-30' in .* is no day: day is out of range"),
        ("a.csv", "2024-1-3", "is no day: write it as 2024-01-31"),
    ],
)
def test_what_is_no_list_of_days_is_named(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadDays, match=message):
        from_file(tmp_path / name)


def test_days_on_the_command_line_are_separated_by_commas():
    assert from_text("2024-01-03, 2024-01-01") == [ONE, TWO]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the incident's lists are not here")
def test_the_lists_of_the_incident_are_read():
    lists = SHARED / "samples" / "backfill_lists"
    assert len(from_file(lists / "scrapers__nbac_player_boxscore__game_dates_to_scrape.csv")) == 853
    assert len(from_file(lists / "scrapers__nbac_player_boxscore__failed_dates_20251126_162719.json")) == 303
    assert from_file(lists / "scrapers__nbac_team_boxscore__game_ids_to_scrape.csv")[0] == dt.date(2021, 10, 19)


def test_a_break_without_games_between_game_days_is_filled():
    assert bridged([ONE, TWO], {ONE, TWO}) == [ONE, dt.date(2024, 1, 2), TWO]


@pytest.mark.parametrize(
    ("days", "games"),
    [
        ([ONE, TWO], {ONE, dt.date(2024, 1, 2), TWO}),
        ([ONE, TWO], set()),
        ([ONE, dt.date(2024, 6, 1)], {ONE, dt.date(2024, 6, 1)}),
    ],
    ids=["a game day lies between", "no schedule is known", "a summer lies between"],
)
def test_nothing_else_is_taken_in(days, games):
    assert bridged(days, games) == days


@given(st.sets(st.integers(0, 60), min_size=1), st.integers(1, 10))
def test_runs_are_unbroken_no_longer_than_allowed_and_cover_each_day_once(numbers, days_per_run):
    days = sorted(ONE + dt.timedelta(days=number) for number in numbers)
    cut = runs(days, days_per_run)
    assert [day for run in cut for day in run] == days
    for run in cut:
        assert len(run) <= days_per_run
        assert (run[-1] - run[0]).days == len(run) - 1
