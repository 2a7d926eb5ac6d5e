"""Playing time and clocks in every form the feeds know."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nba_pipeline.sources.minutes import clock_seconds, seconds_played
from nba_pipeline_tests.support.damage import json_values


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        *[("34:12", 2052), ("7:28", 448), ("00:00", 0), ("265:00", 15_900), ("34", 2040), (34, 2040), (34.0, 2040)],
        *[("PT34M12.00S", 2052), ("PT24M56.98S", 1496), ("PT00M00S", 0), ("PT5M", 300)],
    ],
)
def test_playing_time_is_whole_seconds_in_every_form(written, seconds):
    assert seconds_played(pd.Series([written], dtype=object)).tolist() == [seconds]


@pytest.mark.parametrize(
    "written", [None, "", "DNP", "34:60", "-3", -3, 34.5, True, "34.5", "PT", "PTM", ["34:12"], "٣"]
)
def test_what_is_no_playing_time_is_null(written):
    assert seconds_played(pd.Series([written], dtype=object)).isna().all()


def test_a_game_clock_keeps_its_tenths():
    assert clock_seconds(pd.Series(["PT00M28.80S", "PT12M00.00S", "11:42"], dtype=object)).tolist() == [28.8, 720, 702]


@given(st.integers(0, 59_999))
def test_minutes_and_seconds_come_back_in_both_forms(seconds):
    minutes, rest = divmod(seconds, 60)
    written = pd.Series([f"{minutes}:{rest:02d}", f"PT{minutes}M{rest:02d}.00S"], dtype=object)
    assert seconds_played(written).tolist() == [seconds, seconds]


@given(st.lists(json_values))
def test_any_value_is_a_number_of_seconds_or_null(values):
    assert seconds_played(pd.Series(values, dtype=object)).dtype == "Int64"
