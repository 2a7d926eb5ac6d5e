"""Filling a bucket, through a real bucket server."""

import datetime as dt
import time
import uuid
from collections.abc import Iterator

import pytest

from nba_pipeline.local.season.fill import UnknownFeed, fill
from nba_pipeline.local.season.season import Season
from nba_pipeline.local.season.simulate import simulate
from nba_pipeline.local.season.writers import WRITERS
from nba_pipeline.sources import batch, nbac_player_boxscores, nbac_schedule
from nba_pipeline.sources.batch import SourceFile
from nba_pipeline.storage.bucket import Bucket
from nba_pipeline_tests.support.local_bucket import opened_bucket, running_local_bucket
from nba_pipeline_tests.support.real_data import needs_real_data, real_season

# The feeds with an object per day or season: the others have one per game.
DAILY = ("nbac_schedule", "nbac_player_boxscores")


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> Iterator[str]:
    with running_local_bucket(tmp_path_factory.mktemp("bucket")) as address:
        yield address


@pytest.fixture
def bucket(url) -> Iterator[Bucket]:
    with opened_bucket(url, f"bucket-{uuid.uuid4().hex[:12]}") as opened:
        yield opened


def silent(feed: str, seen: int) -> None:
    pass


def names(bucket: Bucket) -> list[str]:
    return [stored.name for stored in bucket.list("")]


def test_filling_again_writes_nothing_and_leaves_every_object_as_it_was(bucket):
    season = simulate(2024, dt.date(2024, 10, 20))
    new = fill(bucket, season, (), silent)
    before = bucket.list("")
    assert sorted(new) == names(bucket)
    assert len(new) == sum(len(list(writer.objects(season))) for writer in WRITERS.values())
    assert fill(bucket, season, (), silent) == []
    assert bucket.list("") == before


def test_a_day_more_adds_its_box_scores_and_a_new_schedule_only(bucket):
    fill(bucket, simulate(2024, dt.date(2024, 10, 20)), DAILY, silent)
    before = set(bucket.list(""))
    new = fill(bucket, simulate(2024, dt.date(2024, 10, 21)), DAILY, silent)
    assert new == [
        "nba-com/schedule/2024-25/20241022T090000Z.json",
        "nba-com/player-boxscores/2024-10-21/20241022T090000Z.json",
    ]
    assert before < set(bucket.list(""))


def test_an_object_that_somebody_else_put_there_is_not_overwritten(bucket):
    name = "nba-com/player-boxscores/2024-10-15/20241016T090000Z.json"
    bucket.write(name, b"another scrape")
    new = fill(bucket, simulate(2024, dt.date(2024, 10, 16)), ("nbac_player_boxscores",), silent)
    assert new == ["nba-com/player-boxscores/2024-10-16/20241017T090000Z.json"]
    assert [content for _, content in bucket.read(bucket.list(name))] == [b"another scrape"]


def test_only_the_feeds_asked_for_are_written(bucket):
    fill(bucket, simulate(2024, dt.date(2024, 10, 20)), ("nbac_schedule",), silent)
    assert names(bucket) == ["nba-com/schedule/2024-25/20241021T090000Z.json"]


def test_progress_counts_each_feeds_objects(bucket):
    seen: list[tuple[str, int]] = []
    new = fill(bucket, simulate(2024, dt.date(2024, 10, 17)), DAILY, lambda feed, count: seen.append((feed, count)))
    boxscores = [("nbac_player_boxscores", count + 1) for count in range(len(new) - 1)]
    assert seen == [("nbac_schedule", 1), *boxscores]


def test_a_feed_without_a_writer_is_refused_with_those_that_have_one(bucket):
    with pytest.raises(UnknownFeed, match="no writer for espn: choose from nbac_schedule, nbac_player_boxscores"):
        fill(bucket, simulate(2024, dt.date(2024, 10, 17)), ("espn",), silent)
    assert names(bucket) == []


@needs_real_data
def test_a_whole_real_season_goes_through_the_bucket_and_comes_back(bucket):
    season: Season = real_season("2023-24")
    started = time.monotonic()
    new = fill(bucket, season, DAILY, silent)
    assert time.monotonic() - started < 20
    assert len(new) == 205
    for source, expected in ((nbac_player_boxscores, len(season.player_lines)), (nbac_schedule, len(season.games))):
        stored = bucket.list(source.FEED.prefix)
        files = [SourceFile(found.name, found.generation, content) for found, content in bucket.read(stored)]
        collected = batch.collect(source, files)
        assert (len(collected.rows), collected.failed_files, collected.rejected_rows) == (expected, [], [])
