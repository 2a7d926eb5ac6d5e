"""What a tick finds, and what it leaves for the next one when there is too much."""

import datetime as dt

from nba_pipeline.ingest.cursor import Cursor, Pending
from nba_pipeline.ingest.scan import SWEPT_PER_TICK, Batch, look
from nba_pipeline.sources.feed import Feed
from nba_pipeline_tests.support.toy_bucket import ToyBucket

NOW = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)
OLD = "2026-01-01"
FIRST, SECOND = Feed("first", "first/{date}/{number}/{ts}.json"), Feed("second", "second/{date}/{number}/{ts}.json")
FEEDS = {feed.name: feed for feed in (FIRST, SECOND)}


def filled(bucket: ToyBucket, feed: Feed, day: str, count: int) -> None:
    for number in range(count):
        bucket.put(feed.object_name(date=day, number=f"{number:06d}", ts="20261120T090000Z"), NOW)


def looked(bucket: ToyBucket, cursor: Cursor, is_late=lambda: False, why_held=lambda pending: None) -> dict[str, Batch]:
    return {batch.prefix: batch for batch in look(bucket, FEEDS, cursor, NOW, is_late, why_held)}


def test_names_that_are_no_feeds_and_days_that_are_none_are_no_batches():
    bucket, cursor = ToyBucket(), Cursor.first(NOW)
    for name in ("README", "first/2026-13-45/1/20261120T090000Z.json", "first/2026-11-20/x/y/z.json", "third/a.json"):
        bucket.put(name, NOW)
    assert looked(bucket, cursor) == {}


def test_a_batch_is_found_whole_however_many_objects_lie_around_it():
    bucket, cursor = ToyBucket(), Cursor.first(NOW)
    filled(bucket, FIRST, OLD, SWEPT_PER_TICK - 10)
    filled(bucket, FIRST, "2026-01-02", 30)
    found = looked(bucket, cursor)
    assert {prefix: len(batch.objects) for prefix, batch in found.items()} == {f"first/{OLD}/": SWEPT_PER_TICK - 10}
    assert len(looked(bucket, cursor)["first/2026-01-02/"].objects) == 30


def test_a_batch_of_more_objects_than_a_sweep_looks_at_is_found_whole():
    bucket, cursor = ToyBucket(), Cursor.first(NOW)
    filled(bucket, FIRST, OLD, SWEPT_PER_TICK + 7)
    filled(bucket, SECOND, OLD, 1)
    assert len(looked(bucket, cursor)[f"first/{OLD}/"].objects) == SWEPT_PER_TICK + 7
    assert list(looked(bucket, cursor)) == [f"second/{OLD}/"]


def test_a_batch_that_takes_longer_than_a_tick_waits_with_the_reason_and_other_feeds_go_on():
    bucket, cursor = ToyBucket(), Cursor.first(NOW)
    filled(bucket, FIRST, "2026-11-19", 3)
    filled(bucket, FIRST, "2026-11-20", 4_000)
    filled(bucket, SECOND, "2026-11-20", 2)
    assert list(looked(bucket, cursor, is_late=lambda: bucket.listed > 2_000)) == ["first/2026-11-19/"]
    assert "run its days by a backfill" in cursor.pending["first/2026-11-20/"].why
    assert "second/2026-11-20/" in looked(bucket, cursor, is_late=lambda: bucket.listed > 2_000 + 2_000)


def test_a_batch_that_waited_and_was_deleted_waits_no_longer():
    bucket, cursor = ToyBucket(), Cursor.first(NOW)
    filled(bucket, FIRST, OLD, 1)
    [batch] = looked(bucket, cursor).values()
    cursor.pending[batch.prefix] = Pending("first", NOW, "held")
    bucket.delete(batch.objects[0].name)
    assert looked(bucket, cursor) == {}
    assert cursor.pending == {}


def test_a_held_batch_is_not_listed_and_keeps_its_place_and_says_what_holds_it_now():
    bucket, cursor = ToyBucket(), Cursor.first(NOW + dt.timedelta(days=1))  # all that is there is no news to the sweep
    for feed in FEEDS.values():
        filled(bucket, feed, OLD, 2)
        cursor.pending[f"{feed.name}/{OLD}/"] = Pending(feed.name, NOW, "29 of 30 teams are there")
    listed = looked(bucket, cursor, why_held=lambda pending: "a backfill" if pending.feed == "first" else None)
    assert list(listed) == [f"second/{OLD}/"]
    assert {prefix: pending.why for prefix, pending in cursor.pending.items()} == {
        f"first/{OLD}/": "a backfill",
        f"second/{OLD}/": "29 of 30 teams are there",
    }
    assert list(looked(bucket, cursor)) == [f"first/{OLD}/", f"second/{OLD}/"]
