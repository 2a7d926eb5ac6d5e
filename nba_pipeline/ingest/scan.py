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
from nba_pipeline.ingest.cursor import SKEW, Cursor, Pending, Seen, Sweep
from nba_pipeline.sources.feed import Feed, ForeignObject
from nba_pipeline.storage.stored_object import StoredObject

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket

RECENT_DAYS = 3
SWEPT_PER_TICK = 5_000
# A batch that waits is listed at each tick, and the sweep goes on only while few of them wait.
LISTED_PENDING = 50
MOST_PENDING = 1_000
_PAGE = 1_000


_TOO_LARGE = "it has more objects than a tick can list: run its days by a backfill"

# The feed an object is of, and the beginning of the names of its batch.
_Owner = tuple[Feed, str] | None


class _OutOfTime(Exception):
    """A listing took until the tick had to end."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


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
        """The objects that came since it was seen before, by their stamps; all of them where stamps tell nothing."""
        return [o for o in self.objects if self.before and o.updated > self.before.newest] or list(self.objects)


def look(
    bucket: "Bucket", feeds: Mapping[str, Feed], cursor: Cursor, now: dt.datetime, is_late: Callable[[], bool]
) -> list[Batch]:
    """The batches with news that one tick finds, each whole; moves the cursor's sweep and turn, and nothing else of it.

    `is_late` says when to come to an end. What was not looked at then comes first the next time.
    """
    recent = _recent(feeds.values(), now)
    found = [
        *_recent_batches(bucket, feeds, cursor, now, recent, is_late),
        *_pending_batches(bucket, feeds, cursor, recent, is_late),
        *_late_batches(bucket, feeds, cursor, now, recent, is_late),
    ]
    once = {batch.prefix: batch for batch in found}.values()
    with_memory = [Batch(b.feed, b.prefix, b.objects, cursor.seen.get(b.prefix)) for b in once]
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
    now: dt.datetime,
    recent: Mapping[str, str],
    is_late: Callable[[], bool],
) -> Iterator[Batch]:
    """The recent batches of all feeds, beginning with the feed whose turn it is."""
    ordered = list(feeds.values())
    turn = cursor.turn % len(ordered)
    for feed in ordered[turn:] + ordered[:turn]:
        if is_late():
            return
        cursor.turn += 1
        try:
            yield from _batches(feed, _in_time(bucket.scan(feed.prefix, recent[feed.prefix]), is_late))
        except _OutOfTime as error:
            if prefix := _batch(feed, error.name):
                cursor.pending[prefix] = Pending(feed.name, now, _TOO_LARGE)


def _pending_batches(
    bucket: "Bucket",
    feeds: Mapping[str, Feed],
    cursor: Cursor,
    recent: Mapping[str, str],
    is_late: Callable[[], bool],
) -> Iterator[Batch]:
    """Batches of old days that wait: some of them, the others at the next ticks. Those that are gone wait no longer."""
    for prefix, pending in list(islice(cursor.pending.items(), LISTED_PENDING)):
        if is_late():
            return
        del cursor.pending[prefix]
        feed = feeds.get(pending.feed)
        if feed is None:
            continue
        found = [] if prefix >= recent[feed.prefix] else list(_batches(feed, bucket.scan(prefix)))
        if found or prefix >= recent[feed.prefix]:
            cursor.pending[prefix] = pending  # now the last in line
        yield from found


def _late_batches(
    bucket: "Bucket",
    feeds: Mapping[str, Feed],
    cursor: Cursor,
    now: dt.datetime,
    recent: Mapping[str, str],
    is_late: Callable[[], bool],
) -> Iterator[Batch]:
    """Moves the sweep on; the batches of old days in which it found objects that came since the last pass."""
    if is_late() or len(cursor.pending) >= MOST_PENDING:
        return
    sweep = cursor.sweep
    for feed, batch in _swept(bucket, list(feeds.values()), cursor, now):
        is_old = batch.prefix < recent[feed.prefix]
        if is_old and any(stored.updated >= sweep.since - SKEW for stored in batch.objects):
            yield batch


def _swept(bucket: "Bucket", feeds: Sequence[Feed], cursor: Cursor, now: dt.datetime) -> Iterator[tuple[Feed, Batch]]:
    """The whole batches among the next names of the sweep. A batch cut by the end comes with the next names."""
    sweep = cursor.sweep
    names = list(islice(bucket.scan("", start=sweep.position or None), SWEPT_PER_TICK))
    after = [stored for stored in names if stored.name > sweep.position]
    groups = [(owner, list(group)) for owner, group in groupby(after, key=lambda stored: _owner(feeds, stored.name))]
    is_end = len(names) < SWEPT_PER_TICK
    if not is_end:
        groups = groups[:-1] or _alone(bucket, *groups[0])
    cursor.sweep = Sweep(sweep.began, now) if is_end else Sweep(sweep.since, sweep.began, groups[-1][1][-1].name)
    for owner, group in groups:
        if owner is not None:
            feed, prefix = owner
            yield feed, Batch(feed, prefix, group)


def _alone(bucket: "Bucket", owner: _Owner, group: list[StoredObject]) -> list[tuple[_Owner, list[StoredObject]]]:
    """A batch that is larger than what a sweep looks at, whole."""
    return [(owner, group if owner is None else list(bucket.scan(owner[1])))]


def _owner(feeds: Sequence[Feed], name: str) -> _Owner:
    """The feed an object is of, and its batch."""
    for feed in feeds:
        if name.startswith(feed.prefix) and (batch := _batch(feed, name)):
            return feed, batch
    return None


def _batches(feed: Feed, objects: Iterable[StoredObject]) -> Iterator[Batch]:
    """The batches of a feed's `objects`, which come in the order of their names; foreign ones are left out."""
    named = ((batch, stored) for stored in objects if (batch := _batch(feed, stored.name)))
    for prefix, group in groupby(named, key=lambda pair: pair[0]):
        yield Batch(feed, prefix, [stored for _, stored in group])


def _in_time(objects: Iterable[StoredObject], is_late: Callable[[], bool]) -> Iterator[StoredObject]:
    """`objects` as long as there is time for them; raises _OutOfTime."""
    for count, stored in enumerate(objects):
        if count % _PAGE == _PAGE - 1 and is_late():
            raise _OutOfTime(stored.name)
        yield stored


def _batch(feed: Feed, name: str) -> str | None:
    try:
        return feed.batch(name)
    except ForeignObject:
        return None
