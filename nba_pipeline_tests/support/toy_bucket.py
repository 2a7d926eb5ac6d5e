"""A bucket in memory, for what needs thousands of objects at moments of its choosing: only what `scan` gives."""

import datetime as dt
from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from nba_pipeline.storage.stored_object import StoredObject


@dataclass
class ToyBucket:
    """Objects by name. An overwritten one has a higher generation; stamps are whole milliseconds, as Google's are."""

    objects: dict[str, StoredObject] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    generations: int = 0
    listed: int = 0

    def put(self, name: str, updated: dt.datetime) -> StoredObject:
        """Writes an object, again where it exists."""
        if name not in self.objects:
            insort(self.names, name)
        self.generations += 1
        self.objects[name] = StoredObject(name, self.generations, updated, 1)
        return self.objects[name]

    def delete(self, name: str) -> None:
        """Deletes an object, if it is there."""
        if self.objects.pop(name, None):
            self.names.remove(name)

    def scan(self, prefix: str, start: str | None = None, end: str | None = None) -> Iterator[StoredObject]:
        """As the real bucket's."""
        at = bisect_left(self.names, max(prefix, start or ""))
        while at < len(self.names):
            name = self.names[at]
            at += 1
            if not name.startswith(prefix) or (end is not None and name >= end):
                return
            self.listed += 1
            yield self.objects[name]
