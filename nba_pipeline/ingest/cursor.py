"""The sensor's memory between two ticks: what it saw of each batch, what it has still to do, where its sweep stands.

It is JSON of a bounded size: batches that the sweep tells from new ones without it are forgotten.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable

import msgspec

from nba_pipeline.storage.stored_object import StoredObject

# How far apart the clocks of the bucket's servers may be.
SKEW = dt.timedelta(minutes=10)


class BadCursor(ValueError):
    """The stored cursor is not one of this version."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """What was in the bucket of one batch: how many objects, a digest of their generations, when the newest came."""

    objects: int
    digest: str
    newest: dt.datetime

    @classmethod
    def of(cls, objects: Iterable[StoredObject]) -> "Seen":
        """What is seen of `objects`, at least one, in whatever order they come."""
        found = list(objects)
        total = sum(map(_hash, found)) % 2**64
        return cls(len(found), f"{total:016x}", max(stored.updated for stored in found))

    def has_news(self, before: "Seen | None") -> bool:
        """Whether objects came since `before`. That some were deleted is no news."""
        if before is None:
            return True
        only_deleted = self.objects < before.objects and self.newest <= before.newest
        return self.digest != before.digest and not only_deleted


class Pending(msgspec.Struct, frozen=True):
    """A batch with news that has not run yet: the feed, since when it waits, why, and the first and last of its days.

    A batch that was never listed whole has no days.
    """

    feed: str
    since: dt.datetime
    why: str
    days: tuple[dt.date, dt.date] | None = None


class Sweep(msgspec.Struct, frozen=True):
    """A pass through all names, a part per tick: objects that came `since` the last pass began are late ones.

    `position` is the last name looked at; the next pass looks for what came since this one `began`.
    """

    since: dt.datetime
    began: dt.datetime
    position: str = ""


class Cursor(msgspec.Struct):
    """See the module. `epoch` changes with a reset, so that the same batches may run once more."""

    sweep: Sweep
    seen: dict[str, Seen] = {}
    pending: dict[str, Pending] = {}
    turn: int = 0
    epoch: int = 0
    version: int = 1

    @classmethod
    def first(cls, now: dt.datetime, epoch: int = 0) -> "Cursor":
        """The memory of a sensor that never ticked: what is in the bucket by `now`, but for recent days, is no news."""
        return cls(Sweep(since=now, began=now), epoch=epoch)

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor that `write` wrote; raises BadCursor."""
        try:
            cursor = msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError as error:
            raise BadCursor(f"the sensor's cursor can not be read ({error}): it begins anew") from error
        if cursor.version != 1:
            raise BadCursor(f"the sensor's cursor has version {cursor.version}, this code reads 1: it begins anew")
        return cursor

    def write(self) -> str:
        """The cursor as text."""
        return msgspec.json.encode(self).decode()

    def forget_old(self, is_recent: Iterable[str]) -> None:
        """Drops what was seen of batches that are not recent and that came before what the sweep looks for."""
        kept = {*is_recent, *self.pending}
        horizon = self.sweep.since - 2 * SKEW
        self.seen = {batch: seen for batch, seen in self.seen.items() if batch in kept or seen.newest >= horizon}


def _hash(stored: StoredObject) -> int:
    named = f"{stored.name}\x00{stored.generation}".encode()
    return int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "big")
