"""Real months through every feed that the data supports: exactly the data's rows.

`make bench-feeds` takes whole seasons.
"""

import datetime as dt

import pytest

from nba_pipeline import catalog
from nba_pipeline.local.season.writers import writers_of
from nba_pipeline.sources import batch
from nba_pipeline.sources.batch import SourceFile
from nba_pipeline_tests.support.real_data import needs_real_data, real_baseball, real_season
from nba_pipeline_tests.support.season_rows import EXPECTED, agree, of_days

pytestmark = needs_real_data

MONTHS = {
    "2023-24": (dt.date(2024, 3, 1), dt.date(2024, 3, 31)),
    "2022-23": (dt.date(2022, 11, 1), dt.date(2022, 11, 30)),
    "2025": (dt.date(2025, 7, 1), dt.date(2025, 7, 31)),
}
SOURCES = {module.FEED.name: module for module in catalog.modules() if hasattr(module, "FEED")}


WRITTEN = dt.datetime(2025, 8, 1, tzinfo=dt.UTC)


def month_with(feed: str):
    """The month in which the data has what the feed needs."""
    name = {"nbac_play_by_play": "2022-23"}.get(feed, "2025" if feed.startswith("mlb_") else "2023-24")
    season = real_baseball(2025) if name == "2025" else real_season(name)
    return of_days(season, *MONTHS[name])


@pytest.mark.parametrize("feed", EXPECTED)
def test_a_real_month_through_its_feed_is_exactly_the_datas_rows(feed):
    season = month_with(feed)
    files = [SourceFile(name, 1, content, WRITTEN) for name, content in writers_of(season)[feed].objects(season)]
    collected = batch.collect(SOURCES[feed], files)
    expected = EXPECTED[feed](season)
    assert len(collected.rows) == len(expected) > 0
    assert not collected.failures
    assert agree(expected, collected.rows)
