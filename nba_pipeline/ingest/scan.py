"""Looking for batches with news: recent days of each feed at every tick, all other names in a sweep, a part per tick.

A bucket can not be asked what is new, only for names in order. Names begin with a feed and a day, so what is recent is
a short list; late objects of old days are found by the sweep, which looks at a bounded number of names per tick.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

from nba_pipeline.game_days import EASTERN, season_name, season_year
from nba_pipeline.ingest.cursor import SKEW, Cursor, Seen, Sweep
from nba_pipeline.sources.feed import Feed, ForeignObject
from nba_pipeline.storage.stored_object import StoredObject

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket

RECENT_DAYS = 3
SWEPT_PER_TICK = 5_000
# A batch that waits is listed at each tick, and the sweep goes on only while few of them wait.
LISTED_PENDING = 100
MOST_PENDING = 1_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects that are taken together: those of one feed whose names begin with `prefix`."""

    feed: Feed
    prefix: str
    objects: Sequence[StoredObject]
    before: Seen | None = None

    @property
    def seen(self) -> Seen:
        """What to remember of it."""
        return Seen.of(self.objects)

    @property
    def fields(self) -> dict[str, str]:
        """What the name of its last object says."""
        return self.feed.fields(self.objects[-1].name)

    @property
    def news(self) -> list[StoredObject]:
        """The objects that came since it was seen before; those of an equal stamp may be old ones."""
        return [o for o in self.objects if self.before is None or o.updated >= self.before.newest]


def look(
    bucket: "Bucket", feeds: Mapping[str, Feed], cursor: Cursor, now: dt.datetime, is_late: Callable[[], bool]
) -> list[Batch]:
    """The batches with news that one tick finds, each whole; moves the cursor's sweep and turn, and nothing else of it.

    `is_late` says when to come to an end. What was not looked at then comes first the next time.
    """
    recent = _recent(feeds.values(), now)
    found = {batch.prefix: batch for batch in _recent_batches(bucket, feeds, cursor, recent, is_late)}
    for prefix, feed in _elsewhere(bucket, feeds, cursor, now, recent, is_late):
        if prefix not in found:
            found |= {batch.prefix: batch for batch in _batches(feed, bucket.scan(prefix))}
    with_memory = [Batch(b.feed, b.prefix, b.objects, cursor.seen.get(b.prefix)) for b in found.values()]
    return [batch for batch in with_memory if batch.seen.has_news(batch.before)]


def is_recent(feeds: Iterable[Feed], now: dt.datetime) -> Callable[[str], bool]:
    """Whether a name, or the beginning of names, is among those that every tick looks at."""
    recent = _recent(feeds, now)
    return lambda name: any(name.startswith(prefix) and name >= first for prefix, first in recent.items())


def _recent(feeds: Iterable[Feed], now: dt.datetime) -> dict[str, str]:
    """The least recent name of each feed, by the feed's prefix."""
    day = now.astimezone(EASTERN).date() - dt.timedelta(days=RECENT_DAYS - 1)
    return {feed.prefix: feed.first_batch(day, season_name(season_year(day))) for feed in feeds}


def _recent_batches(
    bucket: "Bucket",
    feeds: Mapping[str, Feed],
    cursor: Cursor,
    recent: Mapping[str, str],
    is_late: Callable[[], bool],
) -> Iterator[Batch]:
    """The recent batches of all feeds, beginning with the feed whose turn it is."""
    ordered = list(feeds.values())
    turn = cursor.turn % len(ordered)
    for feed in ordered[turn:] + ordered[:turn]:
        if is_late():
            return
        yield from _batches(feed, bucket.scan(feed.prefix, recent[feed.prefix]))
        cursor.turn += 1


def _elsewhere(
    bucket: "Bucket",
    feeds: Mapping[str, Feed],
    cursor: Cursor,
    now: dt.datetime,
    recent: Mapping[str, str],
    is_late: Callable[[], bool],
) -> Iterator[tuple[str, Feed]]:
    """Batches of old days to list: some of those that wait, and those with late objects."""
    for prefix in islice([*cursor.pending], LISTED_PENDING):
        if is_late():
            return
        pending = cursor.pending.pop(prefix)
        cursor.pending[prefix] = pending  # to the end of the line
        if pending.feed in feeds and prefix < recent[feeds[pending.feed].prefix]:
            yield prefix, feeds[pending.feed]
    if len(cursor.pending) < MOST_PENDING and not is_late():
        yield from _sweep(bucket, feeds, cursor, now, recent).items()


def _sweep(
    bucket: "Bucket", feeds: Mapping[str, Feed], cursor: Cursor, now: dt.datetime, recent: Mapping[str, str]
) -> dict[str, Feed]:
    """Moves the sweep on; the batches of old days in which it found objects that came since the last pass."""
    sweep, late = cursor.sweep, {}
    names = list(islice(bucket.scan("", start=sweep.position or None), SWEPT_PER_TICK))
    for stored in names:
        if stored.updated < sweep.since - SKEW:
            continue
        feed = next((feed for feed in feeds.values() if stored.name.startswith(feed.prefix)), None)
        if feed is not None and stored.name < recent[feed.prefix] and (batch := _batch(feed, stored.name)):
            late[batch] = feed
    if len(names) < SWEPT_PER_TICK:
        cursor.sweep = Sweep(since=sweep.began, began=now)
    else:
        cursor.sweep = Sweep(sweep.since, sweep.began, names[-1].name)
    return late


def _batches(feed: Feed, objects: Iterable[StoredObject]) -> Iterator[Batch]:
    """The batches of a feed's `objects`, which come in the order of their names; foreign ones are left out."""
    named = ((batch, stored) for stored in objects if (batch := _batch(feed, stored.name)))
    for prefix, group in groupby(named, key=lambda pair: pair[0]):
        yield Batch(feed, prefix, [stored for _, stored in group])


def _batch(feed: Feed, name: str) -> str | None:
    try:
        return feed.batch(name)
    except ForeignObject:
        return None
