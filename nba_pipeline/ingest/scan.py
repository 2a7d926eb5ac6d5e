"""Looking for batches with news: recent days of each feed at every tick, all other names in a sweep, a part per tick.

A bucket can not be asked what is new, only for names in order. Names begin with a feed and a day, so what is recent is
a short list; late objects of old days are found by the sweep, which looks at a bounded number of names per tick.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

import msgspec

from nba_pipeline.game_days import EASTERN, season_name, season_year
from nba_pipeline.ingest.cursor import SKEW, Cursor, Pending, Seen, Sweep
from nba_pipeline.sources.feed import Feed, ForeignObject
from nba_pipeline.storage.stored_object import StoredObject

if TYPE_CHECKING:
    from nba_pipeline.storage.bucket import Bucket

RECENT_DAYS = 3
SWEPT_PER_TICK = 5_000
# A batch that waits is listed at each tick unless it is held, and the sweep goes on only while few of them wait.
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
    bucket: "Bucket",
    feeds: Mapping[str, Feed],
    cursor: Cursor,
    now: dt.datetime,
    is_late: Callable[[], bool],
    why_held: Callable[[Pending], str | None],
) -> list[Batch]:
    """The batches with news that one tick finds, each whole; moves the cursor's sweep, its turn and its waiting line.

    `is_late` says when to come to an end. What was not looked at then comes first the next time. A batch of an old day
    that waits is not looked at where `why_held` gives a reason.
    """
    tick = _Look(bucket, feeds, cursor, now, is_late, why_held, _recent(feeds.values(), now))
    once = {batch.prefix: batch for batch in (*tick.recent_batches(), *tick.pending_batches(), *tick.late_batches())}
    with_memory = [Batch(b.feed, b.prefix, b.objects, cursor.seen.get(b.prefix)) for b in once.values()]
    return [batch for batch in with_memory if batch.seen.has_news(batch.before)]


def is_recent(feeds: Iterable[Feed], now: dt.datetime) -> Callable[[str], bool]:
    """Whether a name, or the beginning of names, is among those that every tick looks at."""
    recent = _recent(feeds, now)
    return lambda name: any(name.startswith(prefix) and name >= first for prefix, first in recent.items())


def _recent(feeds: Iterable[Feed], now: dt.datetime) -> dict[str, str]:
    """The least recent name of each feed, by the feed's prefix."""
    day = now.astimezone(EASTERN).date() - dt.timedelta(days=RECENT_DAYS - 1)
    return {feed.prefix: feed.first_batch(day, season_name(season_year(day))) for feed in feeds}


@dataclass(frozen=True, slots=True)
class _Look:
    """One look into the bucket; `recent` is the least recent name of each feed, by the feed's prefix."""

    bucket: "Bucket"
    feeds: Mapping[str, Feed]
    cursor: Cursor
    now: dt.datetime
    is_late: Callable[[], bool]
    why_held: Callable[[Pending], str | None]
    recent: Mapping[str, str]

    def recent_batches(self) -> Iterator[Batch]:
        """The recent batches of all feeds, beginning with the feed whose turn it is."""
        ordered = list(self.feeds.values())
        turn = self.cursor.turn % len(ordered)
        for feed in ordered[turn:] + ordered[:turn]:
            if self.is_late():
                return
            self.cursor.turn += 1
            listed = self.bucket.scan(feed.prefix, self.recent[feed.prefix])
            try:
                yield from _batches(feed, _in_time(listed, self.is_late))
            except _OutOfTime as error:
                if prefix := _batch(feed, error.name):
                    self.cursor.pending[prefix] = Pending(feed.name, self.now, _TOO_LARGE)

    def pending_batches(self) -> Iterator[Batch]:
        """Batches of old days that wait and are not held: some of them, the others at the next ticks.

        What is gone waits no longer.
        """
        for prefix, pending in list(islice(self._free(), LISTED_PENDING)):
            if self.is_late():
                return
            del self.cursor.pending[prefix]
            if (feed := self.feeds.get(pending.feed)) is None:
                continue
            is_recent = prefix >= self.recent[feed.prefix]
            found = [] if is_recent else list(_batches(feed, self.bucket.scan(prefix)))
            if found or is_recent:
                self.cursor.pending[prefix] = pending  # now the last in line
            yield from found

    def _free(self) -> Iterator[tuple[str, Pending]]:
        """What waits and is not held. That it is held can be told without a look at its objects."""
        for prefix, pending in list(self.cursor.pending.items()):
            if why := self.why_held(pending):
                self.cursor.pending[prefix] = msgspec.structs.replace(pending, why=why)
            else:
                yield prefix, pending

    def late_batches(self) -> Iterator[Batch]:
        """Moves the sweep on; the batches of old days in which it found objects that came since the last pass."""
        if self.is_late() or len(self.cursor.pending) >= MOST_PENDING:
            return
        since = self.cursor.sweep.since - SKEW
        for batch in self._swept():
            is_old = batch.prefix < self.recent[batch.feed.prefix]
            if is_old and any(stored.updated >= since for stored in batch.objects):
                yield batch

    def _swept(self) -> Iterator[Batch]:
        """The whole batches among the next names of the sweep. A batch cut by the end comes with the next names."""
        sweep, feeds = self.cursor.sweep, list(self.feeds.values())
        names = list(islice(self.bucket.scan("", start=sweep.position or None), SWEPT_PER_TICK))
        after = [stored for stored in names if stored.name > sweep.position]
        groups = [(owner, list(group)) for owner, group in groupby(after, key=lambda o: _owner(feeds, o.name))]
        if len(names) < SWEPT_PER_TICK:
            self.cursor.sweep = Sweep(since=sweep.began, began=self.now)
        else:
            groups = groups[:-1] or [(owner, self._whole(owner, group)) for owner, group in groups]
            self.cursor.sweep = Sweep(sweep.since, sweep.began, groups[-1][1][-1].name)
        return (Batch(*owner, group) for owner, group in groups if owner is not None)

    def _whole(self, owner: _Owner, group: list[StoredObject]) -> list[StoredObject]:
        """All objects of a batch that is larger than what a sweep looks at."""
        return group if owner is None else list(self.bucket.scan(owner[1]))


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
